"""Capsule frames and polyps: the real sets as they are, and stand-ins of the same form."""

import hashlib
import re

import numpy as np
import pytest
from PIL import Image
from real_data import real, standin
from scipy import ndimage

from course_utils.data import sets
from course_utils.data.sets import endoscopy

BOTH = pytest.mark.parametrize("get", [real, standin])
SOURCE = {real: "real", standin: "simulated"}


def digest(arrays):
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)
    ).hexdigest()


def octagonal(image):
    """Whether the black corners are cut straight at 45 degrees, as far as most of the four corners tell."""
    bright = image.max(-1) > 25
    bends = []
    for corner in (bright, bright[:, ::-1], bright[::-1], bright[::-1, ::-1]):
        sums = [corner[y].argmax() + y for y in (6, 12, 18, 24, 28)]
        bends.append(max(sums) - min(sums))
    return np.median(bends) <= 1


def alike(images):
    """How alike two frames are, (n, n): correlation of their grey values, 28 x 28 of them."""
    small = images[:, 4::8, 4::8].mean(-1).reshape(len(images), -1)
    return np.corrcoef(small)


# --- capsule frames


@BOTH
def test_form_of_wce_bleed(get):
    data = get("wce_bleed")
    assert data.name == "wce_bleed" and data.source == SOURCE[get]
    assert data.images.shape == (400, 224, 224, 3) and data.images.dtype == np.uint8
    assert list(data.split) == ["train"] * 300 + ["val"] * 100
    assert data.classes == ("normal", "bleeding") and data.cases is None
    for part in ("train", "val"):
        labels = data.part(part).labels
        assert labels.mean() == 0.5
        assert (np.diff(labels) != 0).sum() > 0.3 * len(
            labels
        )  # not in the order of the classes
    assert len(set(data.files)) == 400
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name in data.files)  # tells no class
    assert set(data.targets) == {"boxes", "frame", "block"}
    boxes, frame, block = data.targets.values()
    for one, label in zip(boxes, data.labels, strict=True):
        assert one.dtype == np.float32 and one.shape[1:] == (4,)
        assert (len(one) > 0) == (label == 1)
        assert (one >= 0).all() and (one <= 224).all() and (one[:, :2] < one[:, 2:]).all()
    assert max(map(len, boxes)) >= 3
    assert frame.min() >= 1 and frame.max() <= 1309
    assert np.array_equal(block, (frame - 1) // 100)
    for label in (0, 1):  # a class has its own numbers, and is in each block
        mine = data.labels == label
        assert len(set(frame[mine])) == 200
        assert set(block[mine]) >= set(range(13))
    assert set(data.extra) == {"left_out"}


@BOTH
def test_known_flaws_of_wce_bleed(get):
    data = get("wce_bleed")
    frame, labels, val = data.targets["frame"], data.labels, data.split == "val"
    # The outline of the camera tells the class.
    shape = np.array([octagonal(image) for image in data.images])
    assert 60 <= shape[labels == 1].sum() <= 75 and shape[labels == 0].sum() <= 2
    # Neighbours look alike and lie on both sides of the split.
    same = alike(data.images)
    gap = np.abs(frame[:, None] - frame)
    peers = (labels[:, None] == labels) & ~np.eye(400, dtype=bool)
    assert same[peers & (gap <= 3)].mean() > same[peers & (gap > 200)].mean() + 0.15
    close = (peers & (gap <= 7) & ~val)[val].any(1)
    assert close.mean() > 0.6
    # Blocks keep most of them together.
    block = data.targets["block"]
    assert (block[:, None] == block)[peers & (gap <= 3)].mean() > 0.9


@BOTH
def test_boxes_hold_blood(get):
    data = get("wce_bleed")
    redder = []
    for image, boxes in zip(data.images, data.targets["boxes"], strict=True):
        if len(boxes) == 0:
            continue
        image = image[::2, ::2].astype(np.float32) + 5
        inside = np.zeros((112, 112), bool)
        for x0, y0, x1, y1 in (boxes / 2).astype(int):
            inside[y0 : y1 + 1, x0 : x1 + 1] = True
        seen = image.max(-1) > 30
        red = np.log(image[..., 0] / image[..., 1])
        if (inside & seen).sum() > 20 and (~inside & seen).sum() > 500:
            redder.append(red[inside & seen].mean() > red[~inside & seen].mean())
    assert len(redder) > 150 and np.mean(redder) > 0.8


def test_wce_bleed_is_what_was_described():
    data = real("wce_bleed")
    assert sum(map(len, data.targets["boxes"])) == 303
    assert data.extra["left_out"] == [("ea7b80b12a6e", 624.0, 314.5, 625.0, 315.5)]
    assert len({image.tobytes() for image in data.images}) == 400
    assert digest([*data.targets["boxes"], data.labels, data.targets["frame"]]) == (
        "132eca30abeadde890485051490869947ed8ea540069a8e0889c308463cfef28"
    )


@pytest.mark.parametrize("height", [31, 641, 100.5, "224", None])
@pytest.mark.parametrize(
    "make",
    [
        lambda h: endoscopy.wce_bleed.read({}, h),
        lambda h: sets.SETS["wce_bleed"].draw(height=h),
    ],
)
def test_a_bad_height_of_capsule_frames_is_an_error(make, height):
    with pytest.raises(ValueError, match="height"):
        make(height)


def test_standin_of_wce_bleed_is_the_same_in_every_call_and_scales():
    small, whole = sets.SETS["wce_bleed"].draw(height=64), standin("wce_bleed")
    assert small.images.shape == (400, 64, 64, 3)
    assert np.abs(small.images.mean((1, 2)) - whole.images.mean((1, 2))).max() < 4
    for key in ("files", "labels"):
        assert np.array_equal(getattr(small, key), getattr(whole, key))
    assert np.array_equal(small.targets["frame"], whole.targets["frame"])


# --- polyps


@BOTH
@pytest.mark.parametrize("height", [None, 128])
def test_form_of_polyps(get, height):
    data = get("polyps", height=height)
    assert data.name == "polyps" and data.source == SOURCE[get] and len(data) == 180
    assert data.labels is None and data.cases is None
    assert set(data.targets) == {"masks", "hospital"}
    masks, hospital = data.targets.values()
    assert hospital.shape == (180,) and np.bincount(hospital).tolist() == [140, 40]
    assert data.extra["hospitals"] == ("Kvasir-SEG", "CVC-ClinicDB")
    first = data.split[hospital == 0]
    assert [(first == part).sum() for part in ("train", "val", "test")] == [90, 20, 30]
    assert (data.split[hospital == 1] == "test").all()
    for name, h in zip(data.files, hospital, strict=True):
        assert name.startswith(data.extra["hospitals"][h] + "/")
    assert len(set(data.files)) == 180
    for image, mask, h in zip(data.images, masks, hospital, strict=True):
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        assert mask.dtype == bool and mask.shape == image.shape[:2]
        assert 0.005 < mask.mean() < 0.75 and image[::8, ::8].std() > 10
        if height:
            assert len(image) == height
        elif h == 1:
            assert mask.shape == (288, 384)
        else:
            assert 430 <= min(mask.shape) and max(mask.shape) <= 1400
    area = [
        np.median([m.mean() for m, h in zip(masks, hospital, strict=True) if h == k])
        for k in (0, 1)
    ]
    assert all(0.07 < a < 0.2 for a in area)
    # The hospitals differ in their looks: what a network takes over from one fails in the other.
    tint = np.array([image[::4, ::4].mean((0, 1)) for image in data.images])
    blue = tint[:, 2] / tint[:, 0]
    assert blue[hospital == 1].mean() != pytest.approx(blue[hospital == 0].mean(), rel=0.02)


def test_polyps_are_what_was_described():
    data = real("polyps", height=None)
    assert sum(image.nbytes for image in data.images) == 169_068_084
    assert min(image.shape[0] for image in data.images) == 288
    assert max(image.shape for image in data.images) == (1070, 1348, 3)
    # Masks of more than one piece: two polyps in one frame.
    pieces = [
        ndimage.label(ndimage.binary_opening(mask[::4, ::4]))[1]
        for mask in data.targets["masks"]
    ]
    assert np.bincount(pieces).tolist() == [0, 173, 7]
    assert digest(data.targets["masks"]) == (
        "77aacb96771ab795ee3cc4e05bb8716108b575d28e3093bcc6a09545500a3f26"
    )
    # The seeded split stays as it is: lessons print its numbers.
    assert digest([np.char.encode(data.split)]) == (
        "5f9f252945067cd647746c140b97137153070c7712d50c4bf79e199ee2d58d4b"
    )


@BOTH
def test_neighbouring_frames_of_the_second_hospital_are_often_near_copies(get):
    data = get("polyps", height=128)
    mine = np.flatnonzero(data.targets["hospital"] == 1)
    number = [int(data.files[k].split("/")[1][:-4]) for k in mine]
    same = alike(np.stack([data.images[k] for k in mine[np.argsort(number)]])) > 0.9
    assert np.diag(same, 1).mean() > 5 * same[np.triu_indices(40, 5)].mean()
    assert np.diag(same, 1).sum() >= 4


@pytest.mark.parametrize("height", [0, 31, 401, 64.5, "128"])
@pytest.mark.parametrize(
    "make",
    [lambda h: endoscopy.polyps.read({}, h), lambda h: sets.SETS["polyps"].draw(height=h)],
)
def test_a_bad_height_of_polyps_is_an_error(make, height):
    with pytest.raises(ValueError, match="height"):
        make(height)


def test_standin_of_polyps_is_the_same_in_every_call_and_scales():
    small, whole = standin("polyps", height=128), standin("polyps", height=None)
    for a, b in zip(small.images, whole.images, strict=True):
        assert np.abs(a.mean((0, 1)) - b[::4, ::4].mean((0, 1))).max() < 4
    assert np.array_equal(small.split, whole.split)
    assert np.array_equal(small.files, whole.files)


# --- damaged and hostile files


@pytest.fixture
def frames(tmp_path):
    """A capsule set of two frames."""
    files = {}
    for k, (kind, text) in enumerate([("_png", ""), ("_png_jpg", "0 0.5 0.25 0.5 0.5\n")], 1):
        stem = f"img-{150 * k}-{kind}.rf.{str(k) * 32}"
        for folder, end in (("images", "jpg"), ("labels", "txt")):
            name = f"Datasets/wce_dataset/train/{folder}/{stem}.{end}"
            files[name] = tmp_path / f"{k}.{end}"
            if end == "txt":
                files[name].write_text(text)
            else:
                Image.new("RGB", (640, 640), (90, 60, 40 + k)).save(files[name])
    return files


def test_a_set_of_two_good_frames_is_read(frames):
    data = endoscopy.wce_bleed.read(frames, height=64)
    assert data.labels.tolist() == [0, 1] and data.files.tolist() == ["1" * 12, "2" * 12]
    assert data.targets["boxes"][1].tolist() == [[16, 0, 48, 32]]
    assert data.targets["frame"].tolist() == [150, 300] and data.targets["block"].tolist() == [
        1,
        2,
    ]
    assert endoscopy.wce_bleed.read(frames, height=640).targets["boxes"][1].tolist() == [
        [160, 0, 480, 320]
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"0 0.5 0.5 0.2",
        b"1 0.5 0.5 0.2 0.2",
        b"0 0.5 0.5 0.2 0.2 0.9",
        b"0 half 0.5 0.2 0.2",
        b"0 nan 0.5 0.2 0.2",
        b"0 0.5 0.5 inf 0.2",
        b"0 0.5 0.5 -0.2 0.2",
        b"0 0.9 0.5 0.8 0.2",
        b"0 1e300 0.5 0.2 0.2",
        b"\xff\xfe\x00",
    ],
)
def test_a_bad_label_file_is_named(frames, text):
    path = next(path for path in frames.values() if path.name == "2.txt")
    path.write_bytes(text)
    with pytest.raises(ValueError, match=re.escape(str(path)) + " is not readable"):
        endoscopy.wce_bleed.read(frames, height=64)


def test_a_speck_of_a_box_is_left_out_and_named(frames):
    path = next(path for path in frames.values() if path.name == "1.txt")
    path.write_text("0 0.5 0.5 0.0015625 0.2\n")
    data = endoscopy.wce_bleed.read(frames, height=64)
    assert data.targets["boxes"][0].shape == (0, 4)
    assert data.extra["left_out"] == [("1" * 12, 319.5, 256.0, 320.5, 384.0)]


def spoil(path):
    """One bad version of a picture after the other."""
    good = path.read_bytes()
    for bad in (
        b"",
        good[: len(good) // 2],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
        b"GIF89a\xff\xff\xff\xff" + b"\0" * 20,
    ):
        path.write_bytes(bad)
        yield
    # A lying header: a PNG with few bytes and 8000 x 8000 pixels.
    Image.new("1", (8000, 8000)).save(path, format="PNG")
    assert path.stat().st_size < 50_000
    yield
    path.write_bytes(good)


def test_a_bad_frame_is_named(frames):
    path = next(path for path in frames.values() if path.name == "2.jpg")
    for _ in spoil(path):
        with pytest.raises(ValueError, match="2.jpg is not readable"):
            endoscopy.wce_bleed.read(frames, height=64)
    Image.new("RGB", (640, 639)).save(path)
    with pytest.raises(ValueError, match="640 x 639 pixels"):
        endoscopy.wce_bleed.read(frames, height=64)


def test_a_frame_without_a_number_is_an_error(frames):
    frames["Datasets/wce_dataset/train/images/holiday.jpg"] = frames[next(iter(frames))]
    with pytest.raises(ValueError, match="frame number"):
        endoscopy.wce_bleed.read(frames, height=64)


@pytest.mark.parametrize("which", ["image.png", "mask.png"])
def test_a_bad_polyp_file_is_named(tmp_path, which):
    files = {
        "Data/CVC-ClinicDB/images/1.png": tmp_path / "image.png",
        "Data/CVC-ClinicDB/masks/1.png": tmp_path / "mask.png",
    }
    for path in files.values():
        Image.new("L", (40, 30), 127).save(path)
    assert not endoscopy.polyps.read(files).targets["masks"][0].any()
    Image.new("L", (40, 30), 128).save(tmp_path / "mask.png")
    data = endoscopy.polyps.read(files)
    assert data.targets["masks"][0].all() and data.split.tolist() == ["test"]
    for _ in spoil(tmp_path / which):
        with pytest.raises(ValueError, match=f"{which} is not readable"):
            endoscopy.polyps.read(files)
    Image.new("L", (40, 31)).save(tmp_path / which)
    with pytest.raises(ValueError, match="mask.png is not readable .a mask of"):
        endoscopy.polyps.read(files)
