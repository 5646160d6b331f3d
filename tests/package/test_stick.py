"""The stick carries data, course and packages, and a computer without network installs from it."""

import os
import subprocess
import sys
import venv

import pytest

from course_utils import cli
from course_utils.authoring import lessons, stick

# Python that cannot open a connection: what pip starts inherits it.
BLOCKED = """
import socket
def no(*args, **kwargs):
    raise OSError("this computer has no network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = no
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of one module that needs another, and a folder in which pip finds that one."""
    folder = tmp_path_factory.mktemp("project")
    for name, needs in (("tiny-need", "[]"), ("tiny-course", '["tiny-need"]')):
        place = folder / name
        place.mkdir()
        module = name.replace("-", "_")
        (place / f"{module}.py").write_text("answer = 42\n")
        (place / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            f'[project]\nname = "{name}"\nversion = "1.0"\ndependencies = {needs}\n'
            f'[tool.setuptools]\npy-modules = ["{module}"]\n'
        )
        (place / "constraints.txt").write_text("")
    return folder


def pip(*words, python=sys.executable, **room):
    command = [python, "-m", "pip", "--disable-pip-version-check", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **room}, check=False
    )


@pytest.fixture(scope="module")
def found(project, tmp_path_factory):
    """What the network would give: wheels of the tools that build, made of the installed ones, and of the other one."""
    folder = tmp_path_factory.mktemp("found")
    done = pip(
        "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, project / "tiny-need"
    )
    if done.returncode:
        pytest.skip("no setuptools here, so no package can be built without a network")
    return folder


def test_packages_are_collected_and_install_without_network(
    project, found, tmp_path, monkeypatch
):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(found))
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip's way to say: do not isolate
    monkeypatch.setattr(stick, "TOOLS", ())
    assert stick.wheels(tmp_path / "wheels", project / "tiny-course", parts="") == 2
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "sitecustomize.py").write_text(BLOCKED)
    venv.create(tmp_path / "fresh", with_pip=True)
    python = str(next((tmp_path / "fresh").glob("[bS][ic]*/python*")))
    room = {"PIP_FIND_LINKS": str(tmp_path / "wheels"), "PYTHONPATH": str(tmp_path / "blocked")}
    done = pip("install", "-q", "tiny-course", python=python, **room)
    assert done.returncode == 0, done.stderr
    code = "import tiny_course, tiny_need; print(tiny_course.answer)"
    assert subprocess.check_output([python, "-c", code], env={**os.environ, **room}) == b"42\n"


def test_a_package_that_cannot_be_had_is_told(project, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(RuntimeError, match="go online and start again"):
        stick.wheels(tmp_path / "wheels", project / "tiny-course", parts="")


def test_a_stick_without_room_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stick, "ROOM", 1e18)
    assert cli.main(["mirror", str(tmp_path), "--all"]) == 1
    assert "take a larger stick" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_the_course_on_the_stick_is_whole(tmp_path):
    stick.course(tmp_path / "course")
    folder = tmp_path / "course"
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "course_utils/cli.py"):
        assert (folder / name).read_bytes() == (lessons.ROOT / name).read_bytes()
    names = [path.name for path in lessons.find()]
    assert all((folder / "notebooks" / name).exists() for name in names)
    assert all((folder / "build" / "editions" / "student" / name).exists() for name in names)
    assert list((folder / "build" / "slides").glob("*.html"))
    assert not list(folder.glob(".venv*")) and not (folder / ".git").exists()


def test_the_text_on_the_stick_names_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(stick.fetch, "mirror", lambda folder: 0)
    monkeypatch.setattr(stick, "wheels", lambda folder: 0)
    monkeypatch.setattr(stick, "course", lambda folder: 0)
    monkeypatch.setattr(stick, "ROOM", 0)
    stick.write(tmp_path / "stick", say=lambda line: None)
    text = (tmp_path / "stick" / "README.txt").read_text()
    assert f"COURSE_MIRROR={tmp_path / 'stick'} PIP_NO_INDEX=1" in text and "{" not in text
