"""Wrong answers to the exercises of lesson 22, and words of the message that each must get."""

import numpy as np


def by_groups(groups, split):
    test = set(groups[split == "test"])
    return len(test & set(groups[split != "test"])) / len(test)


def with_train(groups, split):
    return np.isin(groups[split == "test"], groups[split == "train"]).mean()


def others(groups, split):
    return np.isin(groups[split != "test"], groups[split == "test"]).mean()


def of_all(groups, split):
    return (np.isin(groups, groups[split != "test"]) & (split == "test")).mean()


def with_itself(groups, split):
    return np.isin(groups[split == "test"], groups).mean()


def right(groups, split):
    return np.isin(groups[split == "test"], groups[split != "test"]).mean()


WRONG = {
    "22.1": [
        (0.8, "by luck in half"),
        (90, "not per cent"),
        (0.5, "honest split"),
        (1.0, "not all find themselves"),
        (1.8, "between 0 and 1"),
        (0.7, "too low"),
        (0.95, "too high"),
        ("nine tenths", "give a number"),
    ],
    "22.2": [
        (by_groups, "count images"),
        (with_train, '"val" too'),
        (others, "of the test images"),
        (of_all, "not of all images"),
        (with_itself, "other* parts"),
        (lambda g, s: 1 - right(g, s), "not* shared"),
        (lambda g, s: (s == "test").sum(), "4 of 5 test images"),
        (lambda g, s: 100 * right(g, s), "not per cent"),
        (lambda g, s: right(g, s) or 0.01, "the share is 0"),
        (lambda g, s: None, "returns None"),
        (0.8, "a function is wanted"),
    ],
    "22.3": [
        ({0.6: 0.585, 1.0: 1.0}, "not the mark alone"),
        ({0.6: 56, 1.0: 98}, "not per cent"),
        ({0.6: 0.98, 1.0: 0.56}, "right places"),
        ({0.6: 0.5, 1.0: 0.82}, "is `agree` handed"),
        ({0.6: 0.82, 1.0: 0.98}, "six of ten"),
        ({0.6: 0.4, 1.0: 0.98}, "below guessing"),
        ({0.6: -0.5, 1.0: 0.9}, "between 0 and 1"),
        ({"0.6": 0.5, 1.0: 0.9}, "keys"),
        ({0.6: "0.5", 1.0: 0.9}, "give a number"),
    ],
}
