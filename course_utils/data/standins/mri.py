"""Volumes: spinal cord, brain, NIfTI and DICOM samples."""

from __future__ import annotations

from ..records import Dataset


def spinal_cord() -> Dataset:
    raise NotImplementedError


def pam50() -> Dataset:
    raise NotImplementedError


def nifti_samples() -> Dataset:
    raise NotImplementedError
