"""Wrong answers to the exercises of lesson 08, and words of the message that each must get."""

import math

PLAIN, RESIDUAL = 16 * math.log10(0.2), 8 * math.log10(0.96)

WRONG = {
    "08.1": [
        ({"plain": 0.2**16, "residual": 0.96**8}, "power of ten"),
        ({"plain": PLAIN, "residual": 0.96**8}, "power of ten"),
        ({"plain": -PLAIN, "residual": RESIDUAL}, "below 0"),
        ({"plain": 16 * math.log10(0.8), "residual": RESIDUAL}, "16 factors of size 0.2"),
        ({"plain": 8 * math.log10(0.2), "residual": RESIDUAL}, "16 factors of size 0.2"),
        ({"plain": PLAIN, "residual": 16 * math.log10(1.2)}, "in eight blocks"),
        ({"plain": PLAIN, "residual": 0}, "not 1"),
        ({"plain": 16 * math.log(0.2), "residual": 8 * math.log(0.96)}, "natural logarithm"),
        ({"plain": -11, "residual": RESIDUAL}, "two decimals"),
        ({"plain": PLAIN, "residual": -0.1}, "two decimals"),
        ({"plain": PLAIN, "residual": -RESIDUAL}, "the sign"),
        ({"plain": PLAIN, "residual": -1.5}, "slope of F plus 1"),
        ({"plain": PLAIN}, "keys"),
        ({"plain": "tiny", "residual": RESIDUAL}, "give a number"),
        (-11.2, "dictionary"),
    ],
    "08.2": [
        (lambda v, h, W, b, c: v @ b + h @ c + v @ W @ h, "have a minus"),
        (lambda v, h, W, b, c: -(v @ W @ h), "biases b and c are missing"),
        (lambda v, h, W, b, c: -(v @ b) - h @ c, "weights between v and h"),
        (lambda v, h, W, b, c: 1 - v @ W @ h, "energy is 0"),
        (lambda v, h, W, b, c: -(v @ b) + h @ c - v @ W @ h, "for a test machine"),
        (lambda v, h, W, b, c: None, "returns None"),
        (3, "a function is wanted"),
    ],
    "08.3": [
        ({"usual": 0.95, "identity": 0.97}, "looks like an AUC"),
        ({"usual": 0.12, "identity": 0.1}, "the lesson's table"),
        ({"usual": 0.3, "identity": 0.13}, "residual network"),
        ({"usual": 0.3, "identity": 0.3}, "were the weights changed"),
        ({"usual": 0.25, "identity": 0.5}, "too high"),
        ({"usual": 30, "identity": 20}, "between 0 and 1"),
        ({"usual": 0.3}, "keys"),
        (0.3, "dictionary"),
    ],
}
