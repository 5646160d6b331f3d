"""The checks of lesson 22."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("22.1", "0.9: what is recognised, and half of the rest by luck.")
def recognised(answer):
    value = number(answer)
    if math.isclose(value, 90, abs_tol=0.5):
        return "give a share from 0 to 1, not per cent"
    if math.isclose(value, 0.8, abs_tol=0.005):
        return "the other 20 % are not all wrong: a stranger's label is right by luck in half of the cases"
    if math.isclose(value, 0.5, abs_tol=0.005):
        return "0.5 is what an honest split gives; here 80 % meet themselves"
    if math.isclose(value, 1.0, abs_tol=0.005):
        return "not all find themselves; what does a stranger's label give?"
    if not 0 <= value <= 1:
        return "an accuracy lies between 0 and 1"
    if not math.isclose(value, 0.9, abs_tol=0.005):
        return f"too {'high' if value > 0.9 else 'low'}; 80 % are right for sure, the others in half of the cases"


@exercise("22.2", "one line that would have spared many papers a wrong number.")
def share_on_both_sides(answer):
    groups = np.array(list("aabbbcddeee"))
    split = np.array(
        ["train", "test", "test", "test", "train", "test", "val", "test"] + ["train"] * 3
    )
    given = number(result_of(answer, groups, split))
    # test images: a, b, b, c, d; all but c occur elsewhere, d in "val" only
    if math.isclose(given, 80, abs_tol=1e-4):
        return "give a share from 0 to 1, not per cent"
    if math.isclose(given, 3 / 4, abs_tol=1e-6):
        return "count images, not groups: a person with two test images counts twice"
    if math.isclose(given, 3 / 5, abs_tol=1e-6):
        return 'every part but "test" counts, "val" too'
    if math.isclose(given, 1 / 5, abs_tol=1e-6):
        return "that is the share that is *not* shared"
    if math.isclose(given, 4 / 11, abs_tol=1e-6):
        return "divide by the number of test images, not of all images"
    if math.isclose(given, 3 / 6, abs_tol=1e-6):
        return "that is the share of the other images; ask it of the test images"
    if math.isclose(given, 1, abs_tol=1e-6):
        return "one of the groups is in the test only; is each test image compared with the *other* parts?"
    if not math.isclose(given, 4 / 5, abs_tol=1e-6):
        return f"in a small example 4 of 5 test images are shared, and you give {given:.3f}"
    whole = np.where(np.isin(groups, ("a", "b", "c")), "test", "train")
    given = number(result_of(answer, groups, whole))
    if given != 0:
        return f"where no group is in two parts the share is 0, and you give {given:.3f}"
    given = number(result_of(answer, np.array([7, 7, 7]), np.array(["train", "test", "test"])))
    if given != 1:
        return f"groups may be numbers: 2 of 2 test images are shared, and you give {given:.3f}"


@exercise(
    "22.3",
    "a mark that always agrees is the label itself; a weak one is lost among the pixels.",
)
def agreement(answer):
    some, whole = numbers(answer, (0.6, 1.0))
    if max(some, whole) > 1.5:
        return "give shares from 0 to 1, not per cent"
    if not (0 <= some <= 1 and 0 <= whole <= 1):
        return "an accuracy lies between 0 and 1"
    if some >= whole:
        return "a mark that agrees more should help more; are the two in the right places?"
    if whole < 0.9:
        return "a mark that agrees with each label should be found nearly always; is `agree` handed to `marked`?"
    if 0.56 < some < 0.65 and whole > 0.995:
        return "use all pixels of the slice, not the mark alone"
    if some > 0.65:
        return "a mark that agrees in six of ten cannot give that much to new people"
    if some < 0.44:
        return (
            "that is below guessing; are the labels for `marked` and for `score` the same `y`?"
        )
