"""Images to be laid onto each other: chests of 130 people, and neighbouring sections in two stains."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy import ndimage

from ...simulate.radiograph import chest
from ...simulate.shapes import smooth_noise, to_uint8
from ..records import Dataset
from . import dataset
from .common import Files, broken, picture, shared_out, sized

LANDMARKS = {"lesion": 78, "kidney": 69}
SECTIONS = (
    ("lesion", "HE", "data-images/lesions_/scale-5pc/Izd2-29-041-w35_HE"),
    ("lesion", "proSPC", "data-images/lesions_/scale-5pc/Izd2-29-041-w35_proSPC"),
    ("kidney", "HE", "data-images/rat-kidney_/scale-5pc/Rat-Kidney_HE"),
    ("kidney", "PanCytokeratin", "data-images/rat-kidney_/scale-5pc/Rat-Kidney_PanCytokeratin"),
)
LARGEST_CSV = 100_000  # bytes; the largest of the set has 848


@dataset()
def chest_lung_masks(files: Files) -> Dataset:
    """130 normal frontal chest radiographs, each with a mask of the lungs; one image a person, as far as one can see.

    images: a list of (H, W) uint8 grey; most are 398 to 408 rows and 500 columns, the extremes 372 to 500 and 406 to
    500. The person's right lung is on the left of the image.
    targets: "lungs", a list of (H, W) bool, both lungs in one mask. How they were drawn is not documented.
    files and cases: the name of the file. split: by person, in an order that a hash fixes: 60 % train, 15 % val, 25 %
    test.
    Raises ValueError for a damaged file and for a mask of another size than its image.
    """
    names = sorted(Path(name).stem for name in files if name.endswith(".jpg"))
    images, lungs = [], []
    for name in names:
        image = picture(files[f"Datasets/Chest_x-ray/{name}.jpg"], "L")
        images.append(image)
        lungs.append(sized(files[f"Datasets/Chest_x-ray/{name}@.png"], "L", image.shape) > 127)
    return _chests("real", images, lungs, names)


def _chests(source, images, lungs, names) -> Dataset:
    part = shared_out(dict.fromkeys(names, 0))
    return Dataset(
        name="chest_lung_masks",
        source=source,
        images=images,
        split=np.array([part[name] for name in names]),
        files=np.array(names),
        cases=np.array(names),
        targets={"lungs": lungs},
    )


@dataset(keep=False)
def histology_landmarks(files: Files) -> Dataset:
    """Two pairs of neighbouring sections of one tissue in two stains, with landmarks that a human set in both.

    images: a list of four (H, W, 3) uint8 RGB: lung lesion in HE and proSPC (733 x 890 and 735 x 891), rat kidney in HE
    and PanCytokeratin (787 x 1164 and 724 x 1123).
    cases: "lesion" or "kidney". targets: "stain" (4,) text; "landmarks", a list of (K, 2) float, x (column) and
    y (row) in pixels; landmark k of one section is landmark k of the other. K is 78 and 69: two landmarks of the kidney
    that stand in one section alone are left out.
    split: "test", all of it: there is too little to train on.
    Raises ValueError for a damaged file and for a landmark outside its image.
    """
    images, points = [], []
    for case, _, name in SECTIONS:
        image = picture(files[f"{name}.jpg"], "RGB")
        images.append(image)
        points.append(_points(files[f"{name}.csv"], LANDMARKS[case], image.shape))
    return _sections("real", images, points)


def _sections(source, images, points) -> Dataset:
    cases = np.array([case for case, _, _ in SECTIONS])
    stains = np.array([stain for _, stain, _ in SECTIONS])
    return Dataset(
        name="histology_landmarks",
        source=source,
        images=images,
        split=np.array(["test"] * 4),
        files=np.array([Path(name).name for _, _, name in SECTIONS]),
        cases=cases,
        targets={"stain": stains, "landmarks": points},
        noun="sections",
    )


def _points(path: Path, count: int, shape) -> np.ndarray:
    """The first `count` landmarks of a file, (count, 2) x, y."""
    try:
        if path.stat().st_size > LARGEST_CSV:
            raise ValueError(f"more than {LARGEST_CSV} bytes")
        with open(path, encoding="utf-8", newline="") as stream:
            rows = [(float(row["X"]), float(row["Y"])) for row in csv.DictReader(stream)]
        found = np.array(rows[:count]).reshape(-1, 2)
        if len(found) < count:
            raise ValueError(f"{len(found)} landmarks, not {count}")
        if not ((found >= 0) & (found < (shape[1], shape[0]))).all():  # also false for NaN
            raise ValueError("a landmark lies outside the image")
    except Exception as error:
        raise broken(path, error) from error
    return found


# --- stand-ins


@chest_lung_masks.standin
def drawn_chest_lung_masks() -> Dataset:
    """130 simulated chests of 400 x 500 pixels, drawn at 128 and enlarged, each moved, scaled and stretched at random.

    The Dice of two of them before registration is about that of two real people.
    """
    from PIL import Image

    rng = np.random.default_rng(130)
    films, truth = chest(rng, 130, 128)
    images, lungs = [], []
    for film, mask in zip(films, truth["lungs"], strict=True):
        wave = 3 * smooth_noise(rng, 2, 128, 4)
        scale = rng.normal(1, 0.06, 2)
        move = rng.normal(0, 4, 2)
        place = [
            64 + (line - 64) * s + m + w
            for line, s, m, w in zip(np.indices((128, 128)), scale, move, wave, strict=True)
        ]
        bent = ndimage.map_coordinates(film.astype(np.float32), place, order=1, mode="nearest")
        inner = ndimage.map_coordinates(mask.astype(np.float32), place, order=1)
        image = Image.fromarray(to_uint8(bent / 255)).resize((500, 400))
        images.append(np.asarray(image))
        grey = Image.fromarray(to_uint8(inner)).resize((500, 400))
        lungs.append(np.asarray(grey) > 127)
    return _chests("simulated", images, lungs, [f"simulated-{k:03d}" for k in range(130)])


@histology_landmarks.standin
def drawn_histology_landmarks() -> Dataset:
    """Two drawn tissues of the sizes of the real set; the second section of each is turned, moved, bent and stained
    anew. The landmarks are exact."""
    rng = np.random.default_rng(5)
    sizes = {
        "lesion": [(733, 890), (735, 891)],
        "kidney": [(787, 1164), (724, 1123)],
    }
    turns = {"lesion": (4.0, (52.0, -38.0)), "kidney": (2.0, (20.0, 22.0))}
    images, points = [], []
    for case, (first, second) in sizes.items():
        tissue, holes = _tissue(rng, 1300)
        angle, move = turns[case]
        cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        wave = 6 * smooth_noise(rng, 2, 1300, 5)

        def onto(y, x, turn=(cos, sin), move=move, wave=wave):
            """Where a point of the second section lies in the first, both counted from the middle."""
            bent = [
                ndimage.map_coordinates(w, [y + 650, x + 650], order=1, mode="nearest")
                for w in wave
            ]
            return (
                turn[0] * y - turn[1] * x + move[0] + bent[0],
                turn[1] * y + turn[0] * x + move[1] + bent[1],
            )

        middle = [np.array(shape) / 2 for shape in (first, second)]
        y, x = np.indices(first) - middle[0][:, None, None]
        images.append(_stained(rng, tissue, holes, y, x, (150, 80, 160), (225, 165, 200)))
        y, x = np.indices(second) - middle[1][:, None, None]
        images.append(_stained(rng, tissue, holes, *onto(y, x), (90, 60, 40), (215, 215, 225)))
        inner = rng.uniform(-0.33, 0.33, (LANDMARKS[case], 2)) * second
        here = np.stack(onto(*inner.T), axis=1)
        for where, mid, shape in ((here, middle[0], first), (inner, middle[1], second)):
            points.append(np.clip(where + mid, 0, np.array(shape) - 1)[:, ::-1].copy())
    return _sections("simulated", images, points)


def _tissue(rng, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The density of a tissue (size, size) from 0 to 1 around its middle, and where cavities are."""
    y, x = np.indices((size, size)) / size - 0.5
    rim = 0.03 * smooth_noise(rng, 1, size, 9)[0]
    body = 1 / (1 + np.exp(80 * (np.hypot(y * 1.35, x) + rim - 0.27)))
    coarse, fine = smooth_noise(rng, 1, size, 30)[0], smooth_noise(rng, 1, size, 150)[0]
    return body * np.clip(0.6 + 0.2 * coarse + 0.1 * fine, 0.1, 1), coarse > 1.3


def _stained(rng, tissue, holes, y, x, dark, light) -> np.ndarray:
    """The tissue at places (y, x) from its middle, as an RGB picture on a white slide."""
    place = [y + tissue.shape[0] / 2, x + tissue.shape[1] / 2]
    density = ndimage.map_coordinates(tissue.astype(np.float32), place, order=1)
    hole = ndimage.map_coordinates(holes.astype(np.float32), place, order=1)
    density = density * (1 - 0.8 * hole)
    cut = np.clip(density * 4, 0, 1)[..., None]
    colour = np.array(light) + (np.array(dark) - np.array(light)) * density[..., None]
    grain = 3 * rng.standard_normal((*density.shape, 1))
    return np.clip(245 * (1 - cut) + colour * cut + grain, 0, 255).astype(np.uint8)
