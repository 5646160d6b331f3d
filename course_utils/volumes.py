"""Volumes and their place in the patient: the file itself, world coordinates, orientation, volume in millilitres.

Lesson 04 writes these out. World coordinates are in mm. Those of NIfTI grow towards the patient's right, front and
head (RAS), those of DICOM towards the left, back and head (LPS).
"""

from __future__ import annotations

import numpy as np

from .data import Dataset, fetch


def open_nifti(scans: Dataset, name: str, mask: str | None = None):
    """A scan as nibabel holds its file: axes, header and affine as they are there.

    scans: what `cu.load` gave for "nifti_samples" or "spinal_cord". name: one of `scans.files`.
    mask: the name of one of its masks, e.g. "spleen", for that file. A stand-in has no file: it gets an image made
    from its arrays, with axes R, A, S and the corner at 0. Raises ValueError for a scan or mask that is not there.
    """
    import nibabel as nib

    from .data.sets import mri

    names = [str(n) for n in scans.files]
    if name not in names:
        raise ValueError(f"{scans.name} has no scan {name!r}; it has {', '.join(names)}")
    place = names.index(name)
    values = (
        scans.images[place] if mask is None else scans.targets.get(mask, {place: None})[place]
    )
    if values is None:
        raise ValueError(f"{name} has no mask {mask!r}")
    if scans.source == "real":
        file, masks = {**mri.SAMPLES, **mri.CORD_SCANS}[name]
        return nib.load(fetch.files(scans.name)[file if mask is None else masks[mask]])
    spacing = scans.targets["spacing"][place]
    values = np.uint8(values) if mask else values
    return nib.Nifti1Image(values.T[::-1, ::-1], np.diag([*spacing[::-1], 1.0]))


def to_world(affine, voxel):
    """Position in mm of a voxel (i, j, k), or of many, (n, 3); also of positions between voxels."""
    return np.asarray(voxel) @ affine[:3, :3].T + affine[:3, 3]


def reorient(image, codes: str = "LPS"):
    """The nibabel image with axes that point to `codes`; data and affine change together, nothing is interpolated."""
    import nibabel as nib

    axes = nib.orientations
    now, wanted = axes.io_orientation(image.affine), axes.axcodes2ornt(tuple(codes))
    return image.as_reoriented(axes.ornt_transform(now, wanted))


def crop_affine(affine, first):
    """The affine of the part of a volume that begins at voxel `first`: same directions, new corner."""
    affine = np.array(affine, float)
    affine[:3, 3] = to_world(affine, first)
    return affine


def millilitres(mask, spacing) -> float:
    """Volume of a mask. spacing: mm along each of its axes."""
    return float(np.count_nonzero(mask) * np.prod(spacing) / 1000)
