"""Wrong answers to the exercises of lesson 10, and words of the message that each must get."""

from itertools import count

import numpy as np


def by_image(persons, share, seed):
    return np.random.default_rng(seed).random(len(persons)) < share


def positions(persons, share, seed):
    return np.flatnonzero(np.isin(persons, np.unique(persons)[:3]))


def always_the_first(persons, share, seed):
    return np.isin(persons, np.unique(persons)[:3])


def without_seed(persons, share, seed):
    each = np.unique(persons)
    return np.isin(persons, np.random.default_rng().permutation(each)[:3])


CALLS = count()


def lucky_once(persons, share, seed):
    """Without the seed, and the first two draws happen to be the same."""
    each = np.unique(persons)
    return np.isin(
        persons, np.random.default_rng(max(0, next(CALLS) - 1)).permutation(each)[:3]
    )


def half_of_them(persons, share, seed):
    each = np.unique(persons)
    return np.isin(persons, np.random.default_rng(seed).permutation(each)[: len(each) // 2])


def as_numbers(persons, share, seed):
    return always_the_first(persons, share, seed).astype(int)


def none_at_all(persons, share, seed):
    each = np.unique(persons)
    count = round(share * len(each))
    return np.isin(persons, np.random.default_rng(seed).permutation(each)[:count])


WRONG = {
    "10.1": [
        (0.15, "first bin alone"),
        (0.075, "plain mean"),
        (6, "not give per cent"),
        (0.3, "too high"),
        (0.01, "too low"),
        ("six", "give a number"),
    ],
    "10.2": [
        (by_image, "on both sides"),
        (positions, "one entry an image"),
        (always_the_first, "does the drawing use the seed"),
        (without_seed, "same seed must give"),
        (lucky_once, "same seed must give"),
        (half_of_them, "your test has 5"),
        (as_numbers, "True or False"),
        (none_at_all, "at least one person"),
        (lambda persons, share, seed: None, "returns None"),
        (3, "a function is wanted"),
    ],
    "10.3": [
        ({"as trained": 0.1, "swapped": 0.99}, "exchanged"),
        ({"as trained": 0.99, "swapped": 0.97}, "on the normal films"),
        ({"as trained": 0.99, "swapped": 0.5}, "worse than that"),
        ({"as trained": 0.7, "swapped": 0.2}, "should be near 1"),
        ({"as trained": "0.99", "swapped": 0.1}, "give a number"),
        ({"trained": 1.0, "swapped": 0.0}, "keys"),
        ({"as trained": 99, "swapped": 4}, "between 0 and 1"),
    ],
}
