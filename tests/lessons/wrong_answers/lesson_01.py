"""Wrong answers to the exercises of lesson 01, and words of the message that each must get."""

from itertools import combinations, product


def share_equal(a, b):
    return sum(x == y for x, y in zip(a, b, strict=True)) / len(a)


def together_only(a, b):
    pairs = list(combinations(range(len(a)), 2))
    return sum(a[i] == a[j] and b[i] == b[j] for i, j in pairs) / len(pairs)


def with_itself(a, b):
    pairs = list(product(range(len(a)), repeat=2))
    return sum((a[i] == a[j]) == (b[i] == b[j]) for i, j in pairs) / len(pairs)


WRONG = {
    "01.1": [
        (2.8, "half of the way"),
        (1.75, "discount"),
        (1.9, "subtract the old entry"),
        (0.75, "what the next cell promises"),
        (3.0, "too high"),
        ("up", "give a number"),
    ],
    "01.2": [
        (share_equal, "names of the groups mean nothing"),
        (together_only, "agree on every pair"),
        (with_itself, "each once"),
        (lambda a, b: None, "returns None"),
    ],
    "01.3": [
        ({"closer": 22, "arrival": 22}, "did your `step` replace"),
        ({"closer": 190, "arrival": 140}, "does not fit"),
        ({"closer": 22, "arrival": 200}, "does not fit"),
        ({"a": 1}, "keys"),
    ],
}
