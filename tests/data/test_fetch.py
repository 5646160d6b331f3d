"""Fetching: right files, or a clear error, whatever the network, the disk and the user do."""

from __future__ import annotations

import _thread
import errno
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from itertools import repeat
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_server import Fault, LocalServer, make_mirror
from real_data import needs_real

from course_utils.data import fetch

REPOSITORY = Path(__file__).parents[2]
ODD = "a folder/b#1 %41.txt"  # needs quoting in a URL
CONTENT = {
    "one.txt": b"one" * 100,
    "sub/two.bin": bytes(range(256)) * 2,
    ODD: b"three",
    "empty.txt": b"",
}

# A second process that fetches the set "toy"; its catalog is in the file that it is given.
CHILD = """
import json, sys
from course_utils.data import fetch
known = json.load(open(sys.argv[1]))
fetch.catalog = lambda: known
print(len(fetch.files("toy")))
"""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def toy_entry(content, url):
    return {
        "title": "Toy",
        "base_url": url,
        "licence": "none",
        "files": {path: [len(data), sha256(data)] for path, data in content.items()},
    }


class Course:
    """A server, a catalog with the set "toy", and an empty cache."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.catalog, self.cache = {}, folder / "cache"
        self.offer(CONTENT)

    def offer(self, content):
        self.server.content = content
        self.catalog["toy"] = toy_entry(content, self.server.url)

    def local(self, path):
        return self.cache / "toy" / path

    def there(self):
        """Names of the files in the cache that are right."""
        return {p for p, data in self.server.content.items() if _read(self.local(p)) == data}

    def leftovers(self):
        known = {self.local(path) for path in self.server.content} | {self.local(".lock")}
        return [p for p in self.cache.rglob("*") if p.is_file() and p not in known]

    def child(self):
        listing = self.folder / "catalog.json"
        listing.write_text(json.dumps(self.catalog))
        return subprocess.Popen(
            [sys.executable, "-c", CHILD, str(listing)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def make_mirror(self, content):
        return make_mirror(self.folder / "mirror", content)


def _read(path):
    return path.read_bytes() if path.is_file() else None


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def course(tmp_path, monkeypatch):
    for name in (
        "COURSE_MIRROR",
        "COURSE_OFFLINE",
        "CI",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    server = LocalServer({})
    made = Course(server, tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(made.cache))
    monkeypatch.setattr(fetch, "catalog", lambda: made.catalog)
    monkeypatch.setattr(fetch, "BACKOFF", 0.01)
    yield made
    server.stop()


def expect(kind, *words):
    """The call must fail with exactly this error, and say what to do by hand."""
    return pytest.raises(kind, match="(?s)" + ".*".join(map(re.escape, words)))


BY_HAND = ("By hand: open http://127.0.0.1", "save the file as", "COURSE_OFFLINE=1")


# ---- all is well ----


def test_files_are_fetched_once_and_are_right(course):
    paths = fetch.files("toy")
    assert list(paths) == list(CONTENT)
    assert all(
        paths[p] == course.local(p) and paths[p].read_bytes() == CONTENT[p] for p in CONTENT
    )
    assert fetch.files("toy") == paths
    assert set(course.server.requests.values()) == {1}
    assert course.leftovers() == []


@pytest.mark.parametrize("only", [["one.txt"], "one.txt", lambda path: path.startswith("one")])
def test_only_some_files(course, only):
    assert list(fetch.files("toy", only=only)) == ["one.txt"]
    assert list(course.server.requests) == ["one.txt"]


def test_no_files_wanted(course):
    assert fetch.files("toy", only=[]) == {}
    assert not course.cache.exists()


def test_connections_are_reused_and_few(course):
    course.offer({f"{i}.txt": b"x" * i for i in range(1, 61)})
    fetch.files("toy")
    assert sum(course.server.requests.values()) == 60
    assert (
        course.server.connections <= fetch.THREADS + 1
    )  # one more for the question whether there is a network


def test_redirect(course):
    course.server.fail("one.txt", [Fault(302, {"Location": "/elsewhere"})])
    course.server.content = {**CONTENT, "elsewhere": CONTENT["one.txt"]}
    assert fetch.files("toy")["one.txt"].read_bytes() == CONTENT["one.txt"]


def test_fetched_files_can_be_read_by_others(course):
    usual = course.folder / "usual"
    usual.touch()
    assert fetch.files("toy")["one.txt"].stat().st_mode == usual.stat().st_mode


def test_import_is_quick():
    code = (
        "import sys, course_utils.data.fetch as f; f.entry('medmnist'); "
        "print(sorted({'requests', 'tqdm', 'filelock', 'torch'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert run.stdout.strip() == "[]", run.stderr


def test_megabytes(course):
    assert fetch.megabytes("toy") == pytest.approx((300 + 512 + 5) / 1e6)


def test_at_hand(course, monkeypatch):
    assert not fetch.at_hand("toy")
    fetch.files("toy")
    assert fetch.at_hand("toy")
    course.local("one.txt").write_bytes(b"short")
    assert not fetch.at_hand("toy")
    monkeypatch.setenv(
        "COURSE_MIRROR", str(course.make_mirror({"one.txt": CONTENT["one.txt"]}))
    )
    assert fetch.at_hand("toy")
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert not fetch.at_hand("toy")


@pytest.mark.parametrize(
    ("platform", "variables", "end"),
    [
        ("linux", {"XDG_CACHE_HOME": "X"}, "X/medical-imaging-course"),
        ("linux", {"XDG_CACHE_HOME": "", "HOME": "H"}, "H/.cache/medical-imaging-course"),
        ("darwin", {"HOME": "H"}, "H/Library/Caches/medical-imaging-course"),
        ("win32", {"LOCALAPPDATA": "L"}, "L/medical-imaging-course"),
        ("linux", {"COURSE_DATA": "mine"}, "mine"),
    ],
)
def test_cache_folder(tmp_path, monkeypatch, platform, variables, end):
    monkeypatch.delenv("COURSE_DATA", raising=False)
    for key, value in variables.items():
        monkeypatch.setenv(key, value and str(tmp_path / value))
        if key == "HOME":
            monkeypatch.setenv("USERPROFILE", str(tmp_path / value))
    monkeypatch.setattr(fetch.sys, "platform", platform)
    assert fetch.cache_dir() == tmp_path / end


# ---- progress bar ----


@pytest.mark.parametrize(
    ("size", "ci", "progress", "shown"),
    [
        (1_200_000, "", True, True),
        (1_200_000, "true", True, False),
        (1_200_000, "", False, False),
        (900_000, "", True, False),
    ],
)
def test_bar_only_for_real_downloads(course, capsys, monkeypatch, size, ci, progress, shown):
    course.offer({"a": b"a" * (size // 2), "b": b"b" * (size // 2)})
    course.server.fail(
        "a", [Fault(sent=100_000)]
    )  # bytes of a broken transfer must not count twice
    monkeypatch.setenv("CI", ci)
    fetch.files("toy", progress=progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("1.20M/1.20M" in err) if shown else err == ""
    fetch.files("toy", progress=progress)
    assert capsys.readouterr() == ("", "")


# ---- wrong content ----


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"X" * 300, "SHA-256"),
        (b"<html>log in</html>", "19 bytes came instead of 300"),
        (b"one" * 101, "more than the expected 300 bytes"),
    ],
)
def test_wrong_twice(course, body, words):
    course.server.fail("one.txt", repeat(Fault(body=body)))
    with expect(
        fetch.WrongContent, "/one.txt", words, "login page", "changed at its source", *BY_HAND
    ):
        fetch.files("toy")
    assert course.server.requests["one.txt"] == 2
    assert not course.local("one.txt").exists() and course.leftovers() == []


def test_wrong_once_then_right(course):
    course.server.fail("one.txt", [Fault(body=b"X" * 300)])
    fetch.files("toy")
    assert course.there() == set(CONTENT)


def test_never_more_bytes_than_expected(course, monkeypatch):
    written = []

    def counting(path, mode):
        stream = open(path, mode)
        if mode == "xb":
            written.append(path)
            monkeypatch.setattr(fetch.os, "replace", lambda *a: pytest.fail("renamed"))
            real, stream = stream, type("Stream", (), {})()
            stream.write = lambda data: written.append(len(data)) or real.write(data)
            type(stream).__enter__, type(stream).__exit__ = (
                lambda s: s,
                lambda s, *a: real.close(),
            )
        return stream

    monkeypatch.setattr(fetch, "open", counting, raising=False)
    course.server.fail("one.txt", repeat(Fault(body=b"X" * 5_000_000, length=False)))
    with expect(fetch.WrongContent, "more than the expected"):
        fetch.files("toy", only="one.txt")
    assert len([w for w in written if isinstance(w, Path)]) == 2
    assert sum(w for w in written if isinstance(w, int)) <= 2 * 300


# ---- broken transfers and busy servers ----


@pytest.mark.parametrize("length", [True, False])
def test_cut_off_then_good(course, length):
    course.server.fail(
        "one.txt", [Fault(sent=10, length=length), Fault(sent=200, length=length)]
    )
    fetch.files("toy")
    assert course.there() == set(CONTENT)
    assert course.server.requests["one.txt"] == 3


@pytest.mark.parametrize("length", [True, False])
def test_cut_off_always(course, length):
    course.server.fail("one.txt", repeat(Fault(sent=10, length=length)))
    with expect(fetch.Unreachable, "broke off", "/one.txt", *BY_HAND):
        fetch.files("toy")
    assert course.server.requests["one.txt"] == 1 + fetch.RETRIES
    assert course.leftovers() == []


def test_slow_once(course, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT", (1, 0.2))
    course.server.fail("one.txt", [Fault(delay=0.5)])
    fetch.files("toy")
    assert course.there() == set(CONTENT)


def test_slow_always(course, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT", (1, 0.2))
    course.server.fail("one.txt", repeat(Fault(delay=0.5)))
    with expect(fetch.Unreachable, "stood still", "ReadTimeout", "/one.txt", *BY_HAND):
        fetch.files("toy")
    assert course.server.requests["one.txt"] == 1 + fetch.QUICK_RETRIES


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refused_at_once(course, status):
    course.server.fail("one.txt", repeat(Fault(status)))
    with expect(fetch.NotThere, "/one.txt", f"HTTP {status}", *BY_HAND):
        fetch.files("toy")
    assert course.server.requests["one.txt"] == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_then_good(course, status):
    course.server.fail("one.txt", [Fault(status), Fault(status)])
    fetch.files("toy")
    assert course.there() == set(CONTENT)
    assert course.server.requests["one.txt"] == 3


@pytest.mark.parametrize("status", [429, 500])
def test_busy_always(course, status):
    course.server.fail("one.txt", repeat(Fault(status)))
    with expect(fetch.Unreachable, "too busy", "/one.txt", f"HTTP {status}", *BY_HAND):
        fetch.files("toy")
    assert course.server.requests["one.txt"] == 1 + fetch.RETRIES


def test_retry_after_is_respected(course):
    course.server.fail("one.txt", [Fault(429, {"Retry-After": "1"})])
    start = time.monotonic()
    fetch.files("toy")
    assert 1 <= time.monotonic() - start < 3


@pytest.mark.parametrize("asked", ["3600", "soon"])
def test_retry_after_has_a_limit(course, monkeypatch, asked):
    monkeypatch.setattr(fetch, "LONGEST_WAIT", 0.05)
    course.server.fail("one.txt", [Fault(429, {"Retry-After": asked})])
    start = time.monotonic()
    fetch.files("toy")
    assert time.monotonic() - start < 1


def test_an_error_stops_the_other_files_and_keeps_what_came(course):
    course.offer({f"{i:02}": b"x" * 1000 for i in range(80)})
    for path in course.server.content:
        course.server.fail(path, [Fault(delay=0.05)])
    course.server.fail("20", [Fault(404)])
    with expect(fetch.NotThere, "/20"):
        fetch.files("toy")
    asked = sum(course.server.requests.values())
    kept = course.there()
    assert 21 <= asked < 60 and len(kept) >= 8
    fetch.files("toy")
    assert all(course.server.requests[path] == 1 for path in kept)


# ---- no network ----


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_no_network_is_noticed_quickly(course):
    course.offer({f"{i}": b"x" for i in range(300)})
    course.catalog["toy"]["base_url"] = f"http://127.0.0.1:{free_port()}/"
    start = time.monotonic()
    with expect(fetch.Unreachable, "No connection to 127.0.0.1", *BY_HAND[:2]) as caught:
        fetch.files("toy")
    assert time.monotonic() - start < 3
    assert "300 files are missing" in str(caught.value) and "mirror FOLDER" in str(caught.value)


def test_network_that_swallows_everything(course, monkeypatch):
    monkeypatch.setattr(fetch, "NO_NETWORK", 0.3)

    def swallow(address, timeout):
        time.sleep(1)
        raise OSError("too late")

    monkeypatch.setattr(fetch.socket, "create_connection", swallow)
    start = time.monotonic()
    with expect(fetch.Unreachable, "nothing within 0.3 seconds"):
        fetch.files("toy")
    assert time.monotonic() - start < 1


def test_network_goes_away(course, monkeypatch):
    monkeypatch.setattr(fetch, "_no_connection", lambda url: "")
    course.catalog["toy"]["base_url"] = f"http://127.0.0.1:{free_port()}/"
    with expect(fetch.Unreachable, "ConnectionError", *BY_HAND):
        fetch.files("toy")


def test_a_proxy_is_asked_in_place_of_the_server(course, monkeypatch):
    monkeypatch.setenv("http_proxy", f"127.0.0.1:{free_port()}")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    with expect(fetch.Unreachable, "No connection"):
        fetch.files("toy")


def test_offline_touches_nothing(course, monkeypatch):
    fetch.files("toy")
    course.server.requests.clear()
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(fetch, "_not_good", lambda plan: pytest.fail("looked into the cache"))
    with expect(fetch.Unreachable, "COURSE_OFFLINE=1 is set", "unset COURSE_OFFLINE"):
        fetch.files("toy")
    assert not course.server.requests
    with pytest.raises(fetch.UnknownDataset):
        fetch.files("tony")


@pytest.mark.parametrize("value", ["", "0"])
def test_not_offline(course, monkeypatch, value):
    monkeypatch.setenv("COURSE_OFFLINE", value)
    assert fetch.files("toy")


# ---- the disk ----


def test_disk_full(course, monkeypatch):
    def full(path, mode):
        stream = open(path, mode)
        if mode == "xb":
            stream.close()
            raise OSError(errno.ENOSPC, "No space left on device")
        return stream

    course.offer({"big": b"x" * 2_500_000})
    monkeypatch.setattr(fetch, "open", full, raising=False)
    with expect(
        fetch.DiskFull,
        "2.5 MB more are needed",
        str(course.cache),
        "free",
        "COURSE_DATA",
        *BY_HAND,
    ):
        fetch.files("toy")
    assert course.leftovers() == []
    monkeypatch.delattr(fetch, "open")
    fetch.files("toy")
    assert course.there() == {"big"}


def test_cache_that_can_only_be_read(course, monkeypatch):
    paths = fetch.files("toy")

    def refuse(path, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    for name in ("mkdir", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr(fetch.os, "replace", refuse)
    assert fetch.files("toy") == paths
    course.local("one.txt").write_bytes(b"damaged")
    with expect(
        fetch.FetchError, str(course.cache), "cannot be written", "COURSE_DATA", *BY_HAND
    ):
        fetch.files("toy")
    assert list(fetch.files("toy", only=[ODD])) == [ODD]


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_cache_folder_that_cannot_be(course, monkeypatch, where):
    (course.folder / "file").touch()
    monkeypatch.setenv("COURSE_DATA", str(course.folder / where))
    with expect(fetch.FetchError, "cannot be written", "COURSE_DATA", *BY_HAND):
        fetch.files("toy")
    assert not course.server.requests


@pytest.mark.parametrize("damage", [b"", b"X" * 300, b"one" * 50, b"one" * 200])
def test_damaged_file_mends_itself(course, damage):
    fetch.files("toy")
    course.local("one.txt").write_bytes(damage)
    assert fetch.files("toy")["one.txt"].read_bytes() == CONTENT["one.txt"]
    assert course.server.requests == {path: 2 if path == "one.txt" else 1 for path in CONTENT}


def test_damaged_file_that_cannot_be_replaced_is_not_kept(course):
    fetch.files("toy")
    course.local("one.txt").write_bytes(b"X" * 300)
    course.server.fail("one.txt", repeat(Fault(404)))
    with expect(fetch.NotThere, "/one.txt"):
        fetch.files("toy")
    assert not fetch.at_hand("toy")


def test_leftovers_are_removed_first(course, monkeypatch):
    half = course.local(".partial/0123")
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half of a file")
    # Before the download, since they may take the room that it needs.
    monkeypatch.setattr(
        fetch, "_no_connection", lambda url: "leftovers" if half.exists() else ""
    )
    fetch.files("toy")
    assert not half.parent.exists()


# ---- mirror ----


def test_good_mirror_needs_no_network_and_no_bar(course, capsys, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", str(course.make_mirror(CONTENT)))
    monkeypatch.setattr(fetch, "BAR_FROM", 0)
    fetch.files("toy")
    assert course.there() == set(CONTENT)
    assert not course.server.requests and capsys.readouterr() == ("", "")


@pytest.mark.parametrize("wrong", [b"X" * 300, b"short"])
def test_mirror_with_a_wrong_file(course, monkeypatch, wrong):
    root = course.make_mirror({**CONTENT, "one.txt": wrong})
    monkeypatch.setenv("COURSE_MIRROR", str(root))
    with pytest.warns(UserWarning) as caught:
        fetch.files("toy")
    assert (
        len(caught) == 1
        and "one.txt" in str(caught[0].message)
        and "\n" not in str(caught[0].message)
    )
    assert course.there() == set(CONTENT)
    assert course.server.requests == {"one.txt": 1}


def test_wrong_mirror_file_is_named_when_the_network_is_down_too(course, monkeypatch):
    root = course.make_mirror({**CONTENT, "one.txt": b"wrong"})
    monkeypatch.setenv("COURSE_MIRROR", str(root))
    course.catalog["toy"]["base_url"] = f"http://127.0.0.1:{free_port()}/"
    with (
        pytest.warns(UserWarning),
        expect(fetch.Unreachable, str(root / "127.0.0.1" / "one.txt"), *BY_HAND),
    ):
        fetch.files("toy")
    assert course.there() == set(CONTENT) - {"one.txt"}


def test_mirror_folder_is_missing(course, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", str(course.folder / "nowhere"))
    fetch.files("toy")
    course.local("one.txt").unlink()
    course.server.fail("one.txt", [Fault(404)])
    with expect(fetch.NotThere, "COURSE_MIRROR is set to", "nowhere", "no such folder"):
        fetch.files("toy")


def test_mirror_round_trip(course, monkeypatch):
    root = course.folder / "made"
    assert fetch.mirror(root) == len(CONTENT)
    assert (
        fetch.mirror(root, ["toy"]) == fetch.mirror(root, "toy") == fetch.mirror(root, []) == 0
    )
    (root / "127.0.0.1" / "one.txt").write_bytes(b"damaged")
    assert fetch.mirror(root) == 1
    assert {p for p in root.rglob("*") if p.is_file() and p.name != ".lock"} == {
        root / "127.0.0.1" / path for path in CONTENT
    }
    assert set(course.server.requests.values()) == {1}
    monkeypatch.setenv("COURSE_MIRROR", str(root))
    monkeypatch.setenv("COURSE_DATA", str(course.folder / "second"))
    paths = fetch.files("toy")
    assert {path: paths[path].read_bytes() for path in CONTENT} == CONTENT
    assert set(course.server.requests.values()) == {1}


def test_mirror_errors(course):
    (course.folder / "file").touch()
    with expect(
        fetch.FetchError,
        str(course.folder / "file"),
        "cannot be written",
        "Choose another folder",
    ):
        fetch.mirror(course.folder / "file")
    with pytest.raises(fetch.UnknownDataset):
        fetch.mirror(course.folder / "made", ["toy", "tony"])
    assert not (course.folder / "made").exists()


# ---- names and safety ----


def test_unknown_names(course):
    with pytest.raises(KeyError) as caught:
        fetch.files("toi")
    assert isinstance(caught.value, fetch.UnknownDataset)
    assert (
        str(caught.value)
        == "There is no data set called 'toi'. Did you mean toy? There are: toy."
    )
    with expect(fetch.UnknownDataset, "no file of toy", "Did you mean one.txt"):
        fetch.files("toy", only=["one.tx"])


def test_unknown_name_lists_the_whole_real_catalog():
    with pytest.raises(fetch.UnknownDataset) as caught:
        fetch.entry("chest_abdomne")
    assert "Did you mean chest_abdomen?" in str(caught.value)
    assert all(name in str(caught.value) for name in fetch.catalog())


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "..",
        "/etc/x",
        "C:\\x",
        "C:x",
        "a\\..\\b",
        "\\\\host\\x",
        "a//b",
        "",
        "./a",
        "a/.. /b",
    ]
    + [".lock", ".partial/a", "a:b", "a\0b"],
)
def test_unsafe_paths_are_refused_before_anything_is_fetched(course, path):
    course.catalog["toy"]["files"][path] = [1, "0" * 64]
    for call in (
        fetch.files,
        fetch.at_hand,
        lambda name: fetch.mirror(course.folder / "made", name),
    ):
        with pytest.raises(ValueError, match="unsafe path"):
            call("toy")
    with pytest.raises(ValueError, match="unsafe path"):
        fetch.files("toy", only=["one.txt"])
    assert not course.server.requests and not course.cache.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://127.0.0.1/",
        "file:///etc/",
        "https://",
        "//example.org/",
        "https://host/a",
    ]
    + ["http://127.0.0.1.example.org/", "https://host/../", "https://host/%2e%2e/"],
)
def test_unsafe_urls_are_refused(course, url):
    course.catalog["toy"]["base_url"] = url
    with pytest.raises(ValueError):
        fetch.files("toy")
    assert not course.cache.exists()


def test_unsafe_set_names_are_refused(course):
    course.catalog["../toy"] = course.catalog["toy"]
    with pytest.raises(ValueError):
        fetch.files("../toy")


@given(st.text(alphabet="ab./\\: \0", min_size=1, max_size=12))
def test_safe_paths_stay_inside(path):
    try:
        fetch._safe(path)
    except ValueError:
        return
    for kind in (PurePosixPath, PureWindowsPath):
        inside = kind("root") / path
        assert inside.parts[0] == "root" and len(inside.parts) > 1 and ".." not in inside.parts


# ---- several processes, kill, Ctrl-C ----


@pytest.mark.parametrize("count", [2, 8])
def test_processes_at_once_fetch_each_file_once(course, count):
    course.offer({f"{i:02}.bin": bytes([i]) * 5000 for i in range(24)})
    for path in course.server.content:
        course.server.fail(path, [Fault(delay=0.15)])
    children = [course.child() for _ in range(count)]
    for child in children:
        out, err = child.communicate(timeout=60)
        assert (out.strip(), child.returncode) == ("24", 0), err
    assert course.server.requests == dict.fromkeys(course.server.content, 1)
    assert course.there() == set(course.server.content) and course.leftovers() == []


def test_threads_at_once_fetch_each_file_once(course):
    results = []
    team = [
        threading.Thread(target=lambda: results.append(fetch.files("toy"))) for _ in range(4)
    ]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join(20)
    assert len(results) == 4 and set(course.server.requests.values()) == {1}


@pytest.fixture
def stuck(course):
    """A set of 12 files of which 3 stop half-way. `wait()` returns when only these three are unfinished."""
    content = {f"{i:02}.bin": bytes([i]) * 200_000 for i in range(12)}
    course.offer(content)
    held = {"02.bin", "05.bin", "11.bin"}
    for path in held:
        course.server.fail(path, [Fault(hold=True)])
    partial = course.local(".partial")

    def half_there():
        unfinished = list(partial.glob("*"))
        return len(unfinished) == 3 and all(path.stat().st_size for path in unfinished)

    course.held, course.wait = (
        held,
        lambda: wait_for(lambda: course.there() == set(content) - held and half_there()),
    )
    return course


def finish(stuck):
    """The second run fetches what is missing, nothing else."""
    fetch.files("toy")
    assert stuck.there() == set(stuck.server.content) and stuck.leftovers() == []
    assert stuck.server.requests == {
        p: 2 if p in stuck.held else 1 for p in stuck.server.content
    }


def test_killed_half_way(stuck):
    child = stuck.child()
    stuck.wait()
    child.kill()
    child.communicate()
    assert len(stuck.leftovers()) == 3
    finish(stuck)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to another process")
def test_ctrl_c_ends_a_program(stuck):
    child = stuck.child()
    stuck.wait()
    child.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, err = child.communicate(timeout=20)
    assert time.monotonic() - start < 3 and "KeyboardInterrupt" in err
    assert stuck.leftovers() == []
    finish(stuck)


def test_ctrl_c_in_a_notebook(stuck):
    def press():
        stuck.wait()
        pressed.append(time.monotonic())
        _thread.interrupt_main()

    pressed, watcher = [], threading.Thread(target=press)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        fetch.files("toy")
    assert time.monotonic() - pressed[0] < 3
    watcher.join()
    assert stuck.leftovers() == []
    finish(stuck)


# ---- the real catalog ----


def test_real_catalog_is_well_formed():
    names = fetch.catalog()
    for name, entry in names.items():
        assert {"title", "licence", "citation", "flaws", "files"} <= set(entry), name
        assert ("base_url" in entry) != ("package" in entry) and bool(entry["files"]) == (
            "base_url" in entry
        )
        for file in fetch._plan(name):  # refuses unsafe paths and URLs
            assert file.url.startswith("https://") and " " not in file.url
            assert isinstance(file.size, int) and file.size >= 0
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert (file.size == 0) == (
                file.sha256 == sha256(b"")
            )  # frames without a finding have empty labels
        # On Windows and macOS two names that differ only in case would be one file.
        assert len({path.lower() for path in entry["files"]}) == len(entry["files"])


@pytest.mark.skipif(not os.environ.get("COURSE_MIRROR"), reason="needs COURSE_MIRROR")
@needs_real
def test_real_files_from_the_real_mirror(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    paths = fetch.files("medmnist")
    known = fetch.entry("medmnist")["files"]
    assert {
        path: [local.stat().st_size, sha256(local.read_bytes())]
        for path, local in paths.items()
    } == known
