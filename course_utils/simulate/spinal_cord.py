"""Simulated axial MRI of the spinal cord of the neck: the gray-matter butterfly, with the outlines of several raters.

Physics: the grey value follows the usual order of the tissues in each contrast. T2* (gradient echo): CSF is bright
and gray matter brighter than white matter. PSIR (phase-sensitive inversion recovery): the signal 1 - 2 exp(-TI / T1)
keeps its sign, so short T1 is bright: white matter, then gray matter, then air (no signal, mid grey), then CSF, which
is negative. The magnitude of a noisy complex signal follows the Rice distribution (T2*, T1, T2); the signed signal of
PSIR has Gaussian noise. The values themselves are chosen by eye, and so are the four scanners.

As radiologists view it: the patient's front is up and the patient's right is on the left. x to the right and y down in
mm, from the middle of the picture.
"""

from __future__ import annotations

import numpy as np

from .shapes import (
    blur,
    check_count_and_size,
    chunks,
    ellipse,
    grid,
    smooth_noise,
    step,
    to_uint8,
    turn,
)

# Grey value of each tissue, 0 to 1.
TISSUES = {
    "t2star": {"white": 0.44, "gray": 0.57, "csf": 0.9, "bone": 0.12, "muscle": 0.42, "fat": 0.62, "air": 0.0},
    "psir": {"white": 0.66, "gray": 0.52, "csf": 0.1, "bone": 0.38, "muscle": 0.5, "fat": 0.9, "air": 0.34},
    "t1": {"white": 0.78, "gray": 0.72, "csf": 0.3, "bone": 0.3, "muscle": 0.55, "fat": 0.9, "air": 0.0},
    "t2": {"white": 0.3, "gray": 0.35, "csf": 0.95, "bone": 0.14, "muscle": 0.1, "fat": 0.3, "air": 0.0},
}  # fmt: skip
# Each scanner: blur in mm, noise (1 is white), uneven coil, factor on the difference of gray and white matter.
SITES = ((0.25, 0.02, 0.1, 1.0), (0.45, 0.035, 0.3, 0.8), (0.3, 0.06, 0.4, 1.2), (0.6, 0.025, 0.2, 0.6))  # fmt: skip
BUMP = 3.0  # mm, size of the bumps by which outlines differ


def spinal_cord(
    rng,
    count,
    size=128,
    site=None,
    contrast="t2star",
    raters=0,
    displacement=0.2,
    slices=1,
    field=48.0,
):
    """Axial slices of the cord of the neck in its canal.

    site: scanner, 0 to 3, one number or (count,); None draws one for each scan. Scanners differ in blur, noise,
    uneven brightness and in the difference between gray and white matter.
    contrast: "t2star", "psir" (gray and white matter and CSF the other way round), "t1" or "t2".
    raters: how many people outline the gray matter. Each outline is the true one moved by a smooth field of its own,
    `displacement` mm along x and along y (standard deviation).
    slices: neighbouring slices in one scan; the anatomy drifts slowly from one to the next. count is a multiple.
    field: width of the picture in mm, 24 to 200; from about 130 on the whole neck is in it.
    Returns images (count, size, size) uint8 and the truth: masks (count, size, size) bool "gray_matter", "cord" (gray
    and white matter) and "csf" (the canal around the cord); "raters" (count, raters, size, size) bool; "site" and
    "scan" (count,) integers. A pixel belongs to a mask if its centre does.
    Raises ValueError for a parameter outside its range, a negative count or a size below 16.
    """
    check_count_and_size(count, size)
    if contrast not in TISSUES:
        raise ValueError(f"contrast is one of {', '.join(TISSUES)}, not {contrast!r}")
    if slices < 1 or count % slices:
        raise ValueError(f"count is a multiple of slices, not {count} and {slices}")
    if raters < 0 or not 0 <= displacement <= 2:
        raise ValueError("raters is 0 or more, displacement 0 to 2 mm")
    if not 24 <= field <= 200:
        raise ValueError(f"field is 24 to 200 mm, not {field}")
    scans = count // slices
    if site is None:
        site = np.repeat(rng.integers(0, len(SITES), scans), slices)
    site = np.array(np.broadcast_to(np.asarray(site), (count,)))
    if not np.isin(site, range(len(SITES))).all():
        raise ValueError(f"site is 0 to {len(SITES) - 1}")
    images = np.empty((count, size, size), np.uint8)
    masks = {k: np.empty((count, size, size), bool) for k in ("gray_matter", "cord", "csf")}
    masks["raters"] = np.empty((count, raters, size, size), bool)
    start = 0
    for n in chunks(scans, size, max(1, (1 << 16) // slices)):
        here = slice(start * slices, (start + n) * slices)
        images[here], drawn = _slices(
            rng, n, slices, size, field, site[here], contrast, raters, displacement
        )
        for key, value in drawn.items():
            masks[key][here] = value
        start += n
    scan = np.repeat(np.arange(scans), slices)
    return images, {**masks, "site": site.astype(np.int64), "scan": scan}


def _length(x, y):
    return np.sqrt(x * x + y * y)  # several times faster than np.hypot


def _gray(p, q, s, b):
    """How deep a point lies in gray matter, in mm, negative outside. p, q: the cord reaches from -1 to 1."""
    p = np.abs(p)  # both sides alike; what makes them differ is in p and q
    ventral = 1 - _length((p - s["out"]) / s["wide"], (q + 0.36) / s["tall"])
    depth = ventral * np.minimum(s["wide"], s["tall"])
    # The dorsal horn is a line from the commissure to where the roots enter, and thins on the way.
    x0, y0, x1, y1 = 0.62 * s["out"], -0.3, s["out"] + s["splay"], 0.8
    dx, dy = x1 - x0, y1 - y0
    along = np.clip(((p - x0) * dx + (q - y0) * dy) / (dx**2 + dy**2), 0, 1)
    off = _length(p - x0 - along * dx, q - y0 - along * dy)
    depth = np.maximum(depth, s["horn"] * (1 - 0.4 * along) - off)
    # The commissure joins the two sides.
    bridge = np.minimum(s["out"] - p, 0.09 - np.abs(q + 0.24))
    return np.maximum(depth, bridge) * b


def _slices(rng, n, slices, size, field, site, contrast, raters, displacement):
    """n scans of `slices` slices each: images (n * slices, size, size) uint8 and what was drawn."""
    total, pixel = n * slices, np.float32(field / size)
    x, y = grid(size, field)
    t = np.tile(np.linspace(-1, 1, slices) if slices > 1 else np.zeros(1), n)
    t = t.astype(np.float32).reshape(total, 1, 1)

    def each(value):
        return np.repeat(value, slices, axis=0)

    def u(low, high):
        """A number for each scan that drifts a little along it."""
        middle, drift = rng.uniform(low, high, (n, 1, 1)), rng.uniform(-0.2, 0.2, (n, 1, 1))
        value = each(middle) + each(drift) * (high - low) * t
        return np.clip(value, low, high).astype(np.float32)

    def bumps(mm, mm_x=None):
        """Smooth noise with bumps of `mm` mm that changes slowly along a scan."""
        first = each(smooth_noise(rng, n, size, field / mm, field / (mm_x or mm)))
        if slices == 1:
            return first
        second = each(smooth_noise(rng, n, size, field / mm, field / (mm_x or mm)))
        return first * np.cos(0.8 * t) + second * np.sin(0.8 * t)

    cx, cy, angle = u(-2.5, 2.5), u(-1, 3), u(-8, 8)
    px, py = turn(x - cx, y - cy, angle)
    # Soft tissue is not drawn with a compass: the canal and the cord are bent a little.
    bx, by = px + 0.2 * bumps(6), py + 0.2 * bumps(6)
    a, b = u(5.8, 7.2), u(3.6, 4.6)
    p, q = bx / a, by / b
    cord = (1 - _length(p, q)) * b
    shape = {"out": u(0.32, 0.44), "wide": u(0.15, 0.24), "tall": u(0.2, 0.32)}
    shape |= {"splay": u(0.06, 0.22), "horn": u(0.08, 0.13)}
    gray = np.minimum(_gray(p, q, shape, b), cord - 0.2)
    # The canal: wide in front, narrow behind; the cord lies in it a little off the middle.
    up, down, wide = b + u(1.2, 2.8), b + u(1.5, 4), a + u(2.5, 5.5)
    v = by - u(-0.5, 0.5)
    across = wide * (1 - 0.25 * np.clip(v / down, -0.4, 1))
    canal = _length(bx / across, v / np.where(v < 0, up, down))
    canal = np.maximum((1 - canal) * np.minimum(up, down), cord + 0.4)

    # What lies around, roughly: muscle with streaks and fat, the vertebra, vessels, the windpipe, the skin.
    value = TISSUES[contrast]
    factor = np.array(SITES, np.float32)[site].T[:, :, None, None]
    width, noise, uneven, strength = factor
    streaks, lumps = bumps(1.2, 5), bumps(7)
    fat = step(lumps - 0.9, 0.5) + 0.35 * step(streaks - 1.1, 0.5)
    image = value["muscle"] * (1 + 0.12 * streaks) + (value["fat"] - value["muscle"]) * fat

    def put(inside, level):
        """Lay a tissue over the picture. inside: 0 to 1."""
        nonlocal image
        image = image + inside * (level - image)

    roots = ellipse(np.abs(px), py, wide + u(3, 6), u(-4, 1), u(2, 3.5), u(2, 3.5))
    put(0.7 * step(roots, 0.5), value["fat"])
    # The arch and the spinous process are bone in front of dark ligaments.
    arch = np.minimum(np.minimum(canal + u(2, 4), py + 3), 15 - np.abs(px))
    spine = np.minimum(u(1.5, 4) - np.abs(px), np.minimum(py, u(20, 30) - py))
    put(step(np.maximum(arch, spine), 1.5), value["bone"] * (1 + 0.2 * lumps))
    height = u(8, 11)
    body = ellipse(px, py, 0, -up - height - u(0, 1), u(11, 15), height)
    put(step(body, 0.1), value["bone"] * (1 + 0.2 * lumps) + 0.08 * step(body - 0.35, 0.5))
    if field > 60:
        vessels = ellipse(np.abs(px), py, u(22, 28), u(-28, -20), u(2.5, 4), u(2.5, 4))
        put(step(vessels, 0.4), max(value["fat"], value["csf"]))
        put(step(ellipse(px, py, 0, u(-44, -40), u(7, 10), u(7, 9)), 0.2), value["air"])
        neck = ellipse(px, py, 0, 2, u(52, 62), u(55, 64))
        put(step(0.12 - neck, 0.05), value["fat"])
        put(step(-neck, 0.03), value["air"])
    put(step(canal + 0.7, pixel + 0.3), value["bone"])  # the dura
    put(step(canal, pixel), value["csf"] * (1 + 0.05 * lumps))
    put(step(cord, pixel), value["white"] * (1 + 0.02 * streaks))
    put(step(gray, pixel), value["white"] + strength * (value["gray"] - value["white"]))

    # The scanner: a coil that is brighter in places, blur, noise.
    coil = 1 + uneven * (0.35 * bumps(40) - 0.4 * np.clip(-py / 60, -0.7, 1))
    image *= coil
    for k in np.unique(site):
        image[site == k] = blur(image[site == k], SITES[k][0] / pixel)
    image += noise * rng.standard_normal(image.shape, dtype=np.float32)
    if contrast != "psir":
        image = _length(image, noise * rng.standard_normal(image.shape, dtype=np.float32))
    drawn = {"gray_matter": gray > 0, "cord": cord > 0, "csf": (canal > 0) & (cord <= 0)}
    drawn["raters"] = np.empty((total, raters, size, size), bool)
    for k in range(raters):
        dx, dy = displacement * bumps(BUMP), displacement * bumps(BUMP)
        moved = _gray((bx + dx) / a, (by + dy) / b, shape, b)
        drawn["raters"][:, k] = np.minimum(moved, cord - 0.2) > 0
    return to_uint8(image), drawn
