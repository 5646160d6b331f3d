"""Wrong answers to the exercises of lesson 11, and words of the message that each must get."""

import numpy as np


def _index(
    alpha_with=lambda false, misses, alpha, beta: alpha * false + beta * misses, empty=1.0
):
    def tversky(drawn, truth, alpha, beta):
        hits = (drawn & truth).sum()
        false, misses = (drawn & ~truth).sum(), (truth & ~drawn).sum()
        bottom = hits + alpha_with(false, misses, alpha, beta)
        return hits / bottom if bottom else empty

    return tversky


def smoothed(drawn, truth, alpha, beta):
    hits = (drawn & truth).sum()
    return (hits + 1) / (
        hits + alpha * (drawn & ~truth).sum() + beta * (truth & ~drawn).sum() + 1
    )


WRONG = {
    "11.1": [
        (0.6, "Jaccard index"),
        (0.857, "each* side"),
        (75, "between 0 and 1"),
        (-0.75, "between 0 and 1"),
        (0.67, "too low"),
        (0.9, "too high"),
        (0.3, "too low"),
        ("three quarters", "give a number"),
    ],
    "11.2": [
        (_index(lambda false, misses, a, b: b * false + a * misses), "alpha goes with"),
        (lambda *arguments: 1 - _index()(*arguments), "that is the loss"),
        (_index(lambda false, misses, a, b: false + misses), "the answer is 0.600"),
        (_index(lambda false, misses, a, b: 0.5 * false + 0.5 * misses), "the answer is 0.429"),
        (smoothed, "the index does not"),
        (_index(empty=0.0), "two empty masks agree"),
        (_index(empty=np.nan), "two empty masks agree"),
        (lambda *arguments: None, "returns None"),
        (0.5, "a function is wanted"),
    ],
    "11.3": [
        ({4: 81, 8: 63}, "not per cent"),
        ({4: 0.63, 8: 0.81}, "right places"),
        ({4: 1.0, 8: 0.9}, "hardly coarse"),
        ({4: 0.78, 8: 0.39}, "every threshold"),  # both at 0.5
        ({4: 0.736, 8: 0.587}, "bilinear"),  # nearest neighbours
        ({4: 0.785, 8: 0.611}, "align_corners"),
        ({4: 0.834, 8: 0.644}, "values of `vessels`"),  # the membranes
        ({4: -0.8, 8: -0.9}, "between 0 and 1"),
        ({"4": 0.81, "8": 0.63}, "keys"),
        ({4: "0.81", 8: 0.63}, "give a number"),
    ],
}
