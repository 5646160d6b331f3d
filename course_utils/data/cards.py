"""Data cards: what a set is, who labelled it, what is wrong with it, and what it must not be used for."""

from __future__ import annotations

import html
import re
import textwrap
from dataclasses import dataclass, fields

from . import fetch

# How images of a set may appear in what the course publishes, by `show` in the catalog.
SHOW = {
    "free": "free: the licence lets them be shown, with their source",
    "quote": "quote: few, small, credited, no more than the point needs",
}


@dataclass(frozen=True)
class Card:
    """One data card. It shows itself as a table in a notebook, and as text in a terminal."""

    name: str
    title: str
    source: str  # the page of the files
    licence: str
    show: str  # how its images may appear in what the course publishes
    citation: str
    count: str
    size: str
    labels: str  # how it was labelled, and by whom
    flaws: str  # what is known to be wrong with it
    not_for: str  # what it must not be used for
    split: str = ""  # a split without leaks
    baseline: str = ""  # what plain means reach
    audit: str = ""  # what `cu.audit` finds

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the card as (heading, text)."""
        headings = {
            "count": "What is in it",
            "flaws": "Known flaws",
            "not_for": "Not for",
            "show": "Its images",
        }
        values = [(f.name, getattr(self, f.name)) for f in fields(self)[2:]]
        return [(headings.get(key, key.capitalize()), text) for key, text in values if text]

    def __str__(self):
        lines = [f"{self.name}: {self.title}"]
        for heading, text in self.rows():
            lines += textwrap.wrap(
                f"{heading + ':':15}{text}", 100, initial_indent="  ", subsequent_indent=" " * 17,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        def plain(text):
            return html.escape(text, quote=False)

        head = "text-align:left;vertical-align:top;white-space:nowrap"
        body = "text-align:left;overflow-wrap:anywhere"
        rows = "".join(
            f"<tr><th style='{head}'>{plain(heading)}</th><td style='{body}'>{plain(text)}</td></tr>"
            for heading, text in self.rows()
        )
        summary = f"Data card: <b>{plain(self.title)}</b> ({plain(self.count)})"
        return f"<details><summary>{summary}</summary><table>{rows}</table></details>"

    def markdown(self) -> str:
        """The card as a section of the book."""
        rows = "\n".join(f"- **{heading}:** {text}" for heading, text in self.rows())
        return f"## {self.title}\n\n`cu.load({self.name!r})`\n\n{rows}\n"


def _page(base_url: str) -> str:
    """The page that shows the files of this address; the address itself opens nothing in a browser."""
    raw = r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/([^/]+)/"
    page = re.sub(raw, r"https://github.com/\1/tree/\2", base_url)
    return re.sub(r"(https://zenodo\.org/records/\d+)/files/", r"\1", page)


def card(name: str) -> Card:
    """The data card of a set. name: e.g. "idrid". Raises fetch.UnknownDataset for a name not in the catalog."""
    entry = fetch.entry(name)
    package = entry.get("package")
    return Card(
        name=name,
        title=entry["title"],
        source=f"comes with the package {package}, no download"
        if package
        else _page(entry["base_url"]),
        size=f"{fetch.megabytes(name):.1f} MB in {len(entry['files'])} files"
        if not package
        else "no files of its own",
        show=SHOW[entry["show"]],
        **{
            key: entry[key]
            for key in ("licence", "citation", "count", "labels", "flaws", "not_for")
        },
        **{key: entry[key] for key in ("split", "baseline", "audit") if key in entry},
    )
