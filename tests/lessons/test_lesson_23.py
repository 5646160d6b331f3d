"""Lesson 23: the power law, federated averaging, the script for several processes, and the file that is handed over."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from taught import taught
from torch import nn

LESSON = taught("23")
torch.manual_seed(23)


def images(count=24):
    rng = np.random.default_rng(0)
    return torch.tensor(rng.random((count, 1, 28, 28)), dtype=torch.float32), torch.arange(
        count
    ) % 2


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.3), (2.0, 1.0), (0.1, 0.0), (0.1, -0.2)])
def test_a_power_law_is_found_exactly_where_there_is_one(a, b):
    n = np.array([3, 10, 50, 400])
    found = LESSON["power_law"](n, a * n**-b)
    assert np.allclose(found, (a, b))


def test_the_network_has_the_weights_that_the_lesson_names():
    net = LESSON["network"]()
    assert 23_000 < sum(p.numel() for p in net.parameters()) < 25_000
    assert net(images()[0]).shape == (24, 2)
    assert LESSON["network"](classes=4)(images()[0]).shape == (24, 4)


def test_training_lowers_the_loss_and_repeats():
    x, y = images()
    losses = []
    for _ in range(2):
        torch.manual_seed(0)
        net = LESSON["network"]()
        losses.append(LESSON["train"](net, x, y, seed=0, steps=60))
        assert not net.training
    assert losses[0] == losses[1] and len(losses[0]) == 60
    assert np.mean(losses[0][-10:]) < np.mean(losses[0][:10])


def test_average_weighs_by_count():
    states = [{"w": torch.tensor([0.0, 2.0])}, {"w": torch.tensor([4.0, 6.0])}]
    assert LESSON["average"](states, [3, 1])["w"].tolist() == [1.0, 3.0]
    same = LESSON["average"]([states[0]] * 3, [1, 5, 9])["w"]
    assert torch.allclose(same, states[0]["w"])


def sites(count=2):
    x, y = images()
    return [(x[i::count], y[i::count], x) for i in range(count)]


def federated(**options):
    return LESSON["federated"](sites(), 0, rounds=2, steps=2, **options)


def test_after_federated_averaging_all_networks_are_one():
    first, second = (net.state_dict() for net in federated())
    assert all(torch.allclose(first[k].float(), second[k].float()) for k in first)


def test_layers_that_are_kept_stay_at_home():
    first, second = (net.state_dict() for net in federated(keep=("1", "4", "7")))
    norms = [isinstance(layer, nn.BatchNorm2d) for layer in LESSON["network"]()]
    assert [i for i, norm in enumerate(norms) if norm] == [1, 4, 7]
    for k in first:
        same = torch.equal(first[k], second[k])
        assert same == (int(k.split(".")[0]) not in (1, 4, 7) or "num_batches" in k), k


def test_one_hospital_alone_is_plain_training():
    x, y = images()
    alone = LESSON["federated"]([(x, y, x)], 0, rounds=1, steps=5)[0].state_dict()
    net = LESSON["local_steps"](LESSON["fresh"](0), x, y, np.random.default_rng(0), 5)
    assert all(torch.allclose(alone[k].float(), v.float()) for k, v in net.state_dict().items())


def test_mean_gradient_of_two_halves_is_the_gradient_of_the_batch():
    x, y = images()
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 2))

    def gradient(rows):
        net.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        return net[1].weight.grad.clone()

    halves = (gradient(slice(0, None, 2)) + gradient(slice(1, None, 2))) / 2
    assert torch.allclose(halves, gradient(slice(None)), atol=1e-6)


def test_the_script_for_several_processes_is_python():
    from course_utils.authoring import lessons

    text = lessons.find("23")[0].read_text(encoding="utf-8")
    assert text.count("DistributedDataParallel") >= 2
    ran = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--help"], capture_output=True
    )
    assert ran.returncode == 0
