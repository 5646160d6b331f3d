"""Simulated patches of lung as CT shows them: normal, and with two kinds of emphysema.

Emphysema is lung tissue that is gone: air-filled holes without walls of their own. Centrilobular emphysema leaves
round holes of 1 to 10 mm in the middle of many lobules. Paraseptal emphysema lies in a row along the pleura, in
holes of 5 to 20 mm with thin walls between them. The usual measure is the share of the lung below -950 HU; noise
alone takes some pixels of a normal lung below it.
"""

from __future__ import annotations

import numpy as np

from .shapes import blur, check_count_and_size, chunks, grid, smooth_noise, step, turn, uniform

PIXEL = 0.78  # mm
LOW = -950  # HU: lower counts as emphysema
KINDS = ("normal", "centrilobular", "paraseptal")


def lung_texture(rng, count, size=64, kind=None, severity=None, noise=25.0):
    """Square patches of lung in Hounsfield units, pixels of 0.78 mm. Some show the chest wall on one side.

    kind: 0 normal, 1 centrilobular, 2 paraseptal (see KINDS), one number or (count,); None draws them evenly.
    severity: 0 to 1, one number or (count,): how much of the lung, or of its rim, the holes take; None draws 0.2 to
    1. noise: standard deviation in HU, 0 or more.
    Returns images (count, size, size) float32 and the truth: "label" (count,) int; "severity" (count,), 0 for a normal
    patch; "lung" and "hole" (count, size, size) bool, hole as drawn; "low" bool, lung below -950 HU before noise;
    "share" (count,), low pixels in the lung. Raises ValueError for parameters outside these ranges.
    """
    check_count_and_size(count, size)
    label = rng.permutation(np.arange(count) % 3) if kind is None else np.asarray(kind)
    amount = rng.uniform(0.2, 1, count) if severity is None else np.asarray(severity, float)
    label, amount = np.broadcast_to(label, (count,)), np.broadcast_to(amount, (count,))
    if label.size and not np.isin(label, range(3)).all():
        raise ValueError(f"kind is 0, 1 or 2 for {', '.join(KINDS)}")
    if not ((amount >= 0) & (amount <= 1)).all() or not noise >= 0:
        raise ValueError("severity is a fraction from 0 to 1, noise 0 or more")
    label, amount = label.astype(int), np.where(label > 0, amount, 0)
    images = np.empty((count, size, size), np.float32)
    lung, hole, low = (np.empty((count, size, size), bool) for _ in range(3))
    start = 0
    for n in chunks(count, size):
        here = slice(start, start + n)
        hu, lung[here], hole[here] = _patches(rng, n, size, label[here], amount[here])
        low[here] = lung[here] & (hu < LOW)
        hu += noise * rng.standard_normal(hu.shape, dtype=np.float32)
        images[here] = np.maximum(hu, -1024)
        start += n
    share = low.sum((1, 2)) / np.maximum(lung.sum((1, 2)), 1)
    return images, {
        "label": label,
        "severity": amount,
        "lung": lung,
        "hole": hole,
        "low": low,
        "share": share,
    }


def _patches(rng, n, size, label, amount):
    """HU without noise, lung and holes, each (n, size, size)."""
    width = size * PIXEL
    x, y = grid(size, width)

    def u(low, high):
        return uniform(rng, n, low, high)

    # `depth`: mm below the pleura, which runs across the patch at any angle, or not at all.
    angle = u(0, 360)
    along, depth = turn(x[None], y[None], angle)
    pleura = (label == 2) | (rng.random(n) < 0.4)
    edge = np.where(pleura.reshape(n, 1, 1), u(0.25, 0.38) * width, 2 * width)
    depth = edge + depth + along**2 * u(-0.004, 0.004)
    tissue = u(-885, -840) + 22 * smooth_noise(rng, n, size, width / 2.5)
    tissue += 14 * smooth_noise(rng, n, size, width / 8)
    tissue += _vessels(rng, n, size) * (20 - tissue)

    gone = np.zeros((n, size, size), np.float32)
    line = x[0]
    for j in np.flatnonzero(amount > 0):
        holes = _holes(rng, width, label[j], amount[j], edge[j].item(), angle[j].item())
        for px, py, r, stretch in holes.tolist():
            _hole(gone[j], line, px, py, r, stretch)
    air = -u(975, 995)
    tissue += gone * (air - tissue)
    in_lung = depth > 0
    hu = tissue + step(-depth, 1.2 * PIXEL) * (u(30, 60) - tissue)
    return hu, in_lung, (gone > 0.5) & in_lung


def _holes(rng, width, label, amount, edge, angle):
    """The holes of one patch (k, 4): middle x, y and radius in mm, stretch across x."""
    if label == 1:
        # A lobule in every 8 x 8 mm; the sick ones have one hole or two around their middle.
        side = int(np.ceil(width / 8))
        sick = rng.permutation(side**2)[: round(amount * side**2)]
        middle = 8 * np.stack(np.divmod(sick, side), 1) + rng.uniform(1, 7, (len(sick), 2))
        middle = np.repeat(middle, rng.integers(1, 3, len(sick)), 0) - width / 2
        middle += rng.normal(0, 1.5, middle.shape)
        radius = rng.uniform(0.8, 1.5 + 2.5 * amount, len(middle))
    else:
        # One beside the other along the pleura, a thin wall apart.
        radius = rng.uniform(2.5, 3.5 + 5 * amount, int(width / 3) + 1)
        along = np.cumsum(2 * radius + 0.8) - radius - 0.75 * width
        below = radius + 0.5 - edge
        c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
        middle = np.stack([along * c - below * s, along * s + below * c], 1)
        there = rng.random(len(radius)) < 0.35 + 0.65 * amount
        there &= np.abs(along) < 0.75 * width
        middle, radius = middle[there], radius[there]
    return np.column_stack([middle, radius, rng.uniform(0.85, 1.18, len(radius))])


def _hole(gone, line, px, py, r, stretch):
    """Draw one hole on (size, size) with coordinates `line`, in place; the edge is about a pixel wide."""
    size = len(line)
    reach = int(1.2 * r / PIXEL) + 3
    col, row = int(px / PIXEL + size / 2), int(py / PIXEL + size / 2)
    rows = slice(max(0, row - reach), max(0, row + reach))
    cols = slice(max(0, col - reach), max(0, col + reach))
    u, v = (line[cols] - px) * stretch, (line[rows] - py) / stretch
    soft = (r - np.sqrt(u * u + (v * v)[:, None])) / (1.2 * PIXEL) + 0.5
    gone[rows, cols] = np.maximum(gone[rows, cols], np.minimum(soft, 1))  # gone is 0 or more


def _vessels(rng, n, size):
    """0 to 1, (n, size, size): straight pieces of vessel; one that crosses the slice steeply is a dot."""
    steps, m = 12, max(1, round((size * PIXEL) ** 2 / 110))
    vessels = np.zeros((n, size, size), np.float32)
    for share, radius in ((0.8, 0.6), (0.2, 1.1)):  # mm
        shape = n, max(1, round(share * m)), 1
        way, ds = rng.uniform(0, 2 * np.pi, shape), 10 ** rng.uniform(-0.4, 0.9, shape) / steps
        x, y = (
            rng.uniform(0, size, shape) + wave(way) * ds / PIXEL * np.arange(steps)
            for wave in (np.cos, np.sin)
        )
        seen = (x >= 0) & (x < size) & (y >= 0) & (y < size)
        flat = ((np.arange(n)[:, None, None] * size + y.astype(int)) * size + x.astype(int))[
            seen
        ]
        sigma = 0.7 * radius / PIXEL
        weight = rng.uniform(0.2, 0.8, shape) * ds / PIXEL * np.sqrt(2 * np.pi) * sigma
        weight = np.broadcast_to(weight, x.shape)[seen]
        drawn = np.bincount(flat, weight, vessels.size).astype(np.float32)
        vessels += blur(drawn.reshape(vessels.shape), sigma)
    return np.minimum(vessels, 1)
