"""Stand-in for ultrasound of the thyroid."""

from __future__ import annotations

import numpy as np

from ...simulate.ultrasound import thyroid
from ..records import Dataset

TIRADS = ("2", "3", "4a", "4b", "4c", "5")
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


def thyroid_ddti() -> Dataset:
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
