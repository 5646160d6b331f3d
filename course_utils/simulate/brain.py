"""Simulated axial slices of the brain: MRI with atrophy, and SPECT of the dopamine transporter.

The anatomy is the MNI152 template that the package nilearn brings: the mean of 152 people. Each person here is that
template bent by a smooth random field, so all have the same folds. ATROPHY IS SIMULATED: the ventricles are widened by
a smooth shift of the tissue around them and the sulci by raising the odds of CSF everywhere. That is what atrophy looks
like, not how a disease spreads. The uptake of the striatum is simulated as well: ellipsoids at the places of the
caudate nucleus and the putamen, set by eye on the template.

Physics: T1-weighted grey values follow the usual order white matter, gray matter, CSF; the magnitude of a noisy signal
follows the Rice distribution. SPECT counts photons (Poisson) and blurs by about 9 mm full width at half maximum.

As radiologists view it: front up, the patient's right on the left. Shown are x to the right and y down in mm.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import ndimage

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
    uniform,
)

FIELD = 200.0  # mm, width of the picture
LOW, HIGH = -10, 32  # mm, heights of a slice in MNI space
WIDEN = 9.0  # mm by which the wall of a ventricle moves at most
SULCI = 2.2  # log of the factor on the odds of CSF at full atrophy
STRIATUM_RATIO = 3.5  # normal uptake of the striatum above that of the brain around it, times
COUNTS = 25.0  # photons in a pixel of 1.5625 mm (size 128) of plain brain
# Centre and half axes in mm (MNI: to the side, forward, up) and turn in degrees: caudate nucleus, putamen.
STRIATUM = {"caudate": (12, 12, 8, 5, 11, 11, -18), "putamen": (26, 2, 2, 6, 16, 12, -14)}


@lru_cache(maxsize=1)
def _template() -> tuple[np.ndarray, np.ndarray]:
    """Maps (3, heights, 233, 197) of gray matter, white matter and the inside of the head, 1 mm; row 0 is the front.

    And the way to the next ventricle (2, heights, 233, 197), x and y, at most 1 long.
    """
    from nilearn import datasets

    loaders = datasets.load_mni152_gm_template, datasets.load_mni152_wm_template
    loaders += (datasets.load_mni152_brain_mask,)
    # From right, front, up to (height, row, column); MNI height 0 is slice 72.
    maps = [np.asarray(load(resolution=1).dataobj)[::-1, ::-1].T for load in loaders]
    gray, white, mask = (m[72 + LOW : 73 + HIGH].astype(np.float32) for m in maps)
    head = ndimage.binary_closing(mask > 0, np.ones((1, 3, 3)), iterations=6)
    deep = ndimage.distance_transform_edt(head, sampling=(100, 1, 1)) > 22
    head = ndimage.binary_dilation(head, np.ones((1, 3, 3)), iterations=1)
    water = ndimage.gaussian_filter(deep * (1 - gray - white), (3, 7, 7))
    way = np.stack(np.gradient(water, axis=(2, 1)))
    way /= np.hypot(*way).max()
    head = ndimage.gaussian_filter(head.astype(np.float32), (0, 1, 1))
    return np.stack([gray, white, head]), way


def brain(rng, count, size=128, atrophy=None, uptake=None, view="t1", height=None):
    """Axial slices through the basal ganglia and the ventricles, one for each person.

    atrophy: 0 (none) to 1 (severe), one number or (count,); None draws it. Simulated, see above.
    uptake: of the dopamine transporter in the putamen, 0 (none) to 1 (normal): one number, or (count, 2) for the
    patient's right and left side; None draws it. The caudate nucleus loses half as much as the putamen.
    view: "t1" for MRI or "spect". The same random generator gives the same people in both.
    height: of the slice in MNI space, -10 to 32 mm, one number or (count,); None draws 0 to 14.
    Returns images (count, size, size) uint8 and the truth: "gray_matter", "white_matter", "csf" (count, size, size)
    float32, fractions of the pixel after atrophy; "striatum" (count, 2, size, size) bool, right and left side;
    "atrophy", "height" (count,), "uptake" (count, 2).
    In SPECT white is 1.3 times the normal striatum before blur.
    Raises ValueError for a parameter outside its range, a negative count or a size below 16.
    """
    check_count_and_size(count, size)
    if view not in ("t1", "spect"):
        raise ValueError(f"view is 't1' or 'spect', not {view!r}")
    drawn = rng.random((count, 4))
    atrophy = drawn[:, 0] if atrophy is None else np.asarray(atrophy, float)
    atrophy = np.array(np.broadcast_to(atrophy, (count,)))
    uptake = 0.1 + 0.9 * drawn[:, 1:3] if uptake is None else np.asarray(uptake, float)
    uptake = np.array(np.broadcast_to(uptake, (count, 2)))
    height = 14 * drawn[:, 3] if height is None else np.asarray(height, float)
    height = np.array(np.broadcast_to(height, (count,)))
    for name, value in (("atrophy", atrophy), ("uptake", uptake)):
        if not ((0 <= value) & (value <= 1)).all():
            raise ValueError(f"{name} is 0 to 1")
    if not ((LOW <= height) & (height <= HIGH)).all():
        raise ValueError(f"height is {LOW} to {HIGH} mm")
    images = np.empty((count, size, size), np.uint8)
    maps = np.empty((3, count, size, size), np.float32)
    striatum = np.empty((count, 2, size, size), bool)
    start = 0
    people, scanner = rng.spawn(2)  # so that noise does not change who is drawn
    for n in chunks(count, size):
        here = slice(start, start + n)
        tissues, nuclei = _people(people, n, size, atrophy[here], height[here])
        maps[:, here] = tissues
        striatum[here] = (nuclei["caudate"] > 0.5) | (nuclei["putamen"] > 0.5)
        if view == "spect":
            scan = _spect(scanner, *tissues, nuclei, uptake[here])
        else:
            scan = _mri(scanner, *tissues)
        images[here] = to_uint8(scan)
        start += n
    truth = dict(zip(("gray_matter", "white_matter", "csf"), maps, strict=True))
    return images, truth | {
        "striatum": striatum,
        "atrophy": atrophy,
        "uptake": uptake,
        "height": height,
    }


def _people(rng, n, size, atrophy, height):
    """Gray matter, white matter and CSF (3, n, size, size), and how much of a pixel is which nucleus, by name."""
    template, way = _template()
    shrinking = atrophy.astype(np.float32).reshape(n, 1, 1)
    level = np.round(height).astype(int).reshape(n, 1, 1) - LOW

    def u(low, high):
        return uniform(rng, n, low, high)

    def bend(mm, bumps):
        return mm * smooth_noise(rng, n, size, FIELD / bumps)

    # Where in the template each pixel looks: another head, then towards the next ventricle, which widens it.
    x, y = turn(*grid(size, FIELD), u(-6, 6))
    x = x * u(0.94, 1.08) + u(-3, 3) + bend(1.5, 60) + bend(0.6, 20)
    y = y * u(0.94, 1.08) + u(-3, 3) + bend(1.5, 60) + bend(0.6, 20)
    column, row = (x + 98).clip(0, 195.99), (y + 116).clip(0, 231.99)
    place = _flat(level, row, column)
    column = column + WIDEN * shrinking * way[0].take(place)
    row = row + WIDEN * shrinking * way[1].take(place)
    gray, white, head = _looked_up(template, level, row, column)
    water = np.maximum(1 - gray - white, 0)
    more = water * np.exp(SULCI * shrinking + u(-0.3, 0.3))
    water = more / np.maximum(more + gray + white, 1e-6)
    keep = head * (1 - water) / np.maximum(gray + white, 1e-6)
    tissues = np.stack([gray * keep, white * keep, head * water])

    # MNI: the patient's right is positive. Both sides are alike in the template.
    side, forward = 98 - column, 98 - row
    sides = np.stack([side > 0, side < 0], 1) * (1 - tissues[2])[:, None]
    nuclei = {}
    for name, (cx, cy, cz, a, b, c, angle) in STRIATUM.items():
        above = (height.astype(np.float32).reshape(n, 1, 1) - cz) / c
        depth = ellipse(np.abs(side), forward, cx, cy, a, b, angle) - above**2
        nuclei[name] = step(depth, 0.25)[:, None] * sides
    return tissues, nuclei


def _flat(level, row, column):
    """Positions in a flat map (heights, 233, 197)."""
    return (level * 233 + row.astype(int)) * 197 + column.astype(int)


def _looked_up(maps, level, row, column):
    """Values (3, n, H, W) of maps (3, heights, 233, 197), between pixels by linear interpolation."""
    row, column = row.clip(0, 231.99), column.clip(0, 195.99)
    first, v, h = _flat(level, row, column), row - np.floor(row), column - np.floor(column)
    values = np.empty((len(maps), *first.shape), np.float32)
    for value, table in zip(values, maps, strict=True):
        a, b, c, d = (table.take(first + k) for k in (0, 1, 197, 198))
        upper, lower = a + (b - a) * h, c + (d - c) * h
        value[:] = upper + (lower - upper) * v
    return values


def _mri(rng, gray, white, water):
    """T1-weighted slices, 0 to 1."""
    n, size, _ = gray.shape
    noise = uniform(rng, n, 0.015, 0.04)
    image = 0.58 * gray + 0.85 * white + 0.16 * water
    image *= 1 + 0.06 * smooth_noise(rng, n, size, 2) + 0.02 * smooth_noise(rng, n, size, 30)
    image += noise * rng.standard_normal(image.shape, dtype=np.float32)
    other = noise * rng.standard_normal(image.shape, dtype=np.float32)
    return np.sqrt(image**2 + other**2)


def _spect(rng, gray, white, water, nuclei, uptake):
    """Counts of photons, 1 for 1.3 times the normal striatum."""
    putamen = uptake.astype(np.float32)[:, :, None, None]
    activity = gray + white + 0.4 * water
    for name, level in (("caudate", (1 + putamen) / 2), ("putamen", putamen)):
        activity = activity + STRIATUM_RATIO * (nuclei[name] * level).sum(1)
    size = gray.shape[-1]
    photons = COUNTS * (128 / size) ** 2
    activity = np.maximum(blur(activity, 4.0 / FIELD * size), 0)
    seen = rng.poisson(photons * activity) / photons
    # Reconstruction smooths once more, or there would be only grains.
    return blur(seen.astype(np.float32), 2.0 / FIELD * size) / (1.3 * (1 + STRIATUM_RATIO))
