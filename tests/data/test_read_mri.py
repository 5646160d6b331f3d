"""Spinal cord, template, NIfTI and DICOM: the real files, their stand-ins, and files made to do harm."""

import gzip
import hashlib
import shutil
import zlib

import nibabel as nib
import numpy as np
import pydicom
import pytest
from dicom_files import TEST_FILES, write_dicom
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import DeflatedExplicitVRLittleEndian
from real_data import AT_HAND, WHY, real, standin

from course_utils.data import decoded, fetch, sets
from course_utils.data.sets import mri


def both(name, source):
    return real(name) if source == "real" else standin(name)


def digest(arrays):
    total = hashlib.sha256()
    for array in arrays:
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


SOURCES = pytest.mark.parametrize("source", ["real", "simulated"])

# --- the form, of the real set and of its stand-in

CORD = {  # shape, spacing, masks
    "t2s_uncropped": ((11, 320, 320), (7.5, 0.5, 0.5), {"gray_matter"}),
    "t2s": ((9, 54, 49), (7.5, 0.5, 0.5), {"gray_matter", "cord"}),
    "mt0": ((5, 40, 40), (17.0, 0.8437, 0.8438), {"cord"}),
    "mt1": ((5, 40, 40), (17.0, 0.8437, 0.8438), {"gray_matter", "white_matter", "cord"}),
    "t1": ((77, 76, 42), (1.0, 1.0, 1.0), {"cord"}),
    "t2": ((55, 60, 52), (1.0, 1.0, 1.0), {"cord"}),
}


def check_volumes(data, form, kinds):
    """Names, shapes, spacing and masks are those of `form`."""
    assert data.files.tolist() == list(form) and data.noun == "scans"
    assert isinstance(data.images, list) and set(data.split) == {"test"}
    for k, (shape, spacing, masks) in enumerate(form.values()):
        image = data.images[k]
        assert image.shape == shape and image.dtype == np.float32 and np.isfinite(image).all()
        assert image.std() > 0.1 * abs(image.mean())
        assert tuple(data.targets["spacing"][k]) == spacing
        for kind in kinds:
            mask = data.targets[kind][k]
            assert (mask is not None) == (kind in masks), (data.files[k], kind)
            if mask is not None:
                assert mask.shape == shape and mask.dtype == bool
                assert 0 < mask.mean() < 0.4


@SOURCES
def test_form_of_the_spinal_cord(source):
    data = both("spinal_cord", source)
    kinds = ("gray_matter", "white_matter", "cord")
    assert data.source == source and set(data.targets) == {*kinds, "spacing"}
    assert data.labels is None and data.cases is None
    check_volumes(data, CORD, kinds)
    scan = dict(zip(data.files, range(6), strict=True))
    gray, white, cord = (data.targets[k] for k in kinds)
    assert (gray[0].any((1, 2))).all() and not (gray[scan["mt1"]] & white[scan["mt1"]]).any()
    for name in ("t2s", "mt1"):
        k = scan[name]
        assert (gray[k] & ~cord[k]).sum() <= 2  # by a voxel in the real set
    # Area of gray matter in square mm in the slices of the neck, and of the cord.
    assert 8 < np.mean(gray[0].sum((1, 2))) * 0.25 < 25
    assert 60 < np.mean(cord[scan["t1"]].sum((1, 2))) < 110


@SOURCES
def test_on_t2_the_cord_is_darker_than_the_csf_around_it_and_the_gray_matter_brighter_on_t2s(
    source,
):
    from scipy import ndimage

    data = both("spinal_cord", source)
    name = dict(zip(data.files, range(6), strict=True))

    def ring(mask, steps=2):
        flat = np.ones((1, 3, 3), bool)
        return ndimage.binary_dilation(mask, flat, iterations=steps) & ~ndimage.binary_dilation(
            mask, flat
        )

    for scan in ("t2", "t2s", "mt0"):
        image, cord = data.images[name[scan]], data.targets["cord"][name[scan]]
        assert image[ring(cord)].mean() > 1.2 * image[cord].mean(), scan
    image, k = data.images[name["t2s"]], name["t2s"]
    gray, cord = data.targets["gray_matter"][k], data.targets["cord"][k]
    white = ndimage.binary_erosion(cord, np.ones((1, 5, 5))) & ~gray
    assert image[gray].mean() > 1.03 * image[white].mean()


@SOURCES
def test_the_front_is_up_and_the_head_last(source):
    data = both("spinal_cord", source)
    for k, name in enumerate(data.files):
        if name.startswith("t2s"):
            gray = data.targets["gray_matter"][k]
            # The ventral horns, in front, are the wide part of the butterfly: the median row lies above the middle.
            rows = [np.nonzero(g)[0] for g in gray if g.any()]
            assert np.mean([np.median(r) - (r.min() + r.max()) / 2 for r in rows]) < 0, name


@SOURCES
def test_form_of_the_template(source):
    data = both("pam50", source)
    assert data.source == source and set(data.targets) == {
        "cord",
        "vertebral_level",
        "spinal_level",
    }
    assert data.images.shape == (905, 64, 64, 3) and data.images.dtype == np.float32
    assert data.extra["channels"] == ("gray_matter", "white_matter", "csf")
    assert (
        set(data.split) == {"train"} and set(data.cases) == {"PAM50"} and data.noun == "slices"
    )
    assert tuple(data.spacing) == (0.5, 0.5, 0.5)
    assert data.files[0] == "slice_080" and data.files[-1] == "slice_984"
    assert data.images.min() >= 0 and data.images.sum(-1).max() <= 1 + 1e-6
    assert (data.images.max((1, 2)) > 0.5).all()
    assert data.targets["cord"].dtype == bool and data.targets["cord"].shape == (905, 64, 64)
    tissue = data.images[..., :2].sum(-1)
    cord = data.targets["cord"]
    assert tissue[cord].mean() > 0.9 > 0.1 > tissue[~cord].mean()
    assert not data.images[:, [0, -1]].any() and not data.images[:, :, [0, -1]].any()
    for key, last in (("vertebral_level", 20), ("spinal_level", 27)):
        level = data.targets[key]
        assert level.shape == (905,) and level.dtype.kind == "i"
        assert (np.diff(level) <= 0).all()  # from below up
        assert sorted(set(level)) == list(range(1, last + 1))


NIFTI = {
    **{
        f"sub-unf01_{kind}": ((16, 141, 131), (1.0, 1.0, 1.0), {"cord"})
        for kind in ("T1w", "T2w", "T2star")
    },
    "sub-spleen2_ct": ((26, 166, 164), (5.0, 0.7949, 0.7949), {"spleen"}),
}


@SOURCES
def test_form_of_the_nifti_samples(source):
    data = both("nifti_samples", source)
    assert data.source == source
    assert set(data.targets) == {"cord", "spleen", "spacing", "unit"}
    check_volumes(data, NIFTI, ("cord", "spleen"))
    assert data.cases.tolist() == ["sub-unf01"] * 3 + ["sub-spleen2"]
    assert list(data.targets["unit"]) == ["arbitrary"] * 3 + ["HU"]
    cord = data.targets["cord"]
    assert np.array_equal(cord[0], cord[1]) and np.array_equal(cord[0], cord[2])
    # T2w was made of a smaller field: more than half of its voxels are 0, at the sides.
    t2w = data.images[1]
    assert (
        0.55 < (t2w == 0).mean() < 0.65
        and not t2w[:, :, :35].any()
        and not t2w[:, :, 100:].any()
    )
    ct, spleen = data.images[3], data.targets["spleen"][3]
    assert ct.min() < -800 and 75 < ct[spleen].mean() < 100 and 10 < ct[spleen].std() < 40
    # The spleen is on the patient's left: on the right of the picture, within the abdomen.
    x = np.arange(164)
    assert (spleen.sum((0, 1)) * x).sum() / spleen.sum() > 82


# --- what is in the real sets

CORD_VOXELS = {
    "gray_matter": [697, 519, None, 99, None, None],
    "white_matter": [None, None, None, 435, None, None],
    "cord": [None, 2885, 502, 520, 5437, 4275],
}


def test_voxels_of_the_spinal_cord():
    data = real("spinal_cord")
    for kind, counts in CORD_VOXELS.items():
        seen = [None if m is None else int(m.sum()) for m in data.targets[kind]]
        assert seen == counts, kind
    assert data.images[0].min() == 0 and data.images[0].max() == 255
    assert [round(float(i.max())) for i in data.images] == [255, 717, 871, 774, 949, 1257]
    masks = [m for kind in CORD_VOXELS for m in data.targets[kind] if m is not None]
    assert (
        digest([*data.images, *masks])
        == "229dc6bf156754c842c8bf34d7394ca8245427030e6bd1e85f2d6953448d5f7d"
    )


def test_t2s_is_no_plain_cut_of_t2s_uncropped():
    """What the catalog calls its crop has other slices: none is part of the large scan, voxel by voxel."""
    data = real("spinal_cord")
    whole, part = data.images[0], data.images[1][4, 15:40, 12:37]
    part = (part - part.mean()) / part.std() / part.size
    best = 0
    for slice_ in whole[:, 100:200, 90:190]:
        windows = np.lib.stride_tricks.sliding_window_view(slice_, part.shape)
        best = max(best, (np.einsum("abij,ij->ab", windows, part) / windows.std((2, 3))).max())
    assert best < 0.95


def test_the_template_as_it_is():
    data = real("pam50")
    vertebral = data.targets["vertebral_level"]
    assert np.bincount(vertebral)[1:8].tolist() == [46, 31, 37, 37, 33, 31, 34]
    assert data.targets["cord"].sum() == 158903
    assert data.images.mean((0, 1, 2)) == pytest.approx(
        [0.00886911, 0.03412738, 0.11931679], rel=1e-4
    )
    # A known flaw: soft borders reach over the outline of the cord.
    tissue = data.images[..., :2].sum(-1)
    assert (tissue[~data.targets["cord"]] > 0).sum() > 10_000
    # The gray matter of the arms, C5 to T1, is larger than that of the chest.
    area = data.images[..., 0].sum((1, 2))
    assert (
        area[np.isin(vertebral, (5, 6))].mean()
        > 1.5 * area[np.isin(vertebral, (12, 13))].mean()
    )
    assert (
        digest([data.images, *data.targets.values()])
        == "a8cffa55fd8c039ce21621ee0419828c7665d6777e43388e346f4293c6fdebe4"
    )


def test_slices_from_the_template_are_one_product():
    data = real("pam50")
    slices = data.images[600:610] @ np.array([0.6, 0.4, 0.9], np.float32)
    gray = data.images[600:610, ..., 0] > 0.95
    assert slices[gray] == pytest.approx(0.6, abs=0.03)


def test_voxels_of_the_nifti_samples():
    data = real("nifti_samples")
    assert [int(m.sum()) for m in data.targets["cord"][:3]] == [1227] * 3
    assert data.targets["spleen"][3].sum() == 96672
    ct = data.images[3]
    assert (ct.min(), ct.max()) == (-1019, 949)
    assert not data.targets["spleen"][3][[0, 1, 2, 23, 24, 25]].any()
    assert (
        digest([*data.images, *data.targets["cord"][:3], data.targets["spleen"][3]])
        == "f98f44e6c2558938f5225d8d18e9dc7e2c9bc3aa370f8eb7954c2bd0858ef526"
    )


def test_the_files_called_lesion_hold_squares():
    if not AT_HAND:
        pytest.skip(WHY)
    files = fetch.files("nifti_samples")
    paths = [p for name, p in files.items() if "lesion" in name]
    masks = [mri.nifti(p)[0] > 0.5 for p in paths]
    assert sorted(int(m.sum()) for m in masks) == [81, 90, 141]
    for mask in masks:
        assert set(mask.sum((1, 2))) <= {0, 9, 12}
        for drawn in mask[mask.any((1, 2))]:
            rows, columns = np.nonzero(drawn)
            assert drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()


def test_the_brain_template():
    data = real("mni152")
    assert data.images.shape == (1, 94, 116, 98) and data.images.dtype == np.float32
    assert tuple(data.spacing) == (2, 2, 2)
    gray, white, brain = (data.targets[k] for k in ("gray_matter", "white_matter", "brain"))
    assert set(data.targets) == {"gray_matter", "white_matter", "brain"}
    for m in (data.images, gray, white):
        assert m.min() >= 0 and 0.9 < m.max() <= 1
    assert (gray + white).max() <= 1.001
    litres = brain.sum() * 8 / 1e6
    assert 1.6 < litres < 2.1
    image = data.images
    assert (
        image[white > 0.9].mean()
        > image[gray > 0.9].mean()
        > image[brain & (gray + white < 0.1)].mean()
    )
    # The front is up: in front of the zero point (the anterior commissure) there is less brain than behind it.
    z, y, x = (round(v) for v in data.extra["zero"])
    assert brain[0, :, :y].sum() < brain[0, :, y:].sum()
    assert brain[0, :z].sum() < brain[0, z:].sum()  # slice 0 is the lowest
    side = brain[0].sum((0, 1))
    assert abs((side * np.arange(len(side))).sum() / side.sum() - data.extra["zero"][2]) < 0.5
    assert white[0, z, y, x] < 1


def test_the_template_of_this_release_mirrors_itself():
    data = real("mni152", resolution=1)
    assert data.images.shape == (1, 189, 233, 197) and tuple(data.spacing) == (1, 1, 1)
    for volume in (data.images, data.targets["gray_matter"], data.targets["white_matter"]):
        assert np.array_equal(volume, volume[..., ::-1])


def test_another_resolution_is_an_error():
    with pytest.raises(ValueError, match="1 or 2 mm"):
        mri.mni152.read({}, resolution=3)


def test_the_dicom_samples():
    data = real("dicom_samples")
    t = data.targets
    assert len(data) == 8 and data.files.tolist() == list(mri.DICOM)
    assert t["modality"] == ["CT", "MR", "MR", "MR", "US", "US", "CR", "SEG"]
    shapes = [(128, 128), (64, 64), (64, 64), (300, 484)]
    shapes += [(240, 320, 3), (480, 640, 3), (16, 16), (512, 512)]
    assert [i.shape for i in data.images] == shapes
    assert [(r, c) for r, c in zip(t["rows"], t["columns"], strict=True)] == [
        s[:2] for s in shapes
    ]
    assert t["unit"] == ["HU"] + ["as stored"] * 5 + ["rescaled", "as stored"]
    assert t["spacing"][0] == (0.661468, 0.661468) and t["spacing"][4] is None
    assert (t["slope"][0], t["intercept"][0], t["slope"][1]) == (1, -1024, None)
    assert (data.images[0].min(), data.images[0].max()) == (-896, 1167)
    assert data.images[0].dtype == np.float32 and data.images[4].dtype == np.uint8
    # The same picture, packed without loss and not packed.
    assert np.array_equal(data.images[1], data.images[2])
    assert t["compression"][1] != t["compression"][2] == "RLE Lossless"
    assert t["photometric"][6] == "MONOCHROME1"
    assert set(np.unique(data.images[7])) == {0, 1}
    report = data.extra["no_pixels"]
    assert report["modality"] == "SR" and report["rows"] is None and report["patient_name"]
    assert all(i.dtype.isnative for i in data.images)
    assert (
        digest(data.images[:5])
        == "cb2c431832654970c0ba24a520ef6b5a8f67affdfda0c5b247f0470fec369a63"
    )


def test_hu_are_slope_times_stored_plus_intercept():
    stored = pydicom.dcmread(TEST_FILES / "CT_small.dcm").pixel_array
    pixels, header = mri.dicom(TEST_FILES / "CT_small.dcm")
    assert np.array_equal(pixels, stored * header["slope"] + header["intercept"])


@pytest.mark.parametrize("name", ["spinal_cord", "nifti_samples", "dicom_samples"])
def test_a_decoded_set_can_be_kept(name, tmp_path):
    data = real(name)
    decoded.save(data, tmp_path / "kept.npz")
    kept = decoded.load(tmp_path / "kept.npz")
    assert digest(kept.images) == digest(data.images)
    for key, value in data.targets.items():
        for a, b in zip(value, kept.targets[key], strict=True):
            assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b, key
    assert kept.extra == data.extra


@pytest.mark.parametrize("name", ["spinal_cord", "pam50", "nifti_samples"])
def test_a_stand_in_is_the_same_each_time(name):
    again = sets.SETS[name].draw()
    assert digest(again.images) == digest(standin(name).images)


# --- the orientation


@pytest.mark.parametrize("codes", ["LAS", "RAS", "PSR", "LPS", "SAL", "IRP"])
def test_every_orientation_comes_out_as_one(codes, tmp_path):
    rng = np.random.default_rng(0)
    wanted = rng.random((4, 5, 6)).astype(np.float32)  # slices, rows, columns
    lps = wanted.transpose(2, 1, 0)
    image = nib.Nifti1Image(
        lps, np.diag([-0.5, -0.7, 3.0, 1])
    )  # columns to the left, rows to the back
    axes = nib.orientations
    way = axes.ornt_transform(axes.axcodes2ornt("LPS"), axes.axcodes2ornt(tuple(codes)))
    turned = image.as_reoriented(way)
    assert "".join(nib.aff2axcodes(turned.affine)) == codes
    nib.save(turned, tmp_path / "a.nii.gz")
    volume, spacing = mri.nifti(tmp_path / "a.nii.gz")
    assert np.array_equal(volume, wanted) and spacing == (3.0, 0.7, 0.5)


# --- files made to do harm


def good_nifti(path, shape=(6, 5, 4), change=lambda header: None, tail=b"", drop=0):
    """A NIfTI file whose header was changed after its data were written."""
    data = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    image = nib.Nifti1Image(data, np.eye(4))
    raw = bytearray(image.to_bytes())
    header = nib.Nifti1Header(bytes(raw[:348]))
    change(header)
    raw[:348] = header.binaryblock
    raw = bytes(raw)[: len(raw) - drop] + tail
    path.write_bytes(gzip.compress(raw))
    return path


def assert_broken(call, path):
    with pytest.raises(ValueError, match="not readable") as caught:
        call(path)
    assert str(path) in str(caught.value)


def huge(header):
    header["dim"][1:4] = 32767


def test_a_good_nifti_file_is_read(tmp_path):
    volume, _ = mri.nifti(good_nifti(tmp_path / "a.nii.gz"))
    assert volume.shape == (4, 5, 6)


@pytest.mark.parametrize(
    "change",
    [
        huge,
        lambda h: h["dim"].__setitem__(1, 60),  # ten times as large as what follows
        lambda h: h["dim"].__setitem__(1, 3),  # half as large
        lambda h: h["dim"].__setitem__(1, -4),
        lambda h: h["dim"].__setitem__(1, 0),
        lambda h: h["dim"].__setitem__(0, 2),
        lambda h: h["dim"].__setitem__(0, 9),
        lambda h: h.__setitem__("datatype", 128),  # RGB
        lambda h: h.__setitem__("datatype", 77),
        lambda h: h.__setitem__("vox_offset", 1e12),
        lambda h: h.__setitem__("vox_offset", np.nan),
        lambda h: h.__setitem__("vox_offset", -352),
        lambda h: h.__setitem__("scl_slope", 1e38) or h.__setitem__("scl_inter", 1e38),
        lambda h: h["pixdim"].__setitem__(slice(1, 4), 0) or h["srow_x"].__setitem__(0, 0),
        lambda h: h["srow_x"].__setitem__(0, np.nan),
        lambda h: h.__setitem__("magic", b"xx1"),
    ],
)
def test_a_header_that_lies_is_an_error(tmp_path, change):
    assert_broken(mri.nifti, good_nifti(tmp_path / "a.nii.gz", change=change))


def test_damaged_nifti_files_are_an_error(tmp_path):
    path = tmp_path / "a.nii.gz"
    good = good_nifti(path).read_bytes()
    for bad in (b"", b"not packed", good[:40], good[:-9], good[:-3], b"\x1f\x8b" + bytes(50)):
        path.write_bytes(bad)
        assert_broken(mri.nifti, path)
    wrong_sum = bytearray(good)
    wrong_sum[-6] ^= 1  # the checksum of gzip
    path.write_bytes(wrong_sum)
    assert_broken(mri.nifti, path)
    assert_broken(mri.nifti, good_nifti(path, drop=2))
    assert_broken(mri.nifti, good_nifti(path, tail=b"more"))
    assert_broken(mri.nifti, tmp_path / "missing.nii.gz")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_changed_byte_of_a_header_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("x") / "a.nii.gz"
    raw = bytearray(gzip.decompress(good_nifti(path).read_bytes()))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, 351))] = data.draw(st.integers(0, 255))
    path.write_bytes(gzip.compress(bytes(raw)))
    try:
        volume, _ = mri.nifti(path)
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert volume.ndim == 3 and volume.size * 8 < 10_000 and np.isfinite(volume).all()


def peak(call):
    """Highest memory in bytes that Python and NumPy took for a call that must end in ValueError."""
    import tracemalloc

    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="not readable"):
            call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_packed_bomb_takes_no_memory(tmp_path):
    path = tmp_path / "a.nii.gz"
    raw = gzip.decompress(good_nifti(path).read_bytes())
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(raw)
        for _ in range(40):
            stream.write(bytes(1 << 20))
    assert peak(lambda: mri.nifti(path)) < 5e6
    good_nifti(path, change=huge)
    assert peak(lambda: mri.nifti(path)) < 5e6


def test_a_mask_that_does_not_fit_its_scan_is_an_error(tmp_path):
    files = {}
    for image, masks in mri.CORD_SCANS.values():
        for name in (image, *masks.values()):
            files[name] = good_nifti(tmp_path / name.replace("/", "_"))
    assert len(mri.spinal_cord.read(files)) == 6
    good_nifti(files["t2/t2_seg-manual.nii.gz"], (6, 5, 5))
    with pytest.raises(ValueError, match="t2_seg-manual.*voxels"):
        mri.spinal_cord.read(files)


def test_maps_of_a_template_that_differ_in_size_are_an_error(tmp_path):
    keys = ("gm", "wm", "csf", "cord", "levels", "spinal_levels")
    files = {
        f"template/PAM50_{k}.nii.gz": good_nifti(tmp_path / f"{k}.nii.gz", (110, 110, 2))
        for k in keys
    }
    assert len(mri.pam50.read(files)) == 2
    good_nifti(files["template/PAM50_csf.nii.gz"], (110, 110, 3))
    with pytest.raises(ValueError, match="csf.*voxels"):
        mri.pam50.read(files)
    good_nifti(files["template/PAM50_gm.nii.gz"], (60, 60, 2))
    with pytest.raises(ValueError, match="gm.*voxels"):
        mri.pam50.read(files)


def test_a_good_dicom_file_is_read(tmp_path):
    pixels, header = mri.dicom(write_dicom(tmp_path / "a.dcm"))
    assert np.array_equal(pixels, np.arange(16).reshape(4, 4) * 2.0 - 10)
    assert header["modality"] == "CT" and header["spacing"] is None


@pytest.mark.parametrize(
    "change",
    [
        {"PixelData": None},
        {"Rows": 65535, "Columns": 65535},
        {"Rows": 65535, "Columns": 65535, "NumberOfFrames": 2_000_000_000},
        {"Rows": 5},
        {"Rows": None},
        {"Rows": 0},
        {"NumberOfFrames": -1},
        {"BitsAllocated": None},
        {"RescaleSlope": "1e300"},
    ],
)
def test_a_dicom_header_that_lies_is_an_error(tmp_path, change):
    path = write_dicom(tmp_path / "a.dcm", **change)
    assert peak(lambda: mri.dicom(path)) < 20e6
    assert_broken(mri.dicom, path)


def test_a_deflated_dicom_file_is_refused_unopened(tmp_path):
    path = tmp_path / "a.dcm"
    write_dicom(path, DeflatedExplicitVRLittleEndian)
    raw = path.read_bytes()
    head = raw[: raw.index(DeflatedExplicitVRLittleEndian.encode()) + 22]
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    path.write_bytes(head + packer.compress(bytes(40 << 20)) + packer.flush())
    assert peak(lambda: mri.dicom(path)) < 5e6
    assert_broken(mri.dicom_header, TEST_FILES / "image_dfl.dcm")


@pytest.mark.parametrize(
    "name",
    [
        "MR_truncated.dcm",
        "no_meta.dcm",
        "reportsi.dcm",
        "badVR.dcm",
        "crayons.icc",
        "JPEG-lossy.dcm",
    ],
)
def test_broken_or_unsuitable_files_of_the_package_are_an_error(name):
    assert_broken(mri.dicom, TEST_FILES / name)


def test_damaged_dicom_files_are_an_error(tmp_path):
    path = tmp_path / "a.dcm"
    good = (TEST_FILES / "MR_small_RLE.dcm").read_bytes()
    for bad in (b"", b"text", good[:130], good[:1000], good[:-3000]):
        path.write_bytes(bad)
        assert_broken(mri.dicom, path)
    assert_broken(mri.dicom, tmp_path / "missing.dcm")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_changed_bytes_of_a_dicom_file_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("x") / "a.dcm"
    raw = bytearray((TEST_FILES / "MR_small_RLE.dcm").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    try:
        pixels, header = mri.dicom(path)
    except ValueError as error:
        assert str(path) in str(error)
    else:
        assert pixels.nbytes < 1e6 and set(header) == set(mri.dicom_header(path))


def test_run_lengths_that_unpack_to_far_more_than_the_header_says(tmp_path):
    """A run of equal bytes: two bytes become 128. The size of the packed data is limited."""
    big = np.zeros((64, 64), np.uint16)
    data = pydicom.dcmread(TEST_FILES / "MR_small_RLE.dcm")
    assert data.pixel_array.shape == big.shape
    runs = b"\x81\x00" * ((mri.LARGEST // 64) + 8)
    offsets = (
        (2).to_bytes(4, "little") + (64).to_bytes(4, "little") + (64).to_bytes(4, "little")
    )
    data.PixelData = pydicom.encaps.encapsulate([offsets + bytes(52) + runs])
    path = tmp_path / "a.dcm"
    data.save_as(path)
    assert peak(lambda: mri.dicom(path)) < 60e6  # unpacked it would be 256 MB


def test_no_file_of_the_package_ends_in_anything_but_pixels_or_an_error():
    seen = {"pixels": 0, "refused": 0}
    for path in sorted(TEST_FILES.glob("*.dcm")):
        try:
            pixels, _ = mri.dicom(path)
            assert pixels.ndim >= 2
            seen["pixels"] += 1
        except ValueError as error:
            assert str(path) in str(error)
            seen["refused"] += 1
    assert seen["pixels"] > 20 and seen["refused"] > 10


def test_a_set_with_one_damaged_file_names_it(tmp_path):
    if not AT_HAND:
        pytest.skip(WHY)
    files = dict(fetch.files("nifti_samples"))
    bad = tmp_path / "T2w.nii.gz"
    shutil.copy(files["sub-unf01/anat/sub-unf01_T2w.nii.gz"], bad)
    bad.chmod(0o600)
    bad.write_bytes(bad.read_bytes()[:-1000])
    files["sub-unf01/anat/sub-unf01_T2w.nii.gz"] = bad
    with pytest.raises(ValueError, match="T2w.nii.gz is not readable"):
        mri.nifti_samples.read(files)
