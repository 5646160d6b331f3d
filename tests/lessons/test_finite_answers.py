"""No check raises, and NaN or infinity passes none, in any key or result of any exercise of any lesson.

Which exercises there are, and what form their answers have, is read from the lessons: a solution defines a function,
or prints its dictionary, or gives a number.
"""

import ast
import math
import re
from functools import cache
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import tries
from taught import taught

import course_utils as cu
from course_utils import exercises
from course_utils.authoring import lessons

WRONG = (math.nan, math.inf, -math.inf, np.float32("nan"), np.float64("inf"))


def solutions():
    """Exercise -> the cell of its solution."""
    found = {}
    for path in lessons.find():
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code" and "solution" in cell.metadata.get("tags", []):
                found[re.search(r'cu\.check\("(.+?)"', cell.source)[1]] = cell
    return found


SOLUTIONS = solutions()
ALL = [name for path in lessons.find() for name in exercises.names(path.name[:2])]


def printed(cell) -> dict:
    """The dictionary of numbers that the solution printed, {} if it printed none."""
    text = "".join(out.get("text", "") for out in cell.outputs)
    line = re.search(r"^\{.+\}$", text, re.M)
    values = ast.literal_eval(line[0]) if line else {}
    read = {key: re.match(r"([-\d.]+)(%?)", str(value)) for key, value in values.items()}
    return {key: float(m[1]) / (100 if m[2] else 1) for key, m in read.items()}


def name_and_defs(cell):
    """The name of what is handed to the check, and the functions that the cell defines, with its imports."""
    tree = ast.parse(cell.source)
    kinds = (ast.FunctionDef, ast.Import, ast.ImportFrom)
    return tree.body[-1].value.args[1].id, [p for p in tree.body if isinstance(p, kinds)]


def is_function(cell):
    name, parts = name_and_defs(cell)
    return any(getattr(part, "name", "") == name for part in parts)


def is_dictionary(cell):
    name, _ = name_and_defs(cell)
    for part in ast.walk(ast.parse(cell.source)):
        if isinstance(part, ast.Assign) and isinstance(part.value, (ast.Dict, ast.DictComp)):
            if getattr(part.targets[0], "id", "") == name:
                return True
    return False


FUNCTIONS = [name for name, cell in SOLUTIONS.items() if is_function(cell)]
DICTIONARIES = [name for name, cell in SOLUTIONS.items() if is_dictionary(cell)]


def test_every_exercise_has_a_form_that_is_found():
    assert sorted(SOLUTIONS) == sorted(ALL)
    for name in DICTIONARIES:
        assert printed(SOLUTIONS[name]), f"the solution of {name} should print its dictionary"


@pytest.mark.parametrize("name", DICTIONARIES)
def test_nan_and_infinity_pass_in_no_key(name):
    right = printed(SOLUTIONS[name])
    assert "keys" not in exercises.verdict(name, right)
    for key in right:
        for wrong in WRONG:
            said = exercises.verdict(name, right | {key: wrong})
            assert said.startswith("✗ not yet: give a finite number"), said
            assert repr(key) in said
        assert exercises.verdict(name, right | {key: ...}).startswith("○")
        for wrong in (None, "0.9", [], {}, np.zeros(3), print, 1j):
            said = exercises.verdict(name, right | {key: wrong})
            assert said.startswith("✗ not yet: give a number"), said
    assert "dictionary with the keys" in exercises.verdict(name, {})
    assert "dictionary with the keys" in exercises.verdict(name, list(right.values()))


@cache
def solved(name):
    """The function of a solution, with what the lesson teaches around it."""
    wanted, parts = name_and_defs(SOLUTIONS[name])
    scope = {"np": np, "cu": cu}
    try:
        exec(compile(ast.Module(parts, []), name, "exec"), scope)
        assert exercises.verdict(name, scope[wanted])[0] == "✓"
    except (NameError, AssertionError):
        scope = taught(name[:2])
        exec(compile(ast.Module(parts, []), name, "exec"), scope)
    return scope[wanted]


def leaves(value):
    """How many numbers a result holds that can be NaN; a mask holds none."""
    if isinstance(value, (list, tuple)):
        return sum(map(leaves, value))
    array = np.asarray(value)
    return 0 if array.dtype == bool and array.ndim else array.size


def poisoned(value, place, wrong):
    """The result with `wrong` in place of one of its numbers."""
    if isinstance(value, (list, tuple)):
        new = []
        for part in value:
            count = leaves(part)
            new.append(poisoned(part, place, wrong) if 0 <= place < count else part)
            place -= count
        return type(value)(new)
    array = np.array(value, float)
    array.flat[place] = wrong
    return array if array.ndim else float(array)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nan_and_infinity_pass_in_no_result(name):
    """In each call that the check makes, each number of the result in turn."""
    function, results = solved(name), []

    def noted(*arguments):
        results.append(function(*arguments))
        return results[-1]

    assert exercises.verdict(name, noted)[0] == "✓"
    for call, result in enumerate(list(results)):
        for place in range(min(leaves(result), 12)):
            for wrong in WRONG[:3]:
                calls = iter(range(1000))

                def broken(*arguments, call=call, place=place, wrong=wrong, calls=calls):
                    given = function(*arguments)
                    return poisoned(given, place, wrong) if next(calls) == call else given

                said = exercises.verdict(name, broken)
                assert said.startswith("✗ not yet: "), (call, place, wrong, said)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("wrong", WRONG)
def test_nan_and_infinity_are_no_answer(name, wrong):
    for answer in (
        wrong,
        lambda *_: wrong,
        lambda *_: [wrong],
        lambda *_: np.full((2, 2), wrong),
    ):
        assert exercises.verdict(name, answer).startswith("✗ not yet: ")


# --- whatever the answer


class Odd:
    """An object that answers nothing without an error."""

    def __init__(self, kind=RuntimeError):
        object.__setattr__(self, "kind", kind)

    def _raise(self, *_, **__):
        raise self.kind("odd")

    __float__ = __len__ = __iter__ = __eq__ = __bool__ = __array__ = __getitem__ = _raise
    __repr__ = __str__ = __getattr__ = _raise
    __hash__ = None


class Speechless(Exception):
    """An error that cannot say what it is."""

    def __str__(self):
        raise ValueError


def leaves_python(*_):
    raise SystemExit(3)


def speechless(*_):
    raise Speechless


def endless(*arguments):
    return endless(*arguments)


ODD = {
    "odd": Odd(),
    "leaving": Odd(SystemExit),
    "function that leaves": leaves_python,
    "function without words": speechless,
    "endless": endless,
    "odd result": lambda *_: Odd(),
    "class": Odd,
    "huge array": np.zeros((3000, 3000)),
    "huge number": 10**400,
    "huge text": "x" * 10_000,
    "function of a huge text": lambda *_: "x" * 10_000,
    "function of nothing": lambda: 1,
    "object array": np.array([None, "a"], dtype=object),
    "lonely surrogate": "\ud800",
    "bytes": b"\xff",
    "image": np.zeros((4, 4, 3), np.uint8),
    "nested": [[1, [2]], 3],
    "namespace": SimpleNamespace(),
    "generator": (i for i in range(3)),
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", ODD)
def test_nothing_stops_a_check(name, kind):
    answer = ODD[kind]
    said = exercises.verdict(name, answer)
    assert said.startswith("✗ not yet: ") and len(said) < 1000
    keys = printed(SOLUTIONS[name])
    assert exercises.verdict(name, dict.fromkeys(keys, answer))[0] == "✗"


values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just(...),
        st.complex_numbers(), st.binary(max_size=3),
        st.builds(lambda n, x: np.full((n,), x), st.integers(0, 3), st.floats()),
    ),
    lambda x: st.one_of(st.lists(x, max_size=3), st.tuples(x, x), st.dictionaries(st.text(max_size=2), x, max_size=2)),
    max_leaves=4,
)  # fmt: skip


@tries
@given(st.sampled_from(ALL), values, st.data())
def test_any_answer_gets_a_line(name, value, data):
    assert exercises.verdict(name, value)[0] in "○✗✓"
    assert exercises.verdict(name, lambda *_: value)[0] in "○✗"
    keys = printed(SOLUTIONS[name])
    answer = {key: data.draw(values) for key in keys}
    said = exercises.verdict(name, answer)
    if said[0] == "✓":
        assert all(math.isfinite(v) for v in answer.values())


# --- whatever the name


def test_a_number_names_an_exercise_too(capsys):
    cu.check(7.1, 0.88)
    assert capsys.readouterr().out.startswith("✓ correct")
    assert exercises.verdict("7.1", 0.88) == exercises.verdict(" 07.1 ", 0.88)


@pytest.mark.parametrize(
    "name",
    ["", ".", "07", "07.", "07.9", "99.1", "../x", "a.b", 7, -1.5, math.nan, "x" * 5000, "０7.1", "\0"],
)  # fmt: skip
def test_an_unknown_name_gets_a_line(name):
    said = exercises.verdict(name, 1)
    assert said.startswith("? there is no exercise") and len(said) < 300


def test_what_is_no_name_gets_an_example():
    for name in (None, ..., [], {}, np.zeros(3), Odd(), print, 0.88j, b"07.1"):
        assert 'as in cu.check("07.1", answer)' in exercises.verdict(name, 1)


def test_a_missing_package_is_named(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError("No module named 'scipy'", name="scipy")

    monkeypatch.setattr(exercises, "import_module", missing)
    assert "needs the package scipy" in exercises.verdict("05.1", 3)


def test_ctrl_c_still_stops():
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exercises.verdict("00.2", stop)
