"""Capsule frames and colonoscopy."""

from __future__ import annotations

from ..records import Dataset


def wce_bleed() -> Dataset:
    raise NotImplementedError


def polyps() -> Dataset:
    raise NotImplementedError
