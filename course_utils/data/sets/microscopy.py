"""Electron and fluorescence microscopy."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...simulate.filaments import filaments, membranes
from ...simulate.shapes import resized
from ..records import Dataset
from . import dataset
from .common import Files, broken, sized

SIDE = 512  # pixels


@dataset()
def isbi2012(files: Files) -> Dataset:
    """30 electron micrographs of the ISBI 2012 challenge, images (30, 512, 512) uint8.

    targets: "membrane" (30, 512, 512) bool. In the source's labels a membrane is black, 0, and all else 255.
    The sections lie one behind the other in one block of tissue. So a random split would test on images that are
    almost in training; here the last six are "test" and the first 24 "train". Even then section 24, the first
    of the test, is a neighbour of one in training, and no split can tell how a net does on another block.
    Raises ValueError for a damaged image, one of another size, and labels with other values than 0 and 255.
    """
    folder = "data/membrane/train/"
    names = sorted(
        (p.split("/")[-1] for p in files if p.startswith(folder + "image/")),
        key=lambda name: int(name.removesuffix(".png")),
    )
    membrane = []
    for name in names:
        path = _partner(files, f"{folder}label/{name}")
        label = _grey(path)
        if not np.isin(label, (0, 255)).all():
            raise broken(path, "a label has values other than 0 and 255")
        membrane.append(label == 0)
    return Dataset(
        name="isbi2012",
        source="real",
        images=np.stack([_grey(files[f"{folder}image/{name}"]) for name in names]),
        split=np.where(np.arange(len(names)) < 24, "train", "test"),
        files=np.array(names),
        targets={"membrane": np.stack(membrane)},
        noun="sections",
    )


@dataset()
def w2s_denoising(files: Files) -> Dataset:
    """24 pairs of fluorescence images, images (24, 512, 512) uint8: one frame, noisy.

    targets: "clean" (24, 512, 512) uint8, the mean of 400 frames of the same place. The source has stretched each
    image to 0-255 by itself, the noisy one and the clean one differently: noisy = gain clean + offset + noise, with
    another gain and offset in each pair. Fit both before you measure an error.
    cases: the field of view; each is here once. In the order of the fields 13 are "train", 3 "val" and 8 "test".
    Raises ValueError for a damaged image, one of another size, and one without its partner.
    """
    noisy = sorted(p for p in files if "/images_avg1_8bit/" in p)
    clean = [
        _partner(
            files,
            p.replace("/images_avg1_8bit/input_avg1_", "/images_avg400_8bit/target_avg400_"),
        )
        for p in noisy
    ]
    names = [p.split("/")[-1] for p in noisy]
    return Dataset(
        name="w2s_denoising",
        source="real",
        images=np.stack([_grey(files[p]) for p in noisy]),
        split=np.repeat(["train", "val", "test"], [13, 3, len(noisy) - 16]),
        files=np.array(names),
        cases=np.array([name.split("_")[2] for name in names]),
        targets={"clean": np.stack([_grey(p) for p in clean])},
    )


def _partner(files: Files, name: str) -> Path:
    if name not in files:
        raise ValueError(f"{name} is missing; each image comes with its truth")
    return files[name]


def _grey(path: Path) -> np.ndarray:
    return sized(path, "L", (SIDE, SIDE))


# --- stand-ins


@isbi2012.standin
def drawn_isbi2012() -> Dataset:
    """30 sections (30, 512, 512) uint8 of one block, drawn at half that size and enlarged before the grain is added.

    targets: "membrane" bool. Neighbouring sections show the same cells; the last six are "test".
    """
    rng = np.random.default_rng(2012)
    small, truth = membranes(rng, 30, 256, cell=28.0, thickness=3.2, noise=0.0, gap=8.0)
    images = np.stack([resized(image, SIDE, SIDE) for image in small]).astype(np.float32)
    images += 20 * rng.standard_normal(images.shape, dtype=np.float32)
    membrane = np.stack(
        [resized(mask * np.uint8(255), SIDE, SIDE) > 127 for mask in truth["membrane"]]
    )
    return Dataset(
        name="isbi2012",
        source="simulated",
        images=np.clip(images + 0.5, 0, 255).astype(np.uint8),
        split=np.where(np.arange(30) < 24, "train", "test"),
        files=np.array([f"{k}.png" for k in range(30)]),
        targets={"membrane": membrane},
        noun="sections",
    )


@w2s_denoising.standin
def drawn_w2s_denoising() -> Dataset:
    """24 pairs (24, 512, 512) uint8; targets: "clean". Brightness, gain and offset differ from pair to pair."""
    rng = np.random.default_rng(400)
    pairs = [
        filaments(
            rng, 1, 512, "filaments",
            photons=rng.uniform(7, 24), gain=rng.uniform(0.6, 0.85), offset=rng.uniform(9, 16),
        )
        for _ in range(24)
    ]  # fmt: skip
    fields = [f"{1 + 5 * k:03}" for k in range(24)]
    return Dataset(
        name="w2s_denoising",
        source="simulated",
        images=np.concatenate([noisy for noisy, _ in pairs]),
        split=np.repeat(["train", "val", "test"], [13, 3, 8]),
        files=np.array([f"input_avg1_{field}_0.tif" for field in fields]),
        cases=np.array(fields),
        targets={"clean": np.concatenate([truth["clean"] for _, truth in pairs])},
    )
