"""The form of a record: what reader and stand-in must have in common."""

import numpy as np

from course_utils.data.records import Weights


def kind(value):
    """What a value is, without what is in it: an array's type, its shape of one entry, and so on inside lists."""
    if value is None or isinstance(value, str):
        return type(value).__name__
    if isinstance(value, np.ndarray):
        return "array", "text" if value.dtype.kind == "U" else str(value.dtype), value.shape[1:]
    if isinstance(value, (list, tuple)):
        inside = {kind(item) for item in value}
        # Sizes may differ from entry to entry; the number of axes may not.
        return "list", frozenset(
            ("array", what[1], len(what[2])) if what[0] == "array" else what for what in inside
        )
    return type(value).__name__


def form(record) -> dict:
    """What reader and stand-in must have in common."""
    if isinstance(record, Weights):
        return {
            key: (str(value.dtype), tuple(value.shape)) for key, value in record.state.items()
        }
    keys = ("name", "classes", "noun", "unit", "spacing")
    splits, counts = np.unique(record.split, return_counts=True)
    return {
        **{key: getattr(record, key) for key in keys},
        **{key: kind(getattr(record, key)) for key in ("images", "labels", "files", "cases")},
        "splits": dict(zip(splits.tolist(), counts.tolist(), strict=True)),
        "targets": {key: kind(value) for key, value in record.targets.items()},
        "extra": set(record.extra),
    }
