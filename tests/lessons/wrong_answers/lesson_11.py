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


WRONG = {
    "11.1": [
        (0.6, "Jaccard index"),
        (0.857, "each* side"),
        (75, "between 0 and 1"),
        (0.9, "too high"),
        (0.3, "too low"),
        ("three quarters", "give a number"),
    ],
    "11.2": [
        (_index(lambda false, misses, a, b: b * false + a * misses), "alpha goes with"),
        (lambda *arguments: 1 - _index()(*arguments), "that is the loss"),
        (_index(lambda false, misses, a, b: false + misses), "the answer is 0.600"),
        (_index(lambda false, misses, a, b: 0.5 * false + 0.5 * misses), "the answer is 0.429"),
        (_index(empty=0.0), "two empty masks agree"),
        (_index(empty=np.nan), "two empty masks agree"),
        (lambda *arguments: None, "returns None"),
        (0.5, "a function is wanted"),
    ],
    "11.3": [
        ({"Dice": 1.0, "clDice": 1.0}, "widened"),
        ({"Dice": 74, "clDice": 99}, "not per cent"),
        ({"Dice": 0.9, "clDice": 0.7}, "the higher one"),
        ({"Dice": 0.6, "clDice": 0.7}, "near 1"),
        ({"Dice": 0.3, "clDice": 0.95}, "mask by mask"),
        ({"dice": 0.7, "cldice": 0.9}, "keys"),
    ],
}
