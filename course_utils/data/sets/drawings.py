"""Spirals and waves that people drew with a pencil."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...simulate.pen import drawing
from ..records import Dataset
from . import dataset
from .common import Files, broken, shared_out, sized

SIZES = {"spiral": (256, 256), "wave": (128, 256)}  # rows and columns
CLASSES = ("healthy", "parkinson")
# Volunteer -> drawings of a kind, in the real set.
HEALTHY = dict.fromkeys(range(1, 13), 3) | {55: 15}
ILL = dict.fromkeys(range(1, 16), 3) | {3: 9}


@dataset()
def parkinson_drawings(files: Files, kind: str = "spiral") -> Dataset:
    """102 drawings of 13 healthy people and 15 with Parkinson's disease.

    kind: "spiral" gives images (102, 256, 256) uint8 grey; "wave" (102, 128, 256).
    labels: classes healthy, parkinson, 51 drawings each. cases: the volunteer, as "H55" or "P03". files: names.
    targets: "official" (102,) text, the folder of the source, "train" (72) or "test" (30). It cuts through volunteers.
    split: by volunteer, each class shared out by a hash: 60 % train, 15 % val, 25 % test of the volunteers.
    Raises ValueError for another kind, a damaged file, one of another size and a name that names no volunteer.
    """
    shape = _shape(kind)
    found = sorted(f for f in files if f.startswith(f"parkinsons-drawings/{kind}/"))
    images, people = [], []
    for name in found:
        images.append(sized(files[name], "L", shape))
        person = re.match(r"V(\d+)([HP])", Path(name).name)
        if not person:
            raise broken(files[name], "its name names no volunteer")
        people.append(person[2] + person[1])
    official = ["train" if "/training/" in name else "test" for name in found]
    return _record("real", images, people, official, [Path(name).name for name in found])


def _shape(kind: str) -> tuple[int, int]:
    if kind not in SIZES:
        raise ValueError(f"kind is {' or '.join(SIZES)}, not {kind!r}")
    return SIZES[kind]


def _record(source, images, people, official, names) -> Dataset:
    labels = np.array([person.startswith("P") for person in people]).astype(int)
    part = shared_out(dict(zip(people, labels.tolist(), strict=True)))
    return Dataset(
        name="parkinson_drawings",
        source=source,
        images=np.stack(images),
        split=np.array([part[person] for person in people]),
        labels=labels,
        classes=CLASSES,
        files=np.array(names),
        cases=np.array(people),
        targets={"official": np.array(official)},
        noun="drawings",
    )


# --- stand-ins


@parkinson_drawings.standin
def drawn_parkinson_drawings(kind: str = "spiral") -> Dataset:
    """The volunteers and the number of their drawings as in the real set; those with the disease tremble more."""
    rows, columns = _shape(kind)
    rng, images, people = np.random.default_rng(2017), [], []
    for label, ids in (("H", HEALTHY), ("P", ILL)):
        for number, count in ids.items():
            hand = rng.uniform(0, 0.5) + (label == "P") * rng.uniform(0, 0.5)
            images += list(drawing(rng, count, columns, kind, hand)[0])
            people += [f"{label}{number:02d}"] * count
    margin = (columns - rows) // 2
    official = np.full(len(people), "train")
    for label in "HP":  # 15 of each class, from whomever
        own = np.flatnonzero([person[0] == label for person in people])
        official[rng.permutation(own)[:15]] = "test"
    cut = [image[margin : margin + rows] for image in images]
    names = [f"V{p[1:]}{p[0]}{kind[0].upper()}{k:03d}.png" for k, p in enumerate(people)]
    return _record("simulated", cut, people, official, names)
