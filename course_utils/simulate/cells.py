"""Simulated microscope images of cells: fluorescent cells, and a stained blood smear.

Fluorescence: cells shine on a dark ground, and the light of cells that overlap adds up. A cell above or below the
plane of focus is a disc blurred by a Gaussian: wider, and fainter in its middle.
Blood smear: light shines through. Stain takes away light colour by colour, and optical densities add up (Beer-Lambert
law). A red cell is a disc that is thinner in its middle; its thickness follows Evans and Fung (1972).

Positions are in pixels: x to the right, y down, and whole numbers are the middles of pixels. Box edges lie between
pixels: a box around the pixel in column 3 reaches from x0 = 3 to x1 = 4.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .shapes import check_count_and_size, chunks, grid, smooth_noise, to_uint8, uniform

CELLS = ("RBC", "WBC", "Platelets")  # what a label of a blood smear means
RADIUS = ((3.0, 4.3), (4.6, 8.2), (1.0, 1.9))  # micrometres, smallest and largest of each label
THICKNESS = (0.81, 7.83, -4.39)  # micrometres: (c0 + c1 u^2 + c2 u^4) sqrt(1 - u^2), u = r / R
EOSIN = (0.13, 0.37, 0.36)  # optical density of a red cell in red, green, blue
PURPLE = (0.75, 1.1, 0.12)  # of a nucleus


def fluorescence(rng, count, size=128, cells=None, radius=5.0, blur=(0.9, 2.6), noise=0.012):
    """Blue fluorescent cells, some in clumps, some out of focus.

    cells: (low, high), least and most cells in an image; None: 74 to 317 for 256 x 256 pixels, by area for others.
    radius: mean radius of a cell in pixels. blur: (low, high), standard deviation of the blur of a cell in pixels.
    noise: standard deviation of the camera's noise, as a fraction of white.
    Returns images (count, size, size, 3) uint8 RGB and the truth: "points", a list of (k, 2) float32 x, y of the
    centres, all inside the image, and "count" (count,) int.
    Raises ValueError for a negative count, a size below 16, or a parameter out of its range.
    """
    check_count_and_size(count, size)
    if cells is None:
        cells = [round(k * (size / 256) ** 2) for k in (74, 317)]
    low, high = _range("cells", cells, 0, size**2 // 32)
    sharp, soft = _range("blur", blur, 0.3, 8)
    if not 1 <= radius <= size / 4 or not 0 <= noise <= 0.5:
        raise ValueError(f"need a radius of 1 to {size / 4} pixels and a noise of 0 to 0.5")
    numbers = rng.integers(int(low), int(high) + 1, count)
    images, points, start = np.zeros((count, size, size, 3), np.uint8), [], 0
    for n in chunks(count, size):
        k = numbers[start : start + n]
        at = _clumps(rng, k, size, 2 * radius)
        m = len(at)
        r = radius * rng.uniform(0.85, 1.15, (m, 1, 1)).astype(np.float32)
        width = (sharp + (soft - sharp) * rng.random((m, 1, 1)) ** 1.5).astype(np.float32)
        x, y, put = _patches(at, np.repeat(np.arange(n), k), n, size, 1.4 * radius + 3 * soft)
        x, y, shape = *(v / r for v in (x, y)), rng.uniform(-0.1, 0.1, (4, m, 1, 1))
        distance = np.sqrt(x * x * (1 + shape[0]) + y * y * (1 + shape[1]) + x * y * shape[2])
        # The middle of a disc blurred by a Gaussian keeps 1 - exp(-r^2 / 2 w^2) of its light.
        peak = (1 - np.exp(-0.5 * (r / width) ** 2)) * rng.uniform(0.3, 0.65, (m, 1, 1))
        tilt = 1 + np.float32(2) * shape[3] * (x + y)
        edge = np.minimum((distance - 1) * (r * 1.7 / width), 30)
        light = put((peak * np.maximum(tilt, 0) / (1 + np.exp(edge))).astype(np.float32))
        # Light of cells far above and below brightens the ground where cells are many.
        many = (k * np.pi * radius**2 / size**2).astype(np.float32).reshape(n, 1, 1)
        ground = uniform(rng, n, 0.1, 0.18) + many * uniform(rng, n, 0.2, 0.6)
        ground = np.maximum(ground + 0.05 * smooth_noise(rng, n, size, 1), 0.01)
        grain = rng.standard_normal((n, size, size), dtype=np.float32)
        images[start : start + n, ..., 2] = to_uint8(ground + light + noise * grain)
        points += np.split(at.astype(np.float32), np.cumsum(k)[:-1])
        start += n
    return images, {"points": points, "count": numbers}


def blood_smear(
    rng, count, size=128, red=(6, 15), white=(1, 1), platelets=(0, 3), overlap=0.3, field=34.0
):
    """Stained blood: red cells with a pale middle, white cells with a lobed nucleus, platelets.

    red, white, platelets: (low, high), least and most of each in an image. overlap: how far red cells may lie on
    each other, as a fraction of a radius; where there is no room they overlap more.
    field: width of an image in micrometres, 10 to 200.
    Returns images (count, size, size, 3) uint8 RGB and the truth: "boxes", a list of (k, 4) float32 x0, y0, x1, y1
    in pixels around each outline, cut at the border of the image, and "labels", a list of (k,) int: `CELLS[label]`.
    The middle of every cell lies inside the image.
    Raises ValueError for a negative count, a size below 16, or a parameter out of its range.
    """
    check_count_and_size(count, size)
    kinds = {"red": red, "white": white, "platelets": platelets}
    limits = [_range(name, value, 0, 60) for name, value in kinds.items()]
    if not 0 <= overlap <= 2 or not 10 <= field <= 200:
        raise ValueError(
            "overlap is a fraction of a radius, 0 to 2; field is 10 to 200 micrometres"
        )
    numbers = np.stack([rng.integers(int(a), int(b) + 1, count) for a, b in limits], -1)
    images, boxes, labels, start = np.empty((count, size, size, 3), np.uint8), [], [], 0
    for n in chunks(count, size):
        k = numbers[start : start + n]
        images[start : start + n], *truth = _smears(rng, n, size, k, overlap, field)
        boxes, labels, start = boxes + truth[0], labels + truth[1], start + n
    return images, {"boxes": boxes, "labels": labels}


def cell_crops(rng, count, size=50, infected=None):
    """Red cells of a thin smear, cut out on black: grey values. Some hold a malaria parasite, a dark ring with a dot.

    infected: 0 or 1, one number or (count,); None draws half of them.
    Returns images (count, size, size) uint8 and the truth: "label" (count,) int; "cell", "parasite" (count, size,
    size) bool. Raises ValueError for another label, a negative count or a size below 16.
    """
    check_count_and_size(count, size)
    label = rng.permutation(np.arange(count) % 2) if infected is None else np.asarray(infected)
    label = np.array(np.broadcast_to(label, (count,)))
    if not np.isin(label, (0, 1)).all():
        raise ValueError("infected is 0 or 1")
    x, y = grid(size, 2.0)
    far, way = np.hypot(x, y), np.arctan2(y, x)
    edge = uniform(rng, count, 0.75, 0.95)
    for k in (2, 3, 5):
        edge = edge * (1 + 0.04 * np.sin(k * way + uniform(rng, count, 0, 2 * np.pi)))
    cell = far < edge
    turn, off = uniform(rng, count, 0, 2 * np.pi), uniform(rng, count, 0.1, 0.5)
    u, v = x - off * np.cos(turn), y - off * np.sin(turn)
    away, ring = np.hypot(u, v), uniform(rng, count, 0.1, 0.2)
    dot = np.hypot(u - ring, v) < uniform(rng, count, 0.06, 0.1)
    parasite = ((np.abs(away - ring) < 0.04) | dot) & cell & (label == 1).reshape(-1, 1, 1)
    shade = uniform(rng, count, 0.55, 0.75) + 0.05 * np.exp(-((far / 0.4) ** 2))
    shade = shade + 0.015 * smooth_noise(rng, count, size, 10)
    soft = ndimage.gaussian_filter(parasite.astype(np.float32), (0, 0.8, 0.8))
    shade = shade - uniform(rng, count, 0.15, 0.4) * soft
    return to_uint8(shade * cell), {
        "label": label.astype(int),
        "cell": cell,
        "parasite": parasite,
    }


def _range(name, value, least, most):
    """The two ends of a range. Raises ValueError unless least <= low <= high <= most."""
    low, high = np.broadcast_to(np.asarray(value, float), (2,))
    if not least <= low <= high <= most:
        raise ValueError(
            f"{name} is (low, high) with {least} <= low <= high <= {most:g}, not {value}"
        )
    return low, high


def _clumps(rng, numbers, size, width):
    """Centres of the cells of all images, (sum of numbers, 2): about a third lie next to one that came before."""
    at = rng.uniform(-0.5, size - 0.5, (numbers.sum(), 2))
    place = np.arange(len(at)) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    partner = np.arange(len(at)) - 1 - (rng.random(len(at)) * np.minimum(place, 25)).astype(int)
    way = rng.uniform(0, 2 * np.pi, len(at))
    step = width * rng.uniform(0.55, 1.2, len(at))
    moved = np.stack([step * np.cos(way), step * np.sin(way)], -1)
    joins = (place > 0) & (rng.random(len(at)) < 0.35)
    for i in np.flatnonzero(joins):  # one after the other: a partner may have moved itself
        there = at[partner[i]] + moved[i]
        if there.min() > -0.5 and there.max() < size - 0.5:
            at[i] = there
    return at


def _patches(at, image, n, size, half):
    """Small squares around points `at` (m, 2) of the images number `image` (m,) of a stack of n.

    Returns x and y from the point, each (m, w, w) float32 in pixels, and a function that adds values (m, w, w) up
    to a stack (n, size, size).
    """
    half = int(np.ceil(half))
    line, side = np.arange(-half, half + 1), size + 2 * half
    middle = np.rint(at).astype(int).clip(0, size - 1)
    rest = (middle - at).astype(np.float32)
    x = np.broadcast_to(
        rest[:, 0, None, None] + line.astype(np.float32), (len(at), *[len(line)] * 2)
    )
    y = np.broadcast_to(rest[:, 1, None, None] + line[:, None].astype(np.float32), x.shape)
    first = (image * side + middle[:, 1] + half) * side + middle[:, 0] + half
    flat = (first[:, None, None] + line[:, None] * side + line).ravel()

    def put(values):
        wide = np.bincount(flat, values.ravel(), n * side * side).astype(np.float32)
        return wide.reshape(n, side, side)[:, half : half + size, half : half + size]

    return x, y, put


def _places(rng, label, radius, overlap, field):
    """Centres (n, m, 2) in micrometres: each cell takes the best of some random places, white cells first."""
    n, m = label.shape
    at = np.full((n, m, 2), 1e3)
    for j in range(m):
        tries = rng.uniform(-field / 2, field / 2, (n, 24, 2))
        tries *= np.where(label[:, j] == 1, 0.85, 1)[:, None, None]
        gap = np.linalg.norm(tries[:, :, None] - at[:, None, :j], axis=-1)
        gap -= radius[:, None, :j] + radius[:, j, None, None]
        worst = gap.min(2, initial=9.0)
        # The first place that is good enough, so that cells also touch; else the best one.
        allowed = np.where(label[:, j] == 0, -overlap * radius[:, j], 0)[:, None]
        good = worst > allowed
        choice = np.where(good.any(1), good.argmax(1), worst.argmax(1))
        at[:, j] = tries[np.arange(n), choice]
        at[label[:, j] < 0, j] = 1e3
    return at


def _smears(rng, n, size, numbers, overlap, field):
    """A stack of smears (n, size, size, 3) uint8, their boxes and labels."""
    # White cells and platelets come first; -1 is no cell.
    most = numbers.max(0)
    label = np.concatenate(
        [np.where(np.arange(most[k]) < numbers[:, k, None], k, -1) for k in (1, 2, 0)], 1
    )
    low, high = np.array(RADIUS)[label].transpose(2, 0, 1)
    radius = rng.uniform(low, high) * np.where(label == 0, rng.uniform(0.85, 1.15, (n, 1)), 1)
    at = _places(rng, label, radius, overlap, field)
    image, column = np.nonzero(label >= 0)
    label, radius, at = (v[image, column] for v in (label, radius, at))
    scale = size / field
    centre, r = (at + field / 2) * scale - 0.5, radius * scale
    # The outline is r * (1 + waves of the direction): 2, 3 and 5 of them round the cell.
    amount = (
        np.where(label == 1, 0.03, 0.05)[:, None] * rng.normal(0, 1, (len(r), 3)) / (1, 2, 3)
    )
    waves = (amount * np.exp(1j * rng.uniform(0, 2 * np.pi, (len(r), 3)))).astype(np.complex64)
    r = r.astype(np.float32).reshape(-1, 1, 1)

    def outline(way, who):
        """Distance of the outline in the direction of the complex numbers `way`, of length 1."""
        a, b, c = waves[who].T[..., None, None]
        two = way * way
        return r[who] * (1 + (two * (a + way * (b + c * two))).real)

    way = np.exp(2j * np.pi * np.arange(180) / 180).astype(np.complex64)
    edge = outline(way[None, None], np.arange(len(r)))[:, 0] * way
    path = centre[:, None] + np.stack([edge.real, edge.imag], -1) + 0.5
    box = np.concatenate([path.min(1), path.max(1)], 1).clip(0, size).astype(np.float32)

    eosin, purple = (np.zeros((n, size, size), np.float32) for _ in range(2))
    for kind in range(3):
        who = np.flatnonzero(label == kind)
        if not len(who):
            continue
        x, y, put = _patches(centre[who], image[who], n, size, 1.25 * r[who].max() + 1)
        far = np.hypot(x, y)
        way = (x + 1j * y) / np.maximum(far, 1e-3)
        edge = outline(way, who)
        u = far / edge
        inside = np.clip(
            (edge - far) * np.float32(0.7) + np.float32(0.5), 0, 1
        )  # a soft edge, about a pixel wide
        one = (len(who), 1, 1)
        if kind == 0:
            u2 = np.minimum(u * u, 1)
            a, b, c = np.float32(THICKNESS) / np.float32(2.6)  # 1 where it is thickest
            flat = rng.beta(1, 2, one).astype(np.float32)  # some cells have no pale middle
            body = ((a + u2 * (b + u2 * c)) * (1 - flat) + flat) * np.sqrt(
                1 - np.float32(0.8) * u2
            )
            eosin += put(body * inside * uniform(rng, len(who), 0.75, 1.1))
        elif kind == 1:
            body, lobes = _nucleus(rng, x / r[who], y / r[who])
            purple += put(inside * (uniform(rng, len(who), 0.1, 0.2) + lobes * body))
        else:
            purple += put(inside * uniform(rng, len(who), 0.3, 0.65) * (1.1 - 0.6 * u * u))
    fine = 1 + 0.12 * smooth_noise(rng, n, size, size / 3)
    purple *= fine
    film = np.empty((n, size, size, 3), np.float32)
    x, y = grid(size, 2.0)
    lamp = uniform(rng, n, 0.74, 0.86) * (1 - uniform(rng, n, 0, 0.1) * (x * x + y * y))
    lamp += 0.012 * smooth_noise(rng, n, size, 3)
    for k, tint in enumerate(((-0.03, 0.02), (-0.01, 0.02), (-0.06, 0.02))):
        density = EOSIN[k] * eosin + PURPLE[k] * purple
        film[..., k] = lamp * (1 + uniform(rng, n, *tint)) * np.exp(-density)
    film += 0.012 * rng.standard_normal(film.shape, dtype=np.float32)
    cuts = np.cumsum(np.bincount(image, minlength=n))[:-1]
    return to_uint8(film), np.split(box, cuts), np.split(label.astype(int), cuts)


def _nucleus(rng, x, y):
    """Nuclei of 1 to 5 lobes: darkness (m, 1, 1) and lobes (m, w, w), 0 to 1. x, y: in radii of the cell.

    One big lobe is a lymphocyte, several are a granulocyte.
    """
    m = len(x)
    number = rng.choice([1, 2, 3, 4, 5], m, p=[0.2, 0.15, 0.3, 0.25, 0.1]).reshape(m, 1, 1)
    size = np.where(number == 1, rng.uniform(0.72, 0.9, (m, 1, 1)), 0)
    start, turn = rng.uniform(0, 2 * np.pi, (m, 1, 1)), rng.uniform(1.0, 1.5, (m, 1, 1))
    lobes = np.zeros_like(x)
    for k in range(5):
        r = np.where(number == 1, size, rng.uniform(0.28, 0.4, (m, 1, 1)))
        off = np.where(number == 1, 0.05, rng.uniform(0.3, 0.55, (m, 1, 1)))
        dx, dy = x - off * np.cos(start + turn * k), y - off * np.sin(start + turn * k)
        stretch = rng.uniform(-0.3, 0.3, (3, m, 1, 1)) * (number > 1)
        d = dx * dx * (1 + stretch[0]) + dy * dy * (1 + stretch[1]) + dx * dy * stretch[2]
        lobe = np.clip((1 - d / (r * r)) * 2, 0, 1) * (k < number)
        lobes = np.maximum(lobes, lobe)
    return rng.uniform(0.6, 1.0, (m, 1, 1)), lobes
