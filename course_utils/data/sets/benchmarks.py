"""Sets that come ready for a first network: MedMNIST, the WDBC table, ImageNet weights."""

from __future__ import annotations

import zipfile

import numpy as np

from ...simulate.fundus import fundus
from ...simulate.radiograph import chest
from ...simulate.shapes import shrink
from ...simulate.ultrasound import ultrasound
from ...weights import load
from ..records import Dataset, Weights
from . import dataset
from .common import Files, broken

LARGEST = 50_000_000  # bytes of one unpacked file or array; the largest here has 5 million


def _small(size: int) -> None:
    """Raises ValueError for a file or an array that would unpack to more than LARGEST bytes."""
    if size > LARGEST:
        raise ValueError(f"it unpacks to {size} bytes")


@dataset(keep=False)
def medmnist(files: Files, flag: str = "pneumoniamnist") -> Dataset:
    """One 28 x 28 set of MedMNIST, through the classes of the medmnist package.

    flag: "pneumoniamnist", "breastmnist" or "retinamnist". extra["task"] is the task in medmnist's words.
    Raises ValueError for another flag and for a damaged file. What is pickled in a file is never loaded.
    """
    import medmnist as package

    if f"{flag}.npz" not in files:
        raise ValueError(
            f"medmnist has no {flag!r} here; choose one of {[f[:-4] for f in files]}"
        )
    info = package.INFO[flag]
    cls = getattr(package, info["python_class"])
    path = files[f"{flag}.npz"]
    try:
        with zipfile.ZipFile(path) as archive:
            _small(sum(member.file_size for member in archive.infolist()))
        parts = {
            split: cls(split=split, root=str(path.parent), download=False)
            for split in ("train", "val", "test")
        }
        images = np.concatenate([p.imgs for p in parts.values()])
        labels = np.concatenate([p.labels for p in parts.values()])
        if images.dtype != np.uint8 or images.shape[1:3] != (28, 28):
            raise ValueError(f"images {images.shape} {images.dtype}, not 28 x 28 uint8")
        known = range(len(info["label"]))
        if labels.shape != (len(images), 1) or not np.isin(labels, known).all():
            raise ValueError("labels that do not fit the images or the classes")
    except Exception as error:
        raise broken(path, error) from error
    return Dataset(
        name="medmnist",
        source="real",
        images=images,
        split=np.repeat(list(parts), [len(p.imgs) for p in parts.values()]),
        labels=labels.ravel().astype(int),
        classes=tuple(info["label"].values()),
        extra={"flag": flag, "task": info["task"]},
    )


@dataset(keep=False)
def squeezenet_imagenet(files: Files) -> Weights:
    """The ImageNet body for torchvision's `squeezenet1_1().features`.

    The published file is in Keras layout and wants BGR pixels from 0 to 255 minus the mean (103.939, 116.779,
    123.68). The first convolution is rewritten here so that it takes the usual input instead: RGB from 0 to 1,
    normalised with ImageNet's mean and standard deviation. That is exact, since the layer is linear and
    has no padding. Raises ValueError for a damaged file, or one with other layers.
    """
    path = files["squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"]
    try:
        state = _squeezenet_state(path)
    except Exception as error:
        raise broken(path, error) from error
    return Weights(
        "squeezenet_imagenet", "real", state, "trained on the photographs of ImageNet"
    )


def _squeezenet_state(path) -> dict:
    """Parameter name -> tensor, from the published file."""
    import h5py
    import torch

    state = {}
    with h5py.File(path) as h5:

        def layer(name):
            arrays = []

            def add(_, item):
                if isinstance(item, h5py.Dataset):
                    _small(item.size * item.dtype.itemsize)
                    arrays.append(item[:])

            h5[name].visititems(add)
            bias, kernel = sorted(arrays, key=np.ndim)
            if bias.shape != kernel.shape[3:]:
                raise ValueError(f"{name} has a kernel {kernel.shape} and a bias {bias.shape}")
            return torch.tensor(kernel).permute(3, 2, 0, 1).contiguous(), torch.tensor(bias)

        weight, bias = layer("conv1")
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        offset = 255 * mean - torch.tensor([123.68, 116.779, 103.939])  # in RGB order
        weight = weight.flip(1)  # BGR -> RGB
        state["0.bias"] = bias + (weight.sum((2, 3)) * offset).sum(1)
        state["0.weight"] = weight * (255 * std).reshape(1, 3, 1, 1)
        for number, position in zip(range(2, 10), (3, 4, 6, 7, 9, 10, 11, 12), strict=True):
            for theirs, ours in (
                ("squeeze1x1", "squeeze"),
                ("expand1x1",) * 2,
                ("expand3x3",) * 2,
            ):
                weight, bias = layer(f"fire{number}/{theirs}")
                state[f"{position}.{ours}.weight"], state[f"{position}.{ours}.bias"] = (
                    weight,
                    bias,
                )
    count = sum(value.numel() for value in state.values())
    if count != 722_496:
        raise ValueError(f"{count} weights, not 722496")
    return state


@dataset(keep=False)
def wdbc(files: Files) -> Dataset:
    """The Wisconsin diagnostic table from scikit-learn: 569 rows of 30 numbers measured on cell nuclei.

    `images` is the table (569, 30) float64, extra["features"] the names of its columns. Labels 0 = malignant,
    1 = benign. The set has no split of its own: all rows are "train".
    """
    from sklearn.datasets import load_breast_cancer

    table = load_breast_cancer()
    return Dataset(
        name="wdbc",
        source="real",
        images=table.data,
        split=np.repeat("train", len(table.data)),
        labels=table.target.astype(int),
        classes=tuple(str(name) for name in table.target_names),
        noun="rows",
        unit="value of a feature",
        extra={"features": tuple(str(name) for name in table.feature_names)},
    )


# --- stand-ins


@medmnist.standin
def drawn_medmnist(flag: str = "pneumoniamnist") -> Dataset:
    """One 28 x 28 set. Images are drawn at that size or twice as large.

    Counts of each class are those of the real splits.
    """
    import medmnist as package

    if flag not in _MEDMNIST:
        raise ValueError(f"medmnist has no stand-in {flag!r}; choose one of {list(_MEDMNIST)}")
    seed, counts, draw = _MEDMNIST[flag]
    info, rng = package.INFO[flag], np.random.default_rng(seed)
    labels = [rng.permutation(np.repeat(np.arange(len(c)), c)) for c in counts]
    split = np.repeat(["train", "val", "test"], [len(part) for part in labels])
    labels = np.concatenate(labels)
    images = draw(rng, labels)
    return Dataset(
        name="medmnist",
        source="simulated",
        images=images,
        split=split,
        labels=labels,
        classes=tuple(info["label"].values()),
        extra={"flag": flag, "task": info["task"]},
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


# Flag: seed, how many of each class are in each split, and who draws them.
_MEDMNIST = {
    "pneumoniamnist": (1, ([1214, 3494], [135, 389], [234, 390]), _pneumonia),
    "breastmnist": (2, ([147, 399], [21, 57], [42, 114]), _breast),
    "retinamnist": (
        3,
        ([486, 128, 206, 194, 66], [54, 12, 28, 20, 6], [174, 46, 92, 68, 20]),
        _retina,
    ),
}


@squeezenet_imagenet.standin
def drawn_squeezenet_imagenet() -> Weights:
    """The body of SqueezeNet 1.1, trained on simulated images only."""
    return Weights(
        "squeezenet_imagenet",
        "simulated",
        load("simulated_body"),
        "trained on simulated images only",
    )
