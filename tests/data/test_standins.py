"""Stand-ins have the form and the flaws of the real sets."""

import functools
import hashlib

import medmnist
import numpy as np
import pytest

from course_utils.data import sets
from course_utils.data.records import Dataset, Weights


@pytest.fixture(scope="module")
def films():
    return sets.SETS["chest_abdomen"].draw()


@functools.cache
def small(flag: str) -> Dataset:
    return sets.SETS["medmnist"].draw(flag=flag)


def digest(data: Dataset) -> str:
    return hashlib.sha256(b"".join(image.tobytes() for image in data.images)).hexdigest()


# --- chest and abdomen


def test_chest_abdomen_counts_and_names(films):
    assert (
        isinstance(films, Dataset)
        and films.source == "simulated"
        and films.name == "chest_abdomen"
    )
    assert films.classes == ("abdomen", "chest")
    assert list(dict.fromkeys(films.split)) == ["train", "val", "test"]
    counts = {s: np.bincount(films.part(s).labels).tolist() for s in ("train", "val", "test")}
    assert counts == {"train": [32, 33], "val": [5, 5], "test": [1, 1]}
    assert len(set(films.files)) == 77
    assert {
        "train/abd/abd0.png",
        "train/chst/chst33.png",
        "val/chst/abd0.png",
        "test/abd_test.png",
    } <= set(films.files)
    for file, split, label in zip(films.files, films.split, films.labels, strict=True):
        assert file.startswith(split)
        assert ("/chst/" in file or "chest" in file) == bool(label)


def test_chest_abdomen_images(films):
    for image in films.images:
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        assert image.std() > 5


def test_planted_flaws(films):
    known = films[films.split != "test"]
    size = np.array([image.shape[:2] == (512, 512) for image in known.images])
    grey = np.array([(image == image[..., :1]).all() for image in known.images])
    chest = known.labels == 1
    assert size[chest].all() and grey[chest].all()
    assert list(known.files[size & ~chest]) == ["train/abd/abd21.png"]
    assert grey[known.files == "train/abd/abd21.png"].all()
    # The size alone tells the class, but for one film.
    assert (size == chest).sum() == len(known) - 1
    assert 5 <= (~grey).sum() <= 25
    by_name = dict(zip(films.files, films.images, strict=True))
    assert np.array_equal(by_name["val/abd/abd3.png"], by_name["val/abd/abd4.png"])
    digests = {image.tobytes() for image in films.images}
    assert len(digests) == 76  # no other duplicate


def test_brightness_alone_does_not_tell_the_class(films):
    mean = np.array([image.mean() for image in films.images])
    right = max(((mean > t) == films.labels).mean() for t in mean)
    right = max(right, max(((mean < t) == films.labels).mean() for t in mean))
    assert right < 0.8


def test_chest_abdomen_is_the_same_in_every_call(films):
    assert digest(films) == digest(sets.SETS["chest_abdomen"].draw())


# --- MedMNIST


@pytest.mark.parametrize("flag", ["pneumoniamnist", "breastmnist", "retinamnist"])
def test_medmnist_has_the_form_of_the_real_set(flag):
    data = small(flag)
    info = medmnist.INFO[flag]
    assert data.name == "medmnist" and data.source == "simulated"
    assert data.extra == {"flag": flag, "task": info["task"]}
    assert data.classes == tuple(info["label"].values())
    assert data.images.shape == (
        sum(info["n_samples"].values()),
        28,
        28,
        *([3] if info["n_channels"] == 3 else []),
    )
    assert data.images.dtype == np.uint8
    assert {s: len(data.part(s)) for s in ("train", "val", "test")} == info["n_samples"]
    assert set(data.labels) == set(range(len(info["label"])))
    assert np.issubdtype(data.labels.dtype, np.integer)
    # Shuffled: no split is sorted by class.
    assert (np.diff(data.part("test").labels) != 0).sum() > 10


def test_medmnist_classes_are_unbalanced():
    grades = small("retinamnist")
    assert np.bincount(grades.part("train").labels).tolist() == [486, 128, 206, 194, 66]


def test_medmnist_can_be_learned_but_not_at_a_glance():
    from sklearn.linear_model import LogisticRegression

    data = small("breastmnist")
    again = sets.SETS["medmnist"].draw(flag="breastmnist")
    assert np.array_equal(data.images, again.images) and np.array_equal(
        data.labels, again.labels
    )
    train, test = data.part("train"), data.part("test")
    model = LogisticRegression(C=1e-3, class_weight="balanced", max_iter=2000)
    model.fit(train.images.reshape(len(train), -1) / 64, train.labels)
    scores = model.decision_function(test.images.reshape(len(test), -1) / 64)
    bad, good = scores[test.labels == 0], scores[test.labels == 1]
    auc = (bad[:, None] < good).mean()
    assert 0.65 < auc < 0.98


def test_an_unknown_flag_is_a_value_error():
    with pytest.raises(ValueError, match="bloodmnist"):
        sets.SETS["medmnist"].draw(flag="bloodmnist")


# --- weights


def test_weights_fit_the_network_and_are_small():
    import torch
    from torchvision.models import squeezenet1_1

    weights = sets.SETS["squeezenet_imagenet"].draw()
    assert isinstance(weights, Weights) and weights.source == "simulated"
    assert all(value.dtype == torch.float32 for value in weights.state.values())
    features = squeezenet1_1(weights=None).features
    features.load_state_dict(weights.state)  # strict: every name and shape fits
    assert sum(value.numel() for value in weights.state.values()) == 722_496
    torch.manual_seed(0)
    with torch.no_grad():
        out = features.eval()(torch.randn(2, 3, 224, 224))
    assert torch.isfinite(out).all() and out.std() > 0


def test_folding_batch_norm_changes_no_output():
    import torch
    from torchvision.models import squeezenet1_1

    from course_utils.weights.simulated_body import folded, with_batch_norm

    torch.manual_seed(0)
    net = with_batch_norm(squeezenet1_1(weights=None).features)
    x = torch.randn(4, 3, 64, 64)
    net.train()(x)  # moves the running statistics
    plain = squeezenet1_1(weights=None).features.eval()
    plain.load_state_dict(folded(net.eval()))
    with torch.no_grad():
        assert torch.allclose(net(x), plain(x), atol=1e-5)


def test_one_label_for_every_radiograph():
    from course_utils.weights.simulated_body import kinds

    names = list(kinds())
    assert names.count("radiograph") == 1
    assert not any(word in name for name in names for word in ("chest", "abdomen"))
