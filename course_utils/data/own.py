"""Own pictures: a reader's folders, one a class, become a Dataset that is split by patient."""

from __future__ import annotations

import csv
import os
import re
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np

from . import pictures
from .pictures import words
from .records import Dataset

MOST = 2_000_000_000  # bytes of all pictures of a folder in memory
TABLE = "patients.csv"
SPLITS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test",
}  # fmt: skip
HIDDEN = ("__macosx", "thumbs.db", "desktop.ini")  # besides those that begin with a dot


def folder(path, patient=None, table=None, limits=None, side: int | None = None) -> Dataset:
    """Own pictures as a Dataset, announced with what was done to their pixels. Nothing leaves this computer.

    path: a folder with one sub-folder a class, e.g. films/abdomen and films/chest, with any sub-folders below; or
    with such folders in films/train, films/val and films/test, whose split is kept. Files: as `pictures.read` takes.
    patient: who is who by the name of the file: a regular expression whose first group is the patient, e.g.
    r"(P[0-9]+)_", or a function; both get the path below `path`, with "/". Else table: a CSV file with the columns
    "file" (that path, or the file's name if no other has it) and "patient"; films/patients.csv is found by itself.
    Else the DICOM files say it, or the folders below the class if every file lies in one. Else it is not known.
    limits: as for `pictures.read`. side: larger pictures are reduced, by the mean over areas, to this longer side.

    images: uint8, (N, H, W) or (N, H, W, 3), or a list where shapes differ. files: the paths below `path`. cases: the
    patients, or None. targets["pixels"]: what was done to each. extra["skipped"]: file -> why it could not be read.
    split: 60 % train, 15 % val, 25 % test of the patients of each class, in an order that a hash fixes; of the
    pictures where no patient is known. A patient with pictures of two classes stays in one part.
    Raises ValueError for fewer than two classes, a class without a readable picture, pictures whose patient is missing
    in a table or name, a patient in two of the folders train, val and test, and more than MOST bytes.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise ValueError(f"there is no folder {words(root)}")
    if side is not None and (side != int(side) or side < 8):
        raise ValueError(f"side is a whole number of pixels, 8 or more, not {side}")
    found, classes = _files(root)
    images, kept, notes, skipped, size = [], [], [], {}, 0
    for file, label, part in found:
        try:
            pixels, note = pictures.read(file, limits)
        except (ValueError, OSError, MemoryError) as error:
            skipped[_name(file, root)] = words(error).replace(words(file), "it")
            continue
        images.append(_reduced(pixels, side))
        kept.append((file, label, part))
        notes.append(note)
        size += images[-1].nbytes
        if size > MOST:
            raise ValueError(
                f"the pictures of {words(root)} take more than {MOST / 1e9:.0f} GB; side=512 makes them smaller"
            )
    files, labels, parts = zip(*kept, strict=True) if kept else ((), (), ())
    for label, name in enumerate(classes):
        if label not in labels:
            raise ValueError(f"class {name!r} has no picture that can be read{_why(skipped)}")
    names = [_name(file, root) for file in files]
    depth = 2 if all(parts) else 1  # folders above the pictures of a class
    cases, source = _patients(root, files, names, notes, depth, patient, table)
    split = _split(labels, parts, names if cases is None else cases)
    record = Dataset(
        name=words(root.resolve().name),
        source="real",
        images=np.stack(images) if len({image.shape for image in images}) == 1 else images,
        split=split,
        labels=np.array(labels),
        classes=tuple(classes),
        files=np.array(names),
        cases=None if cases is None else np.array(cases),
        targets={"pixels": np.array(notes)},
        noun="pictures",
        extra={"skipped": skipped},
    )
    _announce(record, source, side, all(parts))
    return record


def _name(file, root) -> str:
    return unicodedata.normalize("NFC", words(file.relative_to(root).as_posix()))


def _visible(place) -> list[Path]:
    try:
        found = sorted(place.iterdir())
    except OSError as error:
        raise ValueError(f"{words(place)} cannot be opened: {error.strerror}") from error
    return [p for p in found if not p.name.startswith(".") and p.name.casefold() not in HIDDEN]


def _files(root):
    """(file, label, split or None) for every file in the folder of a class, and the names of the classes."""
    inside = [p for p in _visible(root) if p.is_dir()]
    given = bool(inside) and all(p.name.casefold() in SPLITS for p in inside)
    tops = [(SPLITS[p.name.casefold()], p) for p in inside] if given else [(None, root)]
    found, classes = [], set()
    for part, top in tops:
        places = [p for p in _visible(top) if p.is_dir()]
        if len({_name(p, top) for p in places}) < len(places):
            raise ValueError(f"two folders in {words(top)} have names that look the same")
        for place in places:
            classes.add(_name(place, top))
            for here, folders, files in os.walk(place):
                seen = {p.name for p in _visible(Path(here))}
                folders[:] = sorted(name for name in folders if name in seen)
                paths = (Path(here, name) for name in sorted(files) if name in seen)
                # A link that leads nowhere is named later; a pipe would wait for ever.
                paths = (p for p in paths if p.is_file() or not p.exists())
                found += [(p, _name(place, top), part) for p in paths]
    classes = sorted(classes)
    if len(classes) < 2:
        has = f"one, {classes[0]!r}" if classes else "none"
        raise ValueError(
            f"{words(root)} needs two or more sub-folders with pictures, one a class, e.g. "
            f"{words(root.name)}/abdomen and {words(root.name)}/chest; it has {has}"
        )
    return [(file, classes.index(name), part) for file, name, part in found], classes


def _reduced(pixels, side):
    from PIL import Image

    if side is None or max(pixels.shape[:2]) <= side:
        return pixels
    height, width = (max(1, round(n * side / max(pixels.shape[:2]))) for n in pixels.shape[:2])
    return np.array(Image.fromarray(pixels).resize((width, height), Image.Resampling.BOX))


def _patients(root, files, names, notes, depth, patient, table):
    """One patient a file, or None, and where that was found."""
    if patient is not None and table is not None:
        raise ValueError("give patient or table, not both")
    if table is None and patient is None and (root / TABLE).is_file():
        table = root / TABLE
    if table is not None:
        return _from_table(Path(table).expanduser(), names), words(Path(table).name)
    if patient is not None:
        return _from_names(patient, names), "the names"
    if all(note.startswith("DICOM ") for note in notes):
        from .sets import mri

        ids = [mri.dicom_header(file)["patient_id"] for file in files]
        if all(ids) and len(set(ids)) > 1:
            return [words(value) for value in ids], "the DICOM headers"
    below = [name.split("/")[depth:] for name in names]
    if all(len(parts) > 1 for parts in below):
        return [parts[0] for parts in below], "the folders below the class"
    return None, ""


def _from_names(patient, names):
    if not callable(patient):
        try:
            pattern = re.compile(patient)
        except (re.error, TypeError) as error:
            raise ValueError(
                f"patient={patient!r} is no regular expression: {error}"
            ) from error

        def patient(name):
            match = pattern.search(name)
            return match and match[1 if pattern.groups else 0]

    found = [patient(name) for name in names]
    _complete(names, found, "patient finds nobody in")
    return [words(value) for value in found]


def _complete(names, found, complaint):
    missing = [name for name, value in zip(names, found, strict=True) if value in (None, "")]
    if missing:
        raise ValueError(
            f"{complaint} {len(missing)} of {len(names)} pictures: {_few(missing)}"
        )


def _from_table(path, names):
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{words(path)} cannot be read: {error.strerror}") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")  # as Excel saves it
    first = text.partition("\n")[0]
    rows = csv.DictReader(text.splitlines(), delimiter=max(",;\t", key=first.count))
    heads = {(head or "").strip().casefold(): head for head in rows.fieldnames or []}
    if not {"file", "patient"} <= heads.keys():
        raise ValueError(
            f"{words(path)} needs the columns 'file' and 'patient'; it has {list(heads)}"
        )
    known = {}
    for row in rows:
        file, who = ((row[heads[key]] or "").strip() for key in ("file", "patient"))
        file = unicodedata.normalize("NFC", words(file.replace("\\", "/")))
        if file and who and known.setdefault(file, words(who)) != words(who):
            raise ValueError(f"{words(path)} names two patients for {file}")
    twice = Counter(name.rpartition("/")[2] for name in names)
    short = {name: name.rpartition("/")[2] for name in names}
    found = [
        known.get(name) or (known.get(short[name]) if twice[short[name]] == 1 else None)
        for name in names
    ]
    _complete(names, found, f"{words(path)} names no patient for")
    return found


def _split(labels, parts, cases):
    if all(parts):
        for case in sorted(set(cases)):
            inside = {part for part, c in zip(parts, cases, strict=True) if c == case}
            if len(inside) > 1:
                raise ValueError(
                    f"patient {case!r} is in {' and '.join(sorted(inside))}: move the pictures into one of them, or "
                    "the test knows whom it tests"
                )
        return np.array(parts)
    from .sets.common import shared_out

    first = {}
    for label, case in zip(labels, cases, strict=True):
        first[case] = min(label, first.get(case, label))
    part = shared_out(first)
    return np.array([part[case] for case in cases])


def _few(items, most=3) -> str:
    items = list(items)
    return ", ".join(items[:most]) + (
        f" and {len(items) - most} more" if len(items) > most else ""
    )


def _why(skipped) -> str:
    return ": " + _few(f"{file} ({why})" for file, why in skipped.items()) if skipped else ""


def _announce(record, source, side, given):
    def counts(where):
        each = np.bincount(record.labels[where], minlength=len(record.classes))
        return each, ", ".join(
            f"{name} {n}" for name, n in zip(record.classes, each, strict=True)
        )

    print(f"{record.name}: {len(record)} own pictures ({counts(slice(None))[1]})")
    kinds = record.targets["pixels"]
    for kind in dict.fromkeys(kinds):
        each, text = counts(kinds == kind)
        print(f"  {kind} ({text})")
        if len(set(kinds)) > 1 and np.count_nonzero(each) == 1:
            print("    All of one class: a network may learn the kind of file instead.")
    if side is not None:
        print(f"  the longer side is at most {side} pixels")
    if skipped := record.extra["skipped"]:
        print(f"  {len(skipped)} file{'s' * (len(skipped) > 1)} skipped{_why(skipped)}")
    parts = ", ".join(f"{np.sum(record.split == p)} {p}" for p in ("train", "val", "test"))
    how = "as the folders say" if given else "by patient" if source else "by picture"
    if source:
        print(f"  {len(set(record.cases))} patients, from {source}; split {how}: {parts}")
    else:
        print(f"  patients are not known; split {how}: {parts}")
        print(
            "    Has a person several pictures? Then name them, with patient=... or patients.csv."
        )
