"""Lesson 20: its attention, its parts, and its measures."""

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, jaccard_score
from taught import taught
from torch.nn import functional as F

LESSON = taught("20", block=np.repeat(np.arange(14), 28), body=torch.nn.Sequential())
RNG = np.random.default_rng(20)


def test_attention_weights_add_up_to_one_and_give_the_weighted_mean():
    torch.manual_seed(0)
    net, bags = LESSON["AttentionMIL"](5), torch.randn(3, 7, 5)
    with torch.no_grad():
        logits, weights = net(bags)
        mean = torch.einsum("np,npd->nd", weights, bags)
        assert weights.shape == (3, 7) and torch.allclose(weights.sum(1), torch.ones(3))
        assert torch.allclose(weights, F.softmax(net.score(bags)[..., 0], 1))
        assert torch.allclose(logits, net.last(mean)[:, 0], atol=1e-6)
        turned = net(bags.flip(1))  # a bag has no order
        assert torch.allclose(turned[0], logits, atol=1e-6)
        assert torch.allclose(turned[1].flip(1), weights, atol=1e-6)


def test_attention_learns_which_patch_decides():
    torch.manual_seed(0)
    bags, labels = torch.randn(200, 9, 4), torch.arange(200) % 2
    bags[labels == 1, 3] += torch.tensor([4.0, 0, 0, 0])
    net, losses = LESSON["train_mil"](bags, labels.float(), seed=0, epochs=15)
    with torch.no_grad():
        weights = net(bags)[1][labels == 1]
    assert losses[-1][0] == 15 and np.mean([v for _, v in losses[-13:]]) < losses[0][1]
    assert (weights.argmax(1) == 3).float().mean() > 0.7


@pytest.mark.parametrize("parts", [3, 5])
def test_parts_keep_blocks_together_and_hold_everything_once(parts):
    block = np.repeat(np.arange(14), 28)
    for seed in range(3):
        grouped, random = LESSON["deal"](seed, True, parts), LESSON["deal"](seed, False, parts)
        assert all(len(set(grouped[block == b])) == 1 for b in range(14))
        assert any(len(set(random[block == b])) > 1 for b in range(14))
        assert set(grouped) == set(random) == set(range(parts))
        assert np.ptp(np.bincount(random)) <= 1


def test_pointing_and_overlap():
    box = RNG.random(121) < 0.4
    heat = RNG.random(121)
    hit, overlap = LESSON["judge"](heat, box)
    top = heat >= np.sort(heat)[-14]
    assert hit == box[heat.argmax()]
    assert np.isclose(overlap, jaccard_score(box, top))
    assert LESSON["judge"](heat + 9 * box, box)[0]


def test_colour_augmentation_stays_in_range_and_changes_frames_apart():
    torch.manual_seed(1)
    x = torch.rand(4, 3, 8, 8)
    other = LESSON["other_light"](x)
    assert other.shape == x.shape and 0 <= other.min() and other.max() <= 1
    assert len({round(float(v), 4) for v in (other / x.clamp(1e-3)).mean((1, 2, 3))}) == 4


def test_dice_agrees_with_scikit_learn():
    targets = torch.tensor(RNG.random((3, 1, 9, 9)) < 0.4).float()
    scores = torch.tensor(RNG.normal(size=(3, 1, 9, 9)))
    ours = LESSON["dice_of"](lambda images: scores, torch.zeros(3, 3, 9, 9), targets)
    for i, value in enumerate(ours):
        right = f1_score(targets[i].flatten().numpy(), scores[i].flatten().numpy() > 0)
        assert np.isclose(value, right)


def test_peak_of_the_spectrum_is_the_rate():
    t = np.arange(32)
    for rate in (6.5, 8, 10, 13.5):
        curve = np.sin(2 * np.pi * rate * t / 60 + 0.3)[None]
        assert abs(LESSON["peak_rate"](curve)[0] - rate) < 0.3
