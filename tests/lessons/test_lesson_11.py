"""Lesson 11: losses and measures against MONAI, the lesson's twins, the U-Net, and what its other functions promise."""

import numpy as np
import pytest
import torch
from masks import EMPTY, PAIRS, same
from monai import losses as their_losses
from monai import metrics as theirs
from skimage.morphology import skeletonize
from taught import taught
from torch import nn

from course_utils import metrics, models

LESSON = taught("11")
RNG = np.random.default_rng(11)


def batch(mask):
    return torch.tensor(mask)[None, None].float()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 0.8)])
@pytest.mark.parametrize(("given", "truth"), PAIRS)
def test_measures_agree_with_monai(given, truth, spacing):
    ours, a, b = metrics.segmentation_scores(given, truth, spacing), batch(given), batch(truth)
    assert same(ours["Dice"], theirs.compute_dice(a, b, ignore_empty=False).item())
    if truth.any():
        assert same(ours["Jaccard"], theirs.compute_iou(a, b, ignore_empty=False).item())
    if given.any() and truth.any():
        options = {"include_background": True, "spacing": spacing}
        far = theirs.compute_hausdorff_distance(a, b, percentile=95, **options)
        mean = theirs.compute_average_surface_distance(a, b, symmetric=True, **options)
        assert same(ours["HD95"], far.item()) and same(ours["ASD"], mean.item())
    else:
        nothing = np.nan if not (given.any() or truth.any()) else np.inf
        assert same(ours["HD95"], nothing) and same(ours["ASD"], nothing)
        assert ours["clDice"] == ours["Dice"] == ours["Jaccard"] == float(np.isnan(nothing))


@pytest.mark.parametrize(("given", "truth"), PAIRS)
def test_cldice_is_the_harmonic_mean_of_two_shares_of_skeletons(given, truth):
    if not (given.any() and truth.any()):
        return
    thin = [set(map(tuple, np.argwhere(skeletonize(m)))) for m in (given, truth)]
    thick = [set(map(tuple, np.argwhere(m))) for m in (given, truth)]
    right, found = (
        len(thin[0] & thick[1]) / len(thin[0]),
        len(thin[1] & thick[0]) / len(thin[1]),
    )
    both = 2 * right * found / (right + found) if right + found else 0
    assert same(metrics.cldice(given, truth), both)


@pytest.mark.parametrize(("given", "truth"), PAIRS)
def test_measures_of_the_lesson_equal_the_packaged_ones(given, truth):
    packaged = metrics.segmentation_scores(given, truth)
    lesson = {"Dice": LESSON["dice"](given, truth)} | LESSON["distances"](given, truth)
    lesson["clDice"] = LESSON["cldice"](given, truth)
    assert set(lesson) == set(packaged) - {"Jaccard"}
    assert same(packaged["Jaccard"], lesson["Dice"] / (2 - lesson["Dice"]))
    assert all(same(lesson[k], packaged[k]) for k in lesson)


def test_measures_refuse_what_is_no_pair_of_masks():
    for measure in (metrics.cldice, metrics.segmentation_scores):
        with pytest.raises(ValueError, match="two masks"):
            measure(EMPTY.astype(int), EMPTY)
        with pytest.raises(ValueError, match="one shape"):
            measure(EMPTY, EMPTY[1:])
        with pytest.raises(ValueError, match="slice by slice"):
            measure(EMPTY[None], EMPTY[None])


TRUTHS = {
    "random": torch.tensor(RNG.random((3, 1, 16, 12)) < 0.2).float(),
    "empty": torch.zeros(3, 1, 16, 12),
    "full": torch.ones(3, 1, 16, 12),
}
SCORES = torch.tensor(RNG.normal(0, 2, (3, 1, 16, 12)), dtype=torch.float64)
SMOOTH = {"sigmoid": True, "batch": True, "smooth_nr": 1.0, "smooth_dr": 1.0}
LIBRARY = {
    "weighted_bce": nn.BCEWithLogitsLoss(pos_weight=torch.tensor(10.0)),
    "soft_dice": their_losses.DiceLoss(**SMOOTH),
    "dice_bce": their_losses.DiceCELoss(**SMOOTH),
    "focal": their_losses.FocalLoss(gamma=2.0),
    "tversky": their_losses.TverskyLoss(alpha=0.3, beta=0.7, **SMOOTH),
}


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("name", LIBRARY)
def test_losses_of_the_lesson_agree_with_the_library(name, truth):
    ours, other = (f(SCORES, TRUTHS[truth].double()) for f in (LESSON[name], LIBRARY[name]))
    assert same(ours.item(), other.item())


def test_unet_of_the_lesson_equals_the_packaged_one():
    packaged, lesson = models.unet(2, 3, 6).eval(), LESSON["unet"](2, 3, 6).eval()
    assert sum(p.numel() for p in models.unet().parameters()) == 26_553
    assert sum(p.numel() for p in LESSON["unet"]().parameters()) == 26_553
    levels = [lesson[0], lesson[0].below, lesson[0].below.below]
    parts = [level.down for level in levels]
    parts += [level.up for level in levels[1::-1]] + [level.mix for level in levels[1::-1]]
    theirs = iter(packaged.state_dict().values())
    for part in (*parts, lesson[1]):
        part.load_state_dict({name: next(theirs) for name in part.state_dict()})
    x = torch.randn(2, 2, 32, 24)
    with torch.no_grad():
        assert packaged(x).shape == (2, 3, 32, 24)
        assert torch.allclose(packaged(x), lesson(x), atol=1e-6)


def test_without_skip_connections_nothing_else_differs():
    networks = [LESSON["unet"](skips=skips).eval() for skips in (True, False)]
    networks[1].load_state_dict(networks[0].state_dict())
    x = torch.randn(1, 1, 32, 24)
    with torch.no_grad():
        assert not torch.allclose(networks[0](x), networks[1](x))
        for network in networks:
            for level in (network[0], network[0].below):
                # what reads the fine maps, the first half of the channels
                level.mix[0].weight[:, : level.mix[0].weight.shape[1] // 2] = 0
        assert torch.allclose(networks[0](x), networks[1](x), atol=1e-6)


def test_unet_refuses_impossible_sizes():
    for options in ({"width": 0}, {"levels": 1}, {"channels": 0}, {"classes": 0}):
        with pytest.raises(ValueError, match="1 or more"):
            models.unet(**options)
    assert models.unet(levels=4)(torch.zeros(1, 1, 16, 16)).shape == (1, 1, 16, 16)


def test_every_network_answers_for_every_pixel_and_learns():
    for network in (LESSON["fcn"](), LESSON["unet"](), LESSON["unet"](levels=2)):
        out = network(torch.randn(2, 1, 32, 40))
        assert out.shape == (2, 1, 32, 40)
        out.mean().backward()
        assert all(p.grad is not None for p in network.parameters())


def test_exact_probabilities_add_up_to_the_pixels_of_one_spot_and_are_calibrated():
    images, spots = LESSON["toy"](5, count=600)
    exact = LESSON["exact"](images)
    assert torch.allclose(exact.sum((1, 2, 3)), torch.tensor(9.0), atol=1e-3)
    for low, high in ((0.05, 0.3), (0.3, 0.7), (0.7, 1.0)):
        inside = (exact >= low) & (exact < high)
        assert abs(spots[inside].mean() - exact[inside].mean()) < 0.06


def test_rand_error_sees_holes_and_not_width():
    wall = np.zeros((40, 40), bool)
    wall[19:22] = wall[:, 19:22] = True
    wide = np.zeros_like(wall)
    wide[18:23] = wide[:, 18:23] = True
    holed = wall.copy()
    holed[19:22, 5:8] = False
    error = LESSON["rand_error"]
    assert error(wall, wall) == 0
    assert error(wide, wall) < 0.15 < error(holed, wall)


def test_patch_classifier_in_one_go_and_patch_by_patch():
    network = LESSON["patch_net"]().eval()
    picture = torch.randn(1, 1, 38, 30)
    with torch.no_grad():
        once = network(picture)
        for r in range(once.shape[2]):
            for c in range(once.shape[3]):
                patch = picture[:, :, 4 * r : 4 * r + 18, 4 * c : 4 * c + 18]
                assert torch.allclose(network(patch)[0, 0, 0, 0], once[0, 0, r, c], atol=1e-5)
