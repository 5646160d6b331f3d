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


def groups_of_labels(group, labels):
    most = [np.bincount(group[labels == k]).max() for k in np.unique(labels)]
    return sum(most) / len(labels)


def no_gaps(group, labels):
    count = len(np.unique(group))
    best = [np.bincount(labels[group == g], minlength=1).max() for g in range(count)]
    return sum(best) / len(labels)


def from_zero_to_four(group, labels):
    return sum(np.bincount(labels[group == g]).max() for g in range(5)) / len(labels)


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
        (groups_of_labels, "not the reverse"),
        (no_gaps, "any numbers"),
        (from_zero_to_four, "The groups here are [0, 1]"),
        (lambda group, labels: None, "returns None"),
        (0.6, "a function is wanted"),
    ],
    "09.3": [
        ({5: 28, 20: 29, 80: 30}, "shares from 0 to 1"),
        ({5: "0.28", 20: 0.29, 80: 0.3}, "give a number"),
        ({5: 0.20, 20: 0.21, 80: 0.22}, "hardly more than random"),  # all equally likely
        ({5: 0.28, 20: 0.29, 80: 0.21}, "hardly more than random"),
        ({5: 0.61, 20: 0.59, 80: 0.54}, "is too much"),  # the doubted labels among all
        ({5: 0.88, 20: 0.89, 80: 0.82}, "is too much"),  # the doubted errors among all errors
        ({5: 0.16, 20: 0.5, 80: 0.89}, "hardly more than random"),
        ([0.28, 0.28, 0.28], "keys"),
    ],
}
