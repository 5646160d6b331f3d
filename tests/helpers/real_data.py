"""Sets for tests: real ones where they are at hand with no network, else the test is skipped; stand-ins always."""

import functools

import pytest

from course_utils.data import fetch, sets

AT_HAND = all(fetch.at_hand(name) for name in fetch.catalog())
WHY = "needs the real files: `python -m course_utils download --all` or COURSE_MIRROR, and not COURSE_OFFLINE"
needs_real = pytest.mark.skipif(not AT_HAND, reason=WHY)


def real_files(name):
    """The files of one set, if they are at hand; those that a package brings always are."""
    if not fetch.at_hand(name):
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
