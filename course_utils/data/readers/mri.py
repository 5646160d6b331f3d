"""Volumes: spinal cord, brain, NIfTI and DICOM samples."""

from __future__ import annotations

from ..records import Dataset
from .common import Files


def spinal_cord(files: Files) -> Dataset:
    raise NotImplementedError


def pam50(files: Files) -> Dataset:
    raise NotImplementedError


def nifti_samples(files: Files) -> Dataset:
    raise NotImplementedError


def mni152(files: Files) -> Dataset:
    raise NotImplementedError


def dicom_samples(files: Files) -> Dataset:
    raise NotImplementedError
