"""Simulated mammograms (mediolateral oblique view, film) with round masses.

Physics: a pixel of the film follows the X-ray attenuation summed along the ray (Beer-Lambert law): fat 0.5, glandular
tissue 0.8 and a mass 0.85 per cm, rounded values for about 20 keV. The noise is that of the photons counted.
The pattern of the gland is random with the power spectrum 1 / f^3 (f: spatial frequency), the law that is usual for
mammograms. The threads between fat lobules and the ducts towards the nipple are drawn on top of it.

x runs from the chest wall to the nipple and y down, in cm; at the end half of the films are mirrored.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import fft

from .shapes import (
    blur,
    check_count_and_size,
    chunks,
    grid,
    smooth_noise,
    stamp,
    step,
    to_uint8,
    uniform,
)

FIELD = 20.0  # cm, height and width of the picture
FAT, GLAND, MASS = 0.5, 0.8, 0.85  # attenuation per cm
THICK = 4.5  # cm between the plates
PHOTONS = 5e6  # per square cm, on the side of the tube
SLOTS = 3  # masses in one film at most
TURNS = 256  # directions in which the outline of a mass is tabulated


def mammogram(
    rng, count, size=128, masses=None, malignant=0.5, density=None, contrast=1.0, tag=0.5
):
    """Mammograms with 0 to 3 masses.

    masses: how many, one number or (count,); None draws 0, 1 or 2. malignant: probability of each mass to be so,
    one number or (count,).
    Benign: round or oval, smooth. Malignant: star-shaped with spicules, densest in the middle.
    density: share of glandular tissue, 0 to 1, one number or (count,); None draws it. Dense breasts hide masses.
    contrast: factor on the attenuation that a mass adds; 1 is the physical value.
    tag: probability of a bright plate with letters beside the breast.
    Returns images (count, size, size) uint8 and the truth, one entry per film: "circles", a list of (k, 3) float32
    x, y and radius in pixels, which enclose a mass with its spicules; "boxes", a list of (k, 4) float32 x0, y0, x1, y1
    around the circles; "malignant", a list of (k,) bool; masks (count, size, size) bool "mass", "breast" (with
    the muscle) and "pectoral"; "density" (count,).
    Raises ValueError for a parameter outside its range, a negative count or a size below 16.
    """
    check_count_and_size(count, size)
    masses = rng.choice(3, count, p=[0.2, 0.6, 0.2]) if masses is None else masses
    masses = np.broadcast_to(np.asarray(masses), (count,))
    density = rng.uniform(0, 0.65, count) if density is None else density
    density = np.broadcast_to(np.asarray(density, np.float32), (count,))
    malignant = np.broadcast_to(np.asarray(malignant, float), (count,))
    if not np.isin(masses, range(SLOTS + 1)).all():
        raise ValueError(f"masses are 0 to {SLOTS} in a film")
    for name, value in (("malignant", malignant), ("density", density), ("tag", tag)):
        if not np.all((0 <= np.asarray(value)) & (np.asarray(value) <= 1)):
            raise ValueError(f"{name} is 0 to 1, not {value}")
    if not contrast >= 0:
        raise ValueError(f"contrast is 0 or more, not {contrast}")
    images = np.empty((count, size, size), np.uint8)
    truth = {"circles": [], "boxes": [], "malignant": []}
    truth |= {k: np.empty((count, size, size), bool) for k in ("mass", "breast", "pectoral")}
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        images[here], drawn = _films(
            rng, n, size, masses[here], malignant[here], density[here], contrast, tag
        )
        for key, value in drawn.items():
            if key in ("circles", "malignant"):
                truth[key] += value
            else:
                truth[key][here] = value
        start += n
    truth["boxes"] = [
        np.hstack([c[:, :2] - c[:, 2:], c[:, :2] + c[:, 2:]]) for c in truth["circles"]
    ]
    truth["density"] = np.array(density)
    return images, truth


@lru_cache(maxsize=16)
def _filter(size: int, slope: float) -> np.ndarray:
    """f^(-slope / 2) for the frequencies of `rfft2`, 0 for the mean, scaled to keep the variance of white noise."""
    f = np.hypot(fft.fftfreq(size)[:, None], fft.rfftfreq(size))
    f[0, 0] = np.inf
    power = f**-slope
    variance = fft.irfft2(power, s=(size, size))[0, 0]
    return np.sqrt(power / variance).astype(np.float32)


def texture(rng, n, size, slope=3.0):
    """(n, size, size) Gaussian noise with the power spectrum 1 / f^slope, mean 0, standard deviation 1 on average."""
    waves = fft.rfft2(rng.standard_normal((n, size, size), dtype=np.float32))
    waves *= _filter(size, slope)
    return fft.irfft2(waves, s=(size, size))


def _films(rng, n, size, masses, malignant, density, contrast, tag):
    """A stack of films (n, size, size) uint8 and what was drawn."""
    x, y = grid(size, FIELD)
    x, y = x[:1] + FIELD / 2, y[:, :1] + FIELD / 2  # a row and a column

    def u(low, high):
        return uniform(rng, n, low, high)

    # The outline: how far the skin is from the chest wall at each height. Above the nipple it runs to the armpit.
    wall, nipple, reach = u(0, 6), u(9, 13), u(6, 12)
    armpit, above, below = u(0.3, 0.6) * reach, u(8, 12), u(6, 10)
    x = x - wall
    up = np.clip((nipple - y) / above, 0, 1)
    down = np.clip((y - nipple) / below, 0, 1)
    skin = np.where(
        y < nipple,
        armpit + (reach - armpit) * (0.5 + 0.5 * np.cos(np.pi * up)),
        reach * np.sqrt(1 - down**2),
    )
    skin = skin + 0.1 * smooth_noise(rng, n, size, 4, 1)[:, :, :1]
    margin = np.minimum(skin - x, 2 * (below - (y - nipple)))  # cm to the skin, roughly
    breast = (x > 0) & (margin > 0)
    bulge = np.clip(margin / 2.2, 0, 1)  # the plates press the breast flat but for its rim
    thick = THICK * np.sqrt(bulge * (2 - bulge)) * (x > 0)

    # Streaks towards the nipple: smooth noise in polar coordinates around it, bent a little.
    px, py = reach - x, y - nipple
    angle = np.arctan(py / np.maximum(px, 0.05)) + 0.2 * smooth_noise(rng, n, size, 7)
    row = (angle * (size / 2 / np.pi)).astype(np.int32) % size
    col = np.minimum(np.hypot(px, py) * (size / 1.5 / FIELD), size - 1).astype(np.int32)
    streaks = smooth_noise(rng, n, size, 64, 12)[np.arange(n)[:, None, None], row, col]
    # Threads between lobules of fat: where a random field changes its sign.
    pattern, other = texture(rng, n, size), texture(rng, n, size, 2.8)
    threads = np.exp(-((other / 0.1) ** 2))
    # Glandular tissue: a cone towards the nipple; more of it with density.
    dense = density.reshape(n, 1, 1).astype(np.float32)
    along = x / reach
    across = py / (above * u(0.45, 0.75)) + u(0.1, 0.4) * (1 - along)
    cone = 1 - ((along - u(0.5, 0.7)) / 0.5) ** 2 - across**2
    rim = step(margin - 0.5, 1.0)
    gland = step(
        0.5 * cone + 0.45 * pattern + 0.15 * streaks * step(px - 3, 6) + 1.6 * dense - 1.3,
        u(1.4, 2.4),
    )
    web = step(1.3 * cone + 0.7, 1.6) * (
        u(0.15, 0.4) * threads + u(0.08, 0.2) * np.maximum(streaks, 0)
    )
    tissue = FAT + (GLAND - FAT) * rim * np.minimum(
        gland * (0.85 + 0.15 * other) + web + 0.05 * pattern, 1.1
    )

    # The pectoral muscle: a wedge at the chest wall, from the upper edge down, its border slightly bulged.
    top, foot = u(1.5, 5), u(5, 12)
    down = np.clip(y / foot, 0, 1)
    edge = (
        top * (1 - down) * (1 + u(0, 0.6) * down)
        - x
        + 0.08 * smooth_noise(rng, n, size, 5, 1)[:, :, :1]
    )
    pectoral = breast & (edge > 0)
    tissue += step(edge, 0.4) * (u(0.68, 0.8) + 0.01 * pattern - tissue)

    path = tissue * thick
    mask = np.zeros((n, size, size), bool)
    places = _places(rng, n, masses.max(initial=0), wall, skin)
    bad = rng.random(places.shape[:2]) < malignant[:, None]
    for film, k in zip(*np.nonzero(np.arange(places.shape[1]) < masses[:, None]), strict=True):
        window, depth, where = _mass(rng, places[film, k], bad[film, k], size)
        here = (film, *window)
        where &= breast[here]
        depth = np.minimum(depth, thick[here]) * where
        path[here] += contrast * depth * np.maximum(MASS - tissue[here], 0.02)
        mask[here] |= where

    # Blur, the noise of the photons, then the film: its curve is steeper for dense tissue. Beside the breast: black.
    path = blur(path, 0.03 * size / FIELD)
    photons = PHOTONS * (FIELD / size) ** 2  # in a pixel without a breast
    path += np.exp(path / 2) / photons**0.5 * rng.standard_normal(path.shape, dtype=np.float32)
    grey = u(0.8, 1.0) * (np.maximum(path, 0) / (THICK * GLAND)) ** u(1.2, 1.7) * breast + u(
        0, 0.03
    ) * (x > -1)
    images = to_uint8(grey)
    chance = rng.random((n, 6))  # always drawn, so that `tag` changes nothing else
    for k in np.flatnonzero(chance[:, 0] < tag):
        _tag(images[k], float((wall + reach)[k, 0, 0]), chance[k, 1:])

    places *= size / FIELD
    flip = rng.random(n) < 0.5
    places[flip, :, 0] = size - places[flip, :, 0]
    drawn = {"mass": mask, "breast": breast, "pectoral": pectoral}
    for value in (images, *drawn.values()):
        value[flip] = value[flip, :, ::-1]
    drawn["circles"] = [p[:m] for p, m in zip(places, masses, strict=True)]
    drawn["malignant"] = [b[:m] for b, m in zip(bad, masses, strict=True)]
    return images, drawn


def _places(rng, n, slots, wall, skin):
    """Centres and radii of masses (n, slots, 3) float32 in cm, inside the breast and apart from each other."""
    places = np.zeros((n, slots, 3), np.float32)
    wall, skin = wall[:, 0], skin[:, :, 0]
    rows = np.arange(n)
    for k in range(slots):
        radius = np.clip(np.exp(rng.normal(np.log(0.85), 0.4, (n, 1))), 0.4, 2.0)
        # The first of 64 random points with room for it; the roomiest if there is none.
        x, y = rng.uniform(0.5, 11, (n, 64)), rng.uniform(3, 17, (n, 64))
        at = (y / FIELD * skin.shape[1]).astype(int)
        side = np.minimum.reduce(
            [skin[rows[:, None], np.clip(at + d, 0, skin.shape[1] - 1)] for d in (-8, 0, 8)]
        )
        room = np.minimum(side - x - radius - 0.3, x - 0.5 * radius)
        for j in range(k):
            gap = np.hypot(x + wall - places[:, j, :1], y - places[:, j, 1:2])
            room = np.minimum(room, gap - radius - places[:, j, 2:])
        best = np.where((room > 0).any(1), (room > 0).argmax(1), room.argmax(1))
        places[:, k] = np.stack([(x + wall)[rows, best], y[rows, best], radius[:, 0]], 1)
    return places


def _mass(rng, place, bad, size):
    """One mass: its window in the film (two slices), its thickness there in cm, and where it is (bool)."""
    x0, y0, radius = place * np.float32(size / FIELD)
    window = tuple(
        slice(max(0, int(c - radius)), min(size, int(c + radius) + 2)) for c in (y0, x0)
    )
    y, x = np.mgrid[window] + np.float32(0.5)
    x, y = (x - x0) / radius, (y - y0) / radius
    # The outline in radii by direction: an ellipse, or a lumpy core with spicules. It reaches 1 somewhere.
    turn = np.linspace(0, 2 * np.pi, TURNS, endpoint=False)
    if bad:
        a, b = rng.uniform(0, 6.3, 2)
        outline = rng.uniform(0.4, 0.6) * (
            1 + 0.15 * np.sin(3 * turn + a) + 0.1 * np.sin(5 * turn + b)
        )
        tip, length = rng.uniform(0, 6.3, (14, 1)), rng.uniform(0.25, 0.5, (14, 1))
        off = 2 * np.sin((turn - tip) / 2) / rng.uniform(0.05, 0.12, (14, 1))
        outline = outline + (length * np.exp(-(off**2))).sum(0)
    else:
        flat, way = rng.uniform(0.7, 1.0), turn + rng.uniform(0, 6.3)
        outline = flat / np.hypot(flat * np.cos(way), np.sin(way))
    outline = (outline / outline.max()).astype(np.float32)
    direction = (np.arctan2(y, x) * (TURNS / 2 / np.pi)).astype(int) % TURNS
    rho = np.hypot(x, y) / outline[direction]
    # A ball; the star is a little thinner, and its spicules thin out towards the tips.
    depth = (1.6 if bad else 2.0) * place[2] * np.sqrt(np.maximum(1 - rho**2, 0))
    return window, depth, rho < 1


def _tag(image, free, chance):
    """A bright plate with two letters, in place, in the dark beyond `free` cm from the left edge. chance: 5 numbers."""
    dot, scale = max(1, len(image) // 128), len(image) / FIELD
    left = min(free, FIELD - 2.5)
    left = int((left + chance[0] * (FIELD - 1.5 - left)) * scale)
    top = max(0, int((2.5 * chance[1] - 0.5) * scale))
    image[top : top + 18 * dot, left : left + 9 * dot] = 225 + int(25 * chance[2])
    for k, number in enumerate(chance[3:]):
        stamp(image, "LRAB"[int(4 * number)], top + (2 + 8 * k) * dot, left + 2 * dot, dot, 30)
