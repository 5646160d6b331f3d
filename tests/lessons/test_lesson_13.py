"""Lesson 13: its mixture, fuzzy c-means, field and noise against scikit-learn, scikit-image and SciPy; its split."""

import numpy as np
import pytest
from scipy.stats import rice
from skimage.filters import threshold_multiotsu
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from taught import taught

import course_utils as cu
from course_utils import exercises

LESSON = taught("13", np=np)


def three_tissues(n=4000, spread=0.03, seed=0):
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, n, p=(0.2, 0.45, 0.35))
    return np.array([0.3, 0.62, 0.85])[kind] + spread * rng.standard_normal(n), kind


def test_mixture_is_scikit_learns():
    values, _ = three_tissues(spread=0.05)
    belongs, mean, spread = LESSON["gaussian_mixture"](values, rounds=300)
    start = np.quantile(values, (0.1, 0.5, 0.9))[:, None]
    theirs = GaussianMixture(3, means_init=start, tol=1e-9, max_iter=2000, reg_covar=0)
    theirs.fit(values[:, None])
    order, other = np.argsort(mean), np.argsort(theirs.means_[:, 0])
    assert np.allclose(mean[order], theirs.means_[other, 0], atol=1e-4)
    assert np.allclose(spread[order], np.sqrt(theirs.covariances_[other, 0, 0]), atol=1e-4)
    said = theirs.predict_proba(values[:, None])
    assert np.allclose(belongs[:, order], said[:, other], atol=2e-3)


def image_of(values):
    image = values.reshape(40, -1)
    return image, np.ones(image.shape, bool)


def test_fuzzy_c_means_without_fuzziness_is_k_means_and_otsu():
    values, _ = three_tissues()
    image, mask = image_of(values)
    belongs, centres, field = LESSON["fuzzy_c_means"](
        image, mask, reach=0, near=0, rounds=60, fuzz=1.1
    )
    theirs = np.sort(
        KMeans(3, n_init=3, random_state=0).fit(values[:, None]).cluster_centers_[:, 0]
    )
    assert np.allclose(np.sort(centres), theirs, atol=2e-3)
    assert (field == 1).all() and np.allclose(belongs.sum(0), 1)
    kind = np.argsort(np.argsort(centres))[belongs.argmax(0)]
    otsu = np.digitize(image, threshold_multiotsu(image, 3, nbins=512))
    assert (kind == otsu).mean() > 0.995


def test_fuzzy_memberships_solve_the_textbook_equations():
    values, _ = three_tissues()
    image, mask = image_of(values)
    belongs, centres, _ = LESSON["fuzzy_c_means"](image, mask, reach=0, near=0, rounds=200)
    near = 1 / ((image - centres[:, None, None]) ** 2 + 1e-6)
    assert np.allclose(belongs, near / near.sum(0), atol=1e-3)
    w = belongs**2
    assert np.allclose(centres, (w * image).sum((1, 2)) / w.sum((1, 2)), atol=1e-4)


def test_field_is_found_where_it_was_put():
    rng = np.random.default_rng(1)
    kind = np.kron(rng.integers(0, 3, (16, 16)), np.ones((5, 5), int))
    flat = np.array([0.3, 0.62, 0.85])[kind] + 0.01 * rng.standard_normal(kind.shape)
    mask = np.ones(flat.shape, bool)
    true = LESSON["bias_field"](rng, 1, flat.shape, 0.3)[0]
    belongs, centres, field = LESSON["fuzzy_c_means"](
        flat * true, mask, reach=8, near=0, rounds=40
    )
    assert np.corrcoef(true.ravel(), field.ravel())[0, 1] > 0.95
    _, _, plain = LESSON["fuzzy_c_means"](flat * true, mask, reach=0, near=0)
    right = (np.argsort(np.argsort(centres))[belongs.argmax(0)] == kind).mean()
    belongs, centres, _ = LESSON["fuzzy_c_means"](flat * true, mask, reach=0, near=0, rounds=40)
    before = (np.argsort(np.argsort(centres))[belongs.argmax(0)] == kind).mean()
    assert right > before and (plain == 1).all()


def test_degradation_has_its_strength_and_scipys_rice_noise():
    rng = np.random.default_rng(0)
    fields = LESSON["bias_field"](rng, 20, (116, 100), 0.4)
    assert fields.min() >= 0.6 - 1e-9 and fields.max() <= 1.4 + 1e-9
    assert np.allclose(abs(fields - 1).max((1, 2)), 0.4)
    flat, masks = np.full((4, 100, 100), 0.3), np.ones((4, 100, 100), bool)
    noisy = LESSON["degrade"](rng, flat, masks, 0, 0.1)
    law = rice(3, scale=0.1)
    assert noisy.mean() == pytest.approx(law.mean(), abs=0.002)
    assert noisy.std() == pytest.approx(law.std(), abs=0.002)
    assert np.allclose(LESSON["degrade"](rng, flat, masks), flat)


def test_window_finds_the_best_two_numbers():
    values, kind = three_tissues(3200, 0.01)
    image, truth = values.reshape(2, 40, 40), (kind == 1).reshape(2, 40, 40)
    masks = np.ones(image.shape, bool)
    low, high = LESSON["fit_window"](image, masks, truth)
    assert 0.3 < low < 0.62 < high < 0.85
    found = LESSON["window"](image, masks, low, high)
    assert LESSON["dice"](found, truth).min() > 0.99


def test_template_is_mirrored_and_blocks_are_far_apart():
    mni = cu.load("mni152")
    gray = mni.targets["gray_matter"][0]
    assert np.corrcoef(gray.ravel(), gray[:, :, ::-1].ravel())[0, 1] > 0.9
    height = 2 * (np.arange(94) - mni.extra["zero"][0])
    blocks = {
        "train": ((height > -48) & (height < -4)) | ((height > 58) & (height < 67)),
        "val": (height > 8) & (height < 20),
        "test": (height > 32) & (height < 46),
    }
    assert [b.sum() for b in blocks.values()] == [27, 6, 7]
    for one in blocks:
        for other in blocks:
            if one != other:
                gap = abs(height[blocks[one]][:, None] - height[blocks[other]]).min()
                assert gap >= 12


def squared(value, centres):
    near = 1 / ((value - np.asarray(centres)) ** 2 + 1e-6)
    return near / near.sum()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("13.1", 0.92),
        ("13.1", 0.9167),
        ("13.2", squared),
        ("13.2", lambda v, c: list(squared(v, c))),
        (
            "13.2",
            lambda v, c: [
                1 / sum(((v - a) ** 2 + 1e-6) / ((v - b) ** 2 + 1e-6) for b in c) for a in c
            ],
        ),
        ("13.3", {"neighbour": 0.86, "block": 0.59}),
        ("13.3", {"block": np.float64(0.5916), "neighbour": np.float32(0.858)}),
    ],
)
def test_right_answers_pass(name, answer):
    assert exercises.verdict(name, answer).startswith("✓")
