"""The checks of lesson 23."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("23.1", "eight times more for each half: 50, 400, 3,200.")
def to_reach(answer):
    value = number(answer)
    if math.isclose(value, 750, abs_tol=10):
        return "the law halves the error by the same factor of people, not by the same number"
    if math.isclose(value, 800, abs_tol=10):
        return "doubling the people was not enough to halve the error the first time"
    if math.isclose(value, 2800, abs_tol=10):
        return "those are the people to add; how many are there in all?"
    if value <= 400:
        return "with 400 people the error was still 0.10, so it takes more"
    if not math.isclose(value, 3200, rel_tol=0.02):
        return f"too {'many' if value > 3200 else 'few'}; 8 times more people halved the error"


@exercise("23.2", "a law turned round; whether it holds so far out is another question.")
def needed(answer):
    asked = (
        ((50, 400), (0.20, 0.10), 0.05, 3200),
        ((10, 100, 1000), (0.30, 0.15, 0.075), 0.10, 385),
        ((20, 40, 80, 160), (0.24, 0.21, 0.15, 0.13), 0.05, None),
        ((50, 400), (0.20, 0.10), 0.07, None),
        ((100, 200), (0.10, 0.10), 0.05, -1),
        ((100, 200), (0.10, 0.12), 0.05, -1),
    )
    for sizes, errors, target, right in asked:
        sizes, errors = np.array(sizes), np.array(errors)
        slope, start = np.polyfit(np.log(sizes), np.log(errors), 1)
        exact = math.exp((start - math.log(target)) / -slope) if slope < -1e-9 else -1
        right = right or math.ceil(exact)
        given = number(result_of(answer, sizes, errors, target), finite=False)
        text = f"sizes {sizes.tolist()}, errors {errors.tolist()}, target {target}"
        if right == -1 and given != -1:
            return (
                f"for {text} the law does not fall, so the answer is -1, and you give {given}"
            )
        if not math.isfinite(given):
            return f"for {text} you give {given}, and a finite number is wanted"
        if given == right:
            continue
        if abs(given - exact) < 1:
            return f"for {text}: a whole number, rounded up, is {right}, and you give {given}"
        if math.isclose(given, (math.exp(start) / target) ** -slope, rel_tol=1e-2):
            return "n to the power of b is a / t; so the power is 1 / b"
        return f"for {text} the answer is {right}, and you give {given:g}"


@exercise("23.3", "about the same: here the count of cells matters more than that of people.")
def people_or_cells(answer):
    few, many = numbers(answer, ("3 people", "30 people"))
    if max(few, many) > 1:
        return "give AUCs from 0 to 1, not per cent"
    if min(few, many) < 0:
        return "an AUC lies between 0 and 1"
    if 0.865 < many < 0.95 and few < 0.865:
        return "for 30 people: 2 cells of each, not all 20; that would be 600 cells"
    if 0.65 < few < 0.73 and many > 0.8:
        return "for 3 people: all 20 cells of each, so that both have 60"
    # real cells give 0.830 and 0.833, the simulated ones of a computer without network 0.994 and 0.993
    real = 0.82 <= few <= 0.84 and 0.823 <= many <= 0.843
    drawn = 0.98 <= few <= 1 and 0.98 <= many <= 1
    if not (real or drawn):
        return (
            "these are not the means of draws 0 to 19; hold out the same quarter of the people for both, train on "
            "60 cells each, C = 0.001"
        )
