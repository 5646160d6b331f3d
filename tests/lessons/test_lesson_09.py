"""Lesson 09: its k-means is scikit-learn's, its kappa is the packaged one and scikit-learn's."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score, cohen_kappa_score
from taught import taught

from course_utils import metrics
from course_utils.exercises import verdict

LESSON = taught("09")


def grades(n=80, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 5, n)
    return truth, np.clip(truth + rng.integers(-2, 3, n), 0, 4)


@pytest.mark.parametrize("spread", [1.0, 4.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_k_means_of_the_lesson_ends_where_the_library_does(spread, seed):
    x, _ = make_blobs(300, 3, centers=5, cluster_std=spread, random_state=1)
    start = x[np.random.default_rng(seed).choice(len(x), 5, replace=False)]
    library = KMeans(5, init=start, n_init=1, tol=0, algorithm="lloyd").fit(x)
    group, centres = LESSON["k_means"](x, 5, seed=seed)
    assert (group == library.labels_).all() and np.allclose(centres, library.cluster_centers_)


def test_k_means_of_the_lesson_survives_an_empty_group():
    x = np.repeat([[0.0, 0.0], [5.0, 5.0]], 4, axis=0)
    for seed in range(5):
        group, centres = LESSON["k_means"](x, 3, seed=seed)
        assert np.isfinite(centres).all()
        if len(np.unique(group)) > 1:
            assert adjusted_rand_score(group, np.repeat([0, 1], 4)) == 1


def test_shuffled_images_have_their_pixels_in_one_other_order():
    images = np.random.default_rng(0).integers(0, 256, (3, 2, 6, 6), dtype=np.uint8)
    images[1] = images[0]
    given = LESSON["shuffled"](images)
    assert given.shape == images.shape and (given != images).any()
    assert (given[0] == given[1]).all()
    # both bands of a pixel move together
    pairs = [set(map(tuple, i.reshape(2, -1).T.tolist())) for i in (images[2], given[2])]
    assert pairs[0] == pairs[1]


@pytest.mark.parametrize(
    "given",
    [
        {5: 0.28, 20: 0.28, 80: 0.28},
        {5: 0.282, 20: 0.30, 80: 0.305},
        {5: 0.28, 20: 0.279, 80: 0.283},
    ],
)
def test_equal_and_unequal_right_answers_to_the_last_exercise_pass(given):
    assert verdict("09.3", given).startswith("✓")


def test_best_names_uses_each_grade_once_and_beats_every_other_naming():
    from itertools import permutations

    truth, group = grades()
    names = LESSON["best_names"](group, truth)
    assert sorted(names) == list(range(5))
    right = [np.mean(np.array(p)[group] == truth) for p in permutations(range(5))]
    assert np.isclose(np.mean(names[group] == truth), max(right))


@pytest.mark.parametrize("kappa", [metrics.quadratic_kappa, LESSON["quadratic_kappa"]])
def test_quadratic_kappa_is_scikit_learns(kappa):
    for seed in range(5):
        truth, given = grades(seed=seed)
        right = cohen_kappa_score(truth, given, weights="quadratic", labels=range(5))
        assert np.isclose(kappa(truth, given), right)
        assert np.isclose(kappa(truth, truth), 1)
        assert np.isclose(kappa(truth, 0 * truth), 0)


def test_quadratic_kappa_takes_grades_as_distances_where_some_grade_is_absent():
    truth, given = np.array([0, 4, 4, 0]), np.array([0, 4, 1, 0])
    right = cohen_kappa_score(truth, given, weights="quadratic", labels=range(5))
    assert np.isclose(metrics.quadratic_kappa(truth, given), right)
    assert metrics.quadratic_kappa([4, 0], [0, 4]) < 0


@pytest.mark.parametrize(
    ("truth", "given", "words"),
    [
        ([], [], "one grade a case"),
        ([0, 1], [0, 1, 2], "one grade a case"),
        ([[0, 1]], [[0, 1]], "one grade a case"),
        ([0, 1, np.nan], [0, 1, 2], "leave such cases out"),
        ([0, 1, 2], [0, 1, np.inf], "infinite"),
        ([0, 1, 2], [0.0, 1.5, 2.0], "whole number, and 1.5 is none"),
        ([3, 3, 3], [3, 2, 3], "every case has grade 3"),
    ],
)
def test_quadratic_kappa_says_what_is_wrong(truth, given, words):
    with pytest.raises(ValueError, match=words):
        metrics.quadratic_kappa(truth, given)
