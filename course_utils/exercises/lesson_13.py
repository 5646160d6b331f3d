"""The checks of lesson 13."""

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("13.1", "below 0.92 of its signal, white matter is called gray.")
def factor(answer):
    value = number(answer)
    if abs(value - 0.84 / 0.77) < 0.006:
        return "turned round: the field has to make 0.84 smaller, so the factor is below 1"
    if abs(value - 0.07) < 0.006:
        return "that is the difference; the field multiplies"
    if abs(value - 0.48 / 0.84) < 0.006:
        return "that is where white matter leaves the window at its lower end"
    if abs(value - 92) < 0.7:
        return "give a factor, not per cent"
    if abs(value - 0.07 / 0.84) < 0.004:
        return "that is the part that is lost; the factor is what is left"
    if abs(value - 0.91) < 1e-6:
        return "the next digit is a 6: round up"
    if not abs(value - 0.77 / 0.84) < 0.006:
        return "solve 0.84 times the factor = 0.77"


CASES = (
    (0.7, [0.4, 0.65, 0.85]),
    (0.2, [0.1, 0.9]),
    (0.5, [0.5, 0.6, 0.7]),
    (0.3, [0.8, 0.35, 0.1, 0.6]),
)


@exercise("13.2", "these are the memberships, the central step of fuzzy c-means.")
def membership(answer):
    for value, centres in CASES:
        centres = np.array(centres)
        far = (value - centres) ** 2 + 1e-6
        given = np.asarray(result_of(answer, value, centres.copy()), dtype=float)
        if given.shape != centres.shape:
            return f"give one membership for each centre, not the shape {given.shape}"
        if not np.isfinite(given).all():
            return "a membership is not a finite number; add 1e-6 to the squared distances"
        right = 1 / far / (1 / far).sum()
        for wrong, text in (
            (
                far / far.sum(),
                "the nearer centre must get more, not less: divide 1 by the squared distance",
            ),
            (far**-0.5 / (far**-0.5).sum(), "take the squared distance"),
            (far**-2 / (far**-2).sum(), "square the distance once"),
            (np.eye(len(far))[far.argmin()], "that is k-means: all for the nearest centre"),
        ):
            if np.allclose(given, wrong, rtol=1e-3) and not np.allclose(
                given, right, atol=2e-3
            ):
                return text
        if not np.isclose(given.sum(), 1, atol=2e-3):
            return "the memberships must sum to 1"
        if not np.allclose(given, right, atol=2e-3):
            return f"for the value {value} and centres {centres.tolist()} the memberships are others"


@exercise("13.3", "a neighbour's mask scores high without any look at the image.")
def copies(answer):
    beside, apart = numbers(answer, ("neighbour", "block"))
    if max(beside, apart) > 1:
        return "give numbers from 0 to 1, not per cent"
    if beside > 0.98 or apart > 0.98:
        return "that compares a slice with itself"
    if not beside > apart:
        return "the slice 2 mm above should be more alike; are the two in the right places?"
    if abs(beside - 0.745) < 0.006 or abs(beside - 0.759) < 0.006:
        return "that is a slice 4 mm away; the slices are 2 mm apart, so take slice z + 1"
    if not 0.85 < beside < 0.87:
        return "the neighbour is 2 mm above: slice z + 1"
    if abs(apart - 0.473) < 0.006:
        return "that is the nearest slice of the test; take it from parts['train']"
    if abs(apart - 0.407) < 0.006:
        return "that is the mean over all training slices; take the nearest one for each slice"
    if not abs(apart - 0.5916) < 0.008:
        return "the nearest training slice is 12 mm or more away; does it come from parts['train']?"
