"""`cu.training.loaders` keeps fastai's contract, and gives every image once an epoch."""

import random

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from fastai.vision.all import (
    CategoryMap,
    ClassificationInterpretation,
    CrossEntropyLossFlat,
    Learner,
    aug_transforms,
    load_learner,
)
from hypothesis import given
from hypothesis import strategies as st
from profiles import tries
from torch import nn

from course_utils import training

NAMES = ("abdomen", "chest")


@pytest.fixture(autouse=True)
def plain_style():
    """The style of the course puts titles to the left, where get_title() does not look."""
    with plt.rc_context():
        matplotlib.rcdefaults()
        yield


def films(count, channels=1, side=6):
    """Images that can be told apart: image i has the value i in its first corner; odd ones are bright."""
    x = torch.zeros(count, channels, side, side, dtype=torch.uint8)
    y = np.arange(count) % 2
    x[:, :, 2:] = torch.as_tensor(60 + 130 * y, dtype=torch.uint8).view(-1, 1, 1, 1)
    x[:, :, 0, 0] = torch.arange(count).view(-1, 1) % 256
    return x, y


def learner(count=20, channels=1, bs=8, names=NAMES, valid=10, augment=()):
    body = nn.Conv2d(channels, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    torch.manual_seed(0)
    net = nn.Sequential(*body, nn.BatchNorm1d(2), nn.Linear(2, len(names)))
    dls = training.loaders(films(count, channels), films(valid, channels), names, bs, augment)
    return Learner(dls, net, loss_func=CrossEntropyLossFlat())


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


# --- batches


@tries
@given(st.integers(1, 90), st.integers(1, 40))
def test_every_row_comes_once_and_none_is_alone(count, bs):
    x, y = films(count)
    dls = training.loaders((x, y), (x, y), NAMES, bs=bs)
    for loader in dls.train, dls.valid:
        batches = list(loader)
        rows = [(b[0][:, 0, 0, 0] * 255).round().long().tolist() for b in batches]
        assert sorted(sum(rows, [])) == list(range(count))
        assert len(batches) == len(loader)
        assert all(len(r) <= min(bs, count) + 1 for r in rows)
        for r, b in zip(rows, batches, strict=True):
            assert b[1].tolist() == [i % 2 for i in r], "each image keeps its label"
    if min(count, bs) > 1:
        norm = nn.BatchNorm1d(1).train()
        for image, _ in dls.train:
            norm(image.cpu().as_subclass(torch.Tensor)[:, :, 0, 0])
    assert [len(r) for r in rows] == [len(b) for b in torch.arange(count).split(min(bs, count))]


@pytest.mark.parametrize(("count", "bs"), [(200, 64), (128, 64), (40, 16), (65, 13), (9, 64)])
def test_ordinary_sizes_are_batched_as_they_were_when_the_outputs_were_saved(count, bs):
    x, y = films(count)
    loader = training.loaders((x, y), (x, y), NAMES, bs=bs).train
    for epoch in range(2):
        if epoch == 0:
            loader.rng = random.Random(5)
            again = random.Random(5)
        again = random.Random(again.randint(0, 2**32 - 1))  # fastai's draw before each epoch
        order = torch.tensor(again.sample(list(range(count)), count))
        for batch, rows in zip(loader, order.split(min(bs, count)), strict=True):
            assert torch.equal((batch[0].cpu() * 255).round().byte(), x[rows])


def test_66_films_in_batches_of_13_can_be_learned_by_a_network_with_batch_norm():
    learn = learner(66, bs=13)
    training.fit(learn, 1, 1e-3)
    assert [len(b[1]) for b in learn.dls.train] == [13, 13, 13, 13, 14]
    assert len(learn.dls.train) == 5


# --- fastai's contract


def test_vocab_is_a_category_map():
    learn = learner()
    assert isinstance(learn.dls.vocab, CategoryMap) and list(learn.dls.vocab) == list(NAMES)
    assert learn.dls.c == 2 and learn.dls.vocab.o2i["chest"] == 1


def test_names_stay_in_their_order():
    assert list(learner(names=("zebra", "ant")).dls.vocab) == ["zebra", "ant"]


def test_show_batch_names_the_classes():
    learn = learner(valid=4)
    for show in learn.dls.show_batch, learn.dls.train.show_batch, learn.dls.valid.show_batch:
        plt.close("all")
        show(max_n=4)
        titles = [ax.get_title() for ax in plt.gcf().axes]
        assert len(titles) == 4 and set(titles) <= set(NAMES)
    assert titles == ["abdomen", "chest"] * 2, "the valid images come in order"
    pictures = [ax.images[0].get_array() for ax in plt.gcf().axes]
    assert pictures[0].shape == (6, 6) and np.ptp(pictures[1]) > 100
    plt.close("all")
    learn.dls.train.show_batch(unique=True, max_n=3)
    assert len({ax.images[0].get_array().tobytes() for ax in plt.gcf().axes}) == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_show_results_says_class_and_prediction(channels):
    learn = learner(channels=channels)
    learn.show_results(max_n=3)
    titles = [ax.get_title() for ax in plt.gcf().axes if ax.images]
    assert len(titles) == 3 and all(set(t.split("\n")) <= set(NAMES) for t in titles)
    learn.show_results(ds_idx=0, max_n=2)


@pytest.mark.parametrize("channels", [1, 3])
def test_predict_takes_an_image_in_any_layout(channels):
    learn = learner(channels=channels)
    training.fit(learn, 12, 0.05)
    x, _ = films(10, channels)
    expected, _ = learn.get_preds()
    for i in (2, 3):
        last = x[i].numpy().transpose(1, 2, 0)
        forms = [x[i], x[i].numpy(), last, last[::-1][::-1], x[i, 0].numpy()]
        for image in forms:
            name, label, shares = learn.predict(image)
            assert name == NAMES[int(label)] == NAMES[i % 2]
            assert torch.allclose(shares, expected[i], atol=1e-5)
    image, name, *_ = learn.predict(x[3], with_input=True)
    assert name == "chest" and tuple(image.shape) == (channels, 6, 6)


def test_test_dl_takes_images_with_or_without_labels():
    learn = learner()
    x, y = films(10)
    expected, targets = learn.get_preds()
    for items in (x, x.numpy(), list(x), [i.numpy()[0] for i in x]):
        found, none = learn.get_preds(dl=learn.dls.test_dl(items, bs=3))
        assert torch.allclose(found, expected, atol=1e-6) and none is None
    pairs = list(zip(x, y, strict=True))
    found, labels = learn.get_preds(dl=learn.dls.test_dl(pairs, with_labels=True))
    assert torch.allclose(found, expected, atol=1e-6) and torch.equal(labels, targets)
    assert len(learn.validate(dl=learn.dls.test_dl(pairs, with_labels=True))) == 1


def test_predictions_come_in_the_order_of_the_images_from_a_shuffled_loader_too():
    augment = aug_transforms(do_flip=False)
    learn = learner(augment=augment)
    expected, targets = learn.get_preds(ds_idx=0)
    assert targets.tolist() == (np.arange(20) % 2).tolist()
    found, labels = learn.get_preds(dl=learn.dls.train)
    assert torch.allclose(found, expected, atol=1e-6) and torch.equal(labels, targets)


def test_inputs_losses_and_tta_come_too():
    learn = learner(augment=aug_transforms(do_flip=False))
    images, shares, labels, decoded, losses = learn.get_preds(
        with_input=True, with_decoded=True, with_loss=True
    )
    assert len(images) == len(shares) == len(labels) == len(decoded) == len(losses) == 10
    assert torch.allclose(images.cpu() * 255, films(10)[0].float(), atol=1e-3)
    assert learn.tta(n=2)[0].shape == (10, 2)


def test_interpretation_counts_the_two_classes(capsys):
    learn = learner()
    training.fit(learn, 12, 0.05)
    for which in (0, 1):
        seen = ClassificationInterpretation.from_learner(learn, ds_idx=which)
        table = seen.confusion_matrix()
        assert table.shape == (2, 2) and table.sum() == (20, 10)[which]
        assert np.trace(table) == table.sum()
        seen.plot_confusion_matrix()
        assert [t.get_text() for t in plt.gca().get_xticklabels()] == list(NAMES)
        losses, at = seen.top_losses(3)
        again, _, items = seen.top_losses(3, items=True)
        assert torch.equal(losses, again) and len(items) == 3
        seen.plot_top_losses(3)
        titles = [ax.get_title() for ax in plt.gcf().axes if ax.images]
        for title, loss in zip(titles, losses, strict=True):
            assert title.split("/")[0] in NAMES and f"{float(loss):.2f}" in title
        seen.show_results([0, 2])
        assert seen.most_confused() == []
        seen.print_classification_report()
    assert "abdomen" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:load_learner")
def test_an_exported_learner_predicts_and_names(tmp_path):
    learn = learner(400, valid=300)
    training.fit(learn, 1, 0.05)
    learn.export(tmp_path / "film.pkl")
    back = load_learner(tmp_path / "film.pkl")
    x, _ = films(10)
    name, label, shares = back.predict(x[3])
    assert name == NAMES[int(label)] and torch.equal(shares, learn.predict(x[3])[2])
    assert back.get_preds(dl=back.dls.test_dl(x))[0].shape == (10, 2)
    assert len(learn.dls.train_ds) == 400 and len(learn.dls.valid_ds) == 300
    with pytest.raises(ValueError, match="does not contain any batches"):
        back.dls.one_batch()


def test_a_loader_made_anew_keeps_what_it_was():
    learn = learner(augment=aug_transforms(do_flip=False))
    wide = learn.dls.train.new(bs=5)
    assert wide.bs == 5 and wide.shuffle and wide.dataset.split_idx == 0 and len(wide) == 4
    still = learn.dls.train.new(shuffle=False)
    assert not still.shuffle and still.dataset.split_idx == 1
    assert [b[1].tolist() for b in still] == [
        b.tolist() for b in torch.arange(20).split(8) for b in [b % 2]
    ]


# --- what is refused


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("film.png", "cu.data.pictures.read"),
        (3, "give images"),
        (np.zeros((6, 6)), "float64"),
        (np.zeros((5, 6), np.uint8), r"\(1, 5, 6\).*cu.models.resize"),
        (np.zeros((6, 6, 3), np.uint8), r"\(3, 6, 6\)"),
        (np.zeros((2, 1, 6, 6), np.uint8), r"\(2, 1, 6, 6\)"),
        (None, "object"),
    ],
)
def test_an_item_that_is_no_image_of_this_kind_gets_a_sentence(item, words):
    with pytest.raises(ValueError, match=words):
        learner().predict(item)


def test_several_sizes_and_wrong_labels_get_a_sentence():
    learn = learner()
    with pytest.raises(ValueError, match="cu.models.resize"):
        learn.dls.test_dl(np.zeros((3, 1, 9, 9), np.uint8))
    with pytest.raises(ValueError, match="labels"):
        learn.dls.test_dl([(films(1)[0][0], 2)], with_labels=True)


@pytest.mark.parametrize(
    "labels",
    [
        [0, 0.5, 1, 1],
        [0, 1, 2, 1],
        [0, 1, -1, 1],
        [0, 1, np.nan, 1],
        [0, 1, np.inf, 1],
        ["abdomen", "chest", "chest", "chest"],
        [None, 1, 1, 1],
        [[0], [1], [0], [1]],
        [[0, 1], [1, 0], [1, 0], [1, 0]],
        [0, 1, 1],
        [],
        1,
    ],
)
def test_labels_that_are_no_class_get_a_sentence(labels):
    x = films(4)[0]
    for pair in (((x, labels), films(4)), (films(4), (x, labels))):
        with pytest.raises(ValueError, match="label"):
            training.loaders(*pair, NAMES)


@tries
@given(
    st.lists(
        st.one_of(st.integers(-3, 5), st.floats(-3, 5), st.just(np.nan), st.booleans()),
        min_size=1,
    ),
    st.integers(1, 4),
)
def test_any_labels_are_kept_to_the_number_or_refused(labels, classes):
    data = films(len(labels))[0], labels
    try:
        dls = training.loaders(data, data, [f"class {i}" for i in range(classes)])
    except ValueError as error:
        assert "labels must be" in str(error)
        assert any(v != v or v != int(v) or not 0 <= v < classes for v in labels)
    else:
        assert torch.cat([b[1] for b in dls.valid]).tolist() == [int(v) for v in labels]


@pytest.mark.parametrize(
    "whole", [[0.0, 1.0, 1.0], [True, False, True], torch.tensor([0, 1, 0])]
)
def test_whole_numbers_of_another_type_are_labels(whole):
    x = films(3)[0]
    dls = training.loaders((x, whole), (x, whole), NAMES)
    assert dls.valid.one_batch()[1].tolist() == [int(v) for v in whole]


@pytest.mark.parametrize("names", [("one",), ("same", "same"), "ab", ()])
def test_names_that_do_not_fit_get_a_sentence(names):
    with pytest.raises(ValueError, match="class"):
        training.loaders(films(4), films(4), names)


@pytest.mark.parametrize("bs", [0, -3, 2.5])
def test_a_batch_size_that_is_none_gets_a_sentence(bs):
    with pytest.raises(ValueError, match="bs is a whole number"):
        training.loaders(films(4), films(4), NAMES, bs=bs)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((4, 6, 6), np.uint8),
        np.zeros((4, 1, 6, 6), np.float32),
        np.zeros((4, 1, 6, 6), np.uint16),
        [np.zeros((1, 6, 6), np.uint8), np.zeros((1, 5, 6), np.uint8)],
        "films",
        None,
    ],
)
def test_images_of_another_kind_get_a_sentence(images):
    with pytest.raises(ValueError, match=r"images must be \(N, C, H, W\) uint8"):
        training.loaders((images, [0, 1, 0, 1]), films(4), NAMES)


@tries
@given(st.lists(st.sampled_from(["flip", "turn", "step", "lock", "order"]), max_size=4))
def test_images_of_any_stride_are_taken_as_they_look(ways):
    x = np.random.default_rng(0).integers(0, 256, (5, 3, 8, 8), dtype=np.uint8)
    for way in ways:
        if way == "flip":
            x = x[..., ::-1]
        elif way == "turn":
            x = np.rot90(x, axes=(2, 3))
        elif way == "step":
            x = x[::-1, :, ::2] if x.shape[2] > 2 else x
        elif way == "order":
            x = np.asfortranarray(x)
        else:
            x = x[:]
            x.flags.writeable = False
    dls = training.loaders((x, [0, 1, 0, 1, 0]), (x, [0, 1, 0, 1, 0]), NAMES)
    seen = dls.valid.one_batch()[0].cpu()
    assert np.array_equal((seen * 255).round().byte().numpy(), x)
