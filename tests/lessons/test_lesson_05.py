"""Lesson 05: every block is the same in the lesson, in the package and, where it has one, in SciPy or scikit-image."""

import numpy as np
import pytest
from scipy import ndimage
from skimage import feature, filters, morphology, restoration
from taught import taught

from course_utils import preprocess

LESSON = taught("05")


def texture(seed=0, shape=(60, 52)):
    """A smooth random image from 0 to 1."""
    grey = ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), 1.5)
    return (grey - grey.min()) / np.ptp(grey)


def disc_shaped(shape=(60, 52)):
    rows, columns = np.indices(shape)
    return np.hypot(rows - 30, columns - 26) < 24


GREY, WHERE = texture(), disc_shaped()
CALLS = [
    ("median", (GREY, 3)),
    ("median", (GREY, 5)),
    ("local_standardise", (GREY, WHERE, 6.0)),
    ("top_hat", (GREY, 7)),
    ("optic_disc", (GREY, WHERE, 10)),
    ("sobel", (GREY,)),
]


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_block_of_the_lesson_equals_the_packaged_one(name, arguments):
    ours, packaged = LESSON[name](*arguments), getattr(preprocess, name)(*arguments)
    assert np.allclose(ours, packaged, atol=1e-9)
    assert np.asarray(ours).any()


@pytest.mark.parametrize("sigma", [2, 3, 4])
def test_ridge_of_the_lesson_is_near_the_packaged_one(sigma):
    # the lesson smooths once, with the second derivatives; the package, as scikit-image, twice
    inner = (slice(4 * sigma, -4 * sigma),) * 2
    grey = texture(shape=(90, 80))
    ours, packaged = LESSON["ridge"](grey, sigma), preprocess.veins(grey, (sigma,))
    assert np.allclose(ours[inner], packaged[inner], atol=2e-3) and ours[inner].any()


def test_dice_of_the_lesson_counts_what_two_masks_share():
    one, other = np.zeros((2, 4, 4), bool)
    one[:2], other[1:] = True, True
    assert LESSON["dice"](one, other) == pytest.approx(2 * 4 / (8 + 12))
    assert LESSON["dice"](one, ~one) == 0


def test_edge_loss_is_0_without_a_filter_and_grows_with_it():
    loss = [
        LESSON["edge_loss"](preprocess.gaussian(GREY, sigma), GREY) for sigma in (0.5, 1, 2)
    ]
    assert LESSON["edge_loss"](GREY, GREY) == pytest.approx(0)
    assert 0 < loss[0] < loss[1] < loss[2] < 1


@pytest.mark.parametrize("how", list(preprocess.GREYS))
def test_grey_of_the_lesson_equals_the_packaged_one(how):
    rgb = np.random.default_rng(0).integers(0, 256, (9, 8, 3), dtype=np.uint8)
    assert np.allclose(LESSON["to_grey"](rgb, how), preprocess.to_grey(rgb, how))
    assert preprocess.to_grey(np.full((2, 2, 3), 255, np.uint8), how) == pytest.approx(1)


@pytest.mark.parametrize(
    ("ours", "library", "margin", "atol"),
    [
        (
            preprocess.median(GREY, 5),
            ndimage.median_filter(GREY, 5, mode="mirror"),
            0,
            1e-12,
        ),
        (
            preprocess.gaussian(GREY, 1.3),
            filters.gaussian(GREY, 1.3, mode="mirror", truncate=3),
            0,
            1e-12,
        ),
        # without a limit on the tone the bilateral filter is a Gaussian
        (preprocess.bilateral(GREY, 1.3, 1e6), preprocess.gaussian(GREY, 1.3), 0, 1e-9),
        # scikit-image takes a quick exponential and drops the smallest weights
        (
            preprocess.nonlocal_means(GREY, 0.1, 4),
            restoration.denoise_nl_means(GREY, 5, 4, h=0.1, fast_mode=False),
            10,
            5e-3,
        ),
        (
            preprocess.top_hat(GREY, 7),
            morphology.white_tophat(GREY, np.ones((7, 7))),
            7,
            1e-12,
        ),
        (
            preprocess.veins(GREY, (1, 2)),
            filters.sato(GREY, (1, 2), black_ridges=True, mode="mirror"),
            0,
            1e-12,
        ),
        (
            preprocess.sobel(GREY) * 2**0.5,
            filters.sobel(GREY, mode="mirror"),
            0,
            1e-12,
        ),
    ],
    ids=["median", "gaussian", "bilateral", "nonlocal means", "top-hat", "veins", "sobel"],
)
def test_block_equals_the_library(ours, library, margin, atol):
    inner = (slice(margin, -margin or None),) * 2
    assert np.allclose(ours[inner], library[inner], atol=atol)


@pytest.mark.parametrize("seed", range(4))
def test_canny_equals_scikit_image(seed):
    grey = texture(seed)
    library = feature.canny(grey, 2.0, 0.2, 0.4, mode="mirror")
    assert np.array_equal(preprocess.canny(grey, 2.0, 0.2, 0.4), library) and library.any()


def test_bilateral_keeps_a_strong_edge_that_a_gaussian_blurs():
    step = np.zeros((20, 20))
    step[:, 10:] = 1
    assert np.abs(preprocess.bilateral(step, 2.0, 0.1) - step).max() < 1e-6
    assert np.abs(preprocess.gaussian(step, 2.0) - step).max() > 0.3


def test_local_normalising_ignores_what_is_outside():
    other = np.where(WHERE, GREY, 77.0)
    assert np.allclose(
        preprocess.local_standardise(GREY, WHERE), preprocess.local_standardise(other, WHERE)
    )


def test_standardised_pixels_have_mean_0_and_spread_1():
    inside = preprocess.standardise(GREY, WHERE)[WHERE]
    assert inside.mean() == pytest.approx(0, abs=1e-9) and inside.std() == pytest.approx(1)
    assert not preprocess.standardise(np.full((4, 4), 0.5)).any()


def test_log_crosses_once_at_a_step():
    step = np.zeros((20, 20))
    step[:, 10:] = 1
    edges = preprocess.log_edges(step, 1.5, 1e-3)
    assert np.flatnonzero(edges[10]).tolist() == [9]


def test_lesions_are_found_and_the_disc_is_left_out():
    grey = np.full((120, 120), 0.3)
    grey[np.hypot(*(np.indices(grey.shape) - 30)) < 12] = 0.8  # the disc
    grey[80:84, 70:74] = 0.7  # an exudate
    where = np.ones(grey.shape, bool)
    found = preprocess.white_lesions(grey, where, 9, 0.2, 15)
    assert found[80:84, 70:74].all() and found.sum() == 16


def test_field_is_the_round_part():
    rgb = np.zeros((60, 52, 3), np.uint8)
    rgb[disc_shaped()] = (120, 60, 20)
    assert np.array_equal(preprocess.field(rgb, 0), disc_shaped())
    assert preprocess.field(rgb, 4).sum() < disc_shaped().sum()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: preprocess.to_grey(GREY), r"\(H, W, 3\) uint8"),
        (lambda: preprocess.to_grey(np.zeros((2, 2, 3), np.uint8), "red"), "one of mean"),
        (lambda: preprocess.sobel(np.zeros((4, 4), np.uint8)), "to_grey makes one"),
        (lambda: preprocess.veins(np.zeros((4, 4, 3))), "to_grey makes one"),
        (lambda: preprocess.median(GREY, 4), "odd number"),
        (lambda: preprocess.top_hat(GREY, 8), "odd number"),
        (lambda: preprocess.canny(GREY, 1.0, 0.3, 0.2), "low is at most high"),
        (lambda: preprocess.standardise(GREY, GREY), "mask"),
        (lambda: preprocess.local_standardise(GREY, WHERE[:-1]), "mask"),
    ],
)
def test_bad_input_is_told_what_to_do(call, words):
    with pytest.raises(ValueError, match=words):
        call()
