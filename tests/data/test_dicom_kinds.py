"""DICOM files of more kinds: palettes, enhanced files of many frames, odd spacings and texts."""

import numpy as np
import pytest
from dicom_files import TEST_FILES, write_dicom
from hypothesis import example, given
from hypothesis import strategies as st
from profiles import tries
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from course_utils.data import pictures
from course_utils.data.sets import mri

# The tests write what the standard forbids.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Invalid value for VR", "ignore:Unknown encoding"
)
STORED = np.arange(16).reshape(4, 4)


def one(**values):
    """A sequence of one item."""
    item = Dataset()
    for key, value in values.items():
        setattr(item, key, value)
    return Sequence([item])


def group(spacing=None, slope=None, intercept=None, window=None):
    """The functional groups of a frame, or of all."""
    found = Dataset()
    if spacing is not None:
        found.PixelMeasuresSequence = one(PixelSpacing=spacing)
    if slope is not None:
        found.PixelValueTransformationSequence = one(
            RescaleSlope=slope, RescaleIntercept=intercept
        )
    if window is not None:
        found.FrameVOILUTSequence = one(WindowCenter=window[0], WindowWidth=window[1])
    return found


def enhanced(path, shared=None, frames=(), count=2, **change):
    """An enhanced CT of `count` equal frames; what it says of them stands in functional groups only."""
    return write_dicom(path, **{
        "RescaleSlope": None, "RescaleIntercept": None, "NumberOfFrames": count,
        "SharedFunctionalGroupsSequence": Sequence([shared]) if shared is not None else None,
        "PerFrameFunctionalGroupsSequence": Sequence(frames) if frames else None,
        "PixelData": np.tile(STORED.astype(np.uint16), (count, 1, 1)).tobytes(), **change,
    })  # fmt: skip


# --- palettes


def test_a_palette_is_colour():
    pixels, header = mri.dicom(TEST_FILES / "examples_palette.dcm")
    assert header["photometric"] == "PALETTE COLOR"
    assert pixels.dtype == np.uint8 and pixels.shape == (header["rows"], header["columns"], 3)
    assert (pixels[..., 0] != pixels[..., 2]).any(), "not grey"
    found, note = pictures.read(TEST_FILES / "examples_palette.dcm")
    assert np.array_equal(found, pixels) and note.startswith("DICOM US colour")


@pytest.mark.parametrize("bits", [8, 16])
def test_palette_entries_of_8_and_16_bits_are_looked_up(bits, tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (3, 16), dtype=np.uint8)
    table = colours.astype("<u2") * 257 if bits == 16 else colours
    tables = {}
    for name, entries in zip(("Red", "Green", "Blue"), table, strict=True):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [16, 0, bits]
        tables[f"{name}PaletteColorLookupTableData"] = entries.tobytes()
    path = write_dicom(
        tmp_path / "a.dcm", PhotometricInterpretation="PALETTE COLOR", Modality="US", BitsAllocated=8, BitsStored=8,
        HighBit=7, RescaleSlope=None, RescaleIntercept=None, PixelData=STORED.astype(np.uint8).tobytes(), **tables,
    )  # fmt: skip
    pixels, _ = mri.dicom(path)
    assert np.array_equal(pixels, np.moveaxis(colours[:, STORED], 0, -1))


def test_a_palette_that_is_missing_is_an_error(tmp_path):
    change = {"PhotometricInterpretation": "PALETTE COLOR", "RescaleSlope": None}
    with pytest.raises(ValueError, match="not readable"):
        mri.dicom(write_dicom(tmp_path / "a.dcm", **change))


# --- enhanced files


def test_shared_groups_give_hounsfield_units_spacing_and_window(tmp_path):
    path = enhanced(tmp_path / "a.dcm", group([0.7, 0.6], 2, -1000, (40, 400)))
    pixels, header = mri.dicom(path)
    assert pixels.dtype == np.float32 and np.array_equal(
        pixels, np.stack([STORED * 2.0 - 1000] * 2)
    )
    assert (header["spacing"], header["slope"], header["intercept"]) == ((0.7, 0.6), 2, -1000)
    assert header["window"] == (40, 400) and header["frames"] == 2


def test_frames_may_have_their_own_rescale(tmp_path):
    frames = [group([0.5, 0.5], 1, -1024), group([0.5, 0.5], 3, 5)]
    pixels, header = mri.dicom(enhanced(tmp_path / "a.dcm", group(), frames))
    assert np.array_equal(pixels[0], STORED - 1024.0) and np.array_equal(
        pixels[1], STORED * 3.0 + 5
    )
    assert header["slope"] == (1, 3) and header["intercept"] == (-1024, 5)
    assert header["spacing"] == (0.5, 0.5), "the same in both"


def test_frames_with_two_spacings_have_none(tmp_path):
    frames = [group([0.5, 0.5], 1, 0), group([0.6, 0.5], 1, 0)]
    assert mri.dicom_header(enhanced(tmp_path / "a.dcm", None, frames))["spacing"] is None


@pytest.mark.parametrize(
    "frames",
    [[group(None, 1, 0), group()], [group(None, 1, 0), group(None, 2, 0), group(None, 1, 0)]],
)
def test_a_frame_without_a_rescale_is_an_error(tmp_path, frames):
    path = enhanced(tmp_path / "a.dcm", None, frames)
    with pytest.raises(ValueError, match="not each of its frames has a RescaleSlope"):
        mri.dicom(path)


def test_the_header_itself_comes_before_the_groups(tmp_path):
    path = enhanced(
        tmp_path / "a.dcm",
        group([9, 9], 9, 9),
        PixelSpacing=[1, 2],
        RescaleSlope=2,
        RescaleIntercept=0,
    )
    header = mri.dicom_header(path)
    assert (header["spacing"], header["slope"]) == ((1, 2), 2)


@tries
@given(
    st.integers(1, 5),
    st.booleans(),
    st.lists(
        st.tuples(st.floats(0.01, 50).map(lambda v: round(v, 3)), st.integers(-2000, 2000)),
        min_size=5, max_size=5,
    ),
)  # fmt: skip
def test_any_rescale_of_any_frames_is_applied(tmp_path, count, shared, pairs):
    frames = [group([1, 1], slope, intercept) for slope, intercept in pairs[:count]]
    path = tmp_path / "a.dcm"
    if shared:
        enhanced(path, frames[0], count=count)
        pairs = [pairs[0]] * count
    else:
        enhanced(path, None, frames, count=count)
    pixels, _ = mri.dicom(path)
    wanted = np.stack([STORED * slope + intercept for slope, intercept in pairs[:count]])
    assert np.allclose(pixels, wanted if count > 1 else wanted[0], rtol=1e-5)


# --- spacings


@pytest.mark.parametrize(
    "spacing",
    [
        [0.5, 0.5, 2],
        [0.5],
        [0, 0],
        [0.5, 0],
        [-0.5, 0.5],
        [],
        None,
        "",
        ["1e400", "1"],
        ["nan", "1"],
    ],
)
def test_a_spacing_that_is_none_is_not_passed_on(tmp_path, spacing):
    path = write_dicom(tmp_path / "a.dcm", PixelSpacing=spacing)
    pixels, header = mri.dicom(path)
    assert header["spacing"] is None and pixels.shape == (4, 4)
    shared = group(spacing) if spacing is not None else None
    assert mri.dicom_header(enhanced(tmp_path / "b.dcm", shared))["spacing"] is None


def raw_text(path, keyword, text: bytes, sets=None):
    """A file in which these bytes, filled up to an even number, stand for a text or for numbers."""
    marker = "7" * (len(text) + len(text) % 2 or 2)
    write_dicom(path, SpecificCharacterSet=sets, **{keyword: marker})
    raw = path.read_bytes()
    assert raw.count(marker.encode()) == 1
    path.write_bytes(raw.replace(marker.encode(), text.ljust(len(marker))))
    return path


@tries
@given(st.text("0123456789.-+eE\\ nafi", max_size=16))
@example("1\\2\\3")
@example("0.5\\0.5")
@example("0\\0")
def test_any_text_as_a_spacing_gives_two_positive_numbers_or_none(tmp_path, text):
    path = raw_text(tmp_path / "a.dcm", "PixelSpacing", text.encode())
    pixels, header = mri.dicom(path)
    spacing = header["spacing"]
    assert pixels.shape == (4, 4)
    assert spacing is None or len(spacing) == 2 and all(0 < mm < np.inf for mm in spacing)


# --- texts


@tries
@given(
    st.sampled_from(["PatientName", "PatientID", "StudyDescription", "Manufacturer"]),
    st.binary(min_size=1, max_size=40),
    st.sampled_from([None, "ISO_IR 192", "ISO_IR 100", "GB18030", "ISO_IR 6", "nonsense"]),
)
@example("PatientName", "Möller^Jörg".encode(), None)
@example("PatientName", "王^小东".encode("gb18030"), "GB18030")
@example("PatientName", b"\x1b$B\x00\xff^=", "ISO_IR 192")
def test_any_bytes_in_a_text_are_read_as_text(tmp_path, keyword, text, sets):
    path = raw_text(tmp_path / "a.dcm", keyword, text, sets)
    pixels, header = mri.dicom(path)
    assert np.array_equal(pixels, STORED * 2 - 10)
    for key in ("patient_name", "patient_id"):
        assert header[key] is None or isinstance(header[key], str)
    assert pictures.read(path)[0].shape == (4, 4)


# --- as pictures


def test_monochrome1_and_windows_are_shown_as_the_header_asks(tmp_path):
    plain = {"Modality": "CR", "RescaleSlope": None, "RescaleIntercept": None}
    values = (STORED * 273).astype(np.uint16)  # 12 bits
    path = write_dicom(tmp_path / "a.dcm", PixelData=values.tobytes(), **plain)
    found, note = pictures.read(path)
    assert (
        np.array_equal(found, values >> 4)
        and note == "DICOM CR grey: 0 to 4095 became 0 to 255"
    )
    path = write_dicom(
        tmp_path / "a.dcm",
        PixelData=values.tobytes(),
        PhotometricInterpretation="MONOCHROME1",
        **plain,
    )
    found, note = pictures.read(path)
    assert (
        np.array_equal(found, 255 - (values >> 4)) and "inverted, as MONOCHROME1 asks" in note
    )
    path = write_dicom(
        tmp_path / "a.dcm", WindowCenter=[5, 100], WindowWidth=[10, 50]
    )  # -10 to 20
    found, note = pictures.read(path)
    assert found[0].tolist() == [0] * 4 and found[2].tolist() == [153, 204, 255, 255]
    assert "the window that the header names" in note
    assert pictures.read(path, (-10, 20))[0][-1, -1] == 255


def test_the_first_of_several_frames_is_shown(tmp_path):
    found, note = pictures.read(enhanced(tmp_path / "a.dcm", group(None, 1, 0, (8, 16))))
    assert found.shape == (4, 4) and "the first of several frames" in note


def test_every_file_of_the_package_is_a_picture_or_refused():
    seen = 0
    for path in sorted(TEST_FILES.glob("*.dcm")):
        try:
            found, note = pictures.read(path)
        except ValueError as error:
            assert str(error)
        else:
            seen += 1
            assert found.dtype == np.uint8 and note.startswith("DICOM ")
    assert seen > 20
