"""Slides from the same notebooks: the cells that carry `slide` in their metadata, and their saved outputs.

A code cell becomes a slide by its metadata, e.g. {"slide": {"title": "Ten of ten", "points": ["..."], "code": true}}:
title: heading of the slide.
points: up to four short lines above the output; "predict" in their place asks a question first, and the output
    appears at the next key press.
code: whether the code is shown; without it only the output is. Of a picture with a table only the picture is.
The prose that follows the cell in the lesson becomes the speaker's notes. The title slide comes from the lesson's
header, the last one from its section "Take-away".
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

from .lessons import ROOT, find

REVEAL = "4.6.1"
VENDOR = ROOT / "book" / "_static" / "vendor"  # filled by book/assets.py where npm is at hand
CDN = "https://cdn.jsdelivr.net/npm"
STYLE = """
.reveal { font-family: system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; font-size: 26px; color: #222; }
.reveal .slides { text-align: left; }
.reveal h1, .reveal h2 { font-family: inherit; text-transform: none; color: #003f66; letter-spacing: 0; }
.reveal .slides section .jp-RenderedHTMLCommon h1 { font-size: 60px; line-height: 1.15; margin: 2em 0 0.5em;
  padding-bottom: 0.3em; border-bottom: 4px solid #E69F00; }
.reveal .slides section .jp-RenderedHTMLCommon h2 { font-size: 40px; margin: 0 0 0.35em; padding-bottom: 0.15em;
  border-bottom: 3px solid #E69F00; }
.reveal .jp-RenderedHTMLCommon { font-size: 26px; line-height: 1.4; color: #222; }
.reveal .jp-RenderedHTMLCommon ul { margin: 0 0 0.4em 1.1em; }
.reveal .jp-RenderedHTMLCommon li { margin: 0.2em 0; }
.reveal .jp-RenderedHTMLCommon a { color: #0072B2; }
.reveal .jp-Cell { padding: 0; }
.reveal .jp-InputPrompt, .reveal .jp-OutputPrompt { display: none; }
.reveal .jp-InputArea-editor { border: 0; background: #f4f6f8; }
.reveal .highlight pre { font-size: 19px; line-height: 1.35; box-shadow: none; width: 100%; margin: 0; padding: 8px; }
.reveal .jp-OutputArea-output pre { font-size: 22px; line-height: 1.4; box-shadow: none; width: auto; margin: 8px 0; }
.reveal .jp-RenderedImage img { max-height: 540px; max-width: 100%; height: 540px; object-fit: contain; margin: 0 auto;
  display: block; }
.reveal .slides section.with-points .jp-RenderedImage img { height: 450px; }
.reveal .jp-RenderedHTMLCommon table { font-size: 25px; margin: 8px 0; border-collapse: collapse; }
.reveal .jp-RenderedHTMLCommon td, .reveal .jp-RenderedHTMLCommon th { padding: 8px 16px; font-size: 25px;
  text-align: left; max-width: none; white-space: normal; }
.reveal .jp-RenderedHTMLCommon table:has(tbody tr:nth-child(7), td:nth-child(5)) :is(td, th) { font-size: 20px;
  padding: 6px 14px; }
.reveal .predict { background: #fff6e5; border-left: 6px solid #E69F00; padding: 0.4em 0.8em; margin: 0.3em 0; }
.reveal .where { color: #666; font-size: 20px; }
.reveal .slide-number { font-size: 16px; background: none; color: #666; }
.reveal .progress { color: #E69F00; }
@media print { .reveal aside.notes { display: none; } }
"""
# nbconvert's page without jQuery, RequireJS and MathJax 2: the course loads reveal.js and MathJax 3 as they are.
PAGE = """
{%- extends "reveal/index.html.j2" -%}
{%- block html_head_js -%}<link rel="icon" href="data:,">{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_mathjax -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}
<script>MathJax = {tex: {inlineMath: [["$", "$"]]}};</script>
<script defer src="MATHJAX"></script>
{%- endblock -%}
{%- block footer_js -%}
<style>STYLE</style>
<script src="REVEAL/dist/reveal.js"></script>
<script src="REVEAL/plugin/notes/notes.js"></script>
<script>
for (const s of document.querySelectorAll(".slides section"))
  s.classList.toggle("with-points", !!s.querySelector("ul, .predict"));
Reveal.initialize({hash: true, slideNumber: "c/t", width: 1120, height: 700, margin: 0.05, center: false,
  transition: "none", plugins: [RevealNotes]});
</script>
{%- endblock -%}
"""


def make(lesson: str = "", folder: Path | None = None) -> list[Path]:
    """Write slides of a lesson, or of all lessons that have some, into `folder` (build/slides).

    They load reveal.js from a copy beside them if `book/assets.py` has fetched one, else from a CDN.
    Returns the pages. Raises ValueError for a named lesson without slides.
    """
    import nbformat

    folder = Path(folder or ROOT / "build" / "slides")
    folder.mkdir(parents=True, exist_ok=True)
    reveal, mathjax = f"{CDN}/reveal.js@{REVEAL}", f"{CDN}/mathjax@3/es5/tex-svg.js"
    if (VENDOR / "reveal").exists():
        shutil.copytree(VENDOR, folder / "vendor", dirs_exist_ok=True)
        reveal, mathjax = "vendor/reveal", "vendor/tex-svg.js"
    written = []
    for path in find(lesson):
        nb = nbformat.read(path, as_version=4)
        if not any("slide" in cell.metadata for cell in nb.cells):
            if lesson:
                raise ValueError(f"lesson {path.stem} has no slides: no cell carries `slide`")
            continue
        page = folder / f"{path.stem}.html"
        page.write_text(_html(_deck(nb, path.stem), reveal, mathjax), encoding="utf-8")
        written.append(page)
    return written


def _html(nb, reveal: str, mathjax: str) -> str:
    from nbconvert import SlidesExporter

    page = PAGE.replace("STYLE", STYLE).replace("REVEAL", reveal).replace("MATHJAX", mathjax)
    exporter = SlidesExporter(reveal_url_prefix=reveal, reveal_theme="white", raw_template=page)
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = True
    text, _ = exporter.from_notebook_node(nb)
    return text


def _deck(nb, name: str):
    """A notebook with one slide after the other, as nbconvert wants it."""
    import nbformat

    v4, about, cells = nbformat.v4, nb.metadata["course"], []

    def add(kind, cell, **metadata):
        cell = v4.new_markdown_cell(cell) if isinstance(cell, str) else cell
        cell.metadata = nbformat.from_dict({"slideshow": {"slide_type": kind}, **metadata})
        cells.append(cell)

    where = f"<p class='where'>Lesson {name[:2]} · {html.escape(about['work'])}</p>"
    add("slide", f"# {about['title']}\n\n**{about['question']}**\n\n{where}")
    first = next(cell.source for cell in nb.cells[2:] if cell.cell_type == "markdown")
    goals = "\n".join(f"- {goal}" for goal in about["objectives"])
    add("notes", f"{_spoken(first)}\n\nAt the end you can:\n\n{goals}")
    for i, cell in enumerate(nb.cells):
        if "slide" not in cell.metadata:
            continue
        slide = cell.metadata["slide"]
        text = f"## {slide['title']}\n\n" + "\n".join(f"- {p}" for p in slide.get("points", []))
        asked = slide.get("predict")
        add("slide", text + (f"<p class='predict'>Predict: {asked}</p>" if asked else ""))
        shown = v4.new_code_cell(cell.source, outputs=_fitting(cell.outputs))
        add(
            "fragment" if asked else "-",
            shown,
            transient={"remove_source": not slide.get("code")},
        )
        add("notes", f"{_notes(nb, i)}\n\nLesson {name[:2]}, {_place(nb, i)}.")
    ending = next(cell.source for cell in nb.cells if "## Take-away" in cell.source)
    add("slide", "## Take-away" + ending.split("## Take-away")[1].split("\n## ")[0])
    add(
        "notes",
        "The quiz of the lesson takes five minutes in class. The exercises are for home.",
    )
    return v4.new_notebook(cells=cells, metadata={"title": about["title"]})


def _fitting(outputs) -> list:
    """What fits on a slide: beside a picture no table and no more than one line of text."""
    pictures = [o for o in outputs if "image/png" in o.get("data", {})]
    if not pictures:
        return outputs
    return [o for o in outputs if o.get("text", "\n" * 9).count("\n") <= 1 or o in pictures[:1]]


def _notes(nb, position: int) -> str:
    """The prose after a cell, or after the code cell that follows it, up to the next code cell."""
    prose = []
    for cell in nb.cells[position + 1 :]:
        if cell.cell_type == "markdown":
            prose.append(cell.source)
        elif prose or "slide" in cell.metadata:
            break
    return _spoken("\n\n".join(prose))


def _place(nb, position: int) -> str:
    """Where a slide comes from: "cell 12, in 'The swap test'". Cells are counted from 1, as a reader would."""
    headings = [
        title
        for cell in nb.cells[:position]
        if cell.cell_type == "markdown"
        for title in re.findall(r"^## (.+)$", cell.source, re.M)
    ]
    return f"cell {position + 1}" + (f", in '{headings[-1]}'" if headings else "")


def _spoken(text: str) -> str:
    """Markdown without headings, folded parts' frames, and links into the course."""
    text = re.split(r"^## ", text, flags=re.M)[0]
    text = re.sub(r"</?details>|<summary>.*?</summary>", "", text)
    text = re.sub(r"\[([^]]+)\]\((?:\.\./|#)[^)]*\)", r"\1", text)
    return text.strip()
