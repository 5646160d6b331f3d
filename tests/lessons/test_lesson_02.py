"""What lesson 02 writes out by hand, held against libraries."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from taught import taught

from course_utils import exercises

LESSON = taught("02")


def some_rows(n=20, inputs=5):
    rng = np.random.default_rng(1)
    return rng.normal(size=(n, inputs)), rng.integers(0, 2, (n, 1)).astype(float)


@pytest.mark.parametrize("hidden", [1, 3, 8])
def test_back_propagation_equals_autograd(hidden):
    f = LESSON
    x, t = some_rows()
    parameters = f["random_start"](5, hidden, seed=2)
    parameters = [p + 0.1 for p in parameters]
    leaves = [torch.tensor(p, requires_grad=True) for p in parameters]
    w1, b1, w2, b2 = leaves
    theirs = F.binary_cross_entropy_with_logits(
        torch.tanh(torch.tensor(x) @ w1 + b1) @ w2 + b2, torch.tensor(t)
    )
    theirs.backward()
    assert f["loss"](f["forward"](x, parameters)[1], t) == pytest.approx(theirs.item())
    for ours, leaf in zip(f["backward"](x, t, parameters), leaves, strict=True):
        assert ours.shape == tuple(leaf.shape)
        assert np.allclose(ours, leaf.grad.numpy(), atol=1e-12)


def test_sigmoid_is_torchs_and_never_overflows():
    score = np.array([-1e4, -30.0, -1.0, 0.0, 2.0, 1e4])
    with np.errstate(all="raise"):
        ours = LESSON["sigmoid"](score)
    assert np.allclose(ours, torch.sigmoid(torch.tensor(score)).numpy())


def test_perceptron_agrees_with_scikit_learn_on_what_a_line_can_do():
    from sklearn.linear_model import Perceptron

    perceptron = LESSON["perceptron"]
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    for wanted, possible in (
        ([0, 0, 0, 1], True),
        ([0, 1, 1, 1], True),
        ([1, 1, 0, 0], True),
        ([0, 1, 1, 0], False),
    ):
        w, b = perceptron(x, wanted)
        theirs = Perceptron(tol=None, max_iter=100, shuffle=False).fit(x, wanted)
        ours_right = np.array_equal((x @ w + b > 0).astype(int), wanted)
        assert ours_right == (theirs.score(x, wanted) == 1) == possible


def test_bends_draw_every_broken_line_with_its_breaks_there():
    f = LESSON
    places, knots = np.linspace(0, 1, 257), np.linspace(0, 1, 9)
    target = np.interp(places, knots, np.random.default_rng(0).normal(size=9))
    assert f["miss"](f["bends"](places, target, 8), target) < 1e-9
    assert f["miss"](f["bends"](places, target, 4), target) > 0.01
    assert f["miss"](np.full(257, target.mean()), target) == pytest.approx(1)


def test_training_on_the_whole_table_is_gradient_descent_of_torch():
    f = LESSON
    x, t = some_rows()
    parameters, losses = f["train"](x, t, hidden=4, rate=0.5, batch=20, epochs=30, seed=3)
    net = torch.nn.Sequential(
        torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)
    ).double()
    with torch.no_grad():
        for place, value in zip(net.parameters(), f["random_start"](5, 4, 3), strict=True):
            place.copy_(torch.tensor(value.T))
    optimiser = torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(30):
        optimiser.zero_grad()
        F.binary_cross_entropy_with_logits(net(torch.tensor(x)), torch.tensor(t)).backward()
        optimiser.step()
    theirs = net(torch.tensor(x)).detach().numpy()
    assert np.allclose(f["forward"](x, parameters)[1], theirs, atol=1e-9)
    assert len(losses) == 30 and losses[-1] < losses[0]


def test_auc_of_a_network_with_two_outputs_uses_both():
    """What raises both outputs of an image alike changes none of its probabilities, and so not the AUC."""
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    label = torch.tensor(rng.integers(0, 2, 40))
    outputs = torch.tensor(rng.normal(size=(40, 2))) + F.one_hot(label, 2)
    shifted = outputs + torch.tensor(rng.normal(0, 5, (40, 1)))
    scope = taught("02", label=label)
    found = []
    for scope["pixels"] in (outputs, shifted):
        found.append(scope["auc"](torch.nn.Identity(), np.arange(40)))
    probability = outputs.softmax(1)[:, 1]
    assert found == pytest.approx([roc_auc_score(label, probability)] * 2)


@pytest.mark.parametrize("answer", [52386, "52,386", "52386", 52386.0])
def test_a_number_may_be_written_with_a_comma(answer):
    assert exercises.verdict("02.1", answer).startswith("\u2713")
    assert not exercises.verdict("02.1", "52,385").startswith("\u2713")
