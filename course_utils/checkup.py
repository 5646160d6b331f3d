"""The check of this computer: one line a check, [ok] or what to do.

It needs the standard library only, so that it can say what is missing, and each check stands alone.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from . import switches
from .data import fetch
from .runtime import describe_device

PINS = Path(__file__).parents[1] / "constraints.txt"  # only in a copy of the repository
PACKAGES = (
    "torch torchvision fastai numpy scikit-learn scikit-image matplotlib medmnist monai nibabel nilearn pydicom "
    "ipywidgets jupyterlab nbval"
).split()
NETWORK = 3.0  # seconds until a server counts as out of reach
_SET = "set COURSE_DATA to a folder that you can write"


def doctor(network: bool = True) -> bool:
    """Check this computer and print one line a check. Returns whether all is well: a lesson would get its data.

    network: also try to reach the servers of the data sets (at most NETWORK seconds; not with COURSE_OFFLINE=1).
    No answer is a fault only where a data set is not at hand.
    """
    well, said = True, set()
    for check in CHECKS if network else CHECKS[:-1]:
        try:
            lines = list(check())
        except switches.WrongSwitch as error:
            # Several checks may meet the same switch.
            lines = [(False, check.__doc__, str(error))] if str(error) not in said else []
            said.add(str(error))
        except Exception as error:  # a finding, and no end of the other checks
            lines = [(False, check.__doc__, f"not checked ({type(error).__name__}: {error})")]
        for good, what, advice in lines:
            print(f"[ok] {what}" if good else f"[!!] {what}: {advice}")
            well &= good
    return well


def _python():
    """Python"""
    good = sys.version_info >= (3, 11)
    yield good, f"Python {platform.python_version()}", "install Python 3.11 or newer"


def _packages():
    """packages"""
    pins = {}
    if PINS.exists():
        pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", PINS.read_text(encoding="utf-8"), re.M))
        pins = {name.lower().replace("_", "-"): pin for name, pin in pins.items()}
    same, other = [], []
    for name in PACKAGES:
        try:
            here = version(name).split("+")[0]
        except PackageNotFoundError:
            if name not in (
                "jupyterlab",
                "nbval",
                "monai",
            ):  # Colab has its own Lab; lessons need no tests
                yield False, f"{name} is missing", "run `make setup` again"
            continue
        pin = pins.get(name)
        (same if pin in (None, here) else other).append(f"{name} {here}")
    if same:
        yield True, f"{len(same)} packages: {', '.join(same)}", ""
    if other:
        yield (
            True,
            f"other than the tested versions, numbers may differ a little: {', '.join(other)}",
            "",
        )


def _cores():
    """CPU cores"""
    cores = os.cpu_count() or 1
    yield cores >= 2, f"{cores} CPU cores", "lessons will take about twice as long"


def _memory():
    """memory"""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):
        return  # Python alone cannot tell
    advice = "a lesson takes up to 2 GB; close other programs"
    yield memory >= 3.5, f"{memory:.0f} GB of memory", advice


def _device():
    """device that lessons run on"""
    try:
        yield True, f"lessons run on: {describe_device()}", ""
    except ModuleNotFoundError as error:
        yield False, "lessons do not run", f"{error.name} is missing"


def _disk():
    """folder for data"""
    folder = switches.cache_dir()
    there = fetch.existing(folder)
    if not there.is_dir():
        yield False, f"no folder for data at {folder}", f"{there} is a file; {_SET}"
        return
    free = shutil.disk_usage(there).free / 1e9
    yield free > 1, f"{free:.0f} GB free for data", "set COURSE_DATA to a folder with room"
    if switches.relative("COURSE_DATA"):
        advice = f"notebooks run in another folder, so there it means another one; set it to {folder}"
        yield False, "COURSE_DATA is no whole path", advice
    if not _all_cached():  # else nothing need be written
        try:
            with tempfile.TemporaryDirectory(dir=there):
                pass
        except OSError as error:
            yield False, f"nothing can be written to {folder}", f"{error.strerror}; {_SET}"


def _all_at_hand() -> bool:
    return all(fetch.at_hand(name) for name in fetch.catalog())


def _all_cached() -> bool:
    plans = (file for name in fetch.catalog() for file in fetch._plan(name))
    return switches.offline() or all(fetch._size(file.local) == file.size for file in plans)


def _data():
    """data sets"""
    if switches.offline():
        yield True, "COURSE_OFFLINE=1: simulated data only", ""
        return
    ready, broken = [], []
    short = switches.short(switches.cache_dir())
    downloads = [name for name, entry in fetch.catalog().items() if "package" not in entry]
    for name in downloads:
        plan = fetch._plan(name)
        bad = [f for f in fetch._not_good(plan) if f.local.exists()]
        if bad:
            broken.append(name)
        elif fetch.at_hand(name):
            ready.append(name)
    yield True, f"{len(ready)} of {len(downloads)} data sets at hand; the cache is {short}", ""
    if broken:
        advice = f"`python -m course_utils download {' '.join(broken)}` mends them"
        yield False, f"damaged in the cache: {', '.join(broken)}", advice


def _mirror():
    """mirror folder"""
    root = None if switches.offline() else switches.mirror_dir()
    if root is None:
        return
    fault = switches.mirror_fault(root, fetch.hosts())
    yield not fault, "mirror folder", f"{fault}. Connect it, correct COURSE_MIRROR, or unset it"
    if switches.relative("COURSE_MIRROR"):
        advice = (
            f"notebooks run in another folder, so there it means another one; set it to {root}"
        )
        yield False, "COURSE_MIRROR is no whole path", advice


def _servers():
    """data servers"""
    if switches.offline():
        return
    # Asked side by side, in threads that nobody waits for longer than NETWORK.
    bases = {
        urlsplit(entry["base_url"]).hostname: entry["base_url"]
        for entry in fetch.catalog().values()
        if "package" not in entry
    }
    answers = {}

    def ask(host):
        answers[host] = fetch._no_connection(bases[host])

    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in bases]
    for thread in threads:
        thread.start()
    until = time.monotonic() + NETWORK
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    out = [host for host in bases if answers.get(host, "no answer")]
    reached = f"{len(bases) - len(out)} of {len(bases)} data servers answer"
    if out and _all_at_hand():
        text = f"{len(out)} of {len(bases)} data servers out of reach; not needed, all sets are at hand"
        yield True, text, ""
        return
    advice = "data that is not at hand will be simulated; a mirror folder helps (COURSE_MIRROR)"
    # The network itself needs no words; a proxy in between does.
    why = {answer for answer in answers.values() if "PROXY" in answer}
    yield not out, reached, " ".join([*sorted(why), advice])


CHECKS = (_python, _packages, _cores, _memory, _device, _disk, _data, _mirror, _servers)
