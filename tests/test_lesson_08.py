"""Lesson 08: the machines it writes out do what the text says, and agree with scikit-learn and plain counting."""

import ast
import itertools

import nbformat
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage
from sklearn.neural_network import BernoulliRBM
from torch import nn

from course_utils import lessons


@pytest.fixture(scope="module")
def taught():
    """The functions and classes of the lesson, without its training runs."""
    scope = {"np": np, "torch": torch, "nn": nn, "F": F, "ndimage": ndimage}
    scope["device"] = torch.device("cpu")
    for cell in nbformat.read(lessons.find("08")[0], as_version=4).cells:
        if cell.cell_type != "code" or cell.source.startswith(("#", "%")):
            continue
        for part in ast.parse(cell.source).body:
            if isinstance(part, (ast.FunctionDef, ast.ClassDef)) and "live" not in part.name:
                exec(compile(ast.Module([part], []), "lesson 08", "exec"), scope)
    return scope


@pytest.fixture
def machine(taught):
    """A small machine with weights large enough to matter."""
    rbm = taught["RBM"](6, 4, seed=3)
    rbm.W, rbm.b, rbm.c = 60 * rbm.W, torch.linspace(-1, 1, 6), torch.linspace(1, -1, 4)
    return rbm


def pictures(n=7):
    return (torch.rand(n, 6, generator=torch.Generator().manual_seed(1)) > 0.5).float()


def test_free_energy_is_the_sum_over_all_hidden_states(taught, machine):
    v = pictures()
    total = []
    for state in itertools.product((0.0, 1.0), repeat=4):
        h = torch.tensor(state)
        total.append(-(v @ machine.b) - h @ machine.c - v @ machine.W @ h)
    expected = -torch.logsumexp(-torch.stack(total), 0)
    assert torch.allclose(taught["free_energy"](machine, v), expected, atol=1e-4)


def test_rbm_of_the_lesson_agrees_with_scikit_learn(taught, machine):
    theirs = BernoulliRBM(4)
    theirs.components_ = machine.W.T.numpy()
    theirs.intercept_hidden_, theirs.intercept_visible_ = machine.c.numpy(), machine.b.numpy()
    v = pictures()
    assert np.allclose(theirs.transform(v.numpy()), machine.up(v), atol=1e-5)
    assert np.allclose(
        theirs._free_energy(v.numpy()), taught["free_energy"](machine, v), atol=1e-4
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


def test_an_rbm_learns_two_patterns(taught):
    v = torch.tensor([[1.0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]).repeat(50, 1)
    rbm = taught["learn_rbm"](taught["RBM"](6, 4), v, epochs=200, lr=0.1, batch=20)
    assert (rbm.down(rbm.up(v)) - v).abs().mean() < 0.1
    other = torch.tensor([[1.0, 0, 1, 0, 1, 0]])
    assert taught["free_energy"](rbm, v[:1]) < taught["free_energy"](rbm, other)


def test_a_block_with_a_shortcut_and_no_change_hands_its_input_on(taught):
    x = torch.rand(2, 4, 5, 5)
    for shortcut, expected in ((True, x), (False, torch.zeros_like(x))):
        block = taught["Block"](4, shortcut)
        for weights in block.parameters():
            nn.init.zeros_(weights)
        assert torch.equal(block(x), expected)


def test_all_networks_keep_the_budget(taught):
    nets = [
        taught["convnet"](depth, width, shortcut, segment)
        for depth, width in ((2, 64), (8, 32), (32, 16))
        for shortcut in (False, True)
        for segment in (False, True)
    ]
    nets += [taught["dense"](), taught["autoencoder"](20)]
    sizes = [taught["size_of"](net) for net in nets]
    assert 74_000 < min(sizes) and max(sizes) < 76_000
    assert taught["size_of"](taught["autoencoder"](2)) < 76_000


def test_shapes_of_the_answers(taught):
    films, eye = torch.rand(3, 1, 28, 28), torch.rand(2, 1, 40, 48)
    assert taught["convnet"](2, 8, True)(films).shape == (3, 1)
    assert taught["convnet"](2, 8, True, segment=True)(eye).shape == eye.shape
    assert taught["autoencoder"](2)(eye).shape == eye.shape
    assert taught["dense"]()(films).shape == (3, 1)


def test_a_dense_net_from_rbms_computes_what_they_say(taught):
    v = torch.rand(20, 784)
    rbms = taught["RBM"](784, 90), taught["RBM"](90, 45, seed=1)
    net = taught["dense"](rbms)
    assert torch.allclose(net[:5](v), rbms[1].up(rbms[0].up(v)), atol=1e-5)
    rbms[0].W += 1  # a copy: fine-tuning must not change the machines
    assert not torch.allclose(net[:5](v), rbms[1].up(rbms[0].up(v)), atol=1e-5)


def test_pixel_by_pixel_looks_at_the_right_place(taught):
    row, column = np.mgrid[:32, :48].astype(np.float32)
    steps = np.random.default_rng(0).random((32, 48)).astype(np.float32)
    for picture in (row, column, steps):
        centre = taught["pixel_by_pixel"](lambda p: p[:, 0, 14, 14][:, None], picture[None])[0]
        assert centre.shape == picture.shape
        assert np.allclose(
            centre[::2, ::2], picture[::2, ::2], atol=1e-4
        )  # asked: its own value
        between = (picture[::2, :-2:2] + picture[::2, 2::2]) / 2
        assert np.allclose(
            centre[::2, 1:-1:2], between, atol=1e-4
        )  # not asked: the mean of two
    assert not np.allclose(np.roll(centre, 1, 0)[::2, ::2], steps[::2, ::2], atol=1e-4)


def test_dice(taught):
    a, b = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
    assert (
        taught["dice"](a, b) == 0.5 and taught["dice"](a, a) == 1 and taught["dice"](a, ~a) == 0
    )
