"""Blood smears and fluorescent cells."""

from __future__ import annotations

from ..records import Dataset
from .common import Files


def bccd(files: Files) -> Dataset:
    raise NotImplementedError


def vgg_cells(files: Files) -> Dataset:
    raise NotImplementedError
