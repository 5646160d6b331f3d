"""Simulated spirals and waves drawn by hand, with a tremor or without.

The hand wanders slowly from the printed line, and it trembles: a rest tremor of 4 to 6 Hz leaves a dozen or two small
bends in a turn of the spiral. THE TREMOR IS SIMULATED: how its size and form go with a disease is not modelled here.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .shapes import check_count_and_size, to_uint8

POINTS = 6000  # along a line
KINDS = ("spiral", "wave")


def drawing(rng, count, size=128, kind="spiral", tremor=None):
    """Pencil lines on paper, square.

    kind: "spiral", three turns from the middle, or "wave", four bends from left to right in the middle half of the
    rows. tremor: its amplitude in percent of the width, 0 to 5, one number or (count,); None draws 0 to 0.8.
    Returns images (count, size, size) uint8 and the truth: "tremor" (count,), "line" (count, size, size) bool.
    Raises ValueError for parameters outside these ranges.
    """
    check_count_and_size(count, size)
    if kind not in KINDS:
        raise ValueError(f"kind is {' or '.join(KINDS)}, not {kind!r}")
    tremor = rng.uniform(0, 0.8, count) if tremor is None else np.asarray(tremor, float)
    tremor = np.array(np.broadcast_to(tremor, (count,)))
    if not ((tremor >= 0) & (tremor <= 5)).all():
        raise ValueError("tremor is 0 to 5 percent of the width")
    images, line = np.empty((count, size, size), np.uint8), np.empty((count, size, size), bool)
    for k in range(count):
        x, y = _path(rng, kind, tremor[k] / 100)
        at = np.clip(np.stack([y, x]) * size, 0, size - 1).astype(int)
        line[k] = False
        line[k][tuple(at)] = True
        ink = ndimage.gaussian_filter(line[k].astype(np.float32), size / 300)
        paper = 0.93 + 0.012 * rng.standard_normal((size, size), dtype=np.float32)
        images[k] = to_uint8(paper * (0.4 + 0.6 * np.exp(-2 * ink)))
    return images, {"tremor": tremor, "line": line}


def _path(rng, kind, tremor):
    """x and y, 0 to 1, of the points of one line."""
    t = np.linspace(0, 1, POINTS)
    slow = _wander(rng, t, 5) * 0.015
    fast = np.sin(2 * np.pi * rng.uniform(40, 60) * t + _wander(rng, t, 8))
    fast *= tremor * np.abs(_wander(rng, t, 12))
    if kind == "spiral":
        angle, radius = 6 * np.pi * t + rng.uniform(0, 2 * np.pi), 0.44 * t + slow + fast
        return 0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)
    y = 0.5 + rng.uniform(0.18, 0.23) * np.sin(8 * np.pi * t + rng.uniform(0, 2 * np.pi))
    return 0.03 + 0.94 * t + fast, y + slow + fast


def _wander(rng, t, bumps):
    """A smooth random curve with about that many bumps."""
    return np.interp(t, np.linspace(0, 1, bumps + 1), rng.standard_normal(bumps + 1))
