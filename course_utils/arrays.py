"""The checks that functions share: each gives back what it was given, ready to use, or says what is wrong with it."""

from __future__ import annotations

import numpy as np


def finite(values, what: str = "value") -> np.ndarray:
    """Numbers as an array, floats where they are none yet. Raises ValueError for text, NaN and infinity.

    what: the word for one of them, e.g. "score".
    """
    values = _array(values)
    if values.dtype.kind not in "biuf":
        try:
            if values.dtype.kind != "O" or any(
                isinstance(v, (str, bytes)) for v in values.flat
            ):
                raise TypeError
            values = values.astype(float)
        except (TypeError, ValueError):
            raise ValueError(f"each {what} must be a number, not {_kind(values)}") from None
    bad = values.size - int(np.isfinite(values).sum())
    if bad:
        raise ValueError(
            f"{bad} of {values.size} {what}s {'is' if bad == 1 else 'are'} NaN or infinite; leave such cases out, "
            "and say how many"
        )
    return values


def whole(values, what: str = "label") -> np.ndarray:
    """Whole numbers as int64, also where they come as floats or as True and False. Raises ValueError for others."""
    values = finite(values, what)
    if values.dtype.kind == "f" and (values != np.round(values)).any():
        odd = values[values != np.round(values)].flat[0]
        raise ValueError(f"each {what} must be a whole number, and {odd:g} is none")
    if values.dtype.kind in "fu" and np.abs(values).max(initial=0) >= 2**63:
        raise ValueError(f"each {what} must fit into 64 bits")
    return values.astype(np.int64)


def labels(values, classes: int | None = None) -> np.ndarray:
    """One label a case, (n,) int64. classes: they must be 0 to classes - 1. Raises ValueError for none at all."""
    values = whole(values)
    if values.ndim != 1:
        raise ValueError(f"one label a case is needed, (n,), not {values.shape}")
    if not len(values):
        raise ValueError("there are no cases: the labels are empty")
    if classes is not None and not (0 <= values.min() and values.max() < classes):
        raise ValueError(
            f"labels must be 0 to {classes - 1}, the classes; got {values.min()} to {values.max()}"
        )
    return values


def mask(values, what: str = "a mask", shape: tuple[int, ...] | None = None) -> np.ndarray:
    """A mask as a bool array. shape: the one it must have. Raises ValueError for any other type of number."""
    values = _array(values)
    if values.dtype != bool:
        raise ValueError(
            f"{what} is an array of True and False (bool), not {_kind(values)}; `values > 0` makes one of labels, "
            "`values > 0.5` of probabilities"
        )
    if shape is not None and values.shape != tuple(shape):
        raise ValueError(
            f"{what} must have the shape {tuple(shape)} of the image, not {values.shape}"
        )
    return values


def spacing(values, axes: int) -> tuple[float, ...]:
    """The size of a pixel or voxel along each of `axes` axes. Raises ValueError unless all are finite and above 0."""
    try:
        sizes = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        sizes = np.array(np.nan)
    if sizes.shape != (axes,) or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ValueError(
            f"spacing is one size for each of the {axes} axes, finite and above 0, not {values!r}"
        )
    return tuple(sizes.tolist())


def share(value, what: str) -> float:
    """A share strictly between 0 and 1, e.g. a confidence. Raises ValueError for others, as for per cent."""
    try:
        fine = 0 < value < 1
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise ValueError(f"a {what} lies between 0 and 1, and {value!r} does not")
    return value


def positions(index, count: int, name: str) -> np.ndarray:
    """Which of `count` entries are meant, as positions from 0 up, (k,).

    index: a position, a list or array of positions (negative ones count from the end), a mask with one entry for each
    of the `count`, or a slice. name: of what is selected from, for the message. Raises IndexError for anything else.
    """
    if isinstance(index, slice):
        return np.arange(count)[index]
    index = _array(index)
    if index.dtype == bool:
        if index.shape != (count,):
            raise IndexError(
                f"{name} has {count} entries, and the mask has the shape {index.shape}; one True or False for each "
                "is needed"
            )
        return np.flatnonzero(index)
    if index.size == 0 and index.ndim < 2:  # np.asarray([]) holds floats
        return np.zeros(0, np.intp)
    if index.dtype.kind not in "iu" or index.ndim > 1:
        raise IndexError(
            f"{name}: positions are whole numbers in one list, or a mask of True and False, "
            f"not {_kind(index)} of shape {index.shape}"
        )
    index = np.atleast_1d(index)
    outside = (index >= count) | (index < -count if index.dtype.kind == "i" else False)
    if outside.any():
        raise IndexError(
            f"{name} has {count} entries, 0 to {count - 1}; there is no entry {index[outside][0]}"
        )
    return index.astype(np.intp) % max(count, 1)


def _array(values) -> np.ndarray:
    try:
        return np.asarray(values)
    except Exception:  # lists of unequal length, and objects that make no array
        return np.array(None)


def _kind(values: np.ndarray) -> str:
    """The type of the numbers in words."""
    return {"U": "text", "S": "text", "O": "objects"}.get(values.dtype.kind, str(values.dtype))
