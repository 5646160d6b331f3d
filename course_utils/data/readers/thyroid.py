"""Ultrasound of the thyroid: DDTI."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ..records import Dataset
from .common import Files, broken, picture, shared_out

TIRADS = ("2", "3", "4a", "4b", "4c", "5")
READINGS = ("composition", "echogenicity", "margins", "calcifications")
SHAPE = 360, 560
LARGEST_XML = 100_000  # bytes; the largest of the set has 6 thousand


def thyroid_ddti(files: Files) -> Dataset:
    """341 views of thyroid nodules from 291 cases, each with the outlines of its nodules and the case's TI-RADS.

    images: (341, 360, 560) uint8 grey, the whole screen with its scales and texts; some show two views side by side.
    labels: 0 to 5 for TI-RADS 2, 3, 4a, 4b, 4c, 5 (`classes`), a reading of the case, not a biopsy. A usual cut
    is suspicious = labels >= 3, that is 4b and above.
    targets: "nodules" (341, 360, 560) bool, the filled polygons, cut at the border of the screen; "n_nodules" (341,);
    and what was read of the case, each (341,) text, "" where it is missing: "composition", "echogenicity",
    "margins", "calcifications".
    files: "100_1" is view 1 of case 100. cases: "100".
    split: the set has none. Here each TI-RADS is shared out by case, in an order that a hash fixes: 60 % train, 15 %
    val, 25 % test.
    extra["left_out"]: views without a usable outline. In 7 cases the polygon is cut off in the file, so the case is
    missing; one view has no polygon. Arrows and other marks with fewer than 3 points are no outlines.
    extra["text_from_row"]: from this row on the screen holds only text. In 73 views it names the TI-RADS, and in some
    the pathology: cut it off before training, images[:, :312].
    Raises ValueError for a damaged file.
    """
    cases = {}
    for name, path in files.items():
        if name.endswith(".xml"):
            cases[Path(name).stem] = _case(path)
    views = sorted(
        (int(case), int(view), name)
        for name in files
        if name.endswith(".jpg")
        for case, view in [Path(name).stem.split("_")]
    )
    images, masks, names, left_out = [], [], [], []
    for case, view, name in views:
        outlines = cases[str(case)]["marks"].get(str(view))
        if not outlines:
            left_out.append(f"{case}_{view}")
            continue
        pixels = picture(files[name], "L")
        if pixels.shape != SHAPE:
            raise broken(files[name], f"{pixels.shape} pixels, not {SHAPE}")
        images.append(pixels)
        masks.append(_filled(outlines))
        names.append((str(case), f"{case}_{view}", len(outlines)))
    of, ids, counts = zip(*names, strict=True)
    part = shared_out({case: cases[case]["tirads"] for case in of})
    return Dataset(
        name="thyroid_ddti",
        source="real",
        images=np.stack(images),
        split=np.array([part[case] for case in of]),
        labels=np.array([TIRADS.index(cases[case]["tirads"]) for case in of]),
        classes=tuple(f"TI-RADS {name}" for name in TIRADS),
        files=np.array(ids),
        cases=np.array(of),
        targets={
            "nodules": np.stack(masks),
            "n_nodules": np.array(counts),
            **{key: np.array([cases[case][key] for case in of]) for key in READINGS},
        },
        extra={"left_out": left_out, "text_from_row": 312},
    )


def _case(path: Path) -> dict:
    """What an XML file says: "tirads", the readings, and "marks": view -> list of outlines (k, 2) x, y."""
    from defusedxml import ElementTree

    try:
        if path.stat().st_size > LARGEST_XML:
            raise ValueError(f"more than {LARGEST_XML} bytes")
        root = ElementTree.parse(path).getroot()
        found = {key: (root.findtext(key) or "").strip() for key in READINGS}
        # Two spellings each in the source.
        found["margins"] = found["margins"].replace("ill- ", "ill ")
        found["calcifications"] = found["calcifications"].replace("cations", "cation")
        found["tirads"] = (root.findtext("tirads") or "").strip()
        if found["tirads"] not in TIRADS:
            raise ValueError(f"TI-RADS {found['tirads']!r} is none of {TIRADS}")
        found["marks"] = {
            mark.findtext("image"): _outlines(mark.findtext("svg") or "")
            for mark in root.iter("mark")
        }
    except Exception as error:
        raise broken(path, error) from error
    return found


def _outlines(text: str) -> list[np.ndarray]:
    """Polygons (k, 2) x, y in pixels from the JSON text of a mark; none where it is empty or cut off."""
    try:
        regions = json.loads(text)
    except json.JSONDecodeError:
        return []
    polygons = [
        np.array([(float(p["x"]), float(p["y"])) for p in region["points"]])
        for region in regions
        if len(region["points"]) >= 3
    ]
    for polygon in polygons:
        if not (np.abs(polygon) < 10_000).all():  # also false for NaN
            raise ValueError("a corner of a polygon is far outside the picture")
    return polygons


def _filled(polygons: list[np.ndarray]) -> np.ndarray:
    from skimage.draw import polygon

    mask = np.zeros(SHAPE, bool)
    for x, y in (corners.T for corners in polygons):
        mask[polygon(y, x, SHAPE)] = True
    return mask
