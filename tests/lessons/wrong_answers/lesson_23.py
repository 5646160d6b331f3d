"""Wrong answers to the exercises of lesson 23, and words of the message that each must get."""

import math

import numpy as np


def law(sizes, errors):
    slope, start = np.polyfit(np.log(sizes), np.log(errors), 1)
    return math.exp(start), -slope


def not_rounded(sizes, errors, target):
    a, b = law(sizes, errors)
    return (a / target) ** (1 / b) + 1e-3 if b > 1e-9 else -1


def rounded_down(sizes, errors, target):
    a, b = law(sizes, errors)
    return math.floor((a / target) ** (1 / b) + 1e-9) if b > 1e-9 else -1


def to_the_nearest(sizes, errors, target):
    a, b = law(sizes, errors)
    return round((a / target) ** (1 / b)) if b > 1e-9 else -1


def power_of_b(sizes, errors, target):
    a, b = law(sizes, errors)
    return (a / target) ** b


def never_stops(sizes, errors, target):
    a, b = law(sizes, errors)
    return math.ceil((a / target) ** (1 / b) - 1e-9) if b > 1e-9 else math.inf


def two_points(sizes, errors, target):
    a, b = law(sizes[[0, -1]], errors[[0, -1]])
    return math.ceil((a / target) ** (1 / b) - 1e-9) if b > 1e-9 else -1


WRONG = {
    "23.1": [
        (750, "same factor"),
        (800, "doubling"),
        (2800, "in all"),
        (400, "takes more"),
        (1600, "too few"),
        (6400, "too many"),
        ("3200 people", "give a number"),
    ],
    "23.2": [
        (not_rounded, "whole number"),
        (rounded_down, "rounded up"),
        (to_the_nearest, "rounded up"),
        (power_of_b, "1 / b"),
        (never_stops, "does not fall"),
        (two_points, "the answer is"),
        (lambda *arguments: "3200", "give a number"),
        (lambda *arguments: None, "returns None"),
        (3200, "a function is wanted"),
    ],
    "23.3": [
        ({"3 people": 78, "30 people": 78}, "not per cent"),
        ({"3 people": 0.83, "30 people": 0.884}, "2 cells of each"),
        ({"3 people": 0.689, "30 people": 0.833}, "all 20 cells"),
        ({"3 people": 0.6, "30 people": 0.7}, "draws 0 to 19"),
        ({"3 people": 0.817, "30 people": 0.845}, "draws 0 to 19"),  # of draws 0 to 4
        ({"3 people": -0.78, "30 people": 0.78}, "between 0 and 1"),
        ({"3": 0.78, "30": 0.78}, "keys"),
        ({"3 people": "0.78", "30 people": 0.78}, "give a number"),
    ],
}
