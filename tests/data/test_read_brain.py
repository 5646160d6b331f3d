"""Slices of the brain: the real set as it is, the stand-in of the same form, and files made to do harm."""

import functools

import numpy as np
import pytest
from form import form
from PIL import Image
from real_data import needs_real, real, standin
from sklearn.metrics import roc_auc_score

from course_utils.data import fetch
from course_utils.data.sets import SETS, brain

HEAD = "ID,M/F,Hand,Age,Educ,SES,MMSE,CDR,eTIV,nWBV,ASF"
NAME = "CV_AXIAL/fold_0/train/1.0/OAS1_0007_MR1_a.jpg"
both = pytest.mark.parametrize(
    "source",
    [
        "simulated",
        pytest.param("real", marks=needs_real),
    ],
)


@functools.cache
def get(source, plane="axial"):
    if source == "simulated":
        return SETS["oasis_slices"].draw(plane)
    return SETS["oasis_slices"].read(fetch.files("oasis_slices"), plane)


@both
def test_people_and_their_ratings(source):
    data = get(source)
    cdr, counts = np.unique(data.targets["cdr"], return_counts=True)
    assert cdr.tolist() == [0, 0.5, 1] and counts.tolist() == [98, 70, 28]
    assert np.array_equal(data.labels, data.targets["cdr"] > 0)
    assert len(set(data.cases)) == 196, "one slice a person, so no split can leak"
    for part in ("train", "val", "test"):
        assert 0.45 < data.part(part).labels.mean() < 0.55
    assert 60 <= data.targets["age"].min() and data.targets["age"].max() <= 96


@both
def test_the_brain_volume_tells_more_than_age(source):
    data = get(source)
    assert 0.6 < data.targets["nwbv"].min() and data.targets["nwbv"].max() < 0.9
    assert 0.8 < data.targets["asf"].min() and data.targets["asf"].max() < 1.6
    by_volume = roc_auc_score(data.labels, -data.targets["nwbv"])
    assert 0.62 < by_volume < 0.78
    assert roc_auc_score(data.labels, data.targets["age"]) < by_volume - 0.1


@both
@pytest.mark.parametrize("plane", brain.PLANES)
def test_three_planes_of_the_same_people(source, plane):
    data = get(source, plane)
    assert data.images.shape == (196, *brain.PLANES[plane][1]) and data.extra == {
        "plane": plane
    }
    assert np.array_equal(data.cases, get(source).cases)
    assert np.array_equal(data.targets["age"], get(source).targets["age"])
    assert (data.images[:, :8, :8] < 60).all(), "air in the corner"
    assert 40 < data.images.mean() < 110


@needs_real
@pytest.mark.parametrize("plane", brain.PLANES)
def test_every_plane_has_a_stand_in_of_its_form(plane):
    assert form(get("real", plane)) == form(get("simulated", plane))


def test_the_stand_in_is_the_same_in_every_call():
    for plane in ("axial", "sagittal"):
        again = SETS["oasis_slices"].draw(plane)
        assert np.array_equal(get("simulated", plane).images, again.images)


@pytest.mark.parametrize(
    "make", [brain.oasis_slices.draw, lambda p: brain.oasis_slices.read({}, p)]
)
def test_an_unknown_plane(make):
    with pytest.raises(ValueError, match="axial, coronal, sagittal, not 'oblique'"):
        make("oblique")


def one_person(folder, row="OAS1_0007_MR1,F,R,73,4,,27,0.5,1454,708,1.2", size=(176, 208)):
    picture, table = folder / "a.jpg", folder / "t.csv"
    Image.fromarray(np.full(size[::-1], 90, np.uint8)).save(picture)
    table.write_text(f"{HEAD}\n{row}\n")
    return {NAME: picture, "oasis_cross-sectional.csv": table}


def test_one_good_person_is_read_and_the_decimal_point_is_put_back(tmp_path):
    data = brain.oasis_slices.read(one_person(tmp_path))
    assert data.cases.tolist() == ["OAS1_0007"] and data.labels.tolist() == [1]
    assert data.targets["nwbv"] == 0.708 and data.targets["asf"] == 1.2


@pytest.mark.parametrize(
    "row",
    [
        "", "OAS1_0007_MR1,F", "OAS1_0008_MR1,F,R,73,4,,27,0.5,1454,708,1.2",
        "OAS1_0007_MR1,X,R,73,4,,27,0.5,1454,708,1.2", "OAS1_0007_MR1,F,R,nan,4,,27,0.5,1454,708,1.2",
        "OAS1_0007_MR1,F,R,73,4,,27,9,1454,708,1.2", "OAS1_0007_MR1,F,R,73,4,,27,0.5,1454,7080,1.2",
        "OAS1_0007_MR1,F,R,73,4,,27,0.5,1454,708,inf",
    ],
)  # fmt: skip
def test_a_table_that_cannot_be(tmp_path, row):
    with pytest.raises(ValueError, match="is not readable"):
        brain.oasis_slices.read(one_person(tmp_path, row))


def test_a_damaged_picture_and_one_of_another_size(tmp_path):
    with pytest.raises(ValueError, match="176 x 100 pixels, not 176 x 208"):
        brain.oasis_slices.read(one_person(tmp_path, size=(176, 100)))
    files = one_person(tmp_path)
    files[NAME].write_bytes(files[NAME].read_bytes()[:300])
    with pytest.raises(ValueError, match="is not readable"):
        brain.oasis_slices.read(files)


# --- four classes without names


@pytest.mark.parametrize("get", [standin, real])
def test_five_slices_of_each_person_look_alike(get):
    data = get("alzheimer_4class")
    assert data.images.shape == (1000, 128, 128)
    assert np.bincount(data.labels).tolist() == [500, 350, 140, 10]
    people, counts = np.unique(data.cases, return_counts=True)
    assert len(people) == 200 and (counts == 5).all()
    small = data.images[:, ::4, ::4].reshape(1000, -1).astype(np.float32)
    small -= small.mean(1, keepdims=True)
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    block = data.targets["block"]
    for one, other, least in ((14, 15, 0.97), (29, 30, 0.97), (0, 30, 0.9)):
        here, there = np.flatnonzero(block == one), np.flatnonzero(block == other)
        nearest = there[(small[here] @ small[there].T).argmax(1)]
        assert (data.cases[here] == data.cases[nearest]).mean() > least, (one, other)


@pytest.mark.parametrize("get", [standin, real])
def test_the_circulated_split_cuts_through_every_person(get):
    data = get("alzheimer_4class")
    old = data.targets["circulated"]
    assert set(data.cases[old == "test"]) == set(data.cases[old == "train"]) == set(data.cases)
    for person in set(data.cases):
        assert len(set(data.split[data.cases == person])) == 1


def test_files_of_the_four_classes_that_cannot_be(tmp_path):
    path = tmp_path / "slice.jpg"
    Image.new("L", (128, 128)).save(path)
    read = brain.alzheimer_4class.read
    for name, person in (("mild.jpg", "Mild-20"), ("mild_393.jpg", "Mild-00")):
        assert read({f"Dataset/Mild_Demented/{name}": path}).cases.tolist() == [person]
    for name in ("mild_29.jpg", "mild_0.jpg", "other.png"):  # 29 is block 1
        with pytest.raises(ValueError, match="in none of the blocks"):
            read({f"Dataset/Mild_Demented/{name}": path})
    Image.new("L", (128, 100)).save(path)
    with pytest.raises(ValueError, match="128 x 100 pixels, not 128 x 128"):
        read({"Dataset/Mild_Demented/mild.jpg": path})
