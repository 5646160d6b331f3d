"""Simulated endoscopy: the wall of the bowel with its folds, as a capsule or a colonoscope sees it.

Optics: the bowel is a tube and the lamp sits beside the camera, so the wall is bright where it is near and dark where
one looks down the tube. Folds are round ridges with dark creases between them. Colour comes from what absorbs light:
blood (haemoglobin takes green and blue) and bile (takes blue); optical depths add up (Beer-Lambert law). The wet wall
mirrors the lamp in small white glints.

Positions are in half widths of the image: x to the right, y down, 0 in the middle, the edges at -1 and 1.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .shapes import (
    check_count_and_size,
    chunks,
    grid,
    smooth_noise,
    step,
    to_uint8,
    turn,
    uniform,
)

BLOOD = (0.35, 1.5, 1.2)  # relative absorption in red, green, blue
BILE = (0.15, 0.4, 1.3)
OUTLINES = ("round", "octagon", "full")


def endoscopy(rng, count, size=128, bleeding=None, polyp=False, outline="round", glints=1.0):
    """Frames of the bowel, with or without bleeding, with or without a polyp.

    bleeding, polyp: True, False or (count,); None: half of each. A frame has one to three bleedings, which may run
    together, and one polyp. Reddish patches, in any frame, are paler than bleeding and have no edge.
    outline: what the camera shows of the square: "round", "octagon" or "full"; one for all or (count,).
    glints: 0 for none, 1 as usual, up to 3.
    Returns images (count, size, size, 3) uint8 RGB and the truth: masks "bleeding" and "polyp" (count, size, size)
    bool; "has_bleeding" and "has_polyp" (count,) bool; "bleeding_boxes" and "polyp_boxes", lists of (k, 4) float32
    x0, y0, x1, y1 in pixels, one around each connected piece of the mask.
    Raises ValueError for a negative count, a size below 16, or a parameter out of its range.
    """
    check_count_and_size(count, size)
    bleeds, grows = (
        rng.random(count) < 0.5
        if value is None
        else np.broadcast_to(np.asarray(value), (count,)).astype(bool)
        for value in (bleeding, polyp)
    )
    outline = np.broadcast_to(np.asarray(outline), (count,))
    if not np.isin(outline, OUTLINES).all() or not 0 <= glints <= 3:
        raise ValueError(f"outline is one of {', '.join(OUTLINES)}; glints is 0 to 3")
    windows = {name: window(size, name) for name in OUTLINES}
    images = np.empty((count, size, size, 3), np.uint8)
    spilt, grown = np.empty((2, count, size, size), bool)
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        seen = np.stack([windows[name] for name in outline[here]])
        images[here], spilt[here], grown[here] = _frames(
            rng, n, size, bleeds[here], grows[here], glints, seen
        )
        start += n
    return images, {
        "bleeding": spilt,
        "polyp": grown,
        "has_bleeding": bleeds,
        "has_polyp": grows,
        "bleeding_boxes": [piece_boxes(mask) for mask in spilt],
        "polyp_boxes": [piece_boxes(mask) for mask in grown],
    }


def window(size: int, outline: str) -> np.ndarray:
    """What a camera shows of a square, (size, size) bool: a "round" image, an "octagon", or the "full" square."""
    x, y = grid(size, 2.0)
    if outline == "round":
        return np.hypot(x, y) < 1.1
    return np.abs(x) + np.abs(y) < (1.68 if outline == "octagon" else 9)


def piece_boxes(mask: np.ndarray) -> np.ndarray:
    """Boxes (k, 4) float32 x0, y0, x1, y1 around the connected pieces of a mask (H, W); corners connect."""
    if not mask.any():
        return np.zeros((0, 4), np.float32)
    pieces = ndimage.find_objects(ndimage.label(mask, np.ones((3, 3)))[0])
    ends = [(x.start, y.start, x.stop, y.stop) for y, x in pieces]
    return np.array(ends, np.float32)


def _frames(rng, n, size, bleeds, grows, glints, seen):
    """A stack of frames (n, size, size, 3) uint8, masks of the bleeding and of the polyp."""
    x, y = grid(size, 2.0)

    def u(low, high):
        return uniform(rng, n, low, high)

    def noise(bumps):
        return smooth_noise(rng, n, size, bumps)

    # Few fields of noise, each used several times: they take most of the time.
    fine, small, middle, patchy, bend = (noise(k) for k in (size / 6, 8, 5, 3, 3))

    # Down the tube: the point of sight may lie in the image or outside it.
    way, off = u(0, 6.3), u(0.1, 1.5)
    dx, dy = x - off * np.cos(way), y - off * np.sin(way)
    stretch = u(0.6, 1.6)
    near = np.sqrt(dx * dx * stretch + dy * dy / stretch) + 0.12 + 0.07 * patchy
    near = np.maximum(near, 0.06)
    # Folds are rings round the tube, bent and broken by noise, closer together far away.
    phase = u(2, 6) * np.log(near) + u(0.6, 2.4) * bend + 0.3 * small
    # Some stretches of the wall are smooth.
    depth = u(0.2, 1) * step(patchy + u(-0.3, 1.5), 1.5)
    crease, slope = 1 - np.abs(np.sin(phase)), np.sin(2 * phase)
    crease *= crease
    shade = 1 - depth * (crease * (0.45 + 0.3 * crease * crease) - 0.22 * slope)
    shade *= 1 + u(0, 0.05) * fine

    polyp, cover, shade = _polyps(rng, n, size, grows, fine, shade)

    # What absorbs: blood in the wall, vessels, reddish patches, bile.
    lines = step(0.06 - np.abs(noise(6)), 0.12) * step(patchy, 1) * (1 - 0.6 * cover)
    blood = u(0.25, 0.55) + 0.05 * small + u(0, 0.3) * lines + cover * u(-0.1, 0.25)
    blood += 0.3 * np.maximum(bend - u(0.7, 2), 0)
    bile = u(0.15, 0.8) + u(0, 0.5) * np.maximum(-patchy, 0)
    # Blood on the wall, in drops and pools with a ragged edge; it turns from red to brown with time.
    number = rng.choice([1, 2, 3], n, p=[0.6, 0.3, 0.1]) * bleeds
    pool = np.zeros((n, size, size), np.float32)
    ragged = np.clip(0.3 * middle + 0.15 * small + 0.1 * fine, -0.5, 0.7)
    for k in range(number.max()):
        px, py, angle, flat = u(-0.55, 0.55), u(-0.55, 0.55), u(0, 180), u(0.3, 1)
        a = np.maximum(u(0.12, 0.3 if k else 0.6), 3 / size)  # at least three pixels wide
        b = np.maximum(a * flat, 3 / size)
        who = number > k
        sx, sy = turn(x - px[who], y - py[who], angle[who])
        flow = 1 - np.sqrt(np.square(sx / a[who]) + np.square(sy / b[who])) + ragged[who]
        pool[who] = np.maximum(pool[who], np.minimum(flow, 0.7))
    spilt = pool > 0
    pool = spilt * (0.25 + pool + 0.1 * np.clip(small, -1, 1)) * u(0.3, 1.8)
    blood, bile = blood + pool, bile + pool * u(0, 0.8)

    lamp = u(0.8, 1.35) * (1 - u(0.1, 0.3) * (x * x + y * y)) / (1 + (u(0.12, 0.3) / near) ** 2)
    lamp = lamp * (1 + u(-0.2, 0.2) * x + u(-0.2, 0.2) * y)
    wet = fine - 0.7 * middle + np.minimum(shade, 1)
    shine = np.float32(glints) * 1.1 * step(wet - u(3.4, 5.0), 0.6) * np.minimum(lamp, 1)
    shine += 0.01 * rng.standard_normal((n, size, size), dtype=np.float32)
    shine, light = shine * seen, lamp * shade * seen
    film = np.empty((n, size, size, 3), np.uint8)
    for k in range(3):
        colour = np.exp(-BLOOD[k] * blood - BILE[k] * bile) * u(0.97, 1.03)
        film[..., k] = to_uint8(colour * light + shine)
    return film, spilt & seen, polyp & seen


def _polyps(rng, n, size, grows, fine, shade):
    """Domes that hide the folds, where `grows`: masks (n, size, size), how much they cover, the new shading."""
    if not grows.any():
        return np.zeros(shade.shape, bool), np.float32(0), shade
    x, y = grid(size, 2.0)

    def u(low, high):
        return uniform(rng, n, low, high)

    there = grows.astype(np.float32).reshape(n, 1, 1)
    px, py = u(-0.5, 0.5), u(-0.5, 0.5)
    a = np.maximum(u(0.18, 0.58), 3 / size)
    cx, cy = turn(x - px, y - py, u(0, 180))
    d = (
        np.sqrt(cx * cx + (cy / u(0.65, 1)) ** 2)
        / a
        * (1 + 0.08 * smooth_noise(rng, n, size, 4))
    )
    polyp = (d < 1) & (there > 0)
    dome = np.sqrt(np.maximum(1 - d * d, 0))
    # Above 0 on the side away from the lamp.
    away = ((x - px) * px + (y - py) * py) / (a * np.sqrt(px * px + py * py) + 0.05)
    cover = there * step(1 - d, 0.1)
    shade = shade + cover * (
        0.7 + 0.45 * dome - 0.2 * np.clip(away, -1, 1) + 0.04 * fine - shade
    )
    shade *= 1 - 0.4 * there * step(0.2 - np.abs(d - 1.08), 0.4) * step(away + 0.2, 1)
    return polyp, cover, shade
