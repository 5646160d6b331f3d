"""Fundus photographs."""

from __future__ import annotations

from ..records import Dataset


def chase_db1() -> Dataset:
    raise NotImplementedError


def idrid() -> Dataset:
    raise NotImplementedError
