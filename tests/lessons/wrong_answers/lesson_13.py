"""Wrong answers to the exercises of lesson 13, and words of the message that each must get."""

WRONG = {
    "13.1": [
        (1.09, "turned round"),
        (0.07, "multiplies"),
        (0.57, "lower end"),
        (92, "not per cent"),
        (0.5, "solve 0.84"),
        ("0.92 of it", "give a number"),
    ],
    "13.2": [
        (lambda v, c: (v - c) ** 2 / ((v - c) ** 2).sum(), "turn the distance over"),
        (lambda v, c: 1 / ((v - c) ** 2 + 1e-6), "sum to 1"),
        (lambda v, c: (1 / abs(v - c)) / (1 / abs(v - c)).sum(), "squared distance"),
        (lambda v, c: 0.5, "one share for each centre"),
        (lambda v, c: c / c.sum(), "the shares are others"),
        (lambda v, c: None, "returns None"),
        (0.7, "a function is wanted"),
    ],
    "13.3": [
        ({"neighbour": 1.0, "block": 0.5}, "with itself"),
        ({"neighbour": 85, "block": 50}, "not per cent"),
        ({"neighbour": 0.5, "block": 0.85}, "right places"),
        ({"neighbour": 0.6, "block": 0.5}, "slice z + 1"),
        ({"neighbour": 0.85, "block": 0.75}, "12 mm"),
        ({"near": 0.85, "far": 0.5}, "keys"),
    ],
}
