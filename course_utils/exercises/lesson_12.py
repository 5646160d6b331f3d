"""The checks of lesson 12."""

import math

from . import exercise, number, numbers, result_of


@exercise("12.1", "43 pixels with four layers; rates may grow from layer to layer.")
def four_rates(answer):
    value = number(answer)
    if value == 31:
        return (
            "that is the reach of the four layers alone; the start has already seen 13 pixels"
        )
    if value == 28:
        return "each layer adds on both sides: 2 times its rate"
    if value == 13 + 4 * 15:
        return "2 times the rate for each layer; the wide branches of the paper have two layers a rate"
    if value == 13 + 8 * 2:
        return "add all four layers, not only the last one"
    if value != 43:
        return f"too {'high' if value > 43 else 'low'}; start from 13 and add 2 times each rate"


@exercise("12.2", "three spellings of one fact, and you can translate them.")
def conformity(answer):
    cases = [
        (1.0, 100.0, "two equal masks have a conformity of 100"),
        (0.5, 0.0, "JI 0.5 is DSC 2/3, where conformity is 0"),
        (0.74, 100 * (2 - 1 / 0.74), "for the paper's JI of 0.74 the answer is near 64.9"),
        (0.25, -200.0, "below JI 0.5 conformity is negative"),
    ]
    for jaccard, right, text in cases:
        given = number(result_of(answer, jaccard))
        if math.isclose(given, right / 100, abs_tol=1e-2) and right:
            return "give per cent: 100 for two equal masks"
        if math.isclose(given, 100 * (3 * jaccard - 2) / jaccard, abs_tol=0.06) and jaccard < 1:
            return "that treats the Jaccard index as if it were the DSC; turn it into DSC first"
        if not math.isclose(given, right, abs_tol=0.06):  # rounded to one decimal is right
            return f"{text}; for JI {jaccard} you give {given:.2f}"


@exercise("12.3", "one pixel costs a large part of the Dice, and TNR does not notice.")
def aside(answer):
    dsc, tnr = numbers(answer, ("DSC", "TNR"))
    if dsc > 1 or tnr > 1:
        return "give shares from 0 to 1, not per cent"
    if dsc > tnr:
        return "are DSC and TNR in the right places?"
    if dsc > 0.97:
        return "that is a mask compared with itself; was it moved along axis 2?"
    if tnr < 0.98:
        return "TNR should be near 1, since nearly all pixels are background; is it the TNR?"
    if dsc < 0.3:
        return "that compares each slice with the next one; axis 0 counts the slices, move along axis 2"
    if dsc < 0.53:
        return "that is a move by two pixels; move by one first"
    if 0.55 <= dsc <= 0.57:
        return "that is the Jaccard index JI; the DSC is asked for"
    if 0.6 <= dsc <= 0.66:
        return "that is a move in both directions; move along axis 2 alone"
    if 0.7 <= dsc <= 0.725 and 0.997 <= tnr < 0.999:
        return None
    if 0.7 <= dsc <= 0.725:
        return "the DSC is right; give the TNR with three decimals"
    return "near, but not it; move along axis 2, take each of the 40 slices by itself, then the mean"
