"""The paper-beside-ours record that each lesson leaves, and a checklist for projects.

A record lives in the saved output of the lesson, so it can only come from a run. Nothing is typed by hand.
"""

from __future__ import annotations

import html
import textwrap

from . import data as _data
from . import spread

COLUMNS = ("lesson", "work", "quantity", "paper", "ours", "range", "unit", "data", "note")


def compare(lesson: str, work: str, data: str, rows: list[tuple]) -> None:
    """Show a table "the paper, and ours" and leave it as the lesson's record.

    lesson: e.g. "07". work: the paper, e.g. "Lakhani et al. 2018". data: what ours was measured on.
    rows: one (quantity, paper, ours, unit, note) a line. `paper` is None where the paper gives no number; a float
    is shown with three significant digits. The range of ours over other seeds and computers is added where
    `make bands` found one. Raises ValueError for a row of another length.
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
        spread_of_ours = "" if _data.simulated else spread.words(lesson, quantity)
        values = (lesson, work, quantity, paper, ours, spread_of_ours, unit, data, note)
        records.append(dict(zip(COLUMNS, values, strict=True)))
    rows = [[r["quantity"], *numbers(r), r["data"], r["note"]] for r in records]
    ours = "this lesson"
    if any(r["range"] for r in records):
        ours += " [over other seeds and computers]"
    head = ["", work, ours, "our data", "why they differ"]
    display(
        {
            "text/html": _html(head, rows),
            "text/plain": _plain(head[:4], [row[:4] for row in rows]),
        },
        metadata={"course_results": records},
        raw=True,
    )


def in_unit(value, unit: str) -> str:
    """A value of a record as text, a float with three significant digits."""
    if value is None or value == "":
        return "not given"
    if isinstance(value, float):
        value = f"{value:.3g}"
    return f"{value} {unit}".strip()


def numbers(record: dict) -> tuple[str, str]:
    """The paper's number and ours as text; ours with its range, e.g. "0.91 [0.89 to 0.92]"."""
    paper, ours = (in_unit(record[k], record["unit"]) for k in ("paper", "ours"))
    return paper, ours + (f" [{record['range']}]" if record.get("range") else "")


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


STEPS = {
    "Understand the problem": ("question", "worse mistake", "measure"),
    "Identify the data": ("source", "splits", "flaws"),
    "Choose the algorithm": ("baselines", "candidates"),
    "Train": ("chosen on validation", "threshold"),
    "Test": ("result", "cannot show"),
}


# Seven questions to a finished model. In brackets: items of TRIPOD+AI (Collins et al. 2024) and CLAIM 2024 (Tejani
# et al. 2024) that ask for the same in a paper.
TRUST = {
    "How sure is the number? [TRIPOD+AI 12e, 23a; CLAIM 29, 37]": ("interval", "comparison"),
    "Are the probabilities true? [TRIPOD+AI 12e, 12f, 24; CLAIM 28]": ("calibration", "sets"),
    "Which threshold? [TRIPOD+AI 12e; CLAIM 28]": ("threshold", "net benefit"),
    "Where does it look? [CLAIM 31, 39]": ("maps", "could the check fail"),
    "Did it leak? [TRIPOD+AI 12a, 12b; CLAIM 19, 20]": ("disjoint by", "permutation test"),
    "Does it travel? [TRIPOD+AI 12d, 20c; CLAIM 30, 33]": ("changed images", "other places"),
    "Is it fair and private? [TRIPOD+AI 14, 20b, 23a; CLAIM 11, 36]": ("groups", "privacy"),
}


class Checklist:
    """The five steps of a project as a card to fill in. The test part opens only after steps 1 to 4.

    card = Checklist("Pneumonia on small chest films")
    card.fill(1, question="...", worse_mistake="...", measure="...")   # spaces become underscores
    test = card.open_test(films)                                        # after step 4; the card counts

    It is a promise, not a lock: `films.part("test")` still works, and nobody but you would know.

    Checklist("...", results.TRUST) is the card of lesson 10: seven questions to a finished model, no test to open.
    """

    def __init__(self, title: str, steps: dict[str, tuple[str, ...]] = STEPS):
        self.title, self.opened, self.steps = title, 0, steps
        self.answers = {name: dict.fromkeys(items) for name, items in steps.items()}

    def fill(self, step: int, **answers: str) -> Checklist:
        """Answer items of a step (from 1); returns the card. Raises ValueError for an item the step does not have."""
        if step not in range(1, len(self.steps) + 1):
            raise ValueError(f"there are steps 1 to {len(self.steps)}, no step {step!r}")
        name = list(self.steps)[step - 1]
        for key, text in answers.items():
            item = key.replace("_", " ")
            if item not in self.steps[name]:
                raise ValueError(
                    f"step {step} has no {item!r}; it has {', '.join(self.steps[name])}"
                )
            self.answers[name][item] = str(text)
        return self

    def open_items(self, until: int | None = None) -> list[str]:
        """What is still to be answered in the first `until` steps, or in all."""
        steps = list(self.answers.items())[:until]
        return [
            f"step {i}, {item}"
            for i, (_, items) in enumerate(steps, 1)
            for item in items
            if not items[item]
        ]

    def open_test(self, dataset):
        """The test part of a Dataset. Raises ValueError while steps 1 to 4 have open items. Every call is counted."""
        if self.steps is not STEPS:
            raise ValueError("this card opens no test; the card of the five steps does")
        if missing := self.open_items(until=4):
            raise ValueError(f"The test stays closed. Still open: {'; '.join(missing)}.")
        self.opened += 1
        return dataset.part("test")

    def _rows(self):
        for number, (name, items) in enumerate(self.answers.items(), 1):
            done = all(items.values())
            yield f"{'☑' if done else '☐'} {number} {name}", items

    def _count(self):
        if self.steps is not STEPS:
            return f"{len(self.open_items())} items open"
        times = {0: "never", 1: "once", 2: "twice"}.get(self.opened, f"{self.opened} times")
        return f"test opened {times}"

    def __str__(self):
        lines = [f"{self.title} ({self._count()})"]
        for head, items in self._rows():
            lines.append(head)
            for item, text in items.items():
                if text:
                    lines += textwrap.wrap(
                        f"{item}: {text}", 100, initial_indent="    ", subsequent_indent=" " * 6
                    )
                else:
                    lines.append(f"    {item}: ...")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        cell = "style='text-align:left;vertical-align:top'"
        rows = "".join(
            f"<tr><th {cell} rowspan='{len(items)}'>{head}</th>"
            + "</tr><tr>".join(
                f"<td {cell}>{item}</td><td {cell}>{html.escape(text or '…', quote=False)}</td>"
                for item, text in items.items()
            )
            + "</tr>"
            for head, items in self._rows()
        )
        title = html.escape(self.title, quote=False)
        return f"<table><caption style='text-align:left'><b>{title}</b>, {self._count()}</caption>{rows}</table>"
