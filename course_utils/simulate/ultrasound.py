"""Simulated B-mode ultrasound of the breast and of the thyroid.

Physics: many scatterers in one resolution cell make an echo whose amplitude follows the Rayleigh distribution
(fully developed speckle), so brightness is tissue strength times speckle. Sound loses 0.5 dB per cm and MHz on
its way, there and back (usual value for soft tissue); the machine's time gain makes up for most of it. A lesion that
absorbs more throws a shadow, one that absorbs less leaves a bright band behind it. The display is logarithmic.

Depth runs down. x to the right and y down in cm, from the middle of the upper edge.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .shapes import (
    check_count_and_size,
    chunks,
    ellipse,
    grid,
    inside,
    smooth_noise,
    step,
    to_uint8,
    turn,
    uniform,
)

DEPTH = 4.0  # cm, also the width
ATTENUATION = 0.5  # dB / (cm MHz)
FREQUENCY = 10.0  # MHz
RANGE = 55.0  # dB between black and white


def ultrasound(rng, count, size=128, malignant=None, lesion=True):
    """B-mode images of the breast, most with one lesion.

    malignant: True, False or (count,); None draws half of each. Benign: smooth oval, wider than tall, often a
    brighter band behind. Malignant: irregular, spiky, often taller than wide, shadow behind. Their looks overlap.
    lesion: True, False or (count,); where it is False nothing is drawn and "malignant" is False.
    Returns images (count, size, size) uint8 and the truth: "lesion" (count, size, size) bool, "malignant" (count,)
    bool, "aspect" (count,) height over width of the lesion as drawn, 0 where there is none.
    Raises ValueError for a negative count or a size below 16.
    """
    check_count_and_size(count, size)
    malignant = (
        rng.random(count) < 0.5
        if malignant is None
        else np.broadcast_to(np.asarray(malignant), (count,))
    )
    lesion = np.broadcast_to(np.asarray(lesion), (count,)).astype(bool)
    malignant = malignant.astype(bool) & lesion
    images, masks = np.empty((count, size, size), np.uint8), np.empty((count, size, size), bool)
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        images[here], masks[here] = _scans(rng, n, size, malignant[here], lesion[here])
        start += n
    tall, wide = masks.any(2).sum(1), masks.any(1).sum(1)
    return images, {
        "lesion": masks,
        "malignant": malignant,
        "aspect": tall / np.maximum(wide, 1),
    }


def _scans(rng, n, size, malignant, lesion):
    """A stack of scans (n, size, size) uint8 and the masks of their lesions."""
    x, y = grid(size, DEPTH)
    y = y + DEPTH / 2

    def u(low, high):
        return uniform(rng, n, low, high)

    bad = malignant.astype(np.float32).reshape(n, 1, 1)
    there = lesion.astype(np.float32).reshape(n, 1, 1)

    def either(benign, other):
        """A number for each image: from one range if its lesion is benign, from the other if malignant."""
        return np.where(bad > 0, u(*other), u(*benign))

    # Layers from the skin down, as echo strength in dB: skin, fat with septa, gland, muscle.
    wave = y + 0.12 * smooth_noise(rng, n, size, 2, 3)
    fat, muscle = u(0.5, 1.1), u(2.8, 4.2)
    streaks = smooth_noise(rng, n, size, 26, 5)
    echo = -20 + 16 * step(0.15 - wave, 0.06) + 8 * np.maximum(streaks - 1, 0)
    gland = step(wave - fat, 0.2)
    echo += gland * (u(5, 11) + u(2, 5) * streaks + 4 * smooth_noise(rng, n, size, 7, 5))
    deep = step(wave - muscle, 0.2)
    echo += deep * (u(-12, -6) + 3 * smooth_noise(rng, n, size, 40, 3))
    echo += 14 * np.exp(-(((wave - muscle) / 0.06) ** 2))  # the sheath of the muscle

    # The lesion: an outline whose distance from the middle varies with direction.
    cx, cy = u(-0.8, 0.8), u(1.1, 1.9)
    height = either((0.22, 0.6), (0.35, 0.9))
    width = height / either((0.45, 0.95), (0.75, 1.5))
    px, py = turn(x - cx, y - cy, u(-15, 15))
    px, py = px / width, py / height
    theta = np.arctan2(py, px)
    rough = either((0.0, 0.06), (0.06, 0.2))
    distance = np.hypot(px, py) / _outline(theta, rough, u)
    mask = (distance < 1) & (there > 0)
    soft = there * step(1 - distance, either((0.1, 0.2), (0.2, 0.6)))
    level = u(-36, -23) + 2 * smooth_noise(rng, n, size, 9)
    echo = echo * (1 - soft) + level * soft
    capsule = np.exp(
        -(((distance - 1.06) / 0.07) ** 2)
    )  # thin and bright, round benign lesions
    echo += there * u(0, 7) * (1 - bad) * capsule
    # Behind it: what the lesion absorbed more, or less, than tissue would have.
    off = np.abs(x - cx - 0.1 * smooth_noise(rng, n, size, 6, 1)) / width
    echo += there * step(1 - off, 0.9) * step(y - cy, 0.5) * either((-3, 7), (-20, 0))

    # Loss on the way there and back, and a time gain that follows it more or less well.
    loss = 2 * ATTENUATION * FREQUENCY * y
    gain = loss * u(0.7, 1.0)
    # In some images the probe lifts off in places.
    contact = -18 * np.maximum(smooth_noise(rng, n, size, 1, 5) - 1.2, 0) * inside(u(-4, 1))
    strength = 10 ** ((echo + gain - loss + contact) / 20)
    return to_uint8(_display(rng, strength * speckle(rng, n, size))), mask


def _outline(theta, rough, u):
    """Distance from the middle to the outline by direction, about 1; `rough` makes it uneven."""
    outline = np.ones_like(theta)
    for k, weight in ((2, 0.5), (3, 0.7), (5, 0.8), (8, 0.7), (13, 0.5)):
        outline += rough * weight * u(0.3, 1) * np.sin(k * theta + u(0, 6.3))
    return np.maximum(outline, 0.35)


def thyroid(rng, count, size=128, risk=None):
    """B-mode images of one lobe of the thyroid with one nodule, 4 cm deep and wide.

    risk: 0 to 1, one number or (count,); None draws it. It moves, with much overlap, the signs that TI-RADS is read
    from: echo (as bright as the gland, or darker), cystic holes (fewer), shape (taller than wide), outline (rougher)
    and microcalcifications (more often). Shape and inside can each be read on its own.
    Returns images (count, size, size) uint8 and the truth: "nodule" (count, size, size) bool, "risk" (count,), "aspect"
    (count,) height over width as drawn, "calcified" (count,) bool.
    Raises ValueError for a risk outside 0 to 1, a negative count or a size below 16.
    """
    check_count_and_size(count, size)
    risk = rng.random(count) if risk is None else np.asarray(risk, float)
    if not ((0 <= risk) & (risk <= 1)).all():
        raise ValueError("risk is 0 to 1")
    risk = np.array(np.broadcast_to(risk, (count,)))
    calcified = rng.random(count) < 0.1 + 0.7 * risk
    images, masks = np.empty((count, size, size), np.uint8), np.empty((count, size, size), bool)
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        images[here], masks[here] = _lobes(rng, n, size, risk[here], calcified[here])
        start += n
    tall, wide = masks.any(2).sum(1), masks.any(1).sum(1)
    aspect = tall / np.maximum(wide, 1)
    return images, {"nodule": masks, "risk": risk, "aspect": aspect, "calcified": calcified}


def _lobes(rng, n, size, risk, calcified):
    """A stack of thyroid scans (n, size, size) uint8 and the masks of their nodules."""
    x, y = grid(size, DEPTH)
    y = y + DEPTH / 2

    def u(low, high):
        return uniform(rng, n, low, high)

    def sign(low, high):
        """What each sign shows of the risk: mostly the risk itself, partly chance; from `low` to `high`."""
        shown = 0.65 * risk.reshape(n, 1, 1).astype(np.float32) + u(0, 0.35)
        return low + (high - low) * shown

    # Layers from the skin down in dB: skin, fat, strap muscles, gland, muscle before the spine.
    wave = y + 0.12 * smooth_noise(rng, n, size, 2, 3)
    streaks, mottle = smooth_noise(rng, n, size, 34, 4), smooth_noise(rng, n, size, 14, 10)
    top, bottom = u(0.6, 1.0), u(2.5, 3.3)
    echo = -20 + 18 * step(0.15 - wave, 0.06) + 3 * streaks + 14 * np.maximum(streaks - 0.8, 0)
    gland = step(wave - top, 0.1) * step(bottom - wave, 0.15)
    echo += gland * (u(-8, -4) + u(1, 3) * mottle - echo)
    sheath = np.minimum(np.abs(wave - top), np.abs(wave - bottom))
    echo += u(6, 14) * step(0.05 - sheath, 0.08)
    # The carotid artery on one side: blood gives no echo. The windpipe on the other: bright, then shadow.
    side = np.where(u(-1, 1) > 0, 1, -1).astype(np.float32)
    artery = ellipse(x, y, side * u(1.5, 2.4), u(1.5, 2.2), u(0.28, 0.42), u(0.28, 0.42))
    echo += step(artery, 0.3) * (-45 - echo) + 8 * step(0.15 - np.abs(artery + 0.1), 0.2)
    windpipe = ellipse(x, y, -side * u(2.2, 3.2), u(2.8, 3.2), u(1.0, 1.3), u(1.2, 1.5))
    echo += 12 * step(0.06 - np.abs(windpipe), 0.1) - 18 * step(windpipe, 0.3)

    # The nodule: an ellipse whose outline is bent by smooth noise.
    cx, cy, height = u(-0.6, 0.6), 0.5 * (top + bottom) + u(-0.2, 0.2), u(0.3, 0.85)
    px, py = turn(x - cx, y - cy, u(-12, 12))
    distance = np.hypot(px * (sign(0.5, 1.3) / height), py / height)
    distance *= 1 + sign(0.0, 0.25) * smooth_noise(rng, n, size, 16)
    lump = step(1 - distance, sign(0.08, 0.35))
    level = u(-7, -3) - sign(-1, 13) + u(1, 4) * mottle
    holes = smooth_noise(rng, n, size, 11) - sign(0.6, 3.6)
    level -= 28 * step(holes, 0.2) * step(0.9 - distance, 0.1)
    echo += lump * (level - echo)
    # A dark halo around the harmless, bright grains of calcium in the suspicious.
    echo -= 7 * (1 - sign(0, 1)) * step(0.07 - np.abs(distance - 1.05), 0.1)
    grains = np.maximum(smooth_noise(rng, n, size, 44) - 1.7, 0) * step(0.85 - distance, 0.2)
    echo += np.minimum(calcified.reshape(n, 1, 1) * u(15, 30) * grains, 20)
    behind = step(0.8 - np.abs(x - cx) / height, 0.6) * step(y - cy - height, 0.4)
    echo += (5 - sign(0, 8)) * behind

    loss = ATTENUATION * FREQUENCY * y * u(0.2, 1.4)  # what the gain leaves over
    strength = np.exp((echo - loss) * np.float32(np.log(10) / 20))
    bright = uniform(rng, n, 0.65, 0.9)
    return to_uint8(bright * _display(rng, strength * speckle(rng, n, size))), distance < 1


def speckle(rng, n, size):
    """(n, size, size) echo amplitudes of many random scatterers: Rayleigh distributed, mean square 2."""
    # The pulse is shorter than the beam is wide: 0.02 and 0.045 cm, here in pixels.
    axial, lateral = 0.02 * size / DEPTH, 0.045 * size / DEPTH
    parts = rng.standard_normal((2, n, size, size), dtype=np.float32)
    parts = ndimage.gaussian_filter(parts, (0, 0, axial, lateral), truncate=2.5)
    parts /= parts.std((2, 3), keepdims=True)
    return np.hypot(*parts)


def _display(rng, amplitude):
    """Amplitudes -> grey 0-1 by a logarithm: `RANGE` dB from black to white, set by the bright echoes."""
    n, size, _ = amplitude.shape
    fine = 0.012 * size / DEPTH
    db = ndimage.gaussian_filter(20 * np.log10(amplitude + 1e-3), (0, fine, fine), truncate=2)
    white = np.percentile(db[:, ::4, ::4].reshape(n, -1), 98, axis=1)
    white = white.astype(np.float32).reshape(n, 1, 1)
    return 1 + (db - white - uniform(rng, n, 4, 24)) / RANGE
