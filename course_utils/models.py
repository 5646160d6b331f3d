"""Networks that one lesson writes out and later lessons reuse."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .data.records import Weights

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def squeezenet_body(weights: Weights | None = None, seed: int = 0) -> nn.Module:
    """The convolutional part of SqueezeNet 1.1: (N, 3, H, W) -> (N, 512, about H/16, about W/16).

    weights: what `cu.load("squeezenet_imagenet")` returns, or None for random weights drawn with `seed`.
    The input is RGB from 0 to 1, normalised with ImageNet's mean and standard deviation.
    """
    from torchvision.models import squeezenet1_1

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = squeezenet1_1().features
    if weights is not None:
        body.load_state_dict(weights.state)
    return body.eval()


def squeezenet(weights: Weights | None = None):
    """SqueezeNet 1.1 in the form that fastai's `vision_learner(dls, arch)` takes.

    weights: what `cu.load("squeezenet_imagenet")` returns. With pretrained=False, or without weights, the body
    stays random; seed PyTorch first.
    """
    from torchvision.models import squeezenet1_1

    def arch(pretrained=False):
        network = squeezenet1_1()
        if pretrained and weights is not None:
            network.features.load_state_dict(weights.state)
        return network

    return arch


def resize(images, size: int = 224) -> torch.Tensor:
    """Grey or RGB uint8 images of any size -> one tensor, (N, 3, size, size) uint8. Grey is repeated."""
    batch = torch.empty(len(images), 3, size, size, dtype=torch.uint8)
    for i, image in enumerate(images):
        x = torch.tensor(np.asarray(image), dtype=torch.float32)
        x = x.expand(3, *x.shape) if x.ndim == 2 else x.permute(2, 0, 1)
        x = F.interpolate(x[None], (size, size), mode="bilinear", antialias=True)
        batch[i] = x[0].round().clamp(0, 255)
    return batch


def to_batch(images, size: int = 224) -> torch.Tensor:
    """Grey or RGB uint8 images of any size -> one normalised batch, (N, 3, size, size) float32."""
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return (resize(images, size).float() / 255 - mean) / std


@torch.no_grad()
def features(body: nn.Module, batch: torch.Tensor, at_once: int = 8) -> np.ndarray:
    """The feature maps of `body`, averaged over the image: (N, 3, H, W) -> (N, channels) float32."""
    device = next(body.parameters()).device
    parts = []
    for x in batch.split(at_once):
        # channels_last and small batches: twice as fast on a CPU
        maps = body(x.to(device, memory_format=torch.channels_last))
        parts.append(maps.mean((2, 3)).cpu())
    return torch.cat(parts).numpy()
