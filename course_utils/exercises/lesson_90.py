"""The checks of the twelve silent bugs: each tries the mended function on a case that the bug gets wrong."""

import numpy as np

from . import array, exercise, number, result_of


def _pair(answer, *arguments, what: str):
    """Two arrays that a function returns."""
    found = result_of(answer, *arguments)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return None, f"return two things, {what}"
    if any(np.asarray(part).dtype.kind in "US" for part in found):
        return None, f"return {what}: places, not names"
    found = [np.flatnonzero(p) if np.asarray(p).dtype == bool else p for p in found]
    return [array(part) for part in found], None


@exercise("90.1", "the validation films stay as they are.")
def augmentation(answer):
    images = np.random.default_rng(0).random((6, 28, 28))
    still = array(result_of(answer, images.copy(), np.random.default_rng(1), False))
    moved, other = (
        array(result_of(answer, images.copy(), np.random.default_rng(seed), True))
        for seed in (1, 2)
    )
    if still.shape != images.shape or moved.shape != images.shape:
        return "the films should keep their shape"
    if not np.array_equal(still, images):
        return "with training=False the films should come back as they are"
    if np.array_equal(moved, images):
        return "with training=True the films should still be shifted"
    if not np.allclose(np.sort(moved.reshape(6, -1)), np.sort(images.reshape(6, -1))):
        return "with training=True the films should be shifted, and nothing else"
    if np.array_equal(moved, other):
        return "the shifts should come from `rng`; another one gives the same"


@exercise("90.2", "nobody is on both sides.")
def people(answer):
    cases = np.repeat([f"p{k:02d}" for k in range(40)], 5)
    sides = []
    for seed in (0, 1):
        shuffled = np.random.default_rng(seed).permutation(cases)
        found, wrong = _pair(
            answer,
            shuffled,
            np.random.default_rng(seed),
            what="the places of train and of test",
        )
        if wrong:
            return wrong
        train, test = (part.astype(int) for part in found)
        if sorted([*train, *test]) != list(range(200)):
            return "each slice should be used once: in train or in test, as a place from 0"
        both = set(shuffled[train]) & set(shuffled[test])
        if both:
            return f"{len(both)} of 40 people are on both sides"
        if not 20 <= len(test) <= 60:
            return f"about a fifth should be for the test; yours has {len(test)} of 200 slices"
        sides.append(frozenset(shuffled[test]))
    if sides[0] == sides[1]:
        return "another rng should give another split"


@exercise("90.3", "the last layer may say any number, so the sigmoid may say any probability.")
def last_layer(answer):
    import torch

    outs, far, bends = [], [], []
    for seed in range(3):
        torch.manual_seed(seed)
        net = result_of(answer)
        if not isinstance(net, torch.nn.Module):
            return f"return a network (nn.Module), not {type(net).__name__}"
        with torch.no_grad():
            out = result_of(net, torch.rand(64, 1, 28, 28) * 4 - 2)
        if tuple(out.shape) != (64, 1):
            return f"64 films should give 64 rows and 1 column, not {tuple(out.shape)}"
        films = torch.rand(3, 1, 28, 28) * 4 - 2
        films[2] = (films[0] + films[1]) / 2
        with torch.no_grad():
            first, second, between = net.eval()(films)[:, 0]
            far.append(net(1e5 * (torch.rand(64, 1, 28, 28) * 4 - 2)))
        bends.append(abs((first + second) / 2 - between))
        outs.append(out)
    out = torch.cat(outs)
    if (out >= 0).all():
        return "no output is below 0, so no film can be called healthy"
    if out.max() - out.min() < 1e-6:
        return "every output is the same; films should differ"
    if (0 <= out).logical_and(out <= 1).all():
        return "the loss takes the sigmoid itself; give it the raw number"
    far = torch.cat(far)
    if far.max() < 1.05 or far.min() > -1.05:
        return "the outputs end at a bound; let the last layer be linear"
    if max(bends) < 1e-5:
        return "without a ReLU between them the layers are one linear layer; keep that one"


@exercise("90.4", "the loss takes the softmax itself.")
def loss(answer):
    import torch
    from torch.nn import functional

    torch.manual_seed(0)
    out, labels = 5 * torch.randn(20, 2), torch.arange(20) % 2
    given = result_of(answer, out.clone(), labels)
    value = number(given.item() if hasattr(given, "item") and given.numel() == 1 else given)
    right = functional.cross_entropy(out, labels).item()
    if abs(value - functional.cross_entropy(out.softmax(1), labels).item()) < 1e-5:
        return "the softmax is still taken twice"
    if abs(value - right) > 1e-4:
        return f"for our outputs the loss is {right:.3f}, and you give {value:.3f}"


@exercise("90.5", "floats first, arithmetic after.")
def mean(answer):
    a, b = np.array([[200, 10], [255, 0]], np.uint8), np.array([[100, 20], [255, 1]], np.uint8)
    given = array(result_of(answer, a.copy(), b.copy()))
    if given.shape != a.shape:
        return "the mean image has the shape of the two"
    if given[0, 0] in (22, 12):
        return "200 and 100 still give 22: their sum is more than 255"
    off = np.abs(given - (a.astype(float) + b) / 2)
    if not np.all(off <= 0.5):
        place = tuple(np.argwhere(~(off <= 0.5))[0])
        one, other = int(a[place]), int(b[place])
        return f"{one} and {other} should give {(one + other) / 2:g}, and you give {given[place]:g}"


@exercise("90.6", "rows first: from top to bottom, then from left to right.")
def cut(answer):
    image = np.arange(60 * 80).reshape(60, 80)
    given = array(result_of(answer, image, np.array([10.2, 30.0, 25.0, 37.6])))
    right = image[30:38, 10:25]
    if given.shape == right.shape[::-1]:
        return "rows and columns have changed places: the box is 15 wide and 8 high"
    if given.shape != right.shape:
        return f"the box is 8 rows high and 15 columns wide; yours is {given.shape}"
    if not np.array_equal(given, right):
        return "the size is right, the place is not"


@exercise("90.7", "two empty masks agree.")
def dice(answer):
    a, b, empty = (np.zeros((4, 6), bool) for _ in range(3))
    a[:2], b[1:3] = True, True
    cases = (("two masks that share half", a, b, 0.5), ("a mask and itself", a, a, 1.0))
    cases += (
        ("an empty and a full mask", empty, a, 0.0),
        ("a full and an empty mask", a, empty, 0.0),
        ("two empty masks", empty, empty, 1.0),
    )
    for what, one, other, right in cases:
        with np.errstate(all="ignore"):
            given = number(result_of(answer, one, other), finite=False)
        if not abs(given - right) < 1e-3:
            return f"{what} should get {right:g}, and you give {given:g}"


@exercise("90.8", "the test set has no say in the choice.")
def threshold(answer):
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 2
    scores = np.clip(0.2 + 0.5 * truth + 0.05 * rng.standard_normal(40), 0, 1)
    far = np.clip(scores + 0.25, 0, 1)
    chosen = [
        number(result_of(answer, scores, truth, far, test)) for test in (truth, 1 - truth)
    ]
    if chosen[0] != chosen[1]:
        return "other test labels give another threshold"
    if number(result_of(answer, scores, truth, scores[::-1].copy(), truth)) != chosen[0]:
        return "other test scores give another threshold"
    for values in (scores, scores / 2):
        t = number(result_of(answer, values, truth, far, truth))
        if not ((values >= t) == truth).mean() > 0.99:
            return f"a threshold of {t:.2f} is not the best on the validation films"


@exercise("90.9", "each patient is judged as if alone.")
def mode(answer):
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, 2), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(676, 1)
    )
    for _ in range(5):
        net(3 + torch.rand(16, 1, 28, 28))
    before = net[1].running_mean.clone()
    images, found = 3 + torch.rand(8, 1, 28, 28), []
    for batch in (images, torch.cat([images[:1], 9 * images[1:]])):
        net.train()
        given = result_of(answer, net, batch)
        given = array(given.detach() if hasattr(given, "detach") else given)
        if given.shape != (8,):
            return f"8 films should give 8 probabilities, not {given.shape}"
        found.append(given[0])
    if not torch.equal(net[1].running_mean, before):
        return "the network still learns means from the films that it judges"
    if abs(found[0] - found[1]) > 1e-5:
        return f"one film gets {found[0]:.3f} and, with other films beside it, {found[1]:.3f}"
    net.eval()
    with torch.no_grad():
        right = net(images)[0, 0].sigmoid().item()
    if abs(found[0] - right) > 1e-4:
        return f"the first film should get {right:.3f}, and you give {found[0]:.3f}"


@exercise("90.10", "the sick are those whom the set calls 0.")
def sensitivity(answer):
    truth, predicted = np.arange(9) // 4 > 0, np.array([0, 0, 0, 1, 1, 1, 0, 0, 0])
    truth = truth.astype(int)
    given = number(result_of(answer, predicted, truth))
    if abs(given - 0.4) < 1e-9:
        return "that is the share of the healthy who are called healthy (specificity)"
    if abs(given - 0.75) > 1e-9:
        return f"three of four malignant films are found, so 0.75; you give {given:.2f}"


@exercise("90.11", "air, lung, fat, water and bone keep values of their own.")
def window(answer):
    hu = np.array([[-3000.0, -1000, -800, -400], [-100, 0, 300, 3000]])
    given = result_of(answer, hu.copy())
    if not isinstance(given, np.ndarray) or given.dtype != np.uint8 or given.shape != hu.shape:
        return "return an array of type uint8 with the shape of the CT"
    order = given.ravel().astype(int)
    if (np.diff(order) < 0).any():
        return f"denser tissue should not be darker; for -3000, -1000 ... 3000 you give {order.tolist()}"
    if (np.diff(order[1:7]) == 0).any():
        return f"air, lung, fat, water and bone should differ; you give {order[1:7].tolist()}"
    belly = np.array([[-200.0, 0], [100, 300]])
    again = int(result_of(answer, belly)[0, 1])
    if again != order[5]:
        return f"water is {order[5]} in one slice and {again} in another: the window must not depend on the slice"


@exercise("90.12", "what is learnt is learnt from the training rows.")
def scaling(answer):
    rng = np.random.default_rng(0)
    train, test = 3 + 2 * rng.standard_normal((30, 4)), 9 + rng.standard_normal((10, 4))
    found = []
    for rows in (test, 100 * test):
        pair, wrong = _pair(
            answer, train.copy(), rows.copy(), what="train and test, both scaled"
        )
        if wrong:
            return wrong
        found.append(pair)
    (a, b), (other, _) = found
    if a.shape != train.shape or b.shape != test.shape:
        return "train and test should keep their shapes, in this order"
    if not np.allclose(a, other, atol=1e-3):
        return "the training rows change with the test rows"
    if not np.allclose(a.mean(0), 0, atol=1e-3) or not np.allclose(a.std(0), 1, atol=0.05):
        return "the training rows should have mean 0 and standard deviation 1 in each column"
    if np.allclose(b.mean(0), 0, atol=1e-3):
        return "the test rows are scaled with their own mean; take that of the training rows"
    if not np.allclose(b, (test - train.mean(0)) / train.std(0), rtol=0.05, atol=1e-2):
        return "the test rows should be scaled with the mean and the standard deviation of the training"
    pair, wrong = _pair(
        answer, train.copy(), test[:1].copy(), what="train and test, both scaled"
    )
    if wrong:
        return wrong
    if not np.allclose(b[:1], pair[1], atol=1e-3):
        return "a patient of the test changes with the others"
