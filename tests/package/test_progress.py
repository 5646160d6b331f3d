"""What a reader solved is remembered on this computer, and nothing else is."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import course_utils as cu
from course_utils import cli, switches
from course_utils.exercises import solved


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSE_PROGRESS")  # set for all tests
    return tmp_path / "cache"


def test_tries_end_when_an_exercise_is_solved(cache):
    cu.check("00.1", 4)
    cu.check("0.1", 4)
    cu.check("00.1", 5)
    cu.check("00.1", 5)
    cu.check("00.1", 3)
    kept = solved.read()["00.1"]
    assert kept["tries"] == 3 and len(kept["solved"]) == 10
    assert sorted(p.name for p in cache.iterdir()) == ["progress.json", "progress.json.lock"]


@pytest.mark.parametrize(("name", "answer"), [("00.1", ...), ("00.9", 1), ("", 1), (None, 1)])
def test_what_is_no_answer_is_not_kept(cache, name, answer):
    cu.check(name, answer)
    assert not cache.exists()


@pytest.mark.parametrize("off", ["0", "no", "off"])
def test_it_can_be_switched_off(cache, monkeypatch, capsys, off):
    monkeypatch.setenv("COURSE_PROGRESS", off)
    cu.check("00.1", 5)
    cu.progress()
    said = capsys.readouterr().out
    assert not cache.exists() and "Not kept" in said and "0 of" in said


def test_a_name_keeps_readers_apart(monkeypatch, capsys):
    for name in ("anna", "björn-2"):
        monkeypatch.setenv("COURSE_PROGRESS", name)
        assert solved.read() == {}
        cu.check("00.1", 5)
    assert solved.read() != {} and "progress-björn-2.json" in str(solved.file())


@pytest.mark.parametrize("name", ["../anna", "a b", "x" * 41, "a/b"])
def test_a_name_that_is_none_is_told_and_does_not_stop_a_check(
    cache, monkeypatch, capsys, name
):
    monkeypatch.setenv("COURSE_PROGRESS", name)
    cu.check("00.1", 5)
    assert "✓" in capsys.readouterr().out and not cache.exists()
    with pytest.raises(switches.WrongSwitch, match="is no name"):
        cu.progress()


def test_the_table_has_every_exercise(capsys):
    cu.check("00.1", 5)
    cu.check("00.2", lambda predicted, truth: 2)
    assert cli.main(["progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = {line[:2]: line for line in lines if line[:2].isdigit() and line[2:4] == "  "}
    assert list(shown) == solved.lessons() and " ✓ ✗ ·  2" in shown["00"]
    assert f"1 of {3 * len(shown) + 9} exercises solved" in lines[-1]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"07.1": 3}', '{"07.1": {}}', "\0\0"])
def test_a_broken_file_is_told_and_left_alone(cache, capsys, content):
    cache.mkdir()
    path = cache / "progress.json"
    path.write_text(content)
    cu.check("00.1", 5)
    assert "✓" in capsys.readouterr().out and path.read_text() == content
    assert cli.main(["progress"]) == 1
    assert "move it away" in capsys.readouterr().err


def test_a_file_in_the_way_of_the_folder_is_no_trouble_for_a_check(cache, capsys):
    cache.write_text("")
    cu.check("00.1", 5)
    assert "✓" in capsys.readouterr().out and cache.read_text() == ""


def test_many_kernels_write_at_once():
    names = [f"{lesson:02d}.{part}" for lesson in range(10) for part in (1, 2, 3)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: solved.note(name, True), names))
    assert sorted(solved.read()) == names


@pytest.mark.parametrize(("tried", "words"), [(False, "Try it"), (True, "half right")])
def test_a_solution_that_runs_first_does_not_tell_the_answer(
    cache, monkeypatch, capsys, tried, words
):
    if tried:
        cu.check("00.1", 4)
    monkeypatch.setattr(solved, "_is_solution", lambda: True)
    capsys.readouterr()
    cu.check("00.1", 5)
    line = capsys.readouterr().out
    assert line.startswith("✓") and words in line and ("five" in line) == tried
    monkeypatch.setenv("COURSE_PROGRESS", "0")  # as for the saved outputs
    cu.check("00.1", 5)
    assert "half right" in capsys.readouterr().out


def test_solutions_of_the_course_do_not_count(cache):
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for first in ("# @title Solution", "# mine"):
    shell.run_cell(
        first + "\\nimport course_utils as cu\\ncu.check('00.1', 5)", store_history=True
    )
    from course_utils.exercises import solved
    print(solved.read())
"""
    said = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "IPYTHONDIR": str(cache)},
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert said[1] == "{}" and "solved" in said[3]


def test_the_file_is_plain_json(cache):
    cu.check("00.1", 5)
    assert json.loads((cache / "progress.json").read_text()) == solved.read()
