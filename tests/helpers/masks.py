"""Pairs of masks for tests of measures: random ones, equal ones, full and empty ones."""

import numpy as np

EMPTY, FULL = np.zeros((24, 20), bool), np.ones((24, 20), bool)


def _pairs():
    rng = np.random.default_rng(12)
    for _ in range(12):
        noise = rng.random((2, 24, 20))
        yield from [(noise[0] > 0.9, noise[1] > 0.8), (noise[0] > 0.3, noise[1] > 0.2)]
    square = EMPTY.copy()
    square[6:16, 5:14] = True
    yield from [(square, np.roll(square, 2, 1)), (square, square), (FULL, square)]
    yield from [(EMPTY, square), (square, EMPTY), (EMPTY, EMPTY)]


PAIRS = list(_pairs())


def same(ours, other):
    """Equal to six digits; NaN equals NaN."""
    return np.isclose(ours, other, rtol=1e-6, atol=1e-6, equal_nan=True)
