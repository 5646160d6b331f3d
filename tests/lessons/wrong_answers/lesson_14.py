"""Wrong answers to the exercises of lesson 14, and words of the message that each must get."""

import numpy as np


def _two(sensitivity, false):
    return {"sensitivity": sensitivity, "false marks": false}


def _best(hits=("hit",), below=lambda lesions, images: lesions, together=True):
    def best_sensitivity(score, kind, lesions, images, most):
        order = np.argsort(-score, kind="stable")
        if not together:
            order = order[np.lexsort((kind[order] == "false", -score[order]))]
        score, kind, best = score[order], kind[order], 0.0
        for k in range(len(score)):
            kept = kind[score >= score[k]] if together else kind[: k + 1]
            if (kept == "false").sum() / images <= most:
                best = max(best, np.isin(kept, hits).sum() / below(lesions, images))
        return best

    return best_sensitivity


def _from_below(score, kind, lesions, images, most):
    return _best()(-score, kind, lesions, images, most)


def _one_by_one(score, kind, lesions, images, most):
    order = np.argsort(-score, kind="stable")
    false = np.cumsum(kind[order] == "false") / images
    return (kind[order][false <= most] == "hit").sum() / lesions


WRONG = {
    "14.1": [
        (_two(0.9, 0.075), "hit twice counts once"),
        (_two(80, 0.075), "not in per cent"),
        (_two(40 / 60, 0.075), "share of the marks"),
        (_two(0.5, 0.075), "too low"),
        (_two(0.95, 0.075), "too high"),
        (_two(0.8, 0.1), "no false mark"),
        (_two(0.8, 15), "200 films"),
        (_two(0.8, 0.25), "by the films"),
        (_two(0.8, 0.02), "too few"),
        (_two(0.8, 0.08), "three digits"),
        (_two("four fifths", 0.075), "give a number"),
        (0.8, "keys"),
    ],
    "14.2": [
        (_best(together=False), "come in together"),
        (_best(below=lambda lesions, images: images), "not by the images"),
        (_best(below=lambda lesions, images: 1), "between 0 and 1"),
        (_best(hits=("hit", "again")), "is no hit"),
        (_from_below, "not those below"),
        (_one_by_one, "come in together"),
        (lambda *arguments: 0.0, "the answer is 0.20"),
        (lambda *arguments: None, "returns None"),
        (0.8, "a function is wanted"),
    ],
    "14.3": [
        ({0.1: 56, 0.5: 30}, "not per cent"),
        ({0.1: 0.3, 0.5: 0.56}, "right places"),
        ({0.1: 0.6, 0.5: 0.6}, "both are equal"),
        ({0.1: -0.1, 0.5: -0.3}, "between 0 and 1"),
        ({0.1: 0.95, 0.5: 0.9}, "not the values"),
        ({"0.1": 0.56, "0.5": 0.3}, "keys"),
        ({0.1: "0.56", 0.5: 0.3}, "give a number"),
    ],
}
