"""Own pictures: folders of any reader become a Dataset, and what was done to them is said."""

import os
import re
import sys

import numpy as np
import pytest
from dicom_files import write_dicom
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from profiles import tries

from course_utils import data, models, training
from course_utils.data import own
from course_utils.data.sets import common


def put(path, value=100, kind=np.uint8, shape=(6, 5)):
    """A small picture; its values go from `value` down."""
    path.parent.mkdir(parents=True, exist_ok=True)
    top = 1 if np.dtype(kind).kind == "f" else np.iinfo(kind).max
    share = np.linspace(0, value / 255, int(np.prod(shape)))[::-1].reshape(shape)
    Image.fromarray((share * top).astype(kind)).save(path)
    return path


def films(root, patients=8, each=2, names=("abdomen", "chest")):
    for label, name in enumerate(names):
        for p in range(patients):
            for k in range(each):
                put(root / name / f"{name[0].upper()}{p:02}_{k}.png", 100 + 100 * label + p)
    return root


def test_two_folders_become_a_set_that_can_be_learned(tmp_path, capsys):
    own_films = data.folder(films(tmp_path / "films"), patient=r"([AC]\d+)_")
    said = capsys.readouterr().out
    assert said.startswith("films: 32 own pictures (abdomen 16, chest 16)\n")
    assert "8-bit grey: as they are (abdomen 16, chest 16)" in said
    assert "16 patients, from the names; split by patient: 20 train, 4 val, 8 test" in said
    assert own_films.images.shape == (32, 6, 5) and own_films.classes == ("abdomen", "chest")
    assert own_films.files[0] == "abdomen/A00_0.png" and own_films.cases[-1] == "C07"
    assert own_films.labels.tolist() == [0] * 16 + [1] * 16
    for case in set(own_films.cases):
        assert len(set(own_films.split[own_films.cases == case])) == 1
    x = models.resize(own_films.images, 16)
    train, test = (np.flatnonzero(own_films.split == part) for part in ("train", "test"))
    pairs = [(x[rows], own_films.labels[rows]) for rows in (train, test)]
    assert training.loaders(*pairs, own_films.classes).c == 2
    assert "32 real pictures" in repr(own_films)


def test_every_kind_of_pixel_is_named_with_its_classes(tmp_path, capsys):
    root = films(tmp_path / "films", each=1)
    put(root / "abdomen" / "deep.png", kind=np.uint16, value=250)
    put(root / "chest" / "float.tiff", kind=np.float32, value=250)
    Image.new("RGB", (5, 6), (9, 8, 7)).save(root / "chest" / "colour.jpg")
    write_dicom(root / "chest" / "scan.dcm", PatientID="7")
    found = data.folder(root)
    said = capsys.readouterr().out
    assert "16-bit grey: 0 to 65535 became 0 to 255 (abdomen 1, chest 0)" in said
    assert "32-bit float grey: 0 to 1 became 0 to 255 (abdomen 0, chest 1)" in said
    assert "8-bit colour: as they are (abdomen 0, chest 1)" in said
    assert "DICOM CT grey: the lowest value of each became 0, its highest 255" in said
    assert said.count("All of one class") == 4
    assert isinstance(found.images, list) and found.images[-1].shape == (4, 4)
    by_name = dict(zip(found.files, found.images, strict=True))
    assert by_name["abdomen/deep.png"].max() == 250 and by_name["chest/float.tiff"].max() == 250
    assert by_name["chest/colour.jpg"].shape == (6, 5, 3)
    assert dict(zip(found.files, found.targets["pixels"], strict=True))[
        "chest/scan.dcm"
    ].startswith("DICOM")
    assert models.resize(found.images, 8).shape == (len(found), 3, 8, 8)


def test_without_a_patient_it_is_said(tmp_path, capsys):
    found = data.folder(films(tmp_path / "films"))
    said = capsys.readouterr().out
    assert found.cases is None and "patients are not known; split by picture" in said
    assert "patient=... or patients.csv" in said
    assert set(found.split) == {"train", "val", "test"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_table_says_who_is_who(tmp_path, capsys, mark, encoding):
    root = films(tmp_path / "films", patients=4)
    put(root / "chest" / "Müller 1.png")
    rows = [["age", "Patient", " file "]]
    for name in data.folder(root).files:
        who = "Müller" if "ller" in name else name[-8:-6]  # one patient in both classes
        file = name.replace("/", "\\") if "0_0" in name else name.split("/")[1]
        rows.append(["7", who, file])
    text = "\r\n".join(mark.join(row) for row in rows)
    (root / "patients.csv").write_bytes(text.encode(encoding))
    capsys.readouterr()
    found = data.folder(root)
    assert "5 patients, from patients.csv; split by patient" in capsys.readouterr().out
    assert set(found.cases) == {"00", "01", "02", "03", "Müller"}
    for case in set(found.cases):
        assert len(set(found.split[found.cases == case])) == 1
    elsewhere = tmp_path / "who.csv"
    (root / "patients.csv").rename(elsewhere)
    assert np.array_equal(data.folder(root, table=elsewhere).cases, found.cases)
    assert "from who.csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,patient\na,b\n", "needs the columns 'file' and 'patient'; it has"),
        ("", "needs the columns"),
        (
            "file,patient\nabdomen/A00_0.png,7\n",
            "no patient for 3 of 4 pictures: abdomen/A01_0.png, chest/C00",
        ),
        ("file,patient\nA00_0.png,7\nA00_0.png,8\n", "two patients for A00_0.png"),
        (
            "file,patient\nA00_0.png,\nA01_0.png,1\nC00_0.png,1\nC01_0.png,1\n",
            "no patient for 1 of 4",
        ),
    ],
)
def test_a_table_with_holes_is_refused(tmp_path, text, words):
    root = films(tmp_path / "films", patients=2, each=1)
    (root / "patients.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        data.folder(root)


def test_a_name_of_two_files_is_not_enough_in_a_table(tmp_path):
    root = films(tmp_path / "films", patients=2, each=1, names=("cat", "cow"))
    (root / "patients.csv").write_text("file,patient\nC00_0.png,1\nC01_0.png,2\n")
    with pytest.raises(ValueError, match="no patient for 4 of 4"):
        data.folder(root)


def test_patients_come_from_a_function_a_pattern_or_the_folders(tmp_path, capsys):
    root = films(tmp_path / "films", patients=4)
    by_name = data.folder(root, patient=lambda name: name[-8:-6])
    assert set(by_name.cases) == {"00", "01", "02", "03"}
    assert np.array_equal(data.folder(root, patient=r"\d\d(?=_)").cases, by_name.cases)
    for name in ("abdomen", "chest"):
        for file in list((root / name).iterdir()):
            place = root / name / file.name[:3]
            place.mkdir(exist_ok=True)
            file.rename(place / file.name)
    capsys.readouterr()
    found = data.folder(root)
    assert set(found.cases) == {"A00", "A01", "A02", "A03", "C00", "C01", "C02", "C03"}
    assert "8 patients, from the folders below the class" in capsys.readouterr().out
    with pytest.raises(
        ValueError, match="finds nobody in 8 of 16 pictures: abdomen/A00/A00_0.png"
    ):
        data.folder(root, patient="C..")
    with pytest.raises(ValueError, match="no regular expression"):
        data.folder(root, patient="(")
    with pytest.raises(ValueError, match="not both"):
        data.folder(root, patient="C", table="x.csv")
    with pytest.raises(ValueError, match="x.csv cannot be read"):
        data.folder(root, table=tmp_path / "x.csv")


def test_dicom_files_say_who_is_who(tmp_path, capsys):
    for label, name in enumerate(("ct", "mr")):
        (tmp_path / "scans" / name).mkdir(parents=True)
        for i in range(6):
            write_dicom(tmp_path / "scans" / name / f"{i}.dcm", PatientID=f"{label}-{i // 2}")
    found = data.folder(tmp_path / "scans", limits=(-10, 20))
    said = capsys.readouterr().out
    assert "DICOM CT grey: -10 to 20 became 0 to 255 (ct 6, mr 6)" in said
    assert "6 patients, from the DICOM headers" in said
    assert found.images.shape == (12, 4, 4) and found.images.max() == 255
    for i in range(6):
        write_dicom(tmp_path / "scans" / "ct" / f"{i}.dcm", PatientID="ANON")
        write_dicom(tmp_path / "scans" / "mr" / f"{i}.dcm", PatientID="ANON")
    assert data.folder(tmp_path / "scans").cases is None, "one name for all is none"


def test_a_split_by_folders_is_kept_and_must_not_cut_a_patient(tmp_path, capsys):
    for part in ("Train", "valid", "TEST"):
        films(tmp_path / "films" / part, patients=2)
    root = tmp_path / "films"
    found = data.folder(root)
    assert {p: int(np.sum(found.split == p)) for p in ("train", "val", "test")} == dict(
        train=8, val=8, test=8
    )
    assert (
        found.classes == ("abdomen", "chest")
        and "as the folders say" in capsys.readouterr().out
    )
    assert all(str(f).split("/")[1] in found.classes for f in found.files)
    with pytest.raises(ValueError, match="patient 'A0.' is in test and train and val: move"):
        data.folder(root, patient="A..|C..")


def test_a_class_may_be_called_test(tmp_path):
    assert data.folder(films(tmp_path / "x", names=("control", "test"))).classes == (
        "control",
        "test",
    )


def test_larger_pictures_are_reduced(tmp_path, capsys):
    root = films(tmp_path / "films", patients=2)
    put(root / "chest" / "wide.png", 200, shape=(30, 90))
    found = data.folder(root, side=30)
    assert dict(zip(found.files, found.images, strict=True))["chest/wide.png"].shape == (10, 30)
    assert (
        found.images[0].shape == (6, 5)
        and "longer side is at most 30" in capsys.readouterr().out
    )
    with pytest.raises(ValueError, match="side is a whole number"):
        data.folder(root, side=0)


def test_too_many_pixels_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(own, "MOST", 100)
    with pytest.raises(ValueError, match="side=512"):
        data.folder(films(tmp_path / "films"))


# --- what is wrong with a folder


def test_unreadable_and_hidden_files(tmp_path, capsys):
    root = films(tmp_path / "films", patients=3, each=1)
    for hidden in (
        ".DS_Store",
        "abdomen/._A00.png",
        "chest/Thumbs.db",
        ".ipynb_checkpoints/x.png",
        "__MACOSX/a/b.png",
    ):
        (root / hidden).parent.mkdir(parents=True, exist_ok=True)
        (root / hidden).write_bytes(b"hidden")
    (root / "chest" / "notes.txt").write_text("not a picture")
    (root / "chest" / "cut.png").write_bytes((root / "chest" / "C00_0.png").read_bytes()[:50])
    (root / "chest" / "empty.dcm").touch()
    (root / "chest" / "page.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    (root / "chest" / "report.dcm").write_bytes(bytes(128) + b"DICM" + bytes(60))
    (root / "readme.txt").write_text("films of 2026")
    found = data.folder(root)
    said = capsys.readouterr().out
    assert len(found) == 6 and len(found.extra["skipped"]) == 5
    assert "5 files skipped: chest/cut.png (it is" in said and "and 2 more" in said
    assert "Delete it" not in str(found.extra["skipped"]), "a reader's own file"
    assert "hidden" not in said and "._A00" not in said


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path, capsys):
    root = films(tmp_path / "films", patients=2, each=1)
    (root / "chest" / "C00_0.png").chmod(0)
    assert "chest/C00_0.png" in data.folder(root).extra["skipped"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
def test_links_and_pipes(tmp_path):
    root = films(tmp_path / "films", patients=2, each=1)
    (root / "chest" / "gone.png").symlink_to(tmp_path / "nowhere")
    (root / "chest" / "linked.png").symlink_to(root / "chest" / "C00_0.png")
    (root / "chest" / "loop").symlink_to(root)
    os.mkfifo(root / "chest" / "pipe.png")
    films(tmp_path / "elsewhere", names=("third",), patients=1, each=1)
    (root / "third").symlink_to(tmp_path / "elsewhere" / "third")
    found = data.folder(root)
    assert found.classes == ("abdomen", "chest", "third") and len(found) == 6
    assert list(found.extra["skipped"]) == ["chest/gone.png"]


def test_folders_that_are_no_set_get_a_sentence(tmp_path):
    root = tmp_path / "films"
    for bad in (root, put(tmp_path / "film.png")):
        with pytest.raises(ValueError, match="there is no folder"):
            data.folder(bad)
    root.mkdir()
    with pytest.raises(
        ValueError, match=r"needs two or more sub-folders.*films/abdomen.*it has none"
    ):
        data.folder(root)
    put(root / "film.png")
    with pytest.raises(ValueError, match="it has none"):
        data.folder(root)
    put(root / "chest" / "film.png")
    with pytest.raises(ValueError, match="it has one, 'chest'"):
        data.folder(root)
    (root / "abdomen").mkdir()
    with pytest.raises(ValueError, match="class 'abdomen' has no picture that can be read$"):
        data.folder(root)
    (root / "abdomen" / "a.txt").write_text("x")
    with pytest.raises(
        ValueError, match="class 'abdomen' has no picture .*: abdomen/a.txt .it is none of PNG"
    ):
        data.folder(root)


def test_the_advice_to_delete_is_for_fetched_files_only(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "cache"))
    assert "Delete it" in str(common.broken(tmp_path / "cache" / "set" / "a.png", "damaged"))
    assert "Delete it" not in str(common.broken(tmp_path / "my films" / "a.png", "damaged"))


# --- any names, any kinds

NAMES = st.one_of(
    st.text(min_size=1, max_size=12),
    st.text(
        "$|\\:*?\"<>'`;&%#{}[]()\n\t\x1b \u202e\udcff\udcfeäa\u0301.", min_size=1, max_size=12
    ),
)


def usable(name):
    name = name.replace("/", "_").replace("\x00", "_")
    try:
        raw = os.fsencode(name)
    except UnicodeError:  # a lone surrogate that no file system gives
        return None
    return (
        name
        if len(raw) < 200 and not name.startswith(".") and name.casefold() not in own.HIDDEN
        else None
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems forbid many of these names")
@tries
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6))
def test_any_names_of_folders_and_files(tmp_path_factory, pairs):
    root = tmp_path_factory.mktemp("x") / "films"
    put(root / "zz class" / "film.png")
    folders = set()
    for place, file in pairs:
        place, file = usable(place), usable(file)
        if place and file and place != "zz class":
            path = root / place / file
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes((root / "zz class" / "film.png").read_bytes())
            folders.add(place)
    try:
        found = data.folder(root)
    except ValueError as error:
        few = len(folders) < 1
        same = "look the same" in str(error)
        assert few or same
        str(error).encode("utf-8")
    else:
        assert len(found.classes) == len(folders) + 1
        for text in [*found.files, *found.classes]:
            text.encode("utf-8")
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", text)


KINDS = [np.uint8, np.uint16, np.int32, np.float32]


@tries
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from(KINDS), st.integers(0, 255), st.integers(0, 5)),
        min_size=1, max_size=12,
    ),
    st.booleans(),
)  # fmt: skip
def test_any_mixture_is_shared_out_by_patient(tmp_path_factory, rows, by_patient):
    root = tmp_path_factory.mktemp("x") / "films"
    put(root / "a" / "P0_x.png"), put(root / "b" / "P9_x.png")
    for i, (label, kind, value, who) in enumerate(rows):
        put(root / "ab"[label] / f"P{who}_{i}.tiff", value, kind)
    found = data.folder(root, patient="(P.)_" if by_patient else None)
    assert len(found) == len(rows) + 2 and not found.extra["skipped"]
    assert found.images.dtype == np.uint8 and set(found.split) <= {"train", "val", "test"}
    for case in set(found.cases) if by_patient else ():
        assert len(set(found.split[found.cases == case])) == 1
    again = data.folder(root, patient="(P.)_" if by_patient else None)
    assert np.array_equal(again.split, found.split) and np.array_equal(
        again.images, found.images
    )
