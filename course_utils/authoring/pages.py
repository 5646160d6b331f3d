"""What is written from the lessons and the catalog: scoreboard, data cards, and the list of lessons in README."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from ..data import card, fetch
from ..results import COLUMNS, numbers


def records(notebook: str | Path) -> list[dict]:
    """The records in the saved outputs of a lesson."""
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    return [
        r for output in outputs for r in output.get("metadata", {}).get("course_results", [])
    ]


def scoreboard(notebooks, folder: str | Path) -> Path:
    """Write scoreboard.csv and scoreboard.md to `folder` from the records of the lessons; returns the .md file."""
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
    """Bring the tables of lessons, in README and in lesson 00, and the count of lessons up to date."""
    top = "| lesson | question | minutes to read, run, practise | needs |\n|---|---|---|---|"
    rows = []
    for path in map(Path, notebooks):
        about = json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]
        minutes = ", ".join(str(about["minutes"][key]) for key in ("read", "run", "exercises"))
        title = f"{path.name[:2]} {about['title']}"
        needs = ", ".join(about["needs"])
        rows.append(
            f"| [{title}](FOLDER{path.name}) | {about['question']} | {minutes} | {needs} |"
        )
    table = "\n".join([top, *rows])
    for page, folder in ((readme, "notebooks/"), (intro, "../notebooks/")):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"\d+ of 24 planned", f"{len(rows)} of 24 planned", text)
        page.write_text(_with(table, folder, text), encoding="utf-8")
    notebook = json.loads(start.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = _with(table, "", text).splitlines(keepends=True)
    text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
    start.write_text(text, encoding="utf-8")


def _with(table: str, folder: str, text: str) -> str:
    """A page with its table of lessons replaced, if it has one."""
    new = table.replace("FOLDER", folder)
    return re.sub(r"^\| lesson \| question \|.*(\n\|.*)*", lambda _: new, text, flags=re.M)


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
