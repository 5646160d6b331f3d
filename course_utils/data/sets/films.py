"""Radiographs: chest and abdomen, mammograms."""

from __future__ import annotations

import re
from pathlib import Path

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


FILM = 1024  # pixels across a film of mini-MIAS
DENSITY = {
    "F": 0.15,
    "G": 0.4,
    "D": 0.65,
}  # of fatty, fatty-glandular and dense-glandular breasts, for the stand-in


@dataset()
def mias_masses(files: Files, size: int = 256) -> Dataset:
    """41 mammograms with a round or spiculated mass, labels 0 = benign and 1 = malignant.

    size: of the images in pixels, 64 to 1024 (a power of two); 1024 is that of the files. Circles follow.
    images: (41, size, size) uint8 grey. files: "mdb001". cases: the woman; films 2k - 1 and 2k of the full set are her
    two breasts, so there are 39.
    targets: "circles", a list of (k, 3) float32: x, y (from the top, as array rows run) and radius in pixels, 43
    in all; "tissue" (41,) "F" fatty, "G" fatty-glandular, "D" dense-glandular; "abnormality" (41,) "CIRC" well
    circumscribed or "SPIC" spiculated.
    split: the set has none; every film is "test". Who trains on a part of it splits by `cases`.
    The circles come from the table of the source, which counts y from the bottom; a file name holds the first only.
    Raises ValueError for a damaged file, one of another size and a film without a circle in the table.
    """
    from PIL import Image

    _check_size(size)
    films = _films(files)
    table = _info(files["data/pgm/Info.txt"])
    images, circles = np.empty((len(films), size, size), np.uint8), []
    for image, (name, path) in zip(images, films.items(), strict=True):
        film = sized(files[path], "L", (FILM, FILM))
        if name not in table:
            raise broken(files[path], "the table has no circle for it")
        image[:] = Image.fromarray(film).resize((size, size), Image.Resampling.BOX)
        circles.append((np.array(table[name]) * (size / FILM)).astype(np.float32))
    return _masses("real", films, images, circles)


def _check_size(size) -> None:
    if size not in (64, 128, 256, 512, 1024):
        raise ValueError(f"size is 64, 128, 256, 512 or 1024, not {size!r}")


def _films(files) -> dict[str, str]:
    """Film -> its path, in order. A path ends in KIND.TISSUE.SEVERITY.x.y.radius.film.png."""
    paths = [path for path in files if path.endswith(".png")]
    return dict(sorted((path.split(".")[-2], path) for path in paths))


def _info(path: Path) -> dict[str, list[tuple]]:
    """Film -> x, y from the top, and radius of each of its masses."""
    try:
        lines = path.read_text(encoding="latin-1").splitlines()
    except OSError as error:
        raise broken(path, error) from error
    table: dict[str, list[tuple]] = {}
    for line in lines:
        mark = re.fullmatch(
            r"(mdb\d{3}) [FGD] (?:CIRC|SPIC) [BM] (\d{1,4}) (\d{1,4}) (\d{1,4})", line.strip()
        )
        if mark:
            x, y, radius = map(int, mark.groups()[1:])
            if not (x < FILM and y < FILM and 0 < radius < FILM):
                raise broken(path, f"a circle outside its film: {line.strip()}")
            table.setdefault(mark[1], []).append((x, FILM - 1 - y, radius))
    if not table:
        raise broken(path, "it has no line of a mass")
    return table


def _said(films: dict[str, str]):
    """What the file names say: kind, tissue and severity, each (films,) text."""
    return np.array([path.rpartition("/")[2].split(".")[:3] for path in films.values()]).T


def _masses(source: str, films: dict[str, str], images, circles) -> Dataset:
    """The record, real or simulated; what a file name says is true of both."""
    kind, tissue, severity = _said(films)
    return Dataset(
        name="mias_masses",
        source=source,
        images=images,
        split=np.full(len(films), "test"),
        labels=(severity == "M").astype(int),
        classes=("benign", "malignant"),
        files=np.array(list(films)),
        cases=np.array([f"{(int(name[3:]) + 1) // 2:03d}" for name in films]),
        targets={"circles": circles, "tissue": tissue, "abnormality": kind},
    )


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


@mias_masses.standin
def drawn_mias_masses(size: int = 256) -> Dataset:
    """41 mammograms (41, size, size) uint8 in the form of the real set, drawn at 256 pixels and brought to that size.

    Names, cases, labels, tissue, kind and number of circles are those of the real films, from the paths in the
    catalog. The films and the places of the circles are simulated: a smooth mass where the real film is benign, a
    spiculated one where it is malignant, whatever its kind is called.
    """
    _check_size(size)
    films = _films(fetch.entry("mias_masses")["files"])
    _, tissue, severity = _said(films)
    density = np.array([DENSITY[t] for t in tissue])
    number = [2 if name in ("mdb005", "mdb132") else 1 for name in films]
    drawn, truth = mammogram(
        np.random.default_rng(1024), len(films), 256, number, severity == "M", density
    )
    images = np.stack([resized(film, size, size) for film in drawn])
    return _masses(
        "simulated", films, images, [c * np.float32(size / 256) for c in truth["circles"]]
    )
