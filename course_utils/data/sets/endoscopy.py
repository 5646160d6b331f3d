"""Capsule frames and colonoscopy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...simulate.endoscopy import endoscopy, piece_boxes, window
from ...simulate.shapes import resized
from ..records import Dataset
from . import dataset
from .common import Files, broken, picture, sized

SIDE = 640  # pixels of a stored capsule frame
BLOCK = 100  # frame numbers


@dataset()
def wce_bleed(files: Files, height: int = 224) -> Dataset:
    """400 frames of capsule endoscopy, half of them with bleeding, each bleeding in a box.

    height: of the square images in pixels, at most 640. The stored frames of 640 pixels were enlarged from 224, so the
    usual height loses nothing (60 MB, not 492).
    images (400, height, height, 3) uint8 RGB; labels 0 normal, 1 bleeding; targets "boxes", a list of (k, 4) float32
    x0, y0, x1, y1 in pixels of these images, none where the frame is normal; "frame" (400,) int, the number in the
    file name; "block" (400,) int, 0 to 13: frames 1 to 100, 101 to 200, and so on.
    split: that of the source, 300 train and 100 val. It cuts through videos: neighbours in one video look alike and lie
    on both sides. Which frames share a video is not known; to keep neighbours together, split by "block".
    The frames of each class have their own numbers: frame 150 exists in both, and they have nothing in common.
    `files` are parts of the names, and the order is theirs: the whole name tells the class, and so would its order.
    Boxes less than 4 stored pixels wide or high are slips of the mouse and are left out; extra["left_out"] names them.
    Raises ValueError for a file that is damaged or does not say what it should.
    """
    from PIL import Image

    _check(height, SIDE)
    found = []
    for name in files:
        if "/images/" in name:
            match = re.fullmatch(
                r"img-(\d+)-_png(?:_jpg)?\.rf\.([0-9a-f]{32})\.jpg", Path(name).name
            )
            if match is None:
                raise broken(files[name], "its name has no frame number")
            split = "train" if "/train/" in name else "val"
            found.append((split, match[2][:12], int(match[1]), name))
    found.sort()
    images = np.empty((len(found), height, height, 3), np.uint8)
    boxes, left_out = [], []
    for image, (_, key, _, name) in zip(images, found, strict=True):
        pixels = sized(files[name], "RGB", (SIDE, SIDE))
        if height != SIDE:
            small = Image.fromarray(pixels).resize((height, height), Image.Resampling.BOX)
            pixels = np.asarray(small)
        image[:] = pixels
        text = files[name.replace("/images/", "/labels/").removesuffix(".jpg") + ".txt"]
        box = _yolo(text)
        big = (box[:, 2:] - box[:, :2] >= 4 / SIDE).all(1)
        boxes.append((box[big] * height).astype(np.float32))
        left_out += [(key, *(float(v) for v in one * SIDE)) for one in box[~big]]
    split, keys, frame, _ = (np.array(column) for column in zip(*found, strict=True))
    return Dataset(
        name="wce_bleed",
        source="real",
        images=images,
        split=split,
        labels=np.array([int(len(box) > 0) for box in boxes]),
        classes=("normal", "bleeding"),
        files=keys,
        targets={"boxes": boxes, "frame": frame, "block": (frame - 1) // BLOCK},
        extra={"left_out": left_out},
    )


def _check(height, most: int) -> None:
    if height not in range(32, most + 1):
        raise ValueError(f"height is a whole number from 32 to {most}, not {height!r}")


def _yolo(path: Path) -> np.ndarray:
    """The boxes of a YOLO label file as fractions of the image, (k, 4) x0, y0, x1, y1, cut at the border."""
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        rows = [[float(word) for word in row] for row in rows if row]
        if any(len(row) != 5 or row[0] != 0 for row in rows):
            raise ValueError("a row is not: class 0, x, y, width, height")
        _, x, y, w, h = np.array(rows).reshape(-1, 5).T
        box = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1)
        if not (np.abs(box - 0.5) < 0.51).all() or (w < 0).any() or (h < 0).any():
            raise ValueError("a box reaches outside the image")
    except (OSError, ValueError) as error:  # text of another encoding is a ValueError too
        raise broken(path, error) from error
    return box.clip(0, 1)


@dataset()
def polyps(files: Files, height: int | None = None) -> Dataset:
    """180 frames of colonoscopy, each with a polyp and its outline: 140 of Kvasir-SEG, 40 of CVC-ClinicDB.

    height: of the images in pixels, 32 to 400, the width follows; None keeps the sizes, 288 x 384 up to 1070 x 1348.
    images: a list of (H, W, 3) uint8 RGB; targets "masks", a list of (H, W) bool, the polyp, and "hospital" (180,) int,
    0 Kvasir-SEG and 1 CVC-ClinicDB; extra["hospitals"] names them.
    split: Kvasir-SEG 90 train, 20 val, 30 test by a fixed draw; CVC-ClinicDB all test, as a second hospital. Patients
    are unknown. The CVC frames come from 29 videos; which frame from which is not known, and those with near numbers
    may show the same polyp, so 40 frames are fewer than 40 polyps.
    The masks of Kvasir-SEG are JPEG files, so grey at the edge: 128 and more is polyp.
    Raises ValueError for a file that is damaged, or a mask of another size than its image.
    """
    from PIL import Image

    if height is not None:
        _check(height, 400)
    names = sorted(f for f in files if "/images/" in f)
    hospital = np.array(["CVC-ClinicDB" in name for name in names], int)
    images, masks = [], []
    for name in names:
        image = picture(files[name], "RGB")
        path = files[name.replace("/images/", "/masks/")]
        mask = picture(path, "L")
        if mask.shape != image.shape[:2]:
            raise broken(path, f"a mask of {mask.shape} for an image of {image.shape[:2]}")
        if height is not None:
            size = (max(1, round(image.shape[1] * height / image.shape[0])), height)
            image, mask = (
                np.asarray(Image.fromarray(a).resize(size, Image.Resampling.BOX))
                for a in (image, mask)
            )
        images.append(image)
        masks.append(mask >= 128)
    split = np.full(len(names), "train", "<U5")
    draw = np.random.default_rng(0).permutation(np.flatnonzero(hospital == 0))
    split[draw[90:110]], split[draw[110:]], split[hospital == 1] = "val", "test", "test"
    return Dataset(
        name="polyps",
        source="real",
        images=images,
        split=split,
        files=np.array(["/".join(Path(name).parts[1::2]) for name in names]),
        targets={"masks": masks, "hospital": hospital},
        extra={"hospitals": ("Kvasir-SEG", "CVC-ClinicDB")},
    )


# --- stand-ins


@wce_bleed.standin
def drawn_wce_bleed(height: int = 224) -> Dataset:
    """400 capsule frames, 200 of them bleeding, in the form of the real set; drawn smaller and enlarged.

    height: as for the real set. images (400, height, height, 3) uint8 RGB; labels 0 normal, 1 bleeding; targets
    "boxes", "frame" and "block".
    Planted flaws: a video is some frames with neighbouring numbers that differ by a move of the camera and the light,
    and the split cuts through it. 68 frames have the octagonal outline of another camera, and all of these bleed.
    """
    _check(height, SIDE)
    rng = np.random.default_rng(20183)
    images, boxes = np.empty((400, height, height, 3), np.uint8), []
    number = np.concatenate([np.sort(rng.permutation(1309)[:200]) + 1 for _ in range(2)])
    views = {name: window(height, name) for name in ("round", "octagon")}
    start = 0
    for bleeds in (False, True):
        scenes, truth = endoscopy(rng, 32, 144, bleeds, outline="full")
        cuts = np.sort(rng.permutation(199)[:31]) + 1  # 32 videos of 1 to about 20 frames
        video = np.searchsorted(cuts, np.arange(200), side="right")
        octagons = np.isin(video, rng.permutation(32)[:12]) if bleeds else np.zeros(200, bool)
        octagons &= np.cumsum(octagons) <= 68
        for v, octagon in zip(video, octagons, strict=True):
            view = views["octagon" if octagon else "round"]
            images[start], boxes_here = _look(rng, scenes[v], truth["bleeding"][v], view)
            boxes.append(boxes_here)
            start += 1
    order = rng.permutation(400)
    split = np.repeat(["train", "val"], [300, 100])
    labels = np.repeat([0, 1], 200)
    for label in (0, 1):  # half of each split bleeds
        where = np.flatnonzero(labels[order] == label)
        split[where] = np.repeat(["train", "val"], [150, 50])
    order = order[np.argsort(split, kind="stable")]
    frame = number[order]
    return Dataset(
        name="wce_bleed",
        source="simulated",
        images=images[order],
        split=np.repeat(["train", "val"], [300, 100]),
        labels=labels[order],
        classes=("normal", "bleeding"),
        files=np.array([rng.bytes(6).hex() for _ in range(400)]),
        targets={
            "boxes": [boxes[k] for k in order],
            "frame": frame,
            "block": (frame - 1) // 100,
        },
        extra={"left_out": []},
    )


def _look(rng, scene, mask, view):
    """A frame of a video: a part of the scene in other light, enlarged to the size of `view`, and its boxes."""
    size, part = len(view), 120
    left, top = rng.integers(0, len(scene) - part + 1, 2)
    piece = (slice(top, top + part), slice(left, left + part))
    image = resized(scene[piece], size, size) * rng.uniform(0.8, 1.1)
    blood = resized(mask[piece].astype(np.uint8) * 255, size, size) >= 128
    return np.minimum(image, 255).astype(np.uint8) * view[..., None], piece_boxes(blood & view)


@polyps.standin
def drawn_polyps(height: int | None = None) -> Dataset:
    """180 frames with a polyp each, in the form of the real set: 140 of one hospital, 40 of another.

    height: as for the real set. images: a list of (H, W, 3) uint8; targets "masks", a list of (H, W) bool, and
    "hospital" (180,) int. The first hospital has frames of many sizes with an octagonal outline, some with a black box
    in a corner; the second has 288 x 384 pixels with a dark border, in yellower, weaker light, and the 40 frames come
    from 29 videos.
    """
    if height is not None:
        _check(height, 400)
    rng = np.random.default_rng(20184)
    scenes, truth = endoscopy(rng, 169, 144, False, True, "full", glints=1.3)
    names = [f"CVC-ClinicDB/{k}.png" for k in sorted(np.arange(1, 600, 15).astype(str))]
    keys = sorted(rng.bytes(8).hex() for _ in range(140))
    names += [f"Kvasir-SEG/{key}.jpg" for key in keys]
    # The videos of the second hospital: eleven gave two frames.
    video = dict(
        zip(range(1, 600, 15), np.sort(np.r_[np.arange(29), np.arange(11)]), strict=True)
    )
    images, masks = [], []
    for k, name in enumerate(names):
        second = k < 40
        scene = video[int(name.split("/")[1][:-4])] if second else 29 + k - 40
        shape = (288, 384) if second else _shape(rng)
        if height is not None:
            shape = (height, max(1, round(shape[1] * height / shape[0])))
        image, mask = _scope(rng, scenes[scene], truth["polyp"][scene], shape, second)
        images.append(image)
        masks.append(mask)
    hospital = np.repeat([1, 0], [40, 140])
    split = np.repeat("test", 180).astype("<U5")
    draw = 40 + rng.permutation(140)
    split[draw[:90]], split[draw[90:110]] = "train", "val"
    return Dataset(
        name="polyps",
        source="simulated",
        images=images,
        split=split,
        files=np.array(names),
        targets={"masks": masks, "hospital": hospital},
        extra={"hospitals": ("Kvasir-SEG", "CVC-ClinicDB")},
    )


def _shape(rng):
    """Height and width of a frame of the first hospital: about 530 x 620, one in twenty twice as large."""
    big = 2 if rng.random() < 0.05 else 1
    return int(rng.choice([528, 529, 530, 531, 547])) * big, int(rng.integers(560, 627)) * big


def _scope(rng, scene, mask, shape, second):
    """A frame of a colonoscope and the mask of its polyp, cut out round the middle of the scene."""
    side, high = len(scene), rng.integers(97, 109)
    wide = min(side, round(high * shape[1] / shape[0]))
    top, left = (side - high) // 2, (side - wide) // 2
    move = rng.integers(-5, 6)
    piece = (slice(top + move, top + move + high), slice(left, left + wide))
    image = resized(scene[piece], *shape)
    polyp = resized(mask[piece].astype(np.uint8) * 255, *shape) >= 128
    # Corners are cut at 45 degrees. In the second hospital there is a border round it all.
    edge = round(0.05 * shape[0]) if second else 0
    y, x = (np.minimum(np.arange(s), np.arange(s)[::-1]) - edge for s in shape)
    seen = (
        (y[:, None] >= 0) & (x >= 0) & (y[:, None] + x >= shape[0] * (0.1 if second else 0.25))
    )
    if not second and rng.random() < 0.6:
        seen[round(shape[0] * 0.68) :, : round(shape[1] * 0.3)] = False
    if second:
        image = (image * np.array([0.85, 0.75, 0.55])).astype(np.uint8)
    return np.where(seen[..., None], image, np.uint8(12 if second else 0)), polyp & seen
