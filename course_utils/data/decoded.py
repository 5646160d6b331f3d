"""Decoded sets, kept: a set of many files is decoded once and then opened from one compact file.

The file is a zip archive with one flat array for each type of number, cut into pieces that are unpacked side by
side, and a JSON text that says which part of it goes where. Nothing in it can be code. It is made anew when it is
missing, damaged, changed, of another version, or written by another user.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import os
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from importlib.metadata import version
from math import prod
from pathlib import Path

import numpy as np

from . import fetch
from .records import Dataset

PIECE = 1 << 23  # entries of a piece
LARGEST = 4 << 30  # bytes of one array
HASHES = "sha256.json"  # member of the archive -> its hash


def read(name: str, reader, files: dict[str, Path], options: dict):
    """What `reader` makes of the files: from the kept copy if there is one, else decoded now and kept.

    reader: an entry of sets.SETS. Raises ValueError for an option that the reader does not have,
    and whatever the reader raises.
    """
    try:
        bound = inspect.signature(reader.read).bind(files, **options)
    except TypeError as error:
        known = list(inspect.signature(reader.read).parameters)[1:]
        raise ValueError(
            f"{name}: {error}; its options are {', '.join(known) or 'none'}"
        ) from None
    if not reader.keep:
        return reader.read(files, **options)
    bound.apply_defaults()
    path = place(
        name, reader.version, {k: v for k, v in bound.arguments.items() if k != "files"}
    )
    # Whatever is wrong with the copy, the files themselves are there.
    with contextlib.suppress(Exception):
        return load(path)
    record = reader.read(files, **options)
    # A copy that cannot be kept makes the next start slower, and nothing else.
    with contextlib.suppress(Exception):
        save(record, path)
    return record


def place(name: str, reader_version: int, options: dict) -> Path:
    """Where the copy lies. The name changes with the reader's version, the options and the files' hashes."""
    entry = fetch.entry(name)
    package = entry.get("package")
    what = [reader_version, options, entry["files"], package and version(package)]
    digest = hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode())
    return (
        fetch.cache_dir()
        / ".decoded"
        / f"{name}-v{reader_version}-{digest.hexdigest()[:16]}.zip"
    )


def save(record: Dataset, path: Path) -> None:
    """Write a record. Raises OSError if there is no room or no permission, TypeError for what cannot be kept."""
    arrays: dict[str, list[np.ndarray]] = {}
    ends: dict[str, int] = {}

    def plain(value):
        """The value as JSON; an array becomes its type, its place in the flat array, and its shape."""
        if isinstance(value, np.ndarray):
            value = value.astype(value.dtype.newbyteorder("="), copy=False)
            kind = value.dtype.str
            if value.dtype.hasobject:
                raise TypeError(f"{record.name}: an array of objects cannot be kept")
            start = ends.get(kind, 0)
            ends[kind] = start + value.size
            arrays.setdefault(kind, []).append(value.ravel())
            return {"array": [kind, start, list(value.shape)]}
        if isinstance(value, dict):
            return {"dict": [[key, plain(item)] for key, item in value.items()]}
        if isinstance(value, (list, tuple)):
            return {type(value).__name__: [plain(item) for item in value]}
        if isinstance(value, np.generic):
            return value.item()
        if value is None or isinstance(value, (str, int, float)):
            return value
        raise TypeError(f"{record.name}: a {type(value).__name__} cannot be kept")

    form = json.dumps({f.name: plain(getattr(record, f.name)) for f in fields(record)})
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        # Level 1: about half the size, and hardly slower to read.
        with (
            os.fdopen(handle, "wb") as stream,
            zipfile.ZipFile(stream, "w") as archive,
        ):
            hashes = {}

            def put(name, content):
                hashes[name] = hashlib.sha256(content).hexdigest()
                # A ZipInfo has a date of its own, so no clock can be wrong.
                archive.writestr(
                    zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, compresslevel=1
                )

            put("form.json", form.encode())
            for kind, parts in arrays.items():
                flat = np.concatenate(parts)
                pieces = range(0, max(flat.size, 1), PIECE)
                for number, start in enumerate(pieces):
                    piece = flat[start : start + PIECE]
                    put(f"{kind}/{number}/{flat.size}", piece.tobytes())
            put(HASHES, json.dumps(hashes).encode())
        os.replace(partial, path)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(partial)
    here = path.name.rpartition("-")[0] + "-"  # name and version
    for other in path.parent.glob(f"{record.name}-v*.zip"):
        if not other.name.startswith(here):
            other.unlink(missing_ok=True)


def load(path: Path) -> Dataset:
    """Read a record that `save` wrote here. Raises an exception of some kind for any other, changed or damaged file.

    In a folder that many may write, a copy of another user is left: unlike the files themselves, no hash of the
    catalog speaks for it.
    """
    if hasattr(os, "getuid") and path.stat().st_uid != os.getuid():
        raise ValueError(f"{path} belongs to another user")
    flat: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(path) as archive:
        hashes = json.loads(archive.read(HASHES))

        def whole_member(name):
            content = archive.read(name)
            if hashlib.sha256(content).hexdigest() != hashes.pop(name):
                raise ValueError(f"{name} in {path} was changed")
            return content

        form = json.loads(whole_member("form.json"))

        def unpack(member):
            kind, number, _ = member.split("/")
            piece = np.frombuffer(whole_member(member), kind)
            start = int(number) * PIECE
            flat[kind][start : start + piece.size] = piece

        members = [name for name in archive.namelist() if "/" in name]
        for member in members:
            kind, _, size = member.split("/")
            if int(size) * np.dtype(kind).itemsize > LARGEST:
                raise ValueError(f"{member} is too large")
            flat.setdefault(kind, np.empty(int(size), kind))
        # zlib lets other threads run while it unpacks.
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(unpack, members))
    if hashes:
        raise ValueError(f"{path} lacks {', '.join(hashes)}")

    def whole(value):
        if not isinstance(value, dict):
            return value
        ((kind, items),) = value.items()
        if kind == "array":
            number, start, shape = items
            return flat[number][start : start + prod(shape)].reshape(shape)
        if kind == "dict":
            return {key: whole(item) for key, item in items}
        return {"list": list, "tuple": tuple}[kind](whole(item) for item in items)

    return Dataset(**{key: whole(value) for key, value in form.items()})
