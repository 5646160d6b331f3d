"""`doctor` in broken rooms: a [!!] line for what is wrong, no traceback, exit code 0 only where a lesson works."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import course_utils as cu
from course_utils import checkup, cli, switches
from course_utils.data import fetch

ROOT = Path(cu.__file__).parents[1]
REAL = os.environ.get("COURSE_MIRROR") and os.environ.get("COURSE_OFFLINE") != "1"
posix = pytest.mark.skipif(sys.platform == "win32", reason="a room of Linux and macOS")


SWITCHES = ("COURSE_DATA", "COURSE_MIRROR", "COURSE_OFFLINE", "COURSE_DEVICE")
PROXIES = [f"{name}_PROXY" for name in ("HTTPS", "HTTP", "ALL", "NO")]


class Done(NamedTuple):
    returncode: int
    stdout: str


@pytest.fixture
def room(tmp_path, monkeypatch, capsys):
    """doctor(NAME=value, ...): what it says in a room with nothing set but these; None takes a variable away."""
    monkeypatch.setattr(checkup, "NETWORK", 0.2)
    for name in (*SWITCHES, *PROXIES, *(name.lower() for name in PROXIES)):
        monkeypatch.delenv(name, raising=False)

    def doctor(**variables):
        for name, value in ({"COURSE_DATA": str(tmp_path / "cache")} | variables).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        code = cli.main(["doctor"])
        said = capsys.readouterr()
        assert said.err == "" and "not checked" not in said.out
        return Done(code, said.out)

    return doctor


def wrong(done) -> list[str]:
    """The [!!] lines, without those that hold in this test's room anyway: no network, a small computer."""
    lines = re.findall(r"^\[!!\] (.+)$", done.stdout, re.M)
    usual = ("data servers answer", "CPU cores", "GB of memory", "GB free")
    return [line for line in lines if not any(word in line.split(": ")[0] for word in usual)]


# --- the eight rooms


def test_1_course_data_is_a_file(room, tmp_path):
    (tmp_path / "file").write_text("")
    for below in ("file", "file/below"):
        done = room(COURSE_DATA=str(tmp_path / below))
        (line,) = wrong(done)
        assert "is a file; set COURSE_DATA" in line and done.returncode == 1


@posix
def test_2_course_data_cannot_be_written(room):
    where = "/proc/course" if sys.platform == "linux" else "/System/course"  # not even for root
    done = room(COURSE_DATA=where)
    (line,) = wrong(done)
    assert line.startswith(f"nothing can be written to {where}") and "set COURSE_DATA" in line
    assert done.returncode == 1


def test_3_a_python_without_the_packages(tmp_path):
    def command(*arguments):
        line = [sys.executable, "-S", "-m", "course_utils", *arguments]
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COURSE_")}
        kept |= {
            "COURSE_DATA": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
        }
        done = subprocess.run(line, capture_output=True, text=True, encoding="utf-8", env=kept)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    done = command("doctor")
    assert done.returncode == 1
    assert "[!!] torch is missing: run `make setup`" in done.stdout
    assert "[!!] lessons do not run: torch is missing" in done.stdout
    assert "[ok] Python" in done.stdout and "data sets at hand" in done.stdout
    assert "not checked" not in done.stdout
    done = command("--help")
    assert done.returncode == 0 and "examples:" in done.stdout
    done = command("cards", "idrid")
    assert done.returncode == 0 and "IDRiD" in done.stdout
    done = command("hello")
    assert done.returncode == 1 and re.match(r"The package \w+ is missing", done.stderr)


@posix
@pytest.mark.parametrize("home", ["/", "", None])
def test_4_no_home(room, tmp_path, home):
    variables = {"HOME": home, "COURSE_DATA": "", "XDG_CACHE_HOME": ""}
    done = room(**variables)
    assert "~tmp" not in done.stdout and "the cache is" in done.stdout
    done = room(HOME="/")
    assert f"the cache is {tmp_path / 'cache'}" in done.stdout and not wrong(done)


def test_4_no_home_at_all(monkeypatch, capsys):
    """An account of a container, which has no entry in the list of users."""

    def nobody():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(switches.Path, "home", nobody)
    for name in (
        "COURSE_DATA",
        "XDG_CACHE_HOME",
        "LOCALAPPDATA",
        "COURSE_MIRROR",
        "COURSE_OFFLINE",
    ):
        monkeypatch.delenv(name, raising=False)
    cu.doctor(network=False)
    said = capsys.readouterr().out
    assert f"the cache is {switches.cache_dir()}" in said and "not checked" not in said


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac may have it")
@pytest.mark.parametrize(
    ("device", "words"), [("mps", "no such device"), ("cuda:99", "no such device"), ("tpu", "no device of")]
)  # fmt: skip
def test_5_a_device_that_is_not_there(room, device, words):
    done = room(COURSE_DEVICE=device)
    (line,) = wrong(done)
    assert f"COURSE_DEVICE={device}" in line and words in line and done.returncode == 1


def test_6_an_empty_mirror(room, tmp_path):
    (tmp_path / "stick").mkdir()
    done = room(COURSE_MIRROR=str(tmp_path / "stick"))
    (line,) = wrong(done)
    assert "that folder holds no mirror" in line and done.returncode == 1


@pytest.mark.parametrize("too", ["deep", "deeper", "high"])
def test_7_a_mirror_one_step_off(room, tmp_path, too):
    host = sorted(fetch.hosts())[0]
    right = tmp_path / "stick" / "mirror"
    (right / host / "a").mkdir(parents=True)
    off = {"deep": right / host, "deeper": right / host / "a", "high": tmp_path / "stick"}[too]
    done = room(COURSE_MIRROR=str(off))
    (line,) = wrong(done)
    assert f"holds no mirror; {right} does" in line and done.returncode == 1
    done = room(COURSE_MIRROR=str(right))
    assert not wrong(done)


@pytest.mark.parametrize(
    "proxy", ["http://proxy:80x80", "http://user:secret@proxy:99999", "http://"]
)
def test_8_a_bad_proxy(room, proxy):
    done = room(HTTPS_PROXY=proxy, https_proxy=proxy)
    assert done.returncode == 1 and "it looks like http://host:8080" in done.stdout
    assert "secret" not in done.stdout


# --- and some more


def test_a_value_that_is_no_answer_is_said_once(room):
    done = room(COURSE_OFFLINE="maybe")
    (line,) = wrong(done)
    assert "COURSE_OFFLINE=maybe is neither yes nor no" in line and done.returncode == 1


@pytest.mark.parametrize("name", switches.FOLDERS)
def test_a_path_that_is_not_whole_is_named(room, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    host = sorted(fetch.hosts())[0]
    (tmp_path / "here" / host).mkdir(parents=True)
    done = room(**{name: "here"})
    (line,) = wrong(done)
    assert line.startswith(f"{name} is no whole path") and str(tmp_path / "here") in line


def test_offline_is_well_without_any_data(room):
    done = room(COURSE_OFFLINE="yes")
    assert "simulated data only" in done.stdout and not wrong(done)


@pytest.mark.skipif(not REAL, reason="COURSE_MIRROR is not set")
def test_all_is_well_exactly_where_a_lesson_gets_its_data(tmp_path, monkeypatch, capsys):
    def refuse(*_, **__):
        raise OSError("no network")

    known = fetch.catalog()
    monkeypatch.setattr(fetch, "catalog", lambda: {"bccd": known["bccd"]})
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    for data, mirror in (
        (tmp_path / "cache", os.environ["COURSE_MIRROR"]),
        (tmp_path / "cache", ""),
        (tmp_path / "other", str(tmp_path)),
    ):
        monkeypatch.setenv("COURSE_DATA", str(data))
        monkeypatch.setenv("COURSE_MIRROR", mirror)
        well = [check for check in (checkup._disk, checkup._data, checkup._mirror, checkup._servers)
                if not all(good for good, *_ in check())]  # fmt: skip
        try:
            fetch.files("bccd")
            assert not well
        except fetch.Unreachable:
            assert well


def test_a_read_only_cache_with_all_data_is_well(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "catalog", lambda: {})

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(checkup.tempfile, "TemporaryDirectory", refuse)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert all(good for good, *_ in checkup._disk())


def test_one_check_that_stumbles_does_not_end_the_others(monkeypatch, capsys):
    def stumbles(*_):
        raise KeyError("x")

    monkeypatch.delenv("COURSE_OFFLINE", raising=False)  # with it, no data sets are looked for
    monkeypatch.setattr(checkup.shutil, "disk_usage", stumbles)
    monkeypatch.setattr(checkup, "describe_device", stumbles)
    assert not cu.doctor(network=False)
    said = capsys.readouterr().out
    assert "[!!] folder for data: not checked (KeyError: 'x')" in said
    assert "[!!] device that lessons run on: not checked" in said and "data sets" in said


def test_every_check_has_a_name():
    assert all(check.__doc__ and len(check.__doc__) < 40 for check in checkup.CHECKS)


def test_starting_needs_no_library():
    """What `-h` and `doctor` load before they begin."""
    code = "import sys; import course_utils.cli, course_utils.checkup, course_utils.data.fetch; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    tops = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert not tops & {"numpy", "requests", "filelock", "tqdm", "torch", "pandas", "scipy"}
