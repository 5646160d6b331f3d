"""The blocks of the survey's Fig. 1, one small function each. Lesson 05 writes them out.

A colour image is (H, W, 3) uint8, a grey image (H, W) float, from 0 to 1 until it is normalised. `where` is a mask of
the pixels that count, for a photograph of the retina its round field. At its borders an image is mirrored.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from . import arrays as checked

GREYS = {
    "mean": (1 / 3, 1 / 3, 1 / 3),
    "luminance": (0.299, 0.587, 0.114),
    "green": (0, 1, 0),
}


def to_grey(rgb, how: str = "green") -> np.ndarray:
    """Colour (H, W, 3) uint8 -> grey, 0 to 1. how: "mean", "luminance" (as the eye weighs colours) or "green"."""
    rgb = np.asarray(rgb)
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"a colour image is (H, W, 3) uint8, not {rgb.shape} {rgb.dtype}")
    if how not in GREYS:
        raise ValueError(f"how is one of {', '.join(GREYS)}, not {how!r}")
    return rgb @ np.array(GREYS[how]) / 255


def field(rgb, margin: int = 6) -> np.ndarray:
    """The round field of a photograph of the retina as a mask, without a rim of `margin` pixels."""
    lit = ndimage.binary_opening(to_grey(rgb, "mean") > 0.06, iterations=2)
    lit = ndimage.binary_fill_holes(lit)
    return ndimage.binary_erosion(lit, iterations=margin) if margin else lit


def median(grey, size: int = 3) -> np.ndarray:
    """The median of size x size pixels around each pixel. size: odd."""
    if size < 1 or size % 2 == 0:
        raise ValueError(f"size is an odd number of pixels, not {size}")
    return ndimage.median_filter(_grey(grey), size, mode="mirror")


def gaussian(grey, sigma: float = 1.0) -> np.ndarray:
    """The mean of the pixels around each pixel, near ones weighing more; cut off at 3 sigma."""
    return ndimage.gaussian_filter(_grey(grey), sigma, mode="mirror", truncate=3)


def around(grey, reach: int):
    """For each shift of at most `reach` pixels: its length squared, and the image moved by it."""
    padded = np.pad(grey, reach, mode="reflect")
    height, width = grey.shape
    for i in range(-reach, reach + 1):
        for j in range(-reach, reach + 1):
            top, left = reach + i, reach + j
            yield i * i + j * j, padded[top : top + height, left : left + width]


def bilateral(grey, sigma: float = 1.0, tone: float = 0.1) -> np.ndarray:
    """As `gaussian`, but pixels of another grey value weigh less. tone: how different a grey value may be."""
    grey = _grey(grey)
    # Our own: given an odd window, that of scikit-image 0.26 smears a single bright pixel to one side.
    total = weights = 0
    for length, moved in around(grey, int(3 * sigma + 0.5)):
        weight = np.exp(-length / (2 * sigma**2) - (moved - grey) ** 2 / (2 * tone**2))
        total, weights = total + weight * moved, weights + weight
    return total / weights


def nonlocal_means(grey, tone: float = 0.1, reach: int = 4) -> np.ndarray:
    """The mean of pixels at most `reach` away whose surroundings of 5 x 5 pixels differ by about `tone` at most."""
    grey = _grey(grey)
    total = weights = 0
    for _, moved in around(grey, reach):
        unlike = ndimage.gaussian_filter((moved - grey) ** 2, 1, mode="mirror", radius=2)
        weight = np.exp(-unlike / tone**2)
        total, weights = total + weight * moved, weights + weight
    return total / weights


def standardise(grey, where=None) -> np.ndarray:
    """Mean 0 and spread 1 over the whole image, or over the pixels of `where`. NaN outside of it becomes 0 first."""
    grey = _grey(grey, where)
    inside = grey if where is None else grey[_mask(where, grey)]
    return (grey - inside.mean()) / max(inside.std(), 1e-6)


def local_standardise(grey, where=None, sigma: float = 12.0) -> np.ndarray:
    """Mean 0 and spread 1 around each pixel (Gaussian, sigma); 0 outside `where`, whatever stands there."""
    grey = _grey(grey, where)
    weight = np.ones_like(grey) if where is None else _mask(where, grey).astype(float)

    def mean(x):
        return ndimage.gaussian_filter(x * weight, sigma) / np.maximum(
            ndimage.gaussian_filter(weight, sigma), 1e-6
        )

    centred = (grey - mean(grey)) * weight
    return centred / np.sqrt(mean(centred**2) + 1e-6)


def top_hat(grey, window: int = 15) -> np.ndarray:
    """Bright spots smaller than window x window pixels: the image minus its opening."""
    grey = _grey(grey)
    if window < 1 or window % 2 == 0:
        raise ValueError(f"window is an odd number of pixels, not {window}")
    low = ndimage.minimum_filter(grey, window, mode="mirror")
    return grey - ndimage.maximum_filter(low, window, mode="mirror")


def optic_disc(grey, where, radius: float) -> np.ndarray:
    """A guess at the optic disc: a circle around the brightest place after strong smoothing, as a mask."""
    smooth = ndimage.gaussian_filter(_grey(grey, where) * _mask(where, grey), radius / 2)
    row, column = np.unravel_index(smooth.argmax(), smooth.shape)
    rows, columns = np.ogrid[: smooth.shape[0], : smooth.shape[1]]
    return np.hypot(rows - row, columns - column) < radius


def white_lesions(grey, where, window: int = 15, threshold: float = 0.1, radius: float = 70.0):
    """Small bright spots of the retina as a mask: top-hat above `threshold`, minus the optic disc."""
    return (top_hat(grey, window) > threshold) & where & ~optic_disc(grey, where, radius)


def veins(grey, sigmas=(1, 2, 3)) -> np.ndarray:
    """How much each pixel looks like part of a dark line, for lines of several widths (Sato's ridge filter)."""
    grey = _grey(grey)
    best = np.zeros_like(grey)
    for sigma in sigmas:
        best = np.maximum(best, sigma**2 * _bend(grey, sigma))
    return best


def _slope(grey, sigma, axis):
    """The slope of the smoothed image along one axis."""
    order = (1, 0) if axis == 0 else (0, 1)
    return ndimage.gaussian_filter(grey, sigma, order, mode="mirror", truncate=8)


def _bend(grey, sigma):
    """The larger of the two main curvatures: how strongly the grey values bend up across a dark line."""
    half = sigma / 2**0.5  # two smoothings with it make one with sigma
    down, across = _slope(grey, half, 0), _slope(grey, half, 1)
    a, b, c = _slope(down, half, 0), _slope(down, half, 1), _slope(across, half, 1)
    return (a + c) / 2 + np.hypot((a - c) / 2, b)


def sobel(grey) -> np.ndarray:
    """The slope of the grey values, per pixel."""
    grey = _grey(grey)
    down, across = (ndimage.sobel(grey, axis=axis, mode="mirror") / 8 for axis in (0, 1))
    return np.hypot(down, across)


def log_edges(grey, sigma: float = 2.0, least: float = 0.0) -> np.ndarray:
    """Where the Laplacian of Gaussian changes its sign by more than `least`, as a mask."""
    bend = ndimage.gaussian_laplace(_grey(grey), sigma, mode="mirror")
    edge = np.zeros(bend.shape, bool)
    for axis in (0, 1):
        here, there = np.moveaxis(bend, axis, 0)[:-1], np.moveaxis(bend, axis, 0)[1:]
        np.moveaxis(edge, axis, 0)[:-1] |= (here * there < 0) & (abs(here - there) > least)
    return edge


def canny(grey, sigma: float = 2.0, low: float = 0.05, high: float = 0.1) -> np.ndarray:
    """Canny's edges, as a mask of thin lines. low, high: thresholds of the slope, in units of SciPy's Sobel."""
    from skimage.feature import canny

    if not low <= high:
        raise ValueError(f"low is at most high: {low} > {high}")
    return canny(_grey(grey), sigma, low, high, mode="mirror")


def _grey(image, where=None) -> np.ndarray:
    """A grey image, checked. Pixels outside of `where` that are not finite become 0."""
    image = np.asarray(image)
    if image.ndim != 2 or image.dtype.kind != "f":
        raise ValueError(
            f"a grey image is (H, W) float, not {image.shape} {image.dtype}; to_grey makes one"
        )
    if where is not None:
        inside = _mask(where, image)
        if not inside.any():
            raise ValueError("`where` is empty: no pixel counts")
        checked.finite(image[inside], "pixel")
        return (
            image if np.isfinite(image).all() else np.where(inside, image, image.dtype.type(0))
        )
    return checked.finite(image, "pixel")


def _mask(where, grey) -> np.ndarray:
    return checked.mask(where, "the mask `where`", np.shape(grey))
