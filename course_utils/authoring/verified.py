"""The book's page "Last verified": which lesson ran where, when, and how long it took.

Each test run of the lessons leaves a record in build/verified (conftest.py calls `record`); `make verified` puts the
records into book/verified.json and writes the page. A lesson that failed, or was not run, keeps no old entry there.
"""

from __future__ import annotations

import datetime
import json
import platform
from importlib.metadata import version
from pathlib import Path

from . import comparison

BUILD = comparison.ROOT / "build" / "verified"
TABLE = comparison.ROOT / "book" / "verified.json"
PAGE = TABLE.with_suffix(".md")


def environment(real: bool) -> str:
    """This computer and its versions in a few words."""
    why = comparison.why_not_exact()
    colab = version("torch").split("+")[0] in _pins("constraints-colab.txt").get("torch", "")
    versions = "Colab's versions" if colab else "pinned versions"
    how = "on stand-ins" if not real else "within bands" if why else "to the digit"
    return f"{platform.system()}, {processor()}, Python {platform.python_version()}, {versions}, {how}"


def processor() -> str:
    """The make of the processor, e.g. "AMD EPYC"."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        names = [
            line.split(":")[1] for line in text.splitlines() if line.startswith("model name")
        ]
        return (
            " ".join(names[0].replace("(R)", "").split()[:3]) if names else platform.machine()
        )
    except OSError:
        return platform.processor() or platform.machine()


def _pins(name: str) -> dict[str, str]:
    lines = (comparison.ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def record(rows: list[tuple[str, bool, float, bool]]) -> None:
    """Keep what a test run found. rows: one (lesson, real data, seconds, passed) each."""
    BUILD.mkdir(parents=True, exist_ok=True)
    today = datetime.date.today().isoformat()
    for real in (True, False):
        found = {n: [round(s), today] for n, r, s, passed in rows if r == real and passed}
        failed = [n for n, r, _, passed in rows if r == real and not passed]
        if not found and not failed:
            continue
        name = environment(real)
        file = BUILD / (hashed(name) + ".json")
        old = json.loads(file.read_text(encoding="utf-8"))["lessons"] if file.exists() else {}
        kept = {n: entry for n, entry in old.items() if n not in failed}
        body = {"environment": name, "lessons": kept | found}
        file.write_text(json.dumps(body, indent=1, ensure_ascii=False), encoding="utf-8")


def hashed(name: str) -> str:
    """A file name for an environment."""
    return "".join(c if c.isalnum() else "-" for c in name.lower())


def write() -> Path:
    """Put the records of build/verified into the book's table, and write the page; returns it."""
    table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
    for file in sorted(BUILD.glob("*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))
        table[body["environment"]] = body["lessons"]
    text = json.dumps(table, indent=1, ensure_ascii=False, sort_keys=True)
    TABLE.write_text(text + "\n", encoding="utf-8")
    lessons = sorted({lesson for rows in table.values() for lesson in rows})
    names = sorted(table)
    lines = [
        "# Last verified",
        "",
        "Where each lesson was run last, its outputs compared with the saved ones, on which day, and the seconds it",
        "took. `make test` leaves the record and `make verified` writes this page; nothing here is typed.",
        "",
        *(f"- **{letter}**: {name}" for letter, name in zip(LETTERS, names, strict=False)),
        "",
        "| lesson | " + " | ".join(LETTERS[: len(names)]) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for lesson in lessons:
        entries = (table[name].get(lesson) for name in names)
        cells = (f"{e[1]}, {e[0]} s" if e else "not run" for e in entries)
        lines.append(f"| {lesson} | " + " | ".join(cells) + " |")
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return PAGE


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
