"""Loading as a lesson does it: kept copies, cards, the command line, and every set with the network unplugged."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from real_data import needs_real

import course_utils as cu
from course_utils.authoring import lessons, pages
from course_utils.data import decoded, fetch
from course_utils.data.records import Dataset

DOWNLOADED = sum("package" not in entry for entry in fetch.catalog().values())


def toy(images, **more):
    return Dataset("wdbc", "real", images, np.repeat("train", len(images)), **more)


def same(a, b):
    """Two values of a record are equal, with equal types all the way down."""
    assert type(a) is type(b)
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    else:
        assert a == b


# --- kept copies


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        hnp.arrays(
            st.sampled_from(["u1", "<i2", "<f4", "<f8", "?", "<U3", "<i8"]),
            hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
            elements={"allow_nan": False} | {},
        ),
        max_size=5,
    )
)
def test_a_record_comes_back_as_it_was(tmp_path_factory, arrays):
    path = tmp_path_factory.mktemp("kept") / "wdbc-v1-0.zip"
    images = [np.zeros((k, 2), np.uint8) for k in range(len(arrays))]
    record = toy(
        images,
        targets={"a": arrays, "none": [None] * len(arrays)},
        extra={"x": ("a", 1, 2.5, None, [True]), "deep": {"array": np.arange(3)}},
        spacing=(0.5, 1.0),
    )
    decoded.save(record, path)
    again = decoded.load(path)
    for key in ("name", "source", "images", "split", "targets", "extra", "spacing", "unit"):
        same(getattr(record, key), getattr(again, key))


def test_objects_are_never_kept(tmp_path):
    record = toy([np.array([{"a": 1}], dtype=object)])
    with pytest.raises(TypeError, match="objects"):
        decoded.save(record, tmp_path / "wdbc-v1-0.zip")
    assert list(tmp_path.iterdir()) == []


class Counting:
    """A reader that counts how often it is asked."""

    keep = True

    def __init__(self, version=1):
        self.version, self.calls = version, 0

    def read(self, files, size=3):
        self.calls += 1
        return toy(np.full((2, size), self.version))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    return tmp_path


def test_a_set_is_decoded_once(cache):
    reader = Counting()
    for _ in range(2):
        assert decoded.read("wdbc", reader, {}, {}).images.shape == (2, 3)
    assert decoded.read("wdbc", reader, {}, {"size": 3}).images.shape == (2, 3)
    assert reader.calls == 1
    assert decoded.read("wdbc", reader, {}, {"size": 4}).images.shape == (2, 4)
    assert reader.calls == 2


def test_another_version_of_the_reader_decodes_anew_and_clears_the_old_copy(cache):
    decoded.read("wdbc", Counting(1), {}, {})
    newer = Counting(2)
    assert decoded.read("wdbc", newer, {}, {}).images[0, 0] == 2 and newer.calls == 1
    assert len(list((cache / ".decoded").iterdir())) == 1


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "pickle"])
def test_a_damaged_copy_is_made_anew(cache, damage):
    reader = Counting()
    decoded.read("wdbc", reader, {}, {})
    (path,) = (cache / ".decoded").iterdir()
    whole = path.read_bytes()
    if damage == "pickle":
        with open(path, "wb") as stream:
            np.savez(stream, form=np.array([print], dtype=object))
    else:
        flipped = whole[:60] + bytes([whole[60] ^ 255]) + whole[61:]
        path.write_bytes(
            {"empty": b"", "cut": whole[: len(whole) // 2], "flipped": flipped}[damage]
        )
    assert decoded.read("wdbc", reader, {}, {}).images.shape == (2, 3)
    assert reader.calls == 2
    decoded.read("wdbc", reader, {}, {})
    assert reader.calls == 2


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(
        "COURSE_DATA", str(tmp_path / "file")
    )  # no folder can be made below a file
    assert decoded.read("wdbc", Counting(), {}, {}).images.shape == (2, 3)


def test_an_unknown_option_says_which_there_are(cache):
    with pytest.raises(ValueError, match="wdbc.*colour.*its options are size"):
        decoded.read("wdbc", Counting(), {}, {"colour": 1})


# --- cards


def test_the_book_has_every_card(tmp_path):
    page = lessons.ROOT / "book" / "data_cards.md"
    pages.data_cards(tmp_path / "cards.md")
    assert page.read_text(encoding="utf-8") == (tmp_path / "cards.md").read_text(
        encoding="utf-8"
    ), "run `make cards`"


# --- the command line


def command(*arguments, **more):
    line = [sys.executable, "-m", "course_utils", *arguments]
    return subprocess.run(line, capture_output=True, text=True, cwd=lessons.ROOT, **more)


def test_help_has_examples_and_names_every_command():
    done = command("--help")
    assert done.returncode == 0 and "examples:" in done.stdout
    for name in (
        "download",
        "mirror",
        "doctor",
        "cards",
        "hello",
        "outputs",
        "bands",
        "verified",
        "scoreboard",
        "slides",
        "repo",
    ):
        assert re.search(rf"^    {name}\b", done.stdout, re.M), name


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["download"], 2, "Name some data sets"),
        (["download", "--all", "bccd"], 2, "Name some data sets"),
        (["download", "idird"], 1, "Did you mean idrid"),
        (["cards", "moon"], 1, "no data set called 'moon'"),
        (["dance"], 2, "invalid choice"),
        (["hello", "99"], 1, "99"),
    ],
)
def test_wrong_arguments_get_a_plain_line_and_an_exit_code(arguments, code, said):
    done = command(*arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr


def test_cards_are_shown():
    done = command("cards", "idrid", "mni152")
    assert done.returncode == 0 and "IDRiD" in done.stdout and "nilearn" in done.stdout


def test_without_network_download_says_what_to_do(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "COURSE_MIRROR"}
    environment |= {"COURSE_OFFLINE": "1", "COURSE_DATA": str(tmp_path)}
    done = command("download", "medmnist", env=environment)
    assert done.returncode == 1 and "COURSE_OFFLINE" in done.stderr
    assert command("download", "wdbc", env=environment).returncode == 0


@pytest.mark.skipif(not os.environ.get("COURSE_MIRROR"), reason="needs COURSE_MIRROR")
@needs_real
def test_download_and_mirror_copy_what_was_verified(tmp_path):
    environment = os.environ | {"COURSE_DATA": str(tmp_path / "cache")}
    done = command("download", "medmnist", env=environment)
    assert done.returncode == 0 and "[ok] medmnist: 3 files" in done.stdout
    done = command("mirror", str(tmp_path / "stick"), "medmnist", env=environment)
    assert done.returncode == 0 and "3 files written" in done.stdout
    assert "COURSE_MIRROR" in done.stdout
    # The stick alone is enough on another computer.
    other = os.environ | {
        "COURSE_DATA": str(tmp_path / "other"),
        "COURSE_MIRROR": str(tmp_path / "stick"),
    }
    assert command("download", "medmnist", env=other).returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_keeps_what_was_fetched(tmp_path):
    """A server that never ends its answer; Ctrl-C leaves exit code 130, no traceback and no half file."""
    code = (
        "import sys, threading, _thread, time\n"
        "from course_utils.data import fetch\n"
        "from course_utils import cli\n"
        "def files(name, **_):\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(30)\n"
        "fetch.files = files\n"
        "sys.exit(cli.main(['download', 'bccd']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline().strip() == "waiting"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "is kept" in said and "Traceback" not in said


# --- the check of this computer


def doctor(capsys, **options):
    good = cu.doctor(**options)
    return good, capsys.readouterr().out


def test_doctor_reports_damage_and_how_to_mend_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    monkeypatch.delenv("COURSE_MIRROR", raising=False)
    path = tmp_path / "medmnist" / "breastmnist.npz"
    path.parent.mkdir()
    path.write_bytes(b"half")
    good, said = doctor(capsys, network=False)
    assert not good and "[!!] damaged in the cache: medmnist" in said
    assert "download medmnist" in said and f"0 of {DOWNLOADED} data sets" in said


def test_doctor_is_quick_where_no_server_answers(monkeypatch, capsys):
    ended = threading.Event()

    def slow(*_, **__):
        ended.wait(30)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", slow)
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    monkeypatch.setattr(fetch, "at_hand", lambda name: name != "bccd")
    began = time.monotonic()
    good, said = doctor(capsys)
    assert time.monotonic() - began < 6 and not good and "0 of 2 data servers" in said
    # With every set at hand a missing network is no fault.
    monkeypatch.setattr(fetch, "at_hand", lambda name: True)
    assert "[ok] 2 of 2 data servers out of reach; not needed" in doctor(capsys)[1]
    ended.set()


def test_doctor_names_other_versions_and_a_missing_mirror(tmp_path, monkeypatch, capsys):
    pins = tmp_path / "constraints.txt"
    pins.write_text("torch==1.0.0\n")
    monkeypatch.setattr("course_utils.checkup.PINS", pins)
    monkeypatch.setenv("COURSE_MIRROR", str(tmp_path / "unplugged"))
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    good, said = doctor(capsys, network=False)
    assert not good and re.search("other than the tested versions.*torch", said)
    assert "[!!] mirror folder" in said


@pytest.mark.parametrize(
    "page", ["course_utils/cli.py", "book/for_teachers.md", "book/no_network.md"]
)
def test_the_size_of_all_sets_is_told_as_it_is(page):
    sizes = [fetch.megabytes(n) for n, e in fetch.catalog().items() if "package" not in e]
    told = re.findall(r"(\d+) MB", (lessons.ROOT / page).read_text(encoding="utf-8"))
    assert f"{round(sum(sizes), -1):.0f}" in told
