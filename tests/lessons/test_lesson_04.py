"""What lesson 04 writes out equals the packaged twins and the libraries, and de-identified files tell no names."""

import copy
import io
from pathlib import Path

import nbformat
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from course_utils import volumes
from course_utils.authoring import lessons
from course_utils.simulate import ct

TAUGHT = """window rescale dicom_to_world to_world write_series place read_series trip is_overlay treat
    deidentify told found free_text""".split()
IMAGES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "examples_overlay.dcm",
    "examples_rgb_color.dcm",
    "liver_1frame.dcm",
    "JPEG-lossy.dcm",
    "dicomdirtests/77654033/CR1/6154",
)


def read(name):
    return pydicom.dcmread(get_testdata_file(name, download=False))


@pytest.fixture(scope="module")
def taught():
    """The functions of the lesson, taken from its cells by name."""
    import io
    import re
    from tempfile import mkdtemp

    import nibabel
    from PIL import Image
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.pixels import apply_rescale
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    import course_utils

    scope = {
        "charset": pydicom.charset, "np": np, "nib": nibabel, "pydicom": pydicom, "io": io, "re": re, "copy": copy,
        "Image": Image, "generate_uid": generate_uid, "apply_rescale": apply_rescale, "Path": Path,
        "mkdtemp": mkdtemp, "Dataset": Dataset, "FileMetaDataset": FileMetaDataset, "cu": course_utils,
        "CTImageStorage": CTImageStorage, "ExplicitVRLittleEndian": ExplicitVRLittleEndian,
    }  # fmt: skip
    nb = nbformat.read(lessons.find("04")[0], as_version=4)
    for cell in nb.cells:
        if cell.cell_type != "code" or "solution" in cell.metadata.get("tags", []):
            continue
        if "\nEMPTY =" in cell.source:
            exec(cell.source, scope)
        for part in re.split(r"\n\n\n", cell.source):
            if re.match(rf"def ({'|'.join(TAUGHT)})\(", part):
                exec(re.split(r"\n(?=\S)", part)[0], scope)
    return scope


def scan(codes="RAS"):
    import nibabel as nib

    rng = np.random.default_rng(0)
    affine = np.array([[0.8, 0.1, 0, -30], [-0.1, 0.8, 0.5, 12], [0, -0.4, 4, 7], [0, 0, 0, 1]])
    return volumes.reorient(nib.Nifti1Image(rng.random((7, 6, 5)), affine), codes)


def test_window_equals_its_twin(taught):
    hu = np.random.default_rng(0).normal(0, 500, (30, 30))
    for centre, width in ((40, 400), (-600, 1500), (1023.5, 4095)):
        assert np.array_equal(taught["window"](hu, centre, width), ct.window(hu, centre, width))


def test_world_and_reorientation_equal_their_twins_and_nibabel(taught):
    import nibabel as nib

    image = scan()
    points = np.random.default_rng(1).random((9, 3)) * 5
    world = nib.affines.apply_affine(image.affine, points)
    assert np.allclose(taught["to_world"](image.affine, points), world)
    assert np.allclose(volumes.to_world(image.affine, points), world)
    for codes in ("LPS", "RAS", "ASL"):
        ours = volumes.reorient(image, codes)
        assert "".join(nib.aff2axcodes(ours.affine)) == codes
        peak = np.unravel_index(ours.get_fdata().argmax(), ours.shape)
        before = np.unravel_index(image.get_fdata().argmax(), image.shape)
        assert np.allclose(
            volumes.to_world(ours.affine, peak), volumes.to_world(image.affine, before)
        )


def test_crop_affine_equals_nibabel_slicer():
    image = scan()
    kept = image.affine.copy()
    ours = volumes.crop_affine(image.affine, (2, 1, 3))
    assert np.allclose(ours, image.slicer[2:, 1:, 3:].affine)
    assert np.array_equal(image.affine, kept)


def test_millilitres():
    mask = np.zeros((4, 10, 10), bool)
    mask[1:3, 2:7, 2:7] = True
    assert volumes.millilitres(mask, (5, 0.8, 0.8)) == pytest.approx(50 * 3.2 / 1000)


def test_hu_and_places_follow_the_header(taught):
    ds = read("CT_small.dcm")
    theirs = pydicom.pixels.apply_rescale(ds.pixel_array, ds)
    assert np.array_equal(taught["rescale"](ds), theirs)
    assert np.allclose(taught["dicom_to_world"](ds, 0, 0), ds.ImagePositionPatient)
    ds.PixelSpacing, ds.ImageOrientationPatient = [2, 3], [0, 1, 0, 0, 0, -1]
    ds.ImagePositionPatient = [1, 2, 3]
    assert np.allclose(taught["dicom_to_world"](ds, row=1, column=10), [1, 32, 1])


def test_eight_bits_lose_half_a_step(taught):
    hu = np.random.default_rng(0).integers(-1000, 1500, (40, 40))
    back = taught["trip"](hu, 1023.5, 4095, "PNG")
    assert abs(back - hu).max() <= 4095 / 255 / 2 + 1e-6


def test_window_equals_pydicom(taught):
    ds = read("CT_small.dcm")
    hu = taught["rescale"](ds)
    ds.WindowCenter, ds.WindowWidth, ds.VOILUTFunction = 40, 400, "LINEAR_EXACT"
    theirs = pydicom.pixels.apply_windowing(hu, ds)
    theirs = (theirs - theirs.min()) / np.ptp(theirs) * 255
    assert np.allclose(theirs, taught["window"](hu, 40, 400), atol=0.51)


@pytest.mark.parametrize("codes", ["LPS", "PIL", "LIP"])
def test_a_shuffled_series_becomes_the_volume(taught, codes):
    """Against the array that was written, and against MONAI's reader, array and affine."""
    import nibabel as nib
    from monai.data import PydicomReader

    values = np.random.default_rng(0).integers(0, 1000, (7, 6, 5)).astype(float)
    image = nib.Nifti1Image(values, np.diag([0.8, 0.9, 4, 1]))
    folder = taught["write_series"](image, codes)
    files = list(folder.iterdir())
    np.random.default_rng(0).shuffle(files)
    volume, apart = taught["read_series"](files)
    written = volumes.reorient(image, codes)
    if np.linalg.det(np.diag([-1, -1, 1]) @ written.affine[:3, :3]) < 0:
        volume = volume[::-1]  # the third axis runs against the normal
    assert np.array_equal(volume, written.get_fdata().transpose(2, 1, 0))
    assert apart == pytest.approx(np.linalg.norm(written.affine[:3, 2]), abs=0.01)
    reader = PydicomReader()
    theirs, about = reader.get_data(reader.read(str(folder)))
    assert np.array_equal(
        theirs.transpose(2, 1, 0)[::-1], written.get_fdata().transpose(2, 1, 0)
    )
    last = len(files) - 1
    corner = volumes.to_world(about["affine"], (0, 0, last))
    assert np.allclose(corner, written.affine[:3, 3], atol=0.02)


def test_files_that_are_no_volume_are_refused(taught):
    folder = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"
    files = sorted((folder / "98892001" / "CT5N").iterdir())
    assert taught["read_series"](files)[1] == 2.5
    with pytest.raises(ValueError, match=r"2.50 to 5.00 mm"):
        taught["read_series"]([f for f in files if f.name != "2693"])
    with pytest.raises(ValueError, match="parallel"):
        taught["read_series"](sorted((folder / "98892003" / "MR700").iterdir()))


@pytest.mark.parametrize("name", IMAGES)
def test_no_name_is_left(taught, name):
    ds = read(name)
    kept = copy.deepcopy(ds)
    clean = taught["deidentify"](ds, "secret")
    assert ds == kept, "the original must not change"
    assert not any(e.tag.is_private for e in clean.iterall())
    assert not any(e.VR == "PN" and e.value for e in clean.iterall())
    assert not any(
        e.tag.group >> 8 == 0x60 and e.tag.element == 0x3000 for e in clean.iterall()
    )
    texts = taught["told"](ds)
    long = sorted(text for text in texts if len(text) >= 4)
    assert long and taught["found"](ds, texts) == long, "the search can fail"
    left = set(taught["found"](clean, texts))
    assert left <= {"TOSHIBA", "WHOLE BODY", "WHOLE BODY_E"}
    file = io.BytesIO()
    pydicom.dcmwrite(file, clean)
    file.seek(0)
    again = pydicom.dcmread(file)
    assert again.PixelData == ds.PixelData
    assert again.PatientName == "" and again.PatientIdentityRemoved == "YES"
    assert (
        again.file_meta.MediaStorageSOPInstanceUID == again.SOPInstanceUID != ds.SOPInstanceUID
    )
    assert again.SOPClassUID == ds.SOPClassUID


def test_uids_stay_together_and_depend_on_the_secret(taught):
    a, b = read("MR_small.dcm"), read("MR_small_RLE.dcm")
    clean = [taught["deidentify"](ds, "secret").StudyInstanceUID for ds in (a, b)]
    assert clean[0] == clean[1] != a.StudyInstanceUID
    assert taught["deidentify"](a, "other").StudyInstanceUID != clean[0]


def test_the_list_agrees_with_the_standard_on_what_matters_most(taught):
    """Actions of PS3.15 table E.1-1, basic profile, for elements that stand in nearly every file."""
    for key in ("PatientName", "PatientBirthDate", "PatientID", "AccessionNumber", "StudyDate"):
        assert key in taught["EMPTY"]
    for key in ("PatientAge", "PatientAddress", "OtherPatientIDsSequence", "StudyDescription"):
        assert key in taught["REMOVE"]
    for key in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        assert key in taught["NEW_UID"]
    listed = taught["EMPTY"] + taught["REMOVE"] + taught["NEW_UID"]
    assert len(listed) == len(set(listed))
    assert all(pydicom.datadict.tag_for_keyword(key) for key in listed)


def test_open_nifti_without_files(monkeypatch):
    from course_utils import data

    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(data, "simulated", set())
    scans = data.load("nifti_samples")
    image = volumes.open_nifti(scans, "sub-spleen2_ct", mask="spleen")
    turned = volumes.reorient(image, "LPS").get_fdata().T > 0
    assert np.array_equal(turned, scans.targets["spleen"][3])
    assert np.allclose(image.header.get_zooms()[::-1], scans.targets["spacing"][3])
    with pytest.raises(ValueError, match="no scan 'x'"):
        volumes.open_nifti(scans, "x")
    with pytest.raises(ValueError, match="has no mask 'cord'"):
        volumes.open_nifti(scans, "sub-spleen2_ct", mask="cord")


NAMES = {
    "ISO_IR 192": "Möller^Jörg Иванов^Пётр 王^小東 山田^太郎 Παπαδόπουλος^Γιώργος",  # UTF-8
    "ISO_IR 100": "Möller^Jörg Ångström^Åsa",
    "ISO_IR 144": "Иванов^Пётр",
    "GB18030": "王小東^Möller",
    "\\ISO 2022 IR 87": "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "\\ISO 2022 IR 149": "Hong^Gildong=洪^吉洞=홍^길동",
    None: "Miller^George",
}


def written(name, codes):
    """A file of the patient `name`, as it comes back from the disk."""
    ds = read("CT_small.dcm")
    ds.SpecificCharacterSet = codes.split("\\") if codes and "\\" in codes else codes
    ds.PatientName, ds.PatientComments = name, f"{name.split('^')[0]} was here"
    file = io.BytesIO()
    pydicom.dcmwrite(file, ds)
    file.seek(0)
    return pydicom.dcmread(file)


@pytest.mark.parametrize(
    ("codes", "name"), [(codes, n) for codes, names in NAMES.items() for n in names.split()]
)
def test_names_are_searched_in_the_character_set_of_the_file(taught, codes, name):
    ds = written(name, codes)
    texts = taught["told"](ds)
    kept = copy.deepcopy(ds)
    parts = {part for part in name.replace("=", "^").split("^")}
    assert parts <= texts
    long = {part for part in parts if len(part) >= 4}
    assert long <= set(taught["found"](ds, texts))
    # Left in a place that nobody thought of, a family name alone is found too.
    clean = taught["deidentify"](ds, "secret")
    assert not parts & set(taught["found"](clean, texts))
    clean.StudyComments = f"this is {max(parts, key=len)}"
    assert max(parts, key=len) in taught["found"](clean, texts)
    assert ("StudyComments", clean.StudyComments) in taught["free_text"](clean)
    assert ds == kept


def test_free_text_that_is_left_is_listed(taught):
    clean = taught["deidentify"](read("liver_1frame.dcm"), "secret")
    assert ("ContentDescription", "Iowa QIN segmentation result") in taught["free_text"](clean)
    assert not any("Patient" in keyword for keyword, _ in taught["free_text"](clean))
