"""The checks of lesson 04."""

import math

import numpy as np

from .. import data as _data
from . import array, exercise, number, numbers, result_of


@exercise("04.1", "1124 is 100 HU, 0.65 of the way through the window: grey value 166.")
def grey_value(answer):
    value = number(answer)
    if math.isclose(value, 255):
        return "that is white: 1124 is the stored number, not yet HU; the intercept is -1024"
    if math.isclose(value, 100, abs_tol=0.5):
        return "100 is the HU; now put it through the window"
    if math.isclose(value, 0.65, abs_tol=0.01):
        return "0.65 of the way through the window is right; give a grey value from 0 to 255"
    if abs(value - 38.25) < 1:
        return "60 / 400 is how far it lies above the centre; the centre itself is at one half"
    if not 0 <= value <= 255:
        return "a grey value lies between 0 and 255"
    if not 165 <= value <= 166.5:
        return f"too {'bright' if value > 166 else 'dark'}; HU first, then (HU - centre) / width + 0.5"


@exercise("04.2", "the part keeps its place in the body, also where the scan is tilted.")
def crop_affine(answer):
    straight = np.array([[0.8, 0, 0, -100], [0, 0.8, 0, -120], [0, 0, 5, 30], [0, 0, 0, 1.0]])
    tilted = np.array([[0, -2.0, 0, 5], [0.9, 0, 0.3, 6], [-0.3, 0, 0.9, 7], [0, 0, 0, 1]])
    for affine, first in ((straight, (0, 0, 0)), (straight, (10, 20, 3)), (tilted, (4, 5, 6))):
        kept = affine.copy()
        new = result_of(answer, affine, first)
        if not np.array_equal(affine, kept):
            return "the old affine was changed; work on a copy, np.array(affine)"
        new = array(new)
        if new.shape != (4, 4):
            return f"an affine has 4 x 4 numbers, yours has shape {new.shape}"
        if not np.allclose(new[:3, :3], affine[:3, :3]) or not np.allclose(new[3], affine[3]):
            return "only the last column should change: directions and spacing stay"
        right = affine[:3, :3] @ first + affine[:3, 3]
        if np.allclose(new[:3, 3], right):
            continue
        if np.allclose(new[:3, 3], affine[:3, 3] + first):
            return "you moved the corner by voxels; it must move by mm, voxels times the affine"
        if np.allclose(new[:3, 3], 2 * affine[:3, 3] - right):
            return "the corner moves the other way: where does voxel `first` of the whole lie?"
        if affine is tilted:
            return "right for a straight scan, not for a tilted one; use all nine numbers, as to_world does"
        return f"for first = {first} the corner should lie at {right}, yours is at {new[:3, 3]}"


# error in the spleen of slice 13, soft tissue window, and what other measures of it give
JPEG = {10: 17.1, 50: 10.9, 75: 8.5, 95: 3.0}
OTHER = {
    "the mean of the absolute differences; wanted is the root of the mean square": (13.5, 8.7, 6.8, 2.3),
    "the whole slice; wanted are the pixels of the spleen, [spleen[13]]": (90.4, 89.0, 88.6, 88.1),
    "grey values; wanted are HU, which `trip` gives back": (10.9, 6.9, 5.4, 1.9),
    "the window of all HU; wanted is the soft tissue window, *soft": (36.3, 19.7, 17.5, 12.3),
}  # fmt: skip


@exercise("04.3", "the error falls with the quality, and even at 95 it is 3 HU.")
def jpeg_errors(answer):
    errors = numbers(answer, tuple(JPEG))
    if min(errors) < 0:
        return "an error is a number of HU, 0 or more"
    if np.allclose(errors, list(JPEG.values()), rtol=0.08, atol=0.1):
        return None
    for what, values in OTHER.items():
        if np.allclose(errors, values, rtol=0.05, atol=0.1):
            return f"that is {what}"
    if errors[-1] < 0.1:
        return "quality 95 loses something; did you compare with what came out of the file?"
    if not errors[0] > errors[1] > errors[2] > errors[3]:
        return (
            "the error should fall as the quality rises; do the keys belong to the qualities?"
        )
    if "nifti_samples" in _data.simulated:  # the numbers are those of the real scan
        return None
    if np.allclose(np.sqrt(errors), list(JPEG.values()), rtol=0.08, atol=0.1):
        return "that is the mean square; take its root"
    wrong = [
        f"{q}: {e:.4g}"
        for (q, right), e in zip(JPEG.items(), errors, strict=True)
        if not math.isclose(e, right, rel_tol=0.08, abs_tol=0.1)
    ]
    return (
        f"not all of these are errors of slice 13 in the soft tissue window: {', '.join(wrong)}"
    )
