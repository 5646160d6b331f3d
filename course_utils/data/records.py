"""The record that `cu.load` returns."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from ..arrays import positions


@dataclass(frozen=True)
class Dataset:
    """Images with what is known about each of them. Every per-image field has one entry per image.

    name: name in the catalog, e.g. "chest_abdomen".
    source: "real" or "simulated".
    images: an array (N, H, W) or (N, H, W, 3), or a list of N arrays where the sizes differ.
        uint8 grey values or RGB unless `unit` says otherwise.
    split: (N,) text, "train", "val" or "test". A split never cuts through a case.
    labels: (N,) integers, or None. `classes[label]` is the name.
    files: (N,) file names or other ids.
    cases: (N,) patient or case ids where they are known.
    targets: further per-image truth by name: masks, boxes, points. Each is an array or list of length N.
    noun: what an entry of `images` is: "images", "scans", "slices", "rows".
    unit: what a pixel value means, e.g. "grey value", "HU".
    spacing: size of a pixel or voxel in mm, or None where it is unknown.
    extra: anything that belongs to the set as a whole.
    """

    name: str
    source: str
    images: Any
    split: np.ndarray
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    files: np.ndarray | None = None
    cases: np.ndarray | None = None
    targets: dict[str, Any] = field(default_factory=dict)
    noun: str = "images"
    unit: str = "grey value"
    spacing: tuple[float, ...] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        n = len(self.images)
        if self.source not in ("real", "simulated"):
            raise ValueError(f"source must be 'real' or 'simulated', not {self.source!r}")
        per_image = {
            "split": self.split,
            "labels": self.labels,
            "files": self.files,
            "cases": self.cases,
        }
        for key, value in {**per_image, **self.targets}.items():
            if value is not None and len(value) != n:
                raise ValueError(f"{self.name}: {n} images but {len(value)} entries in {key}")

    def __len__(self):
        return len(self.images)

    def part(self, split: str) -> Dataset:
        """The images of one split, as a Dataset."""
        where = np.flatnonzero(np.asarray(self.split) == split)
        if len(where) == 0:
            raise ValueError(
                f"{self.name} has no split {str(split)!r}; it has {', '.join(sorted({*map(str, self.split)}))}"
            )
        return self[where]

    def __getitem__(self, index) -> Dataset:
        """Some of the images, by positions, a slice or a mask with one entry an image, as a Dataset.

        Raises IndexError for a mask of another length and for positions that are not there or no whole numbers.
        """
        index = positions(index, len(self), self.name)

        def take(value):
            if value is None:
                return None
            return value[index] if isinstance(value, np.ndarray) else [value[i] for i in index]

        one_each = {
            f.name: take(getattr(self, f.name))
            for f in fields(self)
            if f.name in ("images", "split", "labels", "files", "cases")
        }
        return replace(self, **one_each, targets={k: take(v) for k, v in self.targets.items()})

    def __repr__(self):
        counts = ", ".join(
            f"{np.sum(np.asarray(self.split) == s)} {s}" for s in dict.fromkeys(self.split)
        )
        return f"<{self.name}: {len(self)} {self.source} {self.noun} ({counts})>"


@dataclass(frozen=True)
class Weights:
    """Trained weights of a network.

    name: name in the catalog, e.g. "squeezenet_imagenet".
    source: "real" (trained on real photographs) or "simulated" (the stand-in, trained on simulated images).
    state: parameter name -> torch tensor, ready for `load_state_dict`.
    note: one line on what the network was trained on and which input it expects.
    """

    name: str
    source: str
    state: dict[str, Any]
    note: str
