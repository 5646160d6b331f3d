"""Lesson 10: what it writes out equals the packaged twins, and these agree with scikit-learn, SciPy and MONAI."""

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, recall_score, roc_auc_score
from taught import taught

from course_utils import exercises, metrics, models, results

LESSON = taught("10")


def cases(n=300, seed=1, models=2):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    return labels, *(np.round(rng.normal(labels, 1.5), 1) for _ in range(models))  # ties


def chances(n=400, seed=2, classes=2, spread=2.0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    logits = rng.normal(0, spread, (n, classes))
    logits[np.arange(n), labels] += 1.5
    return labels, logits


def test_delong_agrees_with_the_lesson_scikit_learn_and_scipy():
    labels, a, b = cases()
    areas, covariance = metrics.delong(labels, a, b)
    again, same = LESSON["delong"](labels, a, b)
    assert np.allclose(areas, again) and np.allclose(covariance, same)
    assert np.allclose(areas, [roc_auc_score(labels, s) for s in (a, b)])
    u = stats.mannwhitneyu(a[labels == 1], a[labels == 0]).statistic
    assert np.isclose(areas[0], u / ((labels == 1).sum() * (labels == 0).sum()))
    one, alone = metrics.delong(labels, a)
    assert alone.shape == (1, 1) and np.isclose(alone[0, 0], covariance[0, 0])


def test_delong_interval_comes_near_the_bootstrap():
    labels, a, b = cases(600)
    areas, covariance = metrics.delong(labels, a, b)
    reach = 1.96 * np.sqrt(covariance[0, 0])
    drawn = metrics.bootstrap(metrics.auc, labels, a, repeats=800)
    assert np.allclose((areas[0] - reach, areas[0] + reach), drawn, atol=0.008)

    def lead(labels, both):
        return metrics.auc(labels, both[:, 0]) - metrics.auc(labels, both[:, 1])

    drawn = metrics.bootstrap(lead, labels, np.stack([a, b], 1), repeats=800)
    value, low, high, p = metrics.auc_lead(labels, a, b)
    assert np.allclose((low, high), drawn, atol=0.012) and low < value < high and 0 < p <= 1


def test_two_models_that_order_alike_have_no_lead():
    labels, a, _ = cases()
    assert metrics.auc_lead(labels, a, 3 * a + 1) == (0.0, 0.0, 0.0, 1.0)


def test_net_benefit_from_the_confusion_matrix_of_scikit_learn():
    labels, logits = chances()
    p, t = softmax(logits, 1)[:, 1], 0.2
    _, false, _, right = confusion_matrix(labels, p >= t).ravel()
    want = right / len(labels) - false / len(labels) * t / (1 - t)
    assert np.isclose(metrics.net_benefit(labels, p, t), want)
    twin = LESSON["net_benefit"]
    assert np.isclose(twin(labels, p, t, 0.05), metrics.net_benefit(labels, p, t, 0.05))
    assert np.isclose(
        LESSON["worth"](labels, p), 1000 * metrics.net_benefit(labels, p, 0.1, 0.05)
    )
    assert metrics.net_benefit(labels, np.zeros(len(p)), t) == 0
    assert np.isclose(metrics.net_benefit(labels, np.ones(len(p)), 0.05, 0.05), 0)


def test_at_prevalence_is_the_rule_of_bayes():
    p = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    assert np.allclose(metrics.at_prevalence(p, 0.3, 0.3), p)
    told = metrics.at_prevalence(p, 0.5, 0.1)
    assert np.allclose(told, LESSON["at_prevalence"](p, 0.5, 0.1))
    assert np.isclose(told[2], 0.1) and told[0] == 0 and told[-1] == 1
    assert np.allclose(metrics.at_prevalence(told, 0.1, 0.5), p)


def test_calibration_agrees_with_scikit_learn():
    labels, logits = chances()
    p = softmax(logits, 1)[:, 1]
    p[:3] = 0.0, 0.5, 1.0  # on the edges of bins
    observed, predicted = calibration_curve(labels, p, n_bins=10)
    ours = metrics.calibration(labels, p)
    assert np.allclose(ours[0], predicted) and np.allclose(ours[1], observed)
    assert ours[2].sum() == len(labels)
    lesson = LESSON["calibration"]
    assert all(np.allclose(a, b) for a, b in zip(ours, lesson(labels, p), strict=True))
    assert np.isclose(
        metrics.ece(labels, p), np.average(abs(observed - predicted), weights=ours[2])
    )
    assert np.isclose(metrics.ece(labels, p), LESSON["ece"](labels, p))


def test_temperature_is_the_slope_of_scikit_learns_logistic_regression():
    labels, logits = chances(2000, spread=4.0)
    difference = (logits[:, 1] - logits[:, 0])[:, None]
    slope = LogisticRegression(C=1e6, fit_intercept=False).fit(difference, labels).coef_[0, 0]
    assert np.isclose(metrics.temperature(labels, logits), 1 / slope, rtol=1e-3)
    shifted = logits + np.random.default_rng(0).normal(size=(len(logits), 1))
    assert np.isclose(metrics.temperature(labels, shifted), 1 / slope, rtol=1e-3)


def test_conformal_sets_keep_their_promise_as_scipys_beta_binomial_says():
    inside = []
    for seed in range(300):
        labels, logits = chances(200, seed, classes=3)
        p = softmax(logits, 1)
        sets = metrics.conformal_sets(labels[:99], p[:99], p[99:])
        inside.append(sets[np.arange(101), labels[99:]].sum())
    # 99 calibration cases, rank 90: the number of covered cases is beta-binomial with 90 and 10.
    law = stats.betabinom(101, 90, 10)
    assert abs(np.mean(inside) - law.mean()) < 4 * law.std() / np.sqrt(300)
    assert np.std(inside) == pytest.approx(law.std(), rel=0.15)


def test_conformal_sets_equal_the_lessons_and_know_too_few():
    labels, logits = chances()
    p = softmax(logits, 1)
    ours = metrics.conformal_sets(labels[:200], p[:200], p[200:])
    assert (ours == LESSON["conformal_sets"](labels[:200], p[:200], p[200:])).all()
    with pytest.raises(ValueError, match="take 9 or more"):
        metrics.conformal_sets(labels[:8], p[:8], p)


def test_a_model_with_true_probabilities_lies_in_the_middle_of_its_null():
    ranks, null = [], LESSON["null_ece"]
    for seed in range(60):
        rng = np.random.default_rng(seed + 10)
        p = rng.beta(0.5, 0.5, 300)
        ranks.append((null(p) < LESSON["ece"](rng.random(300) < p, p)).mean())
    assert 0.35 < np.mean(ranks) < 0.65
    assert np.mean(null(np.full(300, 0.7))) > 0


def test_outcome_counts_coverage_and_set_sizes():
    sets = np.array([[True, False], [False, False], [True, True], [False, True]])
    row = LESSON["outcome"]("x", sets, np.array([0, 0, 1, 1]))
    assert (row["none"], row["one"], row["both"]) == (0.25, 0.5, 0.25)
    assert (row["inside"], row["normal"], row["pneumonia"]) == (0.75, 0.5, 1.0)


def test_by_group_agrees_with_scikit_learn():
    labels, a, _ = cases()
    called, groups = a > 0.5, np.repeat(["x", "y", "z"], 100)
    table = metrics.by_group(labels, called, groups)
    for group in "xyz":
        here = groups == group
        for name, label in (("sensitivity", 1), ("specificity", 0)):
            want = recall_score(labels[here], called[here], pos_label=label)
            assert np.isclose(table.loc[group, name], want)
            n = (labels[here] == label).sum()
            exact = stats.binomtest(round(want * n), n).proportion_ci(method="exact")
            assert np.allclose(table.loc[group, [f"{name} low", f"{name} high"]], exact)
    lone = metrics.by_group([1, 1], [1, 0], ["a", "a"])
    assert lone.loc["a", "sensitivity"] == 0.5 and np.isnan(lone.loc["a", "specificity"])


NAN = np.array([0.1, np.nan, 0.3, 0.4])
GOOD, TWO = np.array([0.1, 0.6, 0.3, 0.9]), np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    "measure",
    [
        metrics.delong,
        metrics.calibration,
        metrics.ece,
        lambda y, s: metrics.auc_lead(y, s, s),
        lambda y, s: metrics.net_benefit(y, s, 0.1),
    ],
)
@pytest.mark.parametrize(
    ("labels", "scores", "words"),
    [
        (np.ones(4, int), GOOD, "both must occur"),
        (np.array([]), np.array([]), "no cases"),
        (TWO, NAN, "NaN"),
        (TWO, GOOD[:3], "one label and one score"),
        (np.array([0, 1, 2, 1]), GOOD, "labels must be 0 and 1"),
    ],
)
def test_bad_input_gets_a_clear_error(measure, labels, scores, words):
    with pytest.raises(ValueError, match=words):
        measure(labels, scores)


def test_other_bad_input():
    with pytest.raises(ValueError, match="two cases of each class"):
        metrics.delong(np.array([0, 0, 1]), GOOD[:3])
    for wrong in (
        lambda: metrics.ece(TWO, 3 * GOOD),
        lambda: metrics.net_benefit(TWO, -GOOD, 0.1),
    ):
        with pytest.raises(ValueError, match="between 0 and 1"):
            wrong()
    with pytest.raises(ValueError, match="threshold probability"):
        metrics.net_benefit(TWO, GOOD, 1.0)
    with pytest.raises(ValueError, match="prevalence lies"):
        metrics.net_benefit(TWO, GOOD, 0.1, 5)
    with pytest.raises(ValueError, match="prevalence lies"):
        metrics.at_prevalence(GOOD, 0.5, 0)
    with pytest.raises(ValueError, match="without NaN"):
        metrics.at_prevalence(NAN, 0.5, 0.1)
    two = np.stack([1 - GOOD, GOOD], 1)
    for call in (metrics.temperature, lambda y, z: metrics.conformal_sets(y, z, z, 0.5)):
        with pytest.raises(ValueError, match="one row of numbers a case"):
            call(TWO, GOOD)
        with pytest.raises(ValueError, match="labels must be 0 to 1"):
            call(TWO + 1, two)
        with pytest.raises(ValueError, match="NaN"):
            call(TWO, np.where(two > 0.8, np.nan, two))
        with pytest.raises(ValueError, match="one row of numbers a case"):
            call(np.array([], int), np.empty((0, 2)))
    with pytest.raises(ValueError, match="miss lies"):
        metrics.conformal_sets(TWO, two, two, 0)
    with pytest.raises(ValueError, match="without NaN"):
        metrics.conformal_sets(TWO, two, two[:, :1], 0.5)
    with pytest.raises(ValueError, match="one call and one group"):
        metrics.by_group(TWO, TWO, ["a"])
    with pytest.raises(ValueError, match="0 or 1"):
        metrics.by_group(TWO, GOOD, list("abab"))


def films(n=3):
    return torch.rand(n, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def a_network():
    torch.manual_seed(3)
    return models.small_cnn(8).eval()


def test_small_cnn_is_the_network_of_lesson_03_but_for_the_last_pooling():
    network = taught("03")["network"]
    torch.manual_seed(3)
    theirs, ours = network(8).eval(), a_network()
    assert torch.equal(theirs[:2](films()), ours[:2](films()))
    assert theirs[:3](films()).shape[-1] == 3 and ours[:3](films()).shape[-1] == 7
    ours[2][1] = torch.nn.MaxPool2d(2)
    assert torch.equal(theirs(films()), ours(films()))
    assert sum(w.numel() for w in models.small_cnn(32).parameters()) == 93154


def test_grad_cam_agrees_with_monai():
    from monai.visualize import GradCAM

    net, x = a_network(), films()
    ours = models.grad_cam(net[:3], net[3:], x, 1)
    cam = GradCAM(nn_module=net, target_layers="2")
    for i in range(len(x)):
        theirs = cam.compute_map(x[i : i + 1], class_idx=1)[0, 0].detach().numpy()
        assert np.allclose(ours[i], theirs, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence")
def test_occlusion_agrees_with_monai():
    from monai.visualize import OcclusionSensitivity

    net, x = a_network(), films()
    ours = models.occlusion(net, x, 1)
    assert ours.shape == (3, 22, 22)
    # MONAI averages squares that overlap, so we compare squares that touch.
    see = OcclusionSensitivity(
        net, mask_size=7, overlap=0.0, mode=0.5, activate=False, verbose=False
    )
    theirs, _ = see(x[:1])
    with torch.no_grad():
        before = net(x[:1])[0, 1]
    assert np.allclose(ours[0, ::7, ::7], before - theirs[0, 1, ::7, ::7], atol=1e-5)
    with pytest.raises(ValueError, match="does not fit"):
        models.occlusion(net, x, 1, patch=29)


def test_changes_are_what_scikit_image_does():
    from skimage import exposure, util

    change = LESSON["change"]
    images = np.uint8(255 * films()[:, 0].numpy())
    assert all((change(images, kind, 0) == images).all() for kind in ("contrast", "gamma"))
    assert change(images, "contrast", 4).std() == pytest.approx(0.2 * images.std(), abs=0.6)
    darker = exposure.adjust_gamma(images / 255, 2)
    assert abs(change(images, "gamma", 2) / 255 - darker).max() < 0.003
    flat = np.full((4, 28, 28), 128, np.uint8)
    noisy = util.random_noise(flat / 255, "gaussian", var=0.12**2, rng=0)
    assert (change(flat, "noise", 2) / 255).std() == pytest.approx(noisy.std(), rel=0.05)


def test_a_split_by_scikit_learn_solves_exercise_2():
    from sklearn.model_selection import GroupShuffleSplit

    def split(persons, share, seed):
        splitter = GroupShuffleSplit(1, test_size=share, random_state=seed)
        _, test = next(splitter.split(persons, groups=persons))
        return np.isin(np.arange(len(persons)), test)

    assert exercises.verdict("10.2", split).startswith("✓")


def test_card_of_the_seven_questions():
    card = results.Checklist("x", results.TRUST)
    assert len(results.TRUST) == 7 and "14 items open" in str(card)
    assert all("CLAIM" in name for name in results.TRUST)
    card.fill(5, disjoint_by="patient")
    assert (
        "13 items open" in card._repr_html_()
        and "step 5, permutation test" in card.open_items()
    )
    with pytest.raises(ValueError, match="step 1 has no 'question'"):
        card.fill(1, question="?")
    with pytest.raises(ValueError, match="opens no test"):
        card.open_test(None)
