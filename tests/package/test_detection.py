"""Boxes, FROC and average precision against torchvision, MONAI and hand-made cases; the small detector's edges."""

import numpy as np
import pandas as pd
import pytest
import torch
from torchvision import ops

from course_utils import detection
from course_utils.detection import Found

RNG = np.random.default_rng(14)
NONE = np.zeros((0, 4))


def some_boxes(n, rng=RNG):
    corner = rng.uniform(0, 60, (n, 2))
    return np.hstack([corner, corner + rng.uniform(2, 30, (n, 2))])


def found(boxes, scores):
    return Found(np.reshape(boxes, (-1, 4)), np.array(scores, float), np.ones(len(scores), int))


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (4, 0), (7, 9)])
def test_iou_agrees_with_torchvision(n, m):
    a, b = some_boxes(n), some_boxes(m)
    theirs = ops.box_iou(torch.tensor(a), torch.tensor(b)).numpy()
    assert detection.iou(a, b).shape == (n, m) and np.allclose(detection.iou(a, b), theirs)


def test_boxes_without_area_share_nothing():
    point = [[5, 5, 5, 5]]
    assert detection.iou(point, point) == 0 and detection.iou(point, [[0, 0, 9, 9]]) == 0


@pytest.mark.parametrize("limit", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("n", [0, 1, 60])
def test_nms_agrees_with_torchvision(n, limit):
    boxes, scores = some_boxes(n), RNG.random(n)
    theirs = ops.nms(torch.tensor(boxes), torch.tensor(scores), limit).numpy()
    assert detection.nms(boxes, scores, limit).tolist() == theirs.tolist()


def test_what_is_no_box_is_refused():
    assert detection.boxes_of([]).shape == (0, 4)
    for wrong, words in (
        ([[0, 0, np.nan, 1]], "NaN"),
        ([[0, 0, np.inf, 1]], "infinity"),
        ([[5, 0, 4, 9]], "ends before"),
        ([1, 2, 3, 4], "x0, y0"),
        (np.zeros((2, 5)), "x0, y0"),
        (np.zeros((0, 3)), "x0, y0"),
    ):
        with pytest.raises(ValueError, match=words):
            detection.boxes_of(wrong)
    for wrong in ([0.5], [0.5, np.nan], [[0.5, 0.2]]):
        with pytest.raises(ValueError, match="one finite score"):
            detection.nms(some_boxes(2), wrong)


def test_circles_become_boxes():
    assert detection.circle_boxes([(10, 20, 5)]).tolist() == [[5, 15, 15, 25]]
    assert detection.circle_boxes([(2, 20, 5)], (22, 30)).tolist() == [[0, 15, 7, 22]]
    assert detection.circle_boxes([]).shape == (0, 4)


LESION = [[10, 10, 20, 20]]


def test_two_rules_and_no_other():
    beside, wide = [[21, 10, 31, 20]], [[0, 0, 30, 30]]
    edge = [[15, 5, 25, 15]]  # its centre is the corner of nothing: (20, 10) lies on the border
    assert detection.hits(wide, LESION).all() and not detection.hits(beside, LESION).any()
    assert detection.hits(edge, LESION).all()
    assert not detection.hits(wide, LESION, "overlap").any()
    assert detection.hits(wide, LESION, "overlap", 0.1).all()
    assert detection.hits(NONE, LESION).shape == (0, 1)
    assert detection.hits(LESION, NONE, "overlap").shape == (1, 0)
    with pytest.raises(ValueError, match="centre, overlap"):
        detection.hits(LESION, LESION, "near")


def test_a_lesion_hit_twice_counts_once_and_the_second_mark_is_no_false_one():
    marks = detection.match([found(LESION * 2 + [[50, 50, 60, 60]], [0.5, 0.9, 0.7])], [LESION])
    assert marks["kind"].tolist() == ["hit", "false", "again"]
    assert marks["score"].tolist() == [0.9, 0.7, 0.5] and marks["lesion"].tolist() == [0, -1, 0]


def test_one_mark_on_two_lesions_takes_one_and_leaves_the_other():
    both = [[10, 10, 20, 20], [12, 12, 24, 24]]
    marks = detection.match([found([[11, 11, 21, 21]] * 2, [0.9, 0.8])], [both])
    assert sorted(marks["lesion"]) == [0, 1] and set(marks["kind"]) == {"hit"}


def test_images_without_lesions_or_marks():
    truth = [NONE, LESION, NONE]
    nothing = [found(NONE, [])] * 3
    curve = detection.froc(detection.match(nothing, truth), detection.lesion_counts(truth))
    assert curve.to_numpy().tolist() == [[np.inf, 0, 0]]
    marks = detection.match(
        [found(LESION, [0.4]), found(LESION, [0.4]), found(NONE, [])], truth
    )
    curve = detection.froc(marks, detection.lesion_counts(truth))
    # both marks have one score: they come in together
    assert curve["false"].tolist() == [0, 1 / 3] and curve["sensitivity"].tolist() == [0, 1]
    healthy = detection.froc(marks.iloc[:1], [0, 0, 0])
    assert np.isnan(healthy["sensitivity"]).all() and healthy["false"].iloc[-1] == 1 / 3
    with pytest.raises(ValueError, match="have a truth"):
        detection.match(nothing, truth[:2])


def drawn_case(seed=0, images=40):
    rng = np.random.default_rng(seed)
    truth = [some_boxes(k, rng) for k in rng.integers(0, 3, images)]
    made = []
    for lesions in truth:
        kept = lesions[rng.random(len(lesions)) < 0.8]
        boxes = np.vstack(
            [kept + rng.normal(0, 1, kept.shape), some_boxes(rng.integers(4), rng)]
        )
        made.append(found(boxes, rng.random(len(boxes))))
    return made, truth


def test_froc_agrees_with_monai():
    from monai.metrics import compute_froc_curve_data

    made, truth = drawn_case()
    marks, counts = detection.match(made, truth), detection.lesion_counts(truth)
    curve = detection.froc(marks, counts)
    false = marks["score"][marks["kind"] == "false"].to_numpy()
    right = marks["score"][marks["kind"] == "hit"].to_numpy()
    fps, sensitivity = compute_froc_curve_data(false, right, int(counts.sum()), len(truth))
    for x, y in zip(fps, sensitivity, strict=True):
        near = curve[np.isclose(curve["false"], x) & np.isclose(curve["sensitivity"], y)]
        assert len(near) or y == 1 or x == max(fps)
    assert (curve.diff().iloc[1:][["false", "sensitivity"]] >= 0).all().all()


def test_sensitivity_at_reads_the_curve_as_steps():
    curve = pd.DataFrame({"false": [0, 0.1, 0.3, 0.3], "sensitivity": [0, 0.5, 0.6, 0.8]})
    assert detection.sensitivity_at(curve, (0, 0.1, 0.29, 0.3, 5)).tolist() == [
        0, 0.5, 0.5, 0.8, 0.8,
    ]  # fmt: skip


def test_a_bootstrap_draws_whole_groups_and_holds_the_value():
    made, truth = drawn_case()
    groups = np.arange(len(truth)) // 2
    weights = detection.draws(groups, 50, 1)
    assert weights.shape == (50, 40) and (weights[:, ::2] == weights[:, 1::2]).all()
    assert (weights.sum(1) == 40).all()
    marks, counts = detection.match(made, truth), detection.lesion_counts(truth)
    table = detection.froc_interval(marks, counts, groups, (0.25, 1.0), 200)
    assert (table[:, 1] <= table[:, 0]).all() and (table[:, 0] <= table[:, 2]).all()
    whole = detection.froc(marks, counts, np.full(40, 3))
    assert np.allclose(whole.iloc[:, 1:], detection.froc(marks, counts).iloc[:, 1:])


def test_average_precision_agrees_with_coco_and_with_hand():
    from monai.apps.detection.metrics.coco import COCOMetric
    from monai.apps.detection.metrics.matching import matching_batch

    made, truth = drawn_case(3, 60)
    ours = detection.average_precision(made, truth)
    results = matching_batch(
        iou_fn=detection.iou, iou_thresholds=[0.5],
        pred_boxes=[f.boxes for f in made], pred_classes=[np.zeros(len(f.boxes), int) for f in made],
        pred_scores=[f.scores for f in made], gt_boxes=truth,
        gt_classes=[np.zeros(len(t), int) for t in truth],
    )  # fmt: skip
    metric = COCOMetric(
        ["lesion"], iou_list=[0.5], iou_range=(0.5, 0.5, 0.05), max_detection=[100]
    )
    theirs = metric(results)[0]["AP_IoU_0.50_MaxDet_100"]
    assert abs(ours - theirs) < 0.02  # COCO reads the curve at 101 points
    twice = [found(LESION * 2, [0.9, 0.8])]
    assert detection.average_precision(twice, [LESION]) == 1
    assert (
        detection.average_precision([found([[0, 0, 1, 1], *LESION], [0.9, 0.8])], [LESION])
        == 0.5
    )
    assert detection.average_precision([found(NONE, [])], [LESION]) == 0
    assert np.isnan(detection.average_precision(twice, [NONE]))
    pair = [(np.array(LESION, float), np.array([2]))]
    assert np.isnan(detection.average_precision(twice, pair, label=1))
    assert detection.average_precision(twice, pair, label=2) == 0


def test_targets_of_an_image_without_a_lesion():
    empty, one = detection.to_targets([NONE, LESION])
    assert empty["boxes"].shape == (0, 4) and empty["labels"].shape == (0,)
    assert one["labels"].tolist() == [1] and one["boxes"].dtype == torch.float32
    with pytest.raises(ValueError, match="ends before"):
        detection.to_targets([[[5, 5, 1, 1]]])


def test_images_in_three_forms():
    grey, colour = RNG.integers(0, 255, (2, 8, 16), np.uint8), RNG.random((2, 8, 16, 3))
    assert detection.to_images(grey).shape == (2, 1, 8, 16)
    assert detection.to_images(colour).shape == (2, 3, 8, 16)
    assert detection.to_images(np.zeros((2, 6, 8, 16))).shape == (2, 6, 8, 16)
    x = detection.to_images(grey)
    assert abs(x.mean()) < 1e-4 and abs(x.std() - 1) < 0.1
    assert torch.isfinite(detection.to_images(np.zeros((1, 8, 8), np.uint8))).all()


def test_mirrored_boxes_stay_on_their_lesions():
    image = torch.zeros(12, 1, 32, 32)
    image[..., 4:9, 3:10] = 1
    targets = detection.to_targets([[[3, 4, 10, 9]]] * 11 + [NONE])
    torch.manual_seed(0)
    x, made = detection.flipped(image, targets)
    for picture, target in zip(x, made, strict=True):
        for x0, y0, x1, y1 in target["boxes"].int().tolist():
            assert picture[0, y0:y1, x0:x1].all() and picture.sum() == (y1 - y0) * (x1 - x0)
    assert len({tuple(t["boxes"].flatten().tolist()) for t in made}) == 3


@pytest.mark.parametrize("lesions", ["some", "none"])
def test_the_detector_learns_and_lesion_free_images_are_part_of_it(lesions):
    images = RNG.normal(0, 0.2, (8, 64, 64))
    truth = [[[16, 24, 32, 40]] if k % 2 and lesions == "some" else NONE for k in range(8)]
    for image, boxes in zip(images, truth, strict=True):
        for x0, y0, x1, y1 in boxes:
            image[y0:y1, x0:x1] += 2
    x, targets = detection.to_images(images), detection.to_targets(truth)
    network = detection.detector(detection.backbone(1, 4), anchors=(16,), seed=0)
    table = detection.train(network, x, targets, 2, batch=4)
    assert list(table) == ["objectness loss", "rpn box loss", "class loss", "box loss"]
    assert np.isfinite(table).all().all() and table.index.tolist() == [1, 2]
    made = detection.predict(network, x)
    assert len(made) == 8
    for boxes, scores, labels in made:
        assert boxes.shape == (len(scores), 4) and (np.diff(scores) <= 0).all()
        assert (labels == 1).all() and boxes.min(initial=0) >= 0 and boxes.max(initial=0) <= 64


def test_the_detector_is_the_same_in_every_call():
    first, again = (detection.detector(seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert 300_000 < sum(p.numel() for p in detection.detector().parameters()) < 340_000
