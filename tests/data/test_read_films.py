"""Mammograms and radiographs: the readers, and stand-ins of the same form."""

import functools
import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from real_data import needs_real

from course_utils.data import fetch, sets
from course_utils.data.records import Dataset

SOURCES = [pytest.param("real", marks=needs_real), "simulated"]


@functools.cache
def get(source: str, name: str) -> Dataset:
    if source == "simulated":
        return sets.SETS[name].draw()
    return sets.SETS[name].read(fetch.files(name))


def digest(images) -> str:
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(i).tobytes() for i in images)
    ).hexdigest()


# --- mini-MIAS


@pytest.mark.parametrize("source", SOURCES)
def test_mini_mias_has_its_form(source):
    data = get(source, "mini_mias")
    assert data.name == "mini_mias" and data.source == source
    assert data.images.shape == (32, 1024, 1024) and data.images.dtype == np.uint8
    assert data.classes == ("benign", "malignant") and np.bincount(data.labels).tolist() == [
        16,
        16,
    ]
    assert list(data.split) == ["test"] * 32 and data.spacing is None
    assert len(set(data.files)) == 32 and len(set(data.cases)) == 31
    assert list(data.files) == sorted(data.files) and data.files[0] == "mdb001"
    assert data.cases[0] == data.cases[1] == "001"
    assert list(data.targets) == ["circles", "tissue", "abnormality"]
    circles = data.targets["circles"]
    assert isinstance(circles, list) and sum(map(len, circles)) == 33
    assert [k for k, c in enumerate(circles) if len(c) == 2] == [2]
    for found in circles:
        assert found.ndim == 2 and found.shape[1] == 3 and found.dtype == np.float32
        assert (found[:, :2] >= 0).all() and (found[:, :2] < 1024).all()
        assert (found[:, 2] > 15).all() and (found[:, 2] < 200).all()
    values, counts = np.unique(data.targets["tissue"], return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {
        "D": 6,
        "F": 10,
        "G": 16,
    }
    values, counts = np.unique(data.targets["abnormality"], return_counts=True)
    kinds = {"ARCH": 4, "ASYM": 9, "CIRC": 14, "MISC": 5}
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == kinds


@pytest.mark.parametrize("source", SOURCES)
def test_films_are_a_breast_on_black(source):
    data = get(source, "mini_mias")
    for image in data.images:
        assert 0.2 < (image < 30).mean() < 0.92 and image.max() > 180
        assert (image > 80).mean() > 0.05


@pytest.mark.parametrize("source", SOURCES)
def test_circles_are_brighter_than_other_places_of_the_breast(source):
    data = get(source, "mini_mias")
    y, x = np.mgrid[:1024:4, :1024:4]
    brighter = []
    for image, circles in zip(data.images[:, ::4, ::4], data.targets["circles"], strict=True):
        for cx, cy, r in circles:
            away = np.hypot(x - cx, y - cy)
            around = image[(away > 1.3 * r) & (away < 2.2 * r)]
            brighter.append(image[away < 0.7 * r].mean() > around.mean())
    assert np.mean(brighter) > 0.7


@needs_real
def test_mini_mias_content_and_labels_as_in_the_folders():
    data = get("real", "mini_mias")
    assert (
        digest(data.images)
        == "35018334755aac951eec4f1c2db13989480aa91f77ada5d7771eea94934f5b10"
    )
    folder = {p.rpartition("/")[2][:6]: p.split("/")[1] for p in fetch.files("mini_mias")}
    assert [data.classes[k] for k in data.labels] == [folder[f] for f in data.files]


@needs_real
def test_y_is_counted_from_the_top():
    """The marked spot is bright there; counted from the wrong end it is not."""
    data = get("real", "mini_mias")
    round_ones = data.targets["abnormality"] == "CIRC"
    right, wrong = [], []
    for image, circles in zip(data.images, data.targets["circles"], strict=True):
        for cx, cy, r in circles:
            y, x = np.mgrid[:1024, :1024]
            for values, row in ((right, cy), (wrong, 1023 - cy)):
                near = np.hypot(x - cx, y - row)
                values.append(
                    image[near < 0.7 * r].mean() - image[(near > r) & (near < 2 * r)].mean()
                )
    which = np.repeat(round_ones, [len(c) for c in data.targets["circles"]])
    assert np.mean(np.array(right)[which] > 10) > 0.75
    assert np.mean(np.array(right)[which]) > np.mean(np.array(wrong)[which]) + 15


@needs_real
def test_flaws_of_mini_mias():
    data = get("real", "mini_mias")
    kind = data.targets["abnormality"]
    # The kind of abnormality almost gives the label away.
    assert set(kind[data.labels == 0]) == {"CIRC", "MISC"}
    assert set(data.labels[np.isin(kind, ["ASYM", "ARCH"])]) == {1}
    # Two circles reach over the border of the film.
    y, x = np.mgrid[:1024, :1024]
    dark = [
        str(file)
        for file, image, circles in zip(
            data.files, data.images, data.targets["circles"], strict=True
        )
        for cx, cy, r in circles
        if (image[np.hypot(x - cx, y - cy) < r] < 5).mean() > 0.15
    ]
    assert dark == ["mdb072", "mdb110"]


def a_film(folder, size=(1024, 1024), name="mdb001") -> dict[str, Path]:
    path = folder / f"{name}_benign.pgm"
    Image.new("L", size).save(path)
    return {f"dataset/benign/{path.name}": path}


def test_a_film_in_the_right_form_is_read(tmp_path):
    data = sets.SETS["mini_mias"].read(a_film(tmp_path))
    assert data.targets["circles"][0].tolist() == [[535, 1023 - 425, 197]]
    assert data.labels.tolist() == [0] and data.targets["tissue"].tolist() == ["G"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"P5\n1024 1024\n255\n" + b"\0" * 1000,
        b"P5\n99999999 99999999\n255\n\0",
        b"P5\n-4 1024\n255\n",
        b"P5\n" + b"1" * 5000,
        b"\x89PNG\r\n\x1a\n" + b"?" * 100,
        b"MZ" * 500,
    ],
)
def test_a_damaged_film_is_named(tmp_path, content):
    files = a_film(tmp_path)
    (tmp_path / "mdb001_benign.pgm").write_bytes(content)
    with pytest.raises(ValueError, match="mdb001_benign.pgm is not readable"):
        sets.SETS["mini_mias"].read(files)


def test_a_film_of_another_size_or_without_a_circle_is_named(tmp_path):
    with pytest.raises(ValueError, match="mdb001_benign.pgm is not readable .*1024"):
        sets.SETS["mini_mias"].read(a_film(tmp_path, (512, 1024)))
    with pytest.raises(ValueError, match="mdb003_benign.pgm is not readable .*no circle"):
        sets.SETS["mini_mias"].read(a_film(tmp_path, name="mdb003"))


# --- chest and abdomen


@pytest.mark.parametrize("source", SOURCES)
def test_chest_abdomen_has_its_form(source):
    data = get(source, "chest_abdomen")
    assert data.name == "chest_abdomen" and data.source == source and len(data) == 77
    assert data.classes == ("abdomen", "chest") and np.issubdtype(data.labels.dtype, np.integer)
    counts = {s: np.bincount(data.part(s).labels).tolist() for s in dict.fromkeys(data.split)}
    assert counts == {"train": [32, 33], "val": [5, 5], "test": [1, 1]}
    assert isinstance(data.images, list) and data.targets == {} and data.cases is None
    for image in data.images:
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        assert 150 < min(image.shape[:2]) and image.std() > 5
    for file, split, label in zip(data.files, data.split, data.labels, strict=True):
        assert file.startswith(split)
        assert ("/chst/" in file or "chest" in file) == bool(label)


@pytest.mark.parametrize("source", SOURCES)
def test_chest_abdomen_flaws_are_there(source):
    data = get(source, "chest_abdomen")
    by_name = dict(zip(data.files, data.images, strict=True))
    assert np.array_equal(by_name["val/abd/abd3.png"], by_name["val/abd/abd4.png"])
    assert len({(i.shape, i.tobytes()) for i in data.images}) == 76
    known = data[data.split != "test"]
    square = np.array([image.shape[:2] == (512, 512) for image in known.images])
    grey = np.array([(image == image[..., :1]).all() for image in known.images])
    chest = known.labels == 1
    # The size alone tells the class, but for one film.
    assert square[chest].all() and grey[chest].all() and (square == chest).sum() == 74
    assert list(known.files[square & ~chest]) == ["train/abd/abd21.png"]
    assert 5 <= (~grey).sum() <= 25


@needs_real
def test_chest_abdomen_content():
    assert (
        digest(get("real", "chest_abdomen").images)
        == "803360af326b0c68804a585c41776b4c93df302bb0af0246b9b48a5bf1dc0d09"
    )


@pytest.mark.parametrize(
    "content", [b"", b"\x89PNG\r\n\x1a\n" + b"?" * 100, b"\xff\xd8\xff" + b"?" * 99]
)
def test_a_damaged_radiograph_is_named(tmp_path, content):
    path = tmp_path / "abd0.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="abd0.png is not readable"):
        sets.SETS["chest_abdomen"].read({"data/train/abd/abd0.png": path})


@pytest.mark.parametrize("name", ["mini_mias"])  # chest_abdomen: test_standins.py
def test_the_stand_in_is_the_same_in_every_call(name):
    first, again = get("simulated", name), sets.SETS[name].draw()
    assert digest(first.images) == digest(again.images)
    for a, b in zip(first.targets["circles"], again.targets["circles"], strict=True):
        assert np.array_equal(a, b)
