"""The paper-beside-ours record that each lesson leaves, and the scoreboard made from the records.

A record lives in the saved output of the lesson, so it can only come from a run. Nothing is typed by hand.
"""

from __future__ import annotations

import csv
import html
import json
from pathlib import Path

from . import data as _data

COLUMNS = ("lesson", "work", "quantity", "paper", "ours", "unit", "data", "note")


def compare(lesson: str, work: str, data: str, rows: list[tuple]) -> None:
    """Show a table "the paper, and ours" and leave it as the lesson's record.

    lesson: e.g. "07". work: the paper, e.g. "Lakhani et al. 2018". data: what ours was measured on.
    rows: one (quantity, paper, ours, unit, note) a line. `paper` is None where the paper gives no number; a float
    is shown with three significant digits. Raises ValueError for a row of another length.
    """
    from IPython.display import display

    if _data.simulated:
        data = f"simulated stand-in for {data}"
    records = []
    for row in rows:
        if len(row) != 5:
            raise ValueError(
                f"a row is (quantity, paper, ours, unit, note), not {len(row)} values: {row}"
            )
        quantity, paper, ours, unit, note = row
        values = (lesson, work, quantity, paper, ours, unit, data, note)
        records.append(dict(zip(COLUMNS, values, strict=True)))
    shown = ("quantity", "paper", "ours", "data", "note")
    cells = [
        [_text(r[k], r["unit"] if k in ("paper", "ours") else "") for k in shown]
        for r in records
    ]
    head = ["", work, "this lesson", "our data", "why they differ"]
    display(
        {
            "text/html": _html(head, cells),
            "text/plain": _plain(head[:4], [c[:4] for c in cells]),
        },
        metadata={"course_results": records},
        raw=True,
    )


def _text(value, unit: str) -> str:
    if value is None or value == "":
        return "not given"
    if isinstance(value, float):
        value = f"{value:.3g}"
    return f"{value} {unit}".strip()


def _html(head, rows) -> str:
    def line(cells, tag):
        return (
            "<tr>"
            + "".join(f'<{tag} style="text-align:left">{html.escape(c)}</{tag}>' for c in cells)
            + "</tr>"
        )

    body = "".join(line(r, "td") for r in rows)
    return f"<table><thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _plain(head, rows) -> str:
    widths = [max(len(r[i]) for r in [head, *rows]) for i in range(len(head))]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip()
        for r in [head, *rows]
    )


def records(notebook: str | Path) -> list[dict]:
    """The records in the saved outputs of a lesson."""
    cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    outputs = (output for cell in cells for output in cell.get("outputs", []))
    return [
        r for output in outputs for r in output.get("metadata", {}).get("course_results", [])
    ]


def scoreboard(notebooks, folder: str | Path) -> Path:
    """Write scoreboard.csv and scoreboard.md to `folder` from the records of the lessons; returns the .md file."""
    rows = [r for notebook in sorted(notebooks) for r in records(notebook)]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "scoreboard.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    lines = [
        "# Scoreboard: the papers, and this course",
        "",
        "Every number under *ours* comes out of the saved run of a lesson. `make scoreboard` writes this page.",
        "",
        "| lesson | work | quantity | paper | ours | data | why they differ |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        paper, ours = (_text(r[k], r["unit"]) for k in ("paper", "ours"))
        cells = (r["lesson"], r["work"], r["quantity"], paper, ours, r["data"], r["note"])
        lines.append("| " + " | ".join(str(c).replace("|", "/") for c in cells) + " |")
    page = folder / "scoreboard.md"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return page
