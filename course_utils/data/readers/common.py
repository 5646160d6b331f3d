"""What the readers share: the type of their input, pictures read with care, and one message for bad files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import pictures

Files = dict[str, Path]  # path below the set's base_url -> local file


def broken(path: Path, error: Exception | str) -> ValueError:
    """The error to raise for a file that cannot be read: it names the file and says what to do."""
    return ValueError(
        f"{path} is not readable ({error}). Delete it; the next load fetches it again."
    )


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
