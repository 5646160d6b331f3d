"""What a class takes home, made from the lessons: `make editions` writes build/editions.

student       every lesson without outputs and without solutions
instructor    with outputs, everything unfolded, and the teacher's notes beneath the title
assignment    a course folder of nbgrader: exercises are its solution cells, the checks of the course its tests
predictions   a page (and a PDF, where Chromium is) with the questions of each lesson, and room to write
"""

import ast
import html
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
from colab import ROOT, rewrite

from course_utils.exercises.solved import SOLUTION

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
CONFIG = """# Configuration of nbgrader, called in this folder; `source` was made by `make editions`.
c = get_config()
c.CourseDirectory.course_id = "medical-imaging"
c.ExecutePreprocessor.timeout = 600
c.ClearSolutions.code_stub = {"python": "# Change the lines above, or write here."}
"""
STYLE = """body { font: 12pt/1.4 system-ui, "DejaVu Sans", sans-serif; margin: 0 auto; max-width: 46em; color: #222; }
h1 { font-size: 18pt; } h2 { font-size: 14pt; break-before: page; border-bottom: 2px solid #E69F00; }
li { break-inside: avoid; margin: 0 0 1em; } .line { border-bottom: 1px solid #999; height: 2.2em; }
table { width: 100%; } td { border-bottom: 1px solid #999; padding: 0.6em 0; }
@page { size: A4; margin: 18mm; } h2:first-of-type { break-before: auto; }"""


def lessons():
    """(path, notebook) of each lesson."""
    for path in sorted((ROOT / "notebooks").glob("[0-8][0-9]_*.ipynb")):
        yield path, nbformat.read(path, as_version=4)


def _bare(nb) -> None:
    """Take away what a kernel left."""
    nb.metadata.pop("widgets", None)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def _links(nb, repository: str) -> None:
    """These notebooks travel alone, so their links lead to the web."""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = rewrite(cell.source, repository)


def student(nb):
    """Without solutions and outputs; hints and the answers to predictions stay folded."""
    nb.cells = [cell for cell in nb.cells if not cell.source.startswith(SOLUTION)]
    _bare(nb)
    return nb


def instructor(nb):
    """Everything in sight: solutions, hints, answers."""
    for cell in nb.cells:
        for key in ("jupyter", "cellView"):
            cell.metadata.pop(key, None)
        cell.metadata["tags"] = [
            tag for tag in cell.metadata.get("tags", []) if not tag.startswith("hide-")
        ]
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("<details>", "<details open>")
    return nb


def assignment(nb):
    """An assignment of nbgrader: a point for each exercise whose check says ✓."""
    cells, solutions = [], [c for c in nb.cells if c.source.startswith(SOLUTION)]
    for cell in nb.cells:
        if cell in solutions:
            continue
        cells.append(cell)
        if cell.cell_type != "code" or not (asked := _asked(cell.source)):
            continue
        name, answer, call = asked
        solution = next(c.source for c in solutions if _asked(c.source)[0] == name)
        stub = cell.source.replace(call, "").rstrip()
        worked = solution.removeprefix(SOLUTION).replace(_asked(solution)[2], "").strip()
        cell.source = f"{stub}\n\n\n### BEGIN SOLUTION\n{worked}\n### END SOLUTION\n\n{call}\n"
        cell.metadata = _grading(f"exercise-{name.replace('.', '-')}", solution=True)
        test = nbformat.v4.new_code_cell(
            f"from course_utils.exercises import verdict\n\nsaid = verdict({name!r}, {answer})\n"
            'assert said.startswith("✓"), said',
            id=f"{cell.id}-test",
            metadata=_grading(f"check-{name.replace('.', '-')}", grade=True),
        )
        cells.append(test)
    nb.cells = cells
    _bare(nb)
    return nb


def _asked(source: str) -> tuple[str, str, str] | None:
    """(exercise, the answer's expression, the whole call) of a cell that ends in cu.check, else None."""
    try:
        last = ast.parse(source).body[-1].value
    except (SyntaxError, IndexError, AttributeError):
        return None
    if not isinstance(last, ast.Call) or ast.unparse(last.func) != "cu.check":
        return None
    name, answer = last.args
    return name.value, ast.unparse(answer), ast.get_source_segment(source, last)


def _grading(name: str, grade: bool = False, solution: bool = False):
    about = {
        "schema_version": 3, "grade_id": name, "grade": grade, "solution": solution, "locked": grade, "task": False,
        "cell_type": "code",
    }  # fmt: skip
    return nbformat.from_dict({"nbgrader": about | ({"points": 1} if grade else {})})


def predictions(found) -> str:
    """A page of HTML: the questions of each lesson, numbered, with two lines to write on. found: as from `lessons`."""
    parts = []
    for path, nb in found:
        asked = [
            re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`]", lambda m: m[1] or "", text)
            for cell in nb.cells
            if cell.cell_type == "markdown"
            for text in re.findall(r"\*\*Predict before you run\.\*\*\s*(.+)", cell.source)
        ]
        title = html.escape(f"{path.stem[:2]} {nb.metadata.course.title}")
        rows = "".join(
            f"<li>{html.escape(text)}{'<div class=line></div>' * 2}</li>\n" for text in asked
        )
        parts.append(
            f"<h2>{title}</h2>\n<p>Name: ____________________ &nbsp; Date: __________</p>\n<ol>\n{rows}</ol>\n"
        )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Predictions</title>\n'
        f"<style>{STYLE}</style></head><body>\n<h1>Predict before you run</h1>\n"
        "<p>Write a guess before the cell is run. "
        "A wrong guess with a reason is worth more than a right one without.</p>\n"
        f"{''.join(parts)}</body></html>\n"
    )


def main(folder: str = "") -> None:
    """Write all editions, of the lessons as they are now."""
    target = Path(folder or ROOT / "build" / "editions").absolute()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    repository = project["urls"]["Repository"]
    for path, nb in lessons():
        number = path.stem[:2]
        notes = ROOT / "book" / "teacher_notes" / f"{number}.md"
        words = (
            re.sub("^## .*", "### For the teacher", notes.read_text(encoding="utf-8"))
            if notes.exists()
            else ""
        )
        for name in ("student", "instructor", "assignment"):
            made = nbformat.from_dict(json.loads(json.dumps(nb)))
            made = {"student": student, "assignment": assignment}.get(name, instructor)(made)
            if name == "instructor" and words:
                made.cells.insert(1, nbformat.v4.new_markdown_cell(words, id="teacher"))
            _links(made, repository)
            place = target / name / (f"source/{number}" if name == "assignment" else "")
            place.mkdir(parents=True, exist_ok=True)
            nbformat.validate(made)
            nbformat.write(made, place / path.name)
    root = target / "assignment"
    (root / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    page = target / "predictions.html"
    page.write_text(predictions(lessons()), encoding="utf-8")
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser:
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
             f"--print-to-pdf={page.with_suffix('.pdf')}", page.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    print(target, "" if browser else "(no Chromium here: print predictions.html by hand)")


if __name__ == "__main__":
    main(*sys.argv[1:])
