"""Simulated MRI of the spinal cord and of the brain: the truth is what the pixels show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course_utils.simulate.brain import brain
from course_utils.simulate.spinal_cord import SITES, TISSUES, spinal_cord


def rng(seed=0):
    return np.random.default_rng(seed)


def same(a, b):
    return np.array_equal(a[0], b[0]) and all(np.array_equal(a[1][k], b[1][k]) for k in a[1])


def dice(a, b):
    return 2 * (a & b).sum() / (a.sum() + b.sum())


# --- both


@pytest.mark.parametrize("draw", [spinal_cord, brain])
@settings(max_examples=15, deadline=None)
@given(count=st.integers(0, 4), size=st.integers(16, 140), seed=st.integers(0, 2**32 - 1))
def test_any_count_and_size(draw, count, size, seed):
    images, truth = draw(rng(seed), count, size)
    assert images.shape == (count, size, size) and images.dtype == np.uint8
    assert len({image.tobytes() for image in images}) == count
    for name, value in truth.items():
        assert len(value) == count, name
        assert np.isfinite(value.astype(float)).all()


# --- spinal cord


@pytest.mark.parametrize("contrast", TISSUES)
def test_tissues_have_the_order_of_their_contrast(contrast):
    images, truth = spinal_cord(rng(1), 12, 128, site=0, contrast=contrast)
    gray, cord, csf = (truth[k] for k in ("gray_matter", "cord", "csf"))
    cross = ndimage.generate_binary_structure(2, 1)[None]
    white = ndimage.binary_erosion(cord & ~gray, cross, iterations=2)
    values = {
        "gray": gray,
        "white": white,
        "csf": ndimage.binary_erosion(csf, cross, iterations=3),
    }
    seen = {k: np.array([i[m].mean() for i, m in zip(images, v, strict=True)]) for k, v in values.items()}  # fmt: skip
    expected = TISSUES[contrast]
    for a, b in (("gray", "white"), ("csf", "gray"), ("csf", "white")):
        assert (np.sign(seen[a] - seen[b]) == np.sign(expected[a] - expected[b])).all(), (a, b)


def test_psir_is_t2star_the_other_way_round_on_the_same_cord():
    a, b = (spinal_cord(rng(2), 4, 96, site=0, contrast=c)[1] for c in ("t2star", "psir"))
    assert np.array_equal(a["gray_matter"], b["gray_matter"])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), field=st.floats(28, 150))
def test_gray_matter_lies_in_the_cord_and_the_cord_in_the_csf(seed, field):
    _, truth = spinal_cord(rng(seed), 2, 96, field=field)
    gray, cord, csf = (truth[k] for k in ("gray_matter", "cord", "csf"))
    assert not (gray & ~cord).any() and not (csf & cord).any()
    # Areas in square mm: those of the neck in adults, roughly; gray matter in the real scans: 11 to 21.
    area = (field / 96) ** 2
    assert (10 < gray.sum((1, 2)) * area).all() and (gray.sum((1, 2)) * area < 35).all()
    assert (55 < cord.sum((1, 2)) * area).all() and (cord.sum((1, 2)) * area < 115).all()
    if field < 30:  # from the cord to the wall of the canal there are at least 0.4 mm
        cross = ndimage.generate_binary_structure(2, 1)[None]
        assert not (ndimage.binary_dilation(cord, cross) & ~cord & ~csf)[:, 1:-1, 1:-1].any()


def test_the_butterfly_is_in_one_piece_with_two_horns_on_each_side():
    _, truth = spinal_cord(rng(5), 12, 256, field=32)
    for gray in truth["gray_matter"]:
        assert ndimage.label(gray)[1] == 1
        rows = gray[gray.any(1)]
        runs = np.array([ndimage.label(row)[1] for row in rows])
        third = len(rows) // 3
        # Horns above and below, and the commissure between them.
        assert 2 in runs[:third] and 2 in runs[-third:] and runs.max() == 2
        bridge = np.flatnonzero(runs == 1)
        assert rows[bridge].sum(1).max() > 0.5 * rows.any(0).sum()


def test_sites_differ_in_noise_and_in_contrast():
    noise, step = [], []
    for site in range(len(SITES)):
        images, truth = spinal_cord(rng(7), 12, 128, site=site)
        assert (truth["site"] == site).all()
        images = images.astype(float)
        fine = images - ndimage.gaussian_filter(images, (0, 1, 1))
        white = truth["cord"] & ~ndimage.binary_dilation(
            truth["gray_matter"], np.ones((1, 3, 3))
        )
        cord = ndimage.binary_erosion(truth["cord"], np.ones((1, 5, 5)))
        noise.append(fine[cord].std())
        step.append(images[truth["gray_matter"]].mean() - images[white & cord].mean())
    assert np.argmax(noise) == 2 and np.argmin(step) == 3
    assert len(set(spinal_cord(rng(), 60, 16)[1]["site"])) == 4
    sites = np.array([3, 0, 2])
    assert np.array_equal(spinal_cord(rng(), 3, 32, site=sites)[1]["site"], sites)


def test_raters_agree_less_the_larger_the_displacement_and_wholly_without():
    agreement = []
    for mm in (0, 0.1, 0.2, 0.4):
        _, truth = spinal_cord(rng(3), 8, 128, raters=3, displacement=mm, field=32)
        assert truth["raters"].shape == (8, 3, 128, 128)
        assert not (truth["raters"] & ~truth["cord"][:, None]).any()
        agreement.append(
            np.mean([dice(r, g) for rs, g in zip(truth["raters"], truth["gray_matter"], strict=True) for r in rs])
        )  # fmt: skip
    assert agreement[0] == 1
    assert agreement[1] > agreement[2] > agreement[3] > 0.5
    assert agreement[2] == pytest.approx(0.84, abs=0.06)


def test_the_outlines_of_raters_are_off_by_the_stated_distance():
    _, truth = spinal_cord(rng(4), 8, 256, raters=2, displacement=0.2, field=32)
    gray = truth["gray_matter"]
    pixel = 32 / 256
    off = []
    for mask, raters in zip(gray, truth["raters"], strict=True):
        far = ndimage.distance_transform_edt(mask) + ndimage.distance_transform_edt(~mask) - 0.5
        for drawn in raters:
            rim = drawn & ~ndimage.binary_erosion(drawn)
            off.append((far[rim] ** 2).mean())
    # Of a shift along x and y only the part across the outline is seen: 0.2 mm, root mean square.
    assert np.sqrt(np.mean(off)) * pixel == pytest.approx(0.2, abs=0.05)


def test_slices_of_a_scan_resemble_each_other():
    images, truth = spinal_cord(rng(6), 24, 96, slices=8, field=36)
    assert np.array_equal(truth["scan"], np.repeat(range(3), 8))
    assert all(len(set(truth["site"][truth["scan"] == k])) == 1 for k in range(3))
    cord = truth["cord"]
    next_to = [dice(cord[k], cord[k + 1]) for k in range(23) if k % 8 != 7]
    between = [dice(cord[k], cord[k + 8]) for k in range(16)]
    assert min(next_to) > 0.9 > np.mean(between)
    assert len({i.tobytes() for i in images}) == 24


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"site": 4}, "site"),
        ({"site": -1}, "site"),
        ({"contrast": "flair"}, "t2star"),
        ({"raters": -1}, "raters"),
        ({"displacement": -0.1}, "displacement"),
        ({"displacement": np.nan}, "displacement"),
        ({"slices": 4}, "multiple"),
        ({"slices": 0}, "multiple"),
        ({"field": 10}, "field"),
        ({"field": np.nan}, "field"),
    ],
)
def test_a_parameter_out_of_range_is_an_error_of_the_cord(wrong, word):
    with pytest.raises(ValueError, match=word):
        spinal_cord(rng(), 6, 32, **wrong)


# --- brain


def test_maps_are_shares_and_the_picture_follows_them():
    images, truth = brain(rng(1), 8, 128)
    gray, white, csf = (truth[k] for k in ("gray_matter", "white_matter", "csf"))
    whole = gray + white + csf
    assert whole.min() >= -1e-5 and whole.max() <= 1 + 1e-5
    for image, g, w, c, all_ in zip(images, gray, white, csf, whole, strict=True):
        levels = [image[m > 0.95].mean() for m in (w, g)] + [image[c > 0.8].mean()]
        assert levels[0] > levels[1] > levels[2] > image[all_ < 0.01].mean()
        # Grey values are a sum of the tissues: what is left is noise and the uneven coil.
        left, *_ = np.linalg.lstsq(
            np.stack([g, w, c], -1).reshape(-1, 3), image.ravel().astype(float)
        )
        fit = np.stack([g, w, c], -1) @ left
        assert np.corrcoef(fit.ravel(), image.ravel())[0, 1] > 0.97


def test_atrophy_widens_ventricles_and_sulci():
    degree = np.linspace(0, 1, 5)
    csf = np.stack([brain(rng(2), 12, 96, atrophy=a, height=20)[1]["csf"] for a in degree])
    assert (np.diff(csf.mean((2, 3)), axis=0) > 0).all()
    # The ventricle: the piece of CSF in the middle. The sulci: the rest.
    middle = np.zeros((96, 96), bool)
    middle[30:66, 32:64] = True
    ventricle, rest = (csf * middle).sum((2, 3)), (csf * ~middle).sum((2, 3))
    assert (ventricle[-1] > 1.5 * ventricle[0]).all() and (rest[-1] > 1.5 * rest[0]).all()
    area = ((csf > 0.5) & middle).sum((1, 2, 3))
    assert area[-1] > 1.5 * area[0] > 0
    gray = [brain(rng(2), 12, 96, atrophy=a, height=20)[1]["gray_matter"].sum() for a in (0, 1)]
    assert gray[1] < 0.92 * gray[0]


def test_people_differ_and_the_right_side_is_on_the_left():
    _, truth = brain(rng(3), 12, 96, atrophy=0)
    brains = truth["gray_matter"] + truth["white_matter"] > 0.5
    agreement = [dice(brains[0], b) for b in brains[1:]]
    assert 0.8 < min(agreement) and max(agreement) < 0.98
    x = np.arange(96)
    for right, left in truth["striatum"]:
        assert (
            (right.sum(0) * x).sum() / right.sum() < 48 < (left.sum(0) * x).sum() / left.sum()
        )


def test_the_striatum_lies_in_tissue_and_not_in_the_ventricle():
    _, truth = brain(rng(4), 20, 128)
    striatum = truth["striatum"].any(1)
    assert truth["csf"][striatum].mean() < 0.1
    around = ndimage.binary_dilation(striatum, np.ones((1, 13, 13))) & ~striatum
    gray = truth["gray_matter"]
    assert gray[striatum].mean() > 1.3 * gray[around].mean()


def test_uptake_is_what_spect_shows_side_by_side():
    uptake = np.array([[1, 1], [1, 0.4], [0.4, 1], [0.1, 0.1]] * 6)
    images, truth = brain(rng(5), 24, 128, view="spect", uptake=uptake, height=4, atrophy=0)
    assert np.array_equal(truth["uptake"], uptake)
    pairs = zip(images.astype(float), truth["striatum"], strict=True)
    mean = np.array([[image[mask].mean() for mask in masks] for image, masks in pairs])
    ratio = (mean[:, 0] / mean[:, 1]).reshape(6, 4)
    assert np.abs(ratio[:, [0, 3]] - 1).max() < 0.15
    assert ratio[:, 1].min() > 1.2 and ratio[:, 2].max() < 1 / 1.2
    assert (mean.reshape(6, 4, 2)[:, 0] > 1.5 * mean.reshape(6, 4, 2)[:, 3]).all()


def test_both_views_show_the_same_people():
    a, b = brain(rng(6), 5, 64)[1], brain(rng(6), 5, 64, view="spect")[1]
    assert all(np.array_equal(a[k], b[k]) for k in a)
    same_head = brain(rng(6), 5, 64, uptake=0.3)[1]
    assert np.array_equal(a["gray_matter"], same_head["gray_matter"])


def test_spect_noise_is_that_of_photons():
    def grains(size):
        images = brain(rng(7), 6, size, view="spect", uptake=0, height=10)[0].astype(float)
        return (images - ndimage.gaussian_filter(images, (0, 3, 3)))[:, size // 2 :].std()

    assert 0.3 < grains(128) < 8
    images, truth = brain(rng(7), 6, 128, view="spect")
    out = truth["gray_matter"] + truth["white_matter"] + truth["csf"] == 0
    assert images[:, :4].mean() < 2 and images[out].mean() < 10


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"atrophy": 1.1}, "atrophy"),
        ({"atrophy": np.nan}, "atrophy"),
        ({"uptake": -0.1}, "uptake"),
        ({"height": 40}, "height"),
        ({"view": "pet"}, "view"),
    ],
)
def test_a_parameter_out_of_range_is_an_error_of_the_brain(wrong, word):
    with pytest.raises(ValueError, match=word):
        brain(rng(), 2, 32, **wrong)
