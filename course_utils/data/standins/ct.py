"""Stand-in for the CT slices."""

from __future__ import annotations

import numpy as np

from ...simulate.ct import TYPES, ct_slices, window
from ..records import Dataset

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


def deeplesion_sample() -> Dataset:
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
    images = np.stack([_enlarge(image) for image in window(hu, 1023.5, 4095)])
    cases = np.array([name.split("_")[0] for name in names])
    margin = np.array([-5, -5, 5, 5], np.float32)
    return Dataset(
        name="deeplesion_sample",
        source="simulated",
        images=images,
        split=np.where(np.isin(cases, ("000020", "000021")), "test", "train"),
        labels=np.array(kinds) - 1,
        classes=tuple(TYPES.values()),
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


def _enlarge(image: np.ndarray) -> np.ndarray:
    """(H, W) uint8 -> (2 H, 2 W)."""
    from PIL import Image

    size = 2 * image.shape[1], 2 * image.shape[0]
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
