"""Wrong answers to the exercises of lesson 00, and words of the message that each must get."""

from course_utils.exercises.lesson_00 import right_when_turned

COUNTED = dict(enumerate(right_when_turned()))


def first_place_only(predicted, truth):
    right = 0
    for a, b in zip(predicted, truth, strict=True):
        right += a == b
        return right / len(truth)


WRONG = {
    "00.1": [
        (10, "happens to be true"),
        (0.5, "not the share"),
        ("half", "give a number"),
    ],
    "00.2": [
        (
            lambda predicted, truth: sum(a == b for a, b in zip(predicted, truth, strict=True)),
            "divide",
        ),
        (
            lambda predicted, truth: (
                sum(a != b for a, b in zip(predicted, truth, strict=True)) / len(truth)
            ),
            "mistakes",
        ),
        (
            lambda predicted, truth: (
                1 - sum(abs(a - b) for a, b in zip(predicted, truth, strict=True)) / len(truth)
            ),
            "right is 0.667",
        ),
        (lambda predicted, truth: 1.0, "right is 0.6"),
        (lambda predicted, truth: predicted == truth, "place by place"),
        (
            lambda predicted, truth: (
                100 * sum(a == b for a, b in zip(predicted, truth, strict=True)) / len(truth)
            ),
            "not per cent",
        ),
        (first_place_only, "inside the loop"),
        (
            lambda predicted, truth: (
                sum(a == b for a, b in zip(predicted, truth, strict=True)) // len(truth)
            ),
            "`//`",
        ),
        (lambda predicted, truth: (predicted == truth).mean(), "place by place"),
        (lambda predicted, truth: "0.75", "give a number, not the text '0.75'"),
    ],
    "00.3": [
        ({0: 10, 2: 9}, "keys"),
        ({str(key): count for key, count in COUNTED.items()}, "without quotes"),
        ({0: 1.0, 1: 0.5, 2: 0.5, 3: 0.5}, "numbers of films"),
        (COUNTED | {2: COUNTED[2] - 1}, "for 2 quarter turns"),
        (COUNTED | {1: COUNTED[3], 3: COUNTED[1]}, "under the wrong keys"),
    ],
}
