"""Wrong answers to the exercises of lesson 16, and words of the message that each must get."""

import numpy as np


def _gap(inner=np.vdot, absolute=abs, divide=True, second=None):
    def gap(forward, back, x, y):
        there = forward(x)
        given = absolute(inner(there, y) - (second or inner)(x, back(y)))
        size = np.linalg.norm(there.ravel()) * np.linalg.norm(y.ravel())
        return given / size if divide else given

    return gap


WRONG = {
    "16.1": [
        (30, "against the range"),
        (30 + 20 * np.log10(2.55), "right way up"),
        (30 - 10 * np.log10(2.55), "20 times the logarithm"),
        (30 - 20 * np.log(2.55), "base 10"),
        (22, "one decimal"),
        (12, "too low"),
        (25, "too high"),
        ("21.9 dB", "give a number"),
    ],
    "16.2": [
        (_gap(inner=lambda a, b: (a.ravel() * b.ravel()).sum()), "conjugated"),
        (_gap(divide=False), "too strong"),
        (_gap(absolute=np.real), "absolute value"),
        (lambda forward, back, x, y: 0.0, "too strong"),
        (lambda forward, back, x, y: np.abs(forward(x) - y).max(), "the gap is 0.000"),
        (lambda *arguments: None, "returns None"),
        (0.0, "a function is wanted"),
    ],
    "16.3": [
        ({55: 15, 110: 26}, "not per cent"),
        ({55: 0.26, 110: 0.15}, "right places"),
        ({55: 0.26, 110: 0.415}, "220 slices"),
        ({55: 0.15, 110: 0.36}, "mean shares"),
        ({55: 0.66, 110: 0.66}, "mean shares"),
        ({"55": 0.15, "110": 0.26}, "keys"),
        ({55: "0.15", 110: 0.26}, "give a number"),
    ],
}
