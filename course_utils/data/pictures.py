"""The one door for pictures: any file or array becomes uint8, and a note says what was done to it."""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path

import numpy as np

LARGEST = 50_000_000  # pixels; the largest picture of the course has 12 million
# By name: Pillow would also open PostScript, and start another program for it.
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "JPEG2000")
READABLE = "PNG, JPEG, TIFF, BMP, GIF, WebP, PPM, JPEG 2000 and DICOM"
TOPS = (255, 1023, 4095, 16383, 65535)  # of 8, 10, 12, 14 and 16 bits


def read(source, limits: tuple[float, float] | None = None) -> tuple[np.ndarray, str]:
    """A picture as uint8, (H, W) grey or (H, W, 3) RGB, and a note on what was done to its pixels.

    source: the path of a file (READABLE), the bytes of one that is not DICOM, a Pillow image, or an array as
    `as_uint8` takes it. An EXIF orientation is applied, transparent parts become black, of several frames the first is
    taken, other numbers than 8 bits are scaled as by `as_uint8`. DICOM: values in the unit of the file, its window if
    it names one, MONOCHROME1 inverted, so that large is bright in every picture.
    limits: the grey values that become 0 and 255, the same for all pictures, e.g. (-160, 240) HU.
    Raises ValueError, without the file's name, for what is no picture, damaged, or larger than LARGEST pixels.
    """
    from PIL import Image

    if isinstance(source, Image.Image):
        return _from_pillow(source, limits)
    if not isinstance(source, (str, Path, bytes, bytearray, memoryview)):
        return as_uint8(source, limits)
    if isinstance(source, (str, Path)):
        # A stream, not the path: of some TIFF files that Pillow maps by name it loses the orientation.
        with open(source, "rb") as stream:
            if stream.read(132)[128:] == b"DICM":
                return _from_dicom(Path(source), limits)
            return _from_file(stream, limits)
    if bytes(source[128:132]) == b"DICM":
        raise ValueError("a DICOM file is read from the disk, by its path")
    return _from_file(io.BytesIO(source), limits)


def as_uint8(pixels, limits: tuple[float, float] | None = None) -> tuple[np.ndarray, str]:
    """An array of any kind of number as uint8, (H, W) or (H, W, 3), and a note on what was done.

    pixels: (H, W), (H, W, 1) grey, (H, W, 2) grey with alpha, (H, W, 3) RGB or (H, W, 4) RGBA, of any stride.
    uint8 stays as it is. Other numbers are scaled: 0 becomes 0, and the largest number of 8, 10, 12, 14 or 16 bits that
    holds them (for floats up to 1: 1) becomes 255. So one film gives the same pixels in whichever type it was saved.
    If some are negative, or they use less than a quarter of that range, the lowest becomes 0 and the highest 255.
    limits: as for `read`. Raises ValueError for other shapes and types, and for numbers that are not finite.
    """
    pixels = np.asarray(pixels)
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"pixels are numbers, not {pixels.dtype}")
    if pixels.ndim not in (2, 3) or pixels.size == 0 or pixels.shape[2:] > (4,):
        raise ValueError(
            f"a picture is (H, W) grey or (H, W, 3) RGB; this array is {pixels.shape}"
            + (": put the channels last" if pixels.ndim == 3 else "")
        )
    if pixels.shape[0] * pixels.shape[1] > LARGEST:
        raise ValueError(f"{pixels.shape[1]} x {pixels.shape[0]} pixels are too many")
    if limits is not None and not (np.isfinite(limits).all() and limits[0] < limits[1]):
        raise ValueError(f"limits are two numbers, the lower first, not {limits}")
    pixels, alpha = _without_alpha(pixels)
    name = _kind(pixels)
    if pixels.dtype == bool:
        pixels = np.uint8(pixels) * np.uint8(255)
    if pixels.dtype == np.uint8 and (limits is None or pixels.ndim == 3):
        done = "as they are"
    else:
        pixels, done = _scaled(pixels, limits)
    if alpha is not None and (alpha < 1).any():
        alpha = alpha if pixels.ndim == 2 else alpha[..., None]
        pixels, done = np.uint8(np.rint(pixels * alpha)), f"{done}; transparent parts black"
    return np.require(pixels, requirements="CW"), f"{name}: {done}"


def words(text) -> str:
    """Text from data or a file name that a figure, a page and a terminal can show: no control characters but the line
    break, no broken letters."""
    return re.sub("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", str(text))


def _kind(pixels) -> str:
    bits, colour = 8 * pixels.dtype.itemsize, "grey" if pixels.ndim == 2 else "colour"
    named = {"b": "1-bit", "f": f"{bits}-bit float"}
    return f"{named.get(pixels.dtype.kind, f'{bits}-bit')} {colour}"


def _without_alpha(pixels):
    """Grey or RGB, and the opacity, 0 to 1, or None."""
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        alpha = pixels[..., -1].astype(float)
        full = 1 if pixels.dtype.kind in "bf" else np.iinfo(pixels.dtype).max
        if not (0 <= alpha.min() and alpha.max() <= full):
            raise ValueError(
                f"the alpha channel is 0 to {full}, the second or fourth here is not"
            )
        return pixels[..., 0] if pixels.shape[2] == 2 else pixels[..., :3], alpha / full
    return pixels[..., 0] if pixels.shape[2:] == (1,) else pixels, None


def _scaled(pixels, limits):
    values = pixels.astype(float)
    if not np.isfinite(values).all():
        raise ValueError(f"{np.sum(~np.isfinite(values))} numbers are not finite")
    low, high = float(values.min()), float(values.max())
    tops = (1, *TOPS) if pixels.dtype.kind == "f" else TOPS
    top = next((top for top in tops if high <= top), None)
    whole = limits is None and top and low >= 0 and high - low >= top / 4
    if whole or limits is not None:
        low, high = (0.0, float(top)) if whole else map(float, limits)
        done = f"{low:g} to {high:g} became 0 to 255"
    else:
        done = "the lowest value of each became 0, its highest 255"
    if whole and top > 255:
        values = np.floor(values / ((top + 1) // 256))  # the upper 8 bits
    elif high > low:
        share = (values / 2 - low / 2) / (high / 2 - low / 2)  # the halves cannot overflow
        values = np.rint(255 * share.clip(0, 1))
    else:
        values = np.zeros(values.shape)
    return values.astype(np.uint8), done


def _from_file(stream, limits):
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures (checked), odd EXIF entries
        try:
            image = Image.open(stream, formats=FORMATS)
        except Image.UnidentifiedImageError:
            raise ValueError(f"it is none of {READABLE}, or damaged") from None
        except Image.DecompressionBombError:
            raise ValueError(f"more than {LARGEST:,} pixels are too many") from None
        except Exception as error:
            raise ValueError(f"it is damaged: {error}") from error
        with image:
            return _from_pillow(image, limits)


def _from_pillow(image, limits):
    from PIL import ImageOps

    if image.width * image.height > LARGEST:
        raise ValueError(f"{image.width} x {image.height} pixels are too many")
    try:
        turned = image.getexif().get(0x0112) in range(2, 9)
    except Exception:  # a damaged entry says nothing
        turned = False
    try:
        # Pillow inverts 8 bits of a TIFF file where 0 is white, but not more.
        white_is_zero = getattr(image, "tag_v2", {}).get(262) == 0
        frames = getattr(image, "n_frames", 1)
        image.load()
        image = ImageOps.exif_transpose(image) if turned else image
        if image.mode[0] in "IF":
            pixels = np.asarray(image)
        else:
            image = image.convert("LA") if image.mode == "La" else image
            grey, white_is_zero = image.mode in ("1", "L", "LA"), False
            if image.has_transparency_data:
                pixels = np.asarray(image.convert("RGBA"))
                pixels = pixels[..., [0, 3]] if grey else pixels
            else:
                pixels = np.asarray(image.convert("L" if grey else "RGB"))
    except Exception as error:
        raise ValueError(f"it is damaged: {error}") from error
    done = []
    pixels, note = as_uint8(pixels, limits)
    if white_is_zero:
        pixels = 255 - pixels
        done.append("inverted, 0 was white")
    if turned:
        done.append("turned as the EXIF entry says")
    if frames > 1:
        done.append("the first of several frames")
    return pixels, "; ".join([note, *done])


def _from_dicom(path, limits):
    from .sets import mri

    pixels, header = mri.dicom(path)
    several = (header["frames"] or 1) > 1
    pixels = pixels[0] if several else pixels
    if limits is None and pixels.ndim == 2 and header["window"]:
        centre, width = header["window"]
        pixels, note = as_uint8(pixels, (centre - width / 2, centre + width / 2))
        note = "the window that the header names became 0 to 255"
    else:
        pixels, note = as_uint8(pixels, limits)
        note = note.split(": ", 1)[1]
    done = [note]
    if header["photometric"] == "MONOCHROME1":
        pixels = 255 - pixels
        done.append("inverted, as MONOCHROME1 asks")
    if several:
        done.append("the first of several frames")
    kind = " ".join(
        filter(None, ("DICOM", header["modality"], "colour" if pixels.ndim > 2 else "grey"))
    )
    return pixels, f"{kind}: {'; '.join(done)}"
