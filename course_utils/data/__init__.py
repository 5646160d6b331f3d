"""Data sets of the course: real and verified, or an announced simulated stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import fetch
from .cards import card as card

if TYPE_CHECKING:
    from .own import folder as folder
    from .records import Dataset, Weights

_LATE = {"Dataset": "records", "Weights": "records", "folder": "own", "pictures": "pictures"}

# Names of the sets for which a stand-in was loaded in this kernel; the figures say so.
simulated: set[str] = set()

_RED, _PLAIN = "\033[1;31m", "\033[0m"


def __getattr__(name):
    # Late, so that the command line and `doctor` need the standard library only.
    if name in _LATE:
        from importlib import import_module

        module = import_module(f".{_LATE[name]}", __name__)
        return module if _LATE[name] == name else getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(name: str, **options) -> Dataset | Weights:
    """A data set of the catalog as a record, announced in one printed line.

    name: e.g. "chest_abdomen". options: what the reader of that set takes, e.g. flag="breastmnist" for "medmnist".
    Files are looked for in the cache, in the folder $COURSE_MIRROR and at their address, and are verified.
    With none of these at hand (or with COURSE_OFFLINE=1) a simulated set of the same form stands in. Sets that an
    installed package brings are always real. A set of many files is decoded once and then opened in a second.
    Raises fetch.UnknownDataset for a name that is not in the catalog, fetch.FetchError when a file comes but cannot
    be used, and ValueError for an option that the set does not have or a file that cannot be read.
    """
    from . import decoded, sets

    entry = fetch.entry(name)
    try:
        files = fetch.files(name)
    except fetch.Unreachable as reason:
        record = sets.SETS[name].draw(**options)
        simulated.add(name)
        print(f"{_RED}{name}: {_count(record)}, SIMULATED, in place of the real data.{_PLAIN}")
        print(f"The text speaks of the real data; your numbers will differ. {reason}")
    else:
        record = decoded.read(name, sets.SETS[name], files, options)
        licence = entry["licence"].split(": download")[0]
        where = (
            f"from the package {entry['package']}"
            if "package" in entry
            else f"{fetch.megabytes(name):.1f} MB"
        )
        print(f"{name}: {_count(record)}, real, {where}, {licence}")
    return record


def _count(record: Dataset | Weights) -> str:
    from .records import Weights

    if isinstance(record, Weights):
        return f"weights {record.note}"
    return f"{len(record)} {record.noun}"
