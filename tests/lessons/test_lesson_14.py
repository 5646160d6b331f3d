"""Lesson 14: what it writes out equals the packaged twins and the libraries; Ribli's point; films without a mass."""

import numpy as np
import pandas as pd
import pytest
import torch
from taught import taught
from torchvision import ops

from course_utils import detection
from course_utils.detection import Found

LESSON = taught("14")
RNG = np.random.default_rng(14)


def some_boxes(n):
    corner = RNG.uniform(0, 60, (n, 2))
    return np.hstack([corner, corner + RNG.uniform(2, 30, (n, 2))])


def test_iou_and_suppression_agree_with_torchvision_and_the_package():
    a, b, scores = some_boxes(40), some_boxes(9), RNG.random(40)
    assert np.allclose(LESSON["iou"](a, b), ops.box_iou(torch.tensor(a), torch.tensor(b)))
    for limit in (0.1, 0.3, 0.7):
        kept = LESSON["suppress"](a, scores, limit)
        assert kept == ops.nms(torch.tensor(a), torch.tensor(scores), limit).tolist()
        assert kept == detection.nms(a, scores, limit).tolist()
    assert LESSON["suppress"](a[:0], scores[:0], 0.5) == []


def some_films(count=30):
    """Found marks and lesions that do not overlap; a third of the films has no lesion, one no mark."""
    truth, found = [], []
    for k in range(count):
        lesions = np.array([[5, 5, 20, 20], [40, 40, 60, 60]], float)[: k % 3]
        boxes = np.vstack([some_boxes(k % 5), lesions + RNG.normal(0, 1, lesions.shape)])
        scores = np.sort(RNG.random(len(boxes)))[::-1]
        truth.append(lesions)
        found.append(Found(RNG.permutation(boxes), scores, np.ones(len(boxes), int)))
    return found, truth


def test_judge_and_froc_equal_the_packaged_ones():
    found, truth = some_films()
    ours, packaged = LESSON["judge"](found, truth), detection.match(found, truth)
    assert (
        (ours[["image", "score", "kind"]] == packaged[["image", "score", "kind"]]).all().all()
    )
    assert set(ours["kind"]) == {"hit", "again", "false"}
    counts = detection.lesion_counts(truth)
    curve = LESSON["froc"](ours, counts.sum(), len(truth))
    theirs = detection.froc(packaged, counts).iloc[1:]
    for column in ("threshold", "false", "sensitivity"):
        assert np.allclose(curve[column], theirs[column])


def test_the_point_that_ribli_published():
    """91 lesions, 347 images: 82 hits come in before the 105th false mark; facts of the published predictions."""
    hits = {0.1: 72, 0.2: 73, 0.3: 82, 0.5: 84, 1.0: 87, 2.0: 89}
    rows, placed = [], 0
    for false, so_far in hits.items():
        place = int(false * 347)  # the last mark that may be false
        rows += [("hit", place - 0.5)] * (so_far - placed)
        placed = so_far
    rows += [("false", float(k)) for k in range(1, 800)]
    marks = pd.DataFrame(rows, columns=["kind", "rank"])
    marks["score"], marks["image"], marks["lesion"] = 1 - marks["rank"] / 1000, 0, 0
    counts = np.zeros(347, int)
    counts[:84] = 1
    counts[:7] = 2
    assert counts.sum() == 91
    curve = detection.froc(marks, counts)
    at = detection.sensitivity_at(curve, tuple(hits)).round(3)
    assert at.tolist() == [0.791, 0.802, 0.901, 0.923, 0.956, 0.978]
    wider = detection.froc(marks, np.append(counts, np.zeros(63, int)))
    assert detection.sensitivity_at(wider, 0.26).round(3) == 0.901


def test_the_detector_of_the_lesson_has_the_parts_of_the_packaged_one():
    lesson = LESSON["small_detector"](LESSON["small_backbone"](), 1, (12, 24, 48, 80))
    packaged = detection.mass_detector()
    lesson.load_state_dict(packaged.state_dict())
    x = torch.randn(2, 1, 64, 64)
    ours, theirs = (detection.predict(network, x) for network in (lesson, packaged))
    for a, b in zip(ours, theirs, strict=True):
        assert all(np.allclose(p, q) for p, q in zip(a, b, strict=True))


@pytest.mark.parametrize("lesions", [0, 1])
def test_one_epoch_of_the_lesson_is_one_of_the_package(lesions):
    x = torch.randn(6, 1, 64, 64)
    targets = detection.to_targets(
        [[[10, 10, 30, 30]]] * lesions + [np.zeros((0, 4))] * (6 - lesions)
    )
    losses = []
    for twin in (False, True):
        network = detection.detector(detection.backbone(1, 4), anchors=(16,), seed=1)
        if twin:
            losses.append(
                detection.train(network, x, targets, 1, 1e-3, seed=2, batch=4).iloc[0]
            )
        else:
            torch.manual_seed(2)
            optimiser = torch.optim.AdamW(network.parameters(), 1e-3)
            cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=2)
            losses.append(LESSON["one_epoch"](network, x, targets, optimiser, cycle))
    assert list(losses[0].index) == ["classifier", "box_reg", "objectness", "rpn_box_reg"]
    # the package weighs the smaller last batch by its size, and clips gradients
    names = ["class loss", "box loss", "objectness loss", "rpn box loss"]
    assert np.allclose(losses[0], losses[1][names], atol=0.15)
    assert np.isfinite(losses[0]).all()


def test_breasts_are_half_sick_and_dense_ones_as_asked():
    best, sick = LESSON["breasts"](detection.mass_detector(), np.random.default_rng(0), 0.1, 4)
    assert best.shape == (4, 2) and sick.tolist() == [0, 0, 1, 1]
    assert ((best >= 0) & (best <= 1)).all()


def test_bright_spots_find_a_spot_and_keep_apart():
    y, x = np.mgrid[:256, :256]
    image = np.uint8(
        60 * (np.hypot(x - 100, y - 128) < 90) + 90 * (np.hypot(x - 90, y - 120) < 9)
    )
    image[5:40, 230:250] = 255  # a plate beside the breast
    boxes, scores, _ = detection.bright_spots(image, 5, 10)
    assert np.hypot(*((boxes[0, :2] + boxes[0, 2:]) / 2 - (90, 120))) < 4
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    apart = np.hypot(*(centres[:, None] - centres).transpose(2, 0, 1))
    assert (apart[~np.eye(len(boxes), dtype=bool)] >= 16).all() and (np.diff(scores) <= 0).all()
    assert (centres[:, 0] < 200).all()
    empty = detection.bright_spots(np.zeros((256, 256), np.uint8), 5, 10)
    assert np.isfinite(empty.scores).all()
    boxes, scores, _ = detection.random_spots(image, np.random.default_rng(0))
    assert boxes.shape == (8, 4) and (np.diff(scores) <= 0).all()
