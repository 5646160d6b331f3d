"""Simulated cells: reproducible, and drawn as the truth that comes with them says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course_utils.simulate.cells import CELLS, RADIUS, blood_smear, fluorescence

GENERATORS = [fluorescence, blood_smear]


def rng(seed=0):
    return np.random.default_rng(seed)


def same(a, b):
    return np.array_equal(a[0], b[0]) and all(
        all(np.array_equal(x, y) for x, y in zip(a[1][k], b[1][k], strict=True)) for k in a[1]
    )


# --- fluorescence


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(0, 5),
    size=st.integers(20, 140),
    low=st.integers(0, 6),
    more=st.integers(0, 6),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_number_of_cells(count, size, low, more, seed):
    images, truth = fluorescence(rng(seed), count, size, cells=(low, low + more))
    assert images.shape == (count, size, size, 3) and images.dtype == np.uint8
    assert not images[..., :2].any()  # blue on black
    assert len(truth["points"]) == len(truth["count"]) == count
    for points, k in zip(truth["points"], truth["count"], strict=True):
        assert points.shape == (k, 2) and points.dtype == np.float32
        assert low <= k <= low + more
        assert ((points >= -0.5) & (points <= size - 0.5)).all()


def test_a_lone_cell_is_drawn_at_its_point():
    images, truth = fluorescence(rng(1), 60, 64, cells=(1, 1), noise=0, radius=5)
    y, x = np.indices((64, 64))
    for image, (point,) in zip(images[..., 2].astype(float), truth["points"], strict=True):
        if point.min() < 14 or point.max() > 49:
            continue
        light = np.maximum(image - np.median(image) - 20, 0)
        middle = np.array([(light * x).sum(), (light * y).sum()]) / light.sum()
        assert np.abs(middle - point).max() < 1
        # At half of its height a disc is as wide as without blur.
        half = image > (image.max() + np.median(image)) / 2
        assert 3.5 < np.sqrt(half.sum() / np.pi) < 6.5


def test_light_grows_with_the_number_of_cells_and_peaks_are_at_the_points():
    images, truth = fluorescence(rng(2), 60, 128, cells=(0, 60))
    light = images[..., 2].mean((1, 2))
    assert np.corrcoef(light, truth["count"])[0, 1] > 0.7
    at, ground = [], []
    for image, points in zip(images[..., 2], truth["points"], strict=True):
        x, y = np.rint(points).astype(int).clip(0, 127).T
        at += image[y, x].tolist()
        ground.append(np.median(image))
    assert np.percentile(at, 5) > np.mean(ground) + 15


def test_cells_are_in_clumps_and_keep_their_number_by_area():
    _, truth = fluorescence(rng(3), 40, 256)
    assert truth["count"].min() >= 74 and truth["count"].max() <= 317
    assert fluorescence(rng(3), 60, 128)[1]["count"].max() <= 79
    near, alone = [], []
    for points in fluorescence(rng(3), 40, 256, cells=(80, 80))[1]["points"]:
        other = rng(4).uniform(0, 256, points.shape)
        for where, out in ((points, near), (other, alone)):
            gap = np.linalg.norm(where[:, None] - where, axis=-1)
            np.fill_diagonal(gap, 1e9)
            out.append((gap.min(1) < 12).mean())
    assert np.mean(near) > 1.3 * np.mean(alone)


def test_blur_radius_and_noise_do_what_they_say():
    def edge(blur):
        image = fluorescence(rng(5), 8, 96, cells=(10, 10), blur=blur, noise=0)[0][..., 2]
        return np.percentile(np.abs(np.diff(image.astype(float), axis=2)), 99.5)

    assert edge((0.8, 0.8)) > 1.5 * edge((3, 3))
    lit = [
        (fluorescence(rng(5), 8, 96, (10, 10), r, noise=0)[0][..., 2] > 90).mean()
        for r in (3, 8)
    ]
    assert lit[1] > 4 * lit[0]

    def rough(noise):
        image = fluorescence(rng(5), 4, 96, (0, 0), noise=noise)[0][..., 2].astype(float)
        return (image - ndimage.gaussian_filter(image, (0, 2, 2))).std() / 255

    assert rough(0.05) == pytest.approx(0.05, rel=0.1) and rough(0) < 0.004


@pytest.mark.parametrize(
    "wrong",
    [
        {"cells": (5, 2)},
        {"cells": (-1, 2)},
        {"cells": (0, 1e9)},
        {"blur": (0, 1)},
        {"blur": (2, np.nan)},
        {"radius": 0},
        {"radius": 40},
        {"noise": -1},
    ],
)
def test_a_bad_parameter_of_fluorescence_is_an_error(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        fluorescence(rng(), 2, 64, **wrong)


# --- blood smears


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(0, 5),
    size=st.integers(24, 140),
    numbers=st.tuples(st.integers(0, 12), st.integers(0, 2), st.integers(0, 4)),
    field=st.floats(20, 60),
    seed=st.integers(0, 2**32 - 1),
)
def test_as_many_boxes_as_asked_for_all_inside_the_image(count, size, numbers, field, seed):
    ranges = {k: (n, n) for k, n in zip(("red", "white", "platelets"), numbers, strict=True)}
    images, truth = blood_smear(rng(seed), count, size, **ranges, field=field)
    assert images.shape == (count, size, size, 3) and images.dtype == np.uint8
    assert len(truth["boxes"]) == len(truth["labels"]) == count
    for boxes, labels in zip(truth["boxes"], truth["labels"], strict=True):
        assert boxes.shape == (sum(numbers), 4) and boxes.dtype == np.float32
        assert np.bincount(labels, minlength=3).tolist() == list(numbers)
        assert ((boxes >= 0) & (boxes <= size)).all() and (boxes[:, :2] < boxes[:, 2:]).all()


@pytest.mark.parametrize("kind", range(3))
def test_a_lone_cell_fills_its_box_and_nothing_is_drawn_outside(kind):
    ranges = {k: (int(i == kind),) * 2 for i, k in enumerate(("red", "white", "platelets"))}
    images, truth = blood_smear(rng(2), 60, 160, **ranges)
    off = []
    for image, (box,) in zip(images.astype(float), truth["boxes"], strict=True):
        if box.min() < 3 or box.max() > 157:
            continue
        # Colours against each other, so that the light of the lamp, which is uneven, does not count.
        smooth = ndimage.gaussian_filter(image, (0.8, 0.8, 0))
        stain = smooth[..., 1] / smooth[..., [0, 2][kind > 0]]
        dark = ndimage.label(stain < 0.94 * np.median(stain))[0]
        biggest = dark == np.bincount(dark.ravel())[1:].argmax() + 1
        y, x = np.nonzero(biggest)
        off.append(np.abs(np.array([x.min(), y.min(), x.max() + 1, y.max() + 1]) - box).max())
    assert len(off) >= 15
    assert np.median(off) <= 2 and max(off) < 5  # pixels


def test_sizes_are_those_of_blood_cells():
    _, truth = blood_smear(rng(3), 60, 160, white=(1, 2))
    for kind, (low, high) in enumerate(RADIUS):
        wide = np.concatenate(
            [
                (b[:, 2:] - b[:, :2])[((b > 0) & (b < 160)).all(1) & (lab == kind)]
                for b, lab in zip(truth["boxes"], truth["labels"], strict=True)
            ]
        )
        mean = wide.mean() * 34 / 160 / 2  # micrometres
        assert low < mean < high, CELLS[kind]


def test_colours_tell_the_kinds_apart_and_red_cells_are_pale_in_the_middle():
    images, truth = blood_smear(rng(4), 60, 160, red=(4, 6), platelets=(2, 3))
    tint, middle, rim = {k: [] for k in range(3)}, [], []
    for image, boxes, labels in zip(images, truth["boxes"], truth["labels"], strict=True):
        ground = np.median(image.reshape(-1, 3), 0)
        for (x0, y0, x1, y1), label in zip(boxes, labels, strict=True):
            if min(x0, y0) <= 0 or max(x1, y1) >= 160:
                continue
            cx, cy, r = int((x0 + x1) / 2), int((y0 + y1) / 2), (x1 - x0) / 2
            patch = image[int(y0) : int(y1), int(x0) : int(x1)].reshape(-1, 3)
            tint[label].append(patch.mean(0) / ground)
            if label == 0:
                middle.append(image[cy, cx, 1])
                rim.append(image[cy, round(cx - 0.7 * r), 1])
    red, white, platelet = (np.mean(tint[k], 0) for k in range(3))
    assert red[0] > red[1] + 0.1 and red[0] > red[2] + 0.1  # red is left
    assert white[2] > white[0] > white[1] and platelet[2] > platelet[0] > platelet[1]  # purple
    assert np.mean(middle) > np.mean(rim) + 8


def test_overlap_and_field_do_what_they_say():
    def touching(overlap):
        _, truth = blood_smear(rng(5), 30, 128, (8, 8), (0, 0), (0, 0), overlap)
        both = 0
        for b in truth["boxes"]:
            low, high = (
                np.maximum(b[:, None, :2], b[:, :2]),
                np.minimum(b[:, None, 2:], b[:, 2:]),
            )
            both += np.triu(np.prod((high - low).clip(0), -1), 1).sum()
        return both

    assert touching(1.5) > 3 * touching(0)
    wide = [
        np.concatenate(blood_smear(rng(6), 9, 128, (5, 5), field=f)[1]["boxes"])
        for f in (30, 60)
    ]
    area = [np.median((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])) for b in wide]
    assert area[0] > 2.5 * area[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"red": (9, 3)},
        {"white": (-1, 0)},
        {"platelets": (0, 900)},
        {"overlap": 3},
        {"field": 1},
    ],
)
def test_a_bad_parameter_of_a_smear_is_an_error(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        blood_smear(rng(), 2, 64, **wrong)
