"""The friendly checks of the exercises.

`cu.check("07.1", answer)` prints one line and never raises:
    ○ not attempted yet
    ✓ correct, with a word on why
    ✗ not yet, and what is wrong
The checks of lesson 07 stand in lesson_07.py: one function an exercise, marked `@exercise("07.1", praise)`.
It gets the answer and returns a text that says what is wrong, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

_CHECKS: dict[str, tuple[Callable, str]] = {}


def exercise(name: str, praise: str):
    """Register a check. name: lesson and number, e.g. "07.1". praise: what a right answer is told."""

    def register(function):
        _CHECKS[name] = function, praise
        return function

    return register


def names(lesson: str) -> list[str]:
    """The exercises of a lesson, e.g. ["07.1", "07.2", "07.3"]."""
    import_module(f"{__name__}.lesson_{lesson}")
    return sorted(n for n in _CHECKS if n.startswith(f"{lesson}."))


def check(name: str, answer=...) -> None:
    """Print whether `answer` solves the exercise `name`, and if not, what is wrong. Never raises."""
    print(verdict(name, answer))


def verdict(name: str, answer) -> str:
    """What `check` prints."""
    try:
        known = names(name.split(".")[0])
    except ModuleNotFoundError:
        known = []
    if name not in known:
        return f"? there is no exercise {name!r}; this lesson has {', '.join(known) or 'none'}"
    if answer is ... or answer is None:
        return "○ not attempted yet: put your answer where the three dots are, then run the cell again"
    function, praise = _CHECKS[name]
    try:
        wrong = function(answer)
    except NotAttempted:
        return "○ not attempted yet: put your code where the three dots are, then run the cell again"
    except Exception as error:
        return f"✗ not yet: your answer stopped the check with {type(error).__name__}: {error}"
    return f"✗ not yet: {wrong}" if wrong else f"✓ correct: {praise}"


class NotAttempted(Exception):
    """Raised by `result_of` for a stub that still holds its three dots."""


def number(answer) -> float:
    """The answer as a float. Raises TypeError with a clear text for anything that is no number."""
    try:
        return float(answer)
    except (TypeError, ValueError):
        raise TypeError(f"a number is wanted here, not {type(answer).__name__}") from None


def result_of(function, *arguments):
    """What the reader's function returns. Raises NotAttempted for a stub, TypeError for what is no function."""
    if not callable(function):
        raise TypeError(f"a function is wanted here, not {type(function).__name__}")
    value = function(*arguments)
    if value is ...:
        raise NotAttempted
    if value is None:
        raise TypeError("your function returns None; does it end in `return ...`?")
    return value
