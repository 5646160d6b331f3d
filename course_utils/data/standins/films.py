"""Stand-ins for radiographs: chest and abdomen, mammograms."""

from __future__ import annotations

import numpy as np

from ...simulate.mammogram import mammogram
from ...simulate.radiograph import abdomen, chest
from .. import fetch
from ..records import Dataset

# --- 77 radiographs of chest and abdomen


def chest_abdomen() -> Dataset:
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
    names = [f"train/abd/abd{k}.png" for k in range(32)] + [
        f"val/abd/abd{k}.png" for k in range(5)
    ]
    names += ["test/abd_test.png"]
    names += [f"train/chst/chst{k}.png" for k in range(33, 66)] + [
        f"val/chst/abd{k}.png" for k in range(5)
    ]
    names += ["test/chest_test.png"]
    labels = dict(zip(names, [0] * 38 + [1] * 39, strict=True))
    images = {}
    for position, name in enumerate(names):
        label = labels[name]
        film = films[label][position - 38 * label]
        if name == "test/chest_test.png":
            images[name] = _grey(_resize(film, 512, 640))
        elif label == 1 or name == "train/abd/abd21.png":
            edge = int(rng.uniform(0, 0.09) * len(film))
            images[name] = _grey(
                _resize(film[edge : len(film) - edge, edge : len(film) - edge], 512, 512)
            )
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


def _resize(film: np.ndarray, width: int, height: int) -> np.ndarray:
    """A grey film (H, W) uint8 at another size."""
    from PIL import Image

    return np.asarray(Image.fromarray(film).resize((width, height), Image.Resampling.BICUBIC))


def _grey(film: np.ndarray) -> np.ndarray:
    """(H, W) -> (H, W, 3) with three equal channels."""
    return np.repeat(film[..., None], 3, axis=2)


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
    film = _grey(_resize(film[top : top + int(h), left : left + int(w)], width, height))
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
        x, y, way = (
            rng.uniform(0.2, 0.8) * width,
            rng.uniform(0.2, 0.8) * height,
            rng.uniform(0, 2 * np.pi),
        )
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


# --- 32 mammograms


def mini_mias() -> Dataset:
    """32 mammograms (32, 1024, 1024) uint8 in the form of the real set, drawn at half that size and enlarged.

    Names, cases, labels, tissue, kind of abnormality and number of circles are those of the real films, from the
    catalog. The films and the places of the circles are simulated: a smooth mass where the real film is benign, a
    spiculated one where it is malignant, whatever the abnormality is called.
    """
    marks: dict[str, list] = {}
    for film, *mark in fetch.entry("mini_mias")["annotations"]:
        marks.setdefault(film, []).append(mark)
    tissue, abnormality, severity = np.array([rows[0][:3] for rows in marks.values()]).T
    labels = (severity == "M").astype(int)
    density = np.array([{"F": 0.15, "G": 0.4, "D": 0.65}[t] for t in tissue])
    number = [len(rows) for rows in marks.values()]
    rng = np.random.default_rng(1024)
    films, truth = mammogram(rng, len(marks), 512, number, labels, density)
    return Dataset(
        name="mini_mias",
        source="simulated",
        images=np.stack([_resize(film, 1024, 1024) for film in films]),
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
