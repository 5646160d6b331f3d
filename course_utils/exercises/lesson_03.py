"""The checks of lesson 03."""

import math

import numpy as np

from .. import data as _data
from . import exercise, number, numbers, result_of

# What the lesson finds on the real films of validation: between which values the AUC lies, and the accuracy at 0.5.
AREAS = {50: (0.92, 0.945), 500: (0.975, 0.99), "all": (0.985, 0.996)}
ACCURACIES = {50: 0.859, 500: 0.958, "all": 0.956}


@exercise("03.1", "one alarm in six. Where few are sick, most alarms are false.")
def alarms_on_a_ward(answer):
    value, right = number(answer), 47.5 / 285
    if any(math.isclose(value, count, abs_tol=0.5) for count in (47.5, 237.5, 285)):
        return (
            "that is a number of alarms; asked is the share of them that is right, from 0 to 1"
        )
    if 1 < value <= 100:
        return "give a share from 0 to 1, not per cent"
    if not 0 <= value <= 1:
        return "a share lies between 0 and 1"
    if math.isclose(value, 0.95, abs_tol=0.01):
        return (
            "0.95 is the share of sick children who get an alarm. Asked is the share of alarms "
            "that belong to sick children"
        )
    if math.isclose(value, 0.0475, abs_tol=0.0025):
        return "divide by the alarms, not by all 1000 children"
    if math.isclose(value, 0.95 / 1.2, abs_tol=0.01):
        return "that is right if half of the children were sick; here 50 of 1000 are"
    if math.isclose(value, 47.5 / 237.5, abs_tol=0.005):
        return "divide by all alarms, the right ones and the false ones together"
    if not math.isclose(value, right, abs_tol=0.01):
        return f"too {'high' if value > right else 'low'}; count right and false alarms among the 1000"


@exercise("03.2", "the most similar film, with differences that cannot wrap around.")
def nearest(answer):
    flat = (
        np.full((4, 28, 28), 100, np.uint8) + np.array([0, 3, 40, 90], np.uint8)[:, None, None]
    )
    half = np.full((28, 28), 100, np.uint8)
    half[:14] += 30
    mixed = half.copy()
    mixed[:14], mixed[14:] = 100, 130
    quarter = flat[0].copy()
    quarter[:7] += 30
    cases = [
        (flat[1], flat, 1, 0.0, "a film that is in `others` has itself at difference 0"),
        (
            flat[0] + np.uint8(4),
            flat[[3, 0, 1]],
            2,
            1.0,
            "differences count in both directions, and uint8 values wrap around below 0",
        ),
        (
            half,
            np.stack([mixed, flat[2]]),
            1,
            25.0,
            "take the absolute value of each pixel's difference before the mean",
        ),
        (
            flat[0],
            np.stack([flat[0] + np.uint8(10), quarter]),
            1,
            7.5,
            "the smallest mean absolute difference is asked for, not the smallest square",
        ),
    ]
    for film, others, position, difference, text in cases:
        given = result_of(answer, film, others)
        if not isinstance(given, (tuple, list, np.ndarray)) or len(given) != 2:
            return "return two things: the position and the difference"
        place, size = number(given[0]), number(given[1])
        if place != position and (size, place) == (position, difference):
            return "first the position, then the difference"
        if (
            place == position
            and difference
            and math.isclose(size, difference * 784, rel_tol=0.01)
        ):
            return "that is the sum over the pixels; take the mean"
        if place == position == 1 and math.isclose(size, 850, abs_tol=0.1):
            return "that is the mean of the squares; take absolute values"
        if place != position or not math.isclose(size, difference, abs_tol=0.01):
            return (
                f"{text}. For {len(others)} test films you give position {place:g} and difference "
                f"{size:.1f}; right is {position} and {difference:.1f}"
            )


@exercise("03.3", "more films, better order; and the first 50 already do most of the work.")
def how_many_films(answer):
    few, more, every = numbers(answer, tuple(AREAS))
    if any(v > 1 for v in (few, more, every)):
        return "an AUC lies between 0 and 1; do not give per cent"
    if min(few, more, every) < 0.5:
        return "that is worse than guessing; is the score that of class 1, the second column?"
    if every == 1.0 and more == 1.0:
        return "a perfect order is suspicious; measure on validation, not on the training films"
    if "medmnist" not in _data.simulated:
        given = dict(zip(AREAS, (few, more, every), strict=True))
        if all(math.isclose(given[key], ACCURACIES[key], abs_tol=0.006) for key in given):
            return "these are accuracies; asked is the AUC, `auc(val.labels, score)`"
    if few == 1.0:
        return "a perfect order of 50 is suspicious; measure on validation, not on the training films"
    if not few < more <= every + 0.02:
        return "the AUC should grow with the number of films; is each model trained anew?"
    if "medmnist" not in _data.simulated:
        for key, (low, high) in AREAS.items():
            if not low <= given[key] <= high:
                return (
                    f"the value for {key!r} is too {'low' if given[key] < low else 'high'}. Take the first films of "
                    "`clean` in their order, the score (the second column of `predict_proba`), and validation"
                )
