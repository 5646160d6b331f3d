"""The scoreboard as a picture: for each number that a paper gives a line, with the paper's dot and ours."""

from __future__ import annotations

import re
from pathlib import Path

from ..results import numbers

# Panel: what a quantity of it is called in the records; the first that fits holds.
PANELS = {
    "distance in mm": r"(?!)",  # by its unit
    "AUC": r"\bAUC\b",
    "Dice": r"\bDice\b",
    "accuracy": r"\baccuracy\b",
    "sensitivity": r"\bsensitivity\b|\bTPR\b",
    "specificity": r"\bspecificity\b",
    "precision": r"\bprecision\b|\bPPV\b",
    "benign biopsies spared": r"\bspared\b",
}


def _value(number) -> float | None:
    """The number that a record's entry is, or begins with before a word in brackets."""
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)( \(.*\))?", str(number))
    return float(found[1]) if found else None


def panels(records: list[dict]) -> dict[str, list[tuple]]:
    """Panel -> (label, paper, ours, low, high, in words) of each record that has two numbers of a known kind."""
    found = {name: [] for name in PANELS}
    for r in records:
        name = next((n for n, words in PANELS.items() if re.search(words, r["quantity"])), None)
        if r["unit"] == "mm":
            name = "distance in mm"
        paper, ours = _value(r["paper"]), _value(r["ours"])
        if name is None or paper is None or ours is None or r["unit"] not in ("", "%", "mm"):
            continue
        ends = [float(end) for end in re.findall(r"-?\d+(?:\.\d+)?", r["range"] or "")]
        scale = 0.01 if r["unit"] == "%" else 1
        values = [scale * v for v in (paper, ours, *(ends or (ours, ours)))]
        theirs, own = numbers(r)
        label = f"{r['lesson']} {r['quantity']}"
        found[name].append((label, *values, f"{label}: paper {theirs}, ours {own}"))
    order = [*list(found)[1:], "distance in mm"]
    return {name: found[name] for name in order if found[name]}


def caption(records: list[dict]) -> str:
    """The picture as text; it carries it, so that one can see when it is out of date."""
    return "; ".join(
        f"{name}: {', '.join(row[-1] for row in rows)}"
        for name, rows in panels(records).items()
    )


def draw(records: list[dict], page: Path) -> None:
    """Draw the picture to `page`, an SVG."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    from .. import show

    kinds = panels(records)
    heights = [len(rows) + 1.1 for rows in kinds.values()]
    style = {"svg.fonttype": "none", "svg.hashsalt": "scoreboard", "font.size": 11}
    style |= {"savefig.facecolor": "white", "axes.spines.right": False}
    style |= {"axes.spines.top": False, "axes.spines.left": False}
    with plt.rc_context(style):
        fig, axes = plt.subplots(
            len(kinds), figsize=(8.5, 0.32 * sum(heights) + 0.5), height_ratios=heights,
            squeeze=False, layout="constrained",
        )  # fmt: skip
        for ax, (name, rows) in zip(axes.flat, kinds.items(), strict=True):
            places = range(len(rows))
            labels, papers, ours, low, high, _ = zip(*rows, strict=True)
            ax.hlines(places, papers, ours, color="#cccccc", linewidth=1)
            ax.hlines(places, low, high, color=show.BLUE, linewidth=5, alpha=0.4)
            paper = {"color": show.ORANGE, "marker": "D", "s": 46}
            ax.scatter(papers, places, label="the paper", zorder=3, **paper)
            ax.scatter(
                ours, places, label="this course", color=show.BLUE, s=40, zorder=4,
                edgecolor="white", linewidth=0.6,
            )  # fmt: skip
            ax.set_title(name, loc="left", fontsize=12, weight="bold")
            ax.set(yticks=places, yticklabels=labels, ylim=(len(rows) - 0.5, -0.5))
            ax.set_xlim(*((0, None) if name.endswith("mm") else (-0.02, 1.02)))
            ax.tick_params(axis="y", length=0, labelsize=11)
            ax.tick_params(axis="x", labelsize=11)
            ax.grid(axis="x", color="#dddddd")
            ax.set_axisbelow(True)
        fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
        page.parent.mkdir(parents=True, exist_ok=True)
        fig.savefig(page, metadata={"Date": None, "Description": caption(records)})
        plt.close(fig)
