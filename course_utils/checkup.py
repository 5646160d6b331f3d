"""The check of this computer: one line a check, [ok] or what to do."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import sys
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from .data import fetch
from .runtime import describe_device

PINS = Path(__file__).parents[1] / "constraints.txt"  # only in a copy of the repository
PACKAGES = (
    "torch torchvision fastai numpy scikit-learn scikit-image matplotlib medmnist monai nibabel nilearn pydicom "
    "ipywidgets jupyterlab nbval"
).split()
NETWORK = 3.0  # seconds until a server counts as out of reach


def doctor(network: bool = True) -> bool:
    """Check this computer and print one line a check. Returns whether all is well.

    network: also try to reach the servers of the data sets (at most NETWORK seconds; not with COURSE_OFFLINE=1).
    No answer is a fault only where a data set is not at hand.
    """
    lines = [*_python(), *_packages(), *_machine(), *_data()]
    if network and not fetch._offline():
        lines += _servers()
    for good, what, advice in lines:
        print(f"[ok] {what}" if good else f"[!!] {what}: {advice}")
    return all(good for good, _, _ in lines)


def _python():
    good = sys.version_info >= (3, 11)
    yield good, f"Python {platform.python_version()}", "install Python 3.11 or newer"


def _packages():
    pins = {}
    if PINS.exists():
        pins = dict(re.findall(r"^([\w.-]+)==(\S+)$", PINS.read_text(), re.M))
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
    yield True, f"{len(same)} packages: {', '.join(same)}", ""
    if other:
        yield (
            True,
            f"other than the tested versions, numbers may differ a little: {', '.join(other)}",
            "",
        )


def _machine():
    cores = os.cpu_count() or 1
    yield cores >= 2, f"{cores} CPU cores", "lessons will take about twice as long"
    if memory := _memory():
        yield (
            memory >= 3.5,
            f"{memory:.0f} GB of memory",
            "a lesson takes up to 2 GB; close other programs",
        )
    yield True, f"lessons run on: {describe_device()}", ""
    folder = fetch.cache_dir()
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free / 1e9
    yield free > 1, f"{free:.0f} GB free for data", "set COURSE_DATA to a folder with room"


def _memory() -> float | None:
    """Memory of the machine in GB, or None where Python alone cannot tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):
        return None


def _data():
    if fetch._offline():
        yield True, "COURSE_OFFLINE=1: simulated data only", ""
        return
    ready, broken = [], []
    short = str(fetch.cache_dir()).replace(str(Path.home()), "~")
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
    if root := fetch._mirror_root():
        advice = f"COURSE_MIRROR names {root}; connect it, or unset COURSE_MIRROR"
        yield root.is_dir(), "mirror folder", advice


def _servers():
    """Can the servers be reached? Asked side by side, in threads that nobody waits for longer than NETWORK."""
    hosts = {
        urlsplit(entry["base_url"]).hostname
        for entry in fetch.catalog().values()
        if "package" not in entry
    }
    reached = set()

    def ask(host):
        try:
            socket.create_connection((host, 443), timeout=NETWORK).close()
            reached.add(host)
        except OSError:
            pass

    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in hosts]
    for thread in threads:
        thread.start()
    until = time.monotonic() + NETWORK
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    out = hosts - reached
    needed = not all(fetch.at_hand(name) for name in fetch.catalog())
    if out and not needed:
        text = f"{len(out)} of {len(hosts)} data servers out of reach; not needed, all sets are at hand"
        yield True, text, ""
        return
    advice = "data that is not at hand will be simulated; a mirror folder helps (COURSE_MIRROR)"
    yield not out, f"{len(hosts) - len(out)} of {len(hosts)} data servers answer", advice
