"""Drawings: the real set as it is, the stand-in of the same form, and files made to do harm."""

import numpy as np
import pytest
from PIL import Image
from real_data import real, standin

from course_utils.data.sets import drawings

KINDS = pytest.mark.parametrize("kind", drawings.SIZES)
BOTH = pytest.mark.parametrize("get", [standin, real])


@BOTH
@KINDS
def test_volunteers(get, kind):
    data = get("parkinson_drawings", kind=kind)
    assert data.images.shape == (102, *drawings.SIZES[kind]) and data.images.dtype == np.uint8
    assert np.bincount(data.labels).tolist() == [51, 51]
    people, counts = np.unique(data.cases, return_counts=True)
    assert len(people) == 28 and sorted(counts)[-2:] == [9, 15]
    for person in people:
        assert len(set(data.split[data.cases == person])) == 1
    official = data.targets["official"]
    assert (official == "test").sum() == 30
    both_sides = set(data.cases[official == "test"]) & set(data.cases[official == "train"])
    assert len(both_sides) > 10, "the official split leaks, in the stand-in too"


@BOTH
@KINDS
def test_dark_lines_on_light_paper(get, kind):
    images = get("parkinson_drawings", kind=kind).images
    assert 200 < np.median(images) and 0.01 < (images < 180).mean() < 0.2


def one(folder, name="V03PE01.png", size=(256, 256)):
    path = folder / name
    Image.new("L", size, 230).save(path)
    return {f"parkinsons-drawings/spiral/training/parkinson/{name}": path}


def test_one_good_drawing(tmp_path):
    data = drawings.parkinson_drawings.read(one(tmp_path))
    assert data.cases.tolist() == ["P03"] and data.labels.tolist() == [1]


def test_what_cannot_be(tmp_path):
    with pytest.raises(ValueError, match="names no volunteer"):
        drawings.parkinson_drawings.read(one(tmp_path, "spiral.png"))
    with pytest.raises(ValueError, match="200 x 256 pixels, not 256 x 256"):
        drawings.parkinson_drawings.read(one(tmp_path, size=(200, 256)))
    files = one(tmp_path)
    path = next(iter(files.values()))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ValueError, match="is not readable"):
        drawings.parkinson_drawings.read(files)
    for make in (
        drawings.parkinson_drawings.draw,
        lambda k: drawings.parkinson_drawings.read({}, k),
    ):
        with pytest.raises(ValueError, match="spiral or wave, not 'circle'"):
            make("circle")
