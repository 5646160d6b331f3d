"""Simulated microscopy: closed membranes, and filaments with noise of a known law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course_utils.simulate.filaments import filaments, membranes

DRAW = [membranes, filaments]


def rng(seed=0):
    return np.random.default_rng(seed)


# --- membranes


def leaks(cell):
    """Pairs of neighbouring pixels, not on a membrane, that belong to different cells."""
    pairs = [(cell[:, 1:], cell[:, :-1]), (cell[:, :, 1:], cell[:, :, :-1])]
    return sum(int(((a != b) & (a > 0) & (b > 0)).sum()) for a, b in pairs)


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(0, 4),
    size=st.integers(16, 140),
    cell=st.floats(8, 60),
    thickness=st.floats(2, 12),
    gap=st.sampled_from([None, 0.0, 5.0]),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_membrane_is_closed(count, size, cell, thickness, gap, seed):
    images, truth = membranes(rng(seed), count, size, min(cell, size), thickness, gap=gap)
    assert images.shape == (count, size, size) and images.dtype == np.uint8
    assert truth["membrane"].shape == images.shape and truth["membrane"].dtype == bool
    assert np.array_equal(truth["cell"] == 0, truth["membrane"])
    assert leaks(truth["cell"]) == 0


def test_membranes_are_darker_than_what_lies_beside_them():
    images, truth = membranes(rng(1), 20, 128)
    for image, mask in zip(images.astype(float), truth["membrane"], strict=True):
        core = mask & ~ndimage.binary_dilation(~mask)
        beside = ndimage.binary_dilation(mask, iterations=5)
        beside &= ~ndimage.binary_dilation(mask, iterations=3)
        assert image[core].mean() < image[beside].mean() - 25


def test_thickness_is_the_width_of_a_membrane_in_pixels():
    share = []
    for thickness in (3.0, 6.0):
        mask = membranes(rng(2), 20, 128, 60.0, thickness, gap=None)[1]["membrane"]
        # The ridge of the distance to the ground is half the width.
        depth = ndimage.distance_transform_edt(
            np.pad(mask, ((0, 0), (1, 1), (1, 1))), (1e3, 1, 1)
        )
        ridge = (depth == ndimage.maximum_filter(depth, (1, 3, 3))) & (depth > 0)
        assert 2 * np.median(depth[ridge]) - 1 == pytest.approx(thickness, abs=1.2)
        share.append(mask.mean())
    assert 1.6 < share[1] / share[0] < 2.2


def test_larger_cells_are_fewer():
    def number(cell):
        return np.mean([len(np.unique(c)) for c in membranes(rng(3), 10, 128, cell)[1]["cell"]])

    assert number(20.0) > 2 * number(40.0) > 4


def test_noise_faint_and_organelles_do_what_they_say():
    calm, truth = membranes(rng(4), 10, 128, noise=0.0, faint=0.0, organelles=0.0)
    rough = membranes(rng(4), 10, 128, noise=30.0, faint=0.0, organelles=0.0)[0]
    rest = rough.astype(float) - calm
    inside = (calm > 100) & (calm < 155)
    assert rest[inside].std() == pytest.approx(30, rel=0.1)
    core = truth["membrane"] & ~ndimage.binary_dilation(~truth["membrane"], np.ones((1, 3, 3)))
    pale = membranes(rng(4), 10, 128, noise=0.0, faint=1.0, organelles=0.0)[0]
    assert np.percentile(pale[core], 95) > np.percentile(calm[core], 95) + 20
    assert np.median(pale[core]) < np.median(calm[core]) + 15  # only some stretches
    full = membranes(rng(4), 10, 128, noise=0.0, faint=0.0, organelles=3.0)[0]
    deep = ndimage.binary_erosion(~truth["membrane"], np.ones((1, 9, 9)))
    assert (full[deep] < 110).mean() > (calm[deep] < 110).mean() + 0.05


def test_sections_of_a_block_are_alike_and_the_more_so_the_closer_they_are():
    def likeness(cell, other):
        both = (cell > 0) & (other > 0)
        return (cell == other)[both].mean()

    near = membranes(rng(5), 8, 128, gap=3.0)[1]["cell"]
    far = membranes(rng(5), 8, 128, gap=20.0)[1]["cell"]
    assert np.mean([likeness(near[k], near[k + 1]) for k in range(7)]) > 0.85
    assert np.mean([likeness(far[k], far[k + 1]) for k in range(7)]) < 0.75
    assert likeness(near[0], near[7]) < likeness(near[0], near[1])
    still, truth = membranes(rng(5), 3, 128, gap=0.0)
    assert np.array_equal(truth["cell"][0], truth["cell"][2])
    assert not np.array_equal(still[0], still[2])  # the grain is new


@pytest.mark.parametrize(
    "wrong",
    [
        {"cell": 5}, {"cell": 200}, {"thickness": 1}, {"thickness": 20}, {"noise": -1},
        {"faint": 2}, {"organelles": -1}, {"gap": -1.0}, {"count": -1}, {"size": 8},
    ],
)  # fmt: skip
def test_a_wrong_parameter_of_membranes_is_an_error(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        membranes(rng(), **{"count": 2, "size": 64, **wrong})


# --- filaments


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(0, 5),
    size=st.integers(16, 140),
    kind=st.sampled_from([None, "filaments", "nuclei"]),
    photons=st.floats(0.5, 1e4),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_pair_for_any_size(count, size, kind, photons, seed):
    images, truth = filaments(rng(seed), count, size, kind, photons)
    for value in (images, truth["clean"]):
        assert value.shape == (count, size, size) and value.dtype == np.uint8
    assert truth["kind"].shape == (count,)
    assert kind is None or (truth["kind"] == kind).all()


@pytest.mark.parametrize("photons, read, gain", [(20, 0.6, 0.75), (60, 2.0, 0.5), (8, 0, 0.6)])
def test_the_noise_follows_the_law(photons, read, gain):
    offset = 40.0
    images, truth = filaments(rng(1), 30, 128, None, photons, read, gain, offset)
    images, clean = images.astype(float), truth["clean"]
    grey = gain * 255 / photons  # grey values of a photon
    for low, high in ((0, 4), (30, 50), (90, 110)):
        where = (clean >= low) & (clean <= high)
        level = clean[where].astype(float)
        rest = images[where] - offset - gain * level
        variance = grey**2 * ((photons * level / 255).mean() + read**2) + 1 / 12
        assert abs(rest.mean()) < 0.6
        assert rest.var() == pytest.approx(variance, rel=0.12), (low, high)


def test_noise_of_neighbours_is_independent():
    images, truth = filaments(rng(2), 10, 128, "nuclei", offset=40.0)
    rest = images - 40.0 - 0.75 * truth["clean"]
    assert abs((rest[:, :, 1:] * rest[:, :, :-1]).mean() / rest.var()) < 0.02


def test_more_photons_give_a_better_image():
    def psnr(photons):
        images, truth = filaments(rng(3), 10, 128, "filaments", photons, gain=1.0, offset=0.0)
        return 10 * np.log10(255**2 / np.mean((images - truth["clean"].astype(float)) ** 2))

    few, usual, many = psnr(5), psnr(20), psnr(500)
    assert few + 3 < usual < many - 8
    assert many > 30


def test_threads_are_bright_and_thin_on_a_dark_ground_and_nuclei_are_blobs():
    threads, nuclei = (
        filaments(rng(4), 20, 128, k)[1]["clean"] for k in ("filaments", "nuclei")
    )
    for clean in (threads, nuclei):
        assert (clean.max((1, 2)) == 255).all()
        assert np.median(clean) < 40
    # An opening by 5 x 5 pixels removes threads and keeps nuclei.
    keeps = [
        np.mean([ndimage.grey_opening(c, (5, 5)).sum() / c.sum() for c in clean.astype(float)])
        for clean in (threads, nuclei)
    ]
    assert keeps[0] < 0.6 and keeps[1] > 0.85


def test_half_of_each_kind():
    kinds = filaments(rng(), 11, 32)[1]["kind"]
    assert sorted(np.unique(kinds, return_counts=True)[1]) == [5, 6]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "cells"}, {"photons": 0}, {"read": -1}, {"gain": 0}, {"count": -1}, {"size": 8}],
)
def test_a_wrong_parameter_of_filaments_is_an_error(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        filaments(rng(), **{"count": 2, "size": 64, **wrong})
