"""CT slices: what the reader makes of the real files, and the stand-in of the same form."""

import hashlib

import numpy as np
import pytest
import real_data
from PIL import Image

from course_utils.data import sets

FOLDER = "DeepLesion_Truth_Samples"


def real():
    return real_data.real("deeplesion_sample")


def simulated():
    return real_data.standin("deeplesion_sample")


@pytest.fixture(params=["real", "simulated"])
def data(request):
    return {"real": real, "simulated": simulated}[request.param]()


def test_form(data):
    assert data.name == "deeplesion_sample" and data.noun == "slices"
    assert data.images.shape == (50, 512, 512) and data.images.dtype == np.uint8
    assert data.images.min() == 0 and 120 < data.images.max() < 256
    assert data.spacing is None and data.unit == "grey value"
    assert data.extra == {"window": (-1024, 3071)}
    assert data.classes == (
        "bone", "abdomen", "mediastinum", "liver", "lung", "kidney", "soft tissue", "pelvis",
    )  # fmt: skip
    assert np.bincount(data.labels, minlength=8).tolist() == [2, 14, 8, 2, 12, 6, 5, 1]
    assert set(data.targets) == {"boxes", "types", "folder"}
    assert len(set(data.files)) == 50 and (np.sort(data.files) == data.files).all()
    assert all(f.startswith(c + "_") for f, c in zip(data.files, data.cases, strict=True))
    for boxes, types, label in zip(
        data.targets["boxes"], data.targets["types"], data.labels, strict=True
    ):
        assert boxes.dtype == np.float32 and boxes.shape == (len(types), 4)
        assert np.issubdtype(types.dtype, np.integer) and (types == label).all()
        assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= 512).all()
        assert (boxes[:, 2:] - boxes[:, :2] > 10).all()
    counts = [len(b) for b in data.targets["boxes"]]
    assert sum(counts) == 51 and max(counts) == 2


def test_no_patient_is_on_both_sides_of_the_split(data):
    sides = {case: set(data.split[data.cases == case]) for case in set(data.cases)}
    assert len(sides) == 10 and all(len(side) == 1 for side in sides.values())
    assert {case for case, side in sides.items() if side == {"test"}} == {"000020", "000021"}
    assert [len(data.part(s)) for s in ("train", "test")] == [40, 10]


def test_the_folders_of_the_source_share_a_patient(data):
    folder = data.targets["folder"]
    assert np.unique(folder, return_counts=True)[1].tolist() == [5, 45]
    assert set(data.cases[folder == "test"]) & set(data.cases[folder == "train"]) == {"000020"}


def test_grey_values_are_those_of_the_window(data):
    """Fat is the first peak above air, at about -110 HU, muscle and organs the second, at about 40 HU."""
    low, high = data.extra["window"]
    counts = np.bincount(data.images.ravel(), minlength=256)
    hu = low + np.arange(256) * (high - low) / 255
    fat = hu[np.argmax(np.where((hu > -200) & (hu < 0), counts, 0))]
    flesh = hu[np.argmax(np.where((hu > 10) & (hu < 150), counts, 0))]
    assert -130 < fat < -80 and 30 < flesh < 80


def test_there_is_lung_around_the_boxes_of_the_lung(data):
    """So x and y are where they belong: with the image mirrored or turned some boxes would lie in the belly."""

    def lung(image):
        lesions = zip(data.targets["boxes"], data.labels, strict=True)
        shares = []
        for k, (boxes, label) in enumerate(lesions):
            if data.classes[label] == "lung":
                for x0, y0, x1, y1 in boxes.astype(int):
                    rows, cols = slice(max(0, y0 - 8), y1 + 8), slice(max(0, x0 - 8), x1 + 8)
                    shares.append((image(k)[rows, cols] < 25).mean())
        assert len(shares) == 12
        return min(shares)

    assert lung(lambda k: data.images[k]) > 0.15
    assert lung(lambda k: data.images[k].T) < 0.1


def test_content_of_the_real_set():
    digest = hashlib.sha256(real().images.tobytes())
    for key in ("boxes", "types"):
        for value in real().targets[key]:
            digest.update(value.astype("<f4").tobytes())
    assert (
        digest.hexdigest() == "9a683fc8dbfd9269548eb10d1c47ee4a5c76226be8916fd3dc496a51164b97a8"
    )


def test_one_box_of_the_real_set_by_hand():
    """The file says: 3 0.3311 0.5048 0.3711 0.5545, which is ymin xmin ymax xmax."""
    one = real()[real().files == "000021_02_01_068.jpg"]
    assert one.targets["boxes"][0][0] == pytest.approx(
        [258.46, 169.52, 283.90, 190.0], abs=0.01
    )
    assert one.classes[one.labels[0]] == "mediastinum"


def test_the_stand_in_is_the_same_in_every_call_and_says_what_it_is():
    again = sets.SETS["deeplesion_sample"].draw()
    assert simulated().source == again.source == "simulated"
    assert np.array_equal(simulated().images, again.images)
    assert all(map(np.array_equal, simulated().targets["boxes"], again.targets["boxes"]))


# --- hostile files


@pytest.fixture
def files(tmp_path):
    """Two slices of the form that the reader wants."""
    made = {}
    for k in (1, 2):
        stem = f"{FOLDER}/train/00000{k}_01_01_001"
        for suffix in (".jpg", ".tru"):
            made[stem + suffix] = tmp_path / f"{k}{suffix}"
        pixels = np.full((512, 512), 60 * k, np.uint8)
        Image.fromarray(pixels).save(made[stem + ".jpg"])
        made[stem + ".tru"].write_text("   5   0.6301   0.6791   0.7225   0.7417\n\n")
    return made


def read(files):
    return sets.SETS["deeplesion_sample"].read(files)


def test_a_small_set_is_read(files):
    data = read(files)
    assert len(data) == 2 and data.labels.tolist() == [4, 4]
    assert data.targets["boxes"][0].tolist()[0] == pytest.approx(
        [0.6791 * 512, 0.6301 * 512, 0.7417 * 512, 0.7225 * 512]
    )


def damaged(files, suffix, content):
    path = next(p for p in files.values() if p.name == "1" + suffix)
    path.write_bytes(content if isinstance(content, bytes) else content(path.read_bytes()))
    with pytest.raises(ValueError, match="is not readable") as error:
        read(files)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\n", b"5 0.1 0.1 0.2", b"5 0.1 0.1 0.2 0.2 0.3", b"9 0.1 0.1 0.2 0.2",
        b"0 0.1 0.1 0.2 0.2", b"1.5 0.1 0.1 0.2 0.2", b"5 0.2 0.1 0.1 0.2",
        b"5 0.1 0.1 0.2 1.2", b"5 -0.1 0.1 0.2 0.2", b"5 nan 0.1 0.2 0.2", b"5 inf 0 1 1",
        b"5 0.1 0.1 0.2 0.2; import os", b"\xff\xfe5\x000", b"5 0.1 0.1 0.2 0.2\n" * 5000,
    ],
)  # fmt: skip
def test_boxes_that_cannot_be(files, text):
    damaged(files, ".tru", text)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", lambda b: b[: len(b) // 2], lambda b: b[:200] + b"\0" * 300],
)
def test_a_damaged_slice(files, content):
    damaged(files, ".jpg", content)


def test_a_slice_of_another_size_or_with_a_header_that_lies(files):
    def resized(width, height):
        path = next(p for p in files.values() if p.name == "1.jpg")
        Image.fromarray(np.zeros((height, width), np.uint8)).save(path)
        return path.read_bytes()

    damaged(files, ".jpg", resized(256, 512))
    content = bytearray(resized(512, 512))
    at = content.index(b"\xff\xc0") + 5  # height and width in the frame header
    content[at : at + 4] = b"\xff\xff\xff\xff"
    damaged(files, ".jpg", bytes(content))


def test_a_slice_without_boxes(files):
    del files[f"{FOLDER}/train/000001_01_01_001.tru"]
    with pytest.raises(ValueError, match=r"000001_01_01_001\.tru"):
        read(files)
