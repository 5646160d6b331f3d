"""CHASE_DB1 and IDRiD: the readers, and stand-ins of the same form."""

import functools
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from real_data import needs_real

from course_utils.data import fetch, sets
from course_utils.data.records import Dataset

SOURCES = [pytest.param("real", marks=needs_real), "simulated"]
GRADING = {"train": [20, 8, 18, 10, 8], "test": [11, 4, 8, 5, 4]}


@functools.cache
def get(source: str, name: str, **options) -> Dataset:
    if source == "simulated":
        return sets.SETS[name].draw(**options)
    return sets.SETS[name].read(fetch.files(name), **options)


def digest(*arrays) -> str:
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)
    ).hexdigest()


def agreement(a, b):
    """Dice coefficient of two masks."""
    return 2 * (a & b).sum() / (a.sum() + b.sum())


# --- CHASE_DB1


@pytest.mark.parametrize("source", SOURCES)
def test_chase_db1_has_its_form(source):
    data = get(source, "chase_db1")
    assert data.name == "chase_db1" and data.source == source
    assert data.images.shape == (28, 960, 999, 3) and data.images.dtype == np.uint8
    assert data.labels is None and data.spacing is None and data.unit == "grey value"
    assert list(data.targets) == ["vessels", "second_observer"]
    for masks in data.targets.values():
        assert masks.shape == (28, 960, 999) and masks.dtype == bool
        share = masks.mean((1, 2))
        assert 0.02 < share.min() and share.max() < 0.15
    assert list(data.files[:3]) == ["Image_01L", "Image_01R", "Image_02L"]
    assert list(data.cases) == [f"{k:02d}" for k in range(1, 15) for _ in "LR"]
    assert list(data.split) == ["train"] * 20 + ["test"] * 8
    train, test = data.part("train"), data.part("test")
    assert not set(train.cases) & set(test.cases)
    # A round image on black, redder than green, greener than blue.
    assert data.images[:, :15].max() < 60 and data.images[:, :, :20].max() < 60
    red, green, blue = data.images.mean((0, 1, 2))
    assert red > green > blue


@pytest.mark.parametrize("source", SOURCES)
def test_vessels_are_darker_in_green_than_their_surroundings(source):
    data = get(source, "chase_db1")
    darker = []
    for image, mask in zip(data.images[::3], data.targets["vessels"][::3], strict=True):
        green = image[::2, ::2, 1].astype(float)
        mask, eye = mask[::2, ::2], image[::2, ::2, 0] > 40
        near = np.asarray(
            Image.fromarray(mask.astype(np.uint8)).resize((60, 60)).resize(mask.shape[::-1])
        ).astype(bool)
        darker.append(green[mask & eye].mean() - green[near & eye & ~mask].mean())
    assert np.mean(np.array(darker) < 0) > 0.9


@pytest.mark.parametrize("source", SOURCES)
def test_the_two_observers_agree_about_as_well_in_both_sets(source):
    targets = get(source, "chase_db1").targets
    dice = [
        agreement(*pair)
        for pair in zip(targets["vessels"], targets["second_observer"], strict=True)
    ]
    assert 0.74 < np.mean(dice) < 0.81 and min(dice) > 0.6


@needs_real
def test_chase_db1_content():
    data = get("real", "chase_db1")
    assert (
        digest(data.images, *data.targets.values())
        == "8f46a98ef79d4c7f9cdd21583ebfe476df678307d1a230c2fd54417c85d7fee0"
    )


# --- IDRiD


@pytest.mark.parametrize("source", SOURCES)
def test_idrid_grading_has_its_form(source):
    data = get(source, "idrid", height=128)
    assert data.name == "idrid" and data.source == source
    assert data.images.shape == (96, 128, 193, 3) and data.images.dtype == np.uint8
    assert {s: np.bincount(data.part(s).labels).tolist() for s in ("train", "test")} == GRADING
    assert data.classes == ("no retinopathy", "mild", "moderate", "severe", "proliferative")
    assert np.issubdtype(data.labels.dtype, np.integer)
    risk = data.targets["oedema_risk"]
    assert list(data.targets) == ["oedema_risk"] and set(risk) == {0, 1, 2}
    assert not risk[data.labels < 2].any() and (risk[data.labels >= 2] > 0).mean() > 0.6
    assert data.cases is None and isinstance(data.extra["conflicts"], list)
    assert len(set(data.files)) == 96 and "train/IDRiD_001" in data.files
    for file, split in zip(data.files, data.split, strict=True):
        assert file.startswith(f"{split}/IDRiD_") and len(file) == len(f"{split}/IDRiD_001")
    # Not quite sorted by grade, and black beside the eye.
    assert (np.diff(data.labels) != 0).sum() > 20
    assert data.images[:, :, :4].mean() < 15 and data.images[:, :, -4:].mean() < 15
    assert data.images[:, 64, 96].sum(-1).min() > 30


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("height", [64, 712])
def test_idrid_lesions_have_their_form_at_any_height(source, height):
    data = get(source, "idrid", part="lesions", height=height)
    width = {64: 96, 712: 1072}[height]
    assert data.images.shape == (9, height, width, 3) and data.images.dtype == np.uint8
    assert list(data.split) == ["train"] * 6 + ["test"] * 3
    assert data.labels is None and data.classes == () and data.extra == {}
    assert list(data.targets) == ["exudates", "disc"]
    for mask in data.targets.values():
        assert mask.shape == (9, height, width) and mask.dtype == bool
    share = data.targets["disc"].mean((1, 2))
    assert 0.01 < share.min() and share.max() < 0.03
    assert len(set(data.files)) == 9 and all("IDRiD_" in file for file in data.files)


@pytest.mark.parametrize("source", SOURCES)
def test_exudates_and_disc_are_brighter_than_the_rest(source):
    data = get(source, "idrid", part="lesions", height=712)
    for image, *masks in zip(data.images, *data.targets.values(), strict=True):
        green = image[..., 1].astype(float)
        eye = image[..., 0] > 40
        for mask in masks:
            assert mask.any() and green[mask].mean() > green[eye & ~mask].mean()


@needs_real
def test_idrid_content_and_grades_as_in_the_table():
    data = get("real", "idrid", height=128)
    assert (
        digest(data.images, data.labels, data.targets["oedema_risk"])
        == "4c7986e093917481ad5e7a285002c0bb4fa2b9ee17687f1faa02b572492e1cfa"
    )
    lesions = get("real", "idrid", part="lesions", height=712)
    assert (
        digest(lesions.images, *lesions.targets.values())
        == "1a26d2a8972a7b2670291ddf40c691b7fe06700e8ceff88ffb25aebbbd6497fa"
    )
    grade = dict(zip(data.files, data.labels, strict=True))
    files = fetch.files("idrid")
    table = next(p for n, p in files.items() if n.endswith("Training Labels.csv"))
    lines = [line.split(",") for line in table.read_text("utf-8-sig").splitlines()[1:]]
    wanted = {f"train/{line[0]}": int(line[1]) for line in lines}
    checked = [grade[name] == wanted[name] for name in grade if name in wanted]
    assert len(checked) == 64 and all(checked)
    assert list(lesions.files[:2]) == ["train/IDRiD_01", "train/IDRiD_03"]


@needs_real
def test_idrid_flaws_are_there():
    data = get("real", "idrid", height=128)
    assert data.extra["conflicts"] == [
        ("train/IDRiD_021", 1, "train/IDRiD_391", 2),
        ("train/IDRiD_118", 0, "test/IDRiD_064", 3),
    ]
    # The copies, and the pair 028 and 327, are not among the 96; nor is any other pair of equal pictures.
    for name in ("train/IDRiD_391", "test/IDRiD_064", "train/IDRiD_028", "train/IDRiD_327"):
        assert name not in data.files
    assert len({image.tobytes() for image in data.images}) == 96


@needs_real
def test_reduction_is_the_mean_over_areas():
    data = get("real", "idrid", part="lesions", height=712)
    files = fetch.files("idrid")
    path = next(p for n, p in files.items() if n.endswith("IDRiD_09.jpg"))
    full = np.asarray(Image.open(path))[..., 1]
    mean = full.reshape(712, 4, 1072, 4).mean((1, 3), dtype=np.float32)
    assert np.abs(mean - data.images[2, ..., 1]).mean() < 1.5
    mask = np.asarray(
        Image.open(files[next(n for n in files if n.endswith("IDRiD_09_EX.tif"))])
    )
    share = (mask > 0).reshape(712, 4, 1072, 4).mean((1, 3))
    drawn = data.targets["exudates"][2]
    assert drawn[share > 0.51].all() and not drawn[share < 0.49].any()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("wrong", [{"part": "grades"}, {"height": 63}, {"height": 2848}])
def test_idrid_options_are_checked(source, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        get(source, "idrid", **wrong)


@pytest.mark.parametrize("name, options", [("chase_db1", {}), ("idrid", {"part": "lesions"})])
def test_stand_ins_are_the_same_in_every_call(name, options):
    first, again = get("simulated", name, **options), sets.SETS[name].draw(**options)
    assert digest(first.images, *first.targets.values()) == digest(
        again.images, *again.targets.values()
    )


# --- damaged and hostile files


def chase(folder: Path) -> dict[str, Path]:
    """A set of one eye in the right form."""
    files = {}
    for name in ("01L.jpg", "01L_1stHO.png", "01L_2ndHO.png"):
        path = folder / f"Image_{name}"
        Image.new("RGB" if name.endswith("jpg") else "1", (999, 960)).save(path)
        files[f"CHASEDB1/{path.name}"] = path
    return files


@functools.cache
def black(kind: str) -> bytes:
    """A black picture of the size of IDRiD's, as the bytes of a file."""
    content = io.BytesIO()
    Image.new("RGB", (4288, 2848)).save(content, kind)
    return content.getvalue()


def grading(folder: Path, rows="IDRiD_001,3,2\n") -> dict[str, Path]:
    """One photograph and the table of its grade."""
    photo, table = folder / "IDRiD_001.jpg", folder / "labels.csv"
    photo.write_bytes(black("JPEG"))
    table.write_text("Image name,Retinopathy grade,Risk\n" + rows)
    top = "dataset/B. Disease Grading"
    return {
        f"{top}/1. Original Images/a. Training Set/IDRiD_001.jpg": photo,
        f"{top}/2. Groundtruths/a. IDRiD_Disease Grading_Training Labels.csv": table,
    }


def test_a_small_set_in_the_right_form_is_read(tmp_path):
    assert sets.SETS["chase_db1"].read(chase(tmp_path)).images.shape == (1, 960, 999, 3)
    data = sets.SETS["idrid"].read(grading(tmp_path), height=64)
    assert data.labels.tolist() == [3] and data.targets["oedema_risk"].tolist() == [2]


def other_size(path):
    Image.new("L", (20, 10)).save(path)


def cut_off(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def bomb(path):
    """A PNG that says it has 40 000 x 40 000 pixels; the rest is the file as it was."""
    import struct
    import zlib

    content = bytearray()
    head = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    content += b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head
    content += struct.pack(">I", zlib.crc32(head))
    path.write_bytes(bytes(content) + path.read_bytes()[33:])


DAMAGE = [
    other_size,
    cut_off,
    bomb,
    lambda p: p.write_bytes(b""),
    lambda p: p.write_bytes(b"?" * 999),
]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["01L.jpg", "01L_1stHO.png", "01L_2ndHO.png"])
def test_a_damaged_file_of_chase_db1_is_named(tmp_path, name, damage):
    files = chase(tmp_path)
    path = tmp_path / f"Image_{name}"
    damage(path)
    with pytest.raises(ValueError, match=f"Image_{name} is not readable"):
        sets.SETS["chase_db1"].read(files)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_photograph_of_idrid_is_named(tmp_path, damage):
    files = grading(tmp_path)
    damage(tmp_path / "IDRiD_001.jpg")
    with pytest.raises(ValueError, match="IDRiD_001.jpg is not readable"):
        sets.SETS["idrid"].read(files)


@pytest.mark.parametrize(
    "rows",
    ["IDRiD_001,5,0\n", "IDRiD_001,3,9\n", "IDRiD_001,x,0\n", "IDRiD_001\n", "IDRiD_001,\0,1\n"]
    + ["IDRiD_001," + "9" * 5000 + ",0\n", "IDRiD_001," + "a" * 200_000 + ",0\n"],
)
def test_a_damaged_table_of_idrid_is_named(tmp_path, rows):
    with pytest.raises(ValueError, match="labels.csv is not readable"):
        sets.SETS["idrid"].read(grading(tmp_path, rows))


def test_a_photograph_without_a_grade_is_named(tmp_path):
    with pytest.raises(ValueError, match="IDRiD_001.jpg is not readable .*no grade"):
        sets.SETS["idrid"].read(grading(tmp_path, "IDRiD_002,1,0\n"))


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_mask_of_idrid_is_named(tmp_path, damage):
    top = "dataset/A. Segmentation"
    photo = tmp_path / "IDRiD_01.jpg"
    photo.write_bytes(black("JPEG"))
    files = {f"{top}/1. Original Images/a. Training Set/IDRiD_01.jpg": photo}
    for code in ("EX", "OD"):
        path = tmp_path / f"IDRiD_01_{code}.tif"
        mask = Image.new("P", (4288, 2848))
        mask.putpalette([0, 0, 0, 255, 0, 0])
        mask.paste(1, (0, 0, 1000, 1000))
        mask.save(path)
        files[f"{top}/2. All Segmentation Groundtruths/a. Training Set/{path.name}"] = path
    masks = sets.SETS["idrid"].read(files, part="lesions", height=712).targets
    assert masks["disc"][0, :250, :250].all() and masks["disc"].sum() == 250**2
    if damage is bomb:
        Image.new("1", (8_000, 8_000)).save(path)
    elif damage is other_size:
        Image.new("P", (20, 10)).save(path)
    else:
        damage(path)
    with pytest.raises(ValueError, match="IDRiD_01_OD.tif is not readable"):
        sets.SETS["idrid"].read(files, part="lesions")
