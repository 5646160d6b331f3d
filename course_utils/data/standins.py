"""Simulated stand-ins for the real sets, with the same fields, sizes, split names and known flaws.

They keep a lesson running where there is no network. They teach how to work, not what medicine looks like:
every number measured on them belongs to the simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..simulate.fundus import fundus
from ..simulate.radiograph import abdomen, chest
from ..simulate.shapes import shrink
from ..simulate.ultrasound import ultrasound
from .records import Dataset, Weights

BODY = Path(__file__).with_name("simulated_body.safetensors")


def make(name: str, **options) -> Dataset | Weights:
    """The simulated set in the place of the real one. Every call gives the same.

    name: "chest_abdomen", "medmnist" (option flag: "pneumoniamnist", "breastmnist" or "retinamnist") or
    "squeezenet_imagenet". Raises KeyError for a name without a stand-in, ValueError for an unknown flag.
    """
    if name not in STANDINS:
        raise KeyError(f"no stand-in for {name!r}; there is one for {', '.join(STANDINS)}")
    return STANDINS[name](**options)


def load(path: str | Path) -> dict:
    """Weights from a safetensors file as float32 tensors, ready for `load_state_dict`."""
    from safetensors.torch import load_file

    return {key: value.float() for key, value in load_file(path).items()}


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


# --- MedMNIST: 28 x 28 pixels


def medmnist(flag: str = "pneumoniamnist") -> Dataset:
    """One 28 x 28 set. Images are drawn at that size or twice as large.

    Counts of each class are those of the real splits.
    """
    if flag not in _MEDMNIST:
        raise ValueError(f"medmnist has no stand-in {flag!r}; choose one of {list(_MEDMNIST)}")
    seed, counts, classes, task, draw = _MEDMNIST[flag]
    rng = np.random.default_rng(seed)
    labels = [rng.permutation(np.repeat(np.arange(len(c)), c)) for c in counts.values()]
    split = np.repeat(list(counts), [len(part) for part in labels])
    labels = np.concatenate(labels)
    images = draw(rng, labels)
    return Dataset(
        name="medmnist",
        source="simulated",
        images=images,
        split=split,
        labels=labels,
        classes=classes,
        extra={"flag": flag, "task": task},
    )


def _down(images: np.ndarray, factor: int) -> np.ndarray:
    """Mean over blocks, back to uint8."""
    return np.round(shrink(images, factor)).astype(np.uint8)


def _pneumonia(rng, labels):
    """Chest films, cut close to the lungs, of children in the real set; label 1 with opacities, some of them faint."""
    sick = labels == 1
    strength = np.where(sick, rng.uniform(0.4, 1.0, len(labels)), 0)
    films, _ = chest(rng, len(labels), 36, strength, rotation=6.0, collimation=0.0)
    return films[:, 3:31, 4:32].copy()


def _breast(rng, labels):
    """Ultrasound; label 0 = malignant, 1 = benign or normal, about a quarter of these with no lesion."""
    lesion = (labels == 0) | (rng.random(len(labels)) < 0.77)
    return _down(ultrasound(rng, len(labels), 56, labels == 0, lesion)[0], 2)


def _retina(rng, labels):
    """Fundus photographs of grades 0 to 4."""
    return _down(fundus(rng, len(labels), 56, labels)[0], 2)


_MEDMNIST = {
    "pneumoniamnist": (
        1,
        {"train": [1214, 3494], "val": [135, 389], "test": [234, 390]},
        ("normal", "pneumonia"),
        "binary-class",
        _pneumonia,
    ),
    "breastmnist": (
        2,
        {"train": [147, 399], "val": [21, 57], "test": [42, 114]},
        ("malignant", "normal, benign"),
        "binary-class",
        _breast,
    ),
    "retinamnist": (
        3,
        {
            "train": [486, 128, 206, 194, 66],
            "val": [54, 12, 28, 20, 6],
            "test": [174, 46, 92, 68, 20],
        },
        ("0", "1", "2", "3", "4"),
        "ordinal-regression",
        _retina,
    ),
}


# --- Weights


def squeezenet_imagenet() -> Weights:
    """The body of SqueezeNet 1.1, trained on simulated images by `course_utils.simulate.body`."""
    return Weights(
        "squeezenet_imagenet", "simulated", load(BODY), "trained on simulated images only"
    )


STANDINS: dict[str, Callable] = {
    "chest_abdomen": chest_abdomen,
    "medmnist": medmnist,
    "squeezenet_imagenet": squeezenet_imagenet,
}
