"""Wrong answers to the exercises of lesson 21, and words of the message that each must get."""

import numpy as np


def _tiles(given, truth, level):
    n, (rows, columns) = 2**level, given.shape
    return (given - truth).reshape(n, rows // n, n, columns // n).sum((1, 3))


def _mixed(given, truth, level):
    n, (rows, columns) = 2**level, given.shape
    return np.abs((given - truth).reshape(n, n, rows // n, columns // n).sum((2, 3))).sum()


def as_many_tiles_as_the_level(given, truth, level):
    n, total = max(level, 1), 0.0
    for one in np.array_split(given - truth, n):
        total += sum(abs(part.sum()) for part in np.array_split(one, n, axis=1))
    return total


WRONG = {
    "21.1": [
        (180, "those are the hits"),
        (270, "precision is the share"),
        (162, "do not multiply"),
        (300, "that is the truth"),
        (250, "too high"),
        (120, "too low"),
        (float("nan"), "finite number"),
        ("two hundred", "give a number"),
    ],
    "21.2": [
        (lambda *a: _tiles(*a).sum(), "the tiles cancel"),
        (lambda *a: abs(_tiles(*a).sum()), "the tiles cancel"),
        (lambda *a: np.abs(_tiles(*a)).mean(), "do not take their mean"),
        (
            lambda *a: np.abs(_tiles(*a)).sum() / a[0].size * 4 ** a[2],
            "the pixels of each tile",
        ),
        (_mixed, "tile, row, tile, column"),
        (lambda given, truth, level: np.abs(given - truth).sum(), "pixel by pixel"),
        (as_many_tiles_as_the_level, "the tiles cancel"),
        (lambda *a: (_tiles(*a) ** 2).sum(), "the answer is"),
        (lambda *a: _tiles(*a), "give a number"),
        (lambda *a: None, "returns None"),
        (3.0, "a function is wanted"),
    ],
    "21.3": [
        ({2: 6.0, 8: 6.1, 64: 6.05}, "multiplied by the factor"),
        ({2: 17.5, 8: 17.5, 64: 17.5}, "multiplied by the factor"),
        ({2: 0.02, 8: 0.02, 64: 0.02}, "too good"),
        ({2: -3.0, 8: 3.0, 64: 3.0}, "not negative"),
        ({2: 2.8, 8: 3.0, 64: 4.5}, "right places"),
        ({2: 12.0, 8: 3.0, 64: 2.8}, "one of them"),
        ({2: 2.8, 8: 2.8, 64: 2.8}, "the three are the same"),
        ({2: 53.0, 8: 53.0, 64: 53.0}, "too large"),
        ({"2": 3.0, "8": 3.0, "64": 3.0}, "keys"),
        ({2: "3", 8: 3.0, 64: 2.8}, "give a number"),
    ],
}
