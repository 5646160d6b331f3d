"""Stand-ins for MedMNIST, the WDBC table and the ImageNet weights."""

from __future__ import annotations

import numpy as np

from ...simulate.fundus import fundus
from ...simulate.radiograph import chest
from ...simulate.shapes import shrink
from ...simulate.ultrasound import ultrasound
from ...weights import load
from ..records import Dataset, Weights

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
    """The body of SqueezeNet 1.1, trained on simulated images only."""
    return Weights(
        "squeezenet_imagenet",
        "simulated",
        load("simulated_body"),
        "trained on simulated images only",
    )
