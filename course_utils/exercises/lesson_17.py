"""The checks of lesson 17."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("17.1", "the field says where to look; the error is what is left of the way.")
def landmark(answer):
    value = number(answer)
    if value < 0:
        return "a distance is not negative"
    slips = {
        math.hypot(7, 7): "the field is added to the point, not taken away from it",
        math.hypot(8, 6): "the first number of the field goes down, the second to the right",
        5.0: "that is the error with no registration, or the field's length; add the field first",
        2.0: "that is the sum of both parts; the distance is the root of the sum of squares",
    }
    for wrong, text in slips.items():
        if math.isclose(value, wrong, abs_tol=0.01):
            return text
    if not math.isclose(value, math.sqrt(2), abs_tol=0.02):
        way = "far" if value > math.sqrt(2) else "near"
        return f"too {way}; where does the field send (20, 30), and how far is (24, 27) from there?"


MANY = np.arange(180).reshape(12, 15) % 60


@exercise("17.2", "no grey value is compared with another, so a negative keeps all of it.")
def information(answer):
    from sklearn.metrics import mutual_info_score

    rng = np.random.default_rng(17)
    a = rng.integers(0, 6, (12, 15))
    asked = {
        "an image and a noisy copy": (a, np.where(rng.random(a.shape) < 0.3, 0, a)),
        "an image and itself": (a, a),
        "an image and its negative": (a, 5 - a),
        "an image and a flat one": (a, np.full_like(a, 3)),
        "levels that are far apart": (a, 100 * (a // 2)),
        "images with many levels": (MANY, MANY // 2),
    }
    for text, (one, other) in asked.items():
        right = mutual_info_score(one.ravel(), other.ravel())
        with np.errstate(all="ignore"):
            given = number(result_of(answer, one.copy(), other.copy()), finite=False)
        if math.isnan(given):
            return f"for {text} you give NaN: pairs that never occur are to be left out"
        if right > 0.1 and math.isclose(given, right / math.log(2), rel_tol=1e-3):
            return "that is in bits; with np.log it is in nats"
        if right > 0.1 and math.isclose(given, -right, rel_tol=1e-3):
            return "the sign is turned round: p(i, j) is divided by p(i) p(j)"
        if right > 0.1 and math.isclose(given, right * a.size, rel_tol=1e-3):
            return "divide the table of counts by its sum first"
        if math.isclose(given, right, abs_tol=1e-6):
            continue
        if one is MANY:
            return f"for {text} you give {given:.3f} in place of {right:.3f}: are levels merged into bins?"
        both = np.unique(np.stack([one.ravel(), other.ravel()]), axis=1, return_counts=True)[1]
        together = -(both / a.size * np.log(both / a.size)).sum()
        if right > 0.1 and math.isclose(abs(given), together, rel_tol=1e-3):
            return "that is the entropy of the table: in the logarithm, divide by p(i) p(j)"
        if abs(given - right) < 1e-3:
            return "nearly: if you add a small number to the cells, leave out the empty ones instead"
        return f"for {text} the answer is {right:.3f}, and you give {given:.3f}"


@exercise("17.3", "an affine fit finds the way from near, not from anywhere.")
def capture(answer):
    here, near, far = numbers(answer, (0, 20, 40))
    if max(here, near, far) > 1:
        return "give shares from 0 to 1, not per cent"
    if min(here, near, far) < 0:
        return "a Dice lies between 0 and 1"
    if abs(here - far) < 0.05:
        return "nothing was shifted: the images and lungs stay where they are"
    if far > here:
        return "a longer way should not be easier; are the three in the right places?"
    # real chests give 0.86, 0.38, 0.20 and, before the fit, 0.72, 0.26, 0.29
    if here < 0.76 and near < 0.32:
        return "that is the Dice before the fit; warp the shifted lungs by the field of the fit"
    if min(near, far) > 0.6:
        return "the fixed images stay where they are; shift the moving ones alone"
    if far > 0.32:
        return "the lungs are to be looked up by the same shift as the images"
    if far > near:
        return "shift the images that go into the fit, too, not the lungs alone"
    if near > 0.47 and far < 0.13:
        return "d is the second number of shift, to the right; you shift down"
    if here > 0.8 and 0.41 < near < 0.47:
        return "a positive d looks to the right; is the sign of the shift turned round?"
    real = 0.83 <= here <= 0.89 and 0.31 <= near <= 0.41 and 0.13 <= far <= 0.27
    drawn = 0.68 <= here <= 0.77 and 0.33 <= near <= 0.45 and 0.11 <= far <= 0.23
    if not (real or drawn):
        return "these are not the values of the test pairs; take fit as it is, with NCC"
