"""The house: what each part of course_utils is for, and what may import what.

python book/house.py        # draw book/_static/house.svg from the imports
"""

import ast
from pathlib import Path

import course_utils

BOOK = Path(__file__).parent
# The one list of the order, from the ground up: a part imports only from those before it.
FLOORS = {
    "switches": "COURSE_DATA and its like, read in one place",
    "arithmetic": "the same numbers on Linux x86-64: what is pinned",
    "spread": "how far each number moves elsewhere, measured",
    "arrays": "one check each for labels, masks, spacings, numbers",
    "simulate": "images with exact ground truth, one module a kind",
    "weights": "trained weights, each file beside the script that made it",
    "data": "the catalog; fetch and verify files; in sets/ each set with its stand-in",
    "volumes": "volumes in the patient's coordinates",
    "preprocess": "the blocks of the survey's Fig. 1",
    "metrics": "how good is it, and how sure are we?",
    "alignment": "images laid onto each other, and how well",
    "leakage": "what in a set could leak, on one page",
    "models": "networks that a lesson writes out, for use elsewhere",
    "gray_matter": "the spinal cord of lesson 12",
    "show": "the figures",
    "runtime": "seed, threads, device: what a lesson needs before its first line",
    "checkup": "is this computer ready?",
    "training": "quick, seeded fits",
    "detection": "boxes, FROC and a small Faster R-CNN",
    "exercises": "the friendly checks, one module a lesson",
    "results": "the paper beside ours",
    "authoring": "the workshop: run and save lessons, pages, slides",
    "cli": "python -m course_utils",
}


def imports() -> set[tuple[str, str]]:
    """(importer, imported) for every import inside course_utils, lazy ones too, as dotted names below it."""
    root, found = Path(course_utils.__file__).parent, set()
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
                for alias in node.names:
                    whole = root.joinpath(*base, alias.name)
                    module = whole.is_dir() or whole.with_suffix(".py").exists()
                    target = [*base, alias.name] if module else base
                    found.add((name, ".".join(part for part in target if part)))
    return found


def floor(name: str) -> str:
    """The floor of a module. A script that makes weights stands beside the house: nothing imports it."""
    return name if name.startswith("weights.") else name.split(".")[0]


def stairs() -> list[tuple[str, str]]:
    """(importer, imported) between two floors, each once."""
    pairs = {(floor(a), floor(b)) for a, b in imports()}
    return sorted((a, b) for a, b in pairs if a in FLOORS and b in FLOORS and a != b)


def caption() -> str:
    """All stairs as text; the picture carries it, so a test sees when it is out of date."""
    return "; ".join(f"{a} imports {b}" for a, b in stairs())


def draw() -> Path:
    """Draw the picture: the floors from the ground up, and an arc for each import down to the floor it needs."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt
    from matplotlib.patches import Arc

    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "house", "font.size": 11}
    level = {name: k for k, name in enumerate(FLOORS)}
    fig, ax = plt.subplots(figsize=(10, 6.2), layout="constrained")
    for name, k in level.items():
        colour = "#d6e9f8" if name in dir(course_utils) else "#f0f0f0"
        ax.add_patch(plt.Rectangle((0, k - 0.4), 8.6, 0.8, facecolor=colour, edgecolor="#999"))
        ax.text(0.15, k, name, va="center", weight="bold", color="#003f66")
        ax.text(1.75, k, FLOORS[name], va="center", color="#222")
    for a, b in stairs():
        high, low = level[a], level[b]
        size = {"width": 5 / len(FLOORS) * (high - low), "height": high - low}
        arc = Arc((0, (high + low) / 2), **size, theta1=90, theta2=270, color="#0072B2", lw=1)
        ax.add_patch(arc)
        ax.plot(-0.02, low, "<", color="#0072B2", markersize=3, clip_on=False)
    ax.text(
        8.6, len(FLOORS) - 0.5, "blue: what a lesson calls as cu.NAME", ha="right", va="bottom"
    )
    ax.set(xlim=(-2.6, 8.7), ylim=(-0.6, len(FLOORS)))
    ax.axis("off")
    page = BOOK / "_static" / "house.svg"
    fig.savefig(page, metadata={"Date": None, "Description": caption()})
    return page


if __name__ == "__main__":
    print(draw())
