"""What the person at the keyboard reads: plain lines, and never a library's traceback first."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from profiles import tries

import course_utils as cu
from course_utils import cli
from course_utils.authoring import lessons
from course_utils.data import fetch

ROOT = Path(cu.__file__).parents[1]


# --- names of lessons and repositories


@pytest.mark.parametrize(
    "name",
    ["07", "7", 7, "07_", "07_hello_world_transfer_learning", "07_hello_world_transfer_learning.ipynb",
     "notebooks/07_hello_world_transfer_learning.ipynb", ROOT / "notebooks" / "07_hello_world_transfer_learning.ipynb"],
)  # fmt: skip
def test_a_lesson_is_found_by_number_or_file(name):
    assert [path.name[:3] for path in lessons.find(name)] == ["07_"]


@pytest.mark.parametrize("name", ["99", "hello", "/tmp/x.ipynb", "07x", "..", "-1", "["])
def test_no_such_lesson_says_which_there_are(name):
    with pytest.raises(FileNotFoundError, match="no lesson .*there are: 00, 01"):
        lessons.find(name)


@pytest.mark.parametrize(
    "slug",
    ["../..", "./.", "a/..", "a/.", "../a", "a", "a/b/c", "/b", "a/", "a b/c", "a/b c", "a_b/c", "-a/b", "ä/b", "a/b\n",
     "https://github.com/a/b", ""],
)  # fmt: skip
def test_what_is_no_repository_is_refused_before_anything_is_written(slug, monkeypatch):
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: pytest.fail("written"))
    with pytest.raises(ValueError, match="a repository is owner/name"):
        lessons.stamp(slug)


# --- a failing cell under hello


def failed(source, trace="Traceback", name="ValueError", value="no"):
    """nbclient's error for a cell, in the form in which it comes."""
    cell = nbformat.v4.new_code_cell(source)
    message = {"traceback": [trace], "ename": name, "evalue": value}
    return CellExecutionError.from_cell_and_msg(cell, message)


def test_the_cell_and_the_error_come_first_and_no_library(monkeypatch, capsys, tmp_path):
    source = "import numpy as np\nx = np.arange(3)\n\nprint('------------------')\nx.reshape(2, 2)  # here\n1"
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbformat.write(nb, tmp_path / "07_toy.ipynb")
    monkeypatch.setattr(lessons, "NOTEBOOKS", tmp_path)
    assert cli.main(["hello", "07_toy.ipynb"]) == 1
    said = capsys.readouterr().err
    lines = said.splitlines()
    assert lines[0] == "The lesson stopped in this cell:"
    assert "\n".join(f"    {line}".rstrip() for line in source.splitlines()) in said
    assert "with ValueError: cannot reshape array of size 3 into shape (2,2)" in said
    assert "in its line 5: x.reshape(2, 2)  # here" in said and "make lab" in lines[-1]
    assert "site-packages" not in said and "Traceback" not in said and "\x1b" not in said


def test_of_a_long_error_the_first_lines_are_the_cell(monkeypatch, capsys):
    trace = "\n".join(f"File /site-packages/x.py:{i}" for i in range(60))

    def stops(*_):
        raise failed("f(1)", trace=trace)

    monkeypatch.setattr(lessons, "hello", stops)
    assert cli.main(["hello"]) == 1
    said = capsys.readouterr().err
    assert said.splitlines()[:3] == ["The lesson stopped in this cell:", "", "    f(1)"]
    assert len(said.splitlines()) < 12


@tries
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_any_failing_cell_is_shown(source, trace, value):
    said = cli.failed_cell(failed(source, trace, value=value))
    assert said.startswith("The lesson stopped in this cell:") and "with ValueError: " in said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CellTimeoutError("A cell timed out"), "A cell timed out"),
        (DeadKernelError("Kernel died"), "Kernel died"),
        (PermissionError(13, "Permission denied", "build"), "Permission denied: 'build'"),
        (ModuleNotFoundError("No module named 'nbclient'", name="nbclient"), "The package nbclient is missing"),
        (fetch.DiskFull("The disk is full"), "The disk is full"),
    ],
)  # fmt: skip
def test_other_ends_are_a_line_too(monkeypatch, capsys, error, words):
    def stops(*_):
        raise error

    monkeypatch.setattr(lessons, "hello", stops)
    assert cli.main(["hello"]) == 1
    said = capsys.readouterr().err
    assert words in said.splitlines()[0] and "Traceback" not in said


# --- paths to copy


@pytest.mark.skipif(sys.platform == "win32", reason="quoted as a Unix shell does")
@pytest.mark.parametrize("name", ["usb stick", "it's", "$HOME", "a;b", 'a"b', "plain"])
def test_a_mirror_is_named_so_that_a_shell_reads_it(monkeypatch, capsys, tmp_path, name):
    monkeypatch.setattr(fetch, "mirror", lambda *_: 3)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["mirror", name]) == 0
    line = capsys.readouterr().out.splitlines()[-1].removeprefix("On each computer: ")
    said = subprocess.run(
        ["sh", "-c", f'{line}; printf %s "$COURSE_MIRROR"'], capture_output=True, text=True
    )
    assert said.stdout == str(tmp_path / name)


def test_a_mirror_at_home(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(fetch, "mirror", lambda *_: 3)
    assert cli.main(["mirror", "~/stick"]) == 0
    assert str(tmp_path / "stick") in capsys.readouterr().out


# --- terminals with few letters


def in_terminal(letters, code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": letters, "PYTHONUTF8": "0", "PATH": "", "SYSTEMROOT": ""},
    )  # fmt: skip


@pytest.mark.parametrize("letters", ["cp1252", "ascii", "cp437", "utf-8"])
def test_a_check_speaks_in_any_terminal(letters):
    code = (
        "import course_utils as cu; cu.check('07.1', .88); cu.check('07.1', 3); cu.check('07.1'); "
        "cu.check('07.1', '\\u4e2d\\ud800')"
    )
    done = in_terminal(letters, code)
    lines = done.stdout.decode(letters).splitlines()
    assert done.returncode == 0 and len(lines) == 4, done.stderr
    signs = ("✓", "✗", "○", "✗") if letters == "utf-8" else ("[ok]", "[!!]", "[  ]", "[!!]")
    # The last holds a letter that no terminal has.
    assert all(line.startswith(sign) for line, sign in zip(lines[:3], signs, strict=False))
    assert "give a number" in lines[3]


@pytest.mark.parametrize("letters", ["cp1252", "ascii"])
def test_the_command_line_speaks_in_any_terminal(letters):
    code = "import sys; from course_utils import cli; sys.exit(cli.main(['cards']))"
    done = in_terminal(letters, code)
    assert done.returncode == 0 and b"IDRiD" in done.stdout, done.stderr


@tries
@given(st.text(max_size=40))
def test_any_text_as_an_answer_is_printed(text):
    import io
    from contextlib import redirect_stdout

    for letters in ("cp1252", "ascii", "utf-8"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=letters)
        with redirect_stdout(stream):
            cu.check("07.1", text)
            cu.check(text, 1)
