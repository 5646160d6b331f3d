"""The friendly checks of the exercises.

`cu.check("07.1", answer)` prints one line and never raises:
    ○ not attempted yet
    ✓ correct, with a word on why
    ✗ not yet, and what is wrong
The checks of lesson 07 stand in lesson_07.py: one function an exercise, marked `@exercise("07.1", praise)`.
It gets the answer, takes what it needs by `number`, `numbers`, `array` or `result_of`, and returns a text that says
what is wrong, or None. Whatever an answer does to it, `verdict` turns into such a text.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from importlib import import_module

from .solved import gives_away, note, table

_CHECKS: dict[str, tuple[Callable, str]] = {}
_SIGNS = str.maketrans(
    {"✓": "[ok]", "✗": "[!!]", "○": "[  ]", "·": "[  ]"}
)  # for terminals without them
_LONGEST = 600  # characters of a line; an answer may be quoted in it, and be large
_STOPPED = (Exception, SystemExit, GeneratorExit)  # all but Ctrl-C


def exercise(name: str, praise: str):
    """Register a check. name: lesson and number, e.g. "07.1". praise: what a right answer is told."""

    def register(function):
        _CHECKS[name] = function, praise
        return function

    return register


def names(lesson: str) -> list[str]:
    """The exercises of a lesson, e.g. ["07.1", "07.2", "07.3"]."""
    import_module(f"{__name__}.lesson_{lesson}")
    return sorted((n for n in _CHECKS if n.startswith(f"{lesson}.")), key=lambda n: int(n[3:]))


def check(name: str, answer=...) -> None:
    """Print whether `answer` solves the exercise `name`, and if not, what is wrong. Never raises."""
    line = verdict(name, answer)
    if line[0] == "✓" and gives_away(_whole(name)):
        show(
            "✓ the solution passes. Try it yourself first; the words come with your own answer"
        )
        return
    show(line)
    if line[0] in "✓✗":
        note(_whole(name), solved=line[0] == "✓")


def progress() -> None:
    """Print which exercises are solved, lesson by lesson, and where that is kept. Raises as `solved.read` does."""
    show(table())


def show(text: str) -> None:
    """Print a text with the signs of the checks, in other letters where the terminal has none."""
    try:
        print(text)
    except UnicodeEncodeError:
        letters = sys.stdout.encoding or "ascii"
        print(text.translate(_SIGNS).encode(letters, "replace").decode(letters))


def verdict(name: str, answer) -> str:
    """What `check` prints."""
    if not isinstance(name, (str, int, float)):
        return (
            '? first comes the number of an exercise, in quotes, as in cu.check("07.1", answer)'
        )
    whole = _whole(name)
    lesson = whole.partition(".")[0]
    try:
        known = names(lesson) if re.fullmatch("[0-9]{2}", lesson) else []
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.lesson_{lesson}":
            return f"? this check needs the package {error.name}, and it is missing here; run `make setup`"
        known = []
    if whole not in known:
        return (
            f"? there is no exercise {_short(repr(name), 40)}; "
            f"this lesson has {', '.join(known) or 'none'}"
        )
    if answer is ... or answer is None:
        return "○ not attempted yet: put your answer where the three dots are, then run the cell again"
    function, praise = _CHECKS[whole]
    try:
        wrong = function(answer)
    except NotAttempted:
        return "○ not attempted yet: put your code where the three dots are, then run the cell again"
    except NotYet as reason:
        wrong = str(reason)
    except _STOPPED as error:
        wrong = f"your answer has not the form that is wanted; it stopped the check with {_told(error)}"
    return f"✗ not yet: {_short(wrong)}" if wrong else f"✓ correct: {praise}"


def _whole(name) -> str:
    """7.1 and " 7.1" mean "07.1"."""
    lesson, dot, part = str(name).strip().partition(".")
    return lesson.zfill(2) + dot + part


class NotAttempted(Exception):
    """Raised for an answer that still holds its three dots."""


class NotYet(Exception):
    """Raised with a text that says what is wrong with an answer."""


def number(answer, finite: bool = True) -> float:
    """The answer as a float. Raises NotYet with a clear text for anything that is no finite number.

    finite: False lets NaN and infinity through, where the check has its own words for them.
    """
    try:
        if isinstance(answer, (str, bytes)):
            raise TypeError
        value = float(answer)
    except OverflowError:
        value = math.inf
    except _STOPPED:
        what = type(answer).__name__
        what = f"the text {_short(repr(answer), 40)}" if what == "str" else what
        raise NotYet(f"give a number, not {what}") from None
    if finite and not math.isfinite(value):
        raise NotYet(f"give a finite number, not {value}")
    return value


def numbers(answer, keys: tuple) -> list[float]:
    """The values of a dictionary with exactly these keys, in their order, each by `number`.

    Raises NotAttempted where a value is still three dots, NotYet for anything else.
    """
    if not isinstance(answer, dict) or set(answer) != set(keys):
        *first, last = map(repr, keys)
        wanted = f"give a dictionary with the keys {', '.join(first)} and {last}"
        quoted = isinstance(answer, dict) and set(answer) == set(map(str, keys))
        raise NotYet(f"{wanted}, without quotes" if quoted else wanted)
    if any(value is ... for value in answer.values()):
        raise NotAttempted
    values = []
    for key in keys:
        try:
            values.append(number(answer[key]))
        except NotYet as reason:
            raise NotYet(f"{reason}, for the key {key!r}") from None
    return values


def array(answer):
    """The answer as an array of floats. Raises NotYet for anything that is none, and where a number is not finite."""
    import numpy as np

    try:
        values = np.asarray(answer, dtype=float)
    except _STOPPED:
        raise NotYet(
            f"an array of numbers is wanted here, not {type(answer).__name__}"
        ) from None
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).sum())
        raise NotYet(
            f"{bad} of the {values.size} numbers in your result are not finite (NaN or infinity)"
        )
    return values


def result_of(function, *arguments):
    """What the reader's function returns. Raises NotAttempted for a stub, NotYet for what is no function or stops."""
    if not callable(function):
        raise NotYet(f"a function is wanted here, not {type(function).__name__}")
    try:
        value = function(*arguments)
    except _STOPPED as error:
        raise NotYet(f"your function stopped with {_told(error)}") from None
    if value is ...:
        raise NotAttempted
    if value is None:
        raise NotYet("your function returns None; does it end in `return ...`?")
    return value


def _told(error: BaseException) -> str:
    """An error in words, even if it cannot say its own."""
    try:
        text = str(error)
    except _STOPPED:
        text = ""
    return f"{type(error).__name__}: {_short(text, 300)}" if text else type(error).__name__


def _short(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."
