"""Capsule frames and colonoscopy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..records import Dataset
from .common import Files, broken, picture

SIDE = 640  # pixels of a stored capsule frame
BLOCK = 100  # frame numbers


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

    if height not in range(32, SIDE + 1):
        raise ValueError(f"height is a whole number from 32 to {SIDE}, not {height!r}")
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
        pixels = picture(files[name], "RGB")
        if pixels.shape != (SIDE, SIDE, 3):
            raise broken(files[name], f"{pixels.shape[1]} x {pixels.shape[0]} pixels")
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

    if height is not None and height not in range(32, 401):
        raise ValueError(f"height is None or a whole number from 32 to 400, not {height!r}")
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
