"""Wrong answers to the exercises of lesson 17, and words of the message that each must get."""

import numpy as np


def _information(log=np.log, sign=1, counts=False, all_cells=False, divided=True):
    def mutual_information(a, b):
        i, j = (np.unique(np.ravel(m), return_inverse=True)[1] for m in (a, b))
        joint = np.zeros((i.max() + 1, j.max() + 1))
        np.add.at(joint, (i, j), 1 / len(i))
        alone = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
        alone = alone if divided else np.ones_like(joint)
        there = joint >= 0 if all_cells else joint > 0
        value = sign * (joint[there] * log(joint[there] / alone[there])).sum()
        return value * len(i) if counts else value

    return mutual_information


def _in_ten_bins(a, b):
    joint = np.histogram2d(np.ravel(a), np.ravel(b))[0] / np.size(a)
    alone = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    return (joint[joint > 0] * np.log(joint[joint > 0] / alone[joint > 0])).sum()


WRONG = {
    "17.1": [
        (9.9, "added to the point"),
        (10, "goes down"),
        (5, "no registration"),
        (2, "sum of both"),
        (-1.41, "not negative"),
        (7, "too far"),
        (0.5, "too near"),
        ("1.41", "give a number"),
        ((1, 1), "give a number"),
    ],
    "17.2": [
        (_information(np.log2), "in bits"),
        (_information(sign=-1), "sign"),
        (_information(counts=True), "divide the table"),
        (_information(all_cells=True), "NaN"),
        (_in_ten_bins, "merged into bins"),
        (_information(divided=False), "divide by p(i) p(j)"),
        (_information(divided=False, sign=-1), "divide by p(i) p(j)"),
        (_information(log=lambda ratio: np.log(ratio + 1e-4)), "leave out the empty ones"),
        (lambda a, b: np.corrcoef(np.ravel(a), np.ravel(b))[0, 1], "the answer is"),
        (lambda a, b: 0.0, "the answer is"),
        (lambda a, b: "0.4", "give a number"),
        (lambda a, b: None, "returns None"),
        (0.4, "a function is wanted"),
    ],
    "17.3": [
        ({0: 86, 20: 38, 40: 16}, "not per cent"),
        ({0: -0.1, 20: 0.3, 40: 0.2}, "between 0 and 1"),
        ({0: 0.16, 20: 0.38, 40: 0.86}, "right places"),
        ({0: 0.721, 20: 0.26, 40: 0.289}, "before the fit"),
        ({0: 0.86, 20: 0.414, 40: 0.419}, "the same shift as the images"),
        ({0: 0.86, 20: 0.231, 40: 0.3}, "not the lungs alone"),
        ({0: 0.95, 20: 0.38, 40: 0.2}, "test pairs"),
        ({0: 0.86, 20: 0.864, 40: 0.781}, "the moving ones alone"),
        ({0: 0.86, 20: 0.431, 40: 0.213}, "sign of the shift"),
        ({0: 0.86, 20: 0.518, 40: 0.106}, "you shift down"),
        ({0: 0.86, 20: 0.86, 40: 0.86}, "stay where they are"),
        ({"0": 0.86, "20": 0.38, "40": 0.16}, "keys"),
        ({0: "0.86", 20: 0.38, 40: 0.16}, "give a number"),
    ],
}
