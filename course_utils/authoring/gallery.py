"""A card for each lesson: a picture that it made, its question, its minutes, its number beside the paper's.

Everything comes out of the lessons' files. CHOSEN says which picture and which number; a lesson that is not in it
shows its first figure without quoted images, and its first number that stands beside one of the paper.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from functools import cache
from pathlib import Path

from ..data import fetch
from ..results import numbers

SIZE = 480, 300  # of a thumbnail; cards show it at about 320
LARGEST = 30_000  # bytes of a thumbnail
ALL = (0, 0, 1, 1)
# Lesson: id of the cell, which picture of the cell, the part of it (left, top, right, bottom) to show.
CHOSEN = {
    "00": ("34ea47da", 0, (0, 0, 0.67, 1)),
    "01": ("l01-028", 0, (0, 0, 0.665, 0.92)),
    "02": ("l02-006", 0, ALL),
    "03": ("482e8289", 0, ALL),
    "04": ("3578d9d5", 0, (0, 0, 0.67, 0.84)),
    "05": ("47fd90bf", 0, (0, 0, 0.665, 0.87)),
    "06": ("7d1e4b98", 0, (0, 0, 1, 0.95)),
    "07": ("l07-030", 0, ALL),
    "08": ("3be1d6a9", 0, ALL),
    "09": ("l09-006", 0, (0, 0.39, 1, 0.96)),
    "10": ("l10-035", 0, (0, 0, 1, 0.63)),
    "11": ("l11-021", 0, (0, 0, 0.667, 0.475)),
    "12": ("l12-063", 0, (0, 0, 0.5, 0.9)),
    "13": ("f8a99087", 0, (0.36, 0.1, 1, 0.88)),
    "14": ("799f303e", 0, (0.333, 0.497, 1, 1)),
    "15": ("622c1bc1", 0, (0.25, 0, 0.75, 1)),
    "16": ("65dc939b", 1, (0.5, 0, 1, 0.5)),
    "17": ("5cc2d41c", 0, (0.43, 0, 1, 1)),
    "18": ("00cc6af8", 0, (0.4, 0, 1, 0.95)),
    "19": ("813034b7", 0, ALL),
    "20": ("80e5e7dc", 0, (0.24, 0.08, 1, 0.95)),
    "21": ("df86d41b", 0, ALL),
    "23": ("7dbd4fe2", 1, (0, 0, 0.515, 1)),
}
# Lesson: the quantity in its record, where the first one that has a number of the paper says less.
QUANTITIES = {
    "12": "Dice (DSC)",
    "15": "sensitivity at 5 false positives, real sample",
    "19": "benign spared, threshold from training",
}


@cache
def lesson(path: Path) -> dict:
    """A lesson as its file has it."""
    return json.loads(path.read_text(encoding="utf-8"))


def pictures(path: Path) -> list[tuple[str, int, str, dict]]:
    """The figures that a lesson saved: cell, place in the cell, PNG in base 64, what it says about itself."""
    found = []
    for cell in lesson(path)["cells"]:
        outputs = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
        for place, output in enumerate(outputs):
            about = output["metadata"].get("image/png", {})
            found.append((cell["id"], place, "".join(output["data"]["image/png"]), about))
    return found


def quoted(about: dict) -> bool:
    """Whether a figure shows images that may be quoted, and not passed on."""
    return any(fetch.entry(name)["show"] == "quote" for name in about.get("sets", ()))


def picture(path: Path) -> tuple[str, tuple, dict]:
    """The figure on a lesson's card: PNG in base 64, the part to show, what it says about itself.

    Raises ValueError for a lesson without a saved figure.
    """
    *chosen, part = CHOSEN.get(path.name[:2], ("", 0, ALL))
    found = pictures(path)
    if not found:
        raise ValueError(f"{path.name} has no saved figure for its card: run `make outputs`")
    for cell, place, png, about in found:
        if [cell, place] == chosen:
            return png, part, about
    _, _, png, about = next((f for f in found if not quoted(f[3])), found[0])
    return png, ALL, about


def mark(path: Path) -> str:
    """What a thumbnail carries as its comment, so that one can see when it is out of date."""
    png, part, _ = picture(path)
    return hashlib.sha256(f"{png}{part}{SIZE}".encode()).hexdigest()


def thumbnails(notebooks, folder: Path) -> None:
    """Write NN.jpg to `folder` for each lesson whose picture changed."""
    from PIL import Image, ImageOps

    folder.mkdir(parents=True, exist_ok=True)
    for path in notebooks:
        target = folder / f"{path.name[:2]}.jpg"
        if target.exists() and Image.open(target).info.get("comment") == mark(path).encode():
            continue
        png, part, _ = picture(path)
        image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
        edges = zip(part, 2 * image.size, strict=True)
        image = image.crop([round(share * length) for share, length in edges])
        image = ImageOps.pad(image, SIZE, Image.Resampling.LANCZOS, color="white")
        for quality in range(90, 20, -5):
            image.save(target, quality=quality, optimize=True, comment=mark(path))
            if target.stat().st_size <= LARGEST:
                break


def number(path: Path, records: list[dict]) -> str:
    """A lesson's number beside the paper's in words; "" where the paper gives none."""
    wanted = QUANTITIES.get(path.name[:2])
    for record in records:
        if re.match(r"-?\d", str(record["paper"])) and wanted in (None, record["quantity"]):
            paper, ours = numbers(record)
            return f"{record['quantity']}: ours {ours}, paper {paper}"
    return ""


def card(path: Path, records: list[dict]) -> dict:
    """What stands on a lesson's card: number, title, question, minutes, result, alt, credit."""
    from ..show import source_line

    about, (_, part, figure) = lesson(path)["metadata"]["course"], picture(path)
    minutes = f"{sum(about['minutes'].values()):.0f} minutes"
    if about["needs"]:
        minutes += f", needs {', '.join(about['needs'])}"
    return {
        "number": path.name[:2],
        "file": path.name,
        "title": about["title"],
        "question": about["question"],
        "minutes": minutes,
        "result": number(path, records),
        "alt": "Part of a figure: " * (part != ALL) + re.sub(r"[|\[\]\s]+", " ", figure["alt"]),
        "credit": source_line(*figure.get("sets", ())),
    }


def table(cards: list[dict], notebooks: str, static: str, columns: int = 3) -> str:
    """The cards as a table in Markdown. notebooks, static: the folders, as the page sees them."""
    cells = []
    for c in cards:
        link = f"{notebooks}{c['file']}"
        lines = [
            f"[![{c['alt']}]({static}/lessons/{c['number']}.jpg)]({link})",
            f"**[{c['number']} · {c['title']}]({link})**",
            c["question"],
            f"*{c['minutes']}*",
            c["result"],
            c["credit"] and f"<sub>{c['credit']}</sub>",
        ]
        cells.append("<br>".join(line.replace("|", "/") for line in lines if line))
    cells += [""] * (-len(cells) % columns)
    rows = ["| " * columns + "|", "|:--" * columns + "|"]
    rows += [f"| {' | '.join(cells[i : i + columns])} |" for i in range(0, len(cells), columns)]
    return "\n".join(rows)


def grid(cards: list[dict], notebooks: str, static: str) -> str:
    """The cards for a page of the book."""
    lines = ["````{grid} 1 2 3 3", ":gutter: 3", ":class-container: lessons"]
    for c in cards:
        credit = c["credit"] and f"<small>{c['credit']}</small>"
        texts = [t for t in (c["question"], f"*{c['minutes']}*", c["result"], credit) if t]
        lines += [
            "",
            f"```{{grid-item-card}} {c['number']} · {c['title']}",
            f":img-top: {static}/lessons/{c['number']}.jpg",
            f":img-alt: {c['alt']}",
            f":link: {notebooks}{Path(c['file']).stem}",
            ":link-type: doc",
            "",
            "\n\n".join(texts),
            "```",
        ]
    return "\n".join([*lines, "````"])
