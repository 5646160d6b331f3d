"""Lesson 21: what it writes out agrees with the libraries and does what it says."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from skimage.feature import peak_local_max
from taught import taught

LESSON = taught("21")
RNG = np.random.default_rng(21)


@pytest.mark.parametrize("sigma", [1, 2, 4])
def test_a_density_adds_up_to_its_dots_unless_they_lie_near_the_border(sigma):
    inner = RNG.integers(20, 236, (30, 2)).astype(np.float32)
    assert np.isclose(LESSON["density"](inner, sigma).sum(), 30, atol=1e-3)
    corner = np.array([[0, 0]], np.float32)
    assert 0.25 < LESSON["density"](corner, sigma).sum() < 0.6
    assert np.isclose(LESSON["density"](corner, sigma, "reflect").sum(), 1, atol=1e-4)


def test_a_density_puts_x_into_columns_and_counts_two_dots_in_one_pixel():
    one = LESSON["density"](np.array([[40, 10], [40, 10]]), sigma=2, size=64)
    assert np.unravel_index(one.argmax(), one.shape) == (10, 40)
    assert np.isclose(one.sum(), 2, atol=1e-3)
    assert LESSON["density"](np.zeros((0, 2)), sigma=2, size=64).sum() == 0


def test_peaks_are_those_of_scikit_image():
    for image in RNG.random((5, 40, 30)):
        theirs = peak_local_max(image, min_distance=1, threshold_abs=0.6, exclude_border=False)
        ours = LESSON["peaks"](image, 0.6)
        assert len(ours) and sorted(map(tuple, ours)) == sorted(map(tuple, theirs))
    assert LESSON["peaks"](image, 2).shape == (0, 2)


def test_blobs_are_highest_in_the_middle_of_a_blob_of_their_width():
    y, x = np.mgrid[:64, :64]
    spot = np.exp(-((x - 20) ** 2 + (y - 40) ** 2) / (2 * 2**2)).astype(np.float32)
    heights = {s: LESSON["blobs"](spot[None], s)[0] for s in (1, 2, 4)}
    assert np.unravel_index(heights[2].argmax(), spot.shape) == (40, 20)
    assert max(heights, key=lambda s: heights[s].max()) == 2


def test_hits_use_every_dot_once_and_find_the_best_pairs():
    dots = np.array([[10, 10], [30, 10]], np.float32)  # x, y
    marks = np.array([[10, 11], [11, 10], [10, 33], [50, 50]])  # row, column
    assert LESSON["hits"](marks, dots) == 2
    assert LESSON["hits"](marks, dots, reach=2) == 1
    assert LESSON["hits"](np.zeros((0, 2), int), dots) == 0
    for _ in range(20):
        marks, dots = RNG.integers(0, 30, (12, 2)), RNG.integers(0, 30, (9, 2))
        far = np.linalg.norm(marks[:, None, ::-1] - dots[None], axis=-1)
        right = -(far <= 4).astype(float)
        assert LESSON["hits"](marks, dots) == -right[linear_sum_assignment(right)].sum()


def test_the_network_has_the_form_of_the_paper_and_takes_every_size():
    network = LESSON["fcrn"]().eval()
    assert sum(p.numel() for p in network.parameters()) == 109_513
    for size in ((96, 96), (64, 128)):
        assert network(torch.zeros(2, 1, *size)).shape == (2, 1, *size)


def test_the_error_of_the_count_is_in_cells():
    out, truth = torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4)
    out[0, 0, 0, 0], truth[1, 0, 1, 1] = 300.0, 100.0
    assert LESSON["count_error"](out, truth).item() == pytest.approx(2)


def test_prediction_divides_by_100_and_keeps_the_order():
    x = torch.rand(6, 1, 8, 8)
    assert np.allclose(LESSON["predict"](torch.nn.Identity(), x) * 100, x[:, 0], atol=1e-5)


def test_light_sees_brightness_and_area():
    image = np.zeros((1, 10, 10), np.float32)
    image[0, :2] = 200
    assert np.allclose(LESSON["light"](image), [[40, 0.2]])


def test_a_parasite_is_a_dark_spot():
    y, x = np.mgrid[:50, :50]
    cell = np.where(np.hypot(x - 25, y - 25) < 20, 160, 0).astype(np.uint8)
    ill = cell.copy()
    ill[20:24, 28:32] = 90
    plain, dark = (LESSON["describe"](one) for one in (cell, ill))
    assert len(plain) == 8 and plain[-1] == 0 and dark[-1] == pytest.approx(70)


def test_a_drawing_holds_as_many_cells_as_asked_and_is_the_same_each_time():
    images, dots = LESSON["draw"](5, 2, images=3, size=64)
    assert images.shape == (3, 64, 64) and images.dtype == np.float32
    assert [len(one) for one in dots] == [5, 5, 5]
    assert np.array_equal(images, LESSON["draw"](5, 2, images=3, size=64)[0])
    assert not np.array_equal(images, LESSON["draw"](5, 3, images=3, size=64)[0])


def test_the_best_finder_is_chosen_by_the_count():
    y, x = np.mgrid[:48, :48]
    spots = [(12, 12), (12, 36), (36, 20)]
    image = sum(np.exp(-((x - a) ** 2 + (y - b) ** 2) / 8) for a, b in spots) * 100
    width, cut = LESSON["best_finder"](image[None].astype(np.float32), np.array([3]))
    assert LESSON["how_many"](LESSON["blobs"](image[None], width), cut).tolist() == [3]
