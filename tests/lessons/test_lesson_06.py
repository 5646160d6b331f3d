"""Lesson 06: convolutions equal those of the libraries, the taught network the packaged one; the loader benchmark."""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.ndimage import sobel
from scipy.signal import correlate2d
from sklearn.metrics import roc_auc_score
from taught import taught
from torch import nn

from course_utils import models

LESSON = taught("06")


def test_loop_equals_scipy_and_torch():
    rng = np.random.default_rng(0)
    image, kernel = rng.random((11, 14)), rng.normal(size=(3, 3))
    ours = LESSON["convolve"](image, kernel)
    assert np.allclose(ours, correlate2d(image, kernel, mode="valid"))
    theirs = F.conv2d(torch.tensor(image)[None, None], torch.tensor(kernel)[None, None])
    assert np.allclose(ours, theirs[0, 0])


def test_the_kernel_of_the_lesson_is_sobels():
    image = np.random.default_rng(1).random((9, 9))
    vertical_edges = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    ours = LESSON["convolve"](image, vertical_edges)
    assert np.allclose(ours, sobel(image, axis=1)[1:-1, 1:-1])


def test_receptive_field_of_the_lesson_is_that_of_the_formula():
    gradient_map, stack = LESSON["gradient_map"], LESSON["stack"]
    torch.manual_seed(0)
    for strides in ((1,), (1, 1, 1), (2, 1, 1), (2, 2, 1), (1, 2, 1, 2)):
        sees, step = 1, 1
        for stride in strides:
            sees, step = sees + 2 * step, step * stride
        assert (gradient_map(stack(*strides)) > 0).any(dim=1).sum() == sees


@pytest.mark.parametrize("classes", [2, 5])
def test_auc_by_ranks_equals_scikit_learns(classes):
    rng = np.random.default_rng(2)
    labels = rng.integers(0, classes, 200)
    runs = rng.dirichlet(np.ones(classes), (3, 200)).round(2)  # with ties
    each = [roc_auc_score(labels == k, run[:, k]) for run in runs for k in range(classes)]
    assert np.isclose(LESSON["area"](labels, *runs), np.mean(each))
    assert np.isclose(LESSON["lead"](labels, runs[0], runs[0]), 0)


@pytest.mark.parametrize(("channels", "classes"), [(1, 2), (3, 5)])
def test_network_of_the_lesson_equals_the_packaged_one(channels, classes):
    theirs, ours = (
        LESSON["small_resnet"](channels, classes),
        models.small_resnet(channels, classes),
    )
    ours.load_state_dict(theirs.state_dict())
    x = torch.rand(4, channels, 28, 28)
    assert torch.equal(theirs.eval()(x), ours.eval()(x))
    assert sum(w.numel() for w in ours.parameters()) < 700_000


def test_packaged_network_refuses_nonsense_and_takes_other_sizes():
    with pytest.raises(ValueError, match="1 or more"):
        models.small_resnet(0, 2)
    assert models.small_resnet(3, 4, width=8)(torch.rand(2, 3, 40, 33)).shape == (2, 4)


def test_residual_block_passes_its_input_on():
    block = models.Residual(4, 4)
    for layer in block.body:
        if isinstance(layer, nn.Conv2d):
            nn.init.zeros_(layer.weight)
    x = torch.rand(2, 4, 7, 7)
    assert torch.allclose(block.eval()(x), x)
    assert models.Residual(4, 8, stride=2)(x).shape == (2, 8, 4, 4)


# --- the benchmark's logic; times are not judged here


@pytest.fixture(scope="module")
def bench():
    path = Path(__file__).parents[1] / "benchmarks" / "bench_loader.py"
    return runpy.run_path(str(path), run_name="bench")


@pytest.fixture(scope="module")
def ways(bench, tmp_path_factory):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (40, 28, 28), dtype=np.uint8)
    images[:, 0, 0] = np.arange(40)  # a number to know each image by
    return bench["Ways"](images, np.arange(40) % 2, tmp_path_factory.mktemp("bench"), bs=16)


def test_every_way_gives_every_image_once_with_its_label(bench, ways):
    for way in (bench["BARE"], bench["OURS"], bench["MEDMNIST"], bench["PNG"]):
        batches = list(ways.batches(way))
        assert [len(x) for x, _ in batches] == [16, 16, 8], way
        x, y = (
            torch.cat([b[i].as_subclass(torch.Tensor).cpu() for b in batches]) for i in (0, 1)
        )
        assert x.shape == (40, 1, 28, 28) and 0 <= x.min() and x.max() <= 1, way
        who = (255 * x[:, 0, 0, 0]).round().long()
        assert sorted(who.tolist()) == list(range(40)) and torch.equal(y, who % 2), way
        assert who.tolist() != list(range(40)), f"{way} does not shuffle"


def test_every_way_trains(bench, ways):
    for way in (bench["BARE"], bench["OURS"], bench["MEDMNIST"], bench["PNG"]):
        ways.train(way, 1)


def test_rounds_alternate_and_leave_out_the_first(bench):
    order = []
    times = bench["rounds"]({n: lambda n=n: order.append(n) for n in "abc"}, 3)
    assert all(len(t) == 3 for t in times.values())
    assert [order[i : i + 3] for i in range(3, 12, 3)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
    ]


def test_summary_table_and_verdict(bench):
    b, o, m, p = (bench[k] for k in ("BARE", "OURS", "MEDMNIST", "PNG"))
    rows = bench["summary"](
        {b: [1, 2, 1], o: [1.05, 2.1, 1.05], m: [2, 4, 2], p: [3, 6, 3]},
        {b: [0.01] * 3, o: [0.02] * 3, m: [1.0] * 3, p: [2.0] * 3},
        1000,
    )
    assert [r["training, times the bare loop"] for r in rows] == pytest.approx([1, 1.05, 2, 3])
    assert [r["data alone, times faster than medmnist"] for r in rows] == pytest.approx(
        [100, 50, 1, 0.5]
    )
    text = bench["page"](rows, 1000, 128, "real")
    assert "| 1.05 |" in text and "| 50.0 |" in text
    assert bench["verdict"](rows).count("held") == 2
    rows[1]["training, times the bare loop"] = 1.2
    assert "MISSED" in bench["verdict"](rows)
