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
FIELD = 40.0  # cm: width of the film, at the patient
_BONE = MU["bone"] - MU["soft tissue"]  # bone replaces soft tissue


def chest(rng, count, size=128, opacity=0.0, *, rotation=4.0, photons=4000.0, scatter=0.4, collimation=0.3,
          marker=False):
    """Frontal chest radiographs.

    opacity: 0-1, the part of the air that fluid replaces in a patch of lung, as in pneumonia; one number or (count,).
    Other parameters: see `_films`.
    Returns images (count, size, size) uint8 and the truth: "lungs", "heart", "opacity" (count, size, size) bool,
    "opacity_box" (count, 4) int (left, top, right, bottom in pixels, right and bottom exclusive; 0 if none),
    "angle" (count,) degrees. Raises ValueError for an opacity outside 0-1, a negative count or a size below 16.
    """  # fmt: skip
    opacity = np.broadcast_to(np.asarray(opacity, np.float32), (max(count, 0),))
    if opacity.size and not (opacity.min() >= 0 and opacity.max() <= 1):
        raise ValueError("opacity is a fraction: 0 to 1")
    images, truth = _films(
        _chest, rng, count, size, {"opacity": opacity}, ("lungs", "heart", "opacity"), rotation, photons, scatter,
        collimation, marker,
    )  # fmt: skip
    truth["opacity_box"] = boxes(truth["opacity"])
    return images, truth


def abdomen(rng, count, size=128, *, rotation=4.0, photons=4000.0, scatter=0.4, collimation=0.3, marker=False):
    """Frontal abdominal radiographs.

    Parameters: see `_films`. Returns images (count, size, size) uint8 and the truth: "spine", "pelvis", "gas"
    (count, size, size) bool, "angle" (count,) degrees. Raises ValueError for a negative count or a size below 16.
    """
    masks = ("spine", "pelvis", "gas")
    return _films(_abdomen, rng, count, size, {}, masks, rotation, photons, scatter, collimation, marker)


def boxes(masks: np.ndarray) -> np.ndarray:
    """Bounding boxes (N, 4) int of masks (N, H, W): left, top, right, bottom (exclusive); zeros where empty."""
    out = np.zeros((len(masks), 4), int)
    for box, mask in zip(out, masks, strict=True):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if len(rows):
            box[:] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return out


def _films(anatomy, rng, count, size, given, names, rotation, photons, scatter, collimation, marker):
    """Draw films, stack by stack.

    rotation: the patient is turned by up to this many degrees. photons: mean count per pixel where no patient is;
    fewer make a noisier film. scatter: scattered over primary rays. collimation: chance of a dark border left by
    the closed shutters of the tube. marker: burn in L or R beside the patient's left or right.
    """
    check_count_and_size(count, size)
    # Separate streams: an option such as `marker` changes nothing else on the film.
    body_rng, exposure_rng, mark_rng = rng.spawn(3)
    images, angles = np.empty((count, size, size), np.uint8), np.empty(count, np.float32)
    truth = {name: np.empty((count, size, size), bool) for name in names}
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        x, y, angle = _pose(body_rng, n, size, rotation)
        parts = {k: v[here].reshape(n, 1, 1) for k, v in given.items()}
        attenuation, masks = anatomy(body_rng, n, size, x, y, **parts)
        images[here] = to_uint8(_expose(exposure_rng, attenuation, photons, scatter, collimation))
        angles[here] = angle.ravel()
        for name in names:
            truth[name][here] = masks[name]
        start += n
    if marker:
        _mark(mark_rng, images)
    return images, {**truth, "angle": angles}


def _pose(rng, n, size, rotation):
    """Coordinates in cm that move, turn and scale with the patient: x, y (n, size, size), angle (n, 1, 1)."""
    x, y = grid(size, FIELD)
    angle = uniform(rng, n, -1, 1) * np.float32(rotation)
    x, y = turn(x - uniform(rng, n, -1.5, 1.5), y - uniform(rng, n, -1.5, 1.5), angle)
    return x / uniform(rng, n, 0.9, 1.12), y / uniform(rng, n, 0.9, 1.12), angle


def _expose(rng, attenuation, photons, scatter, collimation):
    """Line integrals (n, H, W) -> displayed film 0-1."""
    n, size, _ = attenuation.shape
    primary = np.exp(-attenuation)
    total = primary + np.float32(scatter) * blur(primary, size / 10)
    total = blur(total, size / 256)  # focal spot and detector blur
    counts = np.float32(photons) * total
    counts += np.sqrt(counts) * rng.standard_normal(counts.shape, dtype=np.float32)
    film = -np.log(np.maximum(counts, 1) / np.float32(photons))
    # Auto-exposure: the display follows the film's own range, more or less well.
    few = film[:, ::4, ::4].reshape(n, -1)
    low, high = np.percentile(few, (12, 97), axis=1).astype(np.float32).reshape(2, n, 1, 1)
    low, high = low - uniform(rng, n, -0.1, 1.0), high + uniform(rng, n, -0.35, 0.7)
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
    d = np.minimum(np.abs(distance) / radius, 1)
    return radius * (np.sqrt(1 - d**2) * (0.5 + 0.6 * d**2))


def _ribs(y, x, first, gap, course, radius, number=10):
    """Bone of equally spaced ribs whose height follows `course` (n, H, W), in cm."""
    nearest = np.clip(np.round((y - course - first) / gap), 0, number)
    return _tube(y - course - first - nearest * gap, radius)


def _spine(x, y, half_width, height, disc):
    """Bone of a row of vertebrae, in cm: bodies with dense end plates, pedicles, spinous processes."""
    across = step(half_width * (1 - 0.08 * np.cos(2 * np.pi * y / height)) - np.abs(x), 0.5)
    along = y / height - np.floor(y / height) - 0.5  # -0.5 to 0.5 within one vertebra
    body = step(0.5 - disc / 2 - np.abs(along), 0.08)
    plate = np.maximum(0, 1 - (np.abs(along) - (0.5 - disc / 2 - 0.06)) ** 2 * 300) * body
    bone = across * (0.7 + 0.8 * body + 0.5 * plate)
    bone += 0.9 * (ellipse(np.abs(x), along, half_width * 0.62, -0.12, 0.45, 0.14) > 0)
    return bone + 0.9 * (ellipse(x, along, 0, 0.22, 0.35, 0.2) > 0)


def _chest(rng, n, size, x, y, opacity):
    """Attenuation (n, H, W) along the rays through a chest, and its masks."""

    def u(low, high):
        return uniform(rng, n, low, high)

    left = x > 0  # the patient's left
    ax = np.abs(x)
    # Body: neck, shoulders, trunk, arms.
    trunk = u(15, 19)
    shoulder = u(-15.5, -13)
    half = 5.5 + (trunk - 5.5) * step(y - shoulder, 6.0)
    soft = u(18, 25) * (0.55 + 0.45 * step(y - shoulder, 8.0)) * np.sqrt(np.maximum(1 - (x / half) ** 2, 0))
    arm = ellipse(ax, y, trunk + u(0, 3), u(-9, -5), u(5, 7), u(8, 14), u(-25, 5))
    soft = np.maximum(soft, through(arm, u(9, 12)))
    breast = through(ellipse(ax, y, u(7, 9), u(5, 9), u(5, 6.5), u(4, 6)), u(4, 8)) * (u(0, 1) < 0.5)
    soft = soft + breast * (soft > 0)

    # Lungs: between mediastinum and chest wall, above the diaphragm. The right dome stands higher.
    top, width = u(-15, -13), u(11.5, 14)
    base = u(5.5, 9.5)
    rise = np.clip((base + 3 - y) / (base + 3 - top), 0, 1)
    outer = width * np.sqrt(np.maximum(1 - rise ** u(2.2, 3.0), 0))
    inner = u(1.8, 2.6) + 1.2 * step(-y - 8, 5.0)
    dome = base + np.where(left, u(0.2, 1.4), 0) + (ax - u(5, 6.5)) ** 2 * u(0.05, 0.09)
    across = 2 * (ax - inner) / np.maximum(outer - inner, 0.1) - 1
    air = u(12, 16) * np.sqrt(np.maximum(1 - across**4, 0)) * step(dome - y, 0.7) * (outer > inner)
    air *= 0.55 + 0.45 * step(y - top - 5, 10.0)

    # Heart (apex to the patient's left), aortic arch, hilar vessels: blood in the place of air.
    hx, hy = u(1.2, 2.8), base - u(3.2, 4.8)
    heart = ellipse(x, y, hx, hy, u(5.6, 7.4), u(4.2, 5.4), u(25, 48))
    aorta = ellipse(x, y, u(2.0, 2.8), u(-7.5, -6), u(1.3, 1.9), u(1.5, 2.4))
    air = np.maximum(air - through(heart, 20.0) - through(aorta, 10.0), 0)
    lungs = air > 1.5
    rx, ry = ax - 3.6, y - u(-2, 0) - np.where(left, -1, 0)
    r, theta = np.hypot(rx, ry), np.arctan2(ry, rx)
    branch = np.sin(theta * 7 + u(0, 6) + 2 * np.sin(r * 0.7 + u(0, 6) + x)) + 0.4
    vessels = np.maximum(branch, 0) ** 3 * np.exp(-r / u(3, 4.5)) * u(0.8, 1.8)
    vessels += through(ellipse(ax, y, 3.6, u(-2, 0), u(1.2, 1.8), 2.6), u(1, 2.5))

    # Pneumonia: a patch of lung whose air is replaced by fluid.
    side = np.where(u(0, 1) < 0.5, -1, 1).astype(np.float32)
    px, py = side * u(5.5, 9.5), top + (base - top) * u(0.3, 0.9)
    patch = ellipse(x, y, px, py, u(3.5, 7), u(3, 7), u(-40, 40)) + 0.5 * smooth_noise(rng, n, size, 7)
    second = ellipse(x, y, -px + u(-2, 2), py + u(-3, 3), u(2, 5), u(2, 5)) * (u(0, 1) < 0.4)
    patch = step(np.maximum(patch, second) - 0.1, 0.9)
    filled = np.float32(0.9) * opacity * patch
    haze = smooth_noise(rng, n, size, 14) * 0.25 + smooth_noise(rng, n, size, 40) * 0.18
    lung_mu = MU["lung"] + (MU["fluid"] - MU["lung"]) * np.clip(filled * (1 + 0.35 * haze), 0, 1)
    masks = {"lungs": lungs, "heart": heart > 0, "opacity": (patch > 0.5) & lungs & (opacity > 0)}

    air = np.minimum(air, soft)
    attenuation = MU["soft tissue"] * (soft - air) + lung_mu * air
    attenuation += MU["soft tissue"] * np.minimum(vessels + haze * 0.6, air) * (air > 0)
    windpipe = 1.5 * np.sqrt(np.maximum(1 - ((x - u(-0.3, 0.3)) / 0.9) ** 2, 0)) * step(-5 - y, 1.0)
    bubble = through(ellipse(x, y, u(5, 8), base + u(2, 4.5), u(1.5, 3.5), u(1, 2)), u(0, 7))
    attenuation -= MU["soft tissue"] * (windpipe + bubble)

    # Bones. A rib lies along the wall, so a ray near the edge of the cage passes more of it.
    cage = ellipse(x, y, 0, u(8, 10), width + 1.0, u(23, 25))
    edge = (cage > 0) * np.minimum(1 / np.sqrt(np.maximum(cage, 0.16)), 2.2)
    gap, first = u(2.3, 2.7), top + u(-0.5, 0.8)
    behind = u(0.012, 0.022) * ax**2 - 0.12 * ax
    front = 0.02 * width**2 + u(0.45, 0.7) * (width - ax)
    ribs = _ribs(y, x, first, gap, behind, u(0.5, 0.65)) + 0.75 * _ribs(
        y, x, first, gap, front, u(0.5, 0.7), 5
    ) * step(ax - 4.5, 2.0)
    bone = ribs * edge * u(0.9, 1.4) * step(ax - 1.5, 0.5) * step(base + 9 - y, 4.0)
    along = (ax - 1.5) / 13
    collar = y - (u(-12.5, -11) - 3.2 * along - 0.7 * np.sin(2 * np.pi * along))
    bone += 1.6 * _tube(collar, u(0.55, 0.75)) * (along > 0) * (along < 1)
    blade = ellipse(ax, y, u(13.5, 15.5), u(-8, -5.5), u(2.6, 3.4), u(5, 6.5), u(8, 22))
    bone += 0.25 * (blade > 0) + 0.5 * np.maximum(1 - (blade / 0.14) ** 2, 0)
    shaft = _tube((ax - u(17, 18.5)) - (y + 12) * 0.12, u(1.0, 1.3)) * step(y + 13, 0.5)
    head = through(ellipse(ax, y, u(17, 18), u(-14, -12.5), 2.2, 2.3), 2.2)
    bone += np.maximum(shaft, head) + u(0.6, 1.1) * _spine(x, y + u(0, 2), u(1.5, 1.8), 2.4, 0.2)
    return attenuation + _BONE * bone * (soft > 0), masks


def _abdomen(rng, n, size, x, y):
    """Attenuation (n, H, W) along the rays through an abdomen, and its masks."""

    def u(low, high):
        return uniform(rng, n, low, high)

    y = y - u(-4, 4)  # how high the film was taken
    ax = np.abs(x)
    waist = u(13.5, 20)
    half = waist * (1 - u(0.02, 0.1) * np.exp(-(((y + 3) / 6) ** 2)))
    soft = u(17, 24) * np.sqrt(np.maximum(1 - (x / half) ** 2, 0))
    # Lung bases at the upper edge, liver (patient's right), kidneys, psoas: small differences in thickness of fat.
    dome = u(-22, -14) + np.where(x > 0, u(0, 1), 0) + (ax - 6) ** 2 * 0.07
    lung = np.minimum(11 * step(dome - y, 1.0) * step(half - 2.5 - ax, 1.5) * step(ax - 2, 1.0), soft)
    organs = through(ellipse(x, y, -8, u(-11, -8), u(6, 9), u(4, 6.5), u(10, 35)), u(0, 5))
    organs += through(ellipse(ax, y, 6, u(-5.5, -4), 2.4, 4.6, u(-18, -8)), u(0, 2.5))
    organs += u(0, 2) * step(1.8 + np.clip(y + 8, 0, 14) * 0.3 - ax, 0.4) * step(y + 8, 3.0) * step(9 - y, 5.0)
    organs += 0.5 * smooth_noise(rng, n, size, 6)

    # Bowel gas: bubbles along the frame of the colon and in the middle, with folds.
    gas = np.zeros_like(x)
    amount = u(0, 1) ** 0.7
    for k in range(14):
        way = u(0, 1) * 2 * np.pi
        out = np.where(k < 9, u(0.75, 1.05), u(0, 0.6))
        cx, cy = np.cos(way) * 10.5 * out, np.sin(way) * 8.5 * out - 1
        a = u(0.8, 2.6) * (u(0, 1) < 0.25 + 0.7 * amount)
        gas = np.maximum(gas, through(ellipse(x, y, cx, cy, a + 0.01, a * u(0.5, 0.9) + 0.01, u(0, 180)), a * 1.9))
    gas *= np.clip(0.85 + 0.25 * smooth_noise(rng, n, size, 30), 0.3, 1.2)
    gas = np.minimum(gas, 0.4 * soft)
    attenuation = MU["soft tissue"] * (soft - lung - gas + organs * (soft > 0)) + MU["lung"] * lung

    # Bones: spine, sacrum, iliac wings with a dense crest, ring of the pelvis, hips, lowest ribs.
    bend = u(-0.015, 0.015) * (y + 5) ** 2 * step(8 - y, 4.0)
    row = _spine(x - bend, y + u(0, 3), u(2.1, 2.6), u(3.3, 3.8), 0.26)
    lumbar = step(7.5 - y, 1.0)
    spikes = (np.abs(((y + 1) / 3.5) % 1 - 0.5) < 0.09) * step(4.6 - ax, 1.0) * 0.5
    sacrum = step(4.4 - np.clip(y - 6.5, 0, 9) * 0.42 - ax, 0.8) * step(y - 6.5, 1.5) * step(14.5 - y, 1.0)
    holes = ellipse(ax, (y - 8.5) % 2.2, 1.9 - 0.06 * (y - 7), 1.1, 0.5, 0.35) > 0
    bone = u(1.0, 1.6) * ((row + spikes) * lumbar + sacrum * (1.4 - 0.7 * holes))
    wx, wy, tilt = u(7.8, 9.2), u(8.3, 9.5), u(18, 32)
    wing = ellipse(ax, y, wx, wy, u(4.8, 5.8), u(6.0, 7.0), tilt)
    inlet = ellipse(ax, y, 0, u(15, 16), u(5.6, 6.6), u(4.6, 5.6))
    plate = (wing > 0) * (inlet < 0)
    crest = np.maximum(1 - ((wing - 0.06) / 0.1) ** 2, 0) * step(wy + 2 - y, 3.0)
    bone += u(0.8, 1.4) * (plate * (0.6 + 0.2 * step(y - wy, 4.0)) + 1.3 * crest)
    ring = np.maximum(1 - ((inlet + 0.12) / 0.2) ** 2, 0) * step(y - 10, 2.0)
    bone += u(1.0, 1.6) * ring
    hip = ellipse(ax, y, u(9.3, 10.3), u(16.5, 17.5), 2.4, 2.5)
    neck = step(1.9 - np.abs((y - 18.5) - (ax - 11) * 0.75), 0.6) * step(ax - 10, 1.0)
    socket = np.maximum(1 - ((hip + 0.3) / 0.3) ** 2, 0) * (y < 17.5)
    bone += np.maximum(through(hip, 2.6), 1.2 * neck) + 1.0 * socket
    low = u(-20, -17) + 0.03 * ax**2 + 0.25 * ax
    bone += _ribs(y, x, low, 2.8, 0.0, 0.55, 3) * step(ax - 3, 1.0) * step(half - 0.5 - ax, 1.0) * u(0.8, 1.4)
    masks = {
        "spine": (np.abs(x - bend) < 2.4) & (y < 7),
        "pelvis": (plate | (ring > 0.3)) & (soft > 0),
        "gas": gas > 0.5,
    }
    return attenuation + _BONE * bone * (soft > 0), masks
