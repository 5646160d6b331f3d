"""The checks of lesson 09."""

import math

import numpy as np

from . import NotYet, exercise, number, numbers, result_of


@exercise("09.1", "0.80. Kappa counts how far off an answer is, and a miss by one is cheap.")
def one_too_high(answer):
    value = number(answer)
    if not -1 <= value <= 1:
        return "kappa lies between -1 and 1"
    if math.isclose(value, 0.2, abs_tol=0.005):
        return "0.2 is the accuracy; kappa asks how far off the answers are"
    if math.isclose(value, 0.0, abs_tol=0.005):
        return "0 would mean that the answers have nothing to do with the truth; here they rise with it"
    if not math.isclose(value, 0.8, abs_tol=0.01):
        return (
            f"too {'high' if value > 0.8 else 'low'}; divide the mean squared miss by the mean over "
            "all pairs of a true and a given grade"
        )


@exercise("09.2", "each group counts with its most common label, large groups more than small.")
def purity(answer):
    cases = [
        ([0, 0, 1, 1], [0, 0, 1, 1], 1.0, "groups of one label each have purity 1"),
        (
            [0, 0, 0, 0, 0, 0, 0, 0, 1, 1],
            [0, 0, 0, 0, 1, 1, 1, 2, 3, 3],
            0.6,
            "count cases, not groups: a large group weighs more than a small one",
        ),
        ([0, 0, 1, 1, 1], [2, 2, 2, 2, 1], 0.8, "two groups may have the same common label"),
        ([3, 3, 7, 7], [0, 1, 1, 1], 0.75, "groups may have any numbers, with gaps"),
    ]
    for group, labels, right, text in cases:
        try:
            given = number(result_of(answer, np.array(group), np.array(labels)))
        except NotYet as reason:
            there = sorted(
                set(group)
            )  # an error of `range(5)` alone would not say what is missing
            raise NotYet(
                f"{reason}. The groups here are {there}; go through those only"
            ) from None
        if not math.isclose(given, right, abs_tol=1e-6):
            if math.isclose(given, 1.0, abs_tol=1e-6):
                text = "take for each group its most common label, not the reverse"
            return f"{text}. For groups {group} and labels {labels} you give {given:.3g}; right is {right}"


@exercise(
    "09.3",
    "three precisions a little above 0.2, that of random doubts. Compare them with a rule that needs no clusters.",
)
def finer_clusters(answer):
    for k, value in zip((5, 20, 80), numbers(answer, (5, 20, 80)), strict=True):
        if not 0 <= value <= 1:
            return f"give shares from 0 to 1, not {value:.3g} for k = {k}"
        if value < 0.25:
            return (
                f"{value:.2f} for k = {k} is hardly more than random doubts get; doubt the labels that differ from the "
                "most common label of their cluster (several clusters may have the same one), and take the share of "
                "them that `hit` marks"
            )
        if value > 0.33:
            return (
                f"{value:.2f} for k = {k} is too much; divide the doubted errors by all doubted labels, not by all "
                "errors, and not the doubted labels by all labels"
            )
