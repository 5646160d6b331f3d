"""The map of the course: every lesson, part by part, with the lessons it needs: `make map`.

Titles, minutes and needs come from the lessons, the parts from _toc.yml.
"""

import json
import textwrap
from pathlib import Path

import yaml

BOOK = Path(__file__).parent
FILL, INK = "#d6e9f8", "#003f66"
WIDTH, HEIGHT = 5, 0.95  # lessons in a row; a row in inches


def lessons() -> dict[str, list[tuple[str, str, str]]]:
    """Part -> (number, title, a line on minutes and needs) of each lesson."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    parts = {}
    for part in toc["parts"]:
        for chapter in part["chapters"]:
            path = BOOK.parent / f"{chapter['file']}.ipynb"
            if path.exists() and path.name < "90":  # extras are no lessons
                about = json.loads(path.read_text(encoding="utf-8"))["metadata"]["course"]
                line = f"{sum(about['minutes'].values()):.0f} min"
                if about["needs"]:
                    line += f", needs {', '.join(about['needs'])}"
                entry = path.name[:2], about["title"].partition(":")[0], line
                parts.setdefault(part["caption"], []).append(entry)
    return parts


def caption() -> str:
    """The map as text; the picture carries it, so a test sees when it is out of date."""
    return "; ".join(f"{part}: {entries}" for part, entries in lessons().items())


def draw() -> Path:
    """Draw book/_static/map.svg: a row a part, a box a lesson."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "map", "font.size": 11}
    parts = lessons()
    fig, ax = plt.subplots(figsize=(11, HEIGHT * len(parts)), layout="constrained")
    for row, (part, entries) in enumerate(parts.items()):
        ax.text(-0.04, row, textwrap.fill(part, 15), va="center", ha="right", color="#222")
        for column, (number, title, line) in enumerate(entries):
            ax.add_patch(
                plt.Rectangle(
                    (column + 0.03, row - 0.43), 0.94, 0.86, facecolor=FILL, edgecolor=INK
                )
            )
            ax.text(column + 0.09, row - 0.2, number, va="center", weight="bold", color=INK)
            ax.text(
                column + 0.25, row - 0.3, textwrap.fill(title, 18), va="top", color="#222",
                fontsize=10, linespacing=1.1,
            )  # fmt: skip
            ax.text(
                column + 0.09,
                row + 0.29,
                line,
                va="center",
                color="#444",
                fontsize=9,
            )
    ax.set(xlim=(-0.72, WIDTH), ylim=(len(parts) - 0.5, -0.5))
    ax.axis("off")
    page = BOOK / "_static" / "map.svg"
    fig.savefig(page, metadata={"Date": None, "Description": caption()})
    return page


if __name__ == "__main__":
    print(draw())
