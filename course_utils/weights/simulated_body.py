"""Train the stand-in for ImageNet weights: the body of SqueezeNet 1.1 on simulated images only.

    python -m course_utils.weights.simulated_body

writes simulated_body.safetensors (float16). It takes about nine minutes on two cores.

The network learns to tell many kinds of simple pictures apart: gratings by direction and scale, shapes, colours,
filaments, blobs, noise, and simulated radiographs, fundus photographs and ultrasound scans. All radiographs carry
one common label. The difference between chest and abdomen stays out, since a lesson teaches it on top of
these weights.
Input of the trained body: RGB from 0 to 1, then normalised with ImageNet's mean and standard deviation.
"""

from __future__ import annotations

import time

import numpy as np

from .. import weights
from ..simulate.fundus import fundus
from ..simulate.radiograph import abdomen, chest
from ..simulate.shapes import grid, smooth_noise, step, to_rgb, to_uint8, turn, uniform
from ..simulate.ultrasound import ultrasound

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIDE, CROP = 112, 96  # pixels: images in the pool, and what the network sees of them
DIRECTIONS, HUES = 8, 6


def two_colours(rng, pattern):
    """A pattern 0-1 (N, H, W) between two random colours, as (N, H, W, 3) uint8."""
    n = len(pattern)
    a, b = rng.random((2, n, 1, 1, 3)).astype(np.float32)
    colourless = rng.random((n, 1, 1, 1)) < 0.4
    a, b = (np.where(colourless, c[..., :1], c) for c in (a, b))
    near = np.abs(a - b).max(-1, keepdims=True) < 0.25
    b = np.where(near, (a + 0.5) % 1, b)
    p = pattern[..., None]
    return to_uint8(
        a * (1 - p) + b * p + 0.03 * rng.standard_normal((*pattern.shape, 1), dtype=np.float32)
    )


def gratings(rng, n, direction, waves):
    """Stripes: direction in degrees, about `waves` of them across the image; wavy, soft or hard."""
    x, y = grid(SIDE, 1.0)
    across, _ = turn(x, y, np.float32(direction) + uniform(rng, n, -8, 8))
    phase = across * waves * uniform(rng, n, 0.8, 1.25) + uniform(rng, n, 0, 1)
    phase = phase + uniform(rng, n, 0, 0.15) * smooth_noise(rng, n, SIDE, 3)
    return two_colours(
        rng, np.clip(0.5 + np.sin(2 * np.pi * phase) * uniform(rng, n, 0.4, 2.0), 0, 1)
    )


def radius(kind, theta):
    """Outline of a shape: distance from the middle by direction (radians)."""
    if kind == "disc":
        return np.ones_like(theta)
    if kind == "star":
        return 0.7 + 0.3 * np.cos(5 * theta)
    if kind == "flower":
        return 0.75 + 0.25 * np.abs(np.cos(1.5 * theta))
    corners = {"triangle": 3, "square": 4, "hexagon": 6}[kind]
    part = np.pi / corners
    return np.cos(part) / np.cos(np.mod(theta, 2 * part) - part)


def shapes(rng, n, kind, hollow=False):
    """One filled or hollow shape of random place, size and colours on an uneven ground."""
    x, y = grid(SIDE, 2.0)
    x, y = x - uniform(rng, n, -0.35, 0.35), y - uniform(rng, n, -0.35, 0.35)
    theta = np.arctan2(y, x) + uniform(rng, n, 0, 2 * np.pi)
    inside = radius(kind, theta) * uniform(rng, n, 0.3, 0.7) - np.hypot(x, y)
    if hollow:
        inside = uniform(rng, n, 0.04, 0.08) - np.abs(inside)
    ground = uniform(rng, n, 0, 0.25) * smooth_noise(rng, n, SIDE, rng.integers(3, 20))
    return two_colours(rng, np.clip(step(inside, 0.05) + ground, 0, 1))


def colours(rng, n, hue):
    """Smooth clouds of one hue (0 to HUES - 1), of any lightness."""
    wheel = (
        2 * np.pi * (np.arange(3) / 3 - (hue + rng.uniform(-0.25, 0.25, (n, 1, 1, 1))) / HUES)
    )
    tint = uniform(rng, n, 0.2, 0.45)[..., None] * np.cos(wheel).astype(np.float32)
    light = uniform(rng, n, 0.3, 0.7) + 0.12 * smooth_noise(rng, n, SIDE, rng.integers(2, 30))
    return to_uint8(light[..., None] + tint)


def noise(rng, n, cells, cells_x):
    """Clouds of one grain, round or drawn out."""
    grain = rng.uniform(0.8, 1.25)
    field = smooth_noise(rng, n, SIDE, cells * grain, cells_x * grain)
    return two_colours(rng, np.clip(0.5 + uniform(rng, n, 0.2, 0.6) * field, 0, 1))


def filaments(rng, n, cells, width):
    """Curved bright or dark lines: where smooth noise passes through zero."""
    field = smooth_noise(rng, n, SIDE, cells)
    line = np.exp(-((field / (width * cells * uniform(rng, n, 0.7, 1.4))) ** 2))
    return two_colours(rng, np.clip(line + 0.1 * smooth_noise(rng, n, SIDE, 12), 0, 1))


def blobs(rng, n, cells, level):
    """Separate spots: where smooth noise is high."""
    spots = step(smooth_noise(rng, n, SIDE, cells) - level, uniform(rng, n, 0.2, 1.0))
    return two_colours(rng, np.clip(spots + 0.1 * smooth_noise(rng, n, SIDE, 25), 0, 1))


def checks(rng, n, cells):
    """Chequerboards in any direction."""
    x, y = turn(*grid(SIDE, 1.0), uniform(rng, n, 0, 90))
    cells = cells * uniform(rng, n, 0.8, 1.25)
    board = np.sin(np.pi * cells * (x + uniform(rng, n, 0, 1))) * np.sin(
        np.pi * cells * (y + uniform(rng, n, 0, 1))
    )
    return two_colours(rng, step(board, uniform(rng, n, 0.1, 1.0)))


def radiographs(rng, n):
    """Chest and abdomen films, half of each, under one label: whatever they show."""
    return to_rgb(
        np.concatenate([chest(rng, n // 2, SIDE)[0], abdomen(rng, n - n // 2, SIDE)[0]])
    )


def eyes(rng, n, *grades):
    """Fundus photographs of some grades."""
    return fundus(rng, n, SIDE, rng.choice(grades, n))[0]


def scans(rng, n, lesion, malignant):
    """Ultrasound of one kind."""
    return to_rgb(ultrasound(rng, n, SIDE, malignant, lesion)[0])


def kinds():
    """Name -> (function of a generator and a count, number of images, may an image be turned and mirrored?)."""
    out = {}

    def add(name, number, turnable, draw, *args):
        out[name] = (lambda rng, n: draw(rng, n, *args), number, turnable)

    for k in range(DIRECTIONS):
        for waves in (4, 11, 26):
            add(f"grating {k} {waves}", 100, False, gratings, 180 / DIRECTIONS * k, waves)
    for kind in ("disc", "triangle", "square", "hexagon", "star", "flower"):
        add(f"filled {kind}", 200, True, shapes, kind, False)
        add(f"hollow {kind}", 200, True, shapes, kind, True)
    for hue in range(HUES):
        add(f"hue {hue}", 100, True, colours, hue)
    for cells in ((4, 4), (12, 12), (40, 40), (4, 25), (25, 4)):
        add(f"noise {cells}", 100, False, noise, *cells)
    for cells, width in ((3, 0.06), (3, 0.02), (9, 0.03)):
        add(f"filaments {cells} {width}", 200, True, filaments, cells, width)
    for cells, level in ((6, 1.0), (14, 1.4), (14, 0.3), (30, 1.6)):
        add(f"blobs {cells} {level}", 150, True, blobs, cells, level)
    for cells in (5, 14):
        add(f"checks {cells}", 150, True, checks, cells)
    add("radiograph", 1000, True, radiographs)
    for grades in ((0,), (1, 2), (3,), (4,)):
        add(f"fundus {grades}", 250, True, eyes, *grades)
    add("ultrasound, no lesion", 250, True, scans, False, False)
    add("ultrasound, benign", 250, True, scans, True, False)
    add("ultrasound, malignant", 250, True, scans, True, True)
    return out


def pool(rng):
    """Every kind once: images (N, SIDE, SIDE, 3) uint8, labels (N,), turnable (N,) bool, names."""
    images, labels, free = [], [], []
    for label, (draw, number, turnable) in enumerate(kinds().values()):
        # In stacks of 50, since what a drawing chooses for its whole stack should vary too.
        images += [draw(rng, 50) for _ in range(number // 50)]
        labels += [label] * number
        free += [turnable] * number
    return np.concatenate(images), np.array(labels), np.array(free), list(kinds())


def with_batch_norm(features):
    """Put a BatchNorm behind each convolution, in place. SqueezeNet has none and learns badly from scratch."""
    from torch import nn

    for module in list(features.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Conv2d):
                setattr(module, name, nn.Sequential(child, nn.BatchNorm2d(child.out_channels)))
    return features


def folded(features):
    """State of the plain network that computes the same: each BatchNorm is folded into its convolution."""
    from torch import nn
    from torch.nn.utils.fusion import fuse_conv_bn_weights

    state = {}
    for name, module in features.named_modules():
        if isinstance(module, nn.Sequential) and isinstance(module[-1], nn.BatchNorm2d):
            conv, norm = module
            statistics = norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
            weight, bias = fuse_conv_bn_weights(conv.weight, conv.bias, *statistics)
            state[f"{name}.weight"], state[f"{name}.bias"] = weight.detach(), bias.detach()
    return state


def augment(images, free, generator):
    """A random view of each image, (n, 3, CROP, CROP), normalised as the trained body wants it.

    Crops, zooms and shifts; light, contrast and tint; turns and mirrors where `free` (n,) is True.
    """
    import torch
    from torch.nn import functional as F

    n = len(images)

    def u(low, high, *shape):
        return torch.rand(n, *shape, generator=generator) * (high - low) + low

    angle, zoom = u(-0.4, 0.4) * free, u(0.7, 1.0)
    mirror = torch.where(free & (u(0, 1) < 0.5), -1.0, 1.0)
    c, s = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    shift = u(-1, 1, 2) * (1 - zoom)[:, None]
    to_x, to_y = [c * mirror, -s, shift[:, 0]], [s * mirror, c, shift[:, 1]]
    matrix = torch.stack([torch.stack(to_x, 1), torch.stack(to_y, 1)], 1)
    where = F.affine_grid(matrix, (n, 3, CROP, CROP), align_corners=False)
    x = F.grid_sample(images, where, padding_mode="reflection", align_corners=False)
    light = u(-0.15, 0.15, 1, 1, 1) + u(-0.05, 0.05, 3, 1, 1)
    x = ((x - 0.5) * u(0.6, 1.3, 1, 1, 1) + 0.5 + light).clamp(0, 1)
    return (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def train(epochs=5, batch=64, seed=0):
    """The trained state of `squeezenet1_1().features`, float32.

    The same seed gives the same bits with the same versions, processor and number of threads.
    """
    import torch
    from torch import nn
    from torchvision.models import squeezenet1_1

    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    begin = time.perf_counter()
    images, labels, free, names = pool(np.random.default_rng(seed))
    images, labels, free = (torch.from_numpy(a) for a in (images, labels, free))
    print(f"{len(images)} images of {len(names)} kinds, {time.perf_counter() - begin:.0f} s")
    body = with_batch_norm(squeezenet1_1(weights=None).features)
    for module in body.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(512, len(names))]
    net = nn.Sequential(body, *head).to(memory_format=torch.channels_last).train()
    rounds = len(images) // batch
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    # The learning rate warms up for a fifth of the time, then falls.
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 4e-3, total_steps=epochs * rounds, pct_start=0.2
    )
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=generator)
        right = 0
        for rows in order[: rounds * batch].view(rounds, batch):
            x = images[rows].permute(0, 3, 1, 2).float() / 255
            x = augment(x, free[rows], generator)
            scores = net(x.contiguous(memory_format=torch.channels_last))
            optimizer.zero_grad()
            loss_of(scores, labels[rows]).backward()
            optimizer.step()
            schedule.step()
            right += (scores.argmax(1) == labels[rows]).sum().item()
        share, seconds = right / (rounds * batch), time.perf_counter() - begin
        print(f"epoch {epoch + 1}: right {share:.3f}, {seconds:.0f} s", flush=True)
    return folded(net.eval()[0])


def main() -> None:
    """Train on two threads and save as float16."""
    import torch

    torch.set_num_threads(2)
    state = {key: value.half() for key, value in train().items()}
    file = weights.save("simulated_body", state, "images drawn by course_utils.simulate")
    print(f"{file}: {file.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
