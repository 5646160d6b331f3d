"""Simulated CT: slices of the trunk with lesions, patches of lung."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course_utils.simulate.ct import CORTEX, REGIONS, TYPES, ct_slices, window
from course_utils.simulate.lung import LOW, PIXEL, lung_texture


def rng(seed=0):
    return np.random.default_rng(seed)


def same(a, b):
    """Two values are equal bit for bit; they may be arrays or lists and dictionaries of arrays."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a.dtype == b.dtype and np.array_equal(a, b)


def around(mask, inner, outer):
    """The pixels that lie between `inner` and `outer` pixels outside a mask."""
    return ndimage.binary_dilation(mask, iterations=outer) & ~ndimage.binary_dilation(
        mask, iterations=inner
    )


# --- slices


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(0, 4),
    size=st.integers(16, 150),
    lesions=st.integers(0, 5),
    kind=st.sampled_from([None, *TYPES]),
    stack=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_boxes_are_the_edges_of_the_lesions_for_any_size(
    count, size, lesions, kind, stack, seed
):
    images, truth = ct_slices(rng(seed), count, size, kind, lesions, stack=stack)
    assert images.shape == ((count, size, size) if stack == 1 else (count, 3, size, size))
    assert images.dtype == np.float32
    assert np.isfinite(images).all() and (images >= -1024).all() and (images < 3072).all()
    for k in range(count):
        boxes, types = truth["boxes"][k], truth["types"][k]
        assert boxes.shape == (lesions, 4) and boxes.dtype == np.float32
        assert types.shape == (lesions,) and set(types) <= set(REGIONS[truth["region"][k]])
        assert kind is None or (types == kind).all()
        assert (boxes >= 0).all() and (boxes <= size).all()
        union = np.zeros((size, size), bool)
        for x0, y0, x1, y1 in boxes.astype(int):
            inside = truth["lesion"][k, y0:y1, x0:x1]
            assert inside.any(0).all() or lesions > 1  # tight on all sides
            assert inside[[0, -1]].any(1).all() and inside[:, [0, -1]].any(0).all()
            union[y0:y1, x0:x1] = True
        assert not (truth["lesion"][k] & ~union).any()


def test_values_are_those_of_the_tissues():
    images, truth = ct_slices(rng(1), 30, 128, noise=0.0, lesions=0)
    outside = ~ndimage.binary_dilation(truth["body"], np.ones((1, 5, 5)))
    assert np.median(images[outside]) == -1000
    assert -900 < np.median(images[truth["lungs"]]) < -780
    assert np.percentile(images[truth["bone"]], 10) > 60
    assert images[truth["bone"]].max() <= CORTEX + 1
    flesh = images[truth["body"] & ~truth["lungs"] & ~truth["bone"]]
    share = np.mean((flesh > -150) & (flesh < 250))
    assert share > 0.85  # the rest is gas and contrast agent in the bowel
    # Lungs are there in the chest, and only there.
    area = truth["lungs"].mean((1, 2))
    assert (area[truth["region"] == "chest"] > 0.04).all()
    assert not area[truth["region"] != "chest"].any()
    assert np.unique(truth["region"], return_counts=True)[1].tolist() == [10, 10, 10]


@pytest.mark.parametrize("kind", list(TYPES))
def test_a_lesion_stands_out_from_its_place(kind):
    size = 224
    images, truth = ct_slices(rng(kind), 14, size, kind, noise=0.0, diameter=(14, 20))
    contrast = []
    for image, lesion, bone in zip(images, truth["lesion"], truth["bone"], strict=True):
        core, ring = ndimage.binary_erosion(lesion, iterations=2), around(lesion, 2, 4)
        assert core.any() and image[core].std() < 5  # one value throughout
        ring &= bone if kind == 1 else ~bone
        contrast.append(np.median(image[core]) - np.median(image[ring]))
    contrast = np.array(contrast)
    if kind in (4, 6):
        assert (contrast < -20).mean() > 0.85
    elif kind == 1:
        assert (contrast < -60).any() and (contrast > 100).any()
    elif kind == 5:
        assert (contrast > 500).mean() > 0.9
    else:
        assert (np.abs(contrast) > 15).mean() > 0.6 and (contrast > 50).mean() > 0.2


def test_lesions_are_as_large_as_asked():
    for low, high in ((6, 9), (30, 40)):
        _, truth = ct_slices(rng(), 24, 192, diameter=(low, high))
        diameter = np.sqrt(truth["lesion"].sum((1, 2)) * 4 / np.pi) * 420 / 192
        assert 0.8 * low < diameter.min() and diameter.max() < 1.2 * high


def test_lesions_of_the_lung_lie_in_the_lung_and_of_the_kidney_beside_the_spine():
    _, truth = ct_slices(rng(2), 20, 128, 5)
    middle = [ndimage.center_of_mass(m) for m in truth["lesion"]]
    near = ndimage.binary_dilation(truth["lungs"], np.ones((1, 3, 3)))
    assert all(near[k, round(y), round(x)] for k, (y, x) in enumerate(middle))
    _, truth = ct_slices(rng(2), 20, 128, 6)
    x = np.array([ndimage.center_of_mass(m)[1] for m in truth["lesion"]]) - 63.5
    assert (np.abs(x) > 8).all() and (x < 0).any() and (x > 0).any()


def test_vessels_run_on_through_a_stack_and_lesions_do_not():
    images, truth = ct_slices(rng(3), 30, 128, 5, diameter=(8, 28), noise=0.0, stack=3)
    plain = images[:, 1]
    bright = (
        (plain > -500)
        & truth["lungs"]
        & ~ndimage.binary_dilation(truth["lesion"], np.ones((1, 9, 9)))
    )
    vessel = bright & ndimage.binary_erosion(truth["lungs"], np.ones((1, 7, 7)))
    core = ndimage.binary_erosion(truth["lesion"], np.ones((1, 3, 3)))
    lung = np.median(plain[truth["lungs"]])
    for other in (0, 2):
        stays = images[:, other][vessel] > lung + 100
        assert stays.mean() > 0.8
        assert np.median(images[:, other][core]) < lung + 100 < -150 < plain[core].min()
    assert not np.array_equal(images[:, 0], images[:, 2])
    # A ball larger than the gap reaches the neighbours, and is smaller there.
    images, truth = ct_slices(rng(3), 20, 128, 5, diameter=(40, 40), gap=10, noise=0.0, stack=3)
    solid = [
        ((s > -200) & ndimage.binary_dilation(truth["lesion"], np.ones((1, 3, 3)))).sum()
        for s in images.swapaxes(0, 1)
    ]
    assert 0.5 < solid[0] / solid[1] < 0.95 and 0.5 < solid[2] / solid[1] < 0.95


def test_noise_has_the_size_asked_for_and_is_largest_inside_the_body():
    clean, truth = ct_slices(rng(5), 18, 96, noise=0.0)
    for noise in (5.0, 20.0):
        noisy, again = ct_slices(rng(5), 18, 96, noise=noise)
        assert same(truth, again)
        rest = (noisy - clean)[:, :, :]
        rest[noisy <= -1024] = np.nan
        middle, corner = np.nanstd(rest[:, 36:60, 36:60]), np.nanstd(rest[:, :8, :8])
        assert noise * 0.7 < middle < noise * 2 and corner < middle / 2
        row = rest[:, 40:56, 36:60]
        near = np.nanmean(row[:, :, 1:] * row[:, :, :-1]) / np.nanvar(row)
        assert near == pytest.approx(0.5, abs=0.08)


def test_number_of_lesions_for_each_slice():
    _, truth = ct_slices(rng(), 4, 96, [4, 4, 5, 8], [0, 1, 2, 3])
    assert [len(b) for b in truth["boxes"]] == [0, 1, 2, 3]
    assert not truth["lesion"][0].any()
    assert truth["region"].tolist() == ["abdomen", "abdomen", "chest", "pelvis"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": 9}, {"kind": 0}, {"lesions": 6}, {"lesions": 0.5}, {"diameter": (2, 10)},
        {"diameter": (20, 10)}, {"noise": -1}, {"noise": np.nan}, {"stack": 2}, {"gap": 0},
        {"count": -1}, {"size": 8},
    ],
)  # fmt: skip
def test_a_parameter_out_of_range_is_an_error(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ct_slices(rng(), **{"count": 2, "size": 64, **wrong})


def test_window_maps_its_ends_to_black_and_white():
    hu = np.array([-200, -160, 40, 240, 1000], np.float32)
    assert window(hu, 40, 400).tolist() == [0, 0, 128, 255, 255]
    assert window(hu, 40, 400).dtype == np.uint8
    with pytest.raises(ValueError, match="window"):
        window(hu, 0, 0)


# --- lung


@settings(max_examples=20, deadline=None)
@given(
    count=st.integers(0, 5),
    size=st.integers(16, 140),
    severity=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
)
def test_masks_follow_from_the_image(count, size, severity, seed):
    images, truth = lung_texture(rng(seed), count, size, severity=severity, noise=0.0)
    assert images.shape == (count, size, size) and images.dtype == np.float32
    assert np.array_equal(truth["low"], (images < LOW) & truth["lung"])
    assert not (truth["hole"] & ~truth["lung"]).any()
    assert not truth["hole"][truth["label"] == 0].any()
    assert np.allclose(
        truth["share"], truth["low"].sum((1, 2)) / np.maximum(truth["lung"].sum((1, 2)), 1)
    )


def test_classes_are_even_and_holes_are_low():
    images, truth = lung_texture(rng(1), 90, 64, noise=0.0)
    assert np.bincount(truth["label"]).tolist() == [30, 30, 30]
    inner = ndimage.binary_erosion(truth["hole"], np.ones((1, 3, 3)))
    assert np.mean(images[inner] < LOW) > 0.99
    tissue = truth["lung"] & ~ndimage.binary_dilation(truth["hole"], np.ones((1, 5, 5)))
    assert (images[tissue] < LOW).mean() < 0.005
    assert -920 < np.median(images[tissue]) < -820
    assert (images[~ndimage.binary_dilation(truth["lung"], np.ones((1, 5, 5)))] > 20).all()


def test_more_severe_means_more_holes():
    for kind in (1, 2):
        share = [lung_texture(rng(2), 40, 64, kind, s)[1]["share"].mean() for s in (0, 0.3, 1)]
        assert share[0] < 0.005 and share[0] < share[1] < 0.7 * share[2]
    assert (lung_texture(rng(), 5, 64, 0, 1.0)[1]["severity"] == 0).all()


def test_centrilobular_holes_are_small_and_spread_paraseptal_ones_lie_along_the_pleura():
    _, spread = lung_texture(rng(3), 30, 96, 1, 0.3)
    sizes = np.concatenate(
        [np.bincount(ndimage.label(m)[0].ravel())[1:] for m in spread["hole"]]
    )
    diameter = np.sqrt(sizes * 4 / np.pi) * PIXEL
    assert 1 < np.median(diameter) < 6 and np.percentile(diameter, 95) < 10
    _, rim = lung_texture(rng(3), 30, 96, 2, 0.8)
    assert (~rim["lung"]).any((1, 2)).all()
    for truth, near in ((spread, False), (rim, True)):
        depth = [
            ndimage.distance_transform_edt(lung)[hole].mean() * PIXEL
            for lung, hole in zip(truth["lung"], truth["hole"], strict=True)
            if not lung.all() and hole.any()
        ]
        assert (np.median(depth) < 9) == near


def test_the_chest_wall_does_not_give_the_class_away():
    _, truth = lung_texture(rng(4), 300, 32)
    wall = (~truth["lung"]).any((1, 2))
    for label in (0, 1):
        assert 0.25 < wall[truth["label"] == label].mean() < 0.55


def test_noise_lifts_the_share_of_low_pixels_in_a_normal_lung():
    calm, truth = lung_texture(rng(5), 30, 64, 0, noise=0.0)
    noisy, _ = lung_texture(rng(5), 30, 64, 0, noise=40.0)
    lung = truth["lung"]
    assert (calm[lung] < LOW).mean() < 0.005 < 0.02 < (noisy[lung] < LOW).mean()
    plain = lung & (noisy > -1024)
    assert (noisy - calm)[plain & (calm > -800)].std() == pytest.approx(40, rel=0.1)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": 3}, {"severity": 1.1}, {"severity": np.nan}, {"noise": -1}, {"count": -1}],
)
def test_a_wrong_parameter_of_a_patch_is_an_error(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        lung_texture(rng(), **{"count": 2, "size": 32, **wrong})
