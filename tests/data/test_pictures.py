"""The one door for pictures: the same film gives the same pixels, however it was saved."""

import io
import struct

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image
from profiles import tries
from real_data import needs_real

from course_utils import load, models, show
from course_utils.data import pictures
from course_utils.data.sets import common


def film(shape=(20, 14), seed=0):
    """A film that uses 8 bits but not all of them; its upper left corner is bright."""
    pixels = np.random.default_rng(seed).integers(20, 180, shape, dtype=np.uint8)
    pixels[:4, :4] = 240
    return pixels


def saved(pixels, kind="PNG", **options) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned(pixels, orientation, kind="PNG") -> bytes:
    """A file whose EXIF entry says how to turn it; turned, it is `pixels`."""
    across = np.swapaxes(pixels, 0, 1)
    undo = {
        1: pixels, 2: np.fliplr(pixels), 3: np.rot90(pixels, 2), 4: np.flipud(pixels),
        5: across, 6: np.rot90(pixels), 7: np.rot90(across, 2), 8: np.rot90(pixels, 3),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(np.ascontiguousarray(undo[orientation]), kind, exif=exif)


def white_is_zero(pixels) -> bytes:
    """A TIFF file of 16 bits in which 0 is white."""
    raw = bytearray(saved(np.uint16(65535 - pixels.astype(np.uint16) * 257), "TIFF"))
    entry = struct.pack("<HHI", 262, 3, 1)
    at = raw.index(entry) + len(entry)
    raw[at : at + 2] = struct.pack("<H", 0)
    return bytes(raw)


WAYS = {
    "8 bits": lambda p: saved(p),
    "16 bits": lambda p: saved(p.astype(np.uint16) * 257),
    "12 bits in 16": lambda p: saved(p.astype(np.uint16) * 16),
    "10 bits in 16": lambda p: saved(p.astype(np.uint16) * 4),
    "8 bits in 16": lambda p: saved(p.astype(np.uint16)),
    "32 bits": lambda p: saved(p.astype(np.int32), "TIFF"),
    "16 bits TIFF": lambda p: saved(p.astype(np.uint16) * 257, "TIFF"),
    "white is 0": white_is_zero,
    "float 0 to 1": lambda p: saved(p.astype(np.float32) / 255, "TIFF"),
    "float 0 to 255": lambda p: saved(p.astype(np.float32), "TIFF"),
    "EXIF turn": lambda p: turned(p, 6),
    "EXIF turn, TIFF": lambda p: turned(p, 8, "TIFF"),
    "grey and opaque": lambda p: saved(np.dstack([p, np.full_like(p, 255)])),
    "colour": lambda p: saved(np.dstack([p, p, p])),
    "colour and opaque": lambda p: saved(np.dstack([p, p, p, np.full_like(p, 255)])),
    "palette": lambda p: saved(Image.fromarray(p).convert("P"), "GIF"),
    "BMP": lambda p: saved(p, "BMP"),
    "WebP": lambda p: saved(np.dstack([p, p, p]), "WEBP", lossless=True),
    "PGM": lambda p: saved(p, "PPM"),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_film_gives_one_picture(way, tmp_path):
    pixels = film()
    raw = WAYS[way](pixels)
    (tmp_path / "film").write_bytes(raw)
    for source in (raw, tmp_path / "film", str(tmp_path / "film"), memoryview(raw)):
        found, note = pictures.read(source)
        grey = found if found.ndim == 2 else found[..., 1]
        assert found.dtype == np.uint8 and grey.shape == pixels.shape and found.flags.writeable
        assert np.abs(grey.astype(int) - pixels).max() <= 1
    assert note.endswith("as they are") == (
        way in ("8 bits", "BMP", "PGM") or found.ndim == 3 or "opaque" in way
    )


@needs_real
def test_the_chest_film_is_as_likely_a_chest_in_every_type():
    from sklearn.linear_model import LogisticRegression

    films = load("chest_abdomen")
    body = models.squeezenet_body(load("squeezenet_imagenet"))
    known = films.part("train")
    known = known[np.r_[:12, len(known) - 12 : len(known)]]

    def see(images):
        return models.features(body, models.to_batch(images))

    head = LogisticRegression(C=0.01, max_iter=1000).fit(see(known.images), known.labels)
    test = films.part("test").images
    for one in test:
        one = one if one.ndim == 2 else one[..., 0]
        kinds = [pictures.read(make(one))[0] for make in WAYS.values()]
        sure = head.predict_proba(see(kinds))[:, 1]
        assert np.abs(sure - sure[0]).max() < 0.01, dict(zip(WAYS, sure, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_turn_is_applied(kind, orientation):
    pixels = np.dstack([np.kron(film((3, 2)), np.ones((16, 16), np.uint8))] * 3)
    found, note = pictures.read(turned(pixels, orientation, kind))
    assert found.shape == pixels.shape and ("EXIF" in note) == (orientation > 1)
    assert np.abs(found.astype(int) - pixels).max() < 30  # JPEG loses a little


def test_transparent_parts_are_black():
    pixels = np.dstack([film()] * 3 + [np.full((20, 14), 255, np.uint8)])
    pixels[10:, :, 3] = 0
    pixels[9, :, 3] = 128
    found, note = pictures.read(saved(pixels))
    assert not found[10:].any() and np.array_equal(found[:9], pixels[:9, :, :3])
    assert (
        np.abs(found[9] - pixels[9, :, :3] / 2).max() < 2 and "transparent parts black" in note
    )
    grey, _ = pictures.read(saved(np.ascontiguousarray(pixels[..., 2:])))
    assert grey.ndim == 2 and not grey[10:].any()
    index = Image.fromarray(film()).convert("P")
    found, _ = pictures.read(saved(index, "GIF", transparency=int(np.asarray(index)[0, 0])))
    assert not found[0, 0].any() and found[10].any()


def test_values_that_lie_close_together_are_spread():
    found, note = pictures.read(np.array([[60_000, 62_000], [64_000, 65_535]], np.uint16))
    assert found.tolist() == [[0, 92], [184, 255]] and "lowest value" in note


def test_the_note_says_what_was_done():
    wide = np.array([[-800, 40], [0, 1200]], np.int16)
    assert pictures.read(wide)[1] == (
        "16-bit grey: the lowest value of each became 0, its highest 255"
    )
    found, note = pictures.read(wide, limits=(-160, 240))
    assert found.tolist() == [[0, 128], [102, 255]] and "-160 to 240 became 0 to 255" in note
    assert "0 to 4095 became" in pictures.read(film().astype(np.uint16) * 16)[1]
    assert pictures.read(np.array([[True, False]]))[0].tolist() == [[255, 0]]
    frames = [Image.fromarray(film(seed=i)) for i in range(3)]
    raw = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    found, note = pictures.read(raw)
    assert np.array_equal(found, film()) and "first of several frames" in note


@tries
@given(st.data())
def test_any_array_is_a_picture_or_refused_in_a_sentence(data):
    kinds = hnp.scalar_dtypes()
    shapes = st.one_of(
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6),
        st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5)),
    )
    array = data.draw(hnp.arrays(kinds, shapes))
    if array.ndim and data.draw(st.booleans()):
        array = array[::-1].T
    before = array.copy()
    try:
        found, note = pictures.read(array)
    except ValueError as error:
        assert len(str(error)) > 10
    else:
        assert found.dtype == np.uint8 and found.flags.c_contiguous and found.flags.writeable
        assert found.shape == array.shape[:2] + (3,) * (array.ndim == 3 and array.shape[2] > 2)
        assert note and models.resize([found], 8).shape == (1, 3, 8, 8)
        if "lowest value" in note and "black" not in note:
            grey = array[..., 0] if array.ndim == 3 and array.shape[2] < 3 else array[..., :3]
            spread = np.ptp(grey.astype(np.longdouble)) > 0
            assert (found.min(), found.max()) == (0, 255 if spread else 0)
    assert array.tobytes() == before.tobytes()


@tries
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.sampled_from(
        [
            "uint8",
            "uint16",
            "int16",
            "uint32",
            "int64",
            "float16",
            "float32",
            "float64",
            ">u2",
            ">f4",
        ]
    ),
    st.sampled_from([1, 4, 16, 257, 1 / 255]),
)
def test_a_picture_is_the_same_in_any_type_that_holds_it(pixels, kind, factor):
    pixels.flat[0], pixels.flat[-1] = (
        70,
        255 if pixels.size > 1 else 70,
    )  # uses a quarter of its range
    pixels = np.maximum(pixels, 1) if pixels.size > 1 else pixels
    kind = np.dtype(kind)
    values = pixels.astype(float) * factor
    if kind.kind != "f" and (factor < 1 or values.max() > np.iinfo(kind).max):
        return
    if kind.itemsize == 2 and kind.kind == "f" and factor > 16 or pixels.size == 1:
        return
    if kind == np.uint8 and factor > 1:
        return
    found, _ = pictures.read(values.astype(kind))
    assert np.abs(found.astype(int) - pixels).max() <= 1


MODES = "1 L LA P PA RGB RGBA CMYK YCbCr LAB HSV I F I;16 I;16B La RGBa RGBX".split()


@tries
@given(
    st.sampled_from(MODES),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(0, 9),
    st.integers(0, 2**16),
)
def test_any_mode_and_turn_of_a_pillow_image(mode, width, height, orientation, seed):
    image = Image.new(mode, (width, height))
    bytes_ = np.random.default_rng(seed).integers(0, 256, len(image.tobytes()), dtype=np.uint8)
    if mode == "F":
        bytes_ = np.random.default_rng(seed).normal(size=(height, width)).astype("<f4")
    image.frombytes(bytes_.tobytes())
    image.getexif()[0x0112] = orientation
    found, note = pictures.read(image)
    side = (width, height) if orientation in (5, 6, 7, 8) else (height, width)
    assert (
        found.shape[:2] == side
        and found.dtype == np.uint8
        and ("EXIF" in note) == (2 <= orientation <= 8)
    )


@tries
@given(st.data())
def test_any_changed_bytes_of_a_file_are_read_or_refused(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "JPEG2000"]))
    raw = bytearray(
        turned(film(), 6, kind) if kind in ("PNG", "JPEG", "TIFF") else saved(film(), kind)
    )
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw
    try:
        found, _ = pictures.read(bytes(raw))
    except ValueError as error:
        assert str(error)
    else:
        assert found.dtype == np.uint8 and found.size <= 3 * pictures.LARGEST


def test_postscript_and_other_files_are_refused_and_nothing_is_started(monkeypatch):
    monkeypatch.setattr(
        "subprocess.check_call", lambda *a, **k: pytest.fail("a program was started")
    )
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    for raw in (
        eps,
        b"",
        b"notes",
        b"%PDF-1.4",
        b"PK\x03\x04",
        b"<svg xmlns='x'></svg>",
        saved(film())[:60],
    ):
        with pytest.raises(ValueError, match="none of PNG|damaged"):
            pictures.read(raw)
    with pytest.raises(ValueError, match="by its path"):
        pictures.read(bytes(128) + b"DICM" + bytes(50))


def test_what_would_unpack_to_too_many_pixels_is_refused():
    for side in (8_000, 20_000):
        with pytest.raises(ValueError, match="too many"):
            pictures.read(saved(Image.new("1", (side, side))))
    with pytest.raises(ValueError, match="too many"):
        pictures.read(np.broadcast_to(np.uint8(0), (8_000, 8_000)))


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((3, 8, 8), np.uint8), "channels last"),
        (np.zeros((4, 4), complex), "complex"),
        (np.array([["a"]]), "numbers"),
        (np.array([[1, np.nan]]), "1 numbers are not finite"),
        (np.array([[1, -np.inf]]), "finite"),
        (np.zeros((0, 5)), "this array is"),
        (np.zeros((2, 2, 4)) + 2.0, "alpha"),
    ],
)
def test_an_array_that_is_no_picture_gets_a_sentence(array, words):
    with pytest.raises(ValueError, match=words):
        pictures.read(array)


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, np.nan), (-np.inf, 0)])
def test_limits_are_two_numbers_in_order(limits):
    with pytest.raises(ValueError, match="limits"):
        pictures.read(film(), limits)


# --- resize and the catalog's reader


@tries
@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(2, 20), st.integers(2, 20), st.sampled_from([1, 3]))
    ),
    st.lists(
        st.sampled_from(["flip", "turn", "step", "lock", "order", "read only"]), max_size=4
    ),
)
def test_resize_takes_any_stride_as_it_looks(image, ways):
    for way in ways:
        if way == "flip":
            image = image[:, ::-1]
        elif way == "turn":
            image = np.rot90(image)
        elif way == "step":
            image = image[::-1, :: 2 if image.shape[1] > 2 else 1]
        elif way == "order":
            image = np.asfortranarray(image)
        else:
            image = image[:]
            image.flags.writeable = False
    plain = np.array(image, order="C", copy=True)
    for form in (image, image[..., 0]):
        same = plain if form is image else plain[..., 0].copy()
        assert torch.equal(models.resize([form], 12), models.resize([same], 12))
        assert torch.equal(models.to_batch([form], 12), models.to_batch([same], 12))


@tries
@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=4, max_side=5)))
def test_resize_takes_uint8_with_1_or_3_channels_and_nothing_else(image):
    good = image.dtype == np.uint8 and (
        image.ndim == 2 or image.ndim == 3 and image.shape[2] in (1, 3)
    )
    if good:
        assert models.resize([image], 4).shape == (1, 3, 4, 4)
    else:
        with pytest.raises(ValueError, match="image 0 is .*uint8.*cu.data.pictures.as_uint8"):
            models.to_batch([image], 4)


def test_the_catalogs_reader_goes_through_the_same_door(tmp_path):
    path = tmp_path / "film.png"
    path.write_bytes(WAYS["16 bits"](film()))
    assert np.array_equal(common.picture(path), film())
    assert common.picture(path, "RGB").shape == (20, 14, 3)
    path.write_bytes(turned(film(), 6))
    assert np.array_equal(common.picture(path), film())


# --- the upload button


def button_of(monkeypatch, act, shown=None):
    shown = [] if shown is None else shown
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: shown.append(a))
    show.upload(act)
    return shown[0][0]


def choose(button, name, content):
    """What the browser does when a file is chosen, in ipywidgets 7 and 8."""
    if hasattr(button, "_counter"):
        said = {
            "metadata": [{"name": name}],
            "data": [memoryview(content)],
            "_counter": button._counter + 1,
        }
    else:
        file = {"name": name, "type": "image/png", "size": len(content), "last_modified": 0}
        said = {"value": [{**file, "content": memoryview(content)}]}
    button.set_state(said)


def test_an_uploaded_picture_is_not_kept(monkeypatch):
    seen, sent, shown = [], [], []
    button = button_of(monkeypatch, lambda name, image: seen.append((name, image)), shown)
    button._send = lambda message, buffers=None: sent.append((message, buffers))
    for seed in range(2):
        raw = saved(film(seed=seed))
        choose(button, "film.png", raw)
        assert seen[-1][0] == "film.png" and np.array_equal(seen[-1][1], film(seed=seed))
        assert len(button.value) == 0
        states = [out.get_state() for out in shown[0]]
        held = repr(states)
        assert (
            repr(raw[30:60])[2:-1] not in held
            and "memory" not in held
            and "film.png" not in held
        )
        emptied = {
            k: v
            for m, _ in sent
            for k, v in m.get("state", {}).items()
            if k in ("value", "data")
        }
        # ipywidgets 7 sends nothing where there is no kernel.
        assert emptied or hasattr(button, "_counter")
        assert all(len(v) == 0 for v in emptied.values()), "the browser's copy goes too"
    assert len(seen) == 2


class Old:
    """FileUpload of ipywidgets 7.7, as far as `upload` uses it."""

    def __init__(self, **options):
        self.layout = type("Layout", (), {})()
        self.metadata, self.data, self.value, self._count = [], [], {}, 0

    def observe(self, act, names):
        self.act = act

    @property
    def _counter(self):
        return self._count

    @_counter.setter
    def _counter(self, count):
        before, self._count = self._count, count
        if before != count:
            pairs = zip(self.metadata, self.data, strict=True)
            self.value = {m["name"]: {"metadata": m, "content": d} for m, d in pairs}
            self.act(None)

    def set_state(self, said):
        self.metadata, self.data = said["metadata"], [bytes(d) for d in said["data"]]
        self._counter = said["_counter"]


def test_an_uploaded_picture_is_not_kept_in_the_button_of_ipywidgets_7(monkeypatch):
    seen = []
    monkeypatch.setattr("ipywidgets.FileUpload", Old)
    button = button_of(monkeypatch, lambda name, image: seen.append(name))
    for name in ("one.png", "two.png"):
        choose(button, name, saved(film()))
        assert (button.value, button.data, button.metadata) == ({}, [], [])
    assert seen == ["one.png", "two.png"]


def test_an_upload_says_what_it_did_and_what_it_cannot_read(monkeypatch, capsys):
    seen = []
    button = button_of(monkeypatch, lambda name, image: seen.append(image))
    choose(button, "plain.png", saved(film()))
    assert "plain.png" not in capsys.readouterr().out
    choose(button, "deep.png", WAYS["12 bits in 16"](film()))
    assert "deep.png: 16-bit grey: 0 to 4095 became 0 to 255." in capsys.readouterr().out
    choose(button, "turned.png", turned(film(), 6))
    assert "turned as the EXIF entry says" in capsys.readouterr().out
    choose(button, "page.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n")
    assert (
        "page.eps could not be read as an image: it is none of PNG" in capsys.readouterr().out
    )
    assert len(seen) == 3 and all(np.abs(s.astype(int) - film()).max() <= 1 for s in seen)
    assert len(button.value) == 0
