"""Raw data of a magnetic resonance scanner, before any picture is made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from ...simulate.brain import brain
from ..records import Dataset
from . import dataset
from .common import Files, broken

SHAPE = 8, 230, 180  # coils, rows, columns
CENTRE = np.s_[103:127, 78:102]  # 24 x 24 points, all of them measured
LARGEST = 16 << 20  # bytes


@dataset(keep=False)
def brain_kspace(files: Files) -> Dataset:
    """One slice of a brain as the scanner measured it, images (1, 8, 230, 180) complex64: k-space of eight coils.

    0 stands where nothing was measured. The frequency zero lies at row 115, column 90; a picture of one coil is
    `fftshift(ifft2(ifftshift(k)))` over the last two axes.
    targets: "sampled" (1, 230, 180) bool, the points that were measured, an eighth of all; the middle 24 x 24 are
    complete. There is no fully measured scan to compare with: hold out points instead. split: "test".
    Raises ValueError for a damaged file, one of another size or type, values that are no numbers, coils that were
    measured at different points, and a middle that is not complete.
    """
    return _record("real", _array(files["data/cartesian_ksp.npy"]))


def _array(path: Path) -> np.ndarray:
    try:
        if Path(path).stat().st_size > LARGEST:
            raise ValueError("it is too large")
        values = np.load(path, allow_pickle=False)
        if not isinstance(values, np.ndarray):
            raise ValueError("it is no single array")
        if values.shape != SHAPE or values.dtype != np.complex64:
            raise ValueError(f"{values.shape} {values.dtype}, not {SHAPE} complex64")
        if not np.isfinite(values).all():
            raise ValueError("values that are no numbers")
        measured = values != 0
        if (measured != measured[0]).any():
            raise ValueError("its coils were measured at different points")
        if not measured[0][CENTRE].all():
            raise ValueError("its middle was not measured completely")
    except Exception as error:
        raise broken(path, error) from error
    return values


def _record(source: str, values: np.ndarray) -> Dataset:
    return Dataset(
        name="brain_kspace",
        source=source,
        images=values[None],
        split=np.array(["test"]),
        files=np.array(["cartesian_ksp.npy"]),
        targets={"sampled": values[None, 0] != 0},
        noun="slices",
        unit="k-space signal, arbitrary units",
    )


# --- stand-ins


@brain_kspace.standin
def drawn_brain_kspace() -> Dataset:
    """A simulated T1-weighted slice seen by eight coils around the head, measured at as many points as the real one.

    Points lie the closer, the nearer to the middle, at random; in the real set they keep a distance from each other.
    """
    rng = np.random.default_rng(2019)
    coils, rows, columns = SHAPE
    head = brain(rng, 1, 230, atrophy=0.2, height=8)[0][0, :, 25:205] / np.float32(255)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -0.8 : 0.8 : columns * 1j]
    phase = 0.6 * x - 0.4 * y + 0.8 * x * y  # no scanner is perfectly tuned
    values = np.empty(SHAPE, np.complex64)
    for k in range(coils):
        angle = 2 * np.pi * k / coils
        away = np.hypot(x - 1.1 * np.cos(angle), y - 1.2 * np.sin(angle))
        coil = np.exp(-((away / 1.1) ** 2) + 1j * (phase + angle + 0.7 * away))
        values[k] = _to_kspace(head * coil)
    scale = np.abs(values).max() / 15
    noise = rng.standard_normal((2, *SHAPE)) * 0.002
    values = values / scale + noise[0] + 1j * noise[1]

    middle = np.zeros((rows, columns), bool)
    middle[CENTRE] = True
    far = np.hypot((np.arange(rows) - 115)[:, None] / 115, (np.arange(columns) - 90) / 90)
    chance = np.where((far < 1) & ~middle, 1 / (0.08 + far) ** 1.6, 0)
    chosen = rng.choice(
        far.size, 5148 - int(middle.sum()), replace=False, p=chance.ravel() / chance.sum()
    )
    middle.flat[chosen] = True
    return _record("simulated", (values * middle).astype(np.complex64))


def _to_kspace(picture: np.ndarray) -> np.ndarray:
    smooth = ndimage.gaussian_filter(picture.real, 0.6) + 1j * ndimage.gaussian_filter(
        picture.imag, 0.6
    )
    return np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(smooth), norm="ortho"))
