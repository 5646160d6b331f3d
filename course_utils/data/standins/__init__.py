"""Simulated stand-ins for the real sets, with the same fields, sizes, split names and known flaws.

They keep a lesson running where there is no network. They teach how to work, not what medicine looks like:
every number measured on them belongs to the simulation.
"""

from __future__ import annotations

from collections.abc import Callable

from ..records import Dataset, Weights
from . import benchmarks, cells, ct, endoscopy, films, microscopy, mri, retina, thyroid

STANDINS: dict[str, Callable] = {
    "chest_abdomen": films.chest_abdomen,
    "medmnist": benchmarks.medmnist,
    "squeezenet_imagenet": benchmarks.squeezenet_imagenet,
    "bccd": cells.bccd,
    "vgg_cells": cells.vgg_cells,
    "chase_db1": retina.chase_db1,
    "idrid": retina.idrid,
    "wce_bleed": endoscopy.wce_bleed,
    "polyps": endoscopy.polyps,
    "mini_mias": films.mini_mias,
    "deeplesion_sample": ct.deeplesion_sample,
    "spinal_cord": mri.spinal_cord,
    "pam50": mri.pam50,
    "nifti_samples": mri.nifti_samples,
    "isbi2012": microscopy.isbi2012,
    "w2s_denoising": microscopy.w2s_denoising,
    "thyroid_ddti": thyroid.thyroid_ddti,
}


def make(name: str, **options) -> Dataset | Weights:
    """The simulated set in the place of the real one. Every call gives the same.

    name: a set of the catalog; options: those of its reader, e.g. flag="breastmnist" for "medmnist".
    Raises KeyError for a name without a stand-in, ValueError for an unknown option value.
    """
    if name not in STANDINS:
        raise KeyError(f"no stand-in for {name!r}; there is one for {', '.join(STANDINS)}")
    return STANDINS[name](**options)
