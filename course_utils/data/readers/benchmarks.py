"""Sets that come ready for a first network: MedMNIST, the WDBC table, ImageNet weights."""

from __future__ import annotations

import numpy as np

from ..records import Dataset, Weights
from .common import Files


def medmnist(files: Files, flag: str = "pneumoniamnist") -> Dataset:
    """One 28 x 28 set of MedMNIST, through the classes of the medmnist package.

    flag: "pneumoniamnist", "breastmnist" or "retinamnist". extra["task"] is the task in medmnist's words.
    """
    import medmnist as package

    if f"{flag}.npz" not in files:
        raise ValueError(
            f"medmnist has no {flag!r} here; choose one of {[f[:-4] for f in files]}"
        )
    info = package.INFO[flag]
    cls = getattr(package, info["python_class"])
    root = str(files[f"{flag}.npz"].parent)
    parts = {
        split: cls(split=split, root=root, download=False) for split in ("train", "val", "test")
    }
    return Dataset(
        name="medmnist",
        source="real",
        images=np.concatenate([p.imgs for p in parts.values()]),
        split=np.repeat(list(parts), [len(p.imgs) for p in parts.values()]),
        labels=np.concatenate([p.labels for p in parts.values()]).ravel().astype(int),
        classes=tuple(info["label"].values()),
        extra={"flag": flag, "task": info["task"]},
    )


def squeezenet_imagenet(files: Files) -> Weights:
    """The ImageNet body for torchvision's `squeezenet1_1().features`.

    The published file is in Keras layout and wants BGR pixels from 0 to 255 minus the mean (103.939, 116.779,
    123.68). The first convolution is rewritten here so that it takes the usual input instead: RGB from 0 to 1,
    normalised with ImageNet's mean and standard deviation. That is exact, since the layer is linear and
    has no padding.
    """
    import h5py
    import torch

    state = {}
    with h5py.File(files["squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"]) as h5:

        def layer(name):
            arrays = []
            h5[name].visititems(
                lambda _, item: (
                    arrays.append(item[:]) if isinstance(item, h5py.Dataset) else None
                )
            )
            bias, kernel = sorted(arrays, key=np.ndim)
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
    return Weights(
        "squeezenet_imagenet", "real", state, "trained on the photographs of ImageNet"
    )


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
