"""Lesson 17: warp against SciPy, folds on known fields, and the lesson's twins."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from taught import taught

from course_utils import alignment

LESSON = taught("17", H=64, W=80)
RNG = np.random.default_rng(17)
IMAGES = torch.tensor(RNG.random((2, 3, 12, 17)), dtype=torch.float32)
FIELD = torch.tensor(RNG.normal(0, 3, (2, 2, 12, 17)), dtype=torch.float32)
ROWS, COLUMNS = (torch.tensor(a, dtype=torch.float32) for a in np.indices((12, 17)))


def made(down, right):
    return torch.stack([down, right])[None]


@pytest.mark.parametrize("name", ["lesson", "package"])
@pytest.mark.parametrize(("mode", "order"), [("bilinear", 1), ("nearest", 0)])
def test_warp_looks_up_as_scipy_does(name, mode, order):
    warp = LESSON["warp"] if name == "lesson" else alignment.warp
    ours = warp(IMAGES, FIELD, mode).numpy()
    where = FIELD.numpy() + np.indices((12, 17))
    for n, image in enumerate(IMAGES.numpy()):
        for c in range(3):
            theirs = ndimage.map_coordinates(image[c], where[n], order=order, mode="nearest")
            assert np.allclose(ours[n, c], theirs, atol=1e-4)


def test_a_field_to_the_right_moves_the_picture_to_the_left():
    image = torch.zeros(1, 1, 8, 9)
    image[0, 0, 3, 6] = 1
    moved = alignment.warp(image, made(torch.zeros(8, 9), torch.full((8, 9), 2.0)))
    assert moved[0, 0, 3, 4] == 1 and moved.sum() == 1


def test_no_field_changes_nothing():
    assert torch.allclose(alignment.warp(IMAGES, torch.zeros(1, 2, 12, 17)), IMAGES, atol=1e-5)


@pytest.mark.parametrize(
    ("down", "right", "growth"),
    [
        (0 * ROWS, 0 * ROWS, 1),
        (0 * ROWS + 3, 0 * ROWS - 2, 1),
        (0.5 * ROWS, 0 * ROWS, 1.5),
        (-0.5 * ROWS, -0.5 * COLUMNS, 0.25),
        (-2 * ROWS, 0 * ROWS, -1),  # upside down: every pixel folds
        (-ROWS, 0 * ROWS, 0),  # all rows in one
        (COLUMNS, -ROWS, 2),  # turned and stretched
    ],
)
def test_the_jacobian_of_known_fields(down, right, growth):
    field = made(down, right)
    assert torch.allclose(alignment.jacobian(field), torch.tensor(float(growth)), atol=1e-5)
    assert alignment.folded_share(field) == float(growth <= 0)


def test_one_fold_in_a_row_is_counted():
    right = torch.zeros(12, 17)
    right[:, 8] = 1.5  # beyond its neighbour, which lies one pixel further
    assert alignment.folded_share(made(0 * ROWS, right)) == pytest.approx(1 / 16)


def test_shrinking_is_no_fold():
    assert alignment.folded_share(made(-0.9 * ROWS, -0.9 * COLUMNS)) == 0


def test_twins():
    assert torch.equal(alignment.warp(IMAGES, FIELD), LESSON["warp"](IMAGES, FIELD))
    assert torch.equal(alignment.jacobian(FIELD), LESSON["jacobian"](FIELD))
    points = torch.tensor(RNG.uniform(0, 11, (5, 2)), dtype=torch.float32)
    ours = alignment.target_registration_error(points, FIELD[:1], points + 1)
    assert np.allclose(ours, LESSON["landmark_error"](points, FIELD[:1], points + 1), atol=1e-5)


def test_landmark_errors_of_a_known_field():
    field = made(ROWS * 0 + 3, ROWS * 0 - 4)
    at = [[5.0, 10.0], [6.5, 9.5]]
    there = [[8.0, 6.0], [9.5, 5.5]]
    assert np.allclose(alignment.target_registration_error(at, field, there), 0, atol=1e-5)
    stay = torch.zeros(1, 2, 12, 17)
    assert np.allclose(alignment.target_registration_error(at, stay, there, 0.5), 2.5)


def test_measures_against_their_definitions():
    from sklearn.metrics import mutual_info_score

    a = torch.tensor(RNG.integers(0, 16, (1, 1, 30, 30)), dtype=torch.float32)
    a[0, 0, 0, :2] = torch.tensor([0.0, 15.0])
    b = (a + torch.tensor(RNG.integers(0, 4, (1, 1, 30, 30)))).clamp(0, 15)
    right = mutual_info_score(a.int().numpy().ravel(), b.int().numpy().ravel())
    assert LESSON["mi"](a, b).item() == pytest.approx(right, abs=1e-4)
    assert LESSON["mi"](a, 15 - b).item() == pytest.approx(right, abs=1e-4)
    assert LESSON["mi"](a, 5 * b).item() == pytest.approx(right, abs=1e-4)
    corr = np.corrcoef(a.numpy().ravel(), b.numpy().ravel())[0, 1]
    assert LESSON["ncc"](a, b).item() == pytest.approx(corr, abs=1e-3)
    assert LESSON["squared"](a, -b).item() == pytest.approx(corr**2, abs=1e-3)
    assert LESSON["mse"](a, b).item() == pytest.approx(-((a - b) ** 2).mean().item())


def test_rigid_keeps_distances_and_affine_adds_its_matrix():
    field = LESSON["rigid"](torch.tensor([[0.3, 0.2, -0.1]]))
    assert torch.allclose(alignment.jacobian(field), torch.tensor(1.0), atol=1e-4)
    field = LESSON["affine"](torch.tensor([[0.1, 0.0, 0.0, -0.2, 0.0, 0.0]]))
    assert torch.allclose(alignment.jacobian(field), torch.tensor(1.1 * 0.8), atol=1e-4)


def test_two_steps_in_one_field():
    smooth = made(0.1 * ROWS, 0.05 * COLUMNS)
    bend = made(torch.full((12, 17), 0.5), torch.full((12, 17), -0.5))
    ramps = torch.stack([ROWS, COLUMNS])[None]  # interpolation is exact on them
    once = alignment.warp(ramps, LESSON["after"](smooth, bend))
    twice = alignment.warp(alignment.warp(ramps, smooth), bend)
    assert torch.allclose(once[:, :, 1:-3, 2:-3], twice[:, :, 1:-3, 2:-3], atol=1e-4)


@pytest.mark.parametrize(
    "call",
    [
        lambda: alignment.warp(IMAGES[0], FIELD),
        lambda: alignment.warp(IMAGES, FIELD[:, :, :5]),
        lambda: alignment.warp(IMAGES, FIELD[:, :1]),
        lambda: alignment.warp(IMAGES.int(), FIELD),
        lambda: alignment.warp(IMAGES, FIELD, "cubic"),
        lambda: alignment.jacobian(FIELD[0]),
        lambda: alignment.jacobian(FIELD[:, :, :1]),
        lambda: alignment.folded_share(FIELD.int()),
        lambda: alignment.target_registration_error([[1, 2]], FIELD, [[1, 2]]),
        lambda: alignment.target_registration_error([[1, 2]], FIELD[:1], [[1, 2], [3, 4]]),
        lambda: alignment.target_registration_error([[1, 99]], FIELD[:1], [[1, 2]]),
        lambda: alignment.target_registration_error([[1, np.nan]], FIELD[:1], [[1, 2]]),
        lambda: alignment.target_registration_error([1, 2], FIELD[:1], [1, 2]),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(ValueError):
        call()
