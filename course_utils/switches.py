"""The switches of the course, read here and nowhere else, by command line, kernels, tests and `doctor` alike.

COURSE_DATA     the folder of the cache; without it, the usual one of your user account
COURSE_MIRROR   a folder with copies of the files, as on a classroom share; it comes before the network
COURSE_OFFLINE  1: nothing that would be fetched, only the simulated stand-ins
COURSE_DEVICE   cpu, cuda, cuda:1 ... or mps; without it CUDA where there is one, else the CPU
COURSE_THREADS  other threads than 2
COURSE_SEED     other seeds of the trainings; both move the numbers, and are for `make bands`
COURSE_PROGRESS 0: do not remember which exercises are solved; another word: your name, on a shared computer
HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY   as everywhere
(COURSE_EXAMPLES is for the tests alone: tests/helpers/profiles.py.)

Needs the standard library only. A value that makes no sense is a WrongSwitch, which says what would.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

FOLDERS = ("COURSE_DATA", "COURSE_MIRROR")
_YES, _NO = ("1", "yes", "true", "on"), ("", "0", "no", "false", "off")


class WrongSwitch(ValueError):
    """An environment variable that cannot be meant so. The message says what to set."""


def _value(name: str) -> str:
    return os.environ.get(name, "").strip()


def folder(name: str) -> Path | None:
    """The folder that COURSE_DATA or COURSE_MIRROR names, as a whole path, or None where it is not set."""
    chosen = _value(name)
    if not chosen:
        return None
    try:
        return Path(chosen).expanduser().absolute()
    except (RuntimeError, ValueError, OSError) as error:
        raise WrongSwitch(
            f"{name}={chosen} is no folder ({error}); give its whole path"
        ) from None


def relative(name: str) -> bool:
    """Whether a folder is set whose place depends on where a program runs: lessons run in another folder."""
    chosen = _value(name)
    return bool(chosen) and not (chosen.startswith("~") or Path(chosen).is_absolute())


def pin() -> None:
    """Make the folders whole paths, so that a kernel that runs elsewhere means the same ones."""
    for name in FOLDERS:
        if relative(name):
            os.environ[name] = str(folder(name))


def home() -> Path | None:
    """Your home folder, or None for an account that has none."""
    try:
        found = Path.home()
    except (RuntimeError, KeyError):
        return None
    return found if found.is_absolute() else None


def cache_dir() -> Path:
    """The folder of fetched files: $COURSE_DATA, else `medical-imaging-course` in the user's cache folder.

    An account without a home gets one in the folder for temporary files.
    """
    if chosen := folder("COURSE_DATA"):
        return chosen
    own = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_CACHE_HOME")
    usual = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    if own and Path(_value(own)).is_absolute():
        base = Path(_value(own))
    elif at_home := home():
        base = at_home / usual
    else:
        base = Path(tempfile.gettempdir()).absolute()
    return base / "medical-imaging-course"


def short(path: Path) -> str:
    """A path as one writes it: ~ for the home folder it lies in."""
    at_home = home()
    if at_home and at_home != Path(at_home.anchor) and path.is_relative_to(at_home):
        return str(Path("~") / path.relative_to(at_home))
    return str(path)


def mirror_dir() -> Path | None:
    """The folder $COURSE_MIRROR, or None."""
    return folder("COURSE_MIRROR")


def mirror_fault(root: Path, hosts) -> str:
    """What is wrong with a mirror folder, "" if nothing is: it has a folder for one of the hosts, or more.

    Where the right folder lies beside, above or below it, that one is named.
    """

    def serves(place):
        return any((place / host).is_dir() for host in hosts)

    try:
        if not root.is_dir():
            return f"COURSE_MIRROR is set to {root}, but there is no such folder"
        if serves(root):
            return ""
        below = sorted(place for place in root.iterdir() if place.is_dir())[:100]
        near = [place for place in (*root.parents, *below) if serves(place)]
    except OSError as error:
        return f"COURSE_MIRROR is set to {root}, but that cannot be read ({error.strerror})"
    what = f"COURSE_MIRROR is set to {root}, but that folder holds no mirror"
    return f"{what}; {near[0]} does" if near else what


def offline() -> bool:
    """Whether COURSE_OFFLINE says that no real data is to be used."""
    chosen = _value("COURSE_OFFLINE").lower()
    if chosen not in _YES + _NO:
        raise WrongSwitch(
            f"COURSE_OFFLINE={chosen} is neither yes nor no; set it to 1 for simulated data only, else unset it"
        )
    return chosen in _YES


def device_name() -> str:
    """The device that COURSE_DEVICE asks for, "" if it is not set. Whether this computer has it is another question."""
    chosen = _value("COURSE_DEVICE").lower()
    if chosen and not re.fullmatch(r"cpu|mps|cuda(:[0-9]+)?", chosen):
        raise WrongSwitch(
            f"COURSE_DEVICE={chosen} is no device of the course; set it to cpu, cuda or mps, or unset it"
        )
    return chosen


def number(name: str, without: int) -> int:
    """What COURSE_THREADS or COURSE_SEED says, `without` where it is not set; `make bands` sets them."""
    chosen = _value(name)
    if chosen and not chosen.isdecimal():
        raise WrongSwitch(f"{name}={chosen} is no whole number; unset it")
    return int(chosen or without)


def reader() -> str | None:
    """The name that COURSE_PROGRESS gives the reader, "" where it is not set, None where progress is not kept."""
    chosen = _value("COURSE_PROGRESS")
    if chosen.lower() in _NO[1:]:
        return None
    if chosen and not re.fullmatch(r"[\w-]{1,40}", chosen):
        raise WrongSwitch(
            f"COURSE_PROGRESS={chosen} is no name; take letters, digits, - and _, at most 40, or 0 for none"
        )
    return "" if chosen.lower() in _YES else chosen


class Proxy(NamedTuple):
    """The proxy that a variable such as HTTPS_PROXY names."""

    variable: str
    scheme: str
    host: str
    port: int
    user: str
    password: str

    def __str__(self):  # without the password
        return f"{self.host}:{self.port} ({self.variable})"


def proxy(url: str) -> Proxy | None:
    """The proxy between here and a URL, or None. Raises WrongSwitch for an address without sense."""
    asked = urlsplit(url)
    if proxy_bypass(asked.hostname or ""):
        return None
    known = getproxies()
    kind = next((k for k in (asked.scheme, "all") if known.get(k)), None)
    if kind is None:
        return None
    address, variable = known[kind], f"{kind.upper()}_PROXY"
    try:
        place = urlsplit(address if "://" in address else f"http://{address}")
        port = place.port or (443 if place.scheme == "https" else 80)
        if not place.hostname or re.search(r"\s", address):
            raise ValueError
        place.hostname.encode("idna")  # as a look-up of the name would do
    except ValueError:
        shown = re.sub(r"//[^@]*@", "//...@", address)
        raise WrongSwitch(
            f"{variable}={shown} is no address of a proxy; it looks like http://host:8080. "
            "Correct it, or unset it where there is no proxy"
        ) from None
    user, password = (unquote(part or "") for part in (place.username, place.password))
    return Proxy(variable, place.scheme, place.hostname, port, user, password)
