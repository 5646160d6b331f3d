"""The checks of lesson 21."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("21.1", "200: too few, though nine marks of ten are cells.")
def marks(answer):
    value = number(answer)
    if math.isclose(value, 180, abs_tol=0.5):
        return "those are the hits; the finder also counts its false alarms"
    if math.isclose(value, 270, abs_tol=0.5):
        return "precision is the share of the marks that are cells, not the share of the cells that are marked"
    if math.isclose(value, 162, abs_tol=0.5):
        return "the hits are 90 % of the marks: divide by the precision, do not multiply"
    if math.isclose(value, 300, abs_tol=0.5):
        return "that is the truth; the finder misses 40 % of the cells"
    if not math.isclose(value, 200, abs_tol=0.5):
        return f"too {'high' if value > 200 else 'low'}; first the hits, then the marks of which they are 90 %"


@exercise("21.2", "level 0 is the error of the count; each further level forgives less.")
def game(answer):
    rng = np.random.default_rng(21)
    given, truth = rng.random((2, 8, 16))
    moved = np.zeros((2, 8, 8))
    moved[0, 0, 0], moved[1, 7, 7] = 3.0, 3.0  # as many cells, elsewhere
    cases = [(given, truth, level) for level in (0, 1, 2)] + [(*moved, 0), (*moved, 1)]
    for one, other, level in cases:
        n, (rows, columns) = 2**level, one.shape
        tiles = (one - other).reshape(n, rows // n, n, columns // n).sum((1, 3))
        right, signed = float(np.abs(tiles).sum()), float(tiles.sum())
        value = number(result_of(answer, one, other, level))
        if math.isclose(value, right, abs_tol=1e-6):
            continue
        if math.isclose(value, signed, abs_tol=1e-6) or math.isclose(
            value, abs(signed), abs_tol=1e-6
        ):
            return "the tiles cancel: no sign in each tile, then add up (a reshape needs tile, row, tile, column)"
        if level and math.isclose(value, right / n**2, abs_tol=1e-6):
            return "add the tiles up; do not take their mean"
        if math.isclose(value, right * n**2 / one.size, abs_tol=1e-6):
            return "add up the pixels of each tile; do not take their mean"
        if math.isclose(value, float(np.abs(one - other).sum()), abs_tol=1e-6):
            return "that is the difference pixel by pixel; first add up the pixels of a tile"
        where = f"for maps of {rows} x {columns} pixels at level {level}"
        return f"{where} the answer is {right:.3f}, and you give {value:.3f}"


@exercise("21.3", "one number needs few counted images.")
def few_images(answer):
    values = numbers(answer, (2, 8, 64))
    if min(values) < 0:
        return "an absolute error is not negative"
    if max(values) < 0.5:
        return "that is too good; is it the error in cells, on the validation images?"
    if min(values) > 9 or max(values) > 25:
        return "that is too large; are the sums multiplied by the factor before the counts are taken off?"
    two, eight, all_of_them = values
    if two == eight == all_of_them:
        return "the three are the same; is the factor fitted on the drawn images alone?"
    if two < all_of_them - 0.5:
        return (
            "two images cannot be better than 64 on average; are the keys in the right places?"
        )
    if all_of_them > 5:
        return "that is too large for 64 images; are the sums multiplied by the factor?"
    if max(values) > 9:
        return "one of them is too large; is the factor fitted on the drawn images, by the formula of `fitted`?"
