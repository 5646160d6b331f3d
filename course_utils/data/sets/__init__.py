"""Every set of the catalog: its reader, and beside it the stand-in that is drawn where there are no files.

Both return the same kind of record, and `tests/data/test_every_set.py` compares them. A stand-in has the fields, sizes,
split names and known flaws of the real set. It keeps a lesson running where there is no network, and teaches how to
work, not what medicine looks like: every number measured on it belongs to the simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules


@dataclass
class Set:
    """How a set is read, and what stands in for it.

    read: the local path of every file, and options -> Dataset or Weights.
    version: raise it whenever the reader returns something else; arrays decoded by an older version are then left.
    keep: whether decoding takes so long that the arrays are kept in the cache.
    draw: the options of `read` -> the simulated record, the same in every call; None where a package brings the set.
    """

    read: Callable
    version: int
    keep: bool
    draw: Callable | None = None

    def standin(self, draw: Callable) -> Callable:
        """Decorator: this function draws the stand-in."""
        self.draw = draw
        return draw


SETS: dict[str, Set] = {}


def dataset(version: int = 1, keep: bool = True) -> Callable[[Callable], Set]:
    """Decorator: this function reads the set of its name; the name then stands for the Set."""

    def register(read: Callable) -> Set:
        SETS[read.__name__] = Set(read, version, keep)
        return SETS[read.__name__]

    return register


for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
