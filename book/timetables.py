"""Timetables for a class, with minutes that come from the lessons: `make scoreboard` writes book/timetables.md."""

import json
from pathlib import Path

BOOK = Path(__file__).parent
# Plan: what it is for, the limit of a session in minutes, whether exercises are done in class, and its sessions.
PLANS = {
    "One day": (
        "From a first classifier to the question whether to trust it. Two breaks and a meal come on top.",
        330, True, {"the day": ("00", "07", "02", "03", "10")},
    ),
    "Six weeks": (
        "A session of two and a half hours a week, exercises in class.",
        160, True, {
            "1": ("00", "07", "04"), "2": ("02", "03"), "3": ("05", "06"), "4": ("01", "10"), "5": ("11", "13"),
            "6": ("14", "22"),
        },
    ),
    "A semester": (
        "A session of 90 minutes a week; the exercises are for home.",
        90, False, {
            "1": ("00", "07"), "2": ("01", "04"), "3": ("02",), "4": ("03", "05"), "5": ("06", "08"), "6": ("09",),
            "7": ("10",), "8": ("11", "12"), "9": ("13",), "10": ("14", "15"), "11": ("16", "17"), "12": ("18", "19"),
            "13": ("20", "21"), "14": ("22", "23"),
        },
    ),
}  # fmt: skip
START = """# Timetables

Minutes are those of the lessons: to read, to run and to practise. Each plan keeps the order that the
lessons need. `make scoreboard` writes this page.
"""


def minutes() -> dict[str, tuple[str, int, int]]:
    """Lesson -> (title, minutes to read and run, minutes of exercises)."""
    found = {}
    for path in sorted((BOOK.parent / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        about = json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]
        times = about["minutes"]
        link = f"[{path.name[:2]} {about['title'].partition(':')[0]}](../notebooks/{path.name})"
        found[path.name[:2]] = link, round(times["read"] + times["run"]), times["exercises"]
    return found


def text() -> str:
    """The page."""
    known, parts = minutes(), [START]
    for plan, (what, _, in_class, sessions) in PLANS.items():
        rows, total = [], 0
        for session, chosen in sessions.items():
            titles, read, practise = zip(*(known[lesson] for lesson in chosen), strict=True)
            here = sum(read) + (sum(practise) if in_class else 0)
            total += here
            home = "" if in_class else f" {sum(practise)} |"
            rows.append(f"| {session} | {', '.join(titles)} | {here} |{home}")
        heads = ["session", "lessons", "minutes in class", *([] if in_class else ["at home"])]
        parts.append(
            f"## {plan}\n\n{what}\n\n| {' | '.join(heads)} |\n{'|---' * len(heads)}|\n"
            + "\n".join(rows)
            + f"\n\nIn class together: {total} minutes.\n"
        )
    return "\n".join(parts)


def write() -> Path:
    """Write the page; returns it."""
    page = BOOK / "timetables.md"
    page.write_text(text(), encoding="utf-8")
    return page


if __name__ == "__main__":
    print(write())
