"""Simulated mammograms and thyroid scans: reproducible, and drawn as the truth says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course_utils.simulate.mammogram import mammogram, texture
from course_utils.simulate.ultrasound import thyroid

GENERATORS = [mammogram, thyroid]


def rng(seed=0):
    return np.random.default_rng(seed)


def same(a, b):
    """Two results (images, truth) are equal bit for bit."""
    return np.array_equal(a[0], b[0]) and all(
        np.array_equal(x, y) for k in a[1] for x, y in zip(a[1][k], b[1][k], strict=True)
    )


# --- both generators


@pytest.mark.parametrize("draw", GENERATORS)
@settings(max_examples=20, deadline=None)
@given(count=st.integers(0, 5), size=st.integers(16, 140), seed=st.integers(0, 2**32 - 1))
def test_any_count_and_size(draw, count, size, seed):
    images, truth = draw(rng(seed), count, size)
    assert images.shape == (count, size, size) and images.dtype == np.uint8
    for name, value in truth.items():
        assert len(value) == count, name
        if isinstance(value, np.ndarray) and value.ndim == 3:
            assert value.shape == images.shape and value.dtype == bool
        for entry in value:
            assert np.isfinite(np.asarray(entry, float)).all(), name


# --- mammograms


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), masses=st.integers(0, 3), size=st.integers(48, 160))
def test_circles_boxes_and_masks_tell_the_same(seed, masses, size):
    _, truth = mammogram(rng(seed), 2, size, masses)
    y, x = np.mgrid[:size, :size] + 0.5
    for k in range(2):
        circles, boxes = truth["circles"][k], truth["boxes"][k]
        assert circles.shape == (masses, 3) and circles.dtype == np.float32
        assert boxes.shape == (masses, 4) and boxes.dtype == np.float32
        assert truth["malignant"][k].shape == (masses,) and truth["malignant"][k].dtype == bool
        assert np.allclose(boxes[:, 2:] - boxes[:, :2], 2 * circles[:, 2:], atol=1e-3)
        assert np.allclose((boxes[:, 2:] + boxes[:, :2]) / 2, circles[:, :2], atol=1e-3)
        # In centimetres, whatever the size.
        assert (circles[:, 2] >= 0.39 * size / 20).all() and (
            circles[:, 2] <= 2.01 * size / 20
        ).all()
        inside = np.zeros((size, size), bool)
        for cx, cy, r in circles:
            inside |= np.hypot(x - cx, y - cy) <= r
        assert not (truth["mass"][k] & ~inside).any()
    assert not (truth["mass"] & ~truth["breast"]).any()
    assert not (truth["pectoral"] & ~truth["breast"]).any()


def test_a_benign_mass_fills_its_circle_and_a_malignant_one_reaches_its_rim():
    size, count = 256, 40
    bad = np.arange(count) % 2
    _, truth = mammogram(rng(5), count, size, 1, bad)
    assert [m.tolist() for m in truth["malignant"]] == [[bool(b)] for b in bad]
    y, x = np.mgrid[:size, :size] + 0.5
    fill, reach, rough, whole = np.zeros((4, count))
    for k, mask in enumerate(truth["mass"]):
        cx, cy, r = truth["circles"][k][0]
        whole[k] = truth["breast"][k][np.hypot(x - cx, y - cy) < r].all()
        fill[k] = mask.sum() / (np.pi * r**2)
        reach[k] = np.hypot(x - cx, y - cy)[mask].max() / r
        edge = mask & ~ndimage.binary_erosion(mask)
        rough[k] = edge.sum() / np.sqrt(mask.sum())
    assert np.median(reach) > 0.93 and reach.max() < 1.01
    # The edge of the film may cut a mass, and the tip of a spicule may be thinner than a pixel.
    assert whole.mean() > 0.7 and (reach[whole > 0] > 0.7).all()
    assert fill[(bad == 0) & (whole > 0)].min() > 0.65 and np.median(fill[bad == 1]) < 0.5
    assert rough[bad == 1].mean() > 1.3 * rough[bad == 0].mean()


@pytest.mark.parametrize("malignant", [0, 1])
def test_a_mass_brightens_its_mask_and_nothing_else(malignant):
    quiet = mammogram(rng(6), 30, 128, 1, malignant, density=0.1, contrast=0)
    shown = mammogram(rng(6), 30, 128, 1, malignant, density=0.1)
    assert np.array_equal(quiet[1]["mass"], shown[1]["mass"])
    change = shown[0].astype(int) - quiet[0]
    for mask, rise in zip(shown[1]["mass"], change, strict=True):
        assert rise[mask].mean() > 2
        # Blur carries it a little over the edge, no further; noise is the same in both.
        far = ~ndimage.binary_dilation(mask, iterations=2)
        assert np.abs(rise[far]).max() <= 1


def test_dense_tissue_hides_masses():
    def seen(density):
        quiet = mammogram(rng(7), 30, 96, 1, 0, density, contrast=0)[0].astype(int)
        images, truth = mammogram(rng(7), 30, 96, 1, 0, density)
        return (images - quiet)[truth["mass"]].mean()

    assert seen(0.05) > 1.4 * seen(0.8) > 0


def test_density_brightens_the_breast_and_is_returned():
    light, dense = (mammogram(rng(8), 15, 96, 0, density=share) for share in (0.0, 0.8))
    assert (light[1]["density"] == 0).all() and np.allclose(dense[1]["density"], 0.8)
    assert np.array_equal(light[1]["breast"], dense[1]["breast"])
    for a, b, where in zip(light[0], dense[0], light[1]["breast"], strict=True):
        assert b[where].mean() > a[where].mean() + 8
    share = np.array([0.1, 0.7])
    assert np.allclose(mammogram(rng(), 2, 32, density=share)[1]["density"], share)


def test_number_of_masses():
    number = np.array([0, 1, 2, 3])
    _, truth = mammogram(rng(), 4, 64, number)
    assert [len(c) for c in truth["circles"]] == [0, 1, 2, 3]
    assert truth["mass"].any((1, 2)).tolist() == [False, True, True, True]
    drawn = np.array([len(c) for c in mammogram(rng(), 300, 32)[1]["circles"]])
    assert set(drawn) == {0, 1, 2} and 0.8 < drawn.mean() < 1.2
    ill = np.concatenate(mammogram(rng(), 300, 32, 1, 0.2)[1]["malignant"])
    assert 0.12 < ill.mean() < 0.28


def test_masses_of_one_film_lie_apart_and_in_the_breast():
    _, truth = mammogram(rng(9), 60, 96, 2)
    gaps = [np.hypot(*(a[:2] - b[:2])) - a[2] - b[2] for a, b in truth["circles"]]
    assert np.mean(np.array(gaps) > 0) > 0.9
    middles = [
        breast[int(min(y, 95)), int(np.clip(x, 0, 95))]
        for circles, breast in zip(truth["circles"], truth["breast"], strict=True)
        for x, y, _ in circles
    ]
    assert np.mean(middles) > 0.97


def test_muscle_is_bright_background_black_and_both_sides_occur():
    images, truth = mammogram(rng(10), 60, 96, 0, density=0.2, tag=0)
    for image, breast, muscle in zip(images, truth["breast"], truth["pectoral"], strict=True):
        assert image[~breast].max() < 20
        core = ndimage.binary_erosion(muscle, iterations=3)
        if core.sum() > 20:
            assert image[core].mean() > image[breast & ~muscle].mean()
    wall_left = np.array([m[:10].sum(0).argmax() < 48 for m in truth["pectoral"]])
    assert 15 < wall_left.sum() < 45


def test_a_tag_is_a_bright_plate_and_nothing_else():
    plain, marked = (mammogram(rng(11), 20, 128, 1, tag=t) for t in (0, 1))
    assert np.array_equal(plain[1]["mass"], marked[1]["mass"])
    assert np.array_equal(plain[1]["breast"], marked[1]["breast"])
    for a, b in zip(*(r[1]["circles"] for r in (plain, marked)), strict=True):
        assert np.array_equal(a, b)
    bright = ((marked[0] > 200) & ~marked[1]["breast"]).sum((1, 2))
    assert (bright > 40).all() and (bright < 300).all()
    assert not ((plain[0] > 200) & ~plain[1]["breast"]).any()


@pytest.mark.parametrize("slope", [2.0, 3.0])
def test_the_texture_has_the_power_spectrum_it_promises(slope):
    field = texture(rng(), 60, 128, slope)
    assert field.std() == pytest.approx(1, rel=0.2)
    power = (np.abs(np.fft.rfft2(field)) ** 2).mean(0)
    f = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(128))
    band = (f > 0.02) & (f < 0.4)
    fitted = np.polyfit(np.log(f[band]), np.log(power[band]), 1)[0]
    assert fitted == pytest.approx(-slope, abs=0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"masses": 4},
        {"masses": -1},
        {"masses": 1.5},
        {"malignant": 1.1},
        {"density": -0.1},
        {"density": np.nan},
        {"tag": 2},
        {"contrast": -1},
        {"contrast": np.nan},
    ],
)
def test_a_parameter_outside_its_range_is_an_error_that_names_it(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        mammogram(rng(), 2, 64, **wrong)


# --- thyroid


def test_risk_moves_the_signs():
    risk = np.repeat([0.0, 0.5, 1.0], 100)
    images, truth = thyroid(rng(1), 300, 96, risk)
    assert np.array_equal(truth["risk"], risk)
    low, middle, high = (truth["aspect"][risk == r].mean() for r in (0, 0.5, 1))
    assert low < middle < high and low < 0.8 and high > 1.0
    grains = [truth["calcified"][risk == r].mean() for r in (0, 0.5, 1)]
    assert grains[0] < 0.25 < grains[1] < 0.65 < grains[2]
    darker, rough = np.zeros(300), np.zeros(300)
    for k, (image, mask) in enumerate(zip(images.astype(float), truth["nodule"], strict=True)):
        ring = ndimage.binary_dilation(mask, iterations=5) & ~ndimage.binary_dilation(mask)
        darker[k] = np.median(image[ring]) - np.median(image[mask])
        rough[k] = (mask & ~ndimage.binary_erosion(mask)).sum() / np.sqrt(mask.sum())
    assert darker[risk == 1].mean() > darker[risk == 0].mean() + 10
    assert rough[risk == 1].mean() > rough[risk == 0].mean()
    # No sign alone tells the ends apart.
    for sign in (truth["aspect"], darker, rough):
        assert sign[risk == 0].max() > sign[risk == 1].min()


def test_holes_without_echo_are_a_sign_of_low_risk():
    images, truth = thyroid(rng(2), 200, 96, np.repeat([0.0, 1.0], 100))
    black = np.array([(i[m] < 12).mean() for i, m in zip(images, truth["nodule"], strict=True)])
    calm = np.array([i[m].mean() > 40 for i, m in zip(images, truth["nodule"], strict=True)])
    assert (black[:100] > 0.1).mean() > 0.3
    assert (black[100:] > 0.1)[calm[100:]].mean() < 0.1


def test_a_scan_has_one_nodule_inside_it():
    images, truth = thyroid(rng(3), 200, 96)
    assert truth["nodule"].any((1, 2)).all()
    share = truth["nodule"].mean((1, 2))
    assert 0.005 < share.min() and share.max() < 0.4
    assert truth["risk"].min() < 0.1 and truth["risk"].max() > 0.9
    assert images.reshape(200, -1).std(1).min() > 10


@pytest.mark.parametrize("risk", [-0.1, 1.1, np.nan])
def test_a_risk_outside_0_to_1_is_an_error(risk):
    with pytest.raises(ValueError, match="risk"):
        thyroid(rng(), 2, 64, risk)
