"""CT slices."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..records import Dataset
from .common import Files, broken, picture

TYPES = ("bone", "abdomen", "mediastinum", "liver", "lung", "kidney", "soft tissue", "pelvis")
TEST_PATIENTS = ("000020", "000021")
SIDE = 512  # pixels
LONGEST = 10_000  # bytes of a file of boxes; the real ones have 82 at most


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
        images=np.stack([_slice(files[p]) for p in slices]),
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


def _slice(path: Path) -> np.ndarray:
    image = picture(path, "L")
    if image.shape != (SIDE, SIDE):
        raise broken(path, f"{image.shape[1]} x {image.shape[0]} pixels, not {SIDE} x {SIDE}")
    return image


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
