"""Wrong answers to the exercises of lesson 19, and words of the message that each must get."""

import numpy as np


def floor(rate):
    return int(np.log(0.05) / np.log(1 - rate))


def not_whole(rate):
    return np.log(0.05) / np.log(1 - rate)


def float_of_it(rate):
    return float(np.ceil(np.log(0.05) / np.log(1 - rate)))


WRONG = {
    "19.1": [
        (0.05, "that is the rate"),
        (100, "a share of the cancers"),
        (3, "the rate in the test"),
        (0, "what that still allows"),
        (9.74, "exact formula"),
        (6, "too low"),
        (15, "too high"),
        ("ten", "give a number"),
    ],
    "19.2": [
        (floor, "round up"),
        (not_whole, "no whole number"),
        (lambda rate: int(np.ceil(3 / rate)), "rule of three"),
        (lambda rate: int(np.log(0.05) / -np.log(1 - rate)), "negative"),
        (lambda rate: int(np.ceil(np.log(0.025) / np.log(1 - rate))), "needs 29 cancers"),
        (float_of_it, "by int"),
        (lambda rate: None, "returns None"),
        (299, "a function is wanted"),
    ],
    "19.3": [
        ({"inside": 0.67, "around": 0.33}, "worse than chance"),
        ({"inside": 67, "around": 66}, "between 0 and 1"),
        ({"inside": 0.62, "around": 0.62}, "is part of each picture black"),
        ({"inside": 0.83, "around": 0.66}, "values of the lesson"),
        ({"in": 0.67, "out": 0.66}, "keys"),
        ({"inside": "0.67", "around": 0.66}, "give a number"),
    ],
}
