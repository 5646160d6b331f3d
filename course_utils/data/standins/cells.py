"""Stand-ins for blood smears and fluorescent cells."""

from __future__ import annotations

import numpy as np

from ...simulate.cells import CELLS, blood_smear, fluorescence
from ..records import Dataset

# --- blood smears with boxes


def bccd(height: int = 240) -> Dataset:
    """364 blood smears with boxes, in the form of the real set; drawn at a quarter of its size and enlarged.

    height: as for the real set. images (364, height, height * 4 / 3, 3) uint8 RGB; targets "boxes" and "box_labels".
    Planted flaws: one red cell in eight has no box, nor have cells of which less than a quarter is in the image;
    15 images have no box of a red cell at all; extra["left_out"] names two boxes without area.
    """
    from PIL import Image

    if height not in range(48, 481) or height % 3:
        raise ValueError(f"height is a multiple of 3 from 48 to 480, not {height!r}")
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


# --- fluorescent cells with dots


def vgg_cells() -> Dataset:
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
