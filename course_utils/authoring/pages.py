"""What is written from the lessons and the catalog: scoreboard, data cards, and the gallery of lessons."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from ..data import card, fetch
from ..results import COLUMNS, numbers
from . import dots, gallery


def records(notebook: str | Path) -> list[dict]:
    """The records in the saved outputs of a lesson."""
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    return [
        r for output in outputs for r in output.get("metadata", {}).get("course_results", [])
    ]


def scoreboard(notebooks, folder: str | Path) -> Path:
    """Write scoreboard.csv, its picture and scoreboard.md to `folder` from the lessons; returns the .md file."""
    by_lesson = {Path(notebook): records(notebook) for notebook in sorted(notebooks)}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "scoreboard.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(r for rows in by_lesson.values() for r in rows)
    lines = [
        "# Scoreboard: the papers, and this course",
        "",
        "Every number under *ours* comes out of the saved run of a lesson. `make scoreboard` writes this page, and the",
        "same rows as [a table](scoreboard.csv). In square brackets: the lowest and the highest value over other",
        "seeds and computers, where the number moved ([Last verified](verified.md) says where the lessons were run).",
    ]
    all_rows = [r for rows in by_lesson.values() for r in rows]
    if kinds := dots.panels(all_rows):
        dots.draw(all_rows, folder / "_static" / "scoreboard.svg")
        shown = sum(map(len, kinds.values()))
        lines += [
            "",
            f"![{shown} numbers by their kind, {', '.join(kinds)}: a line each, with a diamond for the paper and a dot "
            "for this course. The tables below have the same numbers.](_static/scoreboard.svg)",
            "",
            "*Each line begins with the number of its lesson; a bar is the range in square brackets. The paper and the "
            "course often measured on different images: the last column of the tables says why the numbers differ. "
            "Counts, and what has no number in the paper, stand in the tables alone.*",
        ]
    for notebook, rows in by_lesson.items():
        if not rows:
            continue
        about = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["course"]
        number, work = rows[0]["lesson"], rows[0]["work"]
        data = "; ".join(dict.fromkeys(r["data"] for r in rows))
        lines += [
            "",
            f"## {number} · {about['title']}",
            "",
            f"[Lesson {number}](../notebooks/{notebook.name}), work: {work}. Our data: {data}.",
            "",
            "| quantity | paper | ours | why they differ |",
            "|---|---|---|---|",
        ]
        for r in rows:
            cells = (r["quantity"], *numbers(r), r["note"])
            lines.append("| " + " | ".join(str(c).replace("|", "/") for c in cells) + " |")
    page = folder / "scoreboard.md"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page


def listing(notebooks, readme: Path, intro: Path, start: Path) -> None:
    """Bring the cards of the lessons, in README, the book and lesson 00, and the count of lessons up to date."""
    cards = [gallery.card(path, records(path)) for path in map(Path, notebooks)]
    table = gallery.table(cards, "notebooks/", "book/_static")
    _rewrite(readme, _TABLE, table, len(cards))
    _rewrite(intro, _GRID, gallery.grid(cards, "../notebooks/", "_static"), len(cards))
    notebook = json.loads(start.read_text(encoding="utf-8"))
    table = gallery.table(cards, "", "../book/_static")
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = _TABLE.sub(lambda _: table, "".join(cell["source"]))
            cell["source"] = text.splitlines(keepends=True)
    text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    start.write_text(text, encoding="utf-8")


# The cards as they stand in a page: a table that begins with an empty line, or a grid.
_TABLE = re.compile(r"^\| +\| .*\n\|:--.*(\n\|.*)*", re.M)
_GRID = re.compile(r"^````\{grid\}.*?^````$", re.M | re.S)


def _rewrite(page: Path, old: re.Pattern, cards: str, count: int) -> None:
    """Put the cards into a page, and how many there are."""
    text = old.sub(lambda _: cards, page.read_text(encoding="utf-8"))
    text = re.sub(r"The course has \d+ lessons", f"The course has {count} lessons", text)
    page.write_text(text, encoding="utf-8")


def data_cards(page: str | Path) -> Path:
    """Write the page of all data cards; returns it."""
    lines = [
        "# Data cards\n",
        "Every data set of the course: where it is from, who labelled it, what is known to be wrong with it, and what "
        'it must not be used for. `cu.card("idrid")` shows one of them in a lesson, and `python -m course_utils cards` '
        "all of them in a terminal. `make cards` writes this page from the catalog.\n",
    ]
    lines += [card(name).markdown() for name in fetch.catalog()]
    Path(page).write_text("\n".join(lines), encoding="utf-8")
    return Path(page)
