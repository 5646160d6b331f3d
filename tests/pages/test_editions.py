"""The editions for a class, made from the lessons, are whole; nbgrader takes the assignments."""

import os
import re
import shutil
import subprocess
import sys

import editions
import nbformat
import pytest
import timetables

from course_utils.authoring import lessons

NBGRADER = shutil.which(os.environ.get("NBGRADER", "nbgrader"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("editions")
    editions.main(str(folder))
    return folder


def notebooks(folder):
    found = {path.name: nbformat.read(path, 4) for path in sorted(folder.rglob("*.ipynb"))}
    assert list(found) == [path.name for path in lessons.find()]
    return found


def test_students_get_no_solution_and_no_output(made):
    for name, nb in notebooks(made / "student").items():
        assert "# @title Solution" not in str(nb), name
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in code), name
        assert sum("cu.check(" in cell.source for cell in code) == 3, name
        assert "widgets" not in nb.metadata, name


def test_instructors_get_everything_unfolded(made):
    for name, nb in notebooks(made / "instructor").items():
        assert str(nb).count("# @title Solution") == 3 and "<details>" not in str(nb), name
        assert "source_hidden" not in str([cell.metadata for cell in nb.cells]), name
        assert ("### For the teacher" in nb.cells[1].source) == (name[:2] != "00"), name
        assert any(cell.get("outputs") for cell in nb.cells), name


def test_each_exercise_of_an_assignment_has_its_solution_and_its_test(made):
    for name, nb in notebooks(made / "assignment" / "source").items():
        graded = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
        about = [cell.metadata.nbgrader for cell in graded]
        assert [a.solution for a in about] == [True, False] * 3, name
        assert len({a.grade_id for a in about}) == 6 and "# @title Solution" not in str(nb), (
            name
        )
        for exercise, test in zip(graded[::2], graded[1::2], strict=True):
            assert test.metadata.nbgrader.points == 1 and test.metadata.nbgrader.locked
            shown = re.sub("(?s)### BEGIN SOLUTION.*?### END SOLUTION", "", exercise.source)
            for source in (exercise.source, shown, test.source):
                compile(source, name, "exec")
            worked = exercise.source.split("### BEGIN SOLUTION")[1].split("### END")[0]
            assert "..." in shown and len(worked.strip()) > 5 and "cu.check" not in worked, name


def test_editions_have_no_link_to_a_file_beside_them(made):
    for path in made.rglob("*.ipynb"):
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "markdown":
                assert not re.search(r"\]\((?!https?:|mailto:|#)[^)]", cell.source), path


def test_every_prediction_is_on_the_sheets(made):
    page = (made / "predictions.html").read_text(encoding="utf-8")
    asked = sum(
        path.read_text("utf-8").count("**Predict before you run.**") for path in lessons.find()
    )
    assert page.count("<li>") == asked > 100 and page.count("<h2>") == len(lessons.find())
    assert "**" not in page and "](" not in page
    pdf = made / "predictions.pdf"
    assert pdf.exists() == any(map(shutil.which, editions.BROWSERS))
    if pdf.exists():
        assert pdf.read_bytes()[:5] == b"%PDF-"


@pytest.mark.skipif(not NBGRADER, reason="nbgrader is not installed: no submission was graded")
def test_nbgrader_grades_a_right_and_an_open_submission(made, tmp_path):
    shutil.copytree(made / "assignment", tmp_path / "course")
    folder = tmp_path / "course"
    kernel = tmp_path / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = f'["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]'
    (kernel / "kernel.json").write_text(
        f'{{"argv": {argv}, "display_name": "Python 3", "language": "python"}}'
    )
    path = f"{os.path.dirname(NBGRADER)}{os.pathsep}{os.environ['PATH']}"  # it calls alembic
    room = {**os.environ, "JUPYTER_PATH": str(tmp_path / "jupyter"), "PATH": path}

    def call(*words):
        done = subprocess.run(
            [NBGRADER, *words], cwd=folder, env=room, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]

    call("generate_assignment", "00")
    for name, edition in (("anna", "source"), ("ben", "release")):
        place = folder / "submitted" / name / "00"
        shutil.copytree(folder / edition / "00", place)
    call("autograde", "00")
    call("export")
    table = (folder / "grades.csv").read_text().splitlines()
    rows = [dict(zip(table[0].split(","), row.split(","), strict=True)) for row in table[1:]]
    scores = {r["student_id"]: r["score"] for r in rows if r["assignment"] == "00"}
    assert scores == {"anna": "3.0", "ben": "0.0"}


def test_the_timetables_are_those_of_the_lessons():
    page = timetables.BOOK / "timetables.md"
    assert page.read_text(encoding="utf-8") == timetables.text(), "run `make scoreboard`"


@pytest.mark.parametrize("plan", timetables.PLANS)
def test_a_timetable_keeps_its_hours_and_the_order_of_the_lessons(plan):
    _, limit, in_class, sessions = timetables.PLANS[plan]
    known, before = timetables.minutes(), set()
    needs = {p.name[:2]: nbformat.read(p, 4).metadata.course.needs for p in lessons.find()}
    for chosen in sessions.values():
        assert sum(known[n][1] + known[n][2] * in_class for n in chosen) <= limit
        for lesson in chosen:
            assert lesson not in before
            before.add(lesson)
            if plan == "A semester":  # the others skip lessons that are only built upon
                assert set(needs[lesson]) <= before, lesson
