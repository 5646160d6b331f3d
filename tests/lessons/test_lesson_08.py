"""Lesson 08: the machines it writes out do what the text says, and agree with scikit-learn and plain counting."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.neural_network import BernoulliRBM
from taught import taught
from torch import nn

LESSON = taught("08", device=torch.device("cpu"))


@pytest.fixture
def machine():
    """A small machine with weights large enough to matter."""
    rbm = LESSON["RBM"](6, 4, seed=3)
    rbm.W, rbm.b, rbm.c = 60 * rbm.W, torch.linspace(-1, 1, 6), torch.linspace(1, -1, 4)
    return rbm


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
    machine.random.manual_seed(5)
    step = machine.cd1(v0)
    machine.random.manual_seed(5)
    h0 = machine.up(v0)
    v1 = machine.down(torch.bernoulli(h0, generator=machine.random))
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
    rbm = LESSON["learn_rbm"](LESSON["RBM"](6, 4), v, epochs=200, lr=0.1, batch=20)
    assert (rbm.down(rbm.up(v)) - v).abs().mean() < 0.1
    other = torch.tensor([[1.0, 0, 1, 0, 1, 0]])
    assert LESSON["free_energy"](rbm, v[:1]) < LESSON["free_energy"](rbm, other)


def test_a_block_with_a_shortcut_and_no_change_hands_its_input_on():
    x = torch.rand(2, 4, 5, 5)
    for shortcut, expected in ((True, x), (False, torch.zeros_like(x))):
        block = LESSON["Block"](4, shortcut)
        for weights in block.parameters():
            nn.init.zeros_(weights)
        assert torch.equal(block(x), expected)


def test_all_networks_keep_the_budget():
    nets = [
        LESSON["convnet"](depth, width, shortcut, segment)
        for depth, width in ((2, 64), (8, 32), (32, 16))
        for shortcut in (False, True)
        for segment in (False, True)
    ]
    nets += [LESSON["dense"](), LESSON["autoencoder"](20)]
    sizes = [LESSON["size_of"](net) for net in nets]
    assert 74_000 < min(sizes) and max(sizes) < 76_000
    assert LESSON["size_of"](LESSON["autoencoder"](2)) < 76_000


def test_shapes_of_the_answers():
    films, eye = torch.rand(3, 1, 28, 28), torch.rand(2, 1, 40, 48)
    assert LESSON["convnet"](2, 8, True)(films).shape == (3, 1)
    assert LESSON["convnet"](2, 8, True, segment=True)(eye).shape == eye.shape
    assert LESSON["autoencoder"](2)(eye).shape == eye.shape
    assert LESSON["dense"]()(films).shape == (3, 1)


def test_a_dense_net_from_rbms_computes_what_they_say():
    v = torch.rand(20, 784)
    rbms = LESSON["RBM"](784, 90), LESSON["RBM"](90, 45, seed=1)
    net = LESSON["dense"](rbms)
    assert torch.allclose(net[:5](v), rbms[1].up(rbms[0].up(v)), atol=1e-5)
    rbms[0].W += 1  # a copy: fine-tuning must not change the machines
    assert not torch.allclose(net[:5](v), rbms[1].up(rbms[0].up(v)), atol=1e-5)


def test_pixel_by_pixel_looks_at_the_right_place():
    row, column = np.mgrid[:32, :48].astype(np.float32)
    steps = np.random.default_rng(0).random((32, 48)).astype(np.float32)
    for picture in (row, column, steps):
        centre = LESSON["pixel_by_pixel"](lambda p: p[:, 0, 14, 14][:, None], picture[None])[0]
        assert centre.shape == picture.shape
        assert np.allclose(
            centre[::2, ::2], picture[::2, ::2], atol=1e-4
        )  # asked: its own value
        between = (picture[::2, :-2:2] + picture[::2, 2::2]) / 2
        assert np.allclose(
            centre[::2, 1:-1:2], between, atol=1e-4
        )  # not asked: the mean of two
    assert not np.allclose(np.roll(centre, 1, 0)[::2, ::2], steps[::2, ::2], atol=1e-4)


def test_dice():
    a, b = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert (
        LESSON["dice"](a, b) == 0.5 and LESSON["dice"](a, a) == 1 and LESSON["dice"](a, ~a) == 0
    )
