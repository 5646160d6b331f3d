"""Radiographs: chest and abdomen, mammograms."""

from __future__ import annotations

import numpy as np

from ..records import Dataset
from .common import Files, picture


def chest_abdomen(files: Files) -> Dataset:
    """77 radiographs, labels 0 = abdomen and 1 = chest, in the split of the published folders.

    The class comes from the folder, not from the file name: val/chst holds files named abd0.png to abd4.png.
    """
    paths = sorted(files, key=lambda p: (["train", "val", "test"].index(p.split("/")[1]), p))
    label = {"abd": 0, "chst": 1, "abd_test.png": 0, "chest_test.png": 1}
    return Dataset(
        name="chest_abdomen",
        source="real",
        images=[picture(files[p]) for p in paths],
        split=np.array([p.split("/")[1] for p in paths]),
        labels=np.array([label[p.split("/")[2]] for p in paths]),
        classes=("abdomen", "chest"),
        files=np.array([p.removeprefix("data/") for p in paths]),
    )


def mini_mias(files: Files) -> Dataset:
    raise NotImplementedError
