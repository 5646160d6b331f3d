"""Simulated axial CT slices of the trunk, with and without lesions.

Physics: a pixel is the attenuation of X-rays in Hounsfield units, HU = 1000 (mu / mu_water - 1), so air is -1000
and water 0. The other values are the usual ones of fat, muscle, organs and bone. Noise comes from the number of
photons: a ray through a thickness L keeps exp(-mu L) of them, so the noise grows with exp(mu L / 2). It is largest
in the middle of a large patient. A bow-tie filter evens out half of that. Neighbouring pixels share part of it.

Positions in mm from the middle of the image: x to the right, which is the patient's left, y down, to the back.
"""

from __future__ import annotations

import numpy as np

from .shapes import (
    blur,
    check_count_and_size,
    chunks,
    grid,
    inside,
    smooth_noise,
    step,
    turn,
    uniform,
)

FIELD = 420.0  # mm, width of the image
WATER = 0.019  # 1 / mm, attenuation at 70 keV
AIR, LUNG, FAT, MUSCLE, MARROW, CORTEX = -1000, -850, -100, 55, 180, 1000  # HU
# A lesion is known by its place; the numbers are those of DeepLesion.
TYPES = {
    1: "bone",
    2: "abdomen",
    3: "mediastinum",
    4: "liver",
    5: "lung",
    6: "kidney",
    7: "soft tissue",
    8: "pelvis",
}
REGIONS = {"chest": (1, 3, 5, 7), "abdomen": (1, 2, 4, 6, 7), "pelvis": (1, 7, 8)}
# HU of a lesion by type; for the liver relative to it. A bone lesion may also be dense, see _lesions.
LESION_HU = {
    1: (20, 70),
    2: (25, 60),
    3: (25, 60),
    4: (-75, -35),
    5: (-40, 60),
    6: (-10, 20),
    7: (20, 60),
    8: (25, 60),
}
ROUGH = {4: 0.12, 5: 0.2}  # how far the outline leaves an ellipse; 0.08 elsewhere


def ct_slices(
    rng, count, size=128, kind=None, lesions=1, diameter=(8, 30), noise=12.0, stack=1, gap=15.0
):
    """Axial CT slices of chest, abdomen and pelvis in Hounsfield units.

    kind: lesion type 1-8 (see TYPES), one number or (count,); it decides the region, and all lesions of a slice have
    it. None draws regions evenly and then types that occur there. lesions: number in a slice, 0-5, one or (count,).
    diameter: lowest and highest mean diameter of a lesion in mm, from 4 to 60.
    noise: standard deviation in HU in the middle of a patient of average size, 0 or more.
    stack: 1, or 3 for the slice with its neighbours `gap` mm above and below. Vessels run on through the stack, with
    a small shift. A lesion is a ball that the middle slice halves: the neighbours miss it if it is smaller than 2 gap.
    Returns images (count, size, size) float32, or (count, 3, size, size), and the truth of the middle slice:
    "boxes" and "types", lists of (k, 4) float32 x0, y0, x1, y1 in pixels (edges of the mask) and (k,) int;
    "lesion", "lungs", "bone", "body" (count, size, size) bool; "region" (count,) text.
    Raises ValueError for parameters outside these ranges.
    """
    check_count_and_size(count, size)
    lesions = np.broadcast_to(np.asarray(lesions), (count,))
    if lesions.size and not np.isin(lesions, range(6)).all():
        raise ValueError("lesions is a whole number from 0 to 5")
    low, high = diameter
    if not 4 <= low <= high <= 60:
        raise ValueError(f"diameter is a range within 4 to 60 mm, not {diameter}")
    if stack not in (1, 3) or not noise >= 0 or not gap > 0:
        raise ValueError("stack is 1 or 3, noise 0 or more, gap above 0")
    names = np.array(list(REGIONS))
    if kind is None:
        region, kinds = rng.permutation(np.resize(names, count)), np.zeros(count, int)
    else:
        kinds = np.broadcast_to(np.asarray(kind), (count,))
        if kinds.size and not np.isin(kinds, list(TYPES)).all():
            raise ValueError(f"kind is one of {TYPES}")
        region = [rng.choice([r for r in REGIONS if k in REGIONS[r]]) for k in kinds.tolist()]
        region = np.array(region, dtype=names.dtype)
    images = np.empty((count, stack, size, size), np.float32)
    masks = {
        k: np.zeros((count, size, size), bool) for k in ("lesion", "lungs", "bone", "body")
    }
    boxes, types = [None] * count, [None] * count
    for name in REGIONS:
        which, start = np.flatnonzero(region == name), 0
        for n in chunks(len(which), size, 1 << 17):
            here = which[start : start + n]
            hu, level, drawn, places = _anatomy(rng, n, size, name, stack, gap)
            for j, i in enumerate(here):
                each = [kinds[i] or rng.choice(REGIONS[name]) for _ in range(lesions[i])]
                boxes[i], types[i], masks["lesion"][i] = _lesions(
                    rng, hu[j], each, {k: v[j] for k, v in places.items()}, diameter, gap
                )
            hu += noise * level[:, None] * _grain(rng, n * stack, size).reshape(hu.shape)
            images[here] = np.maximum(hu, -1024)
            for key, value in drawn.items():
                masks[key][here] = value
            start += n
    truth = {"boxes": boxes, "types": types, "region": region, **masks}
    return (images[:, 0] if stack == 1 else images), truth


def window(hu, centre, width):
    """HU -> grey 0-255 uint8: black at centre - width / 2 and below, white at centre + width / 2 and above."""
    if not width > 0:
        raise ValueError(f"the width of a window is above 0 HU, not {width}")
    return (np.clip((hu - centre) / width + 0.5, 0, 1) * 255 + 0.5).astype(np.uint8)


class _Canvas:
    """A stack of slices in HU (n, size, size) on which organs are painted, in mm."""

    def __init__(self, n, size):
        self.px = FIELD / size
        self.x, self.y = grid(size, FIELD)
        self.hu = np.full((n, size, size), AIR, np.float32)
        self.bone = np.zeros((n, size, size), bool)

    def distance(self, cx, cy, a, b, angle=0.0):
        """About how far in mm a pixel lies inside the outline of an ellipse; far outside it is cut at -9."""
        # Computed only around the ellipses, most organs are small; x needs but a row and y a column before a turn.
        turned = np.any(angle)
        wide, tall = (np.maximum(a, b),) * 2 if turned else (a, b)
        rows, cols = self._span(cy, tall), self._span(cx, wide)
        u, v = self.x[:1, cols] - cx, self.y[rows, :1] - cy
        if turned:
            u, v = turn(u, v, angle)
        depth = ((1 - (u / a) ** 2) - (v / b) ** 2) * (np.minimum(a, b) / 2)
        self.at = np.s_[:, rows, cols]
        out = np.full(self.hu.shape, -9, np.float32)
        out[self.at] = np.maximum(depth, -9)
        return out

    def _span(self, centre, reach):
        """The rows or columns that hold the ellipses of all slices, and some more."""
        ends = np.min(centre - reach) - 20, np.max(centre + reach) + 20
        low, high = (int(np.clip(e / self.px + len(self.x) / 2, 0, len(self.x))) for e in ends)
        return slice(low, high + 1)

    def fill(self, distance, value, at=slice(None)):
        """Paint a value in HU where the distance is positive, with an edge about a pixel wide."""
        soft = distance[at] * np.float32(1 / (1.2 * self.px))
        soft += np.float32(0.5)
        np.clip(soft, 0, 1, out=soft)
        soft *= value - self.hu[at]
        self.hu[at] += soft
        return distance

    def organ(self, value, *ellipse):
        """Paint an ellipse (cx, cy, a, b, angle); returns the distance to its outline."""
        distance = self.distance(*ellipse)
        return self.fill(distance, value, self.at)

    def bony(self, distance):
        """Paint bone: a dense cortex of 3 mm with marrow inside."""
        self.bone |= distance > 0
        self.fill(distance, CORTEX)
        return self.fill(distance - 3, MARROW) + 3


def _anatomy(rng, n, size, region, stack, gap):
    """Slices of one region without lesions: HU (n, stack, size, size), level of noise (n, size, size), masks, places.

    places: by lesion type, above 0 where the middle of a lesion may lie, and highest where it lies best.
    """
    c = _Canvas(n, size)

    def u(low, high):
        return uniform(rng, n, low, high)

    # Skin, fat, a wall of muscle, the cavity. The outline is squarer than an ellipse.
    wide = u(145, 205)
    deep, top = wide * u(0.62, 0.76), u(-35, 0)
    v, w = (c.x / wide) ** 2, ((c.y - top) / deep) ** 2
    rho = np.sqrt((v + w + np.sqrt((v + w) ** 2 - 1.2 * v * w)) / 2)
    rho += 0.02 * smooth_noise(rng, n, size, 4)
    skin = (1 - rho) * deep
    path = np.sqrt(np.maximum(1 - rho * rho, 0)) * (wide + deep)
    level = np.exp((0.25 * WATER) * (path - 250))
    c.fill(skin, FAT + 10 * smooth_noise(rng, n, size, 12))
    wall = c.fill(skin - u(6, 28), u(45, 65) + 6 * smooth_noise(rng, n, size, 30))
    cavity = wall - u(10, 16)
    inner = 1 + (cavity - skin).max((1, 2), keepdims=True) / deep
    # A frame for the organs: half width, half depth and middle of the cavity.
    frame = wide * inner, deep * inner, top
    organs = {"chest": _chest, "abdomen": _abdomen, "pelvis": _pelvis}[region]
    # HU of blood, without contrast agent up to a strong one.
    blood = u(40, 180)
    lungs, room, roots, length, places = organs(rng, c, u, frame, cavity, blood)
    places[1] = places[1] - 4
    places[7] = np.minimum(skin - 10, -cavity - 2)
    for below in (12, 45):  # the couch
        arc = top + deep + below - c.x**2 / 1500
        c.fill(np.minimum(2.5 - np.abs(c.y - arc), -skin), -250)
    free = step(room, 3 * c.px) * ~c.bone
    layers = _vessels(rng, n, size, roots, length, (np.arange(stack) - stack // 2) * gap)
    hu = np.stack([c.hu + layer * free * (blood - c.hu) for layer in layers], 1)
    drawn = {"lungs": lungs > 0, "bone": c.bone, "body": skin > 0}
    return hu, level, drawn, places


def _chest(rng, c, u, frame, cavity, blood):
    """Lungs, mediastinum with heart or arch, spine, ribs: lungs, room for vessels, their roots and length, places."""
    wide, deep, top = frame
    c.fill(cavity, FAT)
    theta = np.arctan2(c.y - top, c.x + 0 * top)
    ribs = np.minimum(4 - np.abs(cavity + 6), 14 * np.sin(11 * theta + u(0, 6)))
    low = inside(u(-1, 1))  # below the arch of the aorta: the heart
    spine = top + deep - u(26, 34)
    middle = c.distance(u(0, 8), top + 0.05 * deep, u(34, 44), 1.05 * deep)
    heart = c.distance(
        u(18, 28), top - u(5, 15), 2 + low * u(48, 60), 2 + low * u(38, 46), u(20, 35)
    )
    lungs = np.minimum(cavity - 2, -np.maximum(middle, heart))
    c.fill(lungs, LUNG + u(-40, 40) + 0.4 * (c.y - top))
    solid = np.maximum(heart, -9)
    c.fill(heart, blood * 0.9)
    aorta, arch = top + 0.45 * deep, top - 0.15 * deep
    for cx, cy, r in (
        (u(20, 28), aorta, u(10, 14)),
        (u(-14, -4), arch, u(13, 18)),
        (u(-32, -24), arch, u(7, 10)),
        (u(10, 18), arch - 12, u(10, 14)),
    ):
        solid = np.maximum(solid, c.organ(blood, cx, cy, r, r))
    for side in (-1, 1):  # the main bronchi; higher up they lie on each other, as the trachea
        cx, r = side * (4 + 18 * low), u(6, 8)
        airway = c.organ(AIR, cx, top + u(8, 14), r, r)
        solid = np.maximum(solid, airway)
        blade = c.distance(
            side * u(0.72, 0.8) * wide, top + 0.85 * deep, u(28, 38), 3.5, side * -40
        )
        c.bony(np.minimum(blade, -cavity - 10))
    c.bony(ribs)
    c.bony(c.distance(0, top - deep - 4, u(16, 22), 6))
    vertebra = _spine(c, u, spine)
    places = {
        1: np.minimum(vertebra, 9),
        3: np.minimum(np.minimum(middle - 4, spine - 20 - c.y), -np.maximum(solid, lungs) - 3),
        5: lungs - 6,
    }
    hilum = top + u(0, 20)
    roots = [(side * u(38, 46), hilum, 0 if side > 0 else np.pi) for side in (-1, 1)]
    return lungs, lungs - 1, roots, 0.8 * wide, places


def _spine(c, u, y):
    """A vertebra with its canal and process; returns the distance to the outline of the vertebral body."""
    c.organ(MUSCLE, 0, y + 30, 45, 22)
    c.bony(c.distance(0, y + 24, 28, 7))
    c.bony(c.distance(0, y + 40, 4, 16))
    body = c.bony(c.distance(0, y, u(17, 22), u(13, 17)))
    canal = c.organ(20, 0, y + 22, 9, 8)
    c.bone &= canal <= 0
    return body


def _bowel(rng, c, n, room):
    """Loops of bowel, some with gas or contrast agent in them; returns the distance to their outline."""
    size = len(c.x)
    loops = np.minimum(room, 10 * (smooth_noise(rng, n, size, 13) + 0.1))
    inside_them = smooth_noise(rng, n, size, 8)
    c.fill(loops, 35)
    c.fill(np.minimum(loops - 3, 12 * (inside_them - 1)), -850)
    c.fill(np.minimum(loops - 3, 12 * (-1.6 - inside_them)), 280)
    return loops


def _abdomen(rng, c, u, frame, cavity, blood):
    """Liver, spleen, stomach, kidneys, bowel, spine; returns the same as _chest."""
    wide, deep, top = frame
    n = len(c.hu)
    c.fill(cavity, FAT)
    spine = top + deep - u(28, 36)
    solid = _bowel(rng, c, n, np.minimum(cavity - 5, top + 0.2 * deep - c.y))
    right = c.distance(
        -u(0.42, 0.5) * wide, top - 0.1 * deep, u(0.4, 0.6) * wide, u(0.5, 0.85) * deep, 10
    )
    liver = c.fill(np.minimum(cavity - 3, right), 55 + 0.35 * (blood - 40))
    left = c.distance(u(0.62, 0.7) * wide, top + 0.25 * deep, 0.24 * wide, u(0.2, 0.42) * deep)
    spleen = c.fill(np.minimum(cavity - 3, left), 48 + 0.5 * (blood - 40))
    stomach = c.distance(
        0.32 * wide, top - 0.45 * deep, u(0.18, 0.34) * wide, u(0.2, 0.32) * deep, -25
    )
    stomach = c.fill(np.minimum(cavity - 3, stomach), 45)
    c.fill(stomach - 4, np.where(u(0, 1) < 0.3, 250, 15))
    c.fill(np.minimum(stomach - 4, top - u(0.4, 0.7) * deep - c.y), -950)
    kidneys = np.full_like(solid, -9)
    for side in (-1, 1):
        cx, cy = side * u(0.42, 0.5) * wide, top + u(0.4, 0.55) * deep
        kidney = c.organ(30 + 0.9 * blood, cx, cy, u(22, 28), u(26, 32), side * 20)
        sinus = c.organ(-60, cx - side * 14, cy - 4, 11, 8)
        kidneys = np.maximum(kidneys, np.minimum(kidney, -sinus - 1))
        psoas = c.organ(MUSCLE, side * 38, spine + 2, u(12, 18), u(13, 19))
        solid = np.maximum(solid, psoas)
    for cx, r in ((u(6, 12), u(8, 12)), (-u(14, 20), u(9, 13))):
        solid = np.maximum(solid, c.organ(blood, cx, spine - 32, r, r))
    vertebra = _spine(c, u, spine)
    for organ in (liver, spleen, stomach, kidneys, vertebra):
        solid = np.maximum(solid, organ)
    theta = np.arctan2(c.y - top, c.x + 0 * top)
    c.bony(np.minimum(3.5 - np.abs(cavity + 6), 12 * np.sin(9 * theta + u(0, 6)) - 5))
    places = {
        1: np.minimum(vertebra, 9),
        2: np.minimum(cavity - 6, -solid - 3),
        4: liver - 9,
        6: kidneys - 5,
    }
    roots = [(u(-8, 8), spine - 45, -np.pi / 2)]
    return np.full_like(solid, -1), np.minimum(cavity, -solid) - 2, roots, 0.8 * deep, places


def _pelvis(rng, c, u, frame, cavity, blood):
    """Hip bones, sacrum, gluteal muscles, bladder, bowel; returns the same as _chest."""
    wide, deep, top = frame
    n = len(c.hu)
    c.fill(cavity, FAT)
    solid = _bowel(rng, c, n, np.minimum(cavity - 5, top + 0.1 * deep - c.y))
    wings = np.full_like(solid, -9)
    for side in (-1, 1):
        muscle = c.organ(
            MUSCLE, side * 0.62 * wide, top + 0.35 * deep, 0.36 * wide, 0.6 * deep, side * 30
        )
        vessel = c.organ(blood, side * u(0.3, 0.36) * wide, top + u(0, 0.1) * deep, 7, 7)
        wing = c.distance(
            side * 0.6 * wide,
            top + 0.25 * deep,
            u(8, 11),
            u(0.5, 0.62) * deep,
            side * u(30, 42),
        )
        wings = np.maximum(wings, c.bony(wing))
        solid = np.maximum(np.maximum(solid, wing), np.maximum(muscle, vessel))
    bladder = c.organ(u(0, 15), u(-8, 8), top - u(0, 0.15) * deep, u(15, 40), u(12, 30))
    rectum = c.organ(40, u(-8, 8), top + 0.35 * deep, u(11, 17), u(10, 15))
    c.fill(rectum - 4, np.where(u(0, 1) < 0.5, -850, 30))
    sacrum = c.bony(c.distance(0, top + 0.85 * deep, u(36, 46), u(15, 20)))
    for organ in (bladder, rectum, sacrum):
        solid = np.maximum(solid, organ)
    places = {
        1: np.maximum(wings + 1.5, np.minimum(sacrum, 7)),
        8: np.minimum(cavity - 6, -solid - 3),
    }
    roots = [(u(-8, 8), top + 0.2 * deep, -np.pi / 2)]
    return np.full_like(solid, -1), np.minimum(cavity, -solid) - 2, roots, 0.7 * deep, places


def _vessels(rng, n, size, roots, length, heights):
    """Vessels that spread from each root (x, y, direction): for each height in mm 0-1, (n, size, size).

    A slice shows only the part of a vessel that lies in its plane: a dot, or a line. At another height it is
    another part of the same vessel, a little further on.
    """
    m, steps = 36, max(24, size // 3)
    px = FIELD / size
    where = []
    for x, y, way in roots:
        x, y = (np.broadcast_to(v, (n, 1, 1)) for v in (x, y))
        angle = (
            way
            + rng.uniform(-1.6, 1.6, (n, m, 1))
            + np.cumsum(rng.normal(0, 0.12, (n, m, steps)), -1)
        )
        ds = length * rng.uniform(0.5, 1.1, (n, m, 1)) / steps
        x, y = x + 8 * np.cos(angle[..., :1]), y + 8 * np.sin(angle[..., :1])
        where.append(
            (x + np.cumsum(np.cos(angle) * ds, -1), y + np.cumsum(np.sin(angle) * ds, -1), ds)
        )
    x, y, ds = (np.concatenate(parts, 1) for parts in zip(*where, strict=True))
    column, row = (np.clip((v / px + size / 2).astype(int), 0, size - 1) for v in (x, y))
    flat = ((np.arange(n)[:, None, None] * size + row) * size + column).ravel()
    s = np.linspace(0, 1, steps)
    shape = n, m * len(roots), 1
    seen, width = rng.uniform(0, 1, shape), 10 ** rng.uniform(-1.7, -0.4, shape)
    drift = rng.choice([-1, 1], shape) * rng.uniform(0.001, 0.005, shape)
    layers = []
    for z in heights:
        shown = np.exp(-(((s - seen - drift * z) / width) ** 2)) * ds / px
        layer = np.zeros((n, size, size), np.float32)
        for first, last, radius in (
            (0, 1 / 3, 3.5),
            (1 / 3, 1, 1.7),
        ):  # mm, thinner further out
            sigma = max(0.7 * radius / px, 0.45)
            height = np.sqrt(2 * np.pi) * sigma * min(1, 2 * radius / px)
            part = (shown * ((s >= first) & (s < last)) * height).ravel()
            layer += blur(
                np.bincount(flat, part, layer.size).reshape(layer.shape).astype(np.float32),
                sigma,
            )
        layers.append(np.minimum(layer, 1))
    return layers


def _lesions(rng, hu, kinds, places, diameter, gap):
    """Paint lesions into one stack (stack, size, size), in place. Returns boxes (k, 4), types (k,), mask."""
    stack, size, _ = hu.shape
    px = FIELD / size
    x, y = grid(size, FIELD)
    mask, boxes = np.zeros((size, size), bool), []
    for kind in kinds:
        score = places[kind] - 1000 * mask
        good = np.flatnonzero(score > 0)
        row, col = np.divmod(rng.choice(good) if len(good) else score.argmax(), size)
        r = rng.uniform(*diameter) / 2
        stretch = rng.uniform(0.8, 1.25)
        reach = int(np.ceil(2 * r / px)) + 2
        at = np.s_[max(0, row - reach) : row + reach + 1, max(0, col - reach) : col + reach + 1]
        u, v = turn(x[at] - x[row, col], y[at] - y[row, col], rng.uniform(0, 180))
        u, v = u * stretch, v / stretch
        theta, outline = np.arctan2(v, u), np.ones_like(u)
        for k in (2, 3, 5):
            outline += (
                ROUGH.get(kind, 0.08)
                * rng.uniform(0, 0.7)
                * np.sin(k * theta + rng.uniform(0, 6.3))
            )
        depth = r * outline - np.hypot(u, v)
        depth[row - at[0].start, col - at[1].start] = max(px / 2, depth.max())  # never empty
        new = depth > 0
        low, high = (500, 800) if kind == 1 and rng.random() < 0.4 else LESION_HU[kind]
        value = rng.uniform(low, high) + (
            np.median(hu[stack // 2][at][new]) if kind == 4 else 0
        )
        for z in range(stack):
            # A ball: `gap` above its middle its radius is sqrt(r^2 - gap^2).
            off = abs(z - stack // 2) * gap
            if off < r:
                here = hu[z][at]
                here += step(depth - (r - np.sqrt(r * r - off * off)), 1.5 * px) * (
                    value - here
                )
        mask[at] |= new
        rows, cols = (
            np.flatnonzero(new.any(1)) + at[0].start,
            np.flatnonzero(new.any(0)) + at[1].start,
        )
        boxes.append((cols[0], rows[0], cols[-1] + 1, rows[-1] + 1))
    return np.array(boxes, np.float32).reshape(-1, 4), np.array(kinds, int), mask


def _grain(rng, n, size):
    """Noise (n, size, size) of standard deviation 1; neighbours in a row or column have a correlation of 1/2."""
    g = rng.standard_normal((n, size + 1, size + 1), dtype=np.float32)
    g = g[:, 1:] + g[:, :-1]
    return (g[:, :, 1:] + g[:, :, :-1]) / 2
