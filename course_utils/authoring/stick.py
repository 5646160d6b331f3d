"""Everything a room without network needs, on one stick: `python -m course_utils mirror DIR --all`.

DIR/<host>/...   the data sets, as `fetch.mirror` lays them out
DIR/course       the repository, with slides, editions and, where it was built, the book
DIR/wheels       every package in its pinned version, for this system and this Python
DIR/README.txt   what to type on each computer
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..data import fetch
from . import slides
from .lessons import ROOT

PARTS = "lab,book,test"
TOOLS = ("setuptools>=77", "wheel")  # with which pip builds the course itself
ROOM = 5e9  # bytes; on Linux all is about 3.5e9
LEFT = shutil.ignore_patterns(
    ".git", ".venv*", "build", "__pycache__", ".pytest_cache", ".ruff_cache", ".hypothesis", "*.egg-info",
    ".ipynb_checkpoints",
)  # fmt: skip
TEXT = """The course Deep Learning in Medical Image Processing, for computers without network.
For {system}, Python {python}; data, packages, slides and editions were written together.

On each computer, in a terminal:

    cp -r {folder}/course course && cd course
    export COURSE_MIRROR={folder} PIP_NO_INDEX=1 PIP_FIND_LINKS={folder}/wheels
    make lab

Windows, in PowerShell, with the stick as E:

    Copy-Item E:\\course . -Recurse; cd course
    $env:COURSE_MIRROR = "E:\\"; $env:PIP_NO_INDEX = 1; $env:PIP_FIND_LINKS = "E:\\wheels"
    py -m venv .venv; .venv\\Scripts\\pip install -c constraints.txt -e ".[lab]"
    .venv\\Scripts\\jupyter lab --ServerApp.root_dir=. notebooks/00_start_here.ipynb

Slides: course/build/slides. Editions for a class: course/build/editions. Book: course/build/book, if it was built.
"""


def write(folder: str | Path, say: Callable = print) -> Path:
    """Write the stick; returns its folder. What is there and good is left, so a second call only mends.

    Raises RuntimeError where a package cannot be had, ValueError where the room on the stick is too small.
    """
    target = Path(folder).expanduser().absolute()
    target.mkdir(parents=True, exist_ok=True)
    if (
        not (target / "wheels").exists() and shutil.disk_usage(target).free < ROOM
    ):  # else only mended
        raise ValueError(
            f"{target} has less than {ROOM / 1e9:.0f} GB free; take a larger stick"
        )
    say(f"[ok] data: {fetch.mirror(target)} new files")
    say(f"[ok] packages: {wheels(target / 'wheels')}")
    say(f"[ok] course: {course(target / 'course')} files")
    text = TEXT.format(
        folder=target, python=platform.python_version(), system=platform.platform(terse=True)
    )
    (target / "README.txt").write_text(text, encoding="utf-8")
    return target


def wheels(folder: Path, project: Path = ROOT, parts: str = PARTS) -> int:
    """Collect the pinned packages of `project` as wheels, and what pip builds it with; returns how many there are."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    command += ["--wheel-dir", str(folder), "--constraint", str(project / "constraints.txt")]
    command += [f"{project}[{parts}]" if parts else str(project), *TOOLS]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-3:])
        raise RuntimeError(
            f"pip could not collect the packages; go online and start again, nothing is lost.\n{said}"
        )
    return len(list(folder.glob("*.whl")))


def course(folder: Path) -> int:
    """Copy the repository, with slides, editions and a book that was built; returns the number of files."""
    shutil.copytree(ROOT, folder, ignore=LEFT, dirs_exist_ok=True)
    slides.make(folder=folder / "build" / "slides")
    script, editions = ROOT / "book" / "editions.py", folder / "build" / "editions"
    subprocess.run(
        [sys.executable, str(script), str(editions)], check=True, capture_output=True
    )
    built = ROOT / "build" / "book" / "_build" / "html"
    if built.exists():
        shutil.copytree(built, folder / "build" / "book", dirs_exist_ok=True)
    return sum(path.is_file() for path in folder.rglob("*"))
