"""A lesson that was green in this very state is not run again; what ran where is recorded."""

import json
import subprocess
import sys

import nbformat
import pytest

import conftest
from course_utils.authoring import lessons, verified


@pytest.fixture
def copy(tmp_path):
    """A lesson of two cells in a folder of its own, and a way to test it as `make test` does."""
    path = tmp_path / "99_tiny.ipynb"
    cells = [nbformat.v4.new_code_cell("1 + 1", id="a", execution_count=1)]
    cells[0].outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    ]
    nb = nbformat.v4.new_notebook(cells=cells, metadata={"course": {"data": []}})
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(nb, path)

    def run(*options):
        (tmp_path / "conftest.py").write_text(
            f"import sys; sys.path.insert(0, {str(lessons.ROOT)!r}); import conftest as c\n"
            "import importlib.util\n"
            f"s = importlib.util.spec_from_file_location('course_conftest', {conftest.__file__!r})\n"
            "m = importlib.util.module_from_spec(s); s.loader.exec_module(m)\n"
            f"m.GREEN = __import__('pathlib').Path({str(tmp_path / 'green')!r})\n"
            f"m.verified.BUILD = m.GREEN\n"
            "globals().update({k: v for k, v in vars(m).items() if k.startswith('pytest_')})\n",
            encoding="utf-8",
        )
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider",
             str(path), *options],
            cwd=tmp_path, capture_output=True, text=True, env={**__import__("os").environ, "CI": ""},
        )  # fmt: skip
        return done.stdout

    run.path = path
    return run


def test_a_green_lesson_is_skipped_until_something_changes(copy):
    assert "2 passed" in copy()
    assert "1 skipped" in copy(), "nothing changed"
    assert "2 passed" in copy("--all")
    nb = nbformat.read(copy.path, as_version=4)
    nb.cells[0].source = "1 + 1  # a remark"
    nbformat.write(nb, copy.path)
    assert "2 passed" in copy()


def test_a_red_lesson_is_run_again(copy):
    nb = nbformat.read(copy.path, as_version=4)
    nb.cells[0].outputs[0]["data"]["text/plain"] = "3"
    nbformat.write(nb, copy.path)
    assert "1 failed" in copy()
    assert not list((copy.path.parent / "green").glob("99_tiny*")), (
        "nothing says that it was green"
    )


def test_the_key_of_a_lesson_changes_with_its_settings(monkeypatch):
    path = lessons.find("00")[0]
    first = conftest.key(path, True)
    assert conftest.key(path, True) == first != conftest.key(path, False)
    monkeypatch.setenv("COURSE_SEED", "3")
    assert conftest.key(path, True) != first


def test_the_record_keeps_what_passed_and_forgets_what_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(verified, "BUILD", tmp_path / "build")
    monkeypatch.setattr(verified, "TABLE", tmp_path / "verified.json")
    monkeypatch.setattr(verified, "PAGE", tmp_path / "verified.md")
    verified.record(
        [("00", True, 12.4, True), ("01", True, 20.0, True), ("02", False, 9.0, True)]
    )
    verified.record([("01", True, 30.0, False)])
    text = verified.write().read_text(encoding="utf-8")
    table = json.loads((tmp_path / "verified.json").read_text(encoding="utf-8"))
    assert sorted(sorted(rows) for rows in table.values()) == [["00"], ["02"]]
    assert "12 s" in text and "| 01 |" not in text and "stand-ins" in text
