"""Fundus photographs: CHASE_DB1 (vessels) and IDRiD (diabetic retinopathy)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy import ndimage

from ...simulate.fundus import fundus
from ...simulate.shapes import smooth_noise
from ..records import Dataset
from . import dataset
from .common import Files, broken, sized

GRADES = ("no retinopathy", "mild", "moderate", "severe", "proliferative")
# Pictures that are byte-identical in the full set, by split and name.
TWICE = (
    ("train/IDRiD_021", "train/IDRiD_391"),
    ("train/IDRiD_028", "train/IDRiD_327"),
    ("train/IDRiD_118", "test/IDRiD_064"),
)


@dataset()
def chase_db1(files: Files) -> Dataset:
    """28 photographs of the retina of 14 children, left and right eye, with the vessels drawn by two observers.

    images: (28, 960, 999, 3) uint8 RGB, sorted by name: 01L, 01R, 02L ...
    targets: "vessels" (first observer) and "second_observer", each (28, 960, 999) bool.
    cases: the child, "01" to "14". split: the set has no official one. By custom the first 20 images are for
    training ("train", children 1 to 10) and the last 8 for the test ("test"), so no child is in both.
    Raises ValueError for a file that is damaged or of another size.
    """
    names = sorted(Path(p).stem for p in files if p.endswith(".jpg"))

    def read(name, mode):
        return sized(files[f"CHASEDB1/{name}"], mode, (960, 999))

    def drawn(observer):
        return np.stack([read(f"{name}_{observer}HO.png", "L") > 127 for name in names])

    cases = np.array([name[6:8] for name in names])
    return Dataset(
        name="chase_db1",
        source="real",
        images=np.stack([read(f"{name}.jpg", "RGB") for name in names]),
        split=np.where(cases <= "10", "train", "test"),
        files=np.array(names),
        cases=cases,
        targets={"vessels": drawn("1st"), "second_observer": drawn("2nd")},
    )


@dataset()
def idrid(files: Files, part: str = "grading", height: int = 712) -> Dataset:
    """Photographs of the retina of people with diabetes, in the published split, reduced from 4288 x 2848 pixels.

    part: "grading": 96 photographs (64 train, 32 test). labels: grade of retinopathy, 0 to 4, as in `classes`;
    2 and above is referable. targets: "oedema_risk" (96,) 0 to 2, the risk of macular oedema.
    The order is that of the names, which nearly sorts them by grade.
    extra["conflicts"]: photographs of which the full set has a byte-identical copy with another grade, as
    (file, its grade, copy, grade of the copy). None of these copies is among the 96.
    part: "lesions": 9 photographs (6 train, 3 test). targets: masks "exudates" (hard exudates) and "disc" (optic
    disc), each (9, height, width) bool.
    height: 64 to 1424 pixels; 712 gives images (N, 712, 1072, 3) uint8 RGB, 220 MB for the part "grading".
    Pictures are reduced by the mean over areas; a mask is true where more than half of the area was.
    Patients are not named: cases is None. Raises ValueError for a damaged file, one of another size and a photograph
    without a grade.
    """
    _check(part, height)
    size = round(height * 4288 / 2848), height
    folder = "dataset/A. " if part == "lesions" else "dataset/B. "
    paths = sorted(p for p in files if p.startswith(folder) and p.endswith(".jpg"))
    split = np.array(["train" if "Training" in p else "test" for p in paths])
    names = [f"{s}/{Path(p).stem}" for s, p in zip(split, paths, strict=True)]
    labels, classes, extra = None, (), {}
    if part == "grading":
        known = _grades(files)
        for name, path in zip(names, paths, strict=True):
            if name not in known:
                raise broken(files[path], "it has no grade")
        labels = np.array([known[name][0] for name in names])
        classes = GRADES
        targets = {"oedema_risk": np.array([known[name][1] for name in names])}
        extra["conflicts"] = [
            (a, known[a][0], b, known[b][0])
            for pair in TWICE
            for a, b in (pair, pair[::-1])
            if a in names and known[a][0] != known[b][0]
        ]
    else:
        masks = {Path(p).stem: files[p] for p in files if p.endswith(".tif")}
        targets = {
            target: np.stack(
                [_reduced(masks[f"{Path(p).stem}_{code}"], size, True) for p in paths]
            )
            for target, code in (("exudates", "EX"), ("disc", "OD"))
        }
    return Dataset(
        name="idrid",
        source="real",
        images=np.stack([_reduced(files[p], size) for p in paths]),
        split=split,
        labels=labels,
        classes=classes,
        files=np.array(names),
        targets=targets,
        extra=extra,
    )


def _check(part, height) -> None:
    if part not in ("grading", "lesions"):
        raise ValueError(f"part is 'grading' or 'lesions', not {part!r}")
    if not 64 <= height <= 1424:
        raise ValueError(f"height is 64 to 1424 pixels, not {height}")


def _reduced(path: Path, size: tuple[int, int], mask: bool = False) -> np.ndarray:
    """A picture of 4288 x 2848 pixels at another (width, height), by the mean over areas. mask: as bool."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.size != (4288, 2848):
                raise ValueError(f"{image.size} pixels, not (4288, 2848)")
            # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, which is much quicker.
            image.draft("RGB", size)
            image = image.convert("L" if mask else "RGB")
            if mask:  # its palette is black and red
                image = image.point(lambda value: 255 * (value > 0))
            pixels = np.asarray(image.resize(size, Image.Resampling.BOX))
    except Exception as error:
        raise broken(path, error) from error
    return pixels > 127 if mask else pixels


def _grades(files: Files) -> dict[str, tuple[int, int]]:
    """ "train/IDRiD_001" -> (grade 0 to 4, risk of macular oedema 0 to 2), for every line of the two tables."""
    known = {}
    for name in files:
        if not name.endswith(".csv"):
            continue
        split, path = "train" if "Training" in name else "test", files[name]
        try:
            with open(path, encoding="utf-8-sig", newline="") as stream:
                for row in list(csv.reader(stream))[1:]:
                    grade, risk = int(row[1]), int(row[2])
                    if grade not in range(5) or risk not in range(3):
                        raise ValueError(f"{row[0]} has grade {grade}, oedema risk {risk}")
                    known[f"{split}/{row[0].strip()}"] = grade, risk
        except Exception as error:
            raise broken(path, error) from error
    return known


# --- stand-ins


@chase_db1.standin
def drawn_chase_db1() -> Dataset:
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


@idrid.standin
def drawn_idrid(part: str = "grading", height: int = 712) -> Dataset:
    """Photographs of the retina in the form of the real set; options as those of its reader.

    part: "grading": 96 photographs with as many of each grade in each split as in the real set, and "oedema_risk",
    here drawn by chance for grade 2 and above. "lesions": 9 photographs with masks "exudates" and "disc".
    height: 64 to 1424. Drawn smaller and enlarged. extra["conflicts"] is empty: no copies are planted.
    Raises ValueError for another part or height.
    """
    _check(part, height)
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
