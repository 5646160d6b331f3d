"""CT slices."""

from __future__ import annotations

from ..records import Dataset
from .common import Files


def deeplesion_sample(files: Files) -> Dataset:
    raise NotImplementedError
