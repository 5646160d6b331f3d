"""Ultrasound of the thyroid: DDTI."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ...simulate.ultrasound import thyroid
from ..records import Dataset
from . import dataset
from .common import Files, broken, shared_out, sized

TIRADS = ("2", "3", "4a", "4b", "4c", "5")
READINGS = ("composition", "echogenicity", "margins", "calcifications")
SHAPE = 360, 560
LARGEST_XML = 100_000  # bytes; the largest of the set has 6 thousand


@dataset()
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
        images.append(sized(files[name], "L", SHAPE))
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


# --- stand-ins


# Cases and views of each TI-RADS, as in the split of the real set.
SHARES = {
    "train": [(22, 23), (8, 12), (49, 54), (44, 47), (33, 39), (18, 25)],
    "val": [(6, 8), (2, 2), (12, 15), (11, 11), (8, 11), (4, 6)],
    "test": [(9, 10), (4, 5), (21, 24), (18, 19), (14, 16), (8, 14)],
}
# What a reader may write, from the least to the most suspicious.
WORDS = {
    "composition": ("spongiform", "predominantly cystic", "predominantly solid", "solid"),
    "echogenicity": ("hyperechogenicity", "isoechogenicity", "hypoechogenicity"),
    "margins": ("well defined smooth", "well defined", "ill defined", "spiculated"),
}


@thyroid_ddti.standin
def drawn_thyroid_ddti() -> Dataset:
    """341 screens (341, 360, 560) uint8 of 291 cases in the form of the real set, drawn at 128 pixels and enlarged.

    Counts of cases and views by split and TI-RADS are the real ones. As there, some screens show two views side
    by side, with a nodule each, some readings are missing, and some screens name the TI-RADS in the text below the
    picture.
    """
    rng = np.random.default_rng(360)
    rows = []  # split, label, case, view
    for split, shares in SHARES.items():
        for label, (cases, views) in enumerate(shares):
            first = rows[-1][2] + 1 if rows else 1
            of = np.concatenate([np.arange(cases), rng.integers(0, cases, views - cases)])
            for case in sorted(of.tolist()):
                again = rows and rows[-1][2] == first + case
                rows.append((split, label, first + case, rows[-1][3] + 1 if again else 1))
    split, label, case, view = (np.array(column) for column in zip(*rows, strict=True))
    # The views of a case are of one nodule: they share its risk and what was read of it.
    chance = rng.normal(0, 0.3, case.max() + 1)[case]
    risk = np.clip(np.linspace(0.25, 0.75, 6)[label] + chance, 0, 1)
    double = rng.random(len(rows)) < 0.3
    scans, truth = thyroid(rng, len(rows), 128, risk)
    others, more = thyroid(rng, double.sum(), 128, risk[double])
    images = np.zeros((len(rows), 360, 560), np.uint8)
    masks = np.zeros(images.shape, bool)
    second = iter(zip(others, more["nodule"], strict=True))
    for k, (scan, nodule) in enumerate(zip(scans, truth["nodule"], strict=True)):
        pair = [(scan, nodule)]
        if double[k]:
            pair = [(s[:, 16:112], m[:, 16:112]) for s, m in (*pair, next(second))]
        _on_screen(images[k], masks[k], pair)
        named = rng.random() < 0.2
        _write(images[k], rng, f"TIRADS {TIRADS[label[k]].upper()}" if named else "")
    return Dataset(
        name="thyroid_ddti",
        source="simulated",
        images=images,
        split=split,
        labels=label,
        classes=tuple(f"TI-RADS {name}" for name in TIRADS),
        files=np.array([f"{c}_{v}" for c, v in zip(case, view, strict=True)]),
        cases=case.astype(str),
        targets={
            "nodules": masks,
            "n_nodules": 1 + double.astype(int),
            **_readings(rng, case, risk),
        },
        extra={"left_out": [], "text_from_row": 312},
    )


def _on_screen(screen, mask, pair) -> None:
    """Put one scan, or two side by side, on the screen and their nodules in the mask, in place."""
    from PIL import Image

    left = (560 - 300) // 2 if len(pair) == 1 else (560 - 450) // 2
    for scan, nodule in pair:
        size = round(300 * scan.shape[1] / scan.shape[0]), 300
        here = slice(6, 306), slice(left, left + size[0])
        screen[here] = Image.fromarray(scan).resize(size, Image.Resampling.BICUBIC)
        grey = Image.fromarray(nodule.astype(np.uint8) * 255)
        mask[here] = np.asarray(grey.resize(size, Image.Resampling.BILINEAR)) > 127
        left += size[0]


def _write(screen, rng, text) -> None:
    """The grey bar, the settings, the side (right, left or isthmus, in Spanish) and a text below, in place."""
    from PIL import Image, ImageDraw

    picture = Image.fromarray(screen)
    pen = ImageDraw.Draw(picture)
    for k, line in enumerate(("P100", "12L6", "9.0", "31fps", "DR65", "2DG", "92")):
        pen.text((528, 4 + 14 * k), line, fill=200, font_size=11)
    where = str(rng.choice(["DER", "IZQ", "ITSMO"]))
    x, y = (int(v) for v in rng.integers((60, 318), (110, 336)))
    pen.text((x, y), where, fill=220, font_size=13)
    if text:
        pen.text((x + 90, y), text, fill=220, font_size=13)
    screen[:] = picture
    screen[160:250, 8:18] = np.linspace(255, 0, 90)[:, None]


def _readings(rng, case, risk) -> dict[str, np.ndarray]:
    """Words for each case that go with its risk, more or less; some of composition and echogenicity are missing."""
    cases = case.max() + 1
    by_case = np.zeros(cases)
    by_case[case] = risk
    found = {}
    for key, words in WORDS.items():
        seen = np.clip(by_case + rng.normal(0, 0.2, cases), 0, 0.999)
        text = np.array(words)[(seen * len(words)).astype(int)]
        missing = rng.random(cases) < (0 if key == "margins" else 0.4)
        found[key] = np.where(missing, "", text)[case]
    grains = np.clip(by_case + rng.normal(0.1, 0.25, cases), 0, 0.999)
    kinds = np.array(["non", "macrocalcification", "microcalcification"])
    found["calcifications"] = kinds[np.digitize(grains, [0.35, 0.45])][case]
    return found
