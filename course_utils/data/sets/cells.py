"""Blood smears, cells cut out of them, and fluorescent cells."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...simulate.cells import CELLS, blood_smear, cell_crops, fluorescence
from ..records import Dataset
from . import dataset
from .common import Files, broken, shared_out, sized

WIDTH, HEIGHT = 640, 480  # of a blood smear, in pixels


@dataset(version=2)
def bccd(files: Files, height: int = HEIGHT // 2) -> Dataset:
    """364 photographs of blood smears with a box around each cell.

    height: of the images in pixels, at most 480, the size of the files (335 MB; 84 MB at 240). Boxes follow.
    images (364, height, height * 4 / 3, 3) uint8 RGB; targets "boxes", a list of (k, 4) float32 x0, y0, x1, y1 in
    pixels of these images, and "box_labels", a list of (k,) int: classes[label] is RBC, WBC or Platelets.
    split: the lists in the repository: 205 train, 87 val, 72 test. Patients are unknown, so `cases` is None.
    A box is cut at the border of its image. The two that have no area are left out; extra["left_out"] names them:
    file, class and the four numbers. Many cells, above all at the border, have no box.
    Raises ValueError for a file that is damaged or does not say what it should.
    """
    from PIL import Image

    _check(height)
    split = {}
    for part in ("train", "val", "test"):
        split |= dict.fromkeys(_text(files[f"BCCD/ImageSets/Main/{part}.txt"]).split(), part)
    names = sorted(Path(f).stem for f in files if f.endswith(".jpg"))
    images = np.empty((len(names), height, height * 4 // 3, 3), np.uint8)
    boxes, labels, left_out = [], [], []
    for image, name in zip(images, names, strict=True):
        path = files[f"BCCD/JPEGImages/{name}.jpg"]
        pixels = sized(path, "RGB", (HEIGHT, WIDTH))
        if name not in split:
            raise broken(path, "no list of the repository has it")
        if height != HEIGHT:
            small = Image.fromarray(pixels).resize(image.shape[1::-1], Image.Resampling.BOX)
            pixels = np.asarray(small)
        image[:] = pixels
        box, label, empty = _voc(files[f"BCCD/Annotations/{name}.xml"])
        boxes.append((box * (height / HEIGHT)).astype(np.float32))
        labels.append(label)
        left_out += [(f"{name}.jpg", *what) for what in empty]
    return Dataset(
        name="bccd",
        source="real",
        images=images,
        split=np.array([split[name] for name in names]),
        classes=CELLS,
        files=np.array([f"{name}.jpg" for name in names]),
        targets={"boxes": boxes, "box_labels": labels},
        extra={"left_out": left_out},
    )


@dataset()
def vgg_cells(files: Files) -> Dataset:
    """200 drawn microscope images of fluorescent cells with a dot in each cell.

    images (200, 256, 256, 3) uint8 RGB, blue on black; targets "points", a list of (k, 2) float32 x, y in pixels:
    whole numbers, column and row of a dot; "counts" (200,) int. Many dots touch, so counting the connected pieces
    of a dot image gives too few.
    split by number: 1 to 64 train, 65 to 100 val, 101 to 200 test. The images are independent of each other.
    Raises ValueError for a file that is damaged or has another size.
    """
    names = sorted(f for f in files if re.fullmatch(r"cells/\d{3}cell\.png", f))
    images, points = np.empty((len(names), 256, 256, 3), np.uint8), []
    for image, name in zip(images, names, strict=True):
        pair = [files[name], files[name.replace("cell.png", "dots.png")]]
        pixels, dots = (sized(path, "RGB", (256, 256)) for path in pair)
        image[:] = pixels
        y, x = np.nonzero(dots[..., 0])  # dots are red on black
        points.append(np.stack([x, y], -1).astype(np.float32))
    number = np.array([int(Path(name).name[:3]) for name in names])
    return Dataset(
        name="vgg_cells",
        source="real",
        images=images,
        split=np.select([number <= 64, number <= 100], ["train", "val"], "test"),
        files=np.array([Path(name).name for name in names]),
        targets={"points": points, "counts": np.array([len(p) for p in points])},
    )


PERSON = re.compile(r"(?:Parasitized|Uninfected)?(C\d+(?:P\d+)?)")


@dataset()
def malaria_cells(files: Files) -> Dataset:
    """1,000 red cells of 60 people, cut out on black: 40 people with malaria, 10 cells with a parasite and 10 without
    of each, and 20 people without malaria, 10 cells of each.

    images (1000, 50, 50) uint8 grey. labels: classes uninfected, parasitized, of the cell. cases: the person, as
    "C102P63". files: names. targets: "ill" (1000,) bool, whether the person has a cell with a parasite.
    split: by person, those with malaria and those without shared out by a hash: 60 % train, 15 % val, 25 % test.
    Raises ValueError for a damaged file, one of another size and a name that names no person.
    """
    images, people, labels, names = [], [], [], []
    for name in sorted(files, key=lambda f: (Path(f).name, f)):
        path = Path(name)
        images.append(sized(files[name], "L", (50, 50)))
        person = PERSON.match(path.name)
        if not person or path.parent.name not in ("Uninfected", "Parasitized"):
            raise broken(files[name], "its name names no person or no class")
        people.append(person[1])
        labels.append(int(path.parent.name == "Parasitized"))
        names.append(path.name)
    return _malaria("real", images, people, labels, names)


def _malaria(source, images, people, labels, names) -> Dataset:
    ill = {person for person, label in zip(people, labels, strict=True) if label}
    part = shared_out({person: int(person in ill) for person in people})
    return Dataset(
        name="malaria_cells",
        source=source,
        images=np.stack(images),
        split=np.array([part[person] for person in people]),
        labels=np.array(labels),
        classes=("uninfected", "parasitized"),
        files=np.array(names),
        cases=np.array(people),
        targets={"ill": np.array([person in ill for person in people])},
    )


def _check(height) -> None:
    if height not in range(48, HEIGHT + 1) or height % 3:
        raise ValueError(f"height is a multiple of 3 from 48 to {HEIGHT}, not {height!r}")


def _text(path: Path) -> str:
    """A short text file. Raises ValueError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise broken(path, error) from error


def _voc(path: Path) -> tuple[np.ndarray, np.ndarray, list[tuple]]:
    """The boxes of a PASCAL VOC file, (k, 4) float64; labels (k,); class and numbers of boxes without area."""
    from defusedxml.ElementTree import parse

    boxes, labels, empty = [], [], []
    try:
        # Entities and outside references are refused: they could fill the memory or read other files.
        root = parse(path, forbid_dtd=True).getroot()
        size = [int(root.findtext(f"size/{key}")) for key in ("width", "height")]
        if size != [WIDTH, HEIGHT]:
            raise ValueError(f"it speaks of an image of {size[0]} x {size[1]} pixels")
        for item in root.iter("object"):
            label = CELLS.index(item.findtext("name"))
            given = [
                float(item.findtext(f"bndbox/{k}")) for k in ("xmin", "ymin", "xmax", "ymax")
            ]
            if not np.isfinite(given).all():
                raise ValueError(f"a box {given}")
            x0, y0, x1, y1 = np.clip(given, 0, [WIDTH, HEIGHT] * 2)
            if x0 < x1 and y0 < y1:
                boxes.append((x0, y0, x1, y1))
                labels.append(label)
            else:
                empty.append((CELLS[label], *given))
    except Exception as error:  # the parser has many kinds of error
        raise broken(path, error) from error
    return np.array(boxes).reshape(-1, 4), np.array(labels, int), empty


# --- stand-ins


@bccd.standin
def drawn_bccd(height: int = HEIGHT // 2) -> Dataset:
    """364 blood smears with boxes, in the form of the real set; drawn at a quarter of its size and enlarged.

    height: as for the real set. images (364, height, height * 4 / 3, 3) uint8 RGB; targets "boxes" and "box_labels".
    Planted flaws: one red cell in eight has no box, nor have cells of which less than a quarter is in the image;
    15 images have no box of a red cell at all; extra["left_out"] names two boxes without area.
    """
    from PIL import Image

    _check(height)
    rng = np.random.default_rng(20181)
    # A square of 160 pixels, 45 micrometres wide; its middle 120 rows are the image.
    squares, truth = blood_smear(rng, 364, 160, (8, 26), (1, 1), (0, 3), 0.5, field=45.0)
    bare = set(rng.choice(364, 15, replace=False).tolist())
    images = np.empty((364, height, height * 4 // 3, 3), np.uint8)
    boxes, labels = [], []
    for k, square in enumerate(squares):
        part = Image.fromarray(square[20:140])
        images[k] = part.resize(images.shape[2:0:-1], Image.Resampling.BILINEAR)
        whole, label = truth["boxes"][k], truth["labels"][k]
        box = whole.copy()
        box[:, 1::2] = np.clip(whole[:, 1::2] - 20, 0, 120)
        kept = box[:, 3] - box[:, 1] > 0.25 * (whole[:, 3] - whole[:, 1])
        kept &= (label != 0) | ((rng.random(len(label)) > 1 / 8) & (k not in bare))
        boxes.append(box[kept] * np.float32(height / 120))
        labels.append(label[kept])
    split = np.repeat(["train", "val", "test"], [205, 87, 72])
    names = np.array([f"BloodImage_{k:05d}.jpg" for k in range(364)])
    empty = [(*rng.integers(50, 400, 2).astype(float).tolist(),) * 2 for _ in range(2)]
    return Dataset(
        name="bccd",
        source="simulated",
        images=images,
        split=rng.permutation(split),
        classes=CELLS,
        files=names,
        targets={"boxes": boxes, "box_labels": labels},
        extra={"left_out": [(str(names[300 + k]), "RBC", *empty[k]) for k in range(2)]},
    )


@vgg_cells.standin
def drawn_vgg_cells() -> Dataset:
    """200 images of fluorescent cells with a dot each, in the form of the real set, which is computer-made too.

    images (200, 256, 256, 3) uint8; targets "points", a list of (k, 2) float32 x, y, whole numbers; "counts" (200,).
    Two cells with their middle in the same pixel have one dot.
    """
    images, truth = fluorescence(np.random.default_rng(20182), 200, 256)
    points = []
    for centres in truth["points"]:
        dots = np.zeros((256, 256), bool)
        x, y = np.rint(centres).astype(int).clip(0, 255).T
        dots[y, x] = True
        points.append(np.argwhere(dots)[:, ::-1].astype(np.float32))
    return Dataset(
        name="vgg_cells",
        source="simulated",
        images=images,
        split=np.repeat(["train", "val", "test"], [64, 36, 100]),
        files=np.array([f"{k:03d}cell.png" for k in range(1, 201)]),
        targets={"points": points, "counts": np.array([len(p) for p in points])},
    )


@malaria_cells.standin
def drawn_malaria_cells() -> Dataset:
    """As many people and cells of each kind as in the real set; each person's film is a little darker or lighter."""
    rng, images, people, labels = np.random.default_rng(60), [], [], []
    for k in range(60):
        label = [0] * 10 + [1] * 10 * (k < 40)
        own, film = cell_crops(rng, len(label), 50, label)[0], rng.uniform(0.9, 1.1)
        images += list(np.clip(own * film, 0, 255).astype(np.uint8))
        people += [f"C{100 + k}P{k}" if k < 40 else f"C{100 + k}"] * len(label)
        labels += label
    names = [f"{person}ThinF_cell_{k}.png" for k, person in enumerate(people)]
    return _malaria("simulated", images, people, labels, names)
