"""How far a number of a lesson moves with other seeds and on other computers, as `make bands` measured it."""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent


@functools.cache
def read(lesson: str) -> dict:
    """What `make bands` wrote for a lesson ("07"); empty if it never ran. Raises ValueError if somebody edited it."""
    file = FOLDER / f"{lesson}.json"
    if not file.exists():
        return {}
    body = json.loads(file.read_text(encoding="utf-8"))
    if body.pop("digest") != digest(body):
        raise ValueError(
            f"{file.name} was edited by hand; `make bands LESSON={lesson}` writes it"
        )
    return body


def save(lesson: str, body: dict) -> None:
    """Write a lesson's bands, with their digest."""
    FOLDER.mkdir(exist_ok=True)
    text = json.dumps(body | {"digest": digest(body)}, indent=1, ensure_ascii=False)
    (FOLDER / f"{lesson}.json").write_text(text + "\n", encoding="utf-8")
    read.cache_clear()


def digest(body: dict) -> str:
    """A short text that changes with any value."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def words(lesson: str, quantity: str) -> str:
    """The range of a lesson's number in words, e.g. "0.89 to 0.92"; empty if it never moved or was not measured.

    quantity: its name in the lesson's table "the paper, and ours".
    """
    band = read(lesson).get("records", {}).get(quantity)
    if not band:
        return ""
    low, high = (f"{value:.3g}" for value in band)
    return f"{low} to {high}" if low != high else ""
