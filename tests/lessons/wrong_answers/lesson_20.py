"""Wrong answers to the exercises of lesson 20, and words of the message that each must get."""

import numpy as np


def _softmax(scores):
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def _around_the_mean(scores):
    weights = np.exp(scores - scores.mean())
    return weights / weights.sum()


WRONG = {
    "20.1": [
        (0.6, "counts frames twice"),
        (0.09, "both"),
        (0.49, "both points miss"),
        (51, "not per cent"),
        (-0.2, "between 0 and 1"),
        (0.3, "too low"),
        (0.8, "too high"),
        ("half", "give a number"),
    ],
    "20.2": [
        (lambda scores, patches: np.exp(scores) @ patches, "add up to 1"),
        (lambda scores, patches: patches[scores.argmax()], "largest score"),
        (lambda scores, patches: patches.mean(0), "the answer is"),
        (lambda scores, patches: _softmax(scores), "shape (3,)"),
        (lambda scores, patches: np.exp(scores) / np.exp(scores).sum() @ patches, "overflows"),
        (lambda scores, patches: _around_the_mean(scores) @ patches, "overflows"),
        (lambda scores, patches: _softmax(np.clip(scores, -700, 700)) @ patches, "same weight"),
        (lambda scores, patches: _softmax(-scores) @ patches, "the answer is"),
        (lambda scores, patches: None, "returns None"),
        (0.5, "a function is wanted"),
    ],
    "20.3": [
        ({"random": 94, "blocks": 92}, "not per cent"),
        ({"random": 0.92, "blocks": 0.94}, "right places"),
        ({"random": 0.97, "blocks": 0.94}, "all 512 features"),
        ({"random": 0.9, "blocks": 0.85}, "not the mean AUCs"),
        ({"random": 0.9421, "blocks": 0.9369}, "not the mean AUCs"),  # the eight colours
        ({"random": 0.9378, "blocks": 0.8973}, "not the mean AUCs"),  # C = 0.01
        ({"random": -0.9, "blocks": -0.92}, "between 0 and 1"),
        ({"random": "0.94", "blocks": 0.92}, "give a number"),
        ({"train": 0.94, "blocks": 0.92}, "keys"),
    ],
}
