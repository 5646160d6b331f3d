"""The checks help: wrong answers get a message that says what is wrong, and nothing a reader types raises."""

import numpy as np
import pytest

from course_utils import exercises, lessons


def keep_all(images):
    return list(range(len(images)))


def neighbours_only(images):
    return [i for i, x in enumerate(images) if i == 0 or x.tobytes() != images[i - 1].tobytes()]


def bytes_only(images):
    first = {}
    for i, x in enumerate(images):
        first.setdefault(x.tobytes(), i)
    return sorted(first.values())


# exercise -> [(wrong answer, words of the message it must get)]
WRONG = {
    "00.1": [
        (10, "happens to be true"),
        (0.5, "not the share"),
        ("half", "a number is wanted"),
    ],
    "00.2": [
        (lambda said, truth: sum(a == b for a, b in zip(said, truth, strict=True)), "divide"),
        (
            lambda said, truth: (
                sum(a != b for a, b in zip(said, truth, strict=True)) / len(truth)
            ),
            "mistakes",
        ),
        (lambda said, truth: 1.0, "right is 0.75"),
    ],
    "00.3": [
        ({0: 10, 2: 9}, "keys"),
        ({0: 1.0, 1: 0.5, 2: 0.5, 3: 0.5}, "number of films"),
        ({0: 5, 1: 10, 2: 5, 3: 5}, "upright"),
    ],
    "07.1": [
        (0.95, "too high"),
        (0.5, "too low"),
        (0.6915, "ten films"),
        (0.05 ** (1 / 30), "2.5 %"),
        (88, "not per cent"),
        ("a lot", "a number is wanted"),
    ],
    "07.2": [
        (keep_all, "keep the first"),
        (neighbours_only, "anywhere"),
        (bytes_only, "different shape"),
        (lambda images: None, "returns None"),
        ([0, 1], "a function is wanted"),
    ],
    "07.3": [
        ({"left half black": 98, "right half black": 97}, "not per cent"),
        ({"left half black": 0.4, "right half black": 0.97}, "lower than half a film"),
        ({"left": 0.9, "right": 0.9}, "keys"),
    ],
}
ALL = [name for path in lessons.find() for name in exercises.names(path.name[:2])]


def test_every_exercise_lists_wrong_answers():
    assert set(WRONG) == set(ALL)
    assert all(len(cases) >= 2 for cases in WRONG.values())


@pytest.mark.parametrize(
    ("name", "answer", "words"), [(n, *case) for n, cases in WRONG.items() for case in cases]
)
def test_wrong_answer_gets_help(name, answer, words):
    said = exercises.verdict(name, answer)
    assert said.startswith("✗ not yet: ") and words in said, said


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "answer", [..., None, lambda *a: ..., 1 / 3, "", [], {}, np.zeros(3), print, float("nan")]
)
def test_nothing_raises_and_nothing_passes_by_chance(name, answer):
    assert exercises.verdict(name, answer)[0] in "○✗"


def test_unknown_exercise_is_named():
    assert "07.1" in exercises.verdict("07.9", 1)
    assert "no exercise" in exercises.verdict("99.1", 1)


def test_check_prints(capsys):
    exercises.check("07.1", 0.8843)
    assert capsys.readouterr().out.startswith("✓ correct")
