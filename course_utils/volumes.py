"""Volumes and their place in the patient: the file itself, world coordinates, orientation, volume in millilitres.

Lesson 04 writes these out. World coordinates are in mm. Those of NIfTI grow towards the patient's right, front and
head (RAS), those of DICOM towards the left, back and head (LPS).
"""

from __future__ import annotations

import numpy as np

from . import arrays as checked
from .data import Dataset, fetch


def open_nifti(scans: Dataset, name: str, mask: str | None = None):
    """A scan as nibabel holds its file: axes, header and affine as they are there.

    scans: what `cu.load` gave for "nifti_samples" or "spinal_cord". name: one of `scans.files`.
    mask: the name of one of its masks, e.g. "spleen", for that file. A stand-in has no file: it gets an image made
    from its arrays, with axes R, A, S and the corner at 0. Raises ValueError for a scan or mask that is not there.
    """
    import nibabel as nib

    from .data.sets import mri

    known = {**mri.SAMPLES, **mri.CORD_SCANS}
    names = [str(n) for n in scans.files if str(n) in known] if scans.files is not None else []
    if not names:
        raise ValueError(
            f"{scans.name} has no NIfTI files; load 'nifti_samples' or 'spinal_cord' for that"
        )
    if name not in names:
        raise ValueError(f"{scans.name} has no scan {name!r}; it has {', '.join(names)}")
    file, masks = known[name]
    if mask is not None and mask not in masks:
        raise ValueError(f"{name} has no mask {mask!r}; it has {', '.join(masks)}")
    place = [str(n) for n in scans.files].index(name)
    values = scans.images[place] if mask is None else scans.targets[mask][place]
    if values is None:
        raise ValueError(f"{name} has no mask {mask!r}")
    if scans.source == "real":
        return nib.load(fetch.files(scans.name)[file if mask is None else masks[mask]])
    spacing = scans.targets["spacing"][place]
    values = np.uint8(values) if mask else values
    return nib.Nifti1Image(values.T[::-1, ::-1], np.diag([*spacing[::-1], 1.0]))


def to_world(affine, voxel):
    """Position in mm of a voxel (i, j, k), or of many, (n, 3); also of positions between voxels.

    affine: (4, 4), finite. Raises ValueError for another.
    """
    affine = _affine(affine)
    return np.asarray(voxel) @ affine[:3, :3].T + affine[:3, 3]


def reorient(image, codes: str = "LPS"):
    """The nibabel image with axes that point to `codes`; data and affine change together, nothing is interpolated."""
    import nibabel as nib

    axes = nib.orientations
    now, wanted = axes.io_orientation(image.affine), axes.axcodes2ornt(tuple(codes))
    return image.as_reoriented(axes.ornt_transform(now, wanted))


def crop_affine(affine, first):
    """The affine of the part of a volume that begins at voxel `first`: same directions, new corner."""
    affine = _affine(affine).astype(float)  # a copy
    affine[:3, 3] = to_world(affine, first)
    return affine


def millilitres(mask, spacing) -> float:
    """Volume of a mask (bool). spacing: mm along each of its axes. Raises ValueError for other masks and spacings."""
    mask = checked.mask(mask)
    return float(np.count_nonzero(mask) * np.prod(checked.spacing(spacing, mask.ndim)) / 1000)


def _affine(affine) -> np.ndarray:
    affine = checked.finite(affine, "entry of an affine")
    if affine.shape != (4, 4):
        raise ValueError(f"an affine has 4 x 4 numbers, not the shape {affine.shape}")
    return affine
