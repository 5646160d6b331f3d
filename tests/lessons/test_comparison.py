"""The comparison of outputs is sharp: it notices each number, word and output that changed, and nothing else."""

import copy
import json

import nbformat
import pytest

from course_utils import spread
from course_utils.authoring import bands, comparison, lessons
from course_utils.authoring.comparison import (
    allowed,
    differences,
    numbers,
    split,
    step,
    texts,
    value,
)

PATHS = sorted(lessons.NOTEBOOKS.glob("*.ipynb"))


def stream(text):
    return [{"output_type": "stream", "name": "stdout", "text": text}]


def table(html, plain="x"):
    data = {"text/html": html, "text/plain": plain}
    return [{"output_type": "execute_result", "data": data}]


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("AUC 0.912 of 10%", "AUC # of # %", ["0.912", "10"]),
        (
            "28x28, T2*, conv2, torch 2.15.0, s1a2b",
            "28x28, T2*, conv2, torch 2.15.0, s1a2b",
            [],
        ),
        ("-0.5 ± .1, 0.5-0.7", "# ± # , # - #", ["-0.5", ".1", "0.5", "0.7"]),
        ("1,234 films, 2e-3", "# films, #", ["1,234", "2e-3"]),
        ("p < 0.05 and x > 3\n-----\n", "p < # and x > #", ["0.05", "3"]),
        ("nan", "nan", []),
    ],
)
def test_words_and_numbers_of_a_text(text, words, found):
    assert split(text) == (words, found)


def test_a_number_knows_its_value_and_its_last_digit():
    assert value("−1,234") == -1234 and value("2e-3") == 0.002
    assert step("0.83") == pytest.approx(0.01) and step("12") == 0
    assert step("1.5e-03") == pytest.approx(1e-4)


def test_exact_means_every_digit():
    assert not differences(stream("AUC 0.91\n"), stream("AUC 0.91\n"))
    for other in ("AUC 0.92\n", "AUC 0.910\n", "AUC 0.91", "AUC  0.91\n", "AUC nan\n"):
        assert differences(stream(other), stream("AUC 0.91\n")), other


def test_bands_hold_numbers_and_no_words():
    saved, band = stream("CNN 0.90, 7 of 10"), {"0": [0.88, 0.92]}
    for inside in ("CNN 0.88, 7 of 10", "CNN 0.94, 7 of 10", "CNN  0.9, 7 of 10"):
        assert not differences(stream(inside), saved, band), inside
    for outside in (
        "CNN 0.80, 7 of 10",
        "CNN 0.90, 8 of 10",
        "ANN 0.90, 7 of 10",
        "CNN nan, 7 of 10",
    ):
        assert differences(stream(outside), saved, band), outside
    assert allowed("0.90", [0.88, 0.92]) == pytest.approx((0.85, 0.95))
    assert allowed("7", None) == (7, 7)


def test_pictures_are_not_compared_and_html_counts_without_its_tags():
    a, b = (
        table(f'<img src="data:image/png;base64,{x}" width="3"> 0.50') for x in ("AA", "BB")
    )
    assert not differences(a, b)
    assert texts(table("<td style='width:3px'>3 &lt; 4</td>")[0]) == [" 3 < 4 "]
    # Other versions of pandas wrap the plain text differently; within bands only the table itself counts.
    wide, narrow = table("<td>0.91</td>", "a b 0.91"), table("<td>0.91</td>", "a\\\nb 0.91")
    assert differences(wide, narrow) and not differences(wide, narrow, {})


def test_a_range_beside_a_number_moves_no_band():
    plain, ranged = table("<td>0.91</td> 7"), table("<td>0.91 [0.89 to 0.92]</td> 7")
    assert numbers(ranged) == ["0.91", "0.89", "0.92", "7"]
    for output in (*plain, *ranged):
        output["metadata"] = {"course_results": []}
    assert numbers(plain) == numbers(ranged) == ["0.91", "7"]
    assert differences(ranged, plain), "to the digit it is"
    assert not differences(ranged, plain, {})


def test_outputs_that_come_or_go_are_noticed():
    one, two = stream("a"), stream("a") + table("<b>1</b>")
    for within in (None, {}):
        assert differences(one, two, within) and differences(two, one, within)
        assert differences(stream("1"), table("1"), within)


def compared(path):
    """The cells of a lesson whose outputs are compared."""
    for cell in nbformat.read(path, as_version=4).cells:
        ignored = "nbval-ignore-output" in cell.metadata.get("tags", [])
        if cell.cell_type == "code" and cell.outputs and not ignored:
            yield cell


def put(outputs, place, text):
    """The outputs of a cell with another text in the place of one of its numbers."""
    outputs = copy.deepcopy(outputs)
    for output in outputs:
        where = (
            output
            if "text" in output
            else output.get("data", {}).get("text/html") and output["data"]
        )
        key = "text" if "text" in output else "text/html"
        if not where:
            where, key = output.get("data", {}), "text/plain"
        if key not in where:
            continue
        # As `texts` sees it, so that the number can be found again.
        said = texts(output)[0]
        found = list(comparison.NUMBER.finditer(said))
        if place < len(found):
            a, b = found[place].span()
            where[key] = said[:a] + text + said[b:]
            if key == "text/html":
                where[key] = where[key].replace("<", "&lt;")
            return outputs
        place -= len(found)
    raise IndexError(place)


def beyond(number, band):
    """The nearest text that a band does not hold."""
    high = allowed(number, band)[1]
    digits = len(number.partition(".")[2].split("e")[0]) if "e" not in number else 3
    return f"{high + max(step(number), 10.0**-digits):.{digits}f}"


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_every_number_of_a_lesson_is_watched(path):
    """Changed by one in its last digit, or by the least that its band forbids, each number is noticed."""
    for cell in compared(path):
        within = bands.of_cell(path.name[:2], cell.id)
        for place, number in enumerate(numbers(cell.outputs)):
            last = number[-1]
            near = number[:-1] + str((int(last) + 1) % 10)
            assert differences(put(cell.outputs, place, near), cell.outputs), (
                cell.source,
                number,
            )
            far = beyond(number, within.get(str(place)))
            assert differences(put(cell.outputs, place, far), cell.outputs, within), (
                cell.source,
                number,
            )
            assert differences(put(cell.outputs, place, "nan"), cell.outputs, within), (
                cell.source
            )


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_lesson_in_disorder_is_noticed(path):
    """Two numbers swapped, an output dropped or added, a word changed: in both ways of comparing."""
    for cell in compared(path):
        within = bands.of_cell(path.name[:2], cell.id)
        for bounds in (None, within):
            assert differences(cell.outputs[:-1], cell.outputs, bounds)
            assert differences([*cell.outputs, *stream("more")], cell.outputs, bounds)
            said = " ".join(text for output in cell.outputs for text in texts(output))
            word = next((w for w in ("Figure", "✓", "○", "the", "of") if w in said), None)
            if word:
                told = json.dumps(cell.outputs, ensure_ascii=False)
                other = json.loads(told.replace(word, "qq"))
                assert differences(other, cell.outputs, bounds), word
        found = numbers(cell.outputs)
        for place, (a, b) in enumerate(zip(found, found[1:], strict=False)):
            if a == b:
                continue
            swapped = put(put(cell.outputs, place, b), place + 1, a)
            assert differences(swapped, cell.outputs)
            low, high = allowed(a, within.get(str(place)))
            if not low <= value(b) <= high:
                assert differences(swapped, cell.outputs, within), (a, b)


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_bands_belong_to_the_saved_outputs(path):
    """Each band names a number that is there, and holds what is saved; `make bands` writes them anew."""
    said = {cell.id: numbers(cell.outputs) for cell in compared(path)}
    made = spread.read(path.name[:2])
    assert set(bands.LEAST) <= set(made["runs"]) <= set(bands.RUNS)
    for cell, moved in made["cells"].items():
        for place, (low, high) in moved.items():
            assert low <= value(said[cell][int(place)]) <= high, (cell, place)


def test_a_band_that_was_widened_by_hand_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(spread, "FOLDER", tmp_path)
    spread.save("99", {"cells": {"a": {"0": [0.1, 0.2]}}})
    assert spread.read("99")["cells"]["a"]["0"] == [0.1, 0.2]
    file = tmp_path / "99.json"
    file.write_text(file.read_text().replace("0.2", "0.9"))
    spread.read.cache_clear()
    with pytest.raises(ValueError, match="edited by hand"):
        spread.read("99")
    spread.read.cache_clear()


def test_no_tolerance_is_typed_into_a_lesson():
    for path in PATHS:
        for cell in nbformat.read(path, as_version=4).cells:
            assert "nbval" not in cell.metadata, f"{path.name}: {cell.source[:40]}"


def test_a_printed_zero_has_no_sign():
    for path in PATHS:
        for cell in compared(path):
            zeros = [n for n in numbers(cell.outputs) if n[0] in "-−" and value(n) == 0]
            assert not zeros, f"{path.name}: {cell.source[:60]}"
