"""Wrong answers to the exercises of lesson 13, and words of the message that each must get."""


def sorted_first(value, centres):
    centres.sort()
    near = 1 / ((value - centres) ** 2 + 1e-6)
    return near / near.sum()


WRONG = {
    "13.1": [
        (1.09, "turned round"),
        (0.07, "multiplies"),
        (0.57, "lower end"),
        (92, "not per cent"),
        (0.08, "what is left"),
        (0.91, "round up"),
        (0.5, "solve 0.84"),
        (0.9, "solve 0.84"),
        ("0.92 of it", "give a number"),
    ],
    "13.2": [
        (lambda v, c: (v - c) ** 2 / ((v - c) ** 2).sum(), "divide 1 by"),
        (lambda v, c: 1 / ((v - c) ** 2 + 1e-6), "sum to 1"),
        (lambda v, c: 1e-6 / ((v - c) ** 2 + 1e-6), "sum to 1"),
        (lambda v, c: (1 / abs(v - c)) / (1 / abs(v - c)).sum(), "squared distance"),
        (lambda v, c: (v - c) ** -4.0 / ((v - c) ** -4.0).sum(), "square the distance once"),
        (lambda v, c: abs(v - c) == abs(v - c).min(), "k-means"),
        (lambda v, c: (v - c) ** -2.0 / ((v - c) ** -2.0).sum(), "add 1e-6"),
        (lambda v, c: 0.5, "one membership for each centre"),
        (lambda v, c: c / c.sum(), "memberships are others"),
        (sorted_first, "memberships are others"),
        (lambda v, c: None, "returns None"),
        (0.7, "a function is wanted"),
    ],
    "13.3": [
        ({"neighbour": 1.0, "block": 0.5}, "with itself"),
        ({"neighbour": 85, "block": 50}, "not per cent"),
        ({"neighbour": 0.59, "block": 0.86}, "right places"),
        ({"neighbour": 0.745, "block": 0.59}, "4 mm"),
        ({"neighbour": 0.76, "block": 0.59}, "4 mm"),
        ({"neighbour": 0.65, "block": 0.59}, "slice z + 1"),
        ({"neighbour": 0.86, "block": 0.75}, "12 mm"),
        ({"neighbour": 0.86, "block": 0.47}, "of the test"),
        ({"neighbour": 0.86, "block": 0.41}, "mean over all"),
        ({"near": 0.86, "far": 0.59}, "keys"),
    ],
}
