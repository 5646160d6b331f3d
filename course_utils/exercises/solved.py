"""Which exercises a reader has solved, kept on this computer in one small JSON file and sent nowhere.

The file lies in the cache folder (`switches.cache_dir`). `COURSE_PROGRESS=0` switches it off; another word is a name
and has a file of its own, for readers who share a computer. Solutions that a lesson brings do not count.
"""

from __future__ import annotations

import contextlib
import json
import os
import pkgutil
import sys
import tempfile
from datetime import date
from pathlib import Path

from filelock import FileLock, Timeout

from .. import switches

SOLUTION = "# @title Solution"  # the first line of the cells that bring one


def file() -> Path | None:
    """Where progress is kept, None where it is switched off. Raises switches.WrongSwitch for a name that is none."""
    name = switches.reader()
    if name is None:
        return None
    return switches.cache_dir() / (f"progress-{name}.json" if name else "progress.json")


def read() -> dict[str, dict]:
    """What is kept: {"07.1": {"tries": 2, "solved": "2026-11-28"}}; "solved" is missing until it is.

    Raises ValueError for a file that holds something else, OSError for one that cannot be read.
    """
    path = file()
    if path is None or not path.exists():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        assert all(isinstance(entry["tries"], int) for entry in kept.values())
    except (ValueError, AssertionError, AttributeError, KeyError, TypeError):
        raise ValueError(
            f"{switches.short(path)} does not hold your progress; repair it, or move it away"
        ) from None
    return kept


def note(name: str, solved: bool) -> None:
    """Keep one try of an exercise. Never raises, and never harms a file that it cannot read: `table` says so."""
    with contextlib.suppress(OSError, ValueError, Timeout):
        path = file()
        if path is None or _is_solution():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=2):
            kept = read()
            entry = kept.setdefault(name, {"tries": 0})
            entry["tries"] += "solved" not in entry
            if solved:
                entry.setdefault("solved", date.today().isoformat())
            _write(path, json.dumps(dict(sorted(kept.items())), indent=1))


def gives_away(name: str) -> bool:
    """Whether a solution of the course runs of which the reader has not tried the exercise. Never raises."""
    with contextlib.suppress(OSError, ValueError):
        return file() is not None and _is_solution() and name not in read()
    return False


def _write(path: Path, text: str) -> None:
    """All or nothing: a crash leaves the old file."""
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(partial, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(partial)


def _is_solution() -> bool:
    """Whether the notebook's running cell is a solution of the course."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    cells = shell.user_ns.get("In") if shell else None
    return bool(cells) and cells[-1].lstrip().startswith(SOLUTION)


def lessons() -> list[str]:
    """The lessons with exercises, e.g. ["00", "01"]."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(m.name[7:] for m in found if m.name.startswith("lesson_"))


def table() -> str:
    """A line a lesson, a sign an exercise: ✓ solved, ✗ tried, · not yet; then the sum, and where it is kept.

    Raises as `read` does.
    """
    from . import names

    path, kept = file(), read()
    lines, count, solved = [], 0, 0
    for lesson in lessons():
        entries = [kept.get(name, {}) for name in names(lesson)]
        days = [entry["solved"] for entry in entries if "solved" in entry]
        signs = ["✓" if "solved" in entry else "✗" if entry else "·" for entry in entries]
        lines.append(f"{lesson}     {' '.join(signs)}  {max(days, default='')}".rstrip())
        count, solved = count + len(entries), solved + len(days)
    where = "Not kept, as COURSE_PROGRESS is 0"
    if path:
        where = f"Kept in {switches.short(path)}, sent nowhere"
        there = next(place for place in (path, *path.parents) if place.exists())
        if not os.access(there, os.W_OK):
            where = f"Nothing can be written to {there}; set COURSE_DATA to a folder of yours"
    return "\n".join(
        [
            "lesson exercises: ✓ solved, ✗ tried, · open",
            *lines,
            f"{solved} of {count} exercises solved. {where}.",
        ]
    )
