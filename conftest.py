"""How the lessons are tested: strict nbval with a float tolerance, budgets, and a table of what each lesson costs."""

from __future__ import annotations

import math
import re
import signal
import time

import nbval.plugin
import numpy as np
import psutil
import pytest

from course_utils import data as _data
from course_utils import lessons, switches
from course_utils.data import fetch

SECONDS, MEGABYTES = 90, 2048  # what a lesson may take on two idle cores
PACE, SLOW = (
    0.081,
    1.7,
)  # seconds of `pace` where lessons were timed; how much slower a computer may be
FLOAT = re.compile(r"(?<![\w.])[-−]?\d+\.\d+(?:[eE][-+]?\d+)?(?![\w.]*\d)")
PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+")
TOLERANCE = {
    "rtol": 0.02,
    "atol": 0.0051,
}  # seed-to-seed noise is larger; another CPU moves a score by less
costs = pytest.StashKey[list]()


def near(new: str, saved: str, rtol: float, atol: float) -> str:
    """`new` with every float that is close to its counterpart in `saved` replaced by that counterpart.

    Words and whole numbers stay as they are, so nbval compares them exactly. Pictures are not compared:
    their bytes differ between computers.
    """
    new, saved = (PICTURE.sub("(picture)", text) for text in (new, saved))
    theirs = FLOAT.findall(saved)
    ours = FLOAT.findall(new)
    if len(ours) != len(theirs):
        return new
    counterpart = iter(theirs)

    def choose(match):
        other = next(counterpart)
        a, b = (float(x.replace("−", "-")) for x in (match[0], other))
        return other if math.isclose(a, b, rel_tol=rtol, abs_tol=atol) else match[0]

    return FLOAT.sub(choose, new)


def soften(test, ref, rtol, atol):
    """Apply `near` to every text of a cell's outputs, pair by pair."""
    for ours, saved in zip(test, ref, strict=False):
        if "text" in ours and "text" in saved:
            ours["text"] = near(ours["text"], saved["text"], rtol, atol)
            saved["text"] = PICTURE.sub("(picture)", saved["text"])
        if all(
            {"text/html", "text/plain"} <= set(out.get("data", {})) for out in (ours, saved)
        ):
            # The same table in plain text is wrapped differently by other versions of pandas.
            ours["data"]["text/plain"] = saved["data"]["text/plain"]
        for mime, value in ours.get("data", {}).items():
            other = saved.get("data", {}).get(mime)
            if (
                isinstance(value, str)
                and isinstance(other, str)
                and not mime.startswith("image/")
            ):
                ours["data"][mime] = near(value, other, rtol, atol)
                saved["data"][mime] = PICTURE.sub("(picture)", other)


File, Cell = nbval.plugin.IPyNbFile, nbval.plugin.IPyNbCell
strict_compare, run_cell, collect_cells, start_kernel = (
    Cell.compare_outputs, Cell.runtest, File.collect, File.setup,
)  # fmt: skip


def compare_outputs(self, test, ref, skip_compare=None):
    """nbval's comparison, with floats that are close taken as equal."""
    merge = nbval.plugin.coalesce_streams
    test, ref = merge(test), merge(ref)
    soften(test, ref, **TOLERANCE | self.cell.metadata.get("nbval", {}))
    return strict_compare(self, test, ref, skip_compare)


def runtest(self):
    """On stand-ins the outputs differ, but a solution must pass its own check there too."""
    run_cell(self)
    if "solution" in self.cell.metadata.get("tags", []):
        said = "".join(out.get("text", "") for out in self.test_outputs)
        assert "✓" in said, f"the solution does not pass its own check: {said}"


def collect(self):
    """Outputs are compared where the lesson's real data is at hand; else it must run through on stand-ins."""
    import nbformat

    self.data = (
        nbformat.read(self.path, as_version=4).metadata.get("course", {}).get("data", [])
    )
    self.real = all(lessons.at_hand(name) for name in self.data)
    self.compare_outputs = self.real and self.compare_outputs
    yield from collect_cells(self)
    yield Budget.from_parent(self, name="budget")


def setup(self):
    self.pace, self.began = pace(), time.monotonic()
    start_kernel(self)


Cell.compare_outputs, Cell.runtest, File.collect, File.setup = (
    compare_outputs,
    runtest,
    collect,
    setup,
)


@pytest.fixture(autouse=True)
def no_stand_in_loaded():
    """What an earlier test loaded must not mark the figures and records of this one."""
    _data.simulated.clear()


class Budget(pytest.Item):
    """The last test of a lesson: did it keep within its time and memory?"""

    def runtest(self):
        pid = self.parent.kernel.km.provisioner.pid
        # Beside other programs a lesson waits for the cores; alone it takes no longer than its processor time.
        wall = time.monotonic() - self.parent.began
        seconds = min(wall, processor_time(pid))
        peak = peak_memory(pid)
        allowed = SECONDS * min(max(self.parent.pace, pace()) / PACE, SLOW)
        allowed = max(allowed, SECONDS)
        self.config.stash[costs].append(
            (self.parent.path.name, self.parent.real, seconds, peak, self.parent.data)
        )
        assert seconds <= allowed, (
            f"the lesson took {seconds:.0f} s; {SECONDS} s are allowed, {allowed:.0f} s at this computer's present pace"
        )
        assert wall <= 3 * SECONDS, (
            f"the lesson waited: {wall:.0f} s, but {seconds:.0f} s of work"
        )
        assert peak <= MEGABYTES, f"the lesson took {peak:.0f} MB; {MEGABYTES} MB are allowed"

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, 0, f"{self.parent.path.name}::budget"


def pace() -> float:
    """Seconds for a fixed piece of work, the median of five; a busy host can double them."""
    grid, times = np.random.default_rng(0).standard_normal((400, 400)), []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(8):
            np.fft.fft2(grid)
            np.sort(grid, axis=None)
            sum(i * i for i in range(60_000))
        times.append(time.perf_counter() - began)
    return sorted(times)[2]


def processor_time(pid: int) -> float:
    """Seconds that a process has spent on the cores, all threads together."""
    spent = psutil.Process(pid).cpu_times()
    return spent.user + spent.system


def peak_memory(pid: int) -> float:
    """Peak memory of a process in MB (on macOS what it holds now)."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1024
    except FileNotFoundError:
        memory = psutil.Process(pid).memory_info()
        return getattr(memory, "peak_wset", memory.rss) / 1e6


def pytest_configure(config):
    config.stash[costs] = []
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # Started in the background of a shell script; children would inherit it and never see Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    switches.pin()  # the kernels run in another folder


def pytest_terminal_summary(terminalreporter, config):
    rows = config.stash[costs]
    if not rows:
        return
    terminalreporter.section("lessons")
    terminalreporter.line(f"{'':40}{'outputs':>16}{'seconds':>9}{'peak MB':>9}{'data MB':>9}")
    for name, real, seconds, peak, data in rows:
        size = sum(fetch.megabytes(d) for d in data) if real else 0
        how = "compared" if real else "ran on stand-ins"
        late = f"  over {SECONDS} s" if seconds > SECONDS else ""
        terminalreporter.line(f"{name:40}{how:>16}{seconds:9.0f}{peak:9.0f}{size:9.1f}{late}")
    total = sum(row[2] for row in rows)
    terminalreporter.line(f"{'all':40}{'':16}{total:9.0f}")
