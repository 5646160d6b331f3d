"""Radiographs: chest and abdomen, mammograms."""

from __future__ import annotations

import numpy as np

from .. import fetch
from ..records import Dataset
from .common import Files, broken, picture


def chest_abdomen(files: Files) -> Dataset:
    """77 radiographs, labels 0 = abdomen and 1 = chest, in the split of the published folders.

    The class comes from the folder, not from the file name: val/chst holds files named abd0.png to abd4.png.
    """
    paths = sorted(files, key=lambda p: (["train", "val", "test"].index(p.split("/")[1]), p))
    label = {"abd": 0, "chst": 1, "abd_test.png": 0, "chest_test.png": 1}
    return Dataset(
        name="chest_abdomen",
        source="real",
        images=[picture(files[p]) for p in paths],
        split=np.array([p.split("/")[1] for p in paths]),
        labels=np.array([label[p.split("/")[2]] for p in paths]),
        classes=("abdomen", "chest"),
        files=np.array([p.removeprefix("data/") for p in paths]),
    )


def mini_mias(files: Files) -> Dataset:
    """32 mammograms, each with one or two marked abnormalities, labels 0 = benign and 1 = malignant.

    images: (32, 1024, 1024) uint8 grey. files: "mdb001". cases: films 2k - 1 and 2k of the full set are the two
    breasts of one woman; here only mdb001 and mdb002 share a case.
    targets: "circles", a list of (k, 3) float32: x, y (from the top, as array rows run) and radius in pixels, 33
    in all; "tissue" (32,) "F" fatty, "G" fatty-glandular, "D" dense-glandular; "abnormality" (32,) "CIRC" well
    circumscribed, "MISC" ill defined, "ARCH" architectural distortion, "ASYM" asymmetry.
    Two circles, in mdb072 and mdb110, reach over the border of the film. Every ASYM and ARCH is malignant and nearly
    every CIRC benign, so the kind of abnormality gives the label away.
    split: the set has none and the course trains on simulated films only, so every film is "test".
    The circles come from the catalog, since the table of the source is no file of the set; it counts y from the
    bottom. Raises ValueError for a damaged file, one of another size and a film without a circle.
    """
    marks: dict[str, list] = {}
    for film, *mark in fetch.entry("mini_mias")["annotations"]:
        marks.setdefault(film, []).append(mark)
    paths = sorted(files, key=lambda p: p.rpartition("/")[2])
    names = [p.rpartition("/")[2].partition("_")[0] for p in paths]
    images = []
    for path, name in zip(paths, names, strict=True):
        film = picture(files[path])
        if film.shape != (1024, 1024):
            raise broken(files[path], f"{film.shape} pixels, not (1024, 1024)")
        if name not in marks:
            raise broken(files[path], "the catalog has no circle for it")
        images.append(film)

    # A mark is tissue, abnormality, severity, x, y from the bottom, radius.
    tissue, abnormality, severity = np.array([marks[name][0][:3] for name in names]).T
    circles = [
        np.array([(x, 1023 - y, radius) for *_, x, y, radius in marks[name]], np.float32)
        for name in names
    ]
    return Dataset(
        name="mini_mias",
        source="real",
        images=np.stack(images),
        split=np.full(len(names), "test"),
        labels=(severity == "M").astype(int),
        classes=("benign", "malignant"),
        files=np.array(names),
        cases=np.array([f"{(int(name[3:]) + 1) // 2:03d}" for name in names]),
        targets={
            "circles": circles,
            "tissue": tissue,
            "abnormality": abnormality,
        },
    )
