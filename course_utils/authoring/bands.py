"""Between which values the numbers of a lesson lie on other computers and for other seeds.

`make bands` runs a lesson under each arithmetic that one computer can have, and with other seeds of its trainings, and
writes for every printed number that moved the lowest and the highest value to `spread/NN.json`. Nothing in these files
is typed: a digest shows it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .. import arithmetic, spread
from . import comparison

BUILD = comparison.ROOT / "build" / "bands"
NEWEST = {"NPY_DISABLE_CPU_FEATURES": "", "MKL_CBWR": "AUTO", "ONEDNN_MAX_CPU_ISA": "DEFAULT"}
OLDEST = {
    "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": arithmetic.AVX2["NPY_DISABLE_CPU_FEATURES"] + " X86_V3 AVX2 FMA3",
}  # fmt: skip
COLAB = comparison.ROOT / ".venv-colab" / "bin" / "python"
RUNS = {
    "pinned": {},
    "AVX-512": {"ATEN_CPU_CAPABILITY": "avx512", "OPENBLAS_CORETYPE": "SkylakeX"} | NEWEST,
    "SSE4.1": OLDEST,
    "1 thread": {"COURSE_THREADS": "1", "OMP_NUM_THREADS": "1"},
    "4 threads": {"COURSE_THREADS": "4", "OMP_NUM_THREADS": "4"},
    "Colab's versions": {},
    "other seeds": {"COURSE_SEED": "1"},
    "more seeds": {"COURSE_SEED": "2"},
}

# What bands need at least; the other runs are the slow ones.
LEAST = ("pinned", "AVX-512", "1 thread", "Colab's versions", "other seeds", "more seeds")


def of_cell(lesson: str, cell: str) -> dict[str, list[float]]:
    """The bands of one cell's numbers, by their place; empty for a cell whose numbers never moved."""
    return spread.read(lesson).get("cells", {}).get(cell, {})


@functools.cache
def seconds(lesson: str) -> float:
    """What the lesson took when its bands were made."""
    return spread.read(lesson).get("seconds", 0.0)


def make(lesson: str = "", quick: bool = False, say=print) -> list[str]:
    """Write the bands of a lesson, or of all; returns what no band can hold (words that changed), a line each.

    quick: the runs in LEAST only.

    Two runs go on at a time. A run that is there and belongs to the present notebook and package is not repeated.
    """
    from . import lessons

    names = LEAST if quick else tuple(RUNS)
    jobs = [(path, run) for path in lessons.find(lesson) for run in names]
    with ThreadPoolExecutor(2) as pool:
        done = dict(zip(jobs, pool.map(lambda job: _run(*job, say), jobs), strict=True))
    problems = []
    for path in lessons.find(lesson):
        problems += write(path, {run: done[path, run] for run in names})
    return problems


def _run(path: Path, name: str, say) -> Path:
    """Run a lesson under one arithmetic in a process of its own; returns the notebook that it wrote."""
    target = BUILD / f"{path.stem}-{re.sub(r'[^a-z0-9]+', '-', name.lower())}.ipynb"
    stamp = target.with_suffix(".key")
    key = _key(path) + name
    if target.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == key:
        return target
    python = COLAB if name == "Colab's versions" else Path(sys.executable)
    if not python.exists():
        raise FileNotFoundError(f"{python} is missing; `make test-colab` sets it up")
    BUILD.mkdir(parents=True, exist_ok=True)
    plain = {k: v for k, v in os.environ.items() if k not in arithmetic.pins()}
    code = "import sys; from course_utils.authoring import bands; bands.run_here(*sys.argv[1:])"
    command = [str(python), "-c", code, str(path), str(target)]
    began = time.monotonic()
    done = subprocess.run(
        command, env=plain | RUNS[name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{path.name} under {name}:\n{done.stderr[-3000:]}")
    stamp.write_text(key, encoding="utf-8")
    say(f"{time.monotonic() - began:5.0f} s  {path.stem}, {name}", flush=True)
    return target


def run_here(path: str, target: str) -> None:
    """Run a lesson in this environment and keep the notebook, also when a cell fails."""
    import nbformat

    from . import lessons

    began = time.monotonic()
    nb = lessons.run(Path(path), allow_errors=True)
    nb.metadata["seconds"] = round(time.monotonic() - began, 1)
    nbformat.write(nb, target)


def _key(path: Path) -> str:
    """One text for the sources of a lesson and of the package."""
    import nbformat

    cells = nbformat.read(path, as_version=4).cells
    digest = hashlib.sha256("".join(c.source for c in cells if c.cell_type == "code").encode())
    for file in sorted(Path(arithmetic.__file__).parent.rglob("*.py")):
        if "authoring" not in file.parts:
            digest.update(file.read_bytes())
    return digest.hexdigest()


def write(path: Path, runs: dict[str, Path]) -> list[str]:
    """Write the bands of a lesson from its runs; returns what changed that is no number, a line each.

    runs: the notebooks that ran, by the name of the run; the first is the one under the pinned arithmetic.
    """
    import nbformat

    notebooks = {name: nbformat.read(file, as_version=4) for name, file in runs.items()}
    pinned = next(iter(notebooks.values()))
    cells, problems = {}, []
    for i, cell in enumerate(pinned.cells):
        if cell.cell_type != "code" or "nbval-ignore-output" in cell.metadata.get("tags", []):
            continue
        rows = []
        for name, notebook in notebooks.items():
            other = notebook.cells[i]
            wide = dict.fromkeys(map(str, range(10_000)), [-1e300, 1e300])
            changed = comparison.differences(other.outputs, cell.outputs, wide)
            problems += [f"{path.stem} [{i}] {name}: {line}" for line in changed]
            if not changed:
                rows.append([comparison.value(n) for n in comparison.numbers(other.outputs)])
        moved = {
            str(k): [min(column), max(column)]
            for k, column in enumerate(zip(*rows, strict=True))
            if min(column) < max(column)
        }
        if moved:
            cells[cell.id] = moved
    body = {
        "runs": list(runs),
        "seconds": pinned.metadata["seconds"],
        "cells": cells,
        "records": _records(notebooks),
    }
    spread.save(path.name[:2], body)
    seconds.cache_clear()
    return problems


def _records(notebooks) -> dict[str, list[float]]:
    """The lowest and highest value of each number that a lesson leaves beside the paper's."""
    found = {}
    for notebook in notebooks.values():
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                for record in output.get("metadata", {}).get("course_results", []):
                    if isinstance(record["ours"], int | float):
                        found.setdefault(record["quantity"], []).append(float(record["ours"]))
    return {k: [min(v), max(v)] for k, v in found.items() if min(v) < max(v)}
