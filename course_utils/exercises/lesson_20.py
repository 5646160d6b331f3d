"""The checks of lesson 20."""

import math

import numpy as np

from . import array, exercise, number, numbers, result_of


@exercise(
    "20.1", "two guesses hit in half of the frames; count the points before you count hits."
)
def two_points(answer):
    value = number(answer)
    if math.isclose(value, 51, abs_tol=0.5):
        return "give a share from 0 to 1, not per cent"
    if not 0 <= value <= 1:
        return "a share lies between 0 and 1"
    if math.isclose(value, 0.6, abs_tol=0.005):
        return "adding 0.3 and 0.3 counts frames twice in which both points hit"
    if math.isclose(value, 0.09, abs_tol=0.005):
        return "that is the share in which *both* points hit; one is enough"
    if math.isclose(value, 0.49, abs_tol=0.005):
        return "that is the share in which both points miss; what is left?"
    if not math.isclose(value, 0.51, abs_tol=0.005):
        return f"too {'high' if value > 0.51 else 'low'}; how often do both points miss?"


@exercise("20.2", "softmax and a weighted sum: that is all attention is.")
def attend(answer):
    draw = np.random.default_rng(20)
    scores, patches = draw.normal(0, 2, 6), draw.normal(0, 1, (6, 3))
    right = np.exp(scores) / np.exp(scores).sum()
    asked = {
        "six patches": (scores, patches, right @ patches),
        "equal scores": (np.zeros(4), np.eye(4), np.full(4, 0.25)),
        "one patch": (np.array([3.0]), np.array([[2.0, 5.0]]), np.array([2.0, 5.0])),
    }
    for text, (s, p, wanted) in asked.items():
        with np.errstate(all="ignore"):
            given = array(result_of(answer, s.copy(), p.copy()))
        if given.shape != wanted.shape:
            return (
                f"for {text} an array of shape {wanted.shape} is wanted, yours is {given.shape}"
            )
        if text == "six patches" and np.allclose(given, np.exp(scores) @ patches):
            return "your weights do not add up to 1; divide by their sum"
        if text == "six patches" and np.allclose(given, patches[scores.argmax()]):
            return "that is the patch with the largest score; attention mixes all of them"
        if not np.allclose(given, wanted):
            return f"for {text} the answer is {np.round(wanted, 2)}, and you give {np.round(given, 2)}"
    one = np.array([1000.0, -1000.0, -1000.0, -1000.0])
    with np.errstate(all="ignore"):
        given = np.asarray(result_of(answer, one, np.eye(4)), float)
    overflow = (
        "for scores as large as 1000 the exponential overflows; subtract the largest first"
    )
    if not np.allclose(given, [1, 0, 0, 0]):
        return overflow
    large = np.array([1000.0, 1000.0, 998.0, -1000.0])
    with np.errstate(all="ignore"):
        given = np.asarray(result_of(answer, large, np.eye(4)), float)
    if np.isfinite(given).all() and np.allclose(given[:3], given[0]):
        return (
            "scores of 1000 and 998 get the same weight; subtract the largest, cut nothing off"
        )
    if not np.allclose(given, [0.468311, 0.468311, 0.063379, 0], atol=1e-5):
        return overflow


@exercise(
    "20.3",
    "fewer features, less to lose by blocks in these draws, and less known to start with.",
)
def eight_components(answer):
    random, blocks = numbers(answer, ("random", "blocks"))
    if max(random, blocks) > 1:
        return "give AUCs from 0 to 1, not per cent"
    if min(random, blocks) < 0:
        return "an AUC lies between 0 and 1"
    if blocks > random:
        return "by blocks it should be harder; are the two in the right places?"
    if random > 0.96:
        return "that is near the value of all 512 features; keep 8 components"
    # real frames give 0.94 and 0.92, the simulated ones of a computer without network 0.75 and 0.66
    real = 0.9395 <= random <= 0.946 and 0.912 <= blocks <= 0.93
    drawn = 0.72 <= random <= 0.78 and 0.62 <= blocks <= 0.70
    if not (real or drawn):
        return (
            "these are not the mean AUCs of 8 components of `unit`; take C = 1 in test_auc, five draws and "
            "five parts each"
        )
