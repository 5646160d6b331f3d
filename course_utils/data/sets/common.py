"""What the readers share: the type of their input, pictures read with care, one message for bad files, a split."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from .. import fetch, pictures

Files = dict[str, Path]  # path below the set's base_url -> local file


def broken(path: Path, error: Exception | str) -> ValueError:
    """The error to raise for a file that cannot be read: it names the file and, if it was fetched, says what to do."""
    fetched = fetch.cache_dir() in Path(path).absolute().parents
    advice = " Delete it; the next load fetches it again." if fetched else ""
    return ValueError(f"{path} is not readable ({error}).{advice}")


def picture(path: Path, mode: str | None = None) -> np.ndarray:
    """The pixels of an image file as uint8: (H, W) for grey, (H, W, 3) for RGB.

    mode: "L" or "RGB" to convert; None keeps grey files grey and makes all others RGB.
    Raises ValueError for a damaged file and for one that would unpack to more than pictures.LARGEST pixels.
    """
    from PIL import Image

    try:
        pixels, _ = pictures.read(path)
        if mode and mode != ("L" if pixels.ndim == 2 else "RGB"):
            pixels = np.asarray(Image.fromarray(pixels).convert(mode))
        return pixels
    except Exception as error:
        raise broken(path, error) from error


def sized(path: Path, mode: str, shape: tuple[int, int]) -> np.ndarray:
    """A `picture` that must have a size, (rows, columns). Raises ValueError for another."""
    image = picture(path, mode)
    if image.shape[:2] != shape:
        raise broken(
            path, f"{image.shape[1]} x {image.shape[0]} pixels, not {shape[1]} x {shape[0]}"
        )
    return image


def shared_out(classes: dict[str, str | int]) -> dict[str, str]:
    """Case -> split: each class is ordered by a hash of the case's name and cut at 60 % and 75 %."""
    part = {}
    for wanted in sorted(set(classes.values())):
        group = [case for case, value in classes.items() if value == wanted]
        group.sort(key=lambda case: hashlib.sha256(case.encode()).hexdigest())
        for k, case in enumerate(group):
            share = (k + 0.5) / len(group)
            part[case] = "train" if share < 0.6 else "val" if share < 0.75 else "test"
    return part
