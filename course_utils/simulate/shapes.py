"""What several kinds of simulated image share: coordinates, ellipses, smooth noise, blur, letters.

Images come in stacks (N, H, W), float32. A parameter that differs between images has shape (N, 1, 1).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import ndimage

# 5 x 7 dot letters, one text row a line.
LETTERS = {
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "A": ".###. #...# #...# ##### #...# #...# #...#",
    "B": "####. #...# #...# ####. #...# #...# ####.",
}


def chunks(count: int, size: int, pixels: int = 1 << 16):
    """Lengths of the stacks to draw one after the other: about `pixels` each, so a stack stays in the CPU's cache."""
    step = max(1, pixels // size**2)
    return [min(step, count - start) for start in range(0, count, step)]


def check_count_and_size(count: int, size: int) -> None:
    """Raises ValueError unless count is 0 or more and size at least 16 pixels."""
    if count < 0 or size < 16:
        raise ValueError(f"need count >= 0 and size >= 16, not count={count} and size={size}")


def uniform(rng: np.random.Generator, n: int, low: float, high: float) -> np.ndarray:
    """n random numbers as (n, 1, 1) float32, one for each image of a stack."""
    return rng.uniform(low, high, (n, 1, 1)).astype(np.float32)


def grid(size: int, field: float) -> tuple[np.ndarray, np.ndarray]:
    """x (to the right) and y (down) of each pixel centre, each (size, size), 0 in the middle; `field` is the width."""
    line = ((np.arange(size, dtype=np.float32) + 0.5) / size - 0.5) * np.float32(field)
    x, y = np.meshgrid(line, line)
    return x, y


def turn(x, y, angle):
    """Coordinates in a frame that is turned clockwise on the screen by `angle` (degrees)."""
    c, s = (
        np.cos(np.deg2rad(angle)).astype(np.float32),
        np.sin(np.deg2rad(angle)).astype(np.float32),
    )
    return x * c + y * s, y * c - x * s


def ellipse(x, y, cx, cy, a, b, angle=None):
    """1 - (distance from the centre in half axes)^2: 1 at the centre, 0 on the outline, negative outside."""
    u, v = x - cx, y - cy
    if angle is not None:
        u, v = turn(u, v, angle)
    u *= 1 / a  # in place and by a product: this is the innermost loop of every image
    v *= 1 / b
    u *= u
    v *= v
    u += v
    return np.subtract(1, u, out=u)


def through(inside, depth):
    """Length of a straight ray through an ellipsoid of full depth `depth`, from what `ellipse` returns."""
    return depth * np.sqrt(np.maximum(inside, 0))


def inside(value):
    """1 where value > 0, else 0, as float32: what keeps whole stacks in single precision."""
    return (value > 0).astype(np.float32)


def step(value, width):
    """0 to 1 with a straight ramp: 0 where value <= -width / 2, 1 where it is >= width / 2."""
    return np.clip(value / width + np.float32(0.5), 0, 1)


@lru_cache(maxsize=64)
def _stretch(size: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """How to stretch cells + 3 values over `size` pixels: first neighbour (size,), weights of 4 neighbours (4, size).

    The weights are those of the cubic B-spline, scaled so that independent values keep their variance.
    """
    at = (np.arange(size) + 0.5) / size * cells
    first, t = at.astype(int), at % 1
    weights = np.stack(
        [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 1 + 3 * t + 3 * t**2 - 3 * t**3, t**3]
    )
    return first, (weights / np.sqrt((weights**2).sum(0))).astype(np.float32)


def smooth_noise(
    rng: np.random.Generator, n: int, size: int, cells: float, cells_x: float | None = None
):
    """(n, size, size) smooth Gaussian noise, mean 0, standard deviation 1.

    cells: number of bumps along y; cells_x: along x, if it differs.
    """
    cy, cx = (max(1, min(round(c), size)) for c in (cells, cells_x or cells))
    low = rng.standard_normal((n, cy + 3, cx + 3), dtype=np.float32)
    first, weights = _stretch(size, cx)
    rows = sum(low[:, :, first + k] * weights[k] for k in range(4))
    first, weights = _stretch(size, cy)
    return sum(rows[:, first + k] * weights[k][:, None] for k in range(4))


def blur(images, sigma: float):
    """Gaussian blur of a stack (N, H, W); sigma in pixels. A wide one is two box filters, near enough and fast."""
    if sigma < 0.2:
        return images
    if sigma < 2:
        return ndimage.gaussian_filter(images, (0, sigma, sigma), truncate=3, mode="nearest")
    width = (0, *[int(round((6 * sigma**2 + 1) ** 0.5))] * 2)
    for _ in range(2):
        images = ndimage.uniform_filter(images, width, mode="nearest")
    return images


def shrink(images: np.ndarray, factor: int) -> np.ndarray:
    """Mean over blocks of factor x factor pixels: (N, H, W, ...) -> (N, H / factor, W / factor, ...)."""
    n, h, w, *rest = images.shape
    return images.reshape(n, h // factor, factor, w // factor, factor, *rest).mean(
        (2, 4), dtype=np.float32
    )


def resized(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """A uint8 image (H, W) or (H, W, 3) at another size, bicubic."""
    from PIL import Image

    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def to_rgb(grey: np.ndarray) -> np.ndarray:
    """(..., H, W) -> (..., H, W, 3) with three equal channels."""
    return np.repeat(grey[..., None], 3, axis=-1)


def to_uint8(images: np.ndarray) -> np.ndarray:
    """0-1 -> 0-255, rounded; what lies outside is clipped."""
    return (np.clip(images, 0, 1) * 255 + 0.5).astype(np.uint8)


def stamp(image: np.ndarray, letter: str, top: int, left: int, dot: int, value) -> None:
    """Burn a letter into one image, in place. dot: size of one dot of the letter in pixels."""
    rows = np.array([[c == "#" for c in row] for row in LETTERS[letter].split()])
    rows = np.kron(rows, np.ones((dot, dot), bool))
    place = image[top : top + rows.shape[0], left : left + rows.shape[1]]
    place[rows[: place.shape[0], : place.shape[1]]] = value
