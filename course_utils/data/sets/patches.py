"""CT patches around tumours of the lung."""

from __future__ import annotations

import numpy as np

from ...simulate.ct import ct_slices
from ..records import Dataset
from . import dataset
from .common import Files, broken

FILES = {"train": "msd/lung_2mm/val_patches.h5", "test": "msd/lung_2mm/test_patches.h5"}
PATIENTS, EACH, SIDE, SPACING = 13, 10, 48, 2.0  # of each file; the last in mm
# The README's names of the patients, in the order of the rows.
NUMBERS = {
    "train": (18, 26, 28, 34, 37, 48, 61, 62, 70, 75, 79, 83, 86),
    "test": (1, 9, 16, 22, 27, 41, 54, 59, 64, 81, 84, 93, 95),
}


@dataset()
def lung_tumour_patches(files: Files) -> Dataset:
    """260 CT patches of 26 patients with a tumour of the lung, images (260, 48, 48) float32 from 0 to 1.

    Pixels of 2 mm. The source cut its window to 0 to 1; which window is not told, so Hounsfield units are lost.
    targets: "tumour", (260, 48, 48) bool, empty in 32 patches. cases: the patient, ten patches each, as the README
    lists them. split: the source's val file is "train", its test file "test"; the patients differ.
    Raises ValueError for a damaged file, other sizes, pixels outside 0 to 1, and masks that are not 0 or 1.
    """
    parts = {split: _patches(files[path]) for split, path in FILES.items()}
    return _record(
        "real", *(np.concatenate(both) for both in zip(*parts.values(), strict=True))
    )


def _patches(path) -> tuple[np.ndarray, np.ndarray]:
    """Images and masks of one file, (130, 48, 48) float32 and bool."""
    import h5py

    shape = (PATIENTS * EACH, 1, SIDE, SIDE)
    try:
        with h5py.File(path) as h5:
            for key in ("images", "labels"):
                item = h5.get(key, getlink=True)
                if not isinstance(item, h5py.HardLink) or not isinstance(h5[key], h5py.Dataset):
                    raise ValueError(f"it holds no {key}")
                if h5[key].shape != shape or h5[key].dtype.kind != "f" or h5[key].external:
                    raise ValueError(f"{key} are not {shape} decimal numbers")
            images, masks = h5["images"][:, 0], h5["labels"][:, 0]
        if not ((images >= 0) & (images <= 1)).all():
            raise ValueError("pixels lie from 0 to 1")
        if not np.isin(masks, (0, 1)).all():
            raise ValueError("a mask is 0 or 1")
    except (ValueError, OSError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise broken(path, error) from error
    return images.astype(np.float32), masks == 1


def _record(source, images, masks) -> Dataset:
    names = [(split, f"lung_{n:03}") for split, ns in NUMBERS.items() for n in ns]
    split, cases = (np.repeat(column, EACH) for column in zip(*names, strict=True))
    return Dataset(
        name="lung_tumour_patches",
        source=source,
        images=images,
        split=split,
        files=np.array([f"{case}_{k % EACH}" for k, case in enumerate(cases)]),
        cases=cases,
        targets={"tumour": masks},
        noun="patches",
        unit="part of the window",
        spacing=(SPACING, SPACING),
    )


# --- stand-ins


@lung_tumour_patches.standin
def drawn_lung_tumour_patches() -> Dataset:
    """260 patches (260, 48, 48) float32 of 26 patients: windows of 96 mm cut out of simulated CT slices of the chest.

    Each patch lies near its tumour, as those of the real set do, and one in eight looks beside it and holds none. The
    ten patches of a patient come out of two slices.
    """
    rng = np.random.default_rng(48)
    patients, size = 2 * PATIENTS, 210  # pixels of 2 mm
    slices, truth = ct_slices(rng, 2 * patients, size, 5, 1, diameter=(14, 50), noise=14.0)
    grey = np.clip((slices + 1000) / 1240, 0, 1).astype(np.float32)
    images = np.empty((patients * EACH, SIDE, SIDE), np.float32)
    masks = np.empty(images.shape, bool)
    for row in range(len(images)):
        which = 2 * (row // EACH) + row % 2
        x0, y0, x1, y1 = truth["boxes"][which][0]
        away = rng.normal(0, 3, 2) + (row % 8 == 7) * rng.choice([-40, 40], 2)
        corner = np.array([(y0 + y1) / 2, (x0 + x1) / 2]) + away - SIDE / 2
        top, left = np.clip(np.round(corner), 0, size - SIDE).astype(int)
        window = np.s_[which, top : top + SIDE, left : left + SIDE]
        images[row], masks[row] = grey[window], truth["lesion"][window]
    return _record("simulated", images, masks)
