"""A cine MRI of the small bowel."""

from __future__ import annotations

import numpy as np

from ...simulate.bowel import bowel_cine
from ..records import Dataset
from . import dataset
from .common import Files, broken
from .mri import nifti


@dataset()
def bowel_cine_mri(files: Files) -> Dataset:
    """Eleven frames of one contraction of a small-bowel loop of one person, with a mask of the loop.

    images (11, 128, 128) float32, signal in arbitrary units, in the order of time; targets "loop" (11, 128, 128) bool.
    split: "test" throughout. Size of a pixel and time between frames are not in the file; which side is up is unknown.
    Raises ValueError for a damaged file and for a mask that does not fit.
    """
    images, _ = nifti(files["image.nii.gz"])
    loop, _ = nifti(files["label.nii.gz"])
    if loop.shape != images.shape:
        raise broken(files["label.nii.gz"], f"{loop.shape} voxels, its film has {images.shape}")
    return _record("real", images, loop > 0.5)


def _record(source, images, loop) -> Dataset:
    return Dataset(
        name="bowel_cine_mri",
        source=source,
        images=images,
        split=np.array(["test"] * len(images)),
        files=np.array([f"frame_{k:02d}" for k in range(len(images))]),
        cases=np.array(["one person"] * len(images)),
        targets={"loop": loop},
        noun="frames",
        unit="signal, arbitrary units",
    )


# --- stand-ins


@bowel_cine_mri.standin
def drawn_bowel_cine_mri() -> Dataset:
    """Eleven frames of a drawn loop that becomes narrow once."""
    images, truth = bowel_cine(np.random.default_rng(11), 1, 128, frames=11, rate=6)
    film = images[0].transpose(2, 0, 1).astype(np.float32) * np.float32(749 / 255)
    return _record("simulated", film, truth["loop"][0].transpose(2, 0, 1))
