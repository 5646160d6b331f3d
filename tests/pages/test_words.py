"""No word on the published pages, in the package or in its tests is on codespell's list of misspellings."""

import nbformat
import pytest
from codespell_lib import main

from course_utils.authoring import lessons


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(lessons.ROOT)  # its settings stand in pyproject.toml


def test_pages_and_code(capfd):
    folders = [".github", "book", "course_utils", "tests", *map(str, lessons.ROOT.glob("*.md"))]
    assert main(*folders) == 0, capfd.readouterr().out


@pytest.mark.parametrize(
    "path", sorted(lessons.NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem[:2]
)
def test_notebooks(path, tmp_path, capfd):
    cells = nbformat.read(path, as_version=4).cells
    text = tmp_path / f"{path.stem}.md"
    text.write_text("\n\n".join(cell.source for cell in cells), encoding="utf-8")
    assert main(str(text)) == 0, capfd.readouterr().out


def test_a_misspelling_is_found(tmp_path, capfd):
    (tmp_path / "page.md").write_text("the recieved image")  # codespell:ignore
    assert main(str(tmp_path / "page.md")) > 0
