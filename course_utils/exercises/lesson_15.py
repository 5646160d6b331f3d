"""The checks of lesson 15."""

import math

import numpy as np

from . import NotYet, array, exercise, number, numbers, result_of


@exercise(
    "15.1",
    "a perfect detector, and the count calls three marks in four slices false positives.",
)
def false_positives(answer):
    value = number(answer)
    right = 150 / 200
    if math.isclose(value, 0, abs_tol=0.005):
        return "none is false in truth; the reader counts those that hit no bookmark"
    if math.isclose(value, 150, abs_tol=0.5):
        return "that is their number on all slices; divide by the slices"
    if math.isclose(value, 300 / 200, abs_tol=0.005):
        return "that counts every mark; half of them hit a bookmark"
    if math.isclose(value, 0.5, abs_tol=0.005):
        return "that is the share of the marks; how many are it a slice?"
    if value < 0:
        return "a count is not negative"
    if not math.isclose(value, right, abs_tol=0.005):
        return f"too {'high' if value > right else 'low'}; how many marks hit no bookmark, and on how many slices?"


@exercise("15.2", "minus 32768 first, in numbers that can be negative; then the window.")
def stored_to_grey(answer):
    stored = np.array([[0, 31768, 32268, 32768], [32868, 32968, 33168, 65535]], np.uint16)
    low, high = -500, 400
    right = np.round(np.clip((stored - 32768.0 - low) / (high - low), 0, 1) * 255)
    given = result_of(answer, stored.copy(), low, high)
    values = array(given)
    if values.shape != stored.shape:
        return f"the picture came in as {stored.shape} and leaves as {values.shape}"
    wrapped = (stored - np.uint16(32768)).astype(float)
    wrapped = np.round(np.clip((wrapped - low) / (high - low), 0, 1) * 255)
    if np.allclose(values, wrapped, atol=1):
        return (
            "16-bit numbers without a sign cannot be negative: 31768 - 32768 wraps round to 64536. "
            "Make them float first"
        )
    forgotten = np.round(np.clip((stored.astype(float) - low) / (high - low), 0, 1) * 255)
    if np.allclose(values, forgotten, atol=1):
        return "everything from air upwards is white: the offset of 32768 is still in"
    if values.max() <= 1 and values.min() >= 0:
        return "greys run from 0 to 255, and yours from 0 to 1"
    if values.max() > 255 or values.min() < 0:
        return "below the window is black (0), above it white (255): clip the values"
    if not np.allclose(values, right, atol=1.01):
        row, column = np.unravel_index(np.abs(values - right).argmax(), right.shape)
        return (
            f"stored {stored[row, column]} in the window {low} to {high} HU is grey "
            f"{right[row, column]:.0f}, and you give {values[row, column]:.0f}"
        )
    if np.asarray(given).dtype != np.uint8:
        raise NotYet("the values are right; give them as uint8")


@exercise("15.3", "the fewer lesions carry a bookmark, the worse the same marks look.")
def shares(answer):
    quarter, most = numbers(answer, (0.25, 0.75))
    if max(quarter, most) > 1:
        return "give shares from 0 to 1, not per cent"
    if min(quarter, most) < 0:
        return "a sensitivity lies between 0 and 1"
    if quarter >= most:
        return (
            "with fewer bookmarks the count should be worse; are the two in the right places?"
        )
    # 0.49 and 0.88 with the lesson's own seeds
    for share, value, low, high in ((0.25, quarter, 0.3, 0.63), (0.75, most, 0.8, 0.97)):
        if not low <= value <= high:
            return (
                f"{value:.2f} for a share of {share} is too {'low' if value < low else 'high'}: count the "
                "three-slice marks (20 mm) at 0.5 false positives a slice, and take the mean of the draws"
            )
