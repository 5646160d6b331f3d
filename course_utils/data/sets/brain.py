"""Slices of the brain: OASIS-1, and a widely copied set that is probably made from it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
from scipy import ndimage

from ...simulate.brain import brain
from ...simulate.shapes import smooth_noise, to_uint8
from ..records import Dataset
from . import dataset
from .common import Files, broken, shared_out, sized

CLASSES = ("CDR 0", "CDR above 0")
# Plane: its folder in the source, and rows and columns of its pictures.
PLANES = {
    "axial": ("CV_AXIAL", (208, 176)),
    "coronal": ("CV_CORONAL", (176, 176)),
    "sagittal": ("CV_SARGITAL", (176, 208)),
}
# Column of the table -> the lowest and the highest value that we believe.
COLUMNS = {
    "Age": (18, 110),
    "Educ": (1, 5),
    "MMSE": (0, 30),
    "CDR": (0, 3),
    "eTIV": (800, 2500),
}


@dataset()
def oasis_slices(files: Files, plane: str = "axial") -> Dataset:
    """One slice of the brain of each of 196 people from 60 to 96 years, without the skull; pixels of about 1 mm.

    plane: "axial" gives images (196, 208, 176) uint8 grey, front up; "coronal" (196, 176, 176), top up; "sagittal"
    (196, 176, 208), front on the right. The order of the people is the same in all three.
    labels: 0 for a clinical dementia rating (CDR) of 0, 1 for one above. cases and files: "OAS1_0001".
    targets, each (196,): "cdr" 0, 0.5 or 1; "age" in years; "sex" "F" or "M"; "education" 1 to 5; "mmse" 0 to 30;
    "etiv" the volume inside the skull in ml; "nwbv" the brain's share of it; "asf" the scaling to the atlas.
    In most rows of the source nwbv and asf stand without their decimal point; it is put back.
    split: by person, each class shared out by a hash: 60 % train, 15 % val, 25 % test.
    Raises ValueError for another plane, a damaged file, one of another size and a person who is not in the table.
    """
    folder, shape = _plane(plane)
    known = _table(files["oasis_cross-sectional.csv"])
    found = {Path(f).name[:9]: files[f] for f in files if f.startswith(folder + "/")}
    images = []
    for person, path in sorted(found.items()):
        images.append(sized(path, "L", shape))
        if person not in known:
            raise broken(path, "its person is not in the table")
    people = sorted(found)
    table = {
        key: np.array([known[person][key] for person in people]) for key in known[people[0]]
    }
    return _record("real", images, people, plane, table)


def _plane(plane: str) -> tuple[str, tuple[int, int]]:
    if plane not in PLANES:
        raise ValueError(f"plane is one of {', '.join(PLANES)}, not {plane!r}")
    return PLANES[plane]


def _record(source, images, people, plane, table) -> Dataset:
    labels = (table["cdr"] > 0).astype(int)
    part = shared_out(dict(zip(people, labels.tolist(), strict=True)))
    return Dataset(
        name="oasis_slices",
        source=source,
        images=np.stack(images),
        split=np.array([part[person] for person in people]),
        labels=labels,
        classes=CLASSES,
        files=np.array(people),
        cases=np.array(people),
        targets=table,
        noun="slices",
        spacing=(1.0, 1.0),
        extra={"plane": plane},
    )


def _table(path: Path) -> dict[str, dict]:
    """Person -> what the table says, by the names of the targets."""
    known = {}
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                for key, (low, high) in COLUMNS.items():
                    if not low <= float(row[key]) <= high:
                        raise ValueError(f"{row['ID']}: {key} is {row[key]}")
                share, scaling = (
                    value / 1000 if value > 10 else value
                    for value in (float(row["nWBV"]), float(row["ASF"]))
                )
                if row["M/F"] not in ("F", "M") or not 0.4 < share < 1 or not 0.5 < scaling < 2:
                    raise ValueError(f"{row['ID']}: {row}")
                known[row["ID"][:9]] = {
                    "cdr": float(row["CDR"]),
                    "age": int(row["Age"]),
                    "sex": row["M/F"],
                    "education": int(row["Educ"]),
                    "mmse": int(row["MMSE"]),
                    "etiv": int(row["eTIV"]),
                    "nwbv": share,
                    "asf": scaling,
                }
    except Exception as error:
        raise broken(path, error) from error
    return known


# Folder and class of the four-class set, people in it, beginning of its file names.
STAGES = {"Non": 100, "Very_Mild": 70, "Mild": 28, "Moderate": 2}
BLOCKS = (0, 14, 15, 29, 30)
# Who is in block 0, the old test folder, by the order of the other blocks; found by the likeness of the slices.
BLOCK_0 = {
    "Non": (
        "98 99 0 1 2 3 4 5 7 8 9 10 11 12 13 14 15 16 18 19 20 21 22 23 24 25 26 27 29 30 31 "
        "32 33 34 35 36 37 38 41 39 51 62 73 84 95 6 17 28 40 42 43 44 45 46 47 48 49 50 52 "
        "53 54 55 56 57 58 59 60 61 63 64 65 66 67 68 69 70 71 72 74 75 76 77 78 79 80 81 82 "
        "83 85 86 87 88 89 90 91 92 93 94 96 97 "
    ),
    "Very_Mild": (
        "65 66 67 68 69 0 2 3 4 5 6 7 8 9 10 11 13 14 15 16 17 18 19 20 21 22 24 27 38 49 60 "
        "1 12 23 25 26 28 29 30 31 32 33 34 35 36 37 39 40 41 42 43 44 45 46 47 48 50 51 52 "
        "53 54 55 56 57 58 59 61 62 63 64 "
    ),
    "Mild": (
        "20 22 23 24 25 26 27 0 1 2 10 21 3 4 5 6 7 8 9 11 12 13 14 15 16 17 18 19 "
    ),
    "Moderate": (
        "0 1 "
    ),
}  # fmt: skip


@dataset()
def alzheimer_4class(files: Files) -> Dataset:
    """1,000 slices of the "four classes of Alzheimer" that circulate without names: five of each of 200 people.

    images (1000, 128, 128) uint8 grey, axial, front up, no skull. labels: classes Non (100 people), Very_Mild (70),
    Mild (28), Moderate (2). cases: the person, as "Mild-07". files: names in the source.
    targets: "block" (1000,) int, which slice of the person: 0, 14, 15, 29 or 30; 14 and 15, 29 and 30 are neighbours;
    "circulated" (1000,) text: "test" for block 0, the folder that is commonly tested on, "train" for the others.
    split: by person, each class shared out by a hash: 60 % train, 15 % val, 25 % test.
    Number n of a file of a class with S people: block (n - 1) // S, person (n - 1) mod S; block 0 has another order.
    Raises ValueError for a damaged file, one of another size and one whose number is in none of the five blocks.
    """
    images, people, labels, blocks, names = [], [], [], [], []
    for label, (stage, count) in enumerate(STAGES.items()):
        here = sorted(f for f in files if f.startswith(f"Dataset/{stage}_Demented/"))
        for name in here:
            images.append(sized(files[name], "L", (128, 128)))
            number = re.fullmatch(r"[a-z]+(?:_(\d+))?\.jpg", Path(name).name)
            block, person = divmod(int(number[1] or 1) - 1 if number else -1, count)
            if block not in BLOCKS:
                raise broken(files[name], "its number is in none of the blocks")
            if block == 0:
                person = int(BLOCK_0[stage].split()[person])
            people.append(f"{stage}-{person:02d}")
            labels.append(label)
            blocks.append(block)
            names.append(Path(name).name)
    return _staged("real", images, people, labels, blocks, names)


def _staged(source, images, people, labels, blocks, names) -> Dataset:
    part, blocks = shared_out(dict(zip(people, labels, strict=True))), np.array(blocks)
    return Dataset(
        name="alzheimer_4class",
        source=source,
        images=np.stack(images),
        split=np.array([part[person] for person in people]),
        labels=np.array(labels),
        classes=tuple(STAGES),
        files=np.array(names),
        cases=np.array(people),
        targets={"block": blocks, "circulated": np.where(blocks == 0, "test", "train")},
        noun="slices",
    )


# --- stand-ins


@oasis_slices.standin
def drawn_oasis_slices(plane: str = "axial") -> Dataset:
    """196 people in the form of the real set: as many of each CDR, older people and those with CDR above 0 with more
    atrophy on average, so that age and nwbv tell about as much as in the real set.

    Atrophy is drawn in the axial plane alone. The other two show the MNI152 template, bent for each person.
    """
    _, (rows, columns) = _plane(plane)
    rng = np.random.default_rng(1996)
    cdr = rng.permutation(np.repeat([0.0, 0.5, 1.0], [98, 70, 28]))
    age = np.clip(rng.normal(76, 8, 196), 60, 96).astype(int)
    atrophy = 0.35 + 0.012 * (age - 76) + 0.13 * (cdr > 0) + rng.normal(0, 0.15, 196)
    atrophy = np.clip(atrophy, 0, 1)
    volume = np.clip(rng.normal(1460, 160, 196), 1120, 1990)
    table = {
        "cdr": cdr,
        "age": age,
        "sex": rng.choice(["F", "M"], 196, p=[0.66, 0.34]),
        "education": rng.integers(1, 6, 196),
        "mmse": np.clip(29 - 5 * cdr - np.abs(rng.normal(0, 2, 196)), 14, 30).astype(int),
        "etiv": volume.astype(int),
        "nwbv": np.round(0.80 - 0.15 * atrophy + rng.normal(0, 0.015, 196), 3),
        "asf": np.round(1755 / volume, 3),
    }
    if plane == "axial":
        images = brain(rng, 196, rows, atrophy, height=rng.uniform(8, 12, 196))[0]
        images = images[:, :, (rows - columns) // 2 :][:, :, :columns]
    else:
        images = _template_slices(rng, plane, rows, columns)
    return _record("simulated", images, [f"OAS1_{k:04d}" for k in range(1, 197)], plane, table)


@alzheimer_4class.standin
def drawn_alzheimer_4class() -> Dataset:
    """200 people in the form of the real set, five slices each of one bent template, with more atrophy in later
    stages on average. Blocks 29, 30 and 0 lie next to each other, as 14 and 15 do."""
    rng, images, people, labels, blocks, names = np.random.default_rng(4), [], [], [], [], []
    for label, (stage, count) in enumerate(STAGES.items()):
        atrophy = np.clip(rng.normal(0.3 + 0.12 * label, 0.17, count), 0, 1)
        for number, (block, height) in enumerate(zip(BLOCKS, (22, 8, 9, 20, 21), strict=True)):
            for person in range(count):
                seed = np.random.default_rng([label, person])  # the same person at each height
                images.append(brain(seed, 1, 128, atrophy[person], height=height)[0][0])
                people.append(f"{stage}-{person:02d}")
                names.append(f"{stage.lower()}_{number * count + person + 1}.jpg")
            labels += [label] * count
            blocks += [block] * count
    return _staged("simulated", images, people, labels, blocks, names)


def _template_slices(rng, plane: str, rows: int, columns: int) -> np.ndarray:
    """196 slices (196, rows, columns) uint8 near the middle of the MNI152 template, each bent in its own way."""
    from nilearn.datasets import load_mni152_template

    # From the right, the back, below: as (top to bottom, back to front, right to left).
    volume = np.asarray(load_mni152_template(resolution=1).dataobj, np.float32)[::-1].transpose(
        2, 1, 0
    )[::-1]
    volume /= volume.max()
    size = max(rows, columns)
    images = np.empty((196, rows, columns), np.float32)
    for image in images:
        middle = volume.shape[2 if plane == "sagittal" else 1] // 2 + rng.integers(-3, 4)
        flat = volume[:, :, middle] if plane == "sagittal" else volume[:, middle]
        wave = 2 * smooth_noise(rng, 2, size, 4)[:, :rows, :columns]
        y, x = np.indices((rows, columns)) - np.array([rows, columns])[:, None, None] / 2
        zoom = rng.uniform(0.95, 1.08)
        place = [a * zoom + n / 2 for a, n in zip(wave + (y, x), flat.shape, strict=True)]
        image[:] = ndimage.map_coordinates(flat, place, order=1)
    images += 0.03 * (images > 0) * rng.standard_normal(images.shape, dtype=np.float32)
    return to_uint8(images)
