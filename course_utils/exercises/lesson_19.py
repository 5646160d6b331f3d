"""The checks of lesson 19."""

import math

from .. import data as _data
from . import exercise, number, numbers, result_of


@exercise(
    "19.1", "up to 10 of the 200 cancers: a rate from a small test, times a large clinic."
)
def missed_at_most(answer):
    value = number(answer)
    if math.isclose(value, 0.05, abs_tol=0.001):
        return "that is the rate; how many cancers is it, among the cancers of the clinic?"
    if math.isclose(value, 100, abs_tol=0.5):
        return "the rate is a share of the cancers, not of all 2,000 nodules; 10 % of them are cancers"
    if math.isclose(value, 3, abs_tol=0.01):
        return "3 of 60 is the rate in the test; the clinic has more cancers than the test"
    if value == 0:
        return "none was missed in the test; the rule of three says what that still allows"
    if math.isclose(value, 9.74, abs_tol=0.05):
        return "that is the exact formula, well done; give what the rule of three says"
    if not math.isclose(value, 10, abs_tol=0.01):
        return f"too {'high' if value > 10 else 'low'}; multiply 3 / 60 by the cancers of the clinic"


@exercise("19.2", "about 300 cancers, all found, to rule out a miss rate of 1 %.")
def cancers_needed(answer):
    for rate, right in ((0.10, 29), (0.06, 49), (0.01, 299), (0.5, 5), (0.05, 59)):
        given = number(result_of(answer, rate))
        if given == right:
            continue
        exact = math.log(0.05) / math.log(1 - rate)
        if math.isclose(given, exact, rel_tol=1e-6):
            return (
                f"{exact:.2f} cancers is no whole number; which whole number is large enough?"
            )
        if given == right - 1:
            return f"for {rate} you give {given:.0f}; with so few all are found in more than 5 %: round up"
        if math.isclose(given, 3 / rate, abs_tol=1):
            return "that is the rule of three, a short cut; here the exact formula is wanted"
        if given < 0:
            return "both logarithms are negative; their quotient is not"
        return (
            f"for a miss rate of {rate} the test needs {right} cancers, and you give {given:g}"
        )
    if isinstance(answer(0.01), float):
        return "the number is right; return it as a whole number, by int(...)"


@exercise("19.3", "alike: the black hole in the picture still shows the outline.")
def around(answer):
    inside, outside = numbers(answer, ("inside", "around"))
    if not (0 <= inside <= 1 and 0 <= outside <= 1):
        return "an AUC lies between 0 and 1"
    if min(inside, outside) < 0.5:
        return "below 0.5 is worse than chance; are labels and probabilities in the order of `cases`?"
    if "thyroid_ddti" in _data.simulated:  # the ranges are those of the real screens
        return None
    if 0.60 <= inside <= 0.635 and 0.60 <= outside <= 0.635:
        return "that is near the AUC of the whole image; is part of each picture black?"
    if not (0.64 <= inside <= 0.70 and 0.63 <= outside <= 0.685):
        return (
            "these are not the values of the lesson's crops; use `see` and `ask` with seeds 0, 1 and 2, "
            "and the mean of the three"
        )
