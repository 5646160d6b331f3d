"""Fundus photographs."""

from __future__ import annotations

from ..records import Dataset
from .common import Files


def chase_db1(files: Files) -> Dataset:
    raise NotImplementedError


def idrid(files: Files) -> Dataset:
    raise NotImplementedError
