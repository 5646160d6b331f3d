"""CT slices."""

from __future__ import annotations

from ..records import Dataset


def deeplesion_sample() -> Dataset:
    raise NotImplementedError
