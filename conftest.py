"""How the lessons are tested: by their saved outputs, budgets, and a table of what each lesson costs.

A lesson that has not changed since it was green on this computer is not run again, unless `--all` or CI asks for it.
"""

from __future__ import annotations

import os

from course_utils import arithmetic

arithmetic.pin()  # before a plugin or a test loads NumPy
os.environ["COURSE_PROGRESS"] = "0"  # what a test solves no reader has solved

import hashlib  # noqa: E402
import json  # noqa: E402
import platform  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import time  # noqa: E402
from importlib.metadata import distributions  # noqa: E402
from pathlib import Path  # noqa: E402

import nbval.plugin  # noqa: E402
import numpy as np  # noqa: E402
import psutil  # noqa: E402
import pytest  # noqa: E402

from course_utils import data as _data  # noqa: E402
from course_utils import switches  # noqa: E402
from course_utils.authoring import bands, comparison, lessons, verified  # noqa: E402
from course_utils.data import fetch  # noqa: E402

# What a lesson may take on two idle cores; libraries alone take 840 MB.
SECONDS, MEGABYTES = 90, 2048
BESIDE = 120  # and when another lesson is tested at the same time, so that it has one core
# Seconds of `pace` where lessons were timed; how much slower a computer may be.
PACE, SLOW = 0.081, 1.7
GREEN = Path(__file__).parent / "build" / "green"

File, Cell = nbval.plugin.IPyNbFile, nbval.plugin.IPyNbCell
run_cell, collect_cells, start_kernel = Cell.runtest, File.collect, File.setup


def compare_outputs(self, test, ref, skip_compare=None):
    """To the digit where this computer must repeat it, else within the lesson's bands."""
    join = nbval.plugin.coalesce_streams
    within = None
    if comparison.why_not_exact():
        within = bands.of_cell(self.parent.path.name[:2], self.cell.get("id"))
    found = comparison.differences(join(test), join(ref), within)
    self.comparison_traceback = [line + "\n" for line in found]
    return not found


def runtest(self):
    """On stand-ins the outputs differ, but a solution must pass its own check there too."""
    try:
        run_cell(self)
        if "solution" in self.cell.metadata.get("tags", []):
            said = "".join(out.get("text", "") for out in self.test_outputs)
            assert "✓" in said, f"the solution does not pass its own check: {said}"
    except BaseException:
        self.parent.red = True
        raise


def collect(self):
    """Outputs are compared where the lesson's real data is at hand; else it must run through on stand-ins."""
    import nbformat

    course = nbformat.read(self.path, as_version=4).metadata.get("course", {})
    self.data, self.red = course.get("data", []), False
    self.real = all(lessons.at_hand(name) for name in self.data)
    self.compare_outputs = self.real and self.compare_outputs
    self.key = key(self.path, self.real)
    everything = self.config.getoption("--all") or os.environ.get("CI")
    if not everything and mark(self.path, self.real, self.key):
        yield Unchanged.from_parent(self, name="unchanged")
        return
    yield from collect_cells(self)
    yield Budget.from_parent(self, name="budget")


def setup(self):
    self.pace, self.began = pace(), time.monotonic()
    start_kernel(self)


Cell.compare_outputs, Cell.runtest, File.collect, File.setup = (
    compare_outputs, runtest, collect, setup,
)  # fmt: skip


def mark(path: Path, real: bool, key: str) -> Path | None:
    """The file that remembers a green run of a lesson in this state, None if there was none."""
    file = GREEN / f"{path.stem}-{'real' if real else 'standins'}"
    return file if file.exists() and file.read_text(encoding="utf-8") == key else None


def key(path: Path, real: bool) -> str:
    """One text for all that a lesson's outputs depend on: notebook, package, versions, settings, processor, data."""
    digest = hashlib.sha256(path.read_bytes())
    here = Path(__file__)
    package = [p for p in here.parent.joinpath("course_utils").rglob("*") if p.is_file()]
    for file in [here, *sorted(p for p in package if p.suffix != ".pyc")]:
        digest.update(file.read_bytes())
    versions = sorted(f"{d.name}=={d.version}" for d in distributions())
    settings = sorted(
        f"{k}={v}"
        for k, v in os.environ.items()
        if k.startswith("COURSE_") or k in arithmetic.pins()
    )
    computer = [
        platform.platform(),
        platform.python_version(),
        platform.processor(),
        str(os.cpu_count()),
    ]
    digest.update(json.dumps([versions, settings, computer, real]).encode())
    return digest.hexdigest()


class Unchanged(pytest.Item):
    """Stands for a lesson that was green in this very state."""

    def setup(self):
        pytest.skip("unchanged since it was green here; --all runs it")

    def runtest(self):
        """Never called."""

    def reportinfo(self):
        return self.path, 0, f"{self.parent.path.name}::unchanged"


def pytest_addoption(parser):
    parser.addoption(
        "--all",
        action="store_true",
        help="also run lessons that are unchanged since they were green here",
    )


def pytest_collection_modifyitems(items):
    """Lessons first, the longest before all: two at a time, the last ones should be short."""
    items.sort(
        key=lambda item: (
            -bands.seconds(item.path.name[:2]) if item.path.suffix == ".ipynb" else 1
        )
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
        limit = SECONDS if os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") == "1" else BESIDE
        allowed = max(limit, limit * min(max(self.parent.pace, pace()) / PACE, SLOW))
        size = sum(fetch.megabytes(d) for d in self.parent.data) if self.parent.real else 0
        row = self.parent.path.name, self.parent.real, seconds, peak, size
        self.user_properties.append(("lesson", row))
        assert seconds <= allowed, (
            f"the lesson took {seconds:.0f} s; {limit} s are allowed, {allowed:.0f} s at this computer's present pace"
        )
        assert wall <= 3 * SECONDS, (
            f"the lesson waited: {wall:.0f} s, but {seconds:.0f} s of work"
        )
        assert peak <= MEGABYTES, f"the lesson took {peak:.0f} MB; {MEGABYTES} MB are allowed"
        if not self.parent.red:
            GREEN.mkdir(parents=True, exist_ok=True)
            kind = "real" if self.parent.real else "standins"
            file = GREEN / f"{self.parent.path.stem}-{kind}"
            file.write_text(self.parent.key, encoding="utf-8")

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
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # Started in the background of a shell script; children would inherit it and never see Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    switches.pin()  # the kernels run in another folder


def pytest_terminal_summary(terminalreporter, config):
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.stats.get(kind, [])]
    rows = sorted(
        dict(r.user_properties)["lesson"]
        for r in reports
        if dict(r.user_properties).get("lesson")
    )
    if not rows:
        return
    red = {Path(r.nodeid.split("::")[0]).name for r in terminalreporter.stats.get("failed", [])}
    verified.record([(row[0][:2], row[1], row[2], row[0] not in red) for row in rows])
    why = comparison.why_not_exact()
    how = f"within bands ({why})" if why else "to the digit"
    terminalreporter.section("lessons")
    terminalreporter.line(f"Real outputs are compared {how}.")
    terminalreporter.line(f"{'':40}{'outputs':>16}{'seconds':>9}{'peak MB':>9}{'data MB':>9}")
    for name, real, seconds, peak, size in rows:
        how = "compared" if real else "ran on stand-ins"
        late = f"  over {SECONDS} s" if seconds > SECONDS else ""
        terminalreporter.line(f"{name:40}{how:>16}{seconds:9.0f}{peak:9.0f}{size:9.1f}{late}")
    total = sum(row[2] for row in rows)
    terminalreporter.line(f"{'all':40}{'':16}{total:9.0f}")
