"""COURSE_DATA, COURSE_MIRROR, COURSE_OFFLINE, COURSE_DEVICE, proxies and HOME mean the same to every part."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from local_server import LocalServer, make_mirror
from profiles import tries

import course_utils as cu
from course_utils import runtime, switches
from course_utils.data import Dataset, decoded, fetch

ROOT = Path(cu.__file__).parents[1]
CONTENT = {
    "one.txt": b"one" * 100,
    "sub/two.bin": bytes(range(256)),
    "three.txt": b"3",
    "empty.txt": b"",
}
PROXIES = [f"{name}_PROXY" for name in ("HTTPS", "HTTP", "ALL", "NO")]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in (
        "COURSE_DATA",
        "COURSE_MIRROR",
        "COURSE_OFFLINE",
        "COURSE_DEVICE",
        "CI",
        *PROXIES,
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Course:
    """A server with the set "toy", and an empty cache."""

    def __init__(self, folder):
        self.server, self.folder, self.cache = LocalServer(CONTENT), folder, folder / "cache"
        files = {path: [len(data), sha256(data).hexdigest()] for path, data in CONTENT.items()}
        entry = {"title": "Toy", "base_url": self.server.url, "licence": "none", "files": files}
        self.catalog = {"toy": entry}

    def local(self, path):
        return self.cache / "toy" / path

    def make_mirror(self, content):
        return make_mirror(self.folder / "mirror", content)


@pytest.fixture
def course(tmp_path, monkeypatch):
    made = Course(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(made.cache))
    monkeypatch.setattr(fetch, "catalog", lambda: made.catalog)
    monkeypatch.setattr(fetch, "BACKOFF", 0.01)
    yield made
    made.server.stop()


@contextmanager
def setting(**variables):
    """These environment variables for a while, for examples of a property."""
    kept = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


# --- COURSE_OFFLINE


@pytest.mark.parametrize("value", ["1", "yes", "YES", "true", "on", " 1 "])
def test_offline(monkeypatch, value):
    monkeypatch.setenv("COURSE_OFFLINE", value)
    assert switches.offline() and not fetch.at_hand("bccd")
    with pytest.raises(fetch.Unreachable):
        fetch.files("bccd")


@pytest.mark.parametrize("value", ["", "0", "no", "No", "false", "off", "  "])
def test_not_offline(course, monkeypatch, value):
    monkeypatch.setenv("COURSE_OFFLINE", value)
    assert not switches.offline() and fetch.files("toy")


def test_neither_yes_nor_no(course, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "2")
    for call in (
        lambda: fetch.files("toy"),
        lambda: fetch.at_hand("toy"),
        lambda: cu.load("toy"),
    ):
        with pytest.raises(
            ValueError, match="COURSE_OFFLINE=2 is neither yes nor no; set it to 1"
        ):
            call()


@tries
@given(words)
def test_any_offline_is_yes_no_or_a_sentence(value):
    with setting(COURSE_OFFLINE=value):
        try:
            assert switches.offline() in (True, False)
        except switches.WrongSwitch as error:
            assert "neither yes nor no" in str(error)


# --- COURSE_DEVICE


def test_device(monkeypatch):
    import torch

    for value in ("cpu", "CPU", ""):
        monkeypatch.setenv("COURSE_DEVICE", value)
        if value or not torch.cuda.is_available():
            assert (
                runtime.device() == torch.device("cpu") and runtime.describe_device() == "CPU"
            )
    for value in ("tpu", "cuda:x", "cuda0", "gpu", "cpu:1"):
        monkeypatch.setenv("COURSE_DEVICE", value)
        with pytest.raises(
            ValueError, match=f"COURSE_DEVICE={value} is no device of the course"
        ):
            runtime.device()
    for value, there in (("mps", torch.backends.mps.is_available()), ("cuda:77", False)):
        monkeypatch.setenv("COURSE_DEVICE", value)
        if not there:
            with pytest.raises(ValueError, match=f"COURSE_DEVICE={value}, but this computer"):
                runtime.device()


# --- folders


@pytest.mark.parametrize("name", switches.FOLDERS)
def test_a_folder_is_a_whole_path(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, "sub folder/x")
    assert switches.relative(name) and switches.folder(name) == tmp_path / "sub folder" / "x"
    switches.pin()
    assert os.environ[name] == str(tmp_path / "sub folder" / "x") and not switches.relative(
        name
    )
    monkeypatch.chdir("/")
    assert switches.folder(name) == tmp_path / "sub folder" / "x"
    monkeypatch.setenv(name, "~/x")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert switches.folder(name) == tmp_path / "x" and not switches.relative(name)
    monkeypatch.setenv(name, "   ")
    assert switches.folder(name) is None and not switches.relative(name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows guesses the home of others")
def test_a_home_that_nobody_has(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "~nobody-of-this-name/x")
    with pytest.raises(ValueError, match="COURSE_DATA=~nobody-of-this-name/x is no folder"):
        fetch.cache_dir()


@tries
@given(words)
def test_any_folder_is_whole_or_a_sentence(value):
    with setting(COURSE_MIRROR=value):
        with suppress(switches.WrongSwitch):
            found = switches.folder("COURSE_MIRROR")
            assert found is None or found.is_absolute()
            assert found is None or isinstance(switches.mirror_fault(found, {"a.b"}), str)
            switches.pin()
            assert not switches.relative("COURSE_MIRROR")
            assert switches.folder("COURSE_MIRROR") == found


def test_a_cache_folder_that_is_no_whole_path_is_not_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(switches.sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "here")  # the standard says to leave such a value
    assert fetch.cache_dir() == tmp_path / ".cache" / "medical-imaging-course"


def test_a_path_is_shown_as_one_writes_it(monkeypatch):
    monkeypatch.setattr(switches, "home", lambda: Path("/home/me"))
    assert switches.short(Path("/home/me/.cache/x")) == str(Path("~/.cache/x"))
    assert switches.short(Path("/home/meg/x")) == str(Path("/home/meg/x"))
    for none in (None, Path("/")):
        monkeypatch.setattr(switches, "home", lambda none=none: none)
        assert switches.short(Path("/tmp/c")) == str(Path("/tmp/c"))


def test_command_line_kernel_and_tests_mean_the_same_folder(tmp_path):
    """A relative COURSE_DATA, seen by a lesson, which runs in its own folder."""
    source = (
        "import os\nprint(os.environ['COURSE_DATA'], os.environ['COURSE_MIRROR'])\n"
        "from course_utils.data import fetch\nfetch.cache_dir()"
    )
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    (tmp_path / "notebooks").mkdir()
    nbformat.write(nb, tmp_path / "notebooks" / "07_toy.ipynb")
    code = (
        "from course_utils.authoring import lessons; from pathlib import Path;"
        "print(lessons.run(Path('notebooks/07_toy.ipynb').absolute()).cells[0].outputs)"
    )
    environment = os.environ | {
        "COURSE_DATA": "a cache", "COURSE_MIRROR": "usb stick", "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    ).stdout
    assert f"{tmp_path / 'a cache'} {tmp_path / 'usb stick'}" in said
    assert said.count(str(tmp_path / "a cache")) == 2


def test_nobody_else_reads_the_switches():
    for path in [*(ROOT / "course_utils").rglob("*.py"), ROOT / "conftest.py"]:
        if path.name != "switches.py":
            text = path.read_text(encoding="utf-8")
            for name in ("COURSE_DATA", "COURSE_MIRROR", "COURSE_OFFLINE", "COURSE_DEVICE"):
                assert f'"{name}"' not in text.replace(f'relative("{name}")', ""), path
            assert "Path.home(" not in text and "getproxies" not in text, path


# --- the mirror


@pytest.mark.parametrize("off", ["", "127.0.0.1", "127.0.0.1/sub", ".."])
def test_a_mirror_one_step_off_is_named_where_a_load_fails(course, monkeypatch, off):
    root = course.make_mirror(CONTENT)
    empty = course.folder / "empty"
    empty.mkdir()
    monkeypatch.setenv("COURSE_MIRROR", str((root / off).resolve() if off else empty))
    course.server.stop()
    with pytest.raises(fetch.Unreachable, match="No connection") as caught:
        fetch.files("toy")
    said = str(caught.value)
    assert "COURSE_MIRROR is set to" in said and "holds no mirror" in said
    assert (f"; {root} does" in said) == (off != "")


def test_a_mirror_that_lacks_files_is_named_where_a_load_fails(course, monkeypatch):
    root = course.make_mirror({"one.txt": CONTENT["one.txt"]})
    monkeypatch.setenv("COURSE_MIRROR", str(root))
    course.server.stop()
    with pytest.raises(
        fetch.Unreachable, match="The mirror folder .* lacks 3 of 4 wanted files"
    ):
        fetch.files("toy")


def test_a_mirror_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    assert "no such folder" in switches.mirror_fault(tmp_path / "file", {"h"})


# --- proxies


def listener(answer: bytes):
    """A server on 127.0.0.1 that reads a request and answers so, again and again. Gives its port and what came."""
    sock, came = socket.create_server(("127.0.0.1", 0)), []

    def serve():
        while True:
            try:
                connection, _ = sock.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                came.append(connection.recv(65536))
                connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return sock, sock.getsockname()[1], came


@pytest.mark.parametrize(
    "value",
    ["http://proxy:80x80", "proxy:99999", "http://", "http://[::1", "http://a b:80", "http://u:secret@:80",
     "http://" + "a" * 70 + ":80", "http://a..b:80"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_a_proxy_without_sense_is_no_traceback_but_a_stand_in(course, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(
        fetch.Unreachable, match=f"{name.upper()}=.* is no address of a proxy"
    ) as caught:
        fetch.files("toy")
    assert "http://host:8080" in str(caught.value) and "secret" not in str(caught.value)


def test_a_load_goes_on_where_the_proxy_has_no_sense(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:80x80")
    monkeypatch.setattr(cu.data, "simulated", set())
    assert cu.load("bccd").source == "simulated"
    assert "HTTPS_PROXY=http://proxy:80x80 is no address" in capsys.readouterr().out


def test_a_proxy_that_refuses_is_named_and_not_the_server(monkeypatch):
    sock, port, came = listener(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    monkeypatch.setenv("https_proxy", f"http://me:a%40b@127.0.0.1:{port}")
    said = fetch._no_connection("https://data.example/x")
    sock.close()
    assert said.startswith(
        f"The proxy 127.0.0.1:{port} (HTTPS_PROXY) does not let data.example through: 403"
    )
    assert "a@b" not in said and "unset HTTPS_PROXY" in said
    assert came[0].startswith(b"CONNECT data.example:443 ")
    assert base64.b64encode(b"me:a@b") in came[0]


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 fine\r\n\r\n"])
def test_whatever_a_proxy_answers(monkeypatch, answer):
    sock, port, _ = listener(answer)
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{port}")
    said = fetch._no_connection("https://data.example/x")
    sock.close()
    assert (
        said == ""
        if b"200" in answer
        else said.startswith(f"No connection to the proxy 127.0.0.1:{port}")
    )


def test_a_proxy_that_fails_later_is_named_too(course, monkeypatch):
    sock, port, _ = listener(
        b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(
        fetch.NotThere, match=f"HTTP 407.*The way leads through the proxy 127.0.0.1:{port}"
    ):
        fetch.files("toy")
    sock.close()


def test_no_proxy_is_respected(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy:80x80")
    monkeypatch.setenv("no_proxy", "data.example")
    assert switches.proxy("https://data.example/x") is None


@tries
@given(words)
def test_any_proxy_is_an_address_or_a_sentence(value):
    with setting(https_proxy=value, no_proxy=""):
        try:
            found = switches.proxy("https://data.example/x")
        except switches.WrongSwitch as error:
            assert "it looks like http://host:8080" in str(error)
        else:
            assert found is None or found.host and 0 < found.port < 65536


# --- a busy lock


def held_elsewhere(folder, seconds):
    """Hold the lock of a folder for a while, from another thread."""
    folder.mkdir(parents=True)
    begun = threading.Event()

    def hold():
        with FileLock(folder / ".lock"):
            begun.set()
            time.sleep(seconds)

    threading.Thread(target=hold, daemon=True).start()
    assert begun.wait(10)


def test_a_busy_lock_speaks_once_and_then_goes_on(course, monkeypatch, capsys):
    monkeypatch.setattr(fetch, "SPEAK", 0.1)
    held_elsewhere(course.cache / "toy", 0.6)
    assert len(fetch.files("toy")) == len(CONTENT)
    assert capsys.readouterr().err == "another lesson is fetching toy; waiting\n"
    course.local("one.txt").unlink()
    fetch.files("toy")
    assert capsys.readouterr().err == ""


def test_a_short_wait_is_silent(course, capsys):
    held_elsewhere(course.cache / "toy", 0.3)
    fetch.files("toy")
    assert capsys.readouterr().err == "" and fetch.SPEAK == 3


# --- decoded copies


def toy(images):
    split = np.full(len(images), "train")
    return Dataset(name="wdbc", source="real", images=images, split=split)


class Counting:
    """A reader that counts how often it is asked."""

    keep, version, calls = True, 1, 0

    def read(self, files, size=3):
        self.calls += 1
        return toy(np.full((2, size), 7))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return tmp_path


def copy_in(cache):
    (path,) = (cache / ".decoded").iterdir()
    return path


def test_a_clock_before_1980_ends_no_load(cache, monkeypatch):
    long_ago = time.struct_time((1970, 1, 1, 0, 0, 0, 3, 1, 0))
    monkeypatch.setattr(zipfile.time, "localtime", lambda *_: long_ago)
    reader = Counting()
    for _ in range(2):
        assert decoded.read("wdbc", reader, {}, {}).images.shape == (2, 3)
    assert reader.calls == 1


def test_whatever_ends_the_keeping_ends_no_load(cache, monkeypatch):
    for error in (OSError, ValueError, TypeError, MemoryError):

        def stumble(*_, error=error):
            raise error

        monkeypatch.setattr(decoded, "save", stumble)
        assert decoded.read("wdbc", Counting(), {}, {}).images.shape == (2, 3)


def rewritten(path, change):
    """The same archive with other contents, whole and readable, as an editor or a person would leave it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _other_pixels(members):
    name = next(name for name in members if "/" in name)
    members[name] = bytes(255 - b for b in members[name])


CHANGES = {
    "pixels": _other_pixels,
    "form": lambda m: m.update({"form.json": m["form.json"].replace(b"real", b"simulated")}),
    "no hashes": lambda m: m.pop(decoded.HASHES),
    "a piece less": lambda m: m.pop(next(name for name in m if "/" in name)),
    "a piece more": lambda m: m.update({"|u1/1/6": b"123456"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_made_anew(cache, change):
    reader = Counting()
    first = decoded.read("wdbc", reader, {}, {})
    rewritten(copy_in(cache), change)
    again = decoded.read("wdbc", reader, {}, {})
    assert reader.calls == 2 and np.array_equal(first.images, again.images)
    assert again.source == first.source == "real"
    decoded.read("wdbc", reader, {}, {})
    assert reader.calls == 2


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no users as on Unix")
def test_a_copy_of_another_user_is_not_trusted(cache, monkeypatch):
    reader = Counting()
    decoded.read("wdbc", reader, {}, {})
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    decoded.read("wdbc", reader, {}, {})
    assert reader.calls == 2


@tries
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_flipped_byte_is_noticed_or_changes_nothing(tmp_path_factory, place, flip):
    path = tmp_path_factory.mktemp("kept") / "wdbc-v1-0.zip"
    record = toy(np.arange(24, dtype=np.uint8).reshape(6, 4))
    decoded.save(record, path)
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= flip
    path.write_bytes(content)
    try:
        again = decoded.load(path)
    except Exception:
        return
    assert np.array_equal(again.images, record.images) and again.name == record.name


# --- make


@pytest.mark.skipif(sys.platform == "win32", reason="no make with a Unix shell here")
@pytest.mark.parametrize(
    ("value", "whole"),
    [("here", "{root}/here"), ("usb stick", "{root}/usb stick"), ("/a b/c", "/a b/c"), ("~/x", "~/x"), ("", "")],
)  # fmt: skip
def test_make_hands_on_whole_paths(value, whole):
    environment = os.environ | {"COURSE_DATA": value, "COURSE_MIRROR": value}
    said = subprocess.run(
        ["make", "--print-data-base", "--dry-run", "help"], cwd=ROOT, env=environment,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in switches.FOLDERS:
        if value:
            assert f"\n{name} := {whole.format(root=ROOT)}\n" in said


def test_the_catalog_has_its_hosts():
    bases = [e["base_url"] for e in fetch.catalog().values() if "package" not in e]
    assert fetch.hosts() == {urlsplit(base).hostname for base in bases} and json.dumps(bases)
