"""Wrong answers to the twelve silent bugs: the bug itself, and others; and words of the message each must get."""

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from torch import nn


def shifted(images, rng, training):
    return np.stack([np.roll(i, tuple(rng.integers(1, 4, 2)), (0, 1)) for i in images])


def always_the_same_shift(images, rng, training):
    return shifted(images, np.random.default_rng(0), training) if training else images


def noisy(images, rng, training):
    return images + rng.random(images.shape) if training else images


def by_slice(cases, rng):
    order = rng.permutation(len(cases))
    return order[len(order) // 5 :], order[: len(order) // 5]


def always_the_same(cases, rng):
    test = np.isin(cases, np.unique(cases)[:8])
    return np.flatnonzero(~test), np.flatnonzero(test)


def names_of_people(cases, rng):
    people = rng.permutation(np.unique(cases))
    return people[8:], people[:8]


def ending(*last, wide=1):
    return lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, wide), *last)


def deep(*last):
    return lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 1), *last
    )


def rows_last(image, box):
    left, top, right, bottom = np.round(box).astype(int)
    return image[left:right, top:bottom]


def turned(image, box):
    left, top, right, bottom = np.round(box).astype(int)
    return image[top:bottom, left:right].T


def elsewhere(image, box):
    left, top, right, bottom = np.round(box).astype(int)
    return image[left : left + bottom - top, top : top + right - left]


def dice(a, b):
    return 2 * (a & b).sum() / max(a.sum() + b.sum(), 1)


def dice_nan(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


def one_if_the_second_is_empty(a, b):
    return dice(a, b) if b.any() else 1.0


def all_ones(a, b):
    return 1.0


def best(scores, truth):
    steps = np.linspace(0, 1, 101)
    return steps[np.argmax([((scores >= t) == truth).mean() for t in steps])]


def in_training(net, images):
    with torch.no_grad():
        return net(images)[:, 0].sigmoid()


def one_by_one(net, images):
    with torch.no_grad():
        return torch.cat([net(image[None])[:, 0].sigmoid() for image in images])


def raw(net, images):
    net.eval()
    with torch.no_grad():
        return net(images)[:, 0]


def column(net, images):
    net.eval()
    with torch.no_grad():
        return net(images).sigmoid()


def specificity(predicted, truth):
    return (predicted[truth == 1] == 1).mean()


def precision(predicted, truth):
    return (truth[predicted == 0] == 0).mean()


def together(train, test):
    rows = np.concatenate([train, test])
    return (train - rows.mean(0)) / rows.std(0), (test - rows.mean(0)) / rows.std(0)


def by_its_own_range(hu):
    hu = hu.clip(-1000, 400)
    return ((hu - hu.min()) / (hu.max() - hu.min()) * 255).astype(np.uint8)


def each_alone(train, test):
    return (train - train.mean(0)) / train.std(0), (test - test.mean(0)) / (test.std(0) + 1)


def each_alone_bare(train, test):
    return (train - train.mean(0)) / train.std(0), (test - test.mean(0)) / test.std(0)


def one_row_differs(train, test):
    more = 0.1 * (len(test) == 1)
    return (train - train.mean(0)) / train.std(0), more + (test - train.mean(0)) / train.std(0)


def only_centred(train, test):
    return train - train.mean(0), test - train.mean(0)


WRONG = {
    "90.1": [
        (shifted, "should come back as they are"),
        (lambda images, rng, training: images, "should still be shifted"),
        (lambda images, rng, training: images[:3], "keep their shape"),
        (always_the_same_shift, "come from `rng`"),
        (noisy, "nothing else"),
        ("if training", "a function is wanted"),
    ],
    "90.2": [
        (by_slice, "people are on both sides"),
        (always_the_same, "another rng"),
        (names_of_people, "places, not names"),
        (lambda cases, rng: np.arange(200), "return two things"),
    ],
    "90.3": [
        (ending(nn.ReLU()), "no output is below 0"),
        (ending(nn.Sigmoid()), "no output is below 0"),
        (deep(nn.LogSigmoid()), "at a bound"),
        (deep(nn.Tanh()), "at a bound"),
        (deep(nn.GELU()), "at a bound"),
        (ending(wide=2), "64 rows and 1 column"),
        (nn.Sequential(nn.Flatten(), nn.Linear(784, 1)), "stopped with TypeError"),
        (
            lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 32), nn.Linear(32, 1)),
            "one linear",
        ),
        (lambda: 3, "return a network"),
    ],
    "90.4": [
        (lambda out, labels: F.cross_entropy(out.softmax(1), labels), "twice"),
        (lambda out, labels: F.nll_loss(out, labels), "you give"),
        (lambda out, labels: out.softmax(1), "give a number"),
    ],
    "90.5": [
        (lambda a, b: (a + b) // 2, "still give 22"),
        (lambda a, b: a // 2, "you give 100"),
        (lambda a, b: a // 2 + b // 2, "255 and 255 should give 255, and you give 254"),
        (lambda a, b: (a.astype(float) + b).mean(), "shape of the two"),
    ],
    "90.6": [
        (rows_last, "changed places"),
        (turned, "changed places"),
        (elsewhere, "the place is not"),
        (lambda image, box: image, "rows high"),
    ],
    "90.7": [
        (dice, "two empty masks should get 1"),
        (dice_nan, "two empty masks should get 1"),
        (all_ones, "share half should get 0.5"),
        (one_if_the_second_is_empty, "a full and an empty mask should get 0"),
    ],
    "90.8": [
        (lambda a, b, c, d: best(c, d), "other test labels"),
        (lambda a, b, c, d: float(np.median(c)), "other test scores"),
        (lambda a, b, c, d: 0.9, "not the best"),
        (lambda a, b, c, d: 0.5, "not the best"),
        (lambda a, b, c, d: np.array([0.2, 0.3]), "give a number"),
    ],
    "90.9": [
        (in_training, "still learns"),
        (one_by_one, "still learns"),
        (raw, "should get"),
        (column, "8 probabilities"),
    ],
    "90.10": [
        (specificity, "specificity"),
        (precision, "0.75"),
        (lambda predicted, truth: (predicted == truth).mean(), "0.75"),
    ],
    "90.11": [
        (lambda hu: hu.clip(0, 255).astype(np.uint8), "should differ"),
        (
            lambda hu: ((hu + 1000) / 1400 * 255).astype(np.int64).astype(np.uint8),
            "not be darker",
        ),
        (lambda hu: (hu.clip(-1000, 400) + 1000) / 1400 * 255, "uint8"),
        (by_its_own_range, "in another"),
        (
            lambda hu: 255 - ((hu.clip(-1000, 400) + 1000) / 1400 * 255).astype(np.uint8),
            "darker",
        ),
    ],
    "90.12": [
        (together, "training rows change"),
        (each_alone, "their own mean"),
        (each_alone_bare, "their own mean"),
        (one_row_differs, "changes with the others"),
        (only_centred, "standard deviation 1"),
        (lambda train, test: (test, train), "shapes"),
        (lambda train, test: LogisticRegression(), "return two things"),
    ],
}
