"""Ultrasound of the thyroid."""

from __future__ import annotations

from ..records import Dataset
from .common import Files


def thyroid_ddti(files: Files) -> Dataset:
    raise NotImplementedError
