"""The checks of lesson 14."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("14.1", "0.8 of the lesions, at 0.075 false marks per film.")
def count_the_marks(answer):
    sensitivity, false = numbers(answer, ("sensitivity", "false marks"))
    if math.isclose(sensitivity, 45 / 50, abs_tol=0.004):
        return "a lesion hit twice counts once: 45 marks lie on lesions, on how many different ones?"
    if math.isclose(sensitivity, 80, abs_tol=0.4):
        return "give the sensitivity as a share from 0 to 1, not in per cent"
    if math.isclose(sensitivity, 40 / 60, abs_tol=0.004):
        return "that is the share of the marks that are right; divide by the lesions, not by the marks"
    if not math.isclose(sensitivity, 0.8, abs_tol=0.004):
        return f"the sensitivity is too {'high' if sensitivity > 0.8 else 'low'}; lesions hit, divided by all lesions"
    if math.isclose(false, 20 / 200, abs_tol=0.004):
        return "the second mark on a lesion is no false mark"
    if math.isclose(false, 15, abs_tol=0.1):
        return "give the false marks per film: there are 200 films"
    if math.isclose(false, 15 / 60, abs_tol=0.004) or math.isclose(false, 0.3, abs_tol=0.004):
        return "divide the false marks by the films, neither by the marks nor by the lesions"
    if math.isclose(false, 0.08, abs_tol=1e-6):
        return "give three digits of the false marks after the point"
    if not math.isclose(false, 0.075, abs_tol=0.002):
        word = "many" if false > 0.075 else "few"
        return f"the false marks are too {word}; count the marks on no lesion, then divide by the films"


@exercise("14.2", "one point of a FROC curve, with equal scores taken together.")
def one_point(answer):
    score = np.array([0.3, 0.9, 0.5, 0.85, 0.5, 0.2, 0.8])
    kind = np.array(["hit", "hit", "false", "again", "hit", "hit", "false"])
    # from the top: hit, again, false, then a hit and a false mark of one score, hit, hit
    asked = {
        "a hit less sure than a false mark": (score[[6, 5]], kind[[6, 5]], 5, 4, 0.0, 0.0),
        "no false mark allowed": (score, kind, 5, 4, 0.0, 1 / 5),
        "at most 0.25 false marks per image": (score, kind, 5, 4, 0.25, 1 / 5),
        "at most 0.25 false marks per image, in another order": (
            score[::-1],
            kind[::-1],
            5,
            4,
            0.25,
            1 / 5,
        ),
        "at most 0.5 false marks per image": (score, kind, 5, 4, 0.5, 4 / 5),
        "more false marks allowed than there are": (score, kind, 5, 4, 9, 4 / 5),
        "a false mark that is the surest": (score[[6, 2]], kind[[6, 2]], 5, 4, 0.0, 0.0),
        "no mark at all": (score[:0], kind[:0], 5, 4, 1.0, 0.0),
    }
    for text, (marks, kinds, lesions, images, most, right) in asked.items():
        given = result_of(answer, marks.copy(), kinds.copy(), lesions, images, most)
        value = number(given)
        if math.isclose(value, right, abs_tol=1e-6):
            continue
        if "less sure" in text and math.isclose(value, 1 / 5, abs_tol=1e-6):
            return "keep the marks at the threshold and above it, not those below"
        if most == 0 and right and math.isclose(value, 2 / 5, abs_tol=1e-6):
            return 'the second mark on a lesion ("again") is no hit'
        if most == 0.25 and math.isclose(value, 2 / 5, abs_tol=1e-6):
            return "two marks of one score come in together: take the false one in with the hit"
        if right and math.isclose(value, right * lesions / images, abs_tol=1e-6):
            return "divide the hits by the lesions, not by the images"
        if right and math.isclose(value, right * lesions, abs_tol=1e-6) or value > 1:
            return (
                "a sensitivity lies between 0 and 1; divide the number of hits by the lesions"
            )
        return f"with {text} the answer is {right:.2f}, and you give {value:.2f}"


@exercise("14.3", "the same marks, another rule, another number.")
def another_rule(answer):
    loose, strict = numbers(answer, (0.1, 0.5))
    if max(loose, strict) > 1:
        return "give shares from 0 to 1, not per cent"
    if min(loose, strict) < 0:
        return "a sensitivity lies between 0 and 1"
    if strict == loose:
        return 'both are equal: is the rule "overlap", and the third number the IoU?'
    if strict >= loose:
        return "the stricter rule cannot find more; are the two in the right places?"
    # real films give 0.58 and 0.30, the simulated ones of a computer without network 0.60 and 0.51
    real = 0.53 <= loose <= 0.63 and 0.25 <= strict <= 0.35
    drawn = 0.55 <= loose <= 0.65 and 0.46 <= strict <= 0.56
    if not (real or drawn):
        return (
            'these are not the values of `found["simulated films only"]` at one false mark per '
            'film; is the rule "overlap", and the third number the IoU?'
        )
