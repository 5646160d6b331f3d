"""Detection: boxes, marks and lesions, FROC, average precision, and a small Faster R-CNN.

A box is x0, y0, x1, y1 in pixels, so boxes are (n, 4); an image without any has boxes of shape (0, 4). What a detector
found in an image is `Found`: boxes, scores and labels. Lesson 14 writes most of this out.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import nn

from . import runtime, weights

RULES = ("centre", "overlap")
# torchvision's defaults are for larger images and networks.
SETTINGS = {
    "rpn_pre_nms_top_n_train": 200, "rpn_post_nms_top_n_train": 100,
    "rpn_pre_nms_top_n_test": 200, "rpn_post_nms_top_n_test": 60,
    "rpn_batch_size_per_image": 64, "box_batch_size_per_image": 32, "rpn_fg_iou_thresh": 0.5,
    "box_score_thresh": 0.01, "box_nms_thresh": 0.3, "box_detections_per_img": 20,
}  # fmt: skip


class Found(NamedTuple):
    """What a detector found in one image, best score first."""

    boxes: np.ndarray  # (n, 4) float
    scores: np.ndarray  # (n,) float
    labels: np.ndarray  # (n,) int, from 1 for a network of `detector`


# --- boxes


def boxes_of(values) -> np.ndarray:
    """Boxes as (n, 4) float64; an empty list gives (0, 4).

    Raises ValueError for another shape, for NaN or infinity, and for a box that ends before it begins.
    """
    boxes = np.asarray(values, float)
    if boxes.size == 0 and boxes.ndim < 2:
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes are (n, 4): x0, y0, x1, y1; got {boxes.shape}")
    if not np.isfinite(boxes).all():
        raise ValueError("a box holds NaN or infinity")
    if (boxes[:, 2:] < boxes[:, :2]).any():
        raise ValueError("a box ends before it begins; the order is x0, y0, x1, y1")
    return boxes


def _scores_of(values, boxes) -> np.ndarray:
    scores = np.asarray(values, float)
    if scores.shape != (len(boxes),) or not np.isfinite(scores).all():
        raise ValueError(f"each of the {len(boxes)} boxes has one finite score")
    return scores


def iou(one, other) -> np.ndarray:
    """Intersection over union of every box of `one` (n, 4) with every box of `other` (m, 4): (n, m), 0 to 1.

    Two boxes without area share nothing: 0. Raises ValueError as `boxes_of` does.
    """
    a, b = boxes_of(one)[:, None], boxes_of(other)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = sides.clip(0).prod(-1)
    whole = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - shared
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


def nms(boxes, scores, limit: float = 0.5) -> np.ndarray:
    """Non-maximum suppression: the rows to keep, best first. A box goes if a better one has an IoU above `limit`.

    boxes (n, 4), scores (n,). Among equal scores the earlier row wins. Twin of torchvision.ops.nms.
    """
    boxes = boxes_of(boxes)
    order = np.argsort(-_scores_of(scores, boxes), kind="stable")
    overlap, kept = iou(boxes, boxes), []
    for row in order:
        if all(overlap[row, better] <= limit for better in kept):
            kept.append(row)
    return np.array(kept, int)


def circle_boxes(circles, size=None) -> np.ndarray:
    """The boxes (n, 4) around circles (n, 3) x, y, radius; cut at the border of an image (height, width) if given."""
    circles = np.asarray(circles, float).reshape(-1, 3)
    boxes = np.hstack([circles[:, :2] - circles[:, 2:], circles[:, :2] + circles[:, 2:]])
    if size is not None:
        boxes = boxes.clip(0, [size[1], size[0]] * 2)
    return boxes


# --- marks and lesions


def hits(boxes, lesions, rule: str = "centre", overlap: float = 0.5) -> np.ndarray:
    """Which mark hits which lesion: (n, k) bool.

    boxes (n, 4) of the marks, lesions (k, 4). rule: "centre", the centre of the mark lies in the lesion's box (on its
    border counts), as Ribli et al. count; or "overlap", their IoU is at least `overlap`. Raises ValueError for others.
    """
    if rule not in RULES:
        raise ValueError(f"rule is one of {', '.join(RULES)}, not {rule!r}")
    if rule == "overlap":
        return iou(boxes, lesions) >= overlap
    boxes, lesions = boxes_of(boxes), boxes_of(lesions)
    centres = ((boxes[:, :2] + boxes[:, 2:]) / 2)[:, None]
    return ((lesions[:, :2] <= centres) & (centres <= lesions[:, 2:])).all(-1)


def match(found, truth, rule: str = "centre", overlap: float = 0.5) -> pd.DataFrame:
    """Every mark of every image, and what it is worth: one row a mark, best score first in each image.

    found: one `Found`, or a pair (boxes, scores), an image. truth: one array of lesion boxes (k, 4) an image.
    Columns: "image" its number; "score"; "lesion" the number of the lesion hit, -1 for none; "kind":
    "hit", the first mark on its lesion; "again", a further one, which counts neither for nor against;
    "false", a mark on no lesion. A mark that may hit several takes one that is still free, of these the one of the
    highest IoU. Raises ValueError if found and truth are not of one length.
    """
    if len(found) != len(truth):
        raise ValueError(f"{len(found)} images were searched, {len(truth)} have a truth")
    rows = []
    for image, ((boxes, scores, *_), lesions) in enumerate(zip(found, truth, strict=True)):
        boxes, lesions = boxes_of(boxes), boxes_of(lesions)
        scores = _scores_of(scores, boxes)
        hit, near, taken = hits(boxes, lesions, rule, overlap), iou(boxes, lesions), set()
        for mark in np.argsort(-scores, kind="stable"):
            able = np.flatnonzero(hit[mark])
            free = [k for k in able if k not in taken]
            lesion, kind = -1, "false"
            if len(able):
                lesion = max(free or able, key=lambda k: near[mark, k])
                kind = "hit" if free else "again"
                taken.add(lesion)
            rows.append((image, scores[mark], lesion, kind))
    table = pd.DataFrame(rows, columns=["image", "score", "lesion", "kind"])
    return table.astype({"image": int, "score": float, "lesion": int, "kind": object})


def lesion_counts(truth) -> np.ndarray:
    """How many lesions each image has: (images,) int."""
    return np.array([len(boxes_of(lesions)) for lesions in truth], int)


def froc(marks, lesions, weights=None) -> pd.DataFrame:
    """The FROC curve: one row a threshold, from the highest score down; marks of one score come in together.

    marks: the table of `match`. lesions: how many each image has (`lesion_counts`), images without any included.
    weights: how often each image is drawn (images,), for a bootstrap; each once if None.
    Columns: "threshold", "false" false marks per image, "sensitivity" lesions hit / lesions (NaN without a lesion).
    The first row is a threshold of infinity: no mark.
    """
    lesions = np.asarray(lesions)
    weights = np.ones(len(lesions)) if weights is None else np.asarray(weights, float)
    order = np.argsort(-marks["score"].to_numpy(), kind="stable")
    image, kind = marks["image"].to_numpy()[order], marks["kind"].to_numpy()[order]
    score, weight = marks["score"].to_numpy()[order], weights[image]
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else []
    false, hit = (np.cumsum(weight * (kind == name))[last] for name in ("false", "hit"))
    count, images = (weights * lesions).sum(), weights.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "threshold": np.append(np.inf, score[last]),
                "false": np.append(0.0, false) / images,
                "sensitivity": np.append(0.0, hit) / count,
            }
        )


def sensitivity_at(curve, false) -> np.ndarray:
    """The sensitivity of a FROC curve at so many false marks per image, one number or several: the best up to there."""
    place = np.searchsorted(curve["false"], np.asarray(false) + 1e-12, "right") - 1
    return curve["sensitivity"].to_numpy()[place]


def draws(groups, count: int = 500, seed: int = 0):
    """Bootstrap weights of images, (count, images): whole groups, e.g. women, are drawn with replacement."""
    names, of = np.unique(np.asarray(groups), return_inverse=True)
    drawn = np.random.default_rng(seed).integers(len(names), size=(count, len(names)))
    return np.stack([np.bincount(row, minlength=len(names))[of] for row in drawn])


def froc_interval(marks, lesions, groups, false, count: int = 500, seed: int = 0) -> np.ndarray:
    """Sensitivity at so many false marks per image, with a 95 % bootstrap interval over groups: (len(false), 3).

    false: several numbers. Columns: the value itself, low, high. Whole groups (women) are drawn, so that films of one
    woman stay together. A draw without any lesion is left out.
    """
    value = sensitivity_at(froc(marks, lesions), false)
    again = [sensitivity_at(froc(marks, lesions, w), false) for w in draws(groups, count, seed)]
    return np.column_stack([value, *np.nanquantile(again, (0.025, 0.975), axis=0)])


def average_precision(found, truth, label: int | None = None, overlap: float = 0.5) -> float:
    """Average precision at an IoU of `overlap`: the area under the precision-recall curve, precision made to fall.

    found: one `Found` an image. truth: one pair (boxes, labels) an image, or boxes alone.
    label: count only this class. A lesion hit twice makes the second mark a false one here, as in PASCAL VOC and COCO.
    NaN without any lesion of the class.
    """
    chosen, lesions = [], []
    for (boxes, scores, *labels), wanted in zip(found, truth, strict=True):
        boxes, scores = np.reshape(boxes, (-1, 4)), np.asarray(scores)
        wanted, kinds = wanted if isinstance(wanted, tuple) else (wanted, None)
        wanted = np.reshape(wanted, (-1, 4))
        if label is not None:
            rows = np.asarray(labels[0]) == label
            boxes, scores = boxes[rows], scores[rows]
            wanted = wanted if kinds is None else wanted[np.asarray(kinds) == label]
        chosen.append((boxes, scores))
        lesions.append(wanted)
    count = lesion_counts(lesions).sum()
    if not count:
        return float("nan")
    rows = []
    for (boxes, scores), wanted in zip(chosen, lesions, strict=True):
        near, free = iou(boxes, wanted), np.ones(len(wanted), bool)
        for mark in np.argsort(-scores, kind="stable"):
            able = np.where(free & (near[mark] >= overlap), near[mark], -1)
            right = bool(len(able)) and able.max() >= 0
            if right:
                free[able.argmax()] = False
            rows.append((scores[mark], right))
    if not rows:
        return 0.0
    score, right = np.array(rows, float).T
    right = right[np.argsort(-score, kind="stable")]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float((falling * right).sum() / count)


# --- without a network


def breast(image) -> np.ndarray:
    """The largest bright piece of a mammogram (256, 256) uint8: (256, 256) bool. Letters and plates are left out."""
    from scipy import ndimage

    bright = ndimage.gaussian_filter(np.asarray(image, float), 1) > 20
    pieces, number = ndimage.label(ndimage.binary_opening(bright, iterations=5))
    if not number:
        return np.ones(pieces.shape, bool)
    return pieces == 1 + np.argmax(ndimage.sum(pieces > 0, pieces, range(1, number + 1)))


def _inner(inside) -> np.ndarray:
    from scipy import ndimage

    inner = ndimage.binary_erosion(inside, iterations=12)
    return inner if inner.any() else inside


def bright_spots(image, narrow: float, wide: float, most: int = 8, gap: int = 16) -> Found:
    """The brightest spots of a mammogram (256, 256) uint8, by a difference of Gaussians inside the breast.

    narrow, wide: the widths of the two filters in pixels. Spots are at least `gap` pixels apart; each has a box of
    28 pixels and the filtered brightness as its score.
    """
    from scipy import ndimage

    inside = breast(image)
    inner, mask = _inner(inside), inside.astype(float)
    near, far = (
        ndimage.gaussian_filter(image * mask, s) / ndimage.gaussian_filter(mask, s).clip(1e-3)
        for s in (narrow, wide)
    )
    left, rows = np.where(inner, near - far, -np.inf), []
    y, x = np.indices(left.shape)
    for _ in range(most):
        row, column = np.unravel_index(left.argmax(), left.shape)
        if not np.isfinite(left[row, column]):
            break
        rows.append((column - 14, row - 14, column + 14, row + 14, left[row, column]))
        left[np.hypot(y - row, x - column) < gap] = -np.inf
    rows = np.reshape(rows, (-1, 5))
    return Found(rows[:, :4], rows[:, 4], np.ones(len(rows), int))


def random_spots(image, rng, most: int = 8) -> Found:
    """Boxes of 28 pixels at random places of the breast, with random scores: what chance finds."""
    y, x = np.nonzero(_inner(breast(image)))
    rows = rng.integers(len(x), size=most)
    boxes = np.stack([x[rows] - 14, y[rows] - 14, x[rows] + 14, y[rows] + 14], 1).astype(float)
    return Found(boxes, np.sort(rng.random(most))[::-1], np.ones(most, int))


# --- the network


def backbone(channels: int = 1, width: int = 16) -> nn.Sequential:
    """Four levels of convolutions; an image (channels, H, W) becomes one map (4 * width, H / 8, W / 8)."""
    layers, inside = [], channels
    for out, stride in ((width, 2), (2 * width, 2), (4 * width, 2), (4 * width, 1)):
        layers += [
            nn.Conv2d(inside, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
        ]  # fmt: skip
        inside = out
    network = nn.Sequential(*layers)
    network.out_channels = inside
    return network


class AsTheyAre(nn.Module):
    """In place of torchvision's transform, which would resize: all images have one size already."""

    def forward(self, images, targets=None):
        from torchvision.models.detection.image_list import ImageList

        batch = torch.stack(list(images))
        return ImageList(batch, [tuple(batch.shape[2:])] * len(batch)), targets

    def postprocess(self, result, image_shapes, original_image_sizes):
        return result


def detector(
    body: nn.Module | None = None, classes: int = 1, anchors=(12, 24, 48, 80), seed: int = 0,
    pool: int = 5, hidden: int = 128, limit: float = 0.3, marks: int = 20,
) -> nn.Module:  # fmt: skip
    """A small Faster R-CNN of torchvision's parts, about 330,000 weights with the backbone of this module.

    body: the backbone with `out_channels`; `backbone()` if None. classes: without the background, so labels run from
    1 to `classes`. anchors: sides of the square anchors in pixels. pool: RoIAlign makes maps of pool x pool.
    limit: the IoU of the last non-maximum suppression. marks: the most an image may get.
    In training it takes a batch (n, channels, H, W) and targets, and gives losses; else it gives boxes.
    """
    from torchvision.models.detection import FasterRCNN
    from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
    from torchvision.models.detection.rpn import AnchorGenerator
    from torchvision.ops import MultiScaleRoIAlign

    torch.manual_seed(seed)
    body = backbone() if body is None else body

    network = FasterRCNN(
        body,
        rpn_anchor_generator=AnchorGenerator((tuple(anchors),), ((1.0,),)),
        box_roi_pool=MultiScaleRoIAlign(["0"], pool, sampling_ratio=2),
        box_head=TwoMLPHead(body.out_channels * pool * pool, hidden),
        box_predictor=FastRCNNPredictor(hidden, classes + 1),
        **SETTINGS | {"box_nms_thresh": limit, "box_detections_per_img": marks},
    )
    network.transform = AsTheyAre()
    return network


def mass_detector() -> nn.Module:
    """The detector of masses in mammograms of 256 pixels, trained on 1,600 simulated films: weights.mass_detector."""
    network = detector(backbone(1, 12))
    network.load_state_dict(weights.load("mass_detector"))
    return network


def to_images(images) -> torch.Tensor:
    """Images (n, H, W), (n, H, W, 3) or (n, channels, H, W), uint8 or float, as a float batch of mean 0, deviation 1.

    uint8 goes to 0 to 1 first; each image is then standardised by itself.
    """
    x = torch.as_tensor(np.ascontiguousarray(images))
    if x.dtype == torch.uint8:
        x = x.float() / 255
    x = x.float()
    if x.ndim == 3:
        x = x[:, None]
    elif x.ndim == 4 and x.shape[3] == 3:
        x = x.permute(0, 3, 1, 2)
    mean, deviation = x.mean((1, 2, 3), keepdim=True), x.std((1, 2, 3), keepdim=True)
    return ((x - mean) / (deviation + 1e-6)).contiguous()


def to_targets(boxes, labels=None) -> list[dict]:
    """Targets as torchvision wants them, one dictionary an image: "boxes" (k, 4) float32, "labels" (k,) int64.

    boxes: one (k, 4) array an image, (0, 4) without a lesion. labels: one array an image, from 1; all 1 if None.
    """
    targets = []
    for k, of_image in enumerate(boxes):
        b = torch.as_tensor(boxes_of(of_image), dtype=torch.float32)
        kinds = torch.ones(len(b)) if labels is None else torch.as_tensor(np.array(labels[k]))
        targets.append({"boxes": b, "labels": kinds.long()})
    return targets


def flipped(x, targets):
    """A batch (n, channels, H, W) and its targets, mirrored left to right, each image with probability one half."""
    x, made = x.clone(), []
    for k, target in enumerate(targets):
        boxes = target["boxes"]
        if torch.rand(()) < 0.5:
            x[k] = x[k].flip(-1)
            boxes = boxes[:, [2, 1, 0, 3]] * torch.tensor([-1, 1, -1, 1]) + torch.tensor(
                [x.shape[-1], 0, x.shape[-1], 0]
            )
        made.append({**target, "boxes": boxes})
    return x, made


def train(
    network, x, targets, epochs: int, lr: float = 2e-3, seed: int = 0, batch: int = 8,
    flip: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """Train a `detector` with AdamW and one cycle of the learning rate; returns its losses, one row an epoch.

    x: a batch (n, channels, H, W) of `to_images`; targets: of `to_targets`. Weights that want no gradient stay.
    The four losses: "objectness" and "rpn box" of the region proposals, "class" and "box" of the second stage.
    """
    torch.manual_seed(seed)
    device = runtime.device()
    network = network.to(device).train()
    weights = [p for p in network.parameters() if p.requires_grad]
    steps = -(-len(x) // batch) * epochs
    optimiser = torch.optim.AdamW(weights, lr)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, max(steps, 2))
    rows = []
    for _ in range(epochs):
        total = OrderedDict()
        for rows_here in torch.randperm(len(x)).split(batch):
            images, wanted = x[rows_here], [targets[i] for i in rows_here]
            if flip:
                images, wanted = flipped(images, wanted)
            wanted = [{k: v.to(device) for k, v in t.items()} for t in wanted]
            losses = network(images.to(device), wanted)
            optimiser.zero_grad()
            sum(losses.values()).backward()
            nn.utils.clip_grad_norm_(weights, 5.0)
            optimiser.step()
            cycle.step()
            for name, value in losses.items():
                total[name] = total.get(name, 0.0) + value.item() * len(rows_here) / len(x)
        rows.append(total)
    names = {
        "loss_objectness": "objectness loss", "loss_rpn_box_reg": "rpn box loss",
        "loss_classifier": "class loss", "loss_box_reg": "box loss",
    }  # fmt: skip
    table = pd.DataFrame(rows).rename(columns=names)[list(names.values())]
    table.index = pd.RangeIndex(1, len(table) + 1, name="epoch")
    return table


def predict(network, x, batch: int = 16) -> list[Found]:
    """What a `detector` finds in each image of a batch (n, channels, H, W), best score first."""
    network.eval()
    found, device = [], next(network.parameters()).device
    with torch.no_grad():
        for part in x.split(batch):
            for out in network(part.to(device)):
                values = (out[key].cpu().numpy() for key in ("boxes", "scores", "labels"))
                found.append(Found(*values))
    return found
