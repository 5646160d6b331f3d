"""Electron and fluorescence microscopy."""

from __future__ import annotations

from ..records import Dataset
from .common import Files


def isbi2012(files: Files) -> Dataset:
    raise NotImplementedError


def w2s_denoising(files: Files) -> Dataset:
    raise NotImplementedError
