"""The checks of lesson 10."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise(
    "10.1", "0.06. The bin that was true pulls the mean down; only one of the two bins lies."
)
def calibration_error(answer):
    value, right = number(answer), 0.06
    if not 0 <= value <= 1:
        return "the error lies between 0 and 1; do not give per cent"
    if math.isclose(value, 0.15, abs_tol=0.005):
        return "0.15 is the gap of the first bin alone; the second bin has 300 films and no gap"
    if math.isclose(value, 0.075, abs_tol=0.002):
        return "0.075 is the plain mean of the two gaps; weigh them by the number of films"
    if not math.isclose(value, right, abs_tol=0.005):
        return f"too {'high' if value > right else 'low'}; the gaps are 0.15 for 200 films and 0 for 300"


@exercise("10.2", "no person stands on both sides, and every seed draws anew.")
def split_by_person(answer):
    persons = np.repeat(
        np.array(["d", "a", "c", "b", "e", "k", "m", "p", "x", "z"]), range(1, 11)
    )
    # The seed 0 four times: by chance alone two draws agree once in 120 times.
    seeds = (0, 0, 0, 0, 1, 2, 3)
    given = [np.asarray(result_of(answer, persons, 0.3, seed)) for seed in seeds]
    for mask in given:
        if mask.shape != persons.shape:
            return f"one entry an image is wanted: {len(persons)}, not the shape {mask.shape}"
        if mask.dtype != bool:
            return f"the entries must be True or False, not {mask.dtype}"
        both = set(persons[mask]) & set(persons[~mask])
        if both:
            return f"{len(both)} persons stand on both sides; draw persons, not images"
        count = len(set(persons[mask]))
        if count != 3:
            return f"a share of 0.3 of 10 persons is 3 persons; your test has {count}"
    if not all((given[0] == mask).all() for mask in given[1:4]):
        return "the same seed must give the same test; make the random generator inside from the seed"
    if all((given[0] == mask).all() for mask in given[4:]):
        return "seeds 0, 1, 2 and 3 all give the same persons; does the drawing use the seed?"
    if not np.asarray(result_of(answer, persons[:6], 0.01, 0)).any():
        return "at least one person must go to the test, however small the share"


@exercise(
    "10.3",
    "perfect as trained, worse than guessing when swapped: it read the square, not the lung.",
)
def planted_shortcut(answer):
    trained, swapped = numbers(answer, ("as trained", "swapped"))
    if not (0 <= trained <= 1 and 0 <= swapped <= 1):
        return "an AUC lies between 0 and 1"
    if trained < swapped:
        return "the two are exchanged: with the square where it was in training the AUC is high"
    if trained < 0.9:
        return "with the square as in training the AUC should be near 1; is it on the pneumonia films?"
    if swapped > 0.35:
        return (
            "swapped, the square must be on the normal films and on no other; "
            "0.5 would be guessing, and a network that reads the square does worse than that"
        )
