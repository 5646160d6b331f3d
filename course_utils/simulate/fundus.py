"""Simulated photographs of the retina (fundus) with the signs of diabetic retinopathy.

Optics: a pixel is the light that the retina gives back, colour by colour. Blood takes away most of the green and
blue light and little of the red (the absorption of haemoglobin), so vessels and bleedings are dark red. Optical
depths add up (Beer-Lambert law). Exudates and the optic disc give back more light, yellowish.
The grades follow the International Clinical Diabetic Retinopathy severity scale, simplified.

Positions are in radii of the round image: x to the right, y down, the rim at distance 1.
"""

from __future__ import annotations

import numpy as np

from .shapes import (
    blur,
    check_count_and_size,
    chunks,
    grid,
    smooth_noise,
    step,
    to_uint8,
    uniform,
)

BLOOD = (0.35, 1.5, 1.2)  # relative absorption in red, green, blue
YELLOW = (1.0, 0.85, 0.45)  # reflectance of disc and exudates
# Lowest and highest number of each sign by grade; "haemorrhages" in each quadrant.
SIGNS = {
    "microaneurysms": [(0, 0), (3, 9), (8, 20), (15, 30), (10, 30)],
    "haemorrhages": [(0, 0), (0, 0), (1, 5), (21, 28), (2, 12)],
    "exudates": [(0, 0), (0, 0), (3, 12), (5, 30), (3, 30)],
    "new vessels": [(0, 0), (0, 0), (0, 0), (0, 0), (3, 6)],
}


def fundus(rng, count, size=128, grade=None):
    """Fundus photographs.

    grade: 0-4, one number or (count,); None draws grades evenly. 0 healthy; 1 microaneurysms only; 2 also some
    haemorrhages and exudates; 3 more than 20 haemorrhages in each quadrant; 4 new vessels as well as bleedings.
    Returns images (count, size, size, 3) uint8 RGB and the truth: "grade" (count,); numbers drawn, each (count,):
    "n_microaneurysms", "n_haemorrhages", "n_exudates"; masks (count, size, size) bool: "disc", "vessels",
    "microaneurysms", "haemorrhages", "exudates", "new_vessels". Spots may touch, so a mask can have fewer pieces.
    Raises ValueError for a grade outside 0-4, a negative count or a size below 16.
    """
    check_count_and_size(count, size)
    grades = (
        rng.integers(0, 5, count)
        if grade is None
        else np.broadcast_to(np.asarray(grade), (count,))
    )
    if grades.size and not np.isin(grades, range(5)).all():
        raise ValueError("a grade is 0, 1, 2, 3 or 4")
    images = np.empty((count, size, size, 3), np.uint8)
    truth = {"grade": grades.astype(int)}
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        images[here], drawn = _eyes(rng, n, size, grades[here])
        for key, value in drawn.items():
            truth.setdefault(key, np.empty((count, *value.shape[1:]), value.dtype))[here] = (
                value
            )
        start += n
    if count == 0:  # the keys are there also for no image
        truth.update({k: v[:0] for k, v in _eyes(rng, 1, size, np.zeros(1, int))[1].items()})
    return images, truth


def _splat(points, size, sigma, weight):
    """Sum of Gaussian spots at points (N, M, 2), (N, size, size); each adds up to its `weight` (N, M)."""
    n = len(points)
    if not weight.any():
        return np.zeros((n, size, size), np.float32)
    at = np.floor((points + 1) * (size / 2)).astype(int)
    column, row = at[..., 0], at[..., 1]
    seen = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    flat = (np.arange(n)[:, None] * size + row) * size + column
    image = np.bincount(flat[seen], weight[seen], n * size * size).reshape(n, size, size)
    return blur(image.astype(np.float32), sigma)


def _spots(points, alive, size, radius):
    """Soft spots of height 1 and a radius in radii of the image, at the points that are alive (N, M)."""
    sigma = max(radius * size / 2, 0.4)
    line = np.exp(
        -0.5 * (np.arange(-9, 10) / sigma) ** 2
    )  # a sampled Gaussian: its peak is 1 / sum^2
    return _splat(points, size, sigma, alive * line.sum() ** 2)


def _lines(paths, length, size, radius):
    """Soft lines of height 1 along paths (N, M, steps, 2) of given length (N, M), in radii of the image."""
    n, m, steps, _ = paths.shape
    sigma = max(0.7 * radius * size / 2, 0.4)
    ds = np.repeat(length / steps, steps, axis=1) * (size / 2)  # pixels of path per point
    return _splat(paths.reshape(n, -1, 2), size, sigma, ds * (2 * np.pi) ** 0.5 * sigma)


def _walks(rng, start, heading, bend, length, wobble, steps):
    """Curved paths (N, M, steps, 2) from start (N, M, 2): `bend` is the mean change of direction per unit length.

    Also returns the direction at each step (N, M, steps) in radians.
    """
    ds = length[..., None] / steps
    turns = bend[..., None] * ds + wobble * np.sqrt(ds) * rng.standard_normal(
        (*heading.shape, steps)
    )
    angle = heading[..., None] + np.cumsum(turns, -1)
    paths = np.empty((*angle.shape, 2))
    for k, wave in enumerate((np.cos, np.sin)):
        paths[..., k] = start[..., None, k] + np.cumsum(wave(angle) * ds, -1)
    return paths, angle


def _vessels(rng, n, size, disc, side):
    """Blood in the vessel tree, (n, size, size): arcades around the macula, then two generations of branches."""
    blood = np.zeros((n, size, size), np.float32)
    # Pairs (artery and vein) of arcades towards the macula, two trunks away from it, for side = 1; then mirrored.
    heading = np.array([-1.25, 1.25, -1.0, 1.0, -2.4, 2.4]) + rng.normal(0, 0.15, (n, 6))
    bend = np.array([0.95, -0.95, 0.75, -0.75, 0.3, -0.3]) * rng.uniform(0.7, 1.3, (n, 6))
    length = np.array([1.7, 1.7, 1.3, 1.3, 0.9, 0.9]) * rng.uniform(0.85, 1.2, (n, 6))
    start = np.repeat(disc[:, None], 6, 1) + rng.normal(0, 0.02, (n, 6, 2))
    heading, bend = np.where(side[:, None] > 0, heading, np.pi - heading), bend * side[:, None]
    for radius, steps in (
        (0.017, size),
        (0.010, max(16, size // 3)),
        (0.006, max(16, size // 4)),
    ):
        paths, angle = _walks(rng, start, heading, bend, length, 0.5, steps)
        # A vessel thinner than a pixel darkens that pixel only in part.
        part = np.float32(min(1, radius * size))
        blood = np.maximum(blood, part * np.minimum(_lines(paths, length, size, radius), 1))
        # Branches leave at random places, at 20 to 55 degrees.
        parent = np.repeat(np.arange(heading.shape[1]), 3)
        m, rows = len(parent), np.arange(n)[:, None]
        which = rng.integers(steps // 12, steps - 2, (n, m))
        start = paths[rows, parent, which]
        heading = angle[rows, parent, which] + rng.choice([-1, 1], (n, m)) * rng.uniform(
            0.35, 0.95, (n, m)
        )
        length = length[:, parent] * rng.uniform(0.2, 0.5, (n, m))
        bend = rng.normal(0, 0.8, (n, m))
    return blood


def _scatter_points(rng, n, m, low=0.12, high=0.86):
    """(n, m, 2) points in the ring between two distances; the m points take the four quadrants in turn."""
    r = np.sqrt(rng.uniform(low**2, high**2, (n, m)))
    way = (np.arange(m) % 4 + rng.uniform(0.06, 0.94, (n, m))) * np.pi / 2
    return np.stack([r * np.cos(way), r * np.sin(way)], -1)


def _eyes(rng, n, size, grade):
    """A stack of eyes: images (n, size, size, 3) uint8, truth."""
    x, y = grid(size, 2.0)

    def u(low, high):
        return uniform(rng, n, low, high)

    # The macula lies temporal of the disc: to the right where side = 1 (a left eye as the camera shows it).
    side = np.where(rng.random(n) < 0.5, 1, -1)
    macula = rng.normal(0, 0.06, (n, 2))
    disc = macula + np.stack(
        [-side * rng.uniform(0.48, 0.62, n), rng.uniform(-0.08, 0.04, n)], -1
    )
    mx, my, dx, dy = (v.astype(np.float32).reshape(n, 1, 1) for v in (*macula.T, *disc.T))
    disc_shape = np.hypot((x - dx) / u(0.125, 0.15), (y - dy) / u(0.14, 0.165))
    vessels = _vessels(rng, n, size, disc, side)

    number, alive = {}, {}
    for sign, limits in SIGNS.items():
        low, high = np.array(limits)[grade].T
        each = rng.integers(
            low[:, None], high[:, None] + 1, (n, 4 if sign == "haemorrhages" else 1)
        )
        number[sign] = each.sum(1)
        slots = np.arange(4 * 28 if sign == "haemorrhages" else 30)
        alive[sign] = (
            slots // 4 < each[:, slots % 4] if sign == "haemorrhages" else slots < each
        )

    micro = _spots(_scatter_points(rng, n, 30, 0.1, 0.7), alive["microaneurysms"], size, 0.009)
    # A haemorrhage is a blot of eight overlapping spots; exudates are waxy crumbs around a few centres.
    spread = rng.uniform(0.004, 0.022, (n, 112, 1, 1))
    blots = _scatter_points(rng, n, 112)[:, :, None] + spread * rng.standard_normal(
        (n, 112, 8, 2)
    )
    bleeding = _spots(
        blots.reshape(n, -1, 2), np.repeat(alive["haemorrhages"], 8, 1) * 0.7, size, 0.009
    )
    centres = macula[:, None] + rng.normal(0, 0.3, (n, 4, 2))
    crumbs = centres[:, rng.integers(0, 4, 30)] + rng.normal(0, 0.08, (n, 30, 2))
    wax = _spots(crumbs, alive["exudates"], size, 0.014)
    # New vessels: tangles of fine loops that start on the disc or near it.
    begin, length = disc[:, None] + rng.normal(0, 0.1, (n, 6, 2)), rng.uniform(0.6, 1.6, (n, 6))
    heading, bend = rng.uniform(0, 2 * np.pi, (n, 6)), rng.normal(0, 7, (n, 6))
    tangle, _ = _walks(rng, begin, heading, bend, length, 3.0, size)
    fresh = _lines(tangle, length * alive["new vessels"][:, :6], size, 0.006)

    inside = np.hypot(x, y) < u(0.95, 0.99)
    masks = {
        "disc": disc_shape < 1,
        "vessels": vessels > 0.35,
        "microaneurysms": micro > 0.5,
        "haemorrhages": bleeding > 0.7,
        "exudates": wax > 0.5,
        "new_vessels": fresh > 0.5,
    }

    rim = step(1 - disc_shape, 0.35)
    optical_depth = u(0.4, 0.7) * vessels * (1 - 0.6 * rim) + 0.7 * np.minimum(fresh, 1)
    optical_depth += u(0.6, 1.0) * np.minimum(micro, 1) + u(0.6, 1.1) * np.minimum(bleeding, 1)
    optical_depth += u(0.2, 0.6) * np.exp(
        -((x - mx) ** 2 + (y - my) ** 2) / 0.03
    )  # the macula's pigment
    optical_depth += 0.1 * smooth_noise(rng, n, size, 5) + 0.05 * smooth_noise(rng, n, size, 24)
    light = u(0.35, 1.15) * (1 - u(0.2, 0.6) * (x * x + y * y))
    light = light * (1 + u(-0.35, 0.35) * x + u(-0.35, 0.35) * y)
    cup = np.exp(-(disc_shape**2) / 0.25)
    bright, wax = 0.6 * rim + 0.3 * cup, 0.85 * np.minimum(wax, 1)
    noise = 0.012 * rng.standard_normal((n, size, size), dtype=np.float32)
    film = np.empty((n, size, size, 3), np.uint8)
    # Pigment differs between people: reflectance of the layers behind, in red, green, blue.
    for k, (low, high) in enumerate([(0.75, 1.0), (0.3, 0.55), (0.1, 0.32)]):
        behind = u(low, high)
        channel = behind + bright * (1.15 * YELLOW[k] - behind)
        channel *= np.exp(-BLOOD[k] * optical_depth)
        channel += wax * (YELLOW[k] - channel)
        film[..., k] = to_uint8((channel * light + noise) * inside)
    drawn = {k: v & inside for k, v in masks.items()}
    drawn |= {f"n_{k}": number[k] for k in ("microaneurysms", "haemorrhages", "exudates")}
    return film, drawn
