"""Wrong answers to the exercises of lesson 01, and words of the message that each must get."""

from itertools import combinations, product

from sklearn.metrics import adjusted_rand_score


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
        (1.7, "two decimals"),
        (1.6, "two decimals"),
        ("up", "give a number, not a text"),
        ("1.65", "give a number, not a text"),
    ],
    "01.2": [
        (share_equal, "names of the groups mean nothing"),
        (together_only, "agree on every pair"),
        (with_itself, "each once"),
        (adjusted_rand_score, "count pairs"),
        (lambda a, b: None, "returns None"),
    ],
    "01.3": [
        ({"closer": 22, "arrival": 22}, "did your `step` replace"),
        ({"closer": 132, "arrival": 24}, "swapped"),
        ({"closer": 26, "arrival": 156}, "all 300 walks"),
        ({"closer": 11, "arrival": 132}, "shortest way"),
        ({"closer": 60, "arrival": 140}, "does not fit"),
        ({"closer": 22, "arrival": 200}, "does not fit"),
        ({"closer": 19.3, "arrival": 88.3}, "table of its own"),
        ({"closer": "22", "arrival": "132"}, "give a number"),
        ({"a": 1}, "keys"),
    ],
}
