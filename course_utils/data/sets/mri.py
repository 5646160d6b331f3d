"""Volumes: spinal cord, brain, NIfTI and DICOM samples.

Every volume comes as (slices, rows, columns) in one orientation, that of DICOM and of radiologists: slice 0 is the
lowest, row 0 the front, column 0 the patient's right. Spacing is (between slices, rows, columns) in mm.
"""

from __future__ import annotations

import gzip
import warnings
from math import prod
from pathlib import Path

import numpy as np
from scipy import ndimage

from ...simulate.shapes import shrink
from ...simulate.spinal_cord import spinal_cord as draw
from ..records import Dataset
from . import dataset
from .common import Files, broken

LARGEST = (
    256 << 20
)  # bytes of one volume or picture, decoded; the largest of the course has 79 MB


# --- one file


def nifti(path: Path) -> tuple[np.ndarray, tuple[float, float, float]]:
    """A volume (slices, rows, columns) float32 from a .nii.gz file, and its spacing in mm.

    The axes are swapped and flipped to the orientation above, not interpolated: an oblique scan stays oblique.
    Raises ValueError for a damaged file, one that is shorter or longer than its header says, larger than LARGEST,
    not of three dimensions, or with values or a spacing that are no numbers.
    """
    import nibabel as nib

    try:
        with gzip.open(path) as stream:
            start = stream.read(348)
            header = nib.Nifti1Header(
                start
            )  # nothing is allocated before its sizes are checked
            shape, kind = header.get_data_shape(), header.get_data_dtype()
            offset = int(header["vox_offset"])
            if len(shape) != 3 or min(shape) < 1 or kind.kind not in "iuf":
                raise ValueError(f"{shape} values of type {kind} are not a volume")
            if not 348 <= offset <= 1 << 20 or prod(shape) * kind.itemsize > LARGEST:
                raise ValueError(f"{shape} values of type {kind} are too many")
            size = offset + prod(shape) * kind.itemsize
            # One byte more than there should be: so the checksum at the end is read as well.
            data = start + stream.read(size - len(start) + 1)
        if len(data) != size:
            raise ValueError(f"its header asks for {size} bytes")
        image = nib.Nifti1Image.from_bytes(data)
        axes = nib.orientations
        way = axes.ornt_transform(
            axes.io_orientation(image.affine), axes.axcodes2ornt(("L", "P", "S"))
        )
        image = image.as_reoriented(way)
        with np.errstate(over="ignore"):  # found below
            volume = np.asarray(image.dataobj, np.float32).transpose(2, 1, 0)
        spacing = tuple(round(float(mm), 4) for mm in image.header.get_zooms()[::-1])
        if not np.isfinite(volume).all() or not all(0.01 < mm < 100 for mm in spacing):
            raise ValueError("values or spacing that are no numbers")
    except Exception as error:
        raise broken(path, error) from error
    return np.ascontiguousarray(volume), spacing


def dicom(path: Path) -> tuple[np.ndarray, dict]:
    """The pixels of a DICOM file and a part of its header.

    pixels: (rows, columns), (rows, columns, 3) RGB, or with the frames in front. Where the header has a rescale slope
    and intercept they are applied, frame by frame in an enhanced file, and the pixels are float32 (CT: HU); else they
    are as stored. A palette is applied: uint8 RGB. MONOCHROME1 files stay as they are: there, small is bright.
    header: as from `dicom_header`. Raises ValueError for a damaged file, one without pixels, one that says it holds
    more than LARGEST bytes or that could unpack to more, and one whose compression nothing installed can decode.
    """
    from PIL import Image
    from pydicom.pixels import apply_color_lut

    data, header = _opened(path)
    try:
        if "PixelData" not in data:
            raise ValueError("it has no pixels")
        frames = int(data.get("NumberOfFrames") or 1)
        counts = frames, data.Rows, data.Columns, data.get("SamplesPerPixel", 1)
        palette = header["photometric"] == "PALETTE COLOR"
        size = prod(counts) * max(data.BitsAllocated // 8, 1) * (6 if palette else 1)
        if min(counts) < 1 or size > LARGEST:
            raise ValueError(f"{counts} frames, rows, columns and colours")
        # A run of equal bytes packs to a 64th at best.
        packed = data.file_meta.TransferSyntaxUID.is_compressed
        if packed and len(data.PixelData) > LARGEST // 64:
            raise ValueError("too much of compressed pixels")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            pixels = data.pixel_array
            if palette:
                pixels = apply_color_lut(pixels, data)
                if pixels.dtype.itemsize > 1:  # colours of 16 bits
                    pixels = (pixels >> 8).astype(np.uint8)
            elif header["slope"] is not None:
                slope, intercept = (
                    np.reshape(v, (-1,) + (1,) * (pixels.ndim - 1))
                    if isinstance(v, tuple)
                    else v
                    for v in (header["slope"], header["intercept"] or 0.0)
                )
                pixels = (pixels.astype(np.float64) * slope + intercept).astype(np.float32)
        if not np.isfinite(pixels).all():
            raise ValueError("values that are no numbers")
    except Exception as error:
        raise broken(path, error) from error
    pixels = pixels.astype(pixels.dtype.newbyteorder("="))
    return pixels, header


def dicom_header(path: Path) -> dict:
    """What a DICOM file says about itself; None for what it does not say.

    modality, rows, columns, frames, spacing (rows, columns, in mm), slope, intercept (value = slope * stored +
    intercept), photometric (interpretation), bits (used of each value), compression (name of the transfer syntax),
    patient_name, patient_id, window (centre and width of the first one that is named).
    An enhanced file says spacing, slope, intercept and window in its functional groups. Where frames differ, slope and
    intercept are tuples with one number a frame, the window is that of the first frame, and the spacing is None. It is
    None too where it is not two positive numbers: such a file has pixels, but nothing may be measured on them.
    Raises ValueError for a file that is no DICOM file or damaged.
    """
    return _opened(path)[1]


def _grouped(data, group: str, key: str) -> list:
    """What an enhanced file says of its frames: one value for all, one a frame, or none. group: the macro's name."""

    def value(item):
        macro = item.get(group)
        found = macro[0].get(key) if macro else None
        return None if found in (None, "") else found

    for items in (
        data.get("SharedFunctionalGroupsSequence"),
        data.get("PerFrameFunctionalGroupsSequence"),
    ):
        values = [value(item) for item in items or []]
        if any(v is not None for v in values):
            return values
    return []


def _rescale(data, key: str):
    """RescaleSlope or -Intercept: a number, a tuple with one a frame, or None."""
    values = [data.get(key)]
    if values[0] in (None, ""):
        values = _grouped(data, "PixelValueTransformationSequence", key)
    if not values:
        return None
    if None in values or len(values) not in (1, int(data.get("NumberOfFrames") or 1)):
        raise ValueError(f"not each of its frames has a {key}")
    values = tuple(float(v) for v in values)
    return values[0] if len(set(values)) == 1 else values


def _spacing(data) -> tuple[float, float] | None:
    values = [data.get("PixelSpacing")]
    if not values[0]:
        values = _grouped(data, "PixelMeasuresSequence", "PixelSpacing")
    try:
        (spacing,) = {tuple(float(mm) for mm in v) for v in values}
        return spacing if len(spacing) == 2 and all(0 < mm < np.inf for mm in spacing) else None
    except (TypeError, ValueError):  # none, no numbers, or frames that differ
        return None


def _window(data) -> tuple[float, float] | None:
    pair = []
    for key in ("WindowCenter", "WindowWidth"):
        value = data.get(key)
        if value in (None, ""):
            value = next(iter(_grouped(data, "FrameVOILUTSequence", key)), None)
        try:
            pair.append(float(value if isinstance(value, (str, float, int)) else value[0]))
        except (TypeError, ValueError, IndexError):
            return None
    return tuple(pair) if np.isfinite(pair).all() and pair[1] > 0 else None


def _opened(path: Path):
    """A DICOM file as pydicom holds it, pixels not decoded, and its header as a plain dictionary."""
    import pydicom

    try:
        path = Path(path)
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old files break rules of spelling
            way = pydicom.filereader.read_file_meta_info(path).get("TransferSyntaxUID")
            if way is None or way.is_deflated:  # the whole file is packed, to no known size
                raise ValueError(f"its transfer syntax is {way and way.name}")
            data = pydicom.dcmread(path)

            def number(key, kind=float):
                return None if data.get(key) in (None, "") else kind(data.get(key))

            header = {
                "modality": str(data.get("Modality", "")) or None,
                "rows": number("Rows", int),
                "columns": number("Columns", int),
                "frames": number("NumberOfFrames", int),
                "spacing": _spacing(data),
                "slope": _rescale(data, "RescaleSlope"),
                "intercept": _rescale(data, "RescaleIntercept"),
                "photometric": str(data.get("PhotometricInterpretation", "")) or None,
                "bits": number("BitsStored", int),
                "compression": str(way.name),
                "patient_name": str(data.get("PatientName", "")) or None,
                "patient_id": str(data.get("PatientID", "")) or None,
                "window": _window(data),
            }
    except Exception as error:
        raise broken(path, error) from error
    return data, header


def _mask(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A mask: true where the value is above one half. Raises ValueError if its shape is not that of the scan."""
    volume, _ = nifti(path)
    if volume.shape != shape:
        raise broken(path, f"{volume.shape} voxels, its scan has {shape}")
    return volume > 0.5


def _scans(name, files, scans, kinds, **more) -> Dataset:
    """A Dataset of volumes. scans: name -> (file, {kind of mask: file}); kinds: of masks, one target each."""
    images, spacing, masks = [], [], {kind: [] for kind in kinds}
    for image, drawn in scans.values():
        volume, mm = nifti(files[image])
        images.append(volume)
        spacing.append(mm)
        for kind, found in masks.items():
            path = files[drawn[kind]] if kind in drawn else None
            found.append(path and _mask(path, volume.shape))
    return Dataset(
        name=name,
        source="real",
        images=images,
        split=np.array(["test"] * len(images)),
        files=np.array(list(scans)),
        targets={**masks, "spacing": spacing, **more.pop("targets", {})},
        noun="scans",
        **more,
    )


# --- sets

CORD_SCANS = {
    "t2s_uncropped": ("t2s/t2s_uncropped.nii.gz", {"gray_matter": "t2s/t2s_uncropped_gmseg_manual.nii.gz"}),
    "t2s": ("t2s/t2s.nii.gz", {"gray_matter": "t2s/t2s_gmseg_manual.nii.gz", "cord": "t2s/t2s_seg.nii.gz"}),
    "mt0": ("mt/mt0.nii.gz", {"cord": "mt/mt0_seg.nii.gz"}),
    "mt1": (
        "mt/mt1.nii.gz",
        {"gray_matter": "mt/mt1_gmseg.nii.gz", "white_matter": "mt/mt1_wmseg.nii.gz", "cord": "mt/mt1_seg.nii.gz"},
    ),
    "t1": ("t1/t1w.nii.gz", {"cord": "t1/t1w_seg-manual.nii.gz"}),
    "t2": ("t2/t2.nii.gz", {"cord": "t2/t2_seg-manual.nii.gz"}),
}  # fmt: skip


@dataset()
def spinal_cord(files: Files) -> Dataset:
    """Six scans of the spinal cord, each with one to three masks.

    images: list of float32 (slices, rows, columns), signal in arbitrary units: "t2s_uncropped" (11, 320, 320), "t2s"
    (9, 54, 49), "mt0" and "mt1" (5, 40, 40), "t1" (77, 76, 42), "t2" (55, 60, 52). files: these names.
    targets, lists of 6: masks "gray_matter", "white_matter", "cord", bool like the image or None where there is none;
    "spacing" (between slices, rows, columns) in mm. The masks of mt1 are probabilities cut at one half.
    split: "test" throughout. Six scans are too few to train on, and which of them show the same person is unknown,
    so cases is None. The small template that lies beside them is left out: "pam50" has the whole one.
    Raises ValueError for a damaged file and for a mask that does not fit its scan.
    """
    kinds = ("gray_matter", "white_matter", "cord")
    return _scans("spinal_cord", files, CORD_SCANS, kinds, unit="signal, arbitrary units")


@dataset()
def pam50(files: Files) -> Dataset:
    """905 axial slices of a template of the spinal cord, from below up, 0.5 mm apart: maps of three tissues.

    images: (905, 64, 64, 3) float32, the share of gray matter, white matter and CSF in a pixel of 0.5 mm; what is
    left of 1 is everything else. So `images @ [gray, white, csf]` makes slices with these three grey values.
    The CSF is a mask in the files; here it is cut back to the room that gray and white matter leave.
    targets: "cord" (905, 64, 64) bool, the outline that is in the files; soft borders of the other maps reach over it;
    "vertebral_level" (905,) 1 (C1) to 20 (L1) and "spinal_level" (905,) 1 to 27, numbered from above.
    Kept are the slices that have all of these maps. split: "train" throughout: one template, one case.
    Raises ValueError for a damaged file or maps of different sizes.
    """
    paths = {
        key: files[f"template/PAM50_{key}.nii.gz"]
        for key in ("gm", "wm", "csf", "cord", "levels", "spinal_levels")
    }
    window = slice(38, 102)  # rows and columns; nothing is drawn outside
    whole, maps, spacing = None, {}, None
    for key, path in paths.items():
        volume, spacing = nifti(path)
        if whole not in (None, volume.shape) or min(volume.shape[1:]) < 102:
            raise broken(path, f"{volume.shape} voxels, not those of the other maps")
        whole = volume.shape
        maps[key] = volume[:, window, window].copy()
    keep = np.logical_and.reduce([m.any((1, 2)) for m in maps.values()])
    if not keep.any():
        raise broken(paths["gm"], "no slice has all the maps")
    gray, white, csf, cord, *levels = (m[keep] for m in maps.values())
    csf = np.minimum(csf, np.clip(1 - gray - white, 0, 1))
    vertebral, spinal = (m.max((1, 2)).astype(np.int64) for m in levels)
    return Dataset(
        name="pam50",
        source="real",
        images=np.stack([gray, white, csf], -1),
        split=np.array(["train"] * len(cord)),
        files=np.array([f"slice_{z:03d}" for z in np.flatnonzero(keep)]),
        cases=np.array(["PAM50"] * len(cord)),
        targets={"cord": cord > 0.5, "vertebral_level": vertebral, "spinal_level": spinal},
        noun="slices",
        unit="share of the pixel",
        spacing=spacing,
        extra={"channels": ("gray_matter", "white_matter", "csf")},
    )


HEAD = "sub-unf01/anat/sub-unf01_"
SAMPLES = {
    f"sub-unf01_{kind}": (
        f"{HEAD}{kind}.nii.gz",
        {"cord": f"derivatives/labels/{HEAD}{kind}_seg-manual.nii.gz"},
    )
    for kind in ("T1w", "T2w", "T2star")
}
SAMPLES["sub-spleen2_ct"] = (
    "ct_scan/sub-spleen2/ct/sub-spleen2_ct.nii.gz",
    {"spleen": "ct_scan/derivatives/labels/sub-spleen2/ct/sub-spleen2_ct_seg-manual.nii.gz"},
)


@dataset()
def nifti_samples(files: Files) -> Dataset:
    """Four volumes of two people: MRI of a neck in three contrasts with the cord, and a CT with the spleen.

    images: list of float32 (slices, rows, columns): "sub-unf01_T1w", "sub-unf01_T2w", "sub-unf01_T2star", each
    (16, 141, 131), voxel on voxel; "sub-spleen2_ct" (26, 166, 164) in HU, cut to the surroundings of the spleen.
    targets, lists of 4: masks "cord", "spleen", bool or None; "spacing" in mm; "unit", "HU" or "arbitrary".
    cases: the person. split: "test" throughout: these are to look at, not to learn from.
    The three cord masks are the same. The files called lesion are left out: what is drawn there are little squares
    of 9 or 12 pixels, at another place in each contrast, and no lesions. Raises ValueError for a damaged file.
    """
    names = list(SAMPLES)
    return _scans(
        "nifti_samples",
        files,
        SAMPLES,
        ("cord", "spleen"),
        cases=np.array([n.rpartition("_")[0] for n in names]),
        targets={"unit": ["HU" if n.endswith("ct") else "arbitrary" for n in names]},
        unit="signal, arbitrary units; CT in HU",
    )


@dataset()
def mni152(files: Files, resolution: int = 2) -> Dataset:
    """The MNI152 template of the brain that the package nilearn brings: the mean of 152 people, without the skull.

    images: (1, slices, rows, columns) float32, 0 to 1. targets: "gray_matter", "white_matter", probabilities, float32,
    and "brain", bool, each like images. split: "train". In this release the left half mirrors the right one.
    resolution: 1 mm, (189, 233, 197) voxels, or 2 mm, (94, 116, 98), means over 2 x 2 x 2 voxels.
    extra["zero"]: slice, row and column of the point 0, 0, 0 of MNI space; it may lie between voxels.
    Raises ValueError for another resolution.
    """
    from nilearn import datasets

    if resolution not in (1, 2):
        raise ValueError(f"resolution is 1 or 2 mm, not {resolution}")

    def volume(load):
        # From right, front, up to (slices, rows, columns), columns from the patient's right.
        data = np.asarray(load(resolution=1).dataobj, np.float32)[::-1, ::-1].T
        if resolution == 2:
            z, y, x = (n // 2 for n in data.shape)
            data = data[: 2 * z, : 2 * y, : 2 * x].reshape(z, 2, y, 2, x, 2).mean((1, 3, 5))
        return np.ascontiguousarray(data)[None]

    middle = np.array([72, 98, 98])
    return Dataset(
        name="mni152",
        source="real",
        images=volume(datasets.load_mni152_template),
        split=np.array(["train"]),
        files=np.array(["mni_icbm152_t1"]),
        cases=np.array(["mean of 152 people"]),
        targets={
            "gray_matter": volume(datasets.load_mni152_gm_template).clip(0, 1),
            "white_matter": volume(datasets.load_mni152_wm_template).clip(0, 1),
            "brain": volume(datasets.load_mni152_brain_mask) > 0.5,
        },
        noun="scans",
        unit="T1-weighted signal, 0 to 1",
        spacing=(float(resolution),) * 3,
        extra={"zero": [float(v) for v in (middle if resolution == 1 else (middle - 0.5) / 2)]},
    )


DICOM = (
    "CT_small.dcm",  # rescale slope and intercept: HU
    "MR_small.dcm",
    "MR_small_RLE.dcm",  # the same, packed without loss
    "examples_overlay.dcm",
    "examples_rgb_color.dcm",
    "examples_jpeg2k.dcm",  # the same kind of picture, JPEG 2000
    "dicomdirtests/77654033/CR1/6154",  # MONOCHROME1: small is bright
    "liver_1frame.dcm",  # a mask that is itself a DICOM file
)
NO_PIXELS = "reportsi.dcm"  # a report


@dataset()
def dicom_samples(files: Files) -> Dataset:
    """Eight small DICOM files that pydicom brings, for reading headers and values.

    images: list of arrays as `dicom` gives them: CT (128, 128) in HU, three MR, two ultrasound RGB, one computed
    radiograph, one mask. files: their names. targets: one list for each entry of `dicom_header`, and "unit": "HU",
    "rescaled" or "as stored". extra["no_pixels"]: file name and header of a report, a DICOM file without an image.
    labels: none. split: "test" throughout. Raises ValueError if a file is not in the installed pydicom.
    """
    import pydicom

    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    images, headers = zip(*(dicom(folder / name) for name in DICOM), strict=True)
    targets = {key: [h[key] for h in headers] for key in headers[0]}
    targets["unit"] = [
        "as stored" if h["slope"] is None else "HU" if h["modality"] == "CT" else "rescaled"
        for h in headers
    ]
    return Dataset(
        name="dicom_samples",
        source="real",
        images=list(images),
        split=np.array(["test"] * len(images)),
        files=np.array(DICOM),
        targets=targets,
        noun="files",
        unit="see the target 'unit'",
        extra={"no_pixels": {"file": NO_PIXELS, **dicom_header(folder / NO_PIXELS)}},
    )


# --- stand-ins


# Name: (slices, rows, columns), mm (between slices, in the slice), contrast, site, seed, highest value, masks.
SCANS = {
    "t2s_uncropped": ((11, 320, 320), (7.5, 0.5, 0.5), "t2star", 0, 1, 255, ("gray_matter",)),
    "t2s": ((9, 54, 49), (7.5, 0.5, 0.5), "t2star", 0, 2, 717, ("gray_matter", "cord")),
    "mt0": ((5, 40, 40), (17.0, 0.8437, 0.8438), "t2star", 1, 3, 871, ("cord",)),
    "mt1": ((5, 40, 40), (17.0, 0.8437, 0.8438), "t2star", 3, 3, 774, ("gray_matter", "white_matter", "cord")),
    "t1": ((77, 76, 42), (1.0, 1.0, 1.0), "t1", 2, 4, 949, ("cord",)),
    "t2": ((55, 60, 52), (1.0, 1.0, 1.0), "t2", 0, 4, 1257, ("cord",)),
}  # fmt: skip


def _scan(shape, mm, contrast, site, seed, top):
    """One volume float32 (slices, rows, columns), 0 to `top`, and its masks by name."""
    slices, rows, columns = shape
    images, truth = draw(
        np.random.default_rng(seed), slices, rows, site, contrast, slices=slices, field=rows * mm[1]
    )  # fmt: skip
    # Drawn as a square; the real picture is narrower.
    cut = np.s_[:, :, (rows - columns) // 2 : (rows - columns) // 2 + columns]
    masks = {key: truth[key][cut] for key in ("gray_matter", "cord")}
    masks["white_matter"] = masks["cord"] & ~masks["gray_matter"]
    return images[cut].astype(np.float32) * np.float32(top / 255), masks


@spinal_cord.standin
def drawn_spinal_cord() -> Dataset:
    """Six scans in the form of the real set: same names, sizes, spacing, contrasts and kinds of mask.

    mt0 and mt1 show one person, t1 and t2 another, the two t2s scans two more.
    """
    images, spacing = [], []
    masks = {kind: [] for kind in ("gray_matter", "white_matter", "cord")}
    for shape, mm, contrast, site, seed, top, kinds in SCANS.values():
        volume, drawn = _scan(shape, mm, contrast, site, seed, top)
        images.append(volume)
        spacing.append(mm)
        for kind, found in masks.items():
            found.append(drawn[kind] if kind in kinds else None)
    return Dataset(
        name="spinal_cord",
        source="simulated",
        images=images,
        split=np.array(["test"] * len(images)),
        files=np.array(list(SCANS)),
        targets={**masks, "spacing": spacing},
        noun="scans",
        unit="signal, arbitrary units",
    )


@pam50.standin
def drawn_pam50() -> Dataset:
    """905 slices (905, 64, 64, 3) float32 of one simulated cord, in the form of the template's maps.

    The shape of a cord of the neck all the way down, where the real one changes; the levels are of equal length.
    """
    count, every = 905, 8
    _, truth = draw(
        np.random.default_rng(50), count // every + 2, 128, 0, slices=count // every + 2, field=32
    )  # fmt: skip
    gray, cord, csf = (shrink(truth[k], 2) for k in ("gray_matter", "cord", "csf"))
    some = np.stack([gray, cord - gray, csf], -1)
    below = np.arange(count) // every
    between = (np.arange(count) % every / every).astype(np.float32)[:, None, None, None]
    images = some[below] * (1 - between) + some[below + 1] * between
    down = np.linspace(0, 1, count, endpoint=False)  # from below up; levels count from above
    return Dataset(
        name="pam50",
        source="simulated",
        images=images,
        split=np.array(["train"] * count),
        files=np.array([f"slice_{z:03d}" for z in range(80, 80 + count)]),
        cases=np.array(["PAM50"] * count),
        targets={
            "cord": images[..., :2].sum(-1) > 0.6,
            "vertebral_level": 20 - (20 * down).astype(np.int64),
            "spinal_level": 27 - (27 * down).astype(np.int64),
        },
        noun="slices",
        unit="share of the pixel",
        spacing=(0.5, 0.5, 0.5),
        extra={"channels": ("gray_matter", "white_matter", "csf")},
    )


@nifti_samples.standin
def drawn_nifti_samples() -> Dataset:
    """Three contrasts of one neck, voxel on voxel, and a CT with a spleen, in the form of the real set.

    As there, the three cord masks are the same, and T2w fills the middle of the picture only.
    """
    images, cords = [], []
    for contrast, top in (("t1", 1178), ("t2", 3021), ("t2star", 1033)):
        volume, drawn = _scan((16, 141, 131), (1.0, 1.0, 1.0), contrast, 0, 5, top)
        images.append(volume)
        cords.append(drawn["cord"])
    images[1][:, :, :40] = images[1][:, :, 91:] = 0
    ct, spleen = _spleen()
    names = [f"sub-unf01_{kind}" for kind in ("T1w", "T2w", "T2star")] + ["sub-spleen2_ct"]
    return Dataset(
        name="nifti_samples",
        source="simulated",
        images=[*images, ct],
        split=np.array(["test"] * 4),
        files=np.array(names),
        cases=np.array([name.rpartition("_")[0] for name in names]),
        targets={
            "cord": [*cords, None],
            "spleen": [None, None, None, spleen],
            "spacing": [(1.0, 1.0, 1.0)] * 3 + [(5.0, 0.7949, 0.7949)],
            "unit": ["arbitrary"] * 3 + ["HU"],
        },
        noun="scans",
        unit="signal, arbitrary units; CT in HU",
    )


def _spleen() -> tuple[np.ndarray, np.ndarray]:
    """The left upper abdomen in HU (26, 166, 164) float32, and the mask of the spleen: ellipsoids in fat."""
    rng = np.random.default_rng(6)
    shape = 26, 166, 164
    z, y, x = (
        ((np.arange(n) + 0.5) * mm).astype(np.float32).reshape([-1 if k == axis else 1 for k in range(3)])
        for axis, (n, mm) in enumerate(zip(shape, (5.0, 0.795, 0.795), strict=True))
    )  # fmt: skip
    bend = 3 * ndimage.gaussian_filter(rng.standard_normal(shape), (1, 8, 8)) / 0.02
    bend = np.clip(bend, -6, 6).astype(np.float32)

    def ball(cx, cy, cz, a, b, c):
        """Below 1 inside an ellipsoid; all in mm."""
        return np.hypot(np.hypot((x + bend - cx) / a, (y - cy) / b), (z - cz) / c)

    wall = np.hypot(x / 128, (y - 35) / 92) + 0 * z  # the trunk, cut by the picture
    value = np.full(shape, -100.0, np.float32)  # fat
    spleen = (ball(78, 68, 65, 34, 46, 52) < 1) & (ball(45, 40, 65, 36, 34, 70) > 1)
    value[ball(40, 70, 5, 22, 26, 40) < 1] = 130  # kidney
    value[ball(35, 25, 80, 34, 30, 60) < 1] = 40  # stomach
    value[spleen] = 86
    lung = (wall < 0.88) & (ball(60, 60, 20, 70, 75, 95) > 1)
    value[lung] = -850
    value[(wall > 0.88) & (wall < 0.96)] = 50
    ribs = (np.abs(wall - 0.91) < 0.02) & (np.sin(np.arctan2(y - 35, x) * 9 + z / 12) > 0.75)
    value[ribs] = 500
    value[wall > 1.06] = -1000
    value = ndimage.gaussian_filter(value, (0, 0.8, 0.8))
    value += 22 * rng.standard_normal(shape, dtype=np.float32)
    return value, spleen & ~lung & (wall < 0.88)
