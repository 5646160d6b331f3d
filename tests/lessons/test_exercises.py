"""The checks help: wrong answers get a message that says what is wrong, and nothing a reader types raises."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from course_utils import exercises
from course_utils.exercises import solved

# exercise -> [(wrong answer, words of the message it must get)], one file a lesson in wrong_answers
WRONG = {}
for path in sorted(Path(__file__).with_name("wrong_answers").glob("lesson_*.py")):
    WRONG |= runpy.run_path(str(path))["WRONG"]
ALL = [name for lesson in solved.lessons() for name in exercises.names(lesson)]


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
