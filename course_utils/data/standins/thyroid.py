"""Ultrasound of the thyroid."""

from __future__ import annotations

from ..records import Dataset


def thyroid_ddti() -> Dataset:
    raise NotImplementedError
