"""CT patches around lung tumours: what the reader makes of the real files, and the stand-in of the same form."""

import hashlib

import numpy as np
import pytest
import real_data

from course_utils.data import sets
from course_utils.data.sets.patches import FILES

NAME = "lung_tumour_patches"
SHAPE = (130, 1, 48, 48)


def real():
    return real_data.real(NAME)


def simulated():
    return real_data.standin(NAME)


@pytest.fixture(params=["real", "simulated"])
def data(request):
    return {"real": real, "simulated": simulated}[request.param]()


def test_form(data):
    assert data.name == NAME and data.noun == "patches" and data.spacing == (2.0, 2.0)
    assert data.images.shape == (260, 48, 48) and data.images.dtype == np.float32
    assert data.images.min() >= 0 and data.images.max() <= 1
    assert data.labels is None and set(data.targets) == {"tumour"}
    assert (
        data.targets["tumour"].shape == (260, 48, 48) and data.targets["tumour"].dtype == bool
    )
    assert len(set(data.files)) == 260


def test_no_patient_is_on_both_sides_of_the_split(data):
    sides = {case: set(data.split[data.cases == case]) for case in set(data.cases)}
    assert len(sides) == 26 and all(len(side) == 1 for side in sides.values())
    assert [len(data.part(s)) for s in ("train", "test")] == [130, 130]
    assert all(np.sum(data.cases == case) == 10 for case in sides)


def test_flaws_are_those_of_the_catalog(data):
    """One patch in eight is empty; the tumour lies in the middle."""
    masks = data.targets["tumour"]
    assert 20 <= (~masks.any((1, 2))).sum() <= 45
    share = masks.mean(0)
    assert share[20:28, 20:28].mean() > 0.5 > 0.1 > share[:, :8].mean()


def test_a_tumour_is_brighter_than_lung(data):
    inside = data.images[data.targets["tumour"]].mean()
    assert inside > 0.6 and np.quantile(data.images, 0.1) < 0.2


def test_counts_of_the_real_set():
    assert (~real().targets["tumour"].any((1, 2))).sum() == 32
    assert real().cases[0] == "lung_018" and real().cases[-1] == "lung_095"
    pairs = [
        np.unique(part.images, axis=0).shape[0]
        for part in (real().part("train"), real().part("test"))
    ]
    assert pairs == [128, 128]


def test_content_of_the_real_set():
    digest = hashlib.sha256(real().images.astype("<f4").tobytes())
    digest.update(real().targets["tumour"].tobytes())
    assert (
        digest.hexdigest() == "c6c07a2b3dd1ad471f5146958f50ea44862e8e4b5e381c2cd0db3a65a60e25b5"
    )


def test_the_stand_in_is_the_same_in_every_call_and_says_what_it_is():
    again = sets.SETS[NAME].draw()
    assert simulated().source == again.source == "simulated"
    assert np.array_equal(simulated().images, again.images)
    assert np.array_equal(simulated().targets["tumour"], again.targets["tumour"])


# --- hostile files


def write(path, images=None, labels=None, **others):
    import h5py

    with h5py.File(path, "w") as h5:
        for key, value in {"images": images, "labels": labels, **others}.items():
            if value is not None:
                h5[key] = value


@pytest.fixture
def files(tmp_path):
    """Two files of the form that the reader wants."""
    made = {}
    for k, path in enumerate(FILES.values()):
        made[path] = tmp_path / f"{k}.h5"
        masks = np.zeros(SHAPE)
        masks[:, :, 20:28, 20:28] = 1
        write(made[path], np.full(SHAPE, 0.5, np.float32), masks)
    return made


def read(files):
    return sets.SETS[NAME].read(files)


def refused(files):
    with pytest.raises(ValueError, match="is not readable") as error:
        read(files)
    assert "0.h5" in str(error.value)
    return str(error.value)


def first(files):
    return files[FILES["train"]]


def test_files_of_the_form_are_read(files):
    data = read(files)
    assert len(data) == 260 and data.targets["tumour"].sum() == 260 * 64


@pytest.mark.parametrize(
    "content", [b"", b"not a file", lambda b: b[: len(b) // 2], lambda b: b"\0" * 100 + b[100:]]
)
def test_a_damaged_file(files, content):
    path = first(files)
    path.write_bytes(content if isinstance(content, bytes) else content(path.read_bytes()))
    refused(files)


@pytest.mark.parametrize("key", ["images", "labels"])
@pytest.mark.parametrize(
    "value",
    [
        None, np.zeros((129, 1, 48, 48)), np.zeros((130, 48, 48)), np.zeros(SHAPE, int), "text",
        np.full(SHAPE, np.nan), np.full(SHAPE, 1.5), np.full(SHAPE, -0.5), np.full(SHAPE, np.inf),
    ],
)  # fmt: skip
def test_arrays_that_cannot_be(files, key, value):
    good = {"images": np.zeros(SHAPE), "labels": np.zeros(SHAPE)}
    write(first(files), **good | {key: value})
    refused(files)


def test_masks_that_are_no_masks(files):
    write(first(files), np.zeros(SHAPE), np.full(SHAPE, 0.5))
    assert "0 or 1" in refused(files)


def test_a_file_that_promises_a_huge_array(files):
    import h5py

    with h5py.File(first(files), "w") as h5:
        h5.create_dataset("images", (10**6, 10**4), np.float32, chunks=(100, 100))
        h5["labels"] = np.zeros(SHAPE)
    refused(files)


def test_links_out_of_the_file_are_not_followed(files, tmp_path):
    import h5py

    other = tmp_path / "other.h5"
    write(other, np.zeros(SHAPE), np.zeros(SHAPE))
    with h5py.File(first(files), "w") as h5:
        h5["images"] = h5py.ExternalLink(str(other), "images")
        h5["labels"] = np.zeros(SHAPE)
    refused(files)
    raw = tmp_path / "raw.bin"
    raw.write_bytes(np.zeros(SHAPE).tobytes())
    with h5py.File(first(files), "w") as h5:
        h5.create_dataset("images", SHAPE, float, external=[(str(raw), 0, h5py.h5f.UNLIMITED)])
        h5["labels"] = np.zeros(SHAPE)
    refused(files)


def test_groups_in_place_of_arrays(files):
    import h5py

    with h5py.File(first(files), "w") as h5:
        h5.create_group("images")
        h5["labels"] = np.zeros(SHAPE)
    refused(files)
