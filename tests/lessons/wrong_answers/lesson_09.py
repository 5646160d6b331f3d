"""Wrong answers to the exercises of lesson 09, and words of the message that each must get."""

import numpy as np


def per_group(group, labels):
    groups = np.unique(group)
    return np.mean([np.bincount(labels[group == g]).max() / (group == g).sum() for g in groups])


def each_label_once(group, labels):
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((group.max() + 1, labels.max() + 1))
    np.add.at(table, (group, labels), 1)
    return table[linear_sum_assignment(table, maximize=True)].sum() / len(labels)


def no_gaps(group, labels):
    count = len(np.unique(group))
    best = [np.bincount(labels[group == g], minlength=1).max() for g in range(count)]
    return sum(best) / len(labels)


WRONG = {
    "09.1": [
        (0.2, "the accuracy"),
        (0.0, "nothing to do with the truth"),
        (0.95, "too high"),
        (0.5, "too low"),
        (80, "between -1 and 1"),
        ("eighty", "give a number"),
    ],
    "09.2": [
        (per_group, "count cases, not groups"),
        (each_label_once, "same common label"),
        (no_gaps, "any numbers"),
        (lambda group, labels: None, "returns None"),
        (0.6, "a function is wanted"),
    ],
    "09.3": [
        ({5: 22, 20: 24, 80: 30}, "shares from 0 to 1"),
        ({5: 0.05, 20: 0.1, 80: 0.1}, "less than by lot"),
        ({5: 0.95, 20: 0.97, 80: 0.99}, "too good"),
        ({5: 0.3, 20: 0.3, 80: 0.3}, "does k change"),
        ([0.2, 0.2, 0.2], "keys"),
    ],
}
