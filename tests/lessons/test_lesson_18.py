"""Lesson 18: kappa and operating points against scikit-learn, and what its other functions promise."""

import numpy as np
import pytest
import torch
from sklearn.metrics import cohen_kappa_score, roc_curve
from taught import taught

RNG = np.random.default_rng(18)
DISC = np.hypot(*(np.mgrid[:28, :28] - 13.5)) < 11
LESSON = taught("18", learnt=0.45, disc=DISC)
GRADES = [RNG.integers(0, 5, (2, n)) for n in (7, 40, 300)]


@pytest.mark.parametrize("pair", GRADES, ids=len)
def test_kappa_agrees_with_the_library(pair):
    truth, given = pair
    away = np.subtract.outer(np.arange(5), np.arange(5))
    for cost, weights in (((away != 0) * 1.0, None), (away**2 / 16, "quadratic")):
        ours = LESSON["kappa"](truth, given, cost)
        assert np.isclose(
            ours, cohen_kappa_score(truth, given, weights=weights, labels=range(5))
        )


@pytest.mark.parametrize("least", [0.1, 0.5, 0.7, 0.9, 0.95, 1.0])
@pytest.mark.parametrize("digits", [1, 6])
def test_operating_points_are_the_best_that_keep_the_promise(least, digits):
    sick, scores = RNG.random(200) < 0.3, RNG.random(200).round(digits)
    false_alarms, hits, cuts = roc_curve(sick, scores, drop_intermediate=False)
    cut = LESSON["at_sensitivity"](sick, scores, least)
    assert LESSON["rates"](sick, scores >= cut)[0] >= least
    assert cut == cuts[hits >= least - 1e-9].max()
    cut = LESSON["at_specificity"](sick, scores, least)
    specificity = LESSON["rates"](sick, scores >= cut)[1]
    assert specificity >= least - 1e-9
    assert np.isclose(1 - specificity, false_alarms[1 - false_alarms >= least - 1e-9].max())


def test_a_network_told_its_own_mix_stays_as_it_is():
    p = RNG.dirichlet(np.ones(5), 20)
    assert np.allclose(LESSON["told"](p, 0.45), p)
    rarer = LESSON["told"](p, 0.9)
    assert np.allclose(rarer.sum(1), 1) and (rarer[:, 0] > p[:, 0]).all()
    assert np.allclose(rarer[:, 1:] / rarer[:, 1:2], p[:, 1:] / p[:, 1:2])


def test_predictive_value_is_the_share_in_a_drawn_crowd():
    sick = RNG.random(400_000) < 0.08
    called = np.where(sick, RNG.random(len(sick)) < 0.9, RNG.random(len(sick)) < 0.1)
    value = LESSON["predictive_value"](0.9, 0.9, 0.08)
    assert abs(sick[called].mean() - value) < 0.01
    for point, told in (((0.903, 0.981), 0.80), ((0.975, 0.934), 0.56)):
        assert round(LESSON["predictive_value"](*point, 0.078), 2) == told


def test_grader_gives_five_probabilities_that_mirror_images_do_not_change():
    net = LESSON["grader"]()
    images = RNG.integers(0, 256, (6, 28, 28, 3), dtype=np.uint8)
    p = LESSON["probabilities"](net, images)
    assert p.shape == (6, 5) and np.allclose(p.sum(1), 1)
    for turned in (images[:, ::-1], images[:, :, ::-1]):
        assert np.allclose(p, LESSON["probabilities"](net, turned.copy()), atol=1e-6)
    net.train()
    with torch.no_grad():
        assert net(torch.zeros(2, 3, 28, 28)).shape == (2, 5)


def test_matched_colours_have_the_mean_and_spread_of_the_model():
    images, model = (
        RNG.integers(low, high, (5, 28, 28, 3)).astype(np.uint8)
        for low, high in ((0, 250), (90, 160))
    )
    made = LESSON["in_colours_of"](images, model).reshape(-1, 3).astype(float)
    wanted = model.reshape(-1, 3)
    assert np.allclose(made.mean(0), wanted.mean(0), atol=1)
    assert np.allclose(made.std(0), wanted.std(0), atol=1)


def test_contrast_falls_with_flatness_and_sees_the_middle_only():
    images = RNG.integers(0, 256, (3, 28, 28, 3)).astype(np.uint8)
    flat = (images // 4 + 96).astype(np.uint8)
    assert (LESSON["contrast"](flat) < LESSON["contrast"](images)).all()
    corners = images.copy()
    corners[:, :3, :3] = 0
    assert np.allclose(LESSON["contrast"](corners), LESSON["contrast"](images))
