"""Stand-ins for fundus photographs."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ...simulate.fundus import fundus
from ...simulate.shapes import smooth_noise
from ..records import Dataset

GRADES = ("no retinopathy", "mild", "moderate", "severe", "proliferative")


def chase_db1() -> Dataset:
    """28 photographs (28, 960, 999, 3) uint8 of healthy eyes, in the form and split of the real set.

    Drawn at 400 pixels and enlarged. targets: "vessels" and "second_observer", who misses thin vessels in places
    and draws the others a little off. The two agree about as well as in the real set (Dice near 0.78).
    """
    rng = np.random.default_rng(1999)
    eyes, truth = fundus(rng, 28, 400, grade=0)
    # As in the real set the round image is 918 pixels wide, and it does not lie in the middle.
    images = np.zeros((28, 960, 999, 3), np.uint8)
    images[:, 20:938, 34:952] = [_enlarged(eye, 918, 918) for eye in eyes]
    vessels, second = np.zeros((2, 28, 960, 999), bool)
    vessels[:, 20:938, 34:952] = [_enlarged(mask, 918, 918) for mask in truth["vessels"]]
    seen = _second_look(rng, truth["vessels"])
    second[:, 20:938, 34:952] = [_enlarged(mask, 918, 918) for mask in seen]
    children = np.repeat([f"{k:02d}" for k in range(1, 15)], 2)
    return Dataset(
        name="chase_db1",
        source="simulated",
        images=images,
        split=np.where(children <= "10", "train", "test"),
        files=np.array([f"Image_{c}{'LR'[k % 2]}" for k, c in enumerate(children)]),
        cases=children,
        targets={"vessels": vessels, "second_observer": second},
    )


def _second_look(rng, masks: np.ndarray) -> np.ndarray:
    """The masks as another person might draw them: thin vessels missed in places, all a pixel or two off."""
    n, size, _ = masks.shape
    thick = ndimage.uniform_filter(masks.astype(np.float32), (0, 5, 5)) > 0.6
    seen = masks & (thick | (smooth_noise(rng, n, size, 12) < 0.2))
    line = np.arange(size)
    rows = (line[:, None] + 0.5 + 1.7 * smooth_noise(rng, n, size, 14)).astype(np.int32)
    columns = (line + 0.5 + 1.7 * smooth_noise(rng, n, size, 14)).astype(np.int32)
    at = np.clip(rows, 0, size - 1), np.clip(columns, 0, size - 1)
    return seen[np.arange(n)[:, None, None], *at]


def idrid(part: str = "grading", height: int = 712) -> Dataset:
    """Photographs of the retina in the form of the real set; options as those of its reader.

    part: "grading": 96 photographs with as many of each grade in each split as in the real set, and "oedema_risk",
    here drawn by chance for grade 2 and above. "lesions": 9 photographs with masks "exudates" and "disc".
    height: 64 to 1424. Drawn smaller and enlarged. extra["conflicts"] is empty: no copies are planted.
    Raises ValueError for another part or height.
    """
    if part not in ("grading", "lesions"):
        raise ValueError(f"part is 'grading' or 'lesions', not {part!r}")
    if not 64 <= height <= 1424:
        raise ValueError(f"height is 64 to 1424 pixels, not {height}")
    rng = np.random.default_rng(4288)
    width = round(height * 4288 / 2848)
    labels, classes, targets, extra = None, (), {}, {}
    if part == "grading":
        split = np.repeat(["train", "test"], [64, 32])
        labels = np.concatenate(
            [
                rng.permutation(np.repeat(range(5), counts))
                for counts in ([20, 8, 18, 10, 8], [11, 4, 8, 5, 4])
            ]
        )
        classes, extra = GRADES, {"conflicts": []}
        risk = rng.choice([0, 1, 2], 96, p=[0.2, 0.2, 0.6])
        targets["oedema_risk"] = np.where(labels >= 2, risk, 0)
        eyes, _ = fundus(rng, 96, min(300, width), labels)
    else:
        split = np.repeat(["train", "test"], [6, 3])
        eyes, truth = fundus(rng, 9, min(600, width), grade=3)
        for key in ("exudates", "disc"):
            targets[key] = np.stack([_camera(mask, width, height) for mask in truth[key]])
    first = np.flatnonzero(split == "test")[0]
    number = np.where(split == "test", np.arange(len(split)) - first, np.arange(len(split))) + 1
    digits = 3 if part == "grading" else 2
    return Dataset(
        name="idrid",
        source="simulated",
        images=np.stack([_camera(eye, width, height) for eye in eyes]),
        split=split,
        labels=labels,
        classes=classes,
        files=np.array(
            [f"{s}/IDRiD_{k:0{digits}d}" for s, k in zip(split, number, strict=True)]
        ),
        targets=targets,
        extra=extra,
    )


def _camera(eye: np.ndarray, width: int, height: int) -> np.ndarray:
    """A round eye as that camera frames it: 80 % of the width, cut above and below."""
    across = round(0.8 * width)
    cut = round(len(eye) * (1 - height / across) / 2)
    frame = np.zeros((height, width, *eye.shape[2:]), eye.dtype)
    left = round(0.065 * width)
    frame[:, left : left + across] = _enlarged(eye[cut : len(eye) - cut], across, height)
    return frame


def _enlarged(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """A picture (H, W[, 3]) uint8 or a mask (H, W) bool at another size."""
    from PIL import Image

    mask = picture.dtype == bool
    image = Image.fromarray(picture.astype(np.uint8) * 255 if mask else picture)
    pixels = np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    return pixels > 127 if mask else pixels
