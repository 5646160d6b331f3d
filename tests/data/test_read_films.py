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
def test_mias_masses_has_its_form(source):
    data = get(source, "mias_masses")
    assert data.name == "mias_masses" and data.source == source
    assert data.images.shape == (41, 256, 256) and data.images.dtype == np.uint8
    assert data.classes == ("benign", "malignant")
    assert np.bincount(data.labels).tolist() == [29, 12]
    assert set(data.split) == {"test"} and data.spacing is None
    assert len(set(data.files)) == 41 and len(set(data.cases)) == 39
    assert list(data.files) == sorted(data.files) and data.files[0] == "mdb001"
    assert data.cases[0] == data.cases[1] == "001"
    assert list(data.targets) == ["circles", "tissue", "abnormality"]
    circles = data.targets["circles"]
    assert isinstance(circles, list) and sum(map(len, circles)) == 43
    two = [str(f) for f, c in zip(data.files, circles, strict=True) if len(c) == 2]
    assert two == ["mdb005", "mdb132"]
    for found in circles:
        assert found.ndim == 2 and found.shape[1] == 3 and found.dtype == np.float32
        assert (found[:, :2] >= 0).all() and (found[:, :2] < 256).all()
        assert (found[:, 2] > 4).all() and (found[:, 2] < 50).all()
    kinds, counts = np.unique(data.targets["abnormality"], return_counts=True)
    assert dict(zip(kinds.tolist(), counts.tolist(), strict=True)) == {"CIRC": 22, "SPIC": 19}
    assert set(data.targets["tissue"]) == set("FGD")


@pytest.mark.parametrize("source", SOURCES)
def test_films_are_a_breast_on_black(source):
    for image in get(source, "mias_masses").images:
        assert 0.2 < (image < 30).mean() < 0.92 and image.max() > 150
        assert (image > 80).mean() > 0.05


@pytest.mark.parametrize("source", SOURCES)
def test_circles_are_brighter_than_their_surroundings(source):
    data = get(source, "mias_masses")
    y, x = np.mgrid[:256, :256]
    brighter = []
    for image, circles in zip(data.images, data.targets["circles"], strict=True):
        for cx, cy, r in circles:
            away = np.hypot(x - cx, y - cy)
            around = image[(away > 1.3 * r) & (away < 2.2 * r)]
            brighter.append(image[away < 0.7 * r].mean() > around.mean())
    assert np.mean(brighter) > 0.8


@needs_real
def test_y_is_counted_from_the_top():
    """The marked spot is bright there; counted from the wrong end it is not."""
    data = get("real", "mias_masses")
    y, x = np.mgrid[:256, :256]
    right, wrong = [], []
    for image, circles in zip(data.images, data.targets["circles"], strict=True):
        for cx, cy, r in circles:
            for values, row in ((right, cy), (wrong, 255 - cy)):
                near = np.hypot(x - cx, y - row)
                ring = image[(near > r) & (near < 2 * r)]
                values.append(image[near < 0.7 * r].mean() - ring.mean())
    assert np.mean(right) > np.mean(wrong) + 15


@pytest.mark.parametrize("read", [pytest.param("real", marks=needs_real), "simulated"])
def test_other_sizes_show_the_same_films(read):
    one = sets.SETS["mias_masses"]
    small = (
        one.draw(size=128) if read == "simulated" else one.read(fetch.files("mias_masses"), 128)
    )
    data = get(read, "mias_masses")
    assert small.images.shape == (41, 128, 128)
    for a, b in zip(small.targets["circles"], data.targets["circles"], strict=True):
        assert np.allclose(2 * a, b)
    blocks = data.images.reshape(41, 128, 2, 128, 2).mean((2, 4))
    assert np.abs(blocks - small.images).mean() < 3


@pytest.mark.parametrize("size", [0, 100, 2048, "256", None])
def test_other_sizes_are_refused(size):
    for make in (
        lambda: sets.SETS["mias_masses"].read({}, size),
        lambda: sets.SETS["mias_masses"].draw(size),
    ):
        with pytest.raises(ValueError, match="size is 64"):
            make()


INFO = "notes\n\nmdb001 G CIRC B 535 425 197\nmdb003 D NORM \nmdb005 F CIRC B 477 133 30\n"


def a_film(folder, size=(1024, 1024), name="mdb001", info=INFO) -> dict[str, Path]:
    path = folder / f"CIRC.G.B.535.425.197.{name}.png"
    Image.new("RGB", size).save(path)
    (folder / "Info.txt").write_text(info)
    return {f"tmp/pos/{path.name}": path, "data/pgm/Info.txt": folder / "Info.txt"}


def test_a_film_in_the_right_form_is_read(tmp_path):
    data = sets.SETS["mias_masses"].read(a_film(tmp_path), 1024)
    assert data.targets["circles"][0].tolist() == [[535, 1023 - 425, 197]]
    assert data.labels.tolist() == [0] and data.targets["tissue"].tolist() == ["G"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"P5\n99999999 99999999\n255\n\0",
        b"P5\n-4 1024\n255\n",
        b"\x89PNG\r\n\x1a\n" + b"?" * 100,
        b"MZ" * 500,
    ],
)
def test_a_damaged_film_is_named(tmp_path, content):
    files = a_film(tmp_path)
    path = files["tmp/pos/CIRC.G.B.535.425.197.mdb001.png"]
    path.write_bytes(content)
    with pytest.raises(ValueError, match="mdb001.png is not readable"):
        sets.SETS["mias_masses"].read(files)


def test_a_film_of_another_size_or_without_a_circle_is_named(tmp_path):
    with pytest.raises(ValueError, match="mdb001.png is not readable .*1024"):
        sets.SETS["mias_masses"].read(a_film(tmp_path, (512, 1024)))
    with pytest.raises(ValueError, match="mdb003.png is not readable .*no circle"):
        sets.SETS["mias_masses"].read(a_film(tmp_path, name="mdb003"))


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ("", "no line of a mass"),
        ("\0" * 5000, "no line of a mass"),
        ("mdb001 G CIRC B 535 425\n", "no line of a mass"),
        ("mdb001 G CIRC B 9999 425 197\n", "outside its film"),
        ("mdb001 G CIRC B 535 425 0\n", "outside its film"),
        ("mdb001 G CIRC B nan 425 20\n", "no line of a mass"),
    ],
)
def test_a_damaged_table_is_named(tmp_path, info, words):
    with pytest.raises(ValueError, match=f"Info.txt is not readable .*{words}"):
        sets.SETS["mias_masses"].read(a_film(tmp_path, info=info))


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


@pytest.mark.parametrize("name", ["mias_masses"])  # chest_abdomen: test_standins.py
def test_the_stand_in_is_the_same_in_every_call(name):
    first, again = get("simulated", name), sets.SETS[name].draw()
    assert digest(first.images) == digest(again.images)
    for a, b in zip(first.targets["circles"], again.targets["circles"], strict=True):
        assert np.array_equal(a, b)
