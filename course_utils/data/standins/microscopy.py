"""Stand-ins for electron and fluorescence microscopy."""

from __future__ import annotations

import numpy as np

from ...simulate.filaments import filaments, membranes
from ..records import Dataset


def isbi2012() -> Dataset:
    """30 sections (30, 512, 512) uint8 of one block, drawn at half that size and enlarged before the grain is added.

    targets: "membrane" bool. Neighbouring sections show the same cells; the last six are "test".
    """
    rng = np.random.default_rng(2012)
    small, truth = membranes(rng, 30, 256, cell=28.0, thickness=3.2, noise=0.0, gap=8.0)
    images = np.stack([_enlarge(image) for image in small]).astype(np.float32)
    images += 20 * rng.standard_normal(images.shape, dtype=np.float32)
    membrane = np.stack([_enlarge(mask * np.uint8(255)) > 127 for mask in truth["membrane"]])
    return Dataset(
        name="isbi2012",
        source="simulated",
        images=np.clip(images + 0.5, 0, 255).astype(np.uint8),
        split=np.where(np.arange(30) < 24, "train", "test"),
        files=np.array([f"{k}.png" for k in range(30)]),
        targets={"membrane": membrane},
        noun="sections",
    )


def w2s_denoising() -> Dataset:
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


def _enlarge(image: np.ndarray) -> np.ndarray:
    """(H, W) uint8 -> (2 H, 2 W)."""
    from PIL import Image

    size = 2 * image.shape[1], 2 * image.shape[0]
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
