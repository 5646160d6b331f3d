"""Radiographs: chest and abdomen, mammograms."""

from __future__ import annotations

import numpy as np

from ...simulate.mammogram import mammogram
from ...simulate.radiograph import abdomen, chest
from ...simulate.shapes import resized, to_rgb
from .. import fetch
from ..records import Dataset
from . import dataset
from .common import Files, broken, picture, sized


@dataset()
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


@dataset()
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
    marks = _marks()
    paths = sorted(files, key=lambda p: p.rpartition("/")[2])
    names = [p.rpartition("/")[2].partition("_")[0] for p in paths]
    images = []
    for path, name in zip(paths, names, strict=True):
        film = sized(files[path], "L", (1024, 1024))
        if name not in marks:
            raise broken(files[path], "the catalog has no circle for it")
        images.append(film)

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


def _marks() -> dict[str, list]:
    """Film -> its marks: tissue, abnormality, severity, x, y from the bottom, radius."""
    marks: dict[str, list] = {}
    for film, *mark in fetch.entry("mini_mias")["annotations"]:
        marks.setdefault(film, []).append(mark)
    return marks


# --- stand-ins


@chest_abdomen.standin
def drawn_chest_abdomen() -> Dataset:
    """77 films, labels 0 = abdomen and 1 = chest: 65 train, 10 val, 2 test; each (H, W, 3) uint8 as in the real set.

    The flaws of the real set are planted. Each chest film for training and validation is 512 x 512 and pure grey.
    Abdomen films have other sizes, all but one (train/abd/abd21.png), and about a third have a tint or coloured arrows.
    Some have letters, arrows or white borders. val/abd/abd3.png equals abd4.png, and the chest films of val are
    named abd0.png to abd4.png.
    """
    rng = np.random.default_rng(20180)
    films = {
        0: abdomen(rng, 38, 256, rotation=7.0, marker=False)[0],
        1: chest(rng, 39, 256, rotation=5.0, collimation=0.15, marker=True)[0],
    }
    names = [f"train/abd/abd{k}.png" for k in range(32)]
    names += [*(f"val/abd/abd{k}.png" for k in range(5)), "test/abd_test.png"]
    names += [f"train/chst/chst{k}.png" for k in range(33, 66)]
    names += [*(f"val/chst/abd{k}.png" for k in range(5)), "test/chest_test.png"]
    labels = dict(zip(names, [0] * 38 + [1] * 39, strict=True))
    images = {}
    for position, name in enumerate(names):
        label = labels[name]
        film = films[label][position - 38 * label]
        if name == "test/chest_test.png":
            images[name] = to_rgb(resized(film, 640, 512))
        elif label == 1 or name == "train/abd/abd21.png":
            edge = int(rng.uniform(0, 0.09) * len(film))
            kept = slice(edge, len(film) - edge)
            images[name] = to_rgb(resized(film[kept, kept], 512, 512))
        else:
            images[name] = _from_a_paper(rng, film)
    images["val/abd/abd4.png"] = images["val/abd/abd3.png"].copy()
    order = sorted(names, key=lambda n: (["train", "val", "test"].index(n.split("/")[0]), n))
    return Dataset(
        name="chest_abdomen",
        source="simulated",
        images=[images[n] for n in order],
        split=np.array([n.split("/")[0] for n in order]),
        labels=np.array([labels[n] for n in order]),
        classes=("abdomen", "chest"),
        files=np.array(order),
    )


def _from_a_paper(rng, film: np.ndarray) -> np.ndarray:
    """An abdomen film as journals print it: cut, at any size, with letters and arrows, not always pure grey."""
    from PIL import Image, ImageDraw

    aspect = rng.uniform(0.95, 1.45)  # height / width
    side = film.shape[0]
    zoom = rng.uniform(0.75, 1.0)  # some films show the whole abdomen, some a part
    w, h = (
        (zoom * side, zoom * side / aspect)
        if aspect < 1
        else (zoom * side / aspect, zoom * side)
    )
    left, top = int(rng.uniform(0.3, 0.7) * (side - w)), int(rng.uniform(0, 1) * (side - h))
    height = int(rng.integers(185, 620))
    width = round(height / aspect)
    if (width, height) == (512, 512):
        width -= 1
    film = to_rgb(resized(film[top : top + int(h), left : left + int(w)], height, width))
    tinted = rng.random() < 0.3
    if tinted:  # from a slide, or by lossy compression
        film = np.clip(
            film * rng.uniform(0.93, 1.05, 3) + rng.uniform(-4, 4, 3), 0, 255
        ).astype(np.uint8)
    picture = Image.fromarray(film)
    pen = ImageDraw.Draw(picture)
    for _ in range(rng.choice([0, 0, 1, 2])):
        colour = [(255, 255, 255), (0, 0, 0), (240, 220, 40)][
            rng.choice(3, p=[0.6, 0.25, 0.15])
        ]
        x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.8) * height
        way = rng.uniform(0, 2 * np.pi)
        _arrow(pen, x, y, way, 0.09 * height, colour)
    if rng.random() < 0.45:
        letter = rng.choice(list("ABCabLR"))
        size = round(0.07 * height)
        x, y = rng.choice([0.02, 0.9]) * width, rng.choice([0.02, 0.9]) * height
        pen.text((x, y), letter, fill=(255, 255, 255), font_size=size)
    if rng.random() < 0.15:
        pen.rectangle((0, 0, width - 1, height - 1), outline=(255, 255, 255), width=3)
    return np.asarray(picture)


def _arrow(pen, x, y, way, length, colour):
    """An arrow with its tip at x, y that points in the direction `way` (radians)."""
    c, s = np.cos(way), np.sin(way)

    def at(back, across):
        return (x - back * c - across * s, y - back * s + across * c)

    pen.line([at(length, 0), at(0.3 * length, 0)], fill=colour, width=max(2, round(length / 9)))
    pen.polygon(
        [at(0, 0), at(0.4 * length, 0.2 * length), at(0.4 * length, -0.2 * length)], fill=colour
    )


@mini_mias.standin
def drawn_mini_mias() -> Dataset:
    """32 mammograms (32, 1024, 1024) uint8 in the form of the real set, drawn at half that size and enlarged.

    Names, cases, labels, tissue, kind of abnormality and number of circles are those of the real films, from the
    catalog. The films and the places of the circles are simulated: a smooth mass where the real film is benign, a
    spiculated one where it is malignant, whatever the abnormality is called.
    """
    marks = _marks()
    tissue, abnormality, severity = np.array([rows[0][:3] for rows in marks.values()]).T
    labels = (severity == "M").astype(int)
    density = np.array([{"F": 0.15, "G": 0.4, "D": 0.65}[t] for t in tissue])
    number = [len(rows) for rows in marks.values()]
    rng = np.random.default_rng(1024)
    films, truth = mammogram(rng, len(marks), 512, number, labels, density)
    return Dataset(
        name="mini_mias",
        source="simulated",
        images=np.stack([resized(film, 1024, 1024) for film in films]),
        split=np.full(len(marks), "test"),
        labels=labels,
        classes=("benign", "malignant"),
        files=np.array(list(marks)),
        cases=np.array([f"{(int(film[3:]) + 1) // 2:03d}" for film in marks]),
        targets={
            "circles": [2 * circles for circles in truth["circles"]],
            "tissue": tissue,
            "abnormality": abnormality,
        },
    )
