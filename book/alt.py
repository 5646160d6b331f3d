"""A Sphinx extension: a saved figure keeps the words that the lesson gave it; else its alt text is its file's name."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGE = re.compile(r'<img alt="[^"]*?([0-9a-f]{64}\.png)"')


def words(page: str) -> dict[str, str]:
    """The figures of a notebook: the name of their file in the book -> their words."""
    path, found = ROOT / f"{page}.ipynb", {}
    if path.exists():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for out in cell.get("outputs", []):
                if png := out.get("data", {}).get("image/png"):
                    name = hashlib.sha256(base64.b64decode("".join(png))).hexdigest() + ".png"
                    found[name] = out["metadata"].get("image/png", {}).get("alt", "figure")
    return found


def describe(app, page, template, context, doctree) -> None:
    if doctree is not None:
        known = words(page)
        context["body"] = IMAGE.sub(
            lambda m: f'<img alt="{html.escape(known.get(m[1], "figure"))}"', context["body"]
        )


def setup(app):
    """Sphinx calls this."""
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True}
