"""Files of a set -> Dataset or Weights. One reader a set; each gets the local path of every file."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import benchmarks, cells, ct, endoscopy, films, microscopy, mri, retina, thyroid


class Reader(NamedTuple):
    """How a set is read.

    read: files and options -> Dataset or Weights.
    version: raise it whenever the reader returns something else; arrays decoded by an older version are then left.
    keep: whether decoding takes so long that the arrays are kept in the cache.
    """

    read: Callable
    version: int = 1
    keep: bool = True


READERS: dict[str, Reader] = {
    "chest_abdomen": Reader(films.chest_abdomen),
    "medmnist": Reader(benchmarks.medmnist, keep=False),
    "squeezenet_imagenet": Reader(benchmarks.squeezenet_imagenet, keep=False),
    "wdbc": Reader(benchmarks.wdbc, keep=False),
    "bccd": Reader(cells.bccd, version=2),
    "vgg_cells": Reader(cells.vgg_cells),
    "chase_db1": Reader(retina.chase_db1),
    "idrid": Reader(retina.idrid),
    "wce_bleed": Reader(endoscopy.wce_bleed),
    "polyps": Reader(endoscopy.polyps),
    "mini_mias": Reader(films.mini_mias),
    "deeplesion_sample": Reader(ct.deeplesion_sample),
    "spinal_cord": Reader(mri.spinal_cord),
    "pam50": Reader(mri.pam50),
    "nifti_samples": Reader(mri.nifti_samples),
    "mni152": Reader(mri.mni152),
    "dicom_samples": Reader(mri.dicom_samples),
    "isbi2012": Reader(microscopy.isbi2012),
    "w2s_denoising": Reader(microscopy.w2s_denoising),
    "thyroid_ddti": Reader(thyroid.thyroid_ddti),
}
