"""Simulated frontal radiographs of chest and abdomen.

Physics: an X-ray loses intensity as I = I0 exp(-sum of mu * length) along its straight way (Beer-Lambert law).
The lengths come from simple solids: ellipsoids, tubes, plates. Scattered rays add a wide blur of the primary image.
The detector counts quanta, so the noise has the variance of the mean count (Poisson statistics, here as its
normal limit). The display shows the logarithm of the count, bone white and air black.
The rays are parallel and have one energy; real ones diverge and have a spectrum.

x runs to the right of the image, which is the patient's left, y down; both in cm.
"""

from __future__ import annotations

import numpy as np

from .shapes import (
    blur,
    check_count_and_size,
    chunks,
    ellipse,
    grid,
    inside,
    smooth_noise,
    stamp,
    step,
    through,
    to_uint8,
    turn,
    uniform,
)

# Linear attenuation in 1/cm at 60 keV: mass attenuation coefficients of the NIST tables (Hubbell and Seltzer)
# times usual densities. Air is taken as 0.
MU = {"soft tissue": 0.21, "lung": 0.054, "bone": 0.60, "fluid": 0.21}
FIELD = {"chest": 36.0, "abdomen": 38.0}  # cm: width of the film, measured in the patient
_BONE = np.float32(MU["bone"] - MU["soft tissue"])  # bone replaces soft tissue


def chest(
    rng,
    count,
    size=128,
    opacity=0.0,
    *,
    rotation=4.0,
    photons=20000.0,
    scatter=0.4,
    collimation=0.3,
    marker=False,
):
    """Frontal chest radiographs.

    opacity: 0-1, the part of the air that fluid replaces in a patch of lung, as in pneumonia; one number or (count,).
    Other parameters: see `_films`.
    Returns images (count, size, size) uint8 and the truth: "lungs", "heart", "opacity" (count, size, size) bool,
    "opacity_box" (count, 4) int (left, top, right, bottom in pixels, right and bottom exclusive; 0 if none),
    "angle" (count,) degrees. Raises ValueError for an opacity outside 0-1, a negative count or a size below 16.
    """
    opacity = np.broadcast_to(np.asarray(opacity, np.float32), (max(count, 0),))
    if opacity.size and not (opacity.min() >= 0 and opacity.max() <= 1):
        raise ValueError("opacity is a fraction: 0 to 1")
    images, truth = _films(
        "chest",
        rng,
        count,
        size,
        {"opacity": opacity},
        ("lungs", "heart", "opacity"),
        rotation,
        photons,
        scatter,
        collimation,
        marker,
    )
    truth["opacity_box"] = boxes(truth["opacity"])
    return images, truth


def abdomen(
    rng,
    count,
    size=128,
    *,
    rotation=4.0,
    photons=20000.0,
    scatter=0.4,
    collimation=0.3,
    marker=False,
):
    """Frontal abdominal radiographs.

    Parameters: see `_films`. Returns images (count, size, size) uint8 and the truth: "spine", "pelvis", "gas"
    (count, size, size) bool, "angle" (count,) degrees. Raises ValueError for a negative count or a size below 16.
    """
    masks = ("spine", "pelvis", "gas")
    return _films(
        "abdomen", rng, count, size, {}, masks, rotation, photons, scatter, collimation, marker
    )


def boxes(masks: np.ndarray) -> np.ndarray:
    """Bounding boxes (N, 4) int of masks (N, H, W): left, top, right, bottom (exclusive); zeros where empty."""
    out = np.zeros((len(masks), 4), int)
    for box, mask in zip(out, masks, strict=True):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return out


def _films(
    kind, rng, count, size, given, names, rotation, photons, scatter, collimation, marker
):
    """Draw films, stack by stack.

    rotation: the patient is turned by up to this many degrees. photons: mean count per pixel where no patient is;
    fewer make a noisier film. scatter: scattered over primary rays. collimation: chance of a dark border left by
    the closed shutters of the tube. marker: burn in L or R beside the patient's left or right.
    """
    check_count_and_size(count, size)
    anatomy = {"chest": _chest, "abdomen": _abdomen}[kind]
    # Separate streams: an option such as `marker` changes nothing else on the film.
    body_rng, exposure_rng, mark_rng = rng.spawn(3)
    images, angles = np.empty((count, size, size), np.uint8), np.empty(count, np.float32)
    truth = {name: np.empty((count, size, size), bool) for name in names}
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        x, y, angle = _pose(body_rng, n, size, FIELD[kind], rotation)
        parts = {k: v[here].reshape(n, 1, 1) for k, v in given.items()}
        attenuation, masks = anatomy(body_rng, n, size, x, y, **parts)
        images[here] = to_uint8(
            _expose(exposure_rng, attenuation, photons, scatter, collimation)
        )
        angles[here] = angle.ravel()
        for name in names:
            truth[name][here] = masks[name]
        start += n
    if marker:
        _mark(mark_rng, images)
    return images, {**truth, "angle": angles}


def _pose(rng, n, size, field, rotation):
    """Coordinates in cm that move, turn and scale with the patient: x, y (n, size, size), angle (n, 1, 1)."""
    x, y = grid(size, field)
    angle = uniform(rng, n, -1, 1) * np.float32(rotation)
    x, y = turn(x - uniform(rng, n, -1.5, 1.5), y - uniform(rng, n, -1.5, 1.5), angle)
    return x / uniform(rng, n, 0.9, 1.12), y / uniform(rng, n, 0.9, 1.12), angle


def _expose(rng, attenuation, photons, scatter, collimation):
    """Line integrals (n, H, W) -> displayed film 0-1."""
    n, size, _ = attenuation.shape
    primary = np.exp(-attenuation)
    wide = blur(primary[:, ::2, ::2], size / 20)  # so smooth that every second pixel is enough
    total = primary + np.float32(scatter) * wide.repeat(2, 1).repeat(2, 2)[:, :size, :size]
    total = blur(total, size / 256)  # focal spot and detector blur
    counts = np.float32(photons) * total
    counts += np.sqrt(counts) * rng.standard_normal(counts.shape, dtype=np.float32)
    film = -np.log(np.maximum(counts, 1) / np.float32(photons))
    # Auto-exposure: the display follows the film's own range, more or less well.
    few = film[:, ::4, ::4].reshape(n, -1)
    low, high = np.percentile(few, (12, 97), axis=1).astype(np.float32).reshape(2, n, 1, 1)
    low, high = low - uniform(rng, n, -0.1, 1.0), high + uniform(rng, n, -0.35, 0.7)
    high = np.maximum(high, low + 1)
    film = np.clip((film - low) / (high - low), 0, 1) ** uniform(rng, n, 0.7, 1.5)
    film = film * uniform(rng, n, 0.75, 1.0) + uniform(rng, n, 0.0, 0.08)
    # Shutters: a dark frame on up to four sides.
    x, y = grid(size, 1.0)
    closed = rng.random((4, n, 1, 1)) < collimation
    sides = [np.where(c, uniform(rng, n, 0.38, 0.48), 1).astype(np.float32) for c in closed]
    open_ = (x < sides[0]) & (-x < sides[1]) & (y < sides[2]) & (-y < sides[3])
    return film * np.where(open_, np.float32(1), uniform(rng, n, 0, 0.08))


def _mark(rng, images):
    """Burn L (right side of the image) or R (left side) into each film, in the upper part."""
    size = images.shape[-1]
    dot = max(1, size // 100)
    for image in images:
        letter = "LR"[rng.integers(2)]
        left = rng.uniform(0.86, 0.92) if letter == "L" else rng.uniform(0.03, 0.08)
        stamp(image, letter, int(rng.uniform(0.03, 0.2) * size), int(left * size), dot, 250)


def _tube(distance, radius):
    """Bone on the way through a hollow tube, in cm: a cortical wall, brighter at the two edges."""
    d2 = np.minimum((distance / radius) ** 2, 1)
    return radius * np.sqrt(1 - d2) * (0.5 + 0.9 * d2)


def _ribs(y, first, gap, course, radius, number):
    """Bone of equally spaced ribs whose height follows `course` (n, H, W), in cm."""
    y = y - course - first
    return _tube(y - np.clip(np.round(y / gap), 0, number) * gap, radius)


def _spine(x, y, half_width, height, disc):
    """Bone of a row of vertebrae, in cm: bodies with dense end plates, pedicles, spinous processes."""
    along = y / height - np.floor(y / height) - 0.5  # -0.5 to 0.5 within one vertebra
    across = step(half_width * (0.92 + 0.32 * along**2) - np.abs(x), 0.5)
    end = 0.5 - disc / 2
    body = step(end - np.abs(along), 0.08)
    plate = np.maximum(0, 1 - (np.abs(along) - end + 0.06) ** 2 * 300) * body
    bone = across * (0.7 + 0.8 * body + 0.5 * plate)
    bone += inside(ellipse(np.abs(x), along, half_width * 0.62, -0.12, 0.45, 0.14)) * 0.7
    return bone + inside(ellipse(x, along, 0, 0.22, 0.35, 0.2)) * 0.7


def _chest(rng, n, size, x, y, opacity):
    """Attenuation (n, H, W) along the rays through a chest, and its masks."""

    def u(low, high):
        return uniform(rng, n, low, high)

    left = (x > 0).astype(np.float32)  # 1 on the patient's left
    ax = np.abs(x)
    # Body: neck, sloping shoulders, trunk, arms held away from it, sometimes breasts.
    trunk, shoulder = u(14.5, 17.5), u(-14.5, -12)
    half = 5.0 + (trunk - 5.0) * step(y - shoulder, 5.0)
    deep = u(18, 24) * (0.55 + 0.45 * step(y - shoulder, 10.0))
    soft = deep * np.sqrt(np.maximum(1 - (x / half) ** 2, 0))
    arm = 1 - ((ax - trunk - u(0.5, 2.5) - (y + 8) * u(0.15, 0.6)) / u(3.8, 5.0)) ** 2
    soft = np.maximum(soft, through(arm, u(8, 11)) * step(y - shoulder - 1, 3.0))
    breast = through(ellipse(ax, y, u(7, 9), u(4, 8), u(5, 6.5), u(4, 6)), u(2, 6))
    soft = soft + breast * inside(u(-1, 1)) * inside(soft)

    # Lungs: between mediastinum and chest wall, above the diaphragm. The right dome stands higher.
    top, width, base = u(-14.5, -12.5), u(11.5, 13.5), u(5, 9)
    flare = u(0.3, 1)

    def wall(y):
        """Distance of the chest wall from the midline at height y."""
        rise = np.clip((base + 3 - y) / (base + 3 - top), 0, 1)
        return width * np.sqrt(1 - rise**2 * (1 - (1 - rise) * flare))

    outer = wall(y)
    inner = u(1.6, 2.4) + step(-y - 8, 5.0)
    dome = base + left * u(0.2, 1.4) + (ax - u(5, 6.5)) ** 2 * u(0.05, 0.09)
    across = (2 * (ax - inner) / np.maximum(outer - inner, 0.1) - 1) ** 2
    air = u(11, 15) * np.sqrt(np.maximum(1 - across**2, 0))
    air *= step(dome - y, 0.7) * inside(outer - inner)
    air *= 0.6 + 0.4 * step(y - top - 4, 9.0)

    # Heart (apex to the patient's left), aortic arch, hilar vessels: blood in the place of air.
    heart = ellipse(x, y, u(0.8, 2.2), base - u(3.0, 4.2), u(5.4, 7.0), u(4.0, 5.0), u(30, 50))
    aorta = ellipse(x, y, u(1.6, 2.4), u(-7, -5.5), u(1.2, 1.8), u(1.5, 2.4))
    air = np.maximum(air - through(heart, 17.0) - through(aorta, 10.0), 0)
    lungs = air > 1.5
    rx, ry = ax - 3.2, y - u(-2, 0) + left
    r, theta = np.hypot(rx, ry), np.arctan2(ry, rx)
    branch = np.sin(theta * 9 + u(0, 6) + 2 * np.sin(r * 0.8 + u(0, 6) + x)) + 0.4
    branch = np.maximum(branch, 0)
    vessels = branch * branch * branch * np.exp(-r / u(2.5, 4)) * u(0.5, 1.2)
    vessels += through(ellipse(ax, y, 3.0, u(-2, 0), u(1.0, 1.6), 2.4), u(1, 3))

    # Pneumonia: patches of lung, with a vague border, whose air is replaced by fluid.
    side = np.where(u(0, 1) < 0.5, np.float32(-1), np.float32(1))
    py = top + (base - top) * u(0.35, 0.85)
    px = side * wall(py) * u(0.6, 0.8)
    patch = ellipse(x, y, px, py, u(4, 8), u(4, 8), u(-40, 40))
    other = ellipse(x, y, u(-2, 2) - px, py + u(-3, 3), u(3, 7), u(3, 7)) - 2 * inside(u(-1, 1))
    patch = step(np.maximum(patch, other) + 0.3 * smooth_noise(rng, n, size, 6) + 0.1, 1.6)
    haze = 0.5 * smooth_noise(rng, n, size, 14) + 0.4 * smooth_noise(rng, n, size, 40)
    filled = np.float32(0.75) * opacity * patch
    lung_mu = MU["lung"] + (MU["fluid"] - MU["lung"]) * filled * (1 + 0.2 * haze)
    masks = {
        "lungs": lungs,
        "heart": heart > 0,
        "opacity": (patch > 0.5) & lungs & (opacity > 0),
    }

    air = np.minimum(air, 0.85 * soft)
    blood = np.minimum(np.maximum(vessels + 0.25 * haze + u(0, 1.2), 0), air)
    attenuation = MU["soft tissue"] * (soft - air + blood) + lung_mu * (air - blood)
    windpipe = through(1 - ((x - u(-0.3, 0.3)) / 0.85) ** 2, 1.4) * step(-5 - y, 1.0)
    bubble = through(ellipse(x, y, u(5, 8), base + u(2, 4.5), u(1.5, 3.5), u(1, 2)), u(0, 7))
    attenuation -= MU["soft tissue"] * (windpipe + bubble) * inside(soft - 8)

    # Bones. A rib lies along the wall, so a ray near the edge of the cage passes more of it.
    cage = ellipse(x, y, 0, u(8, 10), width + 0.8, u(22, 24))
    edge = inside(cage) / np.sqrt(np.maximum(cage, 0.2))
    gap, first = u(2.2, 2.6), top + u(-0.5, 0.8)
    behind = (u(0.016, 0.026) * ax - 0.14) * ax
    front = 0.022 * width**2 + u(0.45, 0.75) * (width - ax)
    ribs = _ribs(y, first, gap, behind, u(0.55, 0.7), 9)
    ribs += 0.8 * _ribs(y, first, gap, front, u(0.55, 0.75), 5) * step(ax - 4.5, 2.0)
    bone = ribs * edge * u(1.3, 2.1) * step(ax - 1.5, 0.5) * step(base + 8 - y, 5.0)
    along = (ax - 1.5) / 13
    collar = y - u(-12, -10.5) + u(2, 3.6) * along + 0.8 * np.sin(2 * np.pi * along)
    bone += 4.0 * _tube(collar, u(0.55, 0.75)) * inside(along - along**2)
    blade = ellipse(ax, y, u(13, 15), u(-7.5, -5), u(2.4, 3.2), u(5, 6.5), u(8, 22))
    bone += 0.35 * inside(blade) + 0.7 * np.maximum(1 - (blade / 0.16) ** 2, 0)
    shaft = _tube(ax - u(16.5, 18) - (y + 11) * 0.25, u(1.0, 1.3)) * step(y + 12, 0.5)
    head = through(ellipse(ax, y, u(16.2, 17.2), u(-12.5, -11), 2.2, 2.3), 2.4)
    bone += np.maximum(shaft, head)
    bone += u(0.5, 0.9) * _spine(x, y + u(0, 2), u(1.4, 1.7), 2.4, 0.2)
    return attenuation + _BONE * bone * inside(soft), masks


def _abdomen(rng, n, size, x, y):
    """Attenuation (n, H, W) along the rays through an abdomen, and its masks."""

    def u(low, high):
        return uniform(rng, n, low, high)

    y = y - u(-4, 4)  # how high the film was taken
    ax = np.abs(x)
    half = u(14, 21) * (1 - u(0.02, 0.1) * np.exp(-(((y + 3) / 6) ** 2)))
    soft = u(17, 24) * np.sqrt(np.maximum(1 - (x / half) ** 2, 0))
    # Lung bases at the upper edge. Liver (patient's right), kidneys, psoas stand out from fat.
    dome = u(-22, -13) + (x > 0) * u(0, 1) + (ax - 6) ** 2 * 0.07
    lung = 11 * step(dome - y, 1.0) * step(half - 2.5 - ax, 1.5) * step(ax - 2, 1.0)
    lung = np.minimum(lung, soft)
    organs = through(ellipse(x, y, -8, u(-11, -8), u(6, 9), u(4, 6.5), u(10, 35)), u(0, 3.5))
    organs += through(ellipse(ax, y, 6, u(-5.5, -4), 2.4, 4.6, u(-18, -8)), u(0, 2.5))
    psoas = step(1.8 + np.clip(y + 8, 0, 14) * 0.3 - ax, 0.4)
    organs += u(0, 2) * psoas * step(y + 8, 3.0) * step(9 - y, 5.0)
    organs += 0.6 * smooth_noise(rng, n, size, 6) + 0.35 * smooth_noise(rng, n, size, 22)

    # Bowel gas: chains of bubbles along the frame of the colon and in the middle, with folds.
    gas = np.full_like(x, -1)  # becomes (half the length in the gas)^2, negative outside
    amount, cx, cy = u(0.15, 1), x[:, :1, :1], y[:, :1, :1]
    for k in range(18):
        way, out = u(0, 2 * np.pi), np.where(u(0, 1) < 0.6, u(0.75, 1.05), u(0, 0.6))
        new = u(0, 1) < 0.35  # else the bubble joins the one before
        cx = np.where(new | (k == 0), np.cos(way) * 10.5 * out, cx + u(-2.2, 2.2))
        cy = np.where(new | (k == 0), np.sin(way) * 8.5 * out - 1, cy + u(-2.2, 2.2))
        a = u(0.7, 2.6) * (u(0, 1) < amount) + 0.01
        gas = np.maximum(gas, a * a - (x - cx) ** 2 - u(1, 3) * (y - cy) ** 2)
    gas = through(gas, 2.6) * np.clip(0.8 + 0.35 * smooth_noise(rng, n, size, 30), 0.2, 1.2)
    gas = np.minimum(gas, 0.45 * soft)
    attenuation = MU["soft tissue"] * (soft - lung - gas + organs * inside(soft))
    attenuation += MU["lung"] * lung

    # Bones: spine, sacrum, iliac wings with a dense crest, ring of the pelvis, hips, lowest ribs.
    bend = u(-0.015, 0.015) * (y + 5) ** 2 * step(8 - y, 4.0)
    spine, row, height = x - bend, y + u(0, 3), u(3.3, 3.8)
    lumbar = step(7.5 - y, 1.0)
    spikes = inside(0.09 - np.abs(row / height - np.floor(row / height) - 0.5))
    spikes = spikes * step(4.4 - np.abs(spine), 0.6)
    sacrum = step(4.4 - np.clip(y - 6.5, 0, 9) * 0.42 - ax, 0.8)
    sacrum *= step(y - 6.5, 1.5) * step(14.5 - y, 1.0)
    holes = inside(ellipse(ax, (y - 8.5) % 2.2, 1.9 - 0.06 * (y - 7), 1.1, 0.5, 0.35))
    bone = (_spine(spine, row, u(2.1, 2.6), height, 0.26) + 0.5 * spikes) * lumbar
    bone = (bone + sacrum * (1.4 - 0.7 * holes)) * u(1.0, 1.6)
    wx, wy = u(7.8, 9.2), u(8.3, 9.5)
    wing = ellipse(ax, y, wx, wy, u(4.8, 5.8), u(6.0, 7.0), u(18, 32))
    inlet = ellipse(ax, y, 0, u(15, 16), u(5.6, 6.6), u(4.6, 5.6))
    plate = inside(wing) * inside(-inlet)
    crest = np.maximum(1 - ((wing - 0.06) / 0.1) ** 2, 0) * step(wy + 2 - y, 3.0)
    bone += u(0.9, 1.5) * (plate * (0.6 + 0.3 * step(y - wy, 4.0)) + 1.3 * crest)
    ring = np.maximum(1 - ((inlet + 0.12) / 0.2) ** 2, 0) * step(y - 10, 2.0)
    hip = ellipse(ax, y, u(9.3, 10.3), u(16.5, 17.5), 2.4, 2.5)
    neck = step(1.9 - np.abs((y - 18.5) - (ax - 11) * 0.75), 0.6) * step(ax - 10, 1.0)
    socket = np.maximum(1 - ((hip + 0.3) / 0.3) ** 2, 0) * inside(17.5 - y)
    bone += u(1.0, 1.6) * ring + np.maximum(through(hip, 2.6), 1.2 * neck) + socket
    course = (0.03 * ax + 0.25) * ax
    ribs = _ribs(y, u(-20, -17), 2.8, course, 0.55, 3) * u(0.8, 1.6)
    bone += ribs * step(ax - 3, 1.0) * step(half - 0.5 - ax, 1.0)
    masks = {
        "spine": (np.abs(spine) < 2.4) & (y < 7),
        "pelvis": ((plate > 0) | (ring > 0.3)) & (soft > 0),
        "gas": gas > 0.5,
    }
    return attenuation + _BONE * bone * inside(soft), masks
