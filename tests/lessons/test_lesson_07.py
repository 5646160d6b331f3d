"""Lesson 07: what it writes out equals the packaged twins."""

import numpy as np
import pytest
import torch
from taught import taught

from course_utils import models

BODY = models.squeezenet_body()
SIZES = [(40, 30), (30, 40, 3), (64, 64)]
FILMS = [np.random.default_rng(k).integers(0, 256, s, np.uint8) for k, s in enumerate(SIZES)]


class Head:
    """As LogisticRegression leaves one."""

    coef_ = np.random.default_rng(1).normal(size=(1, 512)).astype(np.float32)
    intercept_ = np.zeros(1, np.float32)


MEAN, STD = (torch.tensor(v).view(3, 1, 1) for v in (models.IMAGENET_MEAN, models.IMAGENET_STD))
LESSON = taught("07", body=BODY, head=Head, mean=MEAN, std=STD)


@pytest.mark.parametrize("film", FILMS, ids=str)
def test_the_taught_features_equal_the_packaged_ones(film):
    with torch.no_grad():
        ours = BODY(LESSON["prepare"](film)).mean((2, 3))[0]
    assert np.allclose(ours, models.features(BODY, models.to_batch([film]))[0], atol=1e-5)


@pytest.mark.parametrize("film", FILMS, ids=str)
def test_class_activation_mapping_equals_grad_cam_for_a_linear_head(film):
    weight = torch.tensor(np.vstack([-Head.coef_, Head.coef_]))
    head = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    head.append(torch.nn.Linear(512, 2, bias=False))
    head[2].weight.data = weight
    batch = models.to_batch([film])
    label = int(head(BODY(batch))[0].argmax())
    theirs = models.grad_cam(BODY, head, batch, label)[0]
    assert np.allclose(LESSON["cam"](film), theirs / theirs.max(), atol=1e-4)
