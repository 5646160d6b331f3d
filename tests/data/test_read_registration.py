"""Chests with lung masks and sections with landmarks: the readers, and stand-ins of the same form."""

import functools
import hashlib

import numpy as np
import pytest
from PIL import Image
from real_data import needs_real
from scipy import ndimage

from course_utils.data import fetch, sets
from course_utils.data.records import Dataset
from course_utils.data.sets import registration

SOURCES = [pytest.param("real", marks=needs_real), "simulated"]


@functools.cache
def get(name: str, source: str) -> Dataset:
    if source == "simulated":
        return sets.SETS[name].draw()
    return sets.SETS[name].read(fetch.files(name))


def digest(data: Dataset) -> str:
    content = hashlib.sha256()
    for image in data.images:
        content.update(np.ascontiguousarray(image).tobytes())
    for key in ("lungs", "landmarks"):
        for array in data.targets.get(key, ()):
            content.update(np.ascontiguousarray(array).tobytes())
    return content.hexdigest()


def overlaps(data: Dataset) -> np.ndarray:
    """Dice of the lungs of 65 pairs of people, at 64 x 80 pixels."""
    small = [
        np.asarray(Image.fromarray(np.uint8(255 * mask)).resize((80, 64))) > 127
        for mask in data.targets["lungs"]
    ]
    order = np.random.default_rng(0).permutation(len(small))
    pairs = [(small[a], small[b]) for a, b in zip(order[::2], order[1::2], strict=True)]
    return np.array([2 * (a & b).sum() / (a.sum() + b.sum()) for a, b in pairs])


@pytest.mark.parametrize("source", SOURCES)
def test_chests_and_their_lungs(source):
    data = get("chest_lung_masks", source)
    assert len(data) == 130 == len(set(data.cases))
    assert {s: len(data.part(s)) for s in ("train", "val", "test")} == {
        "train": 78,
        "val": 19,
        "test": 33,
    }
    for image, lungs in zip(data.images, data.targets["lungs"], strict=True):
        assert image.dtype == np.uint8 and lungs.dtype == bool and image.shape == lungs.shape
        assert 0.1 < lungs.mean() < 0.6
        rows, columns = np.nonzero(lungs)
        assert 0.25 < columns.mean() / lungs.shape[1] < 0.75
        assert 0.2 < rows.mean() / lungs.shape[0] < 0.75
    dark = []
    for image, lungs in zip(data.images, data.targets["lungs"], strict=True):
        box = ndimage.find_objects(lungs.astype(int))[0]
        dark.append(image[box][lungs[box]].mean() < image[box][~lungs[box]].mean())
    assert np.mean(dark) > 0.8


@pytest.mark.parametrize("source", SOURCES)
def test_people_differ_before_registration(source):
    found = overlaps(get("chest_lung_masks", source))
    assert 0.55 < found.mean() < 0.75 and found.std() > 0.07


@pytest.mark.parametrize("source", SOURCES)
def test_sections_and_their_landmarks(source):
    data = get("histology_landmarks", source)
    assert data.cases.tolist() == ["lesion", "lesion", "kidney", "kidney"]
    assert [image.shape for image in data.images] == [
        (733, 890, 3),
        (735, 891, 3),
        (787, 1164, 3),
        (724, 1123, 3),
    ]
    points = data.targets["landmarks"]
    assert [p.shape for p in points] == [(78, 2), (78, 2), (69, 2), (69, 2)]
    for image, p in zip(data.images, points, strict=True):
        assert (p >= 0).all() and (p < (image.shape[1], image.shape[0])).all()
    for k in (0, 2):
        far = np.linalg.norm(points[k] - points[k + 1], axis=1)
        assert 20 < np.median(far) < 80
        design = np.c_[points[k], np.ones(len(far))]
        fit = design @ np.linalg.lstsq(design, points[k + 1], rcond=None)[0]
        assert np.median(np.linalg.norm(fit - points[k + 1], axis=1)) < 7


@needs_real
def test_the_real_sets_are_what_they_were():
    assert np.isclose(overlaps(get("chest_lung_masks", "real")).mean(), 0.68, atol=0.01)
    points = get("histology_landmarks", "real").targets["landmarks"]
    far = [np.median(np.linalg.norm(points[k] - points[k + 1], axis=1)) for k in (0, 2)]
    assert np.allclose(far, [65.8, 29.1], atol=0.05)
    images = get("chest_lung_masks", "real").images
    assert len({image.tobytes() for image in images}) == 130


@pytest.mark.parametrize("name", ["chest_lung_masks", "histology_landmarks"])
def test_a_stand_in_is_the_same_in_every_call(name):
    assert digest(get(name, "simulated")) == digest(sets.SETS[name].draw())


# --- damaged and hostile files


def one_chest(folder, size=(50, 40), mask_size=(50, 40)):
    Image.new("L", size, 90).save(folder / "7.jpg")
    mask = Image.new("L", mask_size, 0)
    mask.paste(255, (10, 10, 30, 30))
    mask.save(folder / "7@.png")
    return {f"Datasets/Chest_x-ray/{n}": folder / n for n in ("7.jpg", "7@.png")}


def test_a_chest_in_the_right_form_is_read(tmp_path):
    data = sets.SETS["chest_lung_masks"].read(one_chest(tmp_path))
    assert data.targets["lungs"][0].sum() == 400 and data.images[0].shape == (40, 50)


def test_a_mask_of_another_size_is_named(tmp_path):
    with pytest.raises(ValueError, match="7@.png is not readable"):
        sets.SETS["chest_lung_masks"].read(one_chest(tmp_path, mask_size=(49, 40)))


@pytest.mark.parametrize("name", ["7.jpg", "7@.png"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8" + b"?" * 500, b"\x89PNG\r\n\x1a\n" + b"?" * 99]
)
def test_a_damaged_picture_is_named(tmp_path, name, content):
    files = one_chest(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is not readable"):
        sets.SETS["chest_lung_masks"].read(files)


GOOD = ",X,Y\n1,3,4\n2,5,6\n"


def test_landmarks_are_read_and_those_too_many_left_out(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(GOOD + "3,7,8\n")
    assert registration._points(path, 2, (20, 10)).tolist() == [[3, 4], [5, 6]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",X\n1,3\n",
        ",X,Y\n1,3,4\n",
        GOOD.replace("5,6", "nan,6"),
        GOOD.replace("5,6", "5,1e300"),
        GOOD.replace("5,6", "-1,6"),
        GOOD.replace("5,6", "five,6"),
        GOOD.replace("5,6", "12,6"),  # rows and columns exchanged: outside
        "\0" * 50,
        GOOD + "x" * 200_000,
    ],
)
def test_a_damaged_list_of_landmarks_is_named(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match="a.csv is not readable"):
        registration._points(path, 2, (20, 10))
