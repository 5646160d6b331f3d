"""Blood smears and fluorescent cells."""

from __future__ import annotations

from ..records import Dataset


def bccd() -> Dataset:
    raise NotImplementedError


def vgg_cells() -> Dataset:
    raise NotImplementedError
