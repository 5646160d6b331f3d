"""Microscopy: what the readers make of the real files, and the stand-ins of the same form."""

import hashlib
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from real_data import real, standin

from course_utils.data import sets

NAMES = ("isbi2012", "w2s_denoising")


@pytest.fixture(params=["real", "simulated"])
def get(request):
    return {"real": real, "simulated": standin}[request.param]


@pytest.mark.parametrize("name", NAMES)
def test_the_stand_in_is_the_same_in_every_call_and_says_what_it_is(name):
    again = sets.SETS[name].draw()
    assert standin(name).source == again.source == "simulated"
    assert np.array_equal(standin(name).images, again.images)
    for key, value in standin(name).targets.items():
        assert np.array_equal(value, again.targets[key])


def test_content_of_the_real_sets():
    digests = {
        "isbi2012": "11b985ad65ce51249746eb4a5ea9e53ffdb1a07bd80f963b0e270a75e64c63fc",
        "w2s_denoising": "c1564f26db47c92b572829e5a0041bed4b57aeaa0b411fba6770142210207120",
    }
    for name, expected in digests.items():
        data = real(name)
        digest = hashlib.sha256(data.images.tobytes())
        for value in data.targets.values():
            digest.update(value.tobytes())
        assert digest.hexdigest() == expected, name


# --- ISBI 2012


def test_form_of_isbi2012(get):
    data = get("isbi2012")
    assert data.name == "isbi2012" and data.noun == "sections"
    assert data.images.shape == (30, 512, 512) and data.images.dtype == np.uint8
    assert set(data.targets) == {"membrane"} and data.labels is None and data.cases is None
    membrane = data.targets["membrane"]
    assert membrane.shape == (30, 512, 512) and membrane.dtype == bool
    assert data.files.tolist() == [f"{k}.png" for k in range(30)]
    # The last sections of the block are the test, in one piece.
    assert data.split.tolist() == ["train"] * 24 + ["test"] * 6
    assert data.images.min() < 20 and data.images.max() > 230
    assert len({image.tobytes() for image in data.images}) == 30


def test_membranes_are_dark_and_the_smaller_part(get):
    data = get("isbi2012")
    for image, membrane in zip(data.images, data.targets["membrane"], strict=True):
        assert 0.14 < membrane.mean() < 0.3
        assert image[membrane].mean() < image[~membrane].mean() - 35


def test_neighbouring_sections_are_alike(get):
    membrane = get("isbi2012").targets["membrane"].reshape(30, -1)[:, ::3].astype(float)
    likeness = np.corrcoef(membrane)
    near, far = np.diag(likeness, 1), np.diag(likeness, 12)
    assert near.min() > 0 and near.mean() > 0.1 > far.mean() + 0.05
    assert near[23] > far.mean()  # across the split too


# --- W2S


def test_form_of_w2s(get):
    data = get("w2s_denoising")
    assert data.name == "w2s_denoising" and set(data.targets) == {"clean"}
    for value in (data.images, data.targets["clean"]):
        assert value.shape == (24, 512, 512) and value.dtype == np.uint8
        assert (value.max((1, 2)) == 255).all()
    assert list(dict.fromkeys(data.split)) == ["train", "val", "test"]
    assert [len(data.part(s)) for s in ("train", "val", "test")] == [13, 3, 8]
    assert data.cases.tolist() == [f"{1 + 5 * k:03}" for k in range(24)]
    assert data.files.tolist() == [f"input_avg1_{case}_0.tif" for case in data.cases]
    assert data.labels is None and data.unit == "grey value"


def fits(data):
    """gain, offset and PSNR in dB of each noisy image against its clean one, (24, 3)."""
    rows = []
    for noisy, clean in zip(data.images, data.targets["clean"], strict=True):
        gain, offset = np.polyfit(clean[::2, ::2].ravel(), noisy[::2, ::2].ravel(), 1)
        rest = noisy - gain * clean - offset
        rows.append((gain, offset, 20 * np.log10(255 / rest.std())))
    return np.array(rows)


def test_pairs_belong_together_and_gain_and_offset_differ(get):
    data = get("w2s_denoising")
    gain, offset, psnr = fits(data).T
    assert 0.45 < gain.min() < 0.7 and 0.75 < gain.max() < 0.95
    assert np.ptp(offset) > 4 and offset.min() > 0
    assert 18 < psnr.min() and psnr.max() < 27 and 21 < psnr.mean() < 24
    small = [v[:, ::4, ::4].reshape(24, -1) for v in (data.images, data.targets["clean"])]
    likeness = np.corrcoef(*small)[:24, 24:]
    assert (likeness.argmax(1) == np.arange(24)).all()


def test_noise_grows_with_brightness(get):
    data = get("w2s_denoising")
    for noisy, clean, (gain, offset, _) in zip(
        data.images, data.targets["clean"], fits(data), strict=True
    ):
        rest = noisy - gain * clean - offset
        dark, bright = np.percentile(clean, [30, 97])
        assert rest[clean >= bright].std() > 2 * rest[clean <= dark].std()


# --- hostile files


def isbi_files(folder):
    files = {}
    for k in (0, 2, 10):
        for kind in ("image", "label"):
            path = files[f"data/membrane/train/{kind}/{k}.png"] = folder / f"{kind}{k}.png"
            pixels = np.full((512, 512), 100 + k, np.uint8)
            if kind == "label":
                pixels[:] = 255
                pixels[: 10 + k] = 0
            Image.fromarray(pixels).save(path)
    return files, folder / "image2.png"


def w2s_files(folder):
    files, base = {}, "Plugins/W2S_dataset_8bit"
    for k in range(16):
        for kind in ("images_avg1_8bit/input_avg1", "images_avg400_8bit/target_avg400"):
            name = f"{base}/{kind}_{k:03}_0.tif"
            files[name] = folder / name.split("/")[-1]
            Image.fromarray(np.full((512, 512), k, np.uint8)).save(files[name])
    return files, folder / "target_avg400_003_0.tif"


MAKE = {"isbi2012": isbi_files, "w2s_denoising": w2s_files}


def complaint(name, files):
    with pytest.raises(ValueError) as error:
        sets.SETS[name].read(files)
    return str(error.value)


def test_labels_are_turned_the_right_way_and_names_sorted_as_numbers(tmp_path):
    data = sets.SETS["isbi2012"].read(isbi_files(tmp_path)[0])
    assert data.files.tolist() == ["0.png", "2.png", "10.png"]
    assert data.images[:, 0, 0].tolist() == [100, 102, 110]
    assert data.targets["membrane"].sum((1, 2)).tolist() == [512 * k for k in (10, 12, 20)]
    assert data.targets["membrane"][0, 0].all()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content",
    [b"", b"not a picture", lambda b: b[: len(b) // 3], lambda b: b[:60]],
)
def test_a_damaged_file(tmp_path, name, content):
    files, path = MAKE[name](tmp_path)
    path.write_bytes(content if isinstance(content, bytes) else content(path.read_bytes()))
    message = complaint(name, files)
    assert "is not readable" in message and str(path) in message


@pytest.mark.parametrize("name", NAMES)
def test_another_size_is_an_error(tmp_path, name):
    files, path = MAKE[name](tmp_path)
    Image.fromarray(np.zeros((512, 500), np.uint8)).save(path)
    message = complaint(name, files)
    assert "500 x 512" in message and str(path) in message


def test_headers_that_promise_a_huge_image(tmp_path):
    files, path = isbi_files(tmp_path)
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", 8_000, 8_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)
    assert "too many" in complaint("isbi2012", files)

    files, path = w2s_files(tmp_path)
    content = path.read_bytes()
    for tag in (256, 257):  # ImageWidth, ImageLength as long or short
        for kind, code in ((3, "<HHIHH"), (4, "<HHII")):
            old = struct.pack(code, tag, kind, 1, 512, *([0] if kind == 3 else []))
            new = struct.pack("<HHII", tag, 4, 1, 8_000)
            content = content.replace(old, new)
    path.write_bytes(content)
    message = complaint("w2s_denoising", files)
    assert "too many" in message and str(path) in message


def test_a_label_with_other_values(tmp_path):
    files, _ = isbi_files(tmp_path)
    path = files["data/membrane/train/label/2.png"]
    Image.fromarray(np.full((512, 512), 7, np.uint8)).save(path)
    assert str(path) in complaint("isbi2012", files)


@pytest.mark.parametrize("name", NAMES)
def test_an_image_without_its_truth(tmp_path, name):
    files, _ = MAKE[name](tmp_path)
    gone = next(p for p in files if "label" in p or "target" in p)
    del files[gone]
    assert gone in complaint(name, files)
