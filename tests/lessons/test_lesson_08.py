"""Lesson 08: what it writes out does what the text says, and agrees with scikit-learn and plain counting."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.neural_network import BernoulliRBM
from taught import taught
from torch import nn

from course_utils import exercises

PIXELS = torch.rand(40, 784, generator=torch.Generator().manual_seed(2))
LESSON = taught("08", x=PIXELS.view(-1, 1, 28, 28), v=PIXELS, y=torch.arange(40) % 2)


@pytest.fixture
def machine():
    """A small machine with weights large enough to matter."""
    random = torch.Generator().manual_seed(3)
    W = 0.6 * torch.randn(6, 4, generator=random)
    return LESSON["RBM"](W, torch.linspace(-1, 1, 6), torch.linspace(1, -1, 4))


def pictures(n=7):
    return (torch.rand(n, 6, generator=torch.Generator().manual_seed(1)) > 0.5).float()


def test_free_energy_is_the_sum_over_all_hidden_states(machine):
    v = pictures()
    total = []
    for state in itertools.product((0.0, 1.0), repeat=4):
        h = torch.tensor(state)
        total.append(-(v @ machine.b) - h @ machine.c - v @ machine.W @ h)
    expected = -torch.logsumexp(-torch.stack(total), 0)
    assert torch.allclose(LESSON["free_energy"](machine, v), expected, atol=1e-4)


def test_rbm_of_the_lesson_agrees_with_scikit_learn(machine):
    theirs = BernoulliRBM(4)
    theirs.components_ = machine.W.T.numpy()
    theirs.intercept_hidden_, theirs.intercept_visible_ = machine.c.numpy(), machine.b.numpy()
    v = pictures()
    assert np.allclose(theirs.transform(v.numpy()), machine.up(v), atol=1e-5)
    assert np.allclose(
        theirs._free_energy(v.numpy()), LESSON["free_energy"](machine, v), atol=1e-4
    )


def test_cd1_is_the_sum_of_outer_products(machine):
    v0 = pictures()
    torch.manual_seed(5)
    step = LESSON["cd1"](v0, machine)
    torch.manual_seed(5)
    h0 = machine.up(v0)
    v1 = machine.down(torch.bernoulli(h0))
    h1 = machine.up(v1)
    by_hand = sum(
        torch.outer(a, b) - torch.outer(c, d) for a, b, c, d in zip(v0, h0, v1, h1, strict=True)
    )
    assert torch.allclose(step[0], by_hand / len(v0), atol=1e-6)
    assert torch.allclose(step[1], (v0 - v1).mean(0)) and torch.allclose(
        step[2], (h0 - h1).mean(0)
    )


def test_an_rbm_learns_two_patterns():
    v = torch.tensor([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]).repeat(50, 1)
    after = LESSON["learn_rbm"](v, 4, epochs=200, rate=0.1)
    assert len(after) == 200
    assert (after[-1].down(after[-1].up(v)) - v).abs().mean() < 0.1
    other = torch.tensor([[1.0, 0, 1, 0, 1, 0]])
    energy = LESSON["free_energy"]
    assert energy(after[-1], v[:1]) < energy(after[-1], other)


def test_a_machine_without_weights_cannot_notice_exchanged_halves():
    none = LESSON["RBM"](torch.zeros(784, 4), torch.randn(784), torch.randn(4))
    one, other = PIXELS[:5], PIXELS[5:10]
    assert torch.allclose(LESSON["rise"](none, one, other), torch.zeros(5), atol=1e-3)
    some = LESSON["RBM"](0.1 * torch.randn(784, 4), none.b, none.c)
    assert (LESSON["rise"](some, one, other).abs() > 1e-3).any()


def test_a_block_with_a_shortcut_and_no_change_hands_its_input_on():
    x = torch.rand(2, 4, 5, 5)
    for shortcut, expected in ((True, x), (False, torch.zeros_like(x))):
        block = LESSON["Block"](4, shortcut)
        for weights in block.parameters():
            nn.init.zeros_(weights)
        assert torch.equal(block(x), expected)


def test_all_depths_have_about_the_same_number_of_weights():
    for depth, shortcut in itertools.product(LESSON["CHANNELS"], (False, True)):
        net = LESSON["convnet"](depth, shortcut)
        assert 75_000 < sum(part.numel() for part in net.parameters()) < 76_000
        assert net(PIXELS[:3].view(3, 1, 28, 28)).shape == (3, 2)


def test_gradients_are_those_of_the_first_convolution_of_each_block():
    net = LESSON["convnet"](8, True)
    found = LESSON["gradients"](net, torch.arange(16))
    assert found.shape == (4, 32 * 32 * 9)
    assert torch.equal(found[0], net[3].change[0].weight.grad.flatten())


def test_agreement_is_the_mean_cosine_over_pairs():
    random = np.random.default_rng(0)
    found = random.normal(size=(4, 3, 10))
    cosines = [
        a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        for a, b in itertools.combinations(found[:, 0], 2)
    ]
    assert np.isclose(LESSON["agreement"](torch.tensor(found)), np.mean(cosines))


def test_auto_encoder_has_the_shapes_that_the_text_names():
    net = LESSON["autoencoder"](4)
    films = PIXELS[:3].view(3, 1, 28, 28)
    assert net[0](films).shape == (3, 4, 7, 7) and net(films).shape == films.shape


def test_dense_nets_start_from_what_the_machines_say_or_from_the_same_numbers():
    rbm = LESSON["RBM"](torch.randn(784, 90), torch.zeros(784), torch.randn(90))
    second = LESSON["RBM"](torch.randn(90, 45), torch.zeros(90), torch.randn(45))
    dense = taught("08", rbm=rbm, second=second)["dense"]
    net = dense("RBM", 0)
    assert torch.allclose(net[:4](PIXELS), second.up(rbm.up(PIXELS)), atol=1e-5)
    shuffled = dense("shuffled RBM", 0)
    for layer, machine in ((shuffled[0], rbm), (shuffled[2], second)):
        assert not torch.equal(layer.weight, machine.W.T)
        assert torch.equal(
            layer.weight.flatten().sort().values, machine.W.flatten().sort().values
        )
        assert torch.equal(layer.bias, machine.c)
    net[0].weight.data += 1  # a copy: fine-tuning must not change the machines
    assert torch.equal(dense("RBM", 0)[0].weight, rbm.W.T)


def test_the_answers_of_the_lesson_pass_and_the_ranges_hold():
    right = {"plain": -11.18, "residual": -0.14}
    assert exercises.verdict("08.1", right).startswith("✓")
    assert exercises.verdict("08.1", {"plain": -11.2, "residual": -0.142}).startswith("✓")
    for usual, identity in ((0.30, 0.23), (0.37, 0.23), (0.24, 0.25), (0.36, 0.23)):
        answer = {"usual": usual, "identity": identity}
        assert exercises.verdict("08.3", answer).startswith("✓")
