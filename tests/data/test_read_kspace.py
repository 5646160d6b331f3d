"""Raw k-space of a brain: the real file, its stand-in, and files made to do harm."""

import hashlib

import numpy as np
import pytest
from real_data import real, standin

from course_utils.data.sets import kspace
from course_utils.data.sets.kspace import CENTRE, SHAPE


def pictures(values):
    """One picture a coil (8, 230, 180) from k-space."""
    return np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(values, (-2, -1))), (-2, -1))


@pytest.mark.parametrize("source", ["real", "simulated"])
def test_form_and_physics(source):
    data = (real if source == "real" else standin)("brain_kspace")
    assert data.source == source and data.noun == "slices" and data.labels is None
    assert data.images.shape == (1, *SHAPE) and data.images.dtype == np.complex64
    assert data.split.tolist() == ["test"] and set(data.targets) == {"sampled"}
    sampled = data.targets["sampled"]
    assert sampled.shape == (1, 230, 180) and sampled.dtype == bool
    assert sampled[0][CENTRE].all() and sampled.sum() == 5148
    assert not data.images[0][:, ~sampled[0]].any() and np.isfinite(data.images).all()
    # The strongest point is the frequency zero, or beside it; points lie closer in the middle.
    strength = np.abs(data.images[0]).sum(0)
    row, column = np.unravel_index(strength.argmax(), strength.shape)
    assert abs(row - 115) <= 2 and abs(column - 90) <= 2
    assert 5 < np.abs(data.images).max() < 50
    assert sampled[0, 80:150, 60:120].mean() > 2 * sampled.mean()
    # The head lies in the middle of the picture, and each coil sees another part of it best.
    each = np.abs(pictures(data.images[0]))
    together = np.sqrt((each**2).sum(0))
    assert together[60:170, 50:130].mean() > 2 * together[:15].mean()
    places = {tuple(np.unravel_index(coil.argmax(), coil.shape)) for coil in each}
    assert len(places) > 4


def test_the_real_points():
    data = real("brain_kspace")
    digest = hashlib.sha256(np.ascontiguousarray(data.images).tobytes()).hexdigest()
    assert digest == "b2f7fe8913f606649351014393996f955fd3efc3c8d228a4440e8574f2e0df62"


def test_the_stand_in_is_drawn_alike_each_time():
    first, again = (kspace.brain_kspace.draw().images for _ in range(2))
    assert np.array_equal(first, again)


def bad_values():
    good = standin("brain_kspace").images[0]
    holes, gap, infinite = good.copy(), good.copy(), good.copy()
    holes[3, 115, 90] = 0  # one coil without the middle point
    gap[:, 110, 85] = 0
    infinite[0, 115, 90] = np.inf
    return {
        "another size": (good[:, :-1], "229"),
        "another type": (good.astype(np.complex128), "complex128"),
        "one coil differs": (holes, "different points"),
        "a gap in the middle": (gap, "middle was not measured"),
        "infinite": (infinite, "no numbers"),
        "objects": (np.array([{}], dtype=object), "pickle"),
    }


@pytest.mark.parametrize("name", list(bad_values()))
def test_harmful_values_are_refused(name, tmp_path):
    values, told = bad_values()[name]
    path = tmp_path / "cartesian_ksp.npy"
    np.save(path, values, allow_pickle=True)
    with pytest.raises(ValueError, match=told):
        kspace.brain_kspace.read({"data/cartesian_ksp.npy": path})


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "zip", "huge"])
def test_damaged_files_are_refused(damage, tmp_path):
    path = tmp_path / "cartesian_ksp.npy"
    np.save(path, standin("brain_kspace").images[0])
    content = path.read_bytes()
    if damage == "zip":
        with open(path, "wb") as stream:
            np.savez(stream, a=np.zeros(3))
    elif damage == "huge":
        with open(path, "wb") as stream:
            stream.truncate(kspace.LARGEST + 1)
    else:
        path.write_bytes({"cut": content[:-100], "text": b"<html>", "empty": b""}[damage])
    with pytest.raises(ValueError, match="not readable"):
        kspace.brain_kspace.read({"data/cartesian_ksp.npy": path})
