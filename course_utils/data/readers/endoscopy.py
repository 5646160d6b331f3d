"""Capsule frames and colonoscopy."""

from __future__ import annotations

from ..records import Dataset
from .common import Files


def wce_bleed(files: Files) -> Dataset:
    raise NotImplementedError


def polyps(files: Files) -> Dataset:
    raise NotImplementedError
