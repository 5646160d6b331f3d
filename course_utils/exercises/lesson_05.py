"""The checks of lesson 05."""

import math

import numpy as np
from scipy import ndimage

from .. import data as _data
from . import array, exercise, number, numbers, result_of


@exercise(
    "05.1", "3 pixels. A line must fill more than half of the window to survive its median."
)
def narrowest_line(answer):
    value = number(answer)
    if value != int(value) or value < 1:
        return "give a whole number of pixels, 1 or more"
    if value < 3:
        return (
            f"a line of {value:.0f} pixels covers {5 * value:.0f} of the 25 pixels: a minority"
        )
    if value == 13:
        return "13 pixels are the majority of 25, but a line of width w covers 5 w of them"
    if value > 3:
        return "too wide; how many of the 25 pixels does a narrower line cover?"


@exercise("05.2", "dark spots are filled and their depth is left; bright spots give nothing.")
def dark_hat(answer):
    dot = np.full((21, 21), 0.5)
    dot[10, 10] = 0.1
    given = array(result_of(answer, dot, 5))
    if given.shape != dot.shape:
        return f"the result should have the shape of the image, {dot.shape}, not {given.shape}"
    if math.isclose(given[10, 10], -0.4):
        return "the sign is wrong: a dark spot should come out positive"
    if math.isclose(given[10, 10], 0.5) and math.isclose(given[0, 0], 0.5):
        return "that is the filled image; subtract the image from it"
    if math.isclose(given[10, 10], 0, abs_tol=1e-6):
        return "a small dark spot gives 0: is the brightest in a window taken first?"
    rng = np.random.default_rng(0)
    image = ndimage.gaussian_filter(rng.random((30, 40)), 1)
    for window in (3, 7):
        high = ndimage.maximum_filter(image, window, mode="mirror")
        right = ndimage.minimum_filter(high, window, mode="mirror") - image
        given = array(result_of(answer, image, window))
        inner = (slice(window, -window),) * 2
        if not np.allclose(given[inner], right[inner]):
            if given[inner].min() < -1e-6:
                return (
                    f"negative in places with a window of {window}: the filled image is nowhere darker than the "
                    "image; are both filters there, and is the window used in both filters?"
                )
            return (
                f"a single dark dot comes out right, a window of {window} does not; is it a square, and used in both "
                "filters?"
            )


# What the lesson's own network gave over seeds, 3 to 12 epochs and other thresholds of Canny, with some room.
AUCS = {"colour": (0.74, 0.87), "edges": (0.61, 0.73), "outline": (0.68, 0.80)}


@exercise(
    "05.3",
    "three inputs, one network, one order; now read what the outline says about it.",
)
def small_photographs(answer):
    values = dict(zip(AUCS, numbers(answer, tuple(AUCS)), strict=True))
    if max(values.values()) > 1:
        return "an AUC lies between 0 and 1; do not give per cent"
    if min(values.values()) < 0.45:
        return (
            "one is worse than guessing; are the scores those of class 1, and of the same photographs as "
            "the labels?"
        )
    if len(set(values.values())) < 3:
        return "two are equal to the last digit; did the networks get different inputs?"
    if values["colour"] < values["edges"] and "medmnist" not in _data.simulated:
        return "colour came out below the edges; are the two exchanged?"
    if "medmnist" in _data.simulated:  # the ranges are those of the real photographs
        return None
    for name, (low, high) in AUCS.items():
        if not low <= values[name] <= high:
            side = "low" if values[name] < low else "high"
            return (
                f"{name}: {values[name]:.2f} is {side} for this network after six epochs at 3e-3, measured on the 400 "
                "photographs of the test"
            )
