"""Simulated images: reproducible, and drawn as the truth that comes with them says."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course_utils.simulate.fundus import fundus
from course_utils.simulate.radiograph import abdomen, boxes, chest
from course_utils.simulate.shapes import (
    blur,
    ellipse,
    grid,
    shrink,
    smooth_noise,
    stamp,
    step,
    through,
)
from course_utils.simulate.ultrasound import speckle, ultrasound

GENERATORS = [chest, abdomen, fundus, ultrasound]


def rng(seed=0):
    return np.random.default_rng(seed)


def same(a, b):
    """Two results (images, truth) are equal bit for bit."""
    return np.array_equal(a[0], b[0]) and all(np.array_equal(a[1][k], b[1][k]) for k in a[1])


# --- every generator


@pytest.mark.parametrize("draw", GENERATORS)
@settings(max_examples=8, deadline=None)
@given(count=st.integers(0, 5), size=st.integers(28, 160), seed=st.integers(0, 2**32 - 1))
def test_any_count_and_size(draw, count, size, seed):
    images, truth = draw(rng(seed), count, size)
    assert images.shape == (count, size, size, *([3] if draw is fundus else []))
    assert images.dtype == np.uint8
    for name, value in truth.items():
        assert len(value) == count, name
        if value.ndim == 3:
            assert value.shape == (count, size, size) and value.dtype == bool
        assert np.isfinite(value.astype(float)).all()


@pytest.mark.parametrize("draw", GENERATORS)
def test_no_image_is_empty(draw):
    images, _ = draw(rng(7), 200, 48)
    assert images.reshape(200, -1).std(1).min() > 5


def test_the_layer_imports_nothing_of_the_course_above_it_and_no_torch():
    code = (
        "import sys, course_utils.simulate.radiograph, course_utils.simulate.fundus, course_utils.simulate.ultrasound\n"
        "assert 'torch' not in sys.modules\n"
        "known = {'course_utils', 'course_utils.simulate'}\n"
        "extra = {m for m in sys.modules if m.startswith('course_utils')} - known\n"
        "assert all(m.startswith('course_utils.simulate.') for m in extra), extra\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- radiographs


def test_lungs_are_darker_than_the_tissue_around_them():
    images, truth = chest(rng(), 30, 96, collimation=0)
    for image, lungs, heart in zip(images, truth["lungs"], truth["heart"], strict=True):
        # Between the lungs and just below them, away from the air beside the patient.
        around = ndimage.binary_dilation(lungs, iterations=4) & ~ndimage.binary_dilation(lungs)
        columns = np.flatnonzero(lungs.any(0))
        around[:, : columns[0]] = around[:, columns[-1] :] = False
        assert image[lungs].mean() < image[around].mean()
        assert image[lungs].mean() < image[heart & ~lungs].mean()


def test_two_lungs_of_plausible_size_and_the_heart_on_the_patients_left():
    _, truth = chest(rng(1), 30, 96, rotation=0)
    area = truth["lungs"].mean((1, 2))
    assert 0.1 < area.min() and area.max() < 0.45
    x = np.arange(96)
    for lungs, heart in zip(truth["lungs"], truth["heart"], strict=True):
        pieces = np.sort(np.bincount(ndimage.label(lungs)[0].ravel())[1:])[::-1]
        assert len(pieces) >= 2 and pieces[1] > 0.4 * pieces[0]
        middle = (lungs.sum(0) * x).sum() / lungs.sum()
        assert (heart.sum(0) * x).sum() / heart.sum() > middle - 1  # the right of the image


def test_opacity_brightens_its_mask_and_nothing_else_moves():
    clear, no = chest(rng(2), 20, 96, photons=1e9)
    sick, yes = chest(rng(2), 20, 96, opacity=1.0, photons=1e9)
    assert not no["opacity"].any() and not no["opacity_box"].any()
    assert np.array_equal(no["heart"], yes["heart"]) and np.array_equal(
        no["lungs"], yes["lungs"]
    )
    assert (yes["opacity"] & ~yes["lungs"]).sum() == 0
    rises = []
    for a, b, mask in zip(clear, sick, yes["opacity"], strict=True):
        change = b.astype(float) - a
        if mask.sum() > 20:
            rises.append(change[mask].mean() - change[~mask].mean())
    assert len(rises) > 15 and min(rises) > 3


def test_more_opacity_is_brighter_and_can_differ_between_films():
    strength = np.array([0.0, 0.4, 0.8] * 4)
    _, truth = chest(rng(5), 12, 64, strength)
    assert np.array_equal(truth["opacity"].any((1, 2)), strength > 0)
    assert (
        chest(rng(6), 300, 36, 0.5)[1]["opacity"].any((1, 2)).all()
    )  # no film asked for goes without
    mask = chest(rng(5), 12, 64, 1.0)[1]["opacity"]
    level = [chest(rng(5), 12, 64, s, photons=1e9)[0][mask].mean() for s in (0, 0.4, 0.8)]
    assert level[0] < level[1] < level[2]


@pytest.mark.parametrize("opacity", [-0.1, 1.5, np.nan])
def test_an_opacity_outside_0_to_1_is_an_error(opacity):
    with pytest.raises(ValueError, match="fraction"):
        chest(rng(), 2, 64, opacity)


def test_boxes_enclose_their_masks():
    mask = np.zeros((2, 10, 12), bool)
    mask[0, 2:5, 3:9] = True
    assert boxes(mask).tolist() == [[3, 2, 9, 5], [0, 0, 0, 0]]
    _, truth = chest(rng(), 5, 80, 0.9)
    for (left, top, right, bottom), patch in zip(
        truth["opacity_box"], truth["opacity"], strict=True
    ):
        assert patch[top:bottom, left:right].sum() == patch.sum()


def test_rotation_and_marker_do_what_they_say():
    assert not chest(rng(), 4, 64, rotation=0)[1]["angle"].any()
    angle = np.abs(chest(rng(), 60, 32, rotation=8)[1]["angle"])
    assert 6 < angle.max() <= 8
    plain, marked = chest(rng(), 6, 128)[0], chest(rng(), 6, 128, marker=True)[0]
    changed = plain != marked
    assert (marked[changed] == 250).all()
    assert 5 < changed.sum((1, 2)).min() and changed.sum((1, 2)).max() <= 20
    left, right = changed[:, :, :40].any((1, 2)), changed[:, :, -40:].any((1, 2))
    assert (left ^ right).all() and not changed[:, 40:].any()


def test_fewer_photons_make_a_noisier_film():
    def roughness(photons):
        images = chest(rng(), 4, 64, photons=photons)[0].astype(float)
        return (images - ndimage.gaussian_filter(images, (0, 1, 1))).std()

    assert roughness(300) > 1.5 * roughness(1e6)


def test_scatter_lowers_contrast_and_collimation_darkens_the_border():
    def contrast(scatter):
        images, truth = chest(rng(), 8, 64, scatter=scatter, collimation=0)
        return images[truth["heart"]].mean() - images[truth["lungs"]].mean()

    assert contrast(0.0) > contrast(3.0)
    shut, wide = (
        abdomen(rng(), 8, 64, collimation=1.0)[0],
        abdomen(rng(), 8, 64, collimation=0.0)[0],
    )
    assert shut[:, [0, -1]].mean() < 25 < wide[:, [0, -1]].mean()


def test_bone_is_brighter_and_gas_darker_than_what_lies_beside_it():
    images, truth = abdomen(rng(3), 40, 96, collimation=0, photons=1e6)
    darker = []
    for image, spine, gas in zip(images, truth["spine"], truth["gas"], strict=True):
        rows = spine.any(1)
        beside = ndimage.binary_dilation(spine, np.ones((1, 3)), iterations=5) & ~spine
        assert image[spine & rows[:, None]].mean() > image[beside].mean()
        ring = (
            ndimage.binary_dilation(gas, iterations=3) & ~gas & ~ndimage.binary_dilation(spine)
        )
        if (gas & ~spine).sum() > 30:
            darker.append(image[gas & ~spine].mean() < image[ring].mean())
    assert len(darker) > 20 and np.mean(darker) > 0.8
    assert (truth["pelvis"].mean((1, 2)) > 0.01).mean() > 0.9


# --- fundus


def test_signs_by_grade():
    grade = np.repeat(range(5), 8)
    _, truth = fundus(rng(), 40, 128, grade)
    assert np.array_equal(truth["grade"], grade)
    micro, blood, wax = truth["n_microaneurysms"], truth["n_haemorrhages"], truth["n_exudates"]
    assert not (micro + blood + wax)[grade == 0].any()
    assert (micro[grade >= 1] >= 3).all()
    assert not (blood + wax)[grade == 1].any()
    assert (blood[grade == 2] > 0).all() and (blood[grade == 3] > 80).all()
    assert blood[grade == 2].max() < blood[grade == 3].min()
    for name, first in (("microaneurysms", 1), ("haemorrhages", 2), ("exudates", 2)):
        assert np.array_equal(truth[name].any((1, 2)), grade >= first), name
    assert np.array_equal(truth["new_vessels"].any((1, 2)), grade == 4)


def test_microaneurysms_are_as_many_pieces_as_counted_but_for_those_that_touch():
    _, truth = fundus(rng(1), 20, 256, 1)
    pieces = np.array([ndimage.label(m, np.ones((3, 3)))[1] for m in truth["microaneurysms"]])
    assert (pieces <= truth["n_microaneurysms"]).all()
    assert (pieces == truth["n_microaneurysms"]).mean() > 0.7


def test_haemorrhages_in_all_four_quadrants_in_grade_3():
    mask = fundus(rng(2), 10, 128, 3)[1]["haemorrhages"]
    for part in (mask[:, :64, :64], mask[:, :64, 64:], mask[:, 64:, :64], mask[:, 64:, 64:]):
        assert (part.sum((1, 2)) > 20).all()


def test_colours_of_the_signs():
    images, truth = fundus(rng(3), 30, 128, rng(3).integers(2, 5, 30))
    green = images[..., 1].astype(float)
    any_sign = np.logical_or.reduce(
        [truth[k] for k in ("vessels", "haemorrhages", "microaneurysms", "new_vessels")]
    )
    for g, image, disc, blood, wax, vessel, other in zip(
        green,
        images,
        *(truth[k] for k in ("disc", "haemorrhages", "exudates", "vessels")),
        any_sign,
        strict=True,
    ):
        ground = (image.sum(-1) > 20) & ~other & ~disc & ~wax
        level = np.median(g[ground])
        assert g[disc & ~other].mean() > level
        assert g[vessel & ~disc & ~wax].mean() < level
        assert g[blood & ~wax].mean() < level
        assert (
            image[ground][:, 0].mean() > image[ground][:, 1].mean() > image[ground][:, 2].mean()
        )


def test_masks_lie_inside_the_round_image_and_outside_is_black():
    images, truth = fundus(rng(), 10, 96)
    x, y = grid(96, 2.0)
    out = np.hypot(x, y) > 1
    assert not images[:, out].any()
    for name, value in truth.items():
        assert value.ndim < 3 or not value[:, out].any(), name


@pytest.mark.parametrize("grade", [-1, 5, 2.5])
def test_an_unknown_grade_is_an_error(grade):
    with pytest.raises(ValueError, match="grade"):
        fundus(rng(), 2, 64, grade)


# --- ultrasound


def test_lesions_are_darker_than_tissue_around_them():
    images, truth = ultrasound(rng(), 40, 96)
    darker = []
    for image, lesion in zip(images, truth["lesion"], strict=True):
        ring = ndimage.binary_dilation(lesion, iterations=6) & ~ndimage.binary_dilation(
            lesion, iterations=2
        )
        darker.append(image[lesion].mean() < image[ring].mean())
    assert np.mean(darker) > 0.9


def test_malignant_lesions_are_taller_rougher_and_cast_shadows():
    bad = np.arange(120) % 2 == 1
    images, truth = ultrasound(rng(1), 120, 96, bad)
    assert np.array_equal(truth["malignant"], bad)
    assert truth["aspect"][~bad].mean() < 0.85 < truth["aspect"][bad].mean()
    behind, solid = np.zeros(120), np.zeros(120)
    for k, (image, lesion) in enumerate(
        zip(images.astype(float), truth["lesion"], strict=True)
    ):
        left, _, right, bottom = boxes(lesion[None])[0]
        columns = np.zeros(96, bool)
        columns[left:right] = True
        behind[k] = image[bottom + 2 :, columns].mean() - image[bottom + 2 :, ~columns].mean()
        inner = ndimage.binary_erosion(lesion, iterations=2)
        solid[k] = (lesion & ~inner).sum() / np.sqrt(lesion.sum())
    assert behind[bad].mean() < behind[~bad].mean() - 8
    assert solid[bad].mean() > solid[~bad].mean()


def test_no_lesion_where_none_is_asked_for():
    lesion = np.array([True, False, True, False])
    _, truth = ultrasound(rng(), 4, 64, True, lesion)
    assert np.array_equal(truth["lesion"].any((1, 2)), lesion)
    assert np.array_equal(truth["malignant"], lesion)
    assert (truth["aspect"][~lesion] == 0).all()
    share = ultrasound(rng(), 300, 28)[1]["malignant"].mean()
    assert 0.4 < share < 0.6


def test_speckle_is_rayleigh_distributed():
    amplitude = speckle(rng(), 40, 128)
    # For a Rayleigh distribution mean / standard deviation is sqrt(pi / (4 - pi)).
    assert amplitude.mean() / amplitude.std() == pytest.approx(
        np.sqrt(np.pi / (4 - np.pi)), rel=0.02
    )
    assert (amplitude**2).mean() == pytest.approx(2, rel=0.02)


# --- the tools beneath


def test_smooth_noise_has_unit_variance():
    field = smooth_noise(rng(), 400, 40, 6, 10)
    assert field.shape == (400, 40, 40) and field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=0.05)
    assert field.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("sigma", [0.1, 0.7, 5.0])
def test_blur_keeps_a_flat_image_and_spreads_a_point(sigma):
    assert blur(np.ones((1, 41, 41), np.float32), sigma) == pytest.approx(1, abs=1e-5)
    point = np.zeros((1, 41, 41), np.float32)
    point[0, 20, 20] = 1
    out = blur(point, sigma)[0]
    x, _ = np.meshgrid(np.arange(41) - 20, np.arange(41) - 20)
    assert out.sum() == pytest.approx(1, abs=0.02)
    assert np.sqrt((out * x**2).sum()) == pytest.approx(
        sigma if sigma > 0.2 else 0, rel=0.15, abs=1e-6
    )


def test_a_ray_through_the_middle_of_a_ball_passes_its_diameter():
    x, y = grid(101, 4.0)
    length = through(ellipse(x[None], y[None], 0, 0, 1.5, 1.5), 3.0)[0]
    assert length.max() == pytest.approx(3.0, abs=1e-3)
    # The sum over all rays is the volume of the ball.
    assert length.sum() * (4 / 101) ** 2 == pytest.approx(4 / 3 * np.pi * 1.5**3, rel=0.01)


def test_step_shrink_and_stamp():
    assert step(np.array([-1, 0, 1.0]), 1.0).tolist() == [0, 0.5, 1]
    assert shrink(np.arange(16.0).reshape(1, 4, 4), 2).tolist() == [[[2.5, 4.5], [10.5, 12.5]]]
    image = np.zeros((40, 40), np.uint8)
    stamp(image, "L", 5, 6, 2, 9)
    assert image[5:19, 6:8].min() == 9 and image[17:19, 6:16].min() == 9
    assert (image > 0).sum() == 4 * 11
    stamp(image, "R", 36, 36, 3, 9)  # cut at the border, no error
