"""CT slices."""

from __future__ import annotations

import numpy as np

from ...simulate.ct import ct_slices, window
from ...simulate.shapes import resized
from ..records import Dataset
from . import dataset
from .common import Files, broken, sized

TYPES = ("bone", "abdomen", "mediastinum", "liver", "lung", "kidney", "soft tissue", "pelvis")
TEST_PATIENTS = ("000020", "000021")
SIDE = 512  # pixels
LONGEST = 10_000  # bytes of a file of boxes; the real ones have 82 at most


@dataset()
def deeplesion_sample(files: Files) -> Dataset:
    """50 axial slices of 10 patients from DeepLesion, images (50, 512, 512) uint8, with 51 boxes around lesions.

    The window is part of the pixels: grey 0 to 255 is -1024 to 3071 HU, about 16 HU a step (extra["window"]).
    targets: "boxes", a list of (k, 4) float32, x0, y0, x1, y1 in pixels; "types", a list of (k,) int, the lesion types
    as numbers of `classes`; "folder", where the source has the slice. labels: the type of the first lesion.
    cases: the patient, from the file name. The source's test folder shares patient 000020 with its train folder, so
    the split is another one: the patients of that folder are "test" (10 slices), the other eight "train" (40).
    Raises ValueError for a damaged slice, a slice of another size, and boxes that are missing or impossible.
    """
    slices = sorted((p for p in files if p.endswith(".jpg")), key=lambda p: p.split("/")[-1])
    names = [p.split("/")[-1] for p in slices]
    found = [_boxes(files, p) for p in slices]
    cases = np.array([name.split("_")[0] for name in names])
    return Dataset(
        name="deeplesion_sample",
        source="real",
        images=np.stack([sized(files[p], "L", (SIDE, SIDE)) for p in slices]),
        split=np.where(np.isin(cases, TEST_PATIENTS), "test", "train"),
        labels=np.array([types[0] for _, types in found]),
        classes=TYPES,
        files=np.array(names),
        cases=cases,
        targets={
            "boxes": [boxes for boxes, _ in found],
            "types": [types for _, types in found],
            "folder": np.array([p.split("/")[-2] for p in slices]),
        },
        noun="slices",
        extra={"window": (-1024, 3071)},
    )


def _boxes(files: Files, picture_path: str) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (k, 4) in pixels and types (k,) of one slice. A line is: type ymin xmin ymax xmax, as parts of the side."""
    name = picture_path.removesuffix(".jpg") + ".tru"
    if name not in files:
        raise ValueError(f"{picture_path} comes without its boxes, {name}")
    path = files[name]
    try:
        if path.stat().st_size > LONGEST:
            raise ValueError(f"more than {LONGEST} bytes")
        lines = [line.split() for line in path.read_text(encoding="ascii").splitlines()]
        rows = np.array([line for line in lines if line], dtype=float).reshape(-1, 5)
        types, boxes = rows[:, 0], rows[:, [2, 1, 4, 3]]
        if not len(rows) or not np.isin(types, range(1, 9)).all():
            raise ValueError("each line begins with a type from 1 to 8")
        if not ((boxes >= 0) & (boxes <= 1)).all() or not (boxes[:, :2] < boxes[:, 2:]).all():
            raise ValueError("a box leaves the image or is empty")
    except (ValueError, OSError) as error:
        raise broken(path, error) from error
    return (boxes * SIDE).astype(np.float32), types.astype(int) - 1


# --- stand-ins


# Patient: the lesion type of each slice, as in the real set; then the number of slices in the test folder.
_PATIENTS = {
    "000001": ("33333", 0),
    "000002": ("2222222", 0),
    "000004": ("775575", 0),
    "000009": ("22222525", 0),
    "000010": ("621", 0),
    "000013": ("5", 0),
    "000014": ("787", 0),
    "000016": ("4664666", 0),
    "000020": ("1555555", 2),
    "000021": ("333", 3),
}


@deeplesion_sample.standin
def drawn_deeplesion_sample() -> Dataset:
    """50 slices (50, 512, 512) uint8 of 10 patients with 51 boxes, drawn at half that size and enlarged.

    The boxes leave 5 pixels around the lesion, as those of the real set do, and the test folder shares patient 000020
    with the train folder. Each slice is drawn for itself: two slices of a patient are no more alike than others.
    """
    rng = np.random.default_rng(50)
    names, folders, kinds = [], [], []
    for patient, (types, tests) in _PATIENTS.items():
        for k, kind in enumerate(types):
            names.append(f"{patient}_{k + 1:02}_01_{rng.integers(1, 300):03}.jpg")
            folders.append("test" if k >= len(types) - tests else "train")
            kinds.append(int(kind))
    lesions = np.ones(50, int)
    lesions[names.index(next(n for n in names if n.startswith("000016_03")))] = 2
    hu, truth = ct_slices(rng, 50, 256, kinds, lesions, diameter=(8, 34), noise=14.0)
    images = np.stack([resized(image, 512, 512) for image in window(hu, 1023.5, 4095)])
    cases = np.array([name.split("_")[0] for name in names])
    margin = np.array([-5, -5, 5, 5], np.float32)
    return Dataset(
        name="deeplesion_sample",
        source="simulated",
        images=images,
        split=np.where(np.isin(cases, TEST_PATIENTS), "test", "train"),
        labels=np.array(kinds) - 1,
        classes=TYPES,
        files=np.array(names),
        cases=cases,
        targets={
            "boxes": [np.clip(2 * boxes + margin, 0, 512) for boxes in truth["boxes"]],
            "types": [types - 1 for types in truth["types"]],
            "folder": np.array(folders),
        },
        noun="slices",
        extra={"window": (-1024, 3071)},
    )
