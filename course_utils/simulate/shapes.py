"""What several kinds of simulated image share: coordinates, ellipses, smooth noise, blur, letters.

Images come in stacks (N, H, W), float32. A parameter that differs between images has shape (N, 1, 1).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

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
    c, s = np.cos(np.deg2rad(angle)).astype(np.float32), np.sin(np.deg2rad(angle)).astype(np.float32)
    return x * c + y * s, y * c - x * s


def ellipse(x, y, cx, cy, a, b, angle=None):
    """1 - (distance from the centre in half axes)^2: 1 at the centre, 0 on the outline, negative outside."""
    u, v = x - cx, y - cy
    if angle is not None:
        u, v = turn(u, v, angle)
    return 1 - (u / a) ** 2 - (v / b) ** 2


def through(inside, depth):
    """Length of a straight ray through an ellipsoid of full depth `depth`, from what `ellipse` returns."""
    return depth * np.sqrt(np.maximum(inside, 0))


def step(value, width):
    """0 to 1 with a straight ramp: 0 where value <= -width / 2, 1 where it is >= width / 2."""
    return np.clip(value / width + np.float32(0.5), 0, 1)


@lru_cache(maxsize=64)
def _stretch(size: int, cells: int) -> np.ndarray:
    """(size, cells): weights that stretch `cells` values smoothly over `size` pixels; each column is a Gaussian."""
    at = (np.arange(size) + 0.5) / size * (cells - 1)
    weights = np.exp(-0.5 * ((at[:, None] - np.arange(cells)) / 0.6) ** 2)
    return (weights / np.sqrt((weights**2).sum(1, keepdims=True))).astype(np.float32)


def smooth_noise(rng: np.random.Generator, n: int, size: int, cells: float, cells_x: float | None = None):
    """(n, size, size) smooth Gaussian noise, mean 0, standard deviation 1.

    cells: number of independent bumps along y; cells_x: along x, if it differs.
    """
    cy, cx = (max(2, min(round(c), size)) for c in (cells, cells_x or cells))
    low = rng.standard_normal((n, cy, cx), dtype=np.float32)
    return _stretch(size, cy) @ low @ _stretch(size, cx).T


@lru_cache(maxsize=64)
def _gauss(size: int, sigma: float) -> np.ndarray:
    """(size, size) matrix that blurs a line of pixels; rows sum to 1, so borders keep their level."""
    at = np.arange(size)
    weights = np.exp(-0.5 * ((at[:, None] - at) / sigma) ** 2)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def blur(images, sigma: float):
    """Gaussian blur of a stack; sigma in pixels. As a matrix product it costs the same for every sigma."""
    if sigma < 0.2:
        return images
    k = _gauss(images.shape[-1], round(float(sigma), 3))
    return k @ images @ k.T


def shrink(images: np.ndarray, factor: int) -> np.ndarray:
    """Mean over blocks of factor x factor pixels: (N, H, W, ...) -> (N, H / factor, W / factor, ...)."""
    n, h, w, *rest = images.shape
    return images.reshape(n, h // factor, factor, w // factor, factor, *rest).mean((2, 4), dtype=np.float32)


def to_uint8(images: np.ndarray) -> np.ndarray:
    """0-1 -> 0-255, rounded; what lies outside is clipped."""
    return (np.clip(images, 0, 1) * 255 + 0.5).astype(np.uint8)


def stamp(image: np.ndarray, letter: str, top: int, left: int, dot: int, value) -> None:
    """Burn a letter into one image, in place. dot: size of one dot of the letter in pixels."""
    rows = np.array([[c == "#" for c in row] for row in LETTERS[letter].split()])
    rows = np.kron(rows, np.ones((dot, dot), bool))
    place = image[top : top + rows.shape[0], left : left + rows.shape[1]]
    place[rows[: place.shape[0], : place.shape[1]]] = value
