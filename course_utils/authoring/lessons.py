"""The lessons as files: find them, keep their headers, run them in fresh kernels and save what they print.

Saved outputs are made here and nowhere else (`make outputs`).
"""

from __future__ import annotations

import math
import os
import re
import time
import tomllib
from importlib.metadata import metadata
from pathlib import Path

from .. import data as _data
from .. import switches

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
FIELDS = ("title", "question", "objectives", "minutes", "needs", "data", "work")
SETUP = """\
# On Colab: install the course package, once. Elsewhere this cell does nothing.
import importlib.util
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("course_utils") is None:
    %pip install -q "git+{repository}\""""


def find(lesson: str | int = "") -> list[Path]:
    """The notebook of a lesson ("07", 7 or its file's name), or all of them in order. Raises FileNotFoundError.

    Extras have numbers from 90; they are found by their number alone.
    """
    number = Path(str(lesson)).name.partition("_")[0]  # of a file's name too
    number = f"{int(number):02d}" if number.isdecimal() else number
    found = sorted(NOTEBOOKS.glob(f"{number or '[0-8][0-9]'}_*.ipynb"))
    if not found:
        have = ", ".join(p.name[:2] for p in sorted(NOTEBOOKS.glob("*.ipynb")))
        raise FileNotFoundError(
            f"no lesson {lesson!r} in {NOTEBOOKS}; there are: {have or 'none'}"
        )
    return found


def repository() -> str:
    """The address of the course's repository; it stands in pyproject.toml alone."""
    pyproject = ROOT / "pyproject.toml"
    if pyproject.exists():
        return tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]["urls"][
            "Repository"
        ]
    urls = dict(u.split(", ") for u in metadata("course-utils").get_all("Project-URL"))
    return urls["Repository"]


def header(nb, name: str) -> str:
    """The first cell of a lesson as Markdown, made from the notebook's metadata and the data catalog.

    nb.metadata["course"] holds title, question, objectives, minutes {read, run, exercises}, needs (lessons),
    data (names in the catalog) and work. name: the notebook's file name.
    """
    about = nb["metadata"]["course"]
    missing = [f for f in FIELDS if f not in about]
    if missing:
        raise ValueError(f"{name}: metadata.course lacks {', '.join(missing)}")
    slug = repository().removeprefix("https://github.com/")
    colab = f"https://colab.research.google.com/github/{slug}/blob/colab/notebooks/{name}"
    sets = []
    for key in about["data"]:
        entry = _data.fetch.entry(key)
        package = entry.get("package")
        size = f"comes with {package}" if package else f"{_data.fetch.megabytes(key):.1f} MB"
        sets.append(f"{entry['title']}, {size} ({entry['licence']})")
    minutes = about["minutes"]
    lines = [
        f"# {name[:2]} · {about['title']}",
        "",
        f"**{about['question']}**",
        "",
        f"[![Open in Colab](../book/_static/open_in_colab.svg)]({colab})",
        "",
        "> **You will be able to**",
        *(f"> - {objective}" for objective in about["objectives"]),
        ">",
        f"> **Minutes:** {minutes['read']} to read, {minutes['run']} to run on 2 cores, "
        f"{minutes['exercises']} for the exercises",
        ">",
        f"> **Lessons it needs:** {', '.join(about['needs']) or 'none'}",
        ">",
        f"> **Data:** {'; '.join(sets) or 'none to download'}",
        ">",
        "> **Works with no network:** yes, on simulated images that say so",
    ]
    return "\n".join(lines)


def refresh(nb, name: str) -> None:
    """Write the header and the set-up cell anew, and make the file the same on every computer."""
    nb["cells"][0]["source"] = header(nb, name)
    nb["cells"][1]["source"] = SETUP.format(repository=repository())
    nb["cells"][1]["metadata"]["tags"] = ["hide-input"]  # of no use to who reads the book
    nb["metadata"]["language_info"] = {"name": "python"}
    nb["metadata"]["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    for cell in nb["cells"]:
        cell["metadata"].pop("execution", None)


def ask_every_second(channel) -> None:
    """Make `channel.get_msg` look for a message once a second while it waits.

    What a live widget sends can swallow the wake-up for a kernel's reply; nbclient would then wait until its timeout
    while the reply lies unread.
    """
    from queue import Empty

    ask = channel.get_msg

    async def get_msg(timeout=None):
        until = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            left = until - time.monotonic()
            try:
                return await ask(timeout=max(0, min(1, left)))
            except Empty:
                if left <= 1:
                    raise

    channel.get_msg = get_msg


def run(path: Path, say=lambda line: None, allow_errors: bool = False):
    """Run a lesson in a fresh kernel; returns the notebook with its outputs.

    say: called with one line for each section as it begins. allow_errors: go on after a cell that fails; else
    nbclient's CellExecutionError is raised.
    """
    import nbformat
    from nbclient import NotebookClient

    nb = nbformat.read(path, as_version=4)
    began = time.monotonic()
    titles = {}
    for i, cell in enumerate(nb.cells):
        found = (
            re.search(r"^## (.+)$", cell.source, re.M) if cell.cell_type == "markdown" else None
        )
        if found:
            titles[i] = found[1]

    def section(cell, cell_index):
        if cell_index in titles:
            say(f"{time.monotonic() - began:5.0f} s  {titles[cell_index]}")

    switches.pin()  # the kernel runs in another folder
    client = NotebookClient(
        nb, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}},
        allow_errors=allow_errors,
        record_timing=False, on_cell_start=section, shutdown_kernel="immediate", coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        on_notebook_start=lambda notebook: ask_every_second(client.kc.shell_channel),
    )  # fmt: skip
    client.execute(env=os.environ | {"COURSE_PROGRESS": "0"})  # nobody solves anything here
    return nb


def outputs(lesson: str = "") -> None:
    """Run lessons on the real data and save them with what they print. Raises RuntimeError on stand-ins."""
    import nbformat

    for path in find(lesson):
        nb = nbformat.read(path, as_version=4)
        refresh(nb, path.name)
        away = [name for name in nb.metadata["course"]["data"] if not at_hand(name)]
        if away:
            raise RuntimeError(
                f"{path.name} needs the real data of {', '.join(away)}, and it is not at hand. "
                "Outputs are saved from real data only: set COURSE_MIRROR, or go online, and unset COURSE_OFFLINE."
            )
        nbformat.write(nb, path)
        began = time.monotonic()
        print(path.name)
        nb = run(path, say=print)
        stable_widgets(nb, path.name)
        refresh(nb, path.name)
        nbformat.write(nb, path)
        print(f"{time.monotonic() - began:5.0f} s  saved, {path.stat().st_size / 1e6:.1f} MB\n")


def stamp(slug: str) -> None:
    """Write another repository (owner/name on GitHub) into pyproject.toml, CITATION.cff, the book and every lesson."""
    import nbformat

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.{1,2}$)[A-Za-z0-9_.-]+", slug):
        raise ValueError(f"a repository is owner/name, not {slug!r}")
    old, new = repository(), f"https://github.com/{slug}"
    for path in (ROOT / p for p in ("pyproject.toml", "book/_config.yml", "CITATION.cff")):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    for path in find():
        nb = nbformat.read(path, as_version=4)
        refresh(nb, path.name)
        nbformat.write(nb, path)


def at_hand(name: str) -> bool:
    """Whether the real data of a set can be had now; fetches what is missing."""
    try:
        _data.fetch.files(name)
    except _data.fetch.Unreachable:
        return False
    return True


def stable_widgets(nb, name: str) -> None:
    """Give widgets numbered ids in place of random ones, so that a second run saves the same file."""
    import json
    import uuid

    import nbformat

    text = nbformat.writes(nb)
    widgets = nb.metadata.get("widgets", {}).get(
        "application/vnd.jupyter.widget-state+json", {}
    )
    state = widgets.get("state", {})
    # Widgets in the order of the cells that show them, each followed by those it refers to.
    order = re.findall(r'"model_id": "(\w+)"', json.dumps(nb.cells))
    for key in order:  # grows while we walk along it
        found = re.findall(r"IPY_MODEL_(\w+)", json.dumps(state.get(key, {}), sort_keys=True))
        order += [other for other in dict.fromkeys(found) if other not in order]
    rest = sorted(set(state) - set(order), key=lambda k: json.dumps(state[k], sort_keys=True))
    order = list(dict.fromkeys([*order, *rest]))
    for i, key in enumerate(order):
        text = text.replace(key, uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{i}").hex)
    fresh = nbformat.from_dict(json.loads(text))
    nb.cells, nb.metadata = fresh.cells, fresh.metadata


def hello(lesson: str = "07") -> Path:
    """Run a lesson without a browser: a line per section, its table, and an HTML page; returns the page."""
    from nbconvert import HTMLExporter

    path = find(lesson)[0]
    print(f"{path.stem}: running in a fresh kernel\n", flush=True)
    nb = run(path, say=lambda line: print(line, flush=True))
    tables = [
        o
        for c in nb.cells
        for o in c.get("outputs", [])
        if "course_results" in o.get("metadata", {})
    ]
    print("\nThe paper, and ours\n")
    print("\n".join(o["data"]["text/plain"] for o in tables))
    html, _ = HTMLExporter(template_name="lab").from_notebook_node(nb)
    page = ROOT / "build" / f"{path.stem}.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text(html, encoding="utf-8")
    print(f"\nThe lesson with its figures: {page}")
    return page
