"""Lesson 19: what it writes out does what it says, and agrees with scikit-learn and the package."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_curve
from taught import taught

from course_utils import exercises, metrics

LESSON = taught("19")
RNG = np.random.default_rng(19)


def test_pieces_are_square_inside_the_screen_and_hold_one_nodule_each():
    screen = RNG.integers(0, 256, (120, 300), dtype=np.uint8)
    outlines = np.zeros(screen.shape, bool)
    outlines[0:40, 0:30] = outlines[60:118, 40:140] = outlines[50:80, 270:300] = True
    outlines[5:10, 200:210] = True  # a speck of 50 pixels
    outlines[10:30, 60:90] = True  # 600 pixels
    pieces = LESSON["cut_out"](screen, outlines)
    assert [int(region.area) for *_, region in pieces] == [1200, 600, 900, 5800]
    for image, mask, region in pieces:
        assert image.shape == mask.shape and image.shape[0] == image.shape[1] <= len(screen)
        assert mask.dtype == bool and mask.any()
        if image.shape[0] < len(screen):
            assert mask.sum() == region.area  # a square that fits holds the whole nodule


def test_a_nodule_wider_than_the_screen_is_high_is_cut():
    outlines = np.ones((50, 200), bool)
    ((image, mask, _),) = LESSON["cut_out"](np.zeros((50, 200), np.uint8), outlines)
    assert image.shape == (50, 50) and mask.all()


def test_no_nodule_no_piece():
    assert LESSON["cut_out"](np.zeros((50, 60), np.uint8), np.zeros((50, 60), bool)) == []


def test_network_takes_one_or_two_channels_and_learns():
    for channels in (1, 2):
        out = LESSON["network"](channels)(torch.randn(3, channels, 48, 48))
        assert out.shape == (3, 2)
        out.mean().backward()


@pytest.mark.parametrize("seed", range(5))
def test_lowest_is_the_highest_threshold_that_finds_all(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, 80)
    scores = np.round(rng.normal(labels, 1.5), 1)  # ties
    cut = LESSON["lowest"](labels, scores)
    _, sensitivity, cuts = roc_curve(labels, scores)
    assert np.isclose(cut, cuts[sensitivity == 1][0])
    assert not ((scores < cut) & (labels == 1)).any()
    assert LESSON["lowest"](pd.Series(labels), pd.Series(scores)) == cut


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
@pytest.mark.parametrize("t", [0.02, 0.1, 0.4])
def test_benefit_is_the_packaged_net_benefit(share, t):
    labels = RNG.integers(0, 2, 300)
    p = RNG.random(300)
    alarm = p >= t
    sensitivity, specificity = alarm[labels == 1].mean(), 1 - alarm[labels == 0].mean()
    ours = LESSON["benefit"](sensitivity, specificity, t, share)
    assert np.isclose(ours, metrics.net_benefit(labels, p, t, prevalence=share))
    everyone = metrics.net_benefit(labels, np.ones(300), t, prevalence=share)
    assert np.isclose(LESSON["benefit"](1, 0, t, share), everyone)


@pytest.mark.parametrize(("n", "m"), [(5, 10), (21, 42)])
def test_chance_of_a_miss_below_the_lowest_of_n(n, m):
    draws = np.random.default_rng(0).random((20_000, n + m))
    missed = (draws[:, n:] < draws[:, :n].min(1, keepdims=True)).sum(1)
    assert abs(missed.mean() - m / (n + 1)) < 0.06
    assert abs((missed == 0).mean() - n / (n + m)) < 0.02


def test_right_answers_of_another_form_pass():
    def by_trying(rate):
        n = 1
        while (1 - rate) ** n > 0.05:
            n += 1
        return n

    assert exercises.verdict("19.1", np.float32(10)).startswith("✓")
    assert exercises.verdict("19.2", by_trying).startswith("✓")
    right = {"inside": np.float64(0.67), "around": 0.66}
    assert exercises.verdict("19.3", right).startswith("✓")
