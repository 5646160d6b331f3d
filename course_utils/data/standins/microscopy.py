"""Electron and fluorescence microscopy."""

from __future__ import annotations

from ..records import Dataset


def isbi2012() -> Dataset:
    raise NotImplementedError


def w2s_denoising() -> Dataset:
    raise NotImplementedError
