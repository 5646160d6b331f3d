"""MedMNIST, the WDBC table and the ImageNet weights: what the readers make of the real files."""

import hashlib
import io
import pickle
import shutil
import zipfile
from pathlib import Path

import medmnist
import numpy as np
import pytest
from real_data import real

from course_utils.data import fetch, sets
from course_utils.data.records import Weights

FLAGS = ("pneumoniamnist", "breastmnist", "retinamnist")
H5 = "squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"


# --- MedMNIST

COUNTS = {
    "pneumoniamnist": ([1214, 3494], [135, 389], [234, 390]),
    "breastmnist": ([147, 399], [21, 57], [42, 114]),
    "retinamnist": ([486, 128, 206, 194, 66], [54, 12, 28, 20, 6], [174, 46, 92, 68, 20]),
}
DIGESTS = {  # of images and labels
    "pneumoniamnist": "35e1c5f4fffaacec859024d652f58aaa85e866d192ee71cf92cd1d4c7eef6687",
    "breastmnist": "66ba7ac8041d5e991c93495c88ea014d6b206f9d6e82acdd7dfb260809236422",
    "retinamnist": "339deef7b7e3a066416b4578ba1eea5f9dbbb07db938314bdfb3d72fba47c6b4",
}


@pytest.mark.parametrize("flag", FLAGS)
def test_counts_and_classes_of_medmnist(flag):
    data = real("medmnist", flag=flag)
    counts = [np.bincount(data.part(s).labels).tolist() for s in ("train", "val", "test")]
    assert counts == list(COUNTS[flag])
    assert data.images.shape[1:] == ((28, 28, 3) if flag == "retinamnist" else (28, 28))
    assert data.images.dtype == np.uint8
    assert data.classes == tuple(medmnist.INFO[flag]["label"].values())
    assert data.extra == {"flag": flag, "task": medmnist.INFO[flag]["task"]}
    content = data.images.tobytes() + data.labels.astype("u1").tobytes()
    assert hashlib.sha256(content).hexdigest() == DIGESTS[flag]


def test_label_0_of_breastmnist_is_malignant():
    assert real("medmnist", flag="breastmnist").classes[0] == "malignant"


@pytest.mark.parametrize(
    "flag, val, test", [("pneumoniamnist", 8, 0), ("breastmnist", 0, 1), ("retinamnist", 0, 0)]
)
def test_images_of_val_and_test_that_are_also_in_training(flag, val, test):
    data = real("medmnist", flag=flag)
    train = {image.tobytes() for image in data.part("train").images}
    twice = [sum(i.tobytes() in train for i in data.part(s).images) for s in ("val", "test")]
    assert twice == [val, test]


def arrays(n=6):
    """What a file of breastmnist holds, for n images a split."""
    made = {}
    for split in ("train", "val", "test"):
        made[f"{split}_images"] = np.zeros((n, 28, 28), np.uint8)
        made[f"{split}_labels"] = (np.arange(n)[:, None] % 2).astype(np.uint8)
    return made


def read_npz(path):
    return sets.SETS["medmnist"].read({"breastmnist.npz": path}, flag="breastmnist")


def refused(path):
    with pytest.raises(ValueError, match="is not readable") as error:
        read_npz(path)
    assert str(path) in str(error.value)
    return str(error.value)


@pytest.fixture
def npz(tmp_path):
    path = tmp_path / "breastmnist.npz"
    np.savez_compressed(path, **arrays())
    return path


def test_a_small_file_is_read(npz):
    data = read_npz(npz)
    assert len(data) == 18 and data.labels.tolist() == [0, 1] * 9


def test_an_unknown_flag(npz):
    with pytest.raises(ValueError, match="bloodmnist.*breastmnist"):
        sets.SETS["medmnist"].read({"breastmnist.npz": npz}, flag="bloodmnist")


@pytest.mark.parametrize("keep", [0, 100, 0.5, 0.95])
def test_a_truncated_npz(npz, keep):
    content = npz.read_bytes()
    npz.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    refused(npz)


def test_a_changed_byte_in_an_npz(npz):
    content = bytearray(npz.read_bytes())
    content[90] ^= 0xFF  # among the compressed pixels
    npz.write_bytes(content)
    refused(npz)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("bare", [False, True])
def test_a_pickle_is_never_loaded(npz, tmp_path, bare):
    trace = tmp_path / "was here"
    if bare:
        npz.write_bytes(pickle.dumps(Bomb(trace)))
    else:
        images = np.array([Bomb(trace)], dtype=object)
        np.savez(npz, **{**arrays(), "train_images": images})
        with np.load(npz, allow_pickle=True) as archive:
            archive["train_images"]
        assert trace.exists()  # the bomb is live
        trace.unlink()
    refused(npz)
    assert not trace.exists()


def with_member(path, name, content):
    """Replace one array of the file by bytes."""
    with zipfile.ZipFile(path) as archive:
        members = {m: archive.read(m) for m in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, old in members.items():
            archive.writestr(member, content if member == name else old)


def test_a_header_that_promises_too_much(npz):
    buffer = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**12, 28, 28)}
    np.lib.format.write_array_header_1_0(buffer, header)
    with_member(npz, "train_images.npy", buffer.getvalue() + b"\0" * 1000)
    refused(npz)


def test_a_file_that_unpacks_to_too_much(npz):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((80_000, 28, 28), np.uint8))
    with_member(npz, "train_images.npy", buffer.getvalue())
    assert npz.stat().st_size < 200_000
    assert "unpacks to" in refused(npz)


@pytest.mark.parametrize(
    "change",
    [
        {"val_images": np.zeros((6, 30, 30), np.uint8)},
        {"val_images": np.zeros((6, 28, 28), np.float32)},
        {"val_images": np.zeros((5, 28, 28), np.uint8)},
        {"val_labels": np.full((6, 1), 2, np.uint8)},
        {"val_labels": np.zeros(6, np.uint8)},
        {"val_labels": None},
    ],
)
def test_arrays_that_do_not_fit(npz, change):
    made = {k: v for k, v in {**arrays(), **change}.items() if v is not None}
    np.savez(npz, **made)
    refused(npz)


# --- WDBC


def test_wdbc():
    data = sets.SETS["wdbc"].read({})
    assert data.images.shape == (569, 30) and data.images.dtype == np.float64
    assert np.bincount(data.labels).tolist() == [212, 357]
    assert data.classes == ("malignant", "benign")
    assert set(data.split) == {"train"} and data.noun == "rows"
    assert len(data.extra["features"]) == 30 and data.extra["features"][0] == "mean radius"
    assert data.images[0, 0] == 17.99
    assert np.isfinite(data.images).all() and (data.images >= 0).all()


# --- weights


def test_weights_fit_squeezenet():
    from torchvision.models import squeezenet1_1

    weights = real("squeezenet_imagenet")
    assert isinstance(weights, Weights) and weights.source == "real"
    squeezenet1_1(weights=None).features.load_state_dict(weights.state)  # names and shapes
    # The first layer is computed, so its last bits depend on the computer; the others are copied.
    digest = hashlib.sha256()
    for key in sorted(k for k in weights.state if not k.startswith("0.")):
        digest.update(weights.state[key].numpy().tobytes())
    assert (
        digest.hexdigest() == "97b43b1a53e17d736483273ba0ca6f588ec4d00bb9d11231bdb610ce299d8043"
    )


def test_the_first_layer_gives_what_the_published_one_gives():
    import h5py
    import torch
    from torch.nn.functional import conv2d

    weights = real("squeezenet_imagenet")
    with h5py.File(fetch.files("squeezenet_imagenet")[H5]) as h5:
        found = {}
        h5["conv1"].visititems(
            lambda _, i: found.update({i.ndim: i[:]}) if isinstance(i, h5py.Dataset) else None
        )
    rgb = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(0))
    bgr = 255 * rgb.flip(1) - torch.tensor([103.939, 116.779, 123.68]).reshape(1, 3, 1, 1)
    theirs = conv2d(bgr, torch.tensor(found[4]).permute(3, 2, 0, 1), torch.tensor(found[1]))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    ours = conv2d(
        (rgb - mean.reshape(1, 3, 1, 1)) / std.reshape(1, 3, 1, 1),
        weights.state["0.weight"],
        weights.state["0.bias"],
    )
    assert torch.allclose(ours, theirs, atol=1e-3) and theirs.abs().max() > 10


def refused_h5(path):
    with pytest.raises(ValueError, match="is not readable") as error:
        sets.SETS["squeezenet_imagenet"].read({H5: path})
    assert str(path) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("keep", [0, 100, 0.5, 0.99])
def test_a_truncated_h5(tmp_path, keep):
    real("squeezenet_imagenet")
    content = fetch.files("squeezenet_imagenet")[H5].read_bytes()
    path = tmp_path / H5
    path.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    refused_h5(path)


def test_an_h5_that_lacks_a_layer_or_has_another_one(tmp_path):
    import h5py

    real("squeezenet_imagenet")
    path = tmp_path / H5
    shutil.copyfile(fetch.files("squeezenet_imagenet")[H5], path)
    with h5py.File(path, "r+") as h5:
        del h5["fire9/expand3x3"]
    refused_h5(path)
    with h5py.File(path, "r+") as h5:
        h5["fire9/expand3x3/w"] = np.zeros((3, 3, 64, 255), np.float32)
        h5["fire9/expand3x3/b"] = np.zeros(255, np.float32)
    assert "weights, not 722496" in refused_h5(path)


def test_an_h5_that_promises_a_huge_array(tmp_path):
    import h5py

    path = tmp_path / H5
    with h5py.File(path, "w") as h5:
        h5.create_dataset("conv1/kernel", (10**6, 10**4), np.float32, chunks=(100, 100))
        h5.create_dataset("conv1/bias", data=np.zeros(64, np.float32))
    assert path.stat().st_size < 100_000
    assert "unpacks to" in refused_h5(path)
