"""The checks of lesson 00."""

import math

from . import exercise, number, numbers, result_of


@exercise("00.1", "five; half right without looking at anything.")
def always_chest(answer):
    value = number(answer)
    if value == 0.5:
        return "give the number of films, not the share"
    if value != 5:
        return "count the films for which 'chest' happens to be true"


@exercise("00.2", "that is the accuracy.")
def share_right(answer):
    cases = [([1, 0, 1, 1], [1, 0, 0, 1], 0.75), ([0], [0], 1.0), ([1, 1], [0, 0], 0.0)]
    for said, truth, right in cases:
        given = number(result_of(answer, said, truth))
        if given == right * len(truth) and given > 1:
            return "that is how many agree; divide by how many there are"
        if math.isclose(given, 1 - right) and right != 0.5:
            return f"that is the share of mistakes: {given:g} for {said} and {truth}"
        if not math.isclose(given, right):
            return f"for {said} and {truth} you give {given:g}; right is {right:g}"


@exercise("00.3", "so the upright films are easiest, as those it learnt from.")
def turns(answer):
    counts = numbers(answer, (0, 1, 2, 3))
    if any(not 0 <= c <= 10 or c != int(c) for c in counts):
        return "each value is a number of films, from 0 to 10"
    if counts[0] < max(counts):
        return "upright films should do best; did you mix up the turns?"
    if 0 < counts[0] <= 1:
        return "these look like shares; give numbers of films"
