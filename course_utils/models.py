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
    """Grey or RGB uint8 images of any size -> one tensor, (N, 3, size, size) uint8. Grey is repeated.

    images: N arrays (H, W), (H, W, 1) or (H, W, 3). Raises ValueError for other shapes and other types of number.
    """
    batch = torch.empty(len(images), 3, size, size, dtype=torch.uint8)
    for i, image in enumerate(images):
        image = np.asarray(image)
        grey = image.ndim == 2 or image.shape[2:] == (1,)
        if image.dtype != np.uint8 or not image.size or not (grey or image.shape[2:] == (3,)):
            raise ValueError(
                f"image {i} is {image.shape} {image.dtype}; a list of uint8 images, (H, W) or (H, W, 3), is needed. "
                "cu.data.pictures.as_uint8 makes them from other numbers"
            )
        # A flipped view has negative strides, which torch cannot take.
        x = torch.tensor(np.ascontiguousarray(image), dtype=torch.float32)
        x = x.expand(3, *x.shape) if x.ndim == 2 else x.permute(2, 0, 1)
        x = F.interpolate(x[None], (size, size), mode="bilinear", antialias=True)
        batch[i] = x[0].round().clamp(0, 255)
    return batch


def to_batch(images, size: int = 224) -> torch.Tensor:
    """Grey or RGB uint8 images of any size, as for `resize` -> one normalised batch, (N, 3, size, size) float32."""
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


class Residual(nn.Module):
    """Two convolutions of 3 x 3 whose answer is added to their input: ReLU(body(x) + short(x)).

    inside, out: channels. stride: 2 halves height and width; then, or with other channels, a 1 x 1 convolution fits
    the input to the answer.
    """

    def __init__(self, inside: int, out: int, stride: int = 1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
        )
        fits = stride == 1 and inside == out
        self.short = nn.Identity() if fits else nn.Conv2d(inside, out, 1, stride, bias=False)

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))


def small_resnet(channels: int, classes: int, width: int = 16) -> nn.Sequential:
    """A small residual network for images of about 28 x 28 pixels: (N, channels, H, W) -> (N, classes) scores.

    width: filters of the first layer; the last has four times as many. Lesson 06 writes it out.
    """
    if min(channels, classes, width) < 1:
        raise ValueError(
            f"channels, classes and width are 1 or more, not {channels}, {classes} and {width}"
        )
    first = nn.Conv2d(channels, width, 3, padding=1, bias=False)
    return nn.Sequential(
        nn.Sequential(first, nn.MaxPool2d(2), nn.BatchNorm2d(width), nn.ReLU()),
        Residual(width, width),
        Residual(width, 2 * width, stride=2),
        Residual(2 * width, 4 * width, stride=2),
        nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()),
        nn.Linear(4 * width, classes),
    )


def unet(channels: int = 1, classes: int = 1, width: int = 8, levels: int = 3) -> nn.Module:
    """A U-Net: (N, channels, H, W) -> (N, classes, H, W) logits. Lesson 11 writes it out.

    H and W are multiples of 2 ** (levels - 1). width: maps of the first level; each further level has twice as many.
    On the way up each level has one convolution, not two. With its default values it has 26,553 weights.
    """
    if min(channels, classes, width) < 1 or levels < 2:
        raise ValueError(
            f"channels, classes and width are 1 or more, levels 2 or more, not {channels}, {classes}, {width}, {levels}"
        )
    return _UNet(channels, classes, [width * 2**k for k in range(levels)])


class _UNet(nn.Module):
    def __init__(self, channels, classes, w):
        super().__init__()
        pairs = zip([channels, *w], w, strict=False)
        self.down = nn.ModuleList(_double(a, b) for a, b in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * a, a, 2, stride=2) for a in w[-2::-1])
        self.mix = nn.ModuleList(_conv(2 * a, a) for a in w[-2::-1])
        self.end = nn.Conv2d(w[0], classes, 1)

    def forward(self, x):
        kept = []
        for i, block in enumerate(self.down):
            x = block(F.max_pool2d(x, 2) if i else x)
            kept.append(x)
        for up, mix, fine in zip(self.up, self.mix, kept[-2::-1], strict=True):
            x = mix(torch.cat([fine, up(x)], 1))
        return self.end(x)


def _conv(inside: int, out: int):
    filters = nn.Conv2d(inside, out, 3, padding=1, bias=False)
    return nn.Sequential(filters, nn.BatchNorm2d(out), nn.ReLU(inplace=True))


def _double(inside: int, out: int):
    return nn.Sequential(_conv(inside, out), _conv(out, out))


def _layer(inside: int, out: int, size: int, rate: int, dropout: float, momentum: float):
    """Convolution, then ReLU, then batch normalisation, then dropout: the order of Perone's network."""
    return nn.Sequential(
        nn.Conv2d(inside, out, size, padding=rate * (size // 2), dilation=rate),
        nn.ReLU(),
        nn.BatchNorm2d(out, momentum=momentum),
        nn.Dropout(dropout),
    )


class GrayMatterNet(nn.Module):
    """The network of Perone et al. 2018: (N, 1, H, W) -> the share of gray matter in each pixel, (N, 1, H, W).

    As it stands it has the paper's 126,177 parameters. width: channels. rates: dilation of the four wide branches.
    momentum: PyTorch's, the share of the new batch in the running mean; 0.9 is what Keras calls 0.1. Lesson 12 writes
    the network out.
    """

    def __init__(self, width=32, rates=(6, 12, 18, 24), dropout=0.4, momentum=0.9):
        super().__init__()

        def layer(inside, out, size=3, rate=1):
            return _layer(inside, out, size, rate, dropout, momentum)

        self.start = nn.Sequential(
            layer(1, width),
            layer(width, width),
            layer(width, width, rate=2),
            layer(width, width, rate=2),
        )
        self.near = nn.Sequential(layer(width, width), layer(width, width, size=1))
        self.wide = nn.ModuleList(
            nn.Sequential(layer(width, width, rate=r), layer(width, width, rate=r))
            for r in rates
        )
        joined = width * (len(rates) + 2)
        self.end = nn.Sequential(
            nn.BatchNorm2d(joined, momentum=momentum),
            nn.Dropout(dropout),
            layer(joined, 2 * width, size=1),
            nn.Conv2d(2 * width, 1, 1),
        )

    def forward(self, x):
        x = self.start(x)
        whole = x.mean((2, 3), keepdim=True).expand_as(x)
        branches = [self.near(x), *(branch(x) for branch in self.wide), whole]
        return torch.sigmoid(self.end(torch.cat(branches, 1)))


def grad_cam(body: nn.Module, head: nn.Module, batch: torch.Tensor, label: int) -> np.ndarray:
    """Where each image speaks for class `label`: (N, h, w), the size of the feature maps, 0 or more.

    body: images -> feature maps (N, C, h, w). head: feature maps -> logits (N, classes).
    """
    body.eval(), head.eval()
    with torch.no_grad():
        maps = body(batch)
    maps = maps.detach().requires_grad_()
    gradient = torch.autograd.grad(head(maps)[:, label].sum(), maps)[0]
    return (gradient.mean((2, 3), keepdim=True) * maps).sum(1).relu().detach().cpu().numpy()


@torch.no_grad()
def occlusion(network, batch: torch.Tensor, label: int, patch: int = 7, fill=0.5) -> np.ndarray:
    """By how much the logit of class `label` falls when a square is covered: (N, H - patch + 1, W - patch + 1).

    fill: the grey value of the square. The entry [i, r, c] belongs to the square whose upper left pixel is (r, c).
    """
    height, width = (n - patch + 1 for n in batch.shape[2:])
    if patch < 1 or min(height, width) < 1:
        raise ValueError(
            f"a square of {patch} pixels does not fit into {tuple(batch.shape[2:])}"
        )
    network.eval()
    plain, drops = network(batch)[:, label], []
    for row in range(height):
        covered = batch[:, None].repeat(1, width, 1, 1, 1)  # one copy a place along the row
        for column in range(width):
            covered[:, column, :, row : row + patch, column : column + patch] = fill
        after = network(covered.flatten(0, 1))[:, label].view(len(batch), width)
        drops.append(plain[:, None] - after)
    return torch.stack(drops, 1).cpu().numpy()


def small_cnn(width: int = 16) -> nn.Sequential:
    """The small network of lesson 03, pooled twice only: (N, 1, H, W) from 0 to 1 -> logits of two classes.

    `[:3]` is the body, which gives 4 * width feature maps a quarter as large, fine enough for `grad_cam`; `[3:]` is
    the head. Width 32: 93,154 weights.
    """

    def block(inside, out, halve):
        filters = nn.Conv2d(inside, out, 3, padding=1, bias=False)
        fewer = nn.MaxPool2d(2) if halve else nn.Identity()
        return nn.Sequential(filters, fewer, nn.BatchNorm2d(out), nn.ReLU())

    blocks = block(1, width, True), block(width, 2 * width, True)
    mean = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    last = block(2 * width, 4 * width, False)
    return nn.Sequential(*blocks, last, mean, nn.Linear(4 * width, 2))
