"""Wrong answers to the exercises of lesson 04, and words of the message that each must get."""

import numpy as np


def by_voxels(affine, first):
    new = np.array(affine, float)
    new[:3, 3] += first
    return new


def backwards(affine, first):
    new = np.array(affine, float)
    new[:3, 3] -= new[:3, :3] @ first
    return new


def diagonal_only(affine, first):
    new = np.array(affine, float)
    new[:3, 3] += np.diag(new)[:3] * first
    return new


def in_place(affine, first):
    affine[:3, 3] += affine[:3, :3] @ first
    return affine


WRONG = {
    "04.1": [
        (255, "not yet HU"),
        (100, "through the window"),
        (0.65, "from 0 to 255"),
        (38, "one half"),
        (120, "too dark"),
        (300, "between 0 and 255"),
        ("166", "give a number, not the text"),
    ],
    "04.2": [
        (by_voxels, "by mm"),
        (backwards, "other way"),
        (diagonal_only, "tilted"),
        (in_place, "copy"),
        (lambda affine, first: np.asarray(first), "4 x 4"),
        (lambda affine, first: np.eye(4), "only the last column"),
    ],
    "04.3": [
        ({10: 1, 50: 2, 75: 3, 95: 4}, "fall"),
        ({10: 90.4, 50: 89.0, 75: 88.6, 95: 88.1}, "whole slice"),
        ({10: 13.5, 50: 8.67, 75: 6.8, 95: 2.33}, "absolute"),
        ({10: 10.9, 50: 6.95, 75: 5.44, 95: 1.88}, "grey values"),
        ({10: 36.3, 50: 19.65, 75: 17.46, 95: 12.29}, "soft tissue window"),
        ({10: 291.7, 50: 118.8, 75: 72.7, 95: 8.73}, "root"),
        ({10: 17.08, 50: 10.9, 75: 8.53, 95: 2.2}, "95: 2.2"),
        ({10: 400, 50: 300, 75: 200, 95: 100}, "not all"),
        ({10: 20, 50: 10, 75: 8, 95: 0}, "loses something"),
        ({10: -17, 50: 10, 75: 8, 95: 3}, "0 or more"),
        ({10: 20}, "keys"),
        ([20, 10, 8, 3], "dictionary"),
        ({10: "17", 50: 10, 75: 8, 95: 3}, "give a number, not the text"),
    ],
}
