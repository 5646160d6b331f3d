"""The spinal cord of lesson 12: slices made from the PAM50 template, and Perone's network trained on them.

course_utils.weights.gray_matter is the script that trained the weights of `full_size`.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage

from . import models, weights
from .simulate.shapes import shrink, smooth_noise
from .simulate.spinal_cord import SITES, TISSUES
from .simulate.spinal_cord import spinal_cord as draw

MM, SIZE = 0.5, 96  # of a pixel; pixels across
GENEROUS = (0.5, 0.45, 0.55, 0.4)  # the share of gray matter from which each rater draws
HELD_OUT = (4, 8, 12, 16)  # vertebral levels kept for validation
# Half the paper's, since our pixels are twice as wide: the same reach in mm.
RATES = (3, 6, 9, 12)


def bend(rng, maps):
    """Maps (64, 64, 3) of the template, turned, stretched, bent and laid in the middle of SIZE x SIZE pixels."""
    line = np.arange(SIZE) - (SIZE - 1) / 2
    y, x = np.meshgrid(line, line, indexing="ij")
    angle = np.deg2rad(rng.uniform(-12, 12))
    c, s = np.cos(angle), np.sin(angle)
    wave = smooth_noise(rng, 2, SIZE, SIZE * MM / 6)  # bumps of 6 mm
    v = (c * y - s * x) / rng.uniform(0.85, 1.4) + 0.8 * wave[0] + 31.5
    u = (s * y + c * x) / rng.uniform(0.85, 1.4) + 0.8 * wave[1] + 31.5
    return np.stack(
        [ndimage.map_coordinates(maps[..., k], (v, u), order=1) for k in range(3)], -1
    )


def drawn_maps(rng, count):
    """`count` maps (64, 64, 3) like the template's, but of cords that are drawn one by one and not averaged."""
    _, truth = draw(rng, count, 256, site=0, field=64 * MM)
    gray, cord, csf = (shrink(truth[k], 4) for k in ("gray_matter", "cord", "csf"))
    maps = np.stack([gray, cord - gray, csf], -1, dtype=float)
    shifts = [(*np.subtract(31.5, ndimage.center_of_mass(c)), 0) for c in cord]
    return [ndimage.shift(m, s, order=1) for m, s in zip(maps, shifts, strict=True)]


def slices(rng, template, count, contrast="t2star", raters=0, values=None):
    """Simulated slices with the anatomy of a template: deformation, contrast, surroundings, coil, blur and noise.

    About three slices of ten show a cord that is drawn, with thinner wings than an average of many people has.

    template: what `cu.load("pam50")` returns, or a part of it. contrast: "t2star" or "psir".
    raters: 0 to 4 people, who draw more or less generously, each with an unsteady hand of 0.2 mm.
    values: grey values of "white", "gray" and "csf", 0 to 1, in place of the contrast's; the surroundings keep theirs.
    Returns images (count, 96, 96) float32 and a dictionary: "gray_matter", "cord" (count, 96, 96) bool, "raters"
    (count, raters, 96, 96) bool, "site" (count,). Pixels of 0.5 mm. Raises ValueError for another contrast.
    """
    if contrast not in ("t2star", "psir") or not 0 <= raters <= len(GENEROUS):
        raise ValueError(
            f"contrast is t2star or psir, raters 0 to 4; not {contrast!r} and {raters}"
        )
    tissues = TISSUES[contrast] | (values or {})
    site = np.arange(count) % len(SITES)
    around, canal = draw(rng, count, SIZE, site=0, contrast=contrast, field=SIZE * MM)
    images = np.empty((count, SIZE, SIZE), np.float32)
    truth = {k: np.empty((count, SIZE, SIZE), bool) for k in ("gray_matter", "cord")}
    truth |= {"raters": np.empty((count, raters, SIZE, SIZE), bool), "site": site}
    neck = np.flatnonzero(np.asarray(template.targets["vertebral_level"]) <= 8)
    no_template = rng.random(count) < 0.3
    drawn = iter(drawn_maps(rng, no_template.sum()))
    for i in range(count):
        # Every second slice is of the neck, which most scans show; the others are from anywhere.
        choice = neck if i // len(SITES) % 2 and len(neck) else np.arange(len(template))
        known = template.images[rng.choice(choice)]
        maps = bend(rng, next(drawn) if no_template[i] else known)
        room = canal["cord"][i] | canal["csf"][i]
        shift = np.subtract(ndimage.center_of_mass(canal["cord"][i]), (SIZE - 1) / 2)
        maps = np.stack([ndimage.shift(maps[..., k], shift, order=1) for k in range(3)], -1)
        gray, cord = maps[..., 0], np.clip(maps[..., 0] + maps[..., 1], 0, 1)
        truth["gray_matter"][i], truth["cord"][i] = gray > 0.5, cord > 0.5
        for k in range(raters):
            hand = smooth_noise(rng, 2, SIZE, SIZE * MM / 3) * 0.2 / MM
            moved = np.add(np.indices(gray.shape), hand)
            seen = ndimage.map_coordinates(gray, moved, order=1)
            truth["raters"][i, k] = seen > GENEROUS[k]
        # Real surroundings vary more than simulated ones: other brightness, other contrast, other coarse shapes.
        outside = (around[i] / 255) ** rng.uniform(0.5, 2) * rng.uniform(0.6, 1.4)
        outside = (
            outside + rng.uniform(0, 0.15) * smooth_noise(rng, 1, SIZE, rng.uniform(4, 20))[0]
        )
        images[i] = render(rng, outside, room, gray, cord, tissues, SITES[site[i]])
    return images, truth


def render(rng, image, room, gray, cord, value, site):
    """Canal, cord and gray matter over the surroundings, then the scanner: coil, blur and noise."""
    blur, noise, uneven, factor = site
    white = value["white"] + rng.uniform(-0.15, 0.15)
    step = (value["gray"] - value["white"]) * factor * rng.uniform(0.5, 1.8)
    csf = value["csf"] + rng.uniform(-0.4, 0.15)
    crisp = rng.uniform(1, 3)  # one person has sharper borders than a mean of many
    gray = np.clip((gray - 0.5) * crisp + 0.5, 0, 1)
    image = np.where(room | (cord > 0.02), csf, image)
    # White matter is not even: it has lumps, and is brighter or darker towards its edge.
    lumps = rng.uniform(0, 0.05) * smooth_noise(rng, 1, SIZE, rng.uniform(15, 48))[0]
    edge = rng.uniform(-0.1, 0.1) * ndimage.gaussian_filter((cord < 0.5).astype(float), 2)
    image = image + cord * (white + lumps + edge + step * gray - image)
    image = image * (1 + uneven * 0.5 * smooth_noise(rng, 1, SIZE, 1.5)[0])
    image = ndimage.gaussian_filter(image, blur * rng.uniform(0.6, 1.5) / MM)
    image = image + rng.uniform(0.5, 1.5) * noise * rng.standard_normal(image.shape)
    if rng.random() < 0.4:  # a scan with larger pixels, brought to ours
        coarse = ndimage.zoom(image, rng.uniform(0.5, 0.9), order=1)
        image = ndimage.zoom(coarse, np.divide(image.shape, coarse.shape), order=1)
    return image


def standardise(images) -> torch.Tensor:
    """Images (N, H, W) -> (N, 1, H, W) float32, each with mean 0 and spread 1."""
    x = torch.as_tensor(np.asarray(images), dtype=torch.float32)[:, None]
    return (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True).clamp(min=1e-6)


def soft_dice_loss(probability, truth, smooth: float = 1.0):
    """The paper's loss: minus the soft Dice over the whole batch."""
    both = (probability * truth).sum()
    return -(2 * both + smooth) / (probability.sum() + truth.sum() + smooth)


def fit(
    network, x, y, steps, lr, batch=8, crop=64, seed=0, cross_entropy: float = 0.0, log=None
):
    """Train on random crops that hold the middle of the picture; the learning rate rises to lr and falls to 0.

    The loss is the paper's, plus `cross_entropy` times the mean cross-entropy of all pixels.
    x: (N, 1, H, W) standardised images. y: (N, 1, H, W) masks. log: called with step and loss every 100 steps.
    """
    rng = np.random.default_rng(seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, lr, total_steps=steps)
    device = next(network.parameters()).device
    margin = x.shape[-1] - crop
    network.train()
    for n in range(steps):
        rows = torch.as_tensor(rng.integers(0, len(x), batch))
        top, left = rng.integers(margin // 4, margin - margin // 4 + 1, 2)
        place = (rows, slice(None), slice(top, top + crop), slice(left, left + crop))
        truth = y[place].to(device).float()
        given = network(x[place].to(device))
        loss = soft_dice_loss(given, truth)
        if cross_entropy:
            loss = loss + cross_entropy * F.binary_cross_entropy(given, truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        plan.step()
        if log and n % 100 == 0:
            log(n, loss.item())
    return network.eval()


def predict(network, images, window: int = 64) -> np.ndarray:
    """The share of gray matter that the network sees in each pixel of images (N, H, W): (N, H, W) float32.

    It looks twice: at the whole picture to find the cord, then at a window of window x window pixels around the
    median of what it found (or the middle), since it has learnt on pictures of about this size.
    """
    images = np.asarray(images, np.float32)
    first = _run(network, images)
    if max(images.shape[1:]) <= window:
        return first
    tops = np.empty((len(images), 2), int)
    for i, share in enumerate(first):
        found = np.argwhere(share > 0.5) if (share > 0.5).any() else np.array([share.shape]) / 2
        room = np.subtract(share.shape, window)
        tops[i] = np.clip(np.median(found, axis=0) - window / 2, 0, room)
    places = [(i, slice(t, t + window), slice(e, e + window)) for i, (t, e) in enumerate(tops)]
    answer = np.zeros_like(first)
    for place, share in zip(
        places, _run(network, np.stack([images[p] for p in places])), strict=True
    ):
        answer[place] = share
    return answer


@torch.no_grad()
def _run(network, images, at_once: int = 8):
    device = next(network.parameters()).device
    parts = [network(x.to(device))[:, 0].cpu() for x in standardise(images).split(at_once)]
    return torch.cat(parts).numpy()


def full_size() -> torch.nn.Module:
    """Perone's network, all 126,177 parameters, with trained weights.

    For pixels of 0.5 mm, so the dilations are half the paper's. Works offline: the weights are in the package.
    """
    network = models.GrayMatterNet(rates=RATES)
    network.load_state_dict(weights.load("gray_matter"))
    return network.eval()
