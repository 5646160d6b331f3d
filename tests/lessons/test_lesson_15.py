"""Lesson 15: diameters and boxes, marks and FROC against cu.detection and MONAI, and what its other functions do."""

import numpy as np
import pytest
import torch
from monai.metrics import compute_froc_curve_data
from skimage.measure import regionprops
from taught import taught

from course_utils import detection
from course_utils.data.records import Dataset

LESSON = taught("15")
RNG = np.random.default_rng(15)


def ellipse(a, b, angle, size=64):
    y, x = np.indices((size, size)) - size / 2
    c, s = np.cos(angle), np.sin(angle)
    return ((x * c + y * s) / a) ** 2 + ((y * c - x * s) / b) ** 2 < 1


@pytest.mark.parametrize(("a", "b", "angle"), [(20, 9, 0.0), (15, 10, 0.6), (12, 6, 2.0)])
def test_diameters_are_those_of_an_ellipse(a, b, angle):
    mask = ellipse(a, b, angle)
    ends = LESSON["bookmark"](mask)
    long, short = (np.linalg.norm(ends[k] - ends[k + 1]) for k in (0, 2))
    assert long == pytest.approx(2 * a, abs=2) and short == pytest.approx(2 * b, abs=3)
    assert long <= regionprops(mask.astype(int))[0].feret_diameter_max
    way, across = ends[1] - ends[0], ends[3] - ends[2]
    assert abs(way @ across) / (long * short) < 0.15
    assert all(mask[int(y), int(x)] for x, y in ends)


def test_the_box_holds_the_ends_and_grows_by_its_margin():
    ends = LESSON["bookmark"](ellipse(14, 7, 1.0))
    box = LESSON["box_around"](ends, 0)
    mask = LESSON["outline"](box, 64)
    assert all(mask[int(y), int(x)] for x, y in ends)
    assert np.array_equal(LESSON["box_around"](ends, 5) - box, [-5, -5, 5, 5])
    assert mask.sum() == np.prod(box[2:] - box[:2])


def test_peaks_are_the_middles_of_the_bells():
    boxes = [np.array([[8, 12, 20, 24], [60, 40, 68, 52]], float), np.zeros((0, 4))]
    maps = LESSON["targets"](boxes)
    assert maps.shape == (2, 1, 24, 24) and maps[1].max() == 0 and maps.max() <= 1
    best = LESSON["peaks"](maps[:, 0])[0]
    best = best[np.argsort(-best[:, 2])][:2]
    middles = (boxes[0][:, :2] + boxes[0][:, 2:]) / 2
    for middle in middles:
        assert np.abs(best[:, :2] - middle).max(1).min() <= 2


def test_mirrored_slices_have_mirrored_targets():
    box = np.array([[10, 30, 22, 40]], float)
    other = np.array([[96 - 22, 30, 96 - 10, 40]], float)
    here, there = (LESSON["targets"]([some])[0, 0] for some in (box, other))
    assert torch.allclose(here.flip(1), there, atol=1e-6)


def crowd(slices=30):
    """Marks and boxes; the boxes of a slice lie apart, so that a mark hits one at most."""
    marks, boxes = [], []
    for _ in range(slices):
        corners = 4 + 24 * np.array([(i, j) for i in range(4) for j in range(4)])
        corners = RNG.permutation(corners)[: RNG.integers(0, 4)]
        boxes.append(
            np.hstack([corners, corners + RNG.integers(4, 12, corners.shape)]).astype(float)
        )
        marks.append(
            np.column_stack([RNG.uniform(0, 96, (25, 2)), RNG.permutation(25) + RNG.random(25)])
        )
    return marks, boxes


def test_the_count_agrees_with_the_packaged_one_and_with_monai():
    marks, boxes = crowd()
    rates = (0.5, 1, 2, 4, 7.5)
    ours = LESSON["froc"](marks, boxes, rates)
    found = [(np.tile(mark[:, :2], 2), mark[:, 2]) for mark in marks]
    wide = [box + np.array([-2, -2, 2, 2]) for box in boxes]
    table = detection.match(found, wide)
    curve = detection.froc(table, detection.lesion_counts(wide))
    assert np.allclose(detection.sensitivity_at(curve, rates), ours)
    best, false = (np.concatenate(part) for part in LESSON["judge"](marks, boxes))
    fps, share = compute_froc_curve_data(false, best, sum(map(len, boxes)), len(boxes))
    order = np.argsort(fps)
    monai = np.interp(rates, fps[order], share[order])
    assert np.abs(monai - ours).max() < 1.5 / sum(map(len, boxes))


def test_perfect_marks_and_no_marks():
    _, boxes = crowd()
    middles = [np.hstack([(b[:, :2] + b[:, 2:]) / 2, np.ones((len(b), 1))]) for b in boxes]
    assert LESSON["froc"](middles, boxes).tolist() == [1, 1, 1, 1]
    nothing = [np.zeros((0, 3))] * len(boxes)
    assert LESSON["froc"](nothing, boxes).tolist() == [0, 0, 0, 0]


def test_one_slice_three_times():
    stacks, _ = LESSON["draw"](3, 2)
    one, three = (LESSON["channels"](stacks, slices) for slices in (1, 3))
    assert one.shape == three.shape == (2, 6, 96, 96) and one.dtype == torch.uint8
    assert torch.equal(one[:, 0], one[:, 1]) and torch.equal(one[:, 3], one[:, 5])
    assert torch.equal(one[:, 1], three[:, 1]) and not torch.equal(three[:, 0], three[:, 1])


def test_the_middle_slice_does_not_depend_on_the_distance():
    near, far = (LESSON["draw"](3, 4, gap)[0] for gap in (2.0, 20.0))
    assert np.array_equal(near[:, 1], far[:, 1]) and not np.array_equal(near[:, 0], far[:, 0])


def test_the_detector_answers_for_every_square_and_learns():
    network = LESSON["detector"]()
    out = network(torch.randint(0, 256, (2, 6, 96, 96), dtype=torch.uint8))
    assert out.shape == (2, 1, 24, 24)
    out.mean().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_mining_adds_what_is_true_and_counts_what_is_not():
    everything = [
        np.array([[10, 10, 20, 20], [50, 50, 60, 60]], float),
        np.array([[5, 5, 9, 9]], float),
    ]
    known = [everything[0][:1], everything[1]]
    marks = [
        np.array([[15, 15, 0.9], [55, 55, 0.95], [80, 80, 0.93]]),
        np.array([[7, 7, 0.8], [40, 40, 0.2]]),
    ]
    joined, shown, wrong = LESSON["ask"](marks, known, everything)
    assert [len(some) for some in joined] == [2, 1] and (shown, wrong) == (2, 1)


def test_bookmarks_are_a_share_of_the_boxes():
    boxes = [RNG.random((3, 4)) for _ in range(400)]
    some = LESSON["bookmarked"](boxes, 0, 0.25)
    assert len(some) == 400 and abs(sum(map(len, some)) / 1200 - 0.25) < 0.05
    assert sum(map(len, LESSON["bookmarked"](boxes, 0, 1.0))) == 1200


def test_windows_come_out_of_the_patch():
    images = RNG.random((5, 48, 48)).astype(np.float32)
    split = np.array(["train"] * 5)
    part = Dataset("patches", "real", images, split, targets={"tumour": images > 0.5})
    x, y = LESSON["windows"](part, False, 0)
    assert x.shape == y.shape == (5, 1, 32, 32)
    assert np.array_equal(x[:, 0].numpy(), images[:, 8:40, 8:40])
    assert np.array_equal(y.numpy() > 0, x.numpy() > 0.5)
    moved, _ = LESSON["windows"](part, True, 0)
    assert not torch.equal(moved, x)


def test_dice_of_masks():
    a, b = np.zeros((2, 4, 4), bool)
    assert LESSON["dice"](a, b) == 0
    a[:2], b[1:3] = True, True
    assert LESSON["dice"](a, b) == 0.5
