"""Sets for tests: real ones from the folder in COURSE_MIRROR, else the test is skipped; stand-ins always."""

import functools

import pytest

from course_utils import switches
from course_utils.data import fetch, sets

_mirror = switches.mirror_dir()
AT_HAND = _mirror is not None and _mirror.is_dir() and not switches.offline()
WHY = "needs the real files: set COURSE_MIRROR, and not COURSE_OFFLINE"
needs_real = pytest.mark.skipif(not AT_HAND, reason=WHY)


def real_files(name):
    """The files of a set; those that a package brings are always there."""
    if "package" not in fetch.entry(name) and not AT_HAND:
        pytest.skip(WHY)
    return fetch.files(name)


@functools.cache
def real(name, **options):
    """A real set as its reader gives it, read once."""
    return sets.SETS[name].read(real_files(name), **options)


@functools.cache
def standin(name, **options):
    """Its stand-in, drawn once."""
    return sets.SETS[name].draw(**options)
