"""Stand-ins for capsule frames and colonoscopy."""

from __future__ import annotations

import numpy as np

from ...simulate.endoscopy import endoscopy, piece_boxes, window
from ..records import Dataset

# --- capsule frames


def wce_bleed(height: int = 224) -> Dataset:
    """400 capsule frames, 200 of them bleeding, in the form of the real set; drawn smaller and enlarged.

    height: as for the real set. images (400, height, height, 3) uint8 RGB; labels 0 normal, 1 bleeding; targets
    "boxes", "frame" and "block".
    Planted flaws: a video is some frames with neighbouring numbers that differ by a move of the camera and the light,
    and the split cuts through it. 68 frames have the octagonal outline of another camera, and all of these bleed.
    """
    if height not in range(32, 641):
        raise ValueError(f"height is a whole number from 32 to 640, not {height!r}")
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
    image = _resize(scene[piece], size, size) * rng.uniform(0.8, 1.1)
    blood = _resize(mask[piece].astype(np.uint8) * 255, size, size) >= 128
    return np.minimum(image, 255).astype(np.uint8) * view[..., None], piece_boxes(blood & view)


def _resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """An image (H, W) or (H, W, 3) uint8 at another size."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


# --- polyps of two hospitals


def polyps(height: int | None = None) -> Dataset:
    """180 frames with a polyp each, in the form of the real set: 140 of one hospital, 40 of another.

    height: as for the real set. images: a list of (H, W, 3) uint8; targets "masks", a list of (H, W) bool, and
    "hospital" (180,) int. The first hospital has frames of many sizes with an octagonal outline, some with a black box
    in a corner; the second has 288 x 384 pixels with a dark border, in yellower, weaker light, and the 40 frames come
    from 29 videos.
    """
    if height is not None and height not in range(32, 401):
        raise ValueError(f"height is None or a whole number from 32 to 400, not {height!r}")
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
    image = _resize(scene[piece], *shape)
    polyp = _resize(mask[piece].astype(np.uint8) * 255, *shape) >= 128
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
