"""The checks of lesson 07."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("07.1", "0.88. Thirty clean films still leave room for one error in nine.")
def thirty_of_thirty(answer):
    value, right = number(answer), 0.025 ** (1 / 30)
    if 1 < value <= 100:
        return "give a share from 0 to 1, not per cent"
    if not 0 <= value <= 1:
        return "an accuracy lies between 0 and 1"
    if math.isclose(value, 0.025 ** (1 / 10), abs_tol=0.005):
        return "that is the answer for ten films; there are thirty here"
    if math.isclose(value, 0.05 ** (1 / 30), abs_tol=0.005):
        return "95 % confidence leaves 2.5 % at each end, so the chance to use is 0.025"
    if not math.isclose(value, right, abs_tol=0.005):
        return f"too {'high' if value > right else 'low'}; which accuracy, to the power of 30, gives 0.025?"


@exercise("07.2", "first ones kept, doubles dropped, shapes respected.")
def without_doubles(answer):
    a, b = np.zeros((2, 8), np.uint8), np.ones((4, 4), np.uint8)
    cases = [
        ([a, b], [0, 1], "two different images must both stay"),
        (
            [a, a.copy()],
            [0],
            "of two equal images keep the first, also when they are two arrays with equal content",
        ),
        ([a, b, a.copy()], [0, 1], "a double may stand anywhere, not only next to its twin"),
        (
            [a, a.reshape(4, 4)],
            [0, 1],
            "images of different shape are different, even if their bytes agree",
        ),
        ([], [], "an empty list has nothing to keep"),
    ]
    for images, right, text in cases:
        given = [int(i) for i in result_of(answer, images)]
        if given != right:
            return f"{text}. For {len(images)} test images you keep {given}; right is {right}"


@exercise("07.3", "half a film is enough; the head does not need both lungs.")
def halves(answer):
    values = numbers(answer, ("left half black", "right half black"))
    if any(v > 1 for v in values):
        return "give shares from 0 to 1, not per cent"
    if any(v < 0.7 for v in values):
        return "that is lower than half a film should give; are the films blackened on one side only?"
