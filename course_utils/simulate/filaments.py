"""Simulated microscopy: cell membranes as an electron microscope shows them, and glowing filaments in pairs of a
noisy and a clean image.

Membranes: cells are the regions of a Voronoi diagram of random points in space, cut by a plane and bent by a smooth
warp. So every membrane is closed, and the next section shows the same cells a little changed.
Filaments: light is counted photon by photon. A count has the Poisson distribution, whose variance is its mean, and
the camera adds Gaussian read noise. So the noise is stronger where the image is brighter.
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
    turn,
    uniform,
)


def membranes(
    rng,
    count,
    size=128,
    cell=40.0,
    thickness=5.0,
    noise=18.0,
    faint=0.5,
    organelles=1.0,
    gap=None,
):
    """Grey cells with dark membranes, as in electron micrographs of neural tissue.

    cell: typical diameter of a cell in pixels, from 8 to `size`. thickness: width of a membrane in pixels, 2 to 12.
    noise: standard deviation of the grain in grey values, 0 or more. faint: 0 to 1, how pale the palest stretches of
    membrane are. organelles: number of vesicles and mitochondria relative to the usual, 0 to 3.
    gap: None for images that have nothing to do with each other; else they are sections of one block, one after the
    other and so many pixels apart, 0 or more. Only vesicles are then new in each section.
    Returns images (count, size, size) uint8 and the truth: "membrane" (count, size, size) bool; "cell" (count, size,
    size) int32, the number of the cell, 0 on a membrane. Raises ValueError for parameters outside these ranges.
    """
    check_count_and_size(count, size)
    if not 8 <= cell <= size or not 2 <= thickness <= 12:
        raise ValueError(f"cell is from 8 to {size} pixels, thickness from 2 to 12")
    if not 0 <= faint <= 1 or not 0 <= organelles <= 3 or not noise >= 0:
        raise ValueError("faint is from 0 to 1, organelles from 0 to 3, noise 0 or more")
    if gap is not None and not gap >= 0:
        raise ValueError("gap is None, or 0 or more pixels")
    images = np.empty((count, size, size), np.uint8)
    truth = {"membrane": np.empty(images.shape, bool), "cell": np.empty(images.shape, np.int32)}
    if gap is not None:
        block = _block(rng, 1, size, cell, organelles, count * gap)
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        if gap is None:
            block, height = _block(rng, n, size, cell, organelles, 0), np.zeros(n)
        else:
            height = gap * np.arange(start, start + n)
        distance, number, core = _cut(block, n, size, cell, height)
        truth["membrane"][here] = distance < thickness / 2
        truth["cell"][here] = np.where(distance < thickness / 2, 0, number + 1)

        def u(low, high, n=n):
            return uniform(rng, n, low, high)

        # Grey values, from the cytoplasm to what is dark in it.
        grey = _of(block["tone"], number)
        x, y = grid(size, 2.0)
        grey = grey + u(150, 170) + u(-15, 15) * x + u(-15, 15) * y
        texture = smooth_noise(rng, n, size, size / 4)
        grey += 15 * texture
        free = step(distance - thickness, thickness / 2)
        mitochondrion = free * step(core, 2)
        stripes = 18 * np.sin(core * u(0.9, 1.3)) - 25 * np.exp(-((core / 2) ** 2))
        grey += mitochondrion * (stripes - 45)
        grey -= 70 * free * (1 - mitochondrion) * _vesicles(rng, n, size, cell, organelles)
        # Membranes: pale where they are cut at a slant, with dark smudges beside them elsewhere.
        slant = smooth_noise(rng, n, size, 2 * size / cell)
        pale = 1 - faint * step(slant - 0.8, 1.2)
        grey -= u(80, 105) * pale * np.exp(-((distance / (0.45 * thickness)) ** 2))
        grey -= 45 * np.maximum(-0.9 - slant, 0) * np.exp(-distance / (2 * thickness))
        grain = rng.standard_normal((n, size, size), dtype=np.float32)
        images[here] = np.clip(grey + noise * grain + 0.5, 0, 255)
        start += n
    return images, truth


def _block(rng, n, size, cell, organelles, depth):
    """n blocks of tissue, `depth` pixels high: cells (points, weights, grey tones, mitochondria), warped x and y."""
    low, high = -0.5 * cell, np.array([size, size, depth]) + 0.5 * cell
    m = max(3, round(np.prod(high - low) / cell**3))
    return {
        "points": rng.uniform(low, high, (n, m, 3)).astype(np.float32),
        "weight": ((rng.random((n, m)) ** 2 * cell) ** 2).astype(np.float32),
        "tone": rng.normal(0, 10, (n, m)).astype(np.float32),
        "core": np.where(  # radius of a mitochondrion around the point of a cell, if it has one
            rng.random((n, m)) < 0.25 * organelles, rng.uniform(0.2, 0.6, (n, m)) * cell, -9
        ).astype(np.float32),
        "warp": [
            (0.16 * cell * smooth_noise(rng, n, size, size / (0.8 * cell)) + v).astype(
                np.float32
            )
            for v in np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
        ],
    }


def _cut(block, n, size, cell, height):
    """Sections of blocks at `height`: distance to the next membrane in pixels, number of the cell, and how deep in a
    mitochondrion a pixel lies; each (n, size, size)."""
    points = np.broadcast_to(block["points"], (n, *block["points"].shape[1:]))
    x, y = (np.broadcast_to(v, (n, size, size)) for v in block["warp"])
    z = points[..., 2] - np.asarray(height, np.float32)[:, None]
    near = (np.abs(z) < 1.3 * cell).any(0)
    # Squared distance to each point, less x^2 + y^2, which all have in common.
    # A point with a weight has a larger cell (power diagram).
    constant = (points[..., :2] ** 2).sum(-1) + z**2 - block["weight"]
    first = np.full((n, size, size), 1e9, np.float32)
    second, number = first.copy(), np.zeros((n, size, size), np.int32)
    d, work = np.empty_like(first), np.empty_like(first)  # no new arrays in the innermost loop
    for k in np.flatnonzero(near):
        px, py, c = (
            v[:, k].reshape(n, 1, 1) for v in (points[..., 0], points[..., 1], constant)
        )
        np.multiply(x, -2 * px, out=d)
        np.multiply(y, -2 * py, out=work)
        d += work
        d += c
        number[d < first] = k
        np.maximum(first, d, out=work)
        np.minimum(second, work, out=second)
        np.minimum(first, d, out=first)
    # The difference is 0 on a membrane. Its slope turns it into pixels; there it has a kink, so take the steeper side.
    rise = second - first
    slope = np.zeros_like(rise)
    for way in (slope, slope.swapaxes(1, 2)):
        along = rise if way is slope else rise.swapaxes(1, 2)
        change, steeper = np.diff(along, axis=1) ** 2, np.zeros_like(along)
        steeper[:, :-1] = change
        np.maximum(steeper[:, 1:], change, out=steeper[:, 1:])
        way += steeper
    distance = rise / np.sqrt(np.maximum(slope, 1e-6))
    # Where three cells meet the slope says too much. No membrane may have a hole, so close it there.
    across, down = number[:, :, 1:] != number[:, :, :-1], number[:, 1:] != number[:, :-1]
    distance[:, :, :-1][across] = np.minimum(distance[:, :, :-1][across], 0.9)
    distance[:, :-1][down] = np.minimum(distance[:, :-1][down], 0.9)
    weight = _of(block["weight"], number)
    radius = _of(block["core"], number)
    core = radius - np.sqrt(np.maximum(first + x * x + y * y + weight, 0))
    return distance, number, core


def _of(table, number):
    """What a table (n or 1, cells) says of the cell at each pixel."""
    return np.take_along_axis(
        np.broadcast_to(table, (len(number), table.shape[1])),
        number.reshape(len(number), -1),
        1,
    ).reshape(number.shape)


def _vesicles(rng, n, size, cell, organelles):
    """Small dark rings, about 0 to 1, (n, size, size)."""
    m, corners = round(2.5 * organelles * (size / cell) ** 2), 12
    turns = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    r = rng.uniform(0.035, 0.065, (n, m, 1)) * cell
    x = rng.uniform(0, size, (n, m, 1)) + r * np.cos(turns)
    y = rng.uniform(0, size, (n, m, 1)) + r * np.sin(turns)
    column, row = (np.clip(v.astype(int), 0, size - 1) for v in (x, y))
    flat = (np.arange(n)[:, None, None] * size + row) * size + column
    weight = np.broadcast_to(rng.uniform(1.5, 4, (n, m, 1)) * r / corners, x.shape)
    dots = np.bincount(flat.ravel(), weight.ravel(), n * size * size).astype(np.float32)
    return np.minimum(blur(3 * dots.reshape(n, size, size), max(0.02 * cell, 0.5)), 1)


def filaments(rng, count, size=128, kind=None, photons=20.0, read=0.6, gain=0.75, offset=14.0):
    """Fluorescence images with noise, and the same without.

    kind: "filaments", "nuclei", or None for half of each.
    photons: mean count of the brightest pixels, above 0. read: standard deviation of the read noise in photons, 0 or
    more. One photon is `step` = gain 255 / photons grey values. So the noisy image has the mean offset + gain clean
    and the variance step^2 (photons clean / 255 + read^2), and is then rounded and cut at 0 and 255.
    Returns images (count, size, size) uint8, noisy, and the truth: "clean" (count, size, size) uint8; "kind" (count,)
    text. Raises ValueError for parameters outside these ranges.
    """
    check_count_and_size(count, size)
    kinds = ("filaments", "nuclei")
    if kind not in (None, *kinds):
        raise ValueError(f"kind is None or one of {kinds}")
    if not photons > 0 or not read >= 0 or not gain > 0:
        raise ValueError("photons and gain are above 0, read is 0 or more")
    which = rng.permutation(np.resize(kinds if kind is None else [kind], count))
    images, clean = (np.empty((count, size, size), np.uint8) for _ in range(2))
    for name, draw in zip(kinds, (_threads, _nuclei), strict=True):
        places, start = np.flatnonzero(which == name), 0
        for n in chunks(len(places), size):
            here = places[start : start + n]
            light = draw(rng, n, size)
            white = np.percentile(light.reshape(n, -1)[:, ::3], 99.7, axis=1).reshape(n, 1, 1)
            clean[here] = to_uint8(light / np.maximum(white, 1e-6))
            counts = rng.poisson(clean[here] * (photons / 255)).astype(np.float32)
            counts += read * rng.standard_normal(counts.shape, dtype=np.float32)
            noisy = counts * (gain * 255 / photons) + offset
            images[here] = np.clip(noisy + 0.5, 0, 255)
            start += n
    return images, {"clean": clean, "kind": which.astype("<U9")}


def _threads(rng, n, size):
    """Light of threads in one cell, around its dark nucleus: (n, size, size)."""
    x, y = grid(size, 2.0)
    m, steps = 240, max(24, size // 2)
    # The cell: a long blob, partly outside the image; threads mostly run along it.
    middle, way = rng.uniform(-0.5, 0.5, (n, 1, 2)), rng.uniform(0, np.pi, (n, 1))
    along, across = rng.normal(0, 0.6, (n, m)), rng.normal(0, 0.3, (n, m))
    start = middle + np.stack(
        [
            along * np.cos(way) - across * np.sin(way),
            along * np.sin(way) + across * np.cos(way),
        ],
        -1,
    )
    ds = rng.uniform(0.05, 0.55, (n, m, 1)) / steps
    angle = way + rng.normal(0, 0.5, (n, m)) + np.pi * rng.integers(0, 2, (n, m))
    angle = angle[..., None] + np.cumsum(rng.normal(0, 1.1 / np.sqrt(steps), (n, m, steps)), -1)
    column = ((start[..., :1] + np.cumsum(np.cos(angle) * ds, -1) + 1) * (size / 2)).astype(int)
    row = ((start[..., 1:] + np.cumsum(np.sin(angle) * ds, -1) + 1) * (size / 2)).astype(int)
    seen = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    flat = ((np.arange(n)[:, None, None] * size + row) * size + column)[seen]
    # Threads are beaded: their light changes along them.
    weight = (ds * rng.uniform(0.3, 1, (n, m, 1)) * rng.uniform(0.2, 1.8, (n, m, steps)))[seen]
    light = np.bincount(flat, weight, n * size * size).reshape(n, size, size).astype(np.float32)
    cx, cy = (middle[..., k].astype(np.float32).reshape(n, 1, 1) for k in (0, 1))
    nucleus = np.hypot(x - cx - uniform(rng, n, -0.3, 0.3), y - cy)
    light *= 0.08 + 0.92 * step(nucleus - uniform(rng, n, 0.15, 0.3), 0.08)
    # Sharp light in the plane, and light from above and below it.
    sharp = max(0.5, size / 220)
    return blur(light, sharp) + uniform(rng, n, 0.3, 1.2) * blur(light, size / 18)


def _nuclei(rng, n, size):
    """Light of stained nuclei with uneven chromatin: (n, size, size)."""
    x, y = grid(size, 2.0)
    light = np.zeros((n, size, size), np.float32)
    for _ in range(8):
        a = uniform(rng, n, 0.1, 0.24)
        u, v = x - uniform(rng, n, -1, 1), y - uniform(rng, n, -1, 1)
        u, v = turn(u, v, uniform(rng, n, 0, 180))
        far = np.sqrt((u / a) ** 2 + (v / (a * uniform(rng, n, 0.6, 1))) ** 2)
        light = np.maximum(light, uniform(rng, n, 0.35, 1) * step(1 - far, 0.15))
    light *= 0.75 + 0.2 * np.clip(smooth_noise(rng, n, size, 22), -2, 2)
    return light + uniform(rng, n, 0.02, 0.1) * blur(light, size / 12)
