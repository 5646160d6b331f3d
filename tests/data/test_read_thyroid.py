"""DDTI: the reader, and a stand-in of the same form."""

import functools
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from real_data import needs_real

from course_utils.data import fetch, sets
from course_utils.data.records import Dataset
from course_utils.data.sets.common import shared_out

SOURCES = [pytest.param("real", marks=needs_real), "simulated"]
COUNTS = {
    "train": [23, 12, 54, 47, 39, 25],
    "val": [8, 2, 15, 11, 11, 6],
    "test": [10, 5, 24, 19, 16, 14],
}


@functools.cache
def get(source: str) -> Dataset:
    if source == "simulated":
        return sets.SETS["thyroid_ddti"].draw()
    return sets.SETS["thyroid_ddti"].read(fetch.files("thyroid_ddti"))


def digest(data: Dataset) -> str:
    content = hashlib.sha256()
    for array in (data.images, data.targets["nodules"], data.labels, data.split):
        content.update(np.ascontiguousarray(array).tobytes())
    return content.hexdigest()


@pytest.mark.parametrize("source", SOURCES)
def test_the_form(source):
    data = get(source)
    assert data.name == "thyroid_ddti" and data.source == source
    assert data.images.shape == (341, 360, 560) and data.images.dtype == np.uint8
    assert data.classes == tuple(f"TI-RADS {k}" for k in ("2", "3", "4a", "4b", "4c", "5"))
    assert np.issubdtype(data.labels.dtype, np.integer)
    assert {s: np.bincount(data.part(s).labels).tolist() for s in COUNTS} == COUNTS
    assert (data.labels >= 3).sum() == 188
    masks = data.targets["nodules"]
    assert masks.shape == (341, 360, 560) and masks.dtype == bool
    share = masks.mean((1, 2))
    assert 0.001 < share.min() and share.max() < 0.5
    assert data.targets["n_nodules"].shape == (341,)
    assert 1 <= data.targets["n_nodules"].min() and data.targets["n_nodules"].max() <= 5
    assert 0.2 < (data.targets["n_nodules"] > 1).mean() < 0.4
    readings = ["composition", "echogenicity", "margins", "calcifications"]
    assert list(data.targets) == ["nodules", "n_nodules", *readings]
    for key in readings:
        words = data.targets[key]
        assert words.shape == (341,) and words.dtype.kind == "U"
        assert 2 <= len(set(words) - {""}) <= 7
    assert (data.targets["composition"] == "").mean() > 0.3
    assert set(data.extra) == {"left_out", "text_from_row"}
    assert data.extra["text_from_row"] == 312 and isinstance(data.extra["left_out"], list)


@pytest.mark.parametrize("source", SOURCES)
def test_no_case_is_in_two_splits_and_its_views_share_what_was_read(source):
    data = get(source)
    assert len(set(data.cases)) == 291 and len(set(data.files)) == 341
    parts = [set(data.part(s).cases) for s in COUNTS]
    assert sum(map(len, parts)) == len(set().union(*parts))
    for file, case in zip(data.files, data.cases, strict=True):
        assert file.rpartition("_")[0] == case
    seen = {}
    of_case = zip(
        data.cases,
        data.labels,
        data.targets["margins"],
        data.targets["calcifications"],
        strict=True,
    )
    for case, *what in of_case:
        assert seen.setdefault(case, what) == what


@pytest.mark.parametrize("source", SOURCES)
def test_nodules_lie_in_the_picture_and_differ_from_it_by_risk(source):
    data = get(source)
    row = data.extra["text_from_row"]
    assert data.targets["nodules"][:, row:].any((1, 2)).sum() <= 1
    inner = np.array(
        [i[m].mean() for i, m in zip(data.images, data.targets["nodules"], strict=True)]
    )
    assert 20 < inner.mean() < 120
    # Below that row there is text on black.
    below = data.images[:, row:]
    assert (below < 30).mean() > 0.95 and (below.max((1, 2)) > 150).mean() > 0.9


def letters(data):
    """Whether the word TIRADS stands below the picture of the real set, for each view."""
    from skimage.feature import match_template

    view = data.images[list(data.files).index("350_1")]
    word = (view[333:345, 213:267] > 100).astype(np.float32)
    ink = (data.images[:, 312:] > 100).astype(np.float32)
    return np.array(
        [page.sum() > 100 and match_template(page, word).max() > 0.8 for page in ink]
    )


@needs_real
def test_the_answer_is_written_in_some_views():
    data = get("real")
    found = letters(data)
    assert found.sum() == 73
    assert np.bincount(data.labels[found], minlength=6).tolist() == [16, 13, 12, 3, 19, 10]
    assert not set(data.cases[found]) & {str(k) for k in range(290)}


@needs_real
def test_the_real_set_and_what_is_left_out():
    data = get("real")
    assert digest(data) == "602fa1ea923f9385a24bfc838ff898217e4c6958797f111d57e9702d741e5344"
    assert data.extra["left_out"] == [
        f"{k}_{v}"
        for k, v in [
            (54, 1),
            (127, 1),
            (142, 2),
            (166, 1),
            (176, 1),
            (197, 1),
            (203, 1),
            (205, 1),
        ]
    ]
    # Seven cases are gone; of case 142 one view is left.
    assert len({Path(f).stem for f in fetch.files("thyroid_ddti") if f.endswith("xml")}) == 298
    assert {"54", "127", "166", "176", "197", "203", "205"}.isdisjoint(data.cases)
    assert "142_1" in data.files
    # The outline of 338_2 runs out of the screen; it is cut at the border.
    assert data.targets["nodules"][list(data.files).index("338_2")][-1].any()
    assert len({image.tobytes() for image in data.images}) == 341


def test_the_stand_in_is_the_same_in_every_call():
    assert digest(get("simulated")) == digest(sets.SETS["thyroid_ddti"].draw())


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.text(max_size=4), st.sampled_from("abc"), max_size=60))
def test_sharing_out_is_by_class_and_does_not_depend_on_the_order(classes):
    part = shared_out(classes)
    assert part == shared_out(dict(reversed(classes.items())))
    assert set(part) == set(classes)
    for wanted in "abc":
        got = [part[case] for case in classes if classes[case] == wanted]
        for split, share in (("train", 0.6), ("val", 0.15), ("test", 0.25)):
            assert abs(got.count(split) - share * len(got)) <= 1


# --- damaged and hostile files

SQUARE = [{"x": 100, "y": 50}, {"x": 200, "y": 50}, {"x": 200, "y": 150}, {"x": 100, "y": 150}]


def one_case(folder, svg=None, tirads="4a", head="", xml=None, image="1") -> dict[str, Path]:
    """A case 7 with one view; svg: the text of its mark."""
    svg = json.dumps([{"points": SQUARE}]) if svg is None else svg
    text = f"<case><tirads>{tirads}</tirads><margins>ill- defined</margins>"
    text += f"<mark><image>{image}</image><svg>{svg}</svg></mark></case>"
    (folder / "7.xml").write_text(head + text if xml is None else xml)
    Image.new("RGB", (560, 360), (9, 9, 9)).save(folder / "7_1.jpg")
    return {f"Preprocessing/Archive/{n}": folder / n for n in ("7.xml", "7_1.jpg")}


def read(files):
    return sets.SETS["thyroid_ddti"].read(files)


def test_a_small_set_in_the_right_form_is_read(tmp_path):
    data = read(one_case(tmp_path))
    mask = data.targets["nodules"][0]
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert (rows[[0, -1]] == [50, 150]).all() and (columns[[0, -1]] == [100, 200]).all()
    assert mask.sum() == 101 * 101
    assert data.labels.tolist() == [2] and data.targets["margins"].tolist() == ["ill defined"]


def test_two_outlines_make_one_mask_and_arrows_make_none(tmp_path):
    far = [{"x": p["x"] + 200, "y": p["y"]} for p in SQUARE]
    marks = [{"points": SQUARE}, {"points": far}, {"points": far[:2], "regionType": "arrow"}]
    data = read(one_case(tmp_path, json.dumps(marks)))
    assert data.targets["n_nodules"].tolist() == [2]
    assert data.targets["nodules"].sum() == 2 * 101 * 101


LAUGHS = (
    "<!DOCTYPE case ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"svg": "&a9;", "head": LAUGHS},
        {"head": '<!DOCTYPE case [<!ENTITY f SYSTEM "file:///etc/passwd">]>', "svg": "&f;"},
        {"xml": "<case><tirads>4a</tirads>"},
        {"xml": ""},
        {"xml": "<case>" * 20_000 + "</case>" * 20_000},
        {"tirads": "9"},
        {"svg": json.dumps([{"points": [{"x": 1e300, "y": 1}] * 3}])},
        {"svg": '[{"points": [{"x": NaN, "y": 1}, {"x": 2, "y": 1}, {"x": 2, "y": 5}]}]'},
        {"svg": json.dumps([{"points": [{"x": "a", "y": 1}] * 3}])},
        {"svg": json.dumps([{"points": 7}])},
        {"svg": "[" * 40_000 + "]" * 40_000},
        {"svg": "7"},
        {"svg": "[1]"},
        {"svg": "{}" * 60_000},
    ],
)
def test_a_damaged_or_hostile_xml_is_named(tmp_path, wrong):
    with pytest.raises(ValueError, match="7.xml is not readable"):
        read(one_case(tmp_path, **wrong))


@pytest.mark.parametrize("damage", [b"", b"\xff\xd8" + b"?" * 500, None, "cut"])
def test_a_damaged_view_is_named(tmp_path, damage):
    files = one_case(tmp_path)
    path = tmp_path / "7_1.jpg"
    if damage is None:
        Image.new("L", (5, 5)).save(path)
    else:
        path.write_bytes(path.read_bytes()[:900] if damage == "cut" else damage)
    with pytest.raises(ValueError, match="7_1.jpg is not readable"):
        read(files)


@pytest.mark.parametrize("svg", ['[{"points": [{"x": 1', ""])
def test_a_polygon_that_is_cut_off_leaves_only_its_view_out(tmp_path, svg):
    files = one_case(tmp_path)
    (tmp_path / "8.xml").write_text((tmp_path / "7.xml").read_text())
    one_case(tmp_path, svg)
    (tmp_path / "8_1.jpg").write_bytes((tmp_path / "7_1.jpg").read_bytes())
    files |= {f"Preprocessing/Archive/{n}": tmp_path / n for n in ("8.xml", "8_1.jpg")}
    data = read(files)
    assert data.files.tolist() == ["8_1"] and data.extra["left_out"] == ["7_1"]
