"""The checks of lesson 11."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise(
    "11.1", "0.75 for an outline that is one pixel off; thin things are hard on the Dice."
)
def too_wide(answer):
    value = number(answer)
    right = 2 * 300 / (300 + 500)
    if math.isclose(value, 300 / 500, abs_tol=0.005):
        return "that is the Jaccard index, the shared part divided by all that either mask has"
    if math.isclose(value, 2 * 300 / (300 + 400), abs_tol=0.005):
        return "one pixel too wide on *each* side: the mask is 5 pixels wide"
    if not 0 <= value <= 1:
        return "a Dice lies between 0 and 1"
    if not math.isclose(value, right, abs_tol=0.005):
        return f"too {'high' if value > right else 'low'}; twice the shared pixels, divided by the sum of both"


@exercise("11.2", "Dice, Jaccard and all that lies between them, in one formula.")
def index(answer):
    drawn, truth = np.zeros((2, 6, 10), bool)
    drawn[:, 2:6], truth[:, 3:9] = True, True  # 18 hits, 6 false alarms, 18 misses
    empty = np.zeros_like(truth)
    asked = {
        "alpha = beta = 0.5": (drawn, truth, 0.5, 0.5, 18 / 30),
        "alpha = beta = 1": (drawn, truth, 1, 1, 18 / 42),
        "alpha 0.3 and beta 0.7": (drawn, truth, 0.3, 0.7, 18 / (18 + 0.3 * 6 + 0.7 * 18)),
        "two masks that do not meet": (drawn, np.roll(drawn, 5, 1) & ~drawn, 0.5, 0.5, 0.0),
    }
    for text, (a, b, alpha, beta, right) in asked.items():
        given = number(result_of(answer, a, b, alpha, beta))
        if math.isclose(given, 1 - right, abs_tol=1e-6):
            return "that is the loss; the index is 1 for a perfect mask"
        if (
            math.isclose(given, 18 / (18 + beta * 6 + alpha * 18), abs_tol=1e-6)
            and alpha != beta
        ):
            return "alpha goes with the false alarms, beta with the misses"
        if right and math.isclose(given, 19 / (18 / right + 1), abs_tol=1e-6):
            return "the loss adds 1 to the top and the bottom; the index does not"
        if not math.isclose(given, right, abs_tol=1e-6):
            return f"for {text} the answer is {right:.3f}, and you give {given:.3f}"
    with np.errstate(all="ignore"):
        given = number(result_of(answer, empty, empty, 0.5, 0.5), finite=False)
    if given != 1:
        return f"two empty masks agree, so the answer is 1, and you give {given}"


@exercise("11.3", "the coarser the output, the less a perfect answer can be worth.")
def coarse(answer):
    four, eight = numbers(answer, (4, 8))
    if max(four, eight) > 1:
        return "give shares from 0 to 1, not per cent"
    if min(four, eight) < 0:
        return "a Dice lies between 0 and 1"
    if eight >= four:
        return "larger squares should cost more; are the two in the right places?"
    if four > 0.97:
        return "that is hardly coarse at all; are the masks averaged over squares of 4 x 4?"
    if eight < 0.45:
        return "too low for 8 x 8: try every threshold in CUTS, not 0.5 alone"
    # real masks give 0.81 and 0.63, the simulated ones of a computer without network 0.93 and 0.81
    real = 0.795 <= four <= 0.83 and 0.61 <= eight <= 0.65
    drawn = 0.90 <= four <= 0.96 and 0.78 <= eight <= 0.83
    if not (real or drawn):
        return (
            'these are not the values of `vessels`; stretch with mode="bilinear" (no align_corners), take the mean '
            "Dice of the four masks, and the best threshold for each size of square"
        )
