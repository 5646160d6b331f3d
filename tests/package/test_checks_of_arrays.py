"""Labels, masks, spacings and numbers of the wrong kind get a sentence, in every function that takes them."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from masks import EMPTY, FULL
from profiles import tries
from taught import taught

from course_utils import arrays, metrics, preprocess, volumes

SQUARE = EMPTY.copy()
SQUARE[6:16, 5:14] = True
MOVED = np.roll(SQUARE, 2, 1)
GREY = np.random.default_rng(0).random((24, 20))
LABELS, SCORES = np.array([0, 1, 0, 1, 1]), np.array([0.1, 0.8, 0.4, 0.3, 0.9])
ROWS = np.stack([1 - SCORES, SCORES], 1)

# what takes two classes and scores
TWO_CLASSES = {
    "auc": metrics.auc,
    "delong": metrics.delong,
    "auc_lead": lambda y, s: metrics.auc_lead(y, s, s[::-1]),
    "net_benefit": lambda y, s: metrics.net_benefit(y, s, 0.3),
    "calibration": metrics.calibration,
    "ece": metrics.ece,
}
CLASSES = {
    "temperature": metrics.temperature,
    "conformal_sets": lambda y, rows: metrics.conformal_sets(y, rows, rows, 0.3),
}
PAIRS = {
    "overlap_scores": metrics.overlap_scores,
    "challenge_scores": metrics.challenge_scores,
    "segmentation_scores": metrics.segmentation_scores,
    "cldice": metrics.cldice,
    "gaps": lambda a, b: metrics.gaps(a, b, (1, 1)),
}
DISTANCES = {
    "gaps": metrics.gaps,
    "challenge_scores": metrics.challenge_scores,
    "segmentation_scores": metrics.segmentation_scores,
    "millilitres": lambda a, b, spacing: volumes.millilitres(a, spacing),
}
GREYS = {
    "median": preprocess.median,
    "gaussian": preprocess.gaussian,
    "bilateral": preprocess.bilateral,
    "nonlocal_means": preprocess.nonlocal_means,
    "standardise": preprocess.standardise,
    "local_standardise": preprocess.local_standardise,
    "top_hat": preprocess.top_hat,
    "veins": preprocess.veins,
    "sobel": preprocess.sobel,
    "log_edges": preprocess.log_edges,
    "canny": preprocess.canny,
    "optic_disc": lambda g: preprocess.optic_disc(g, FULL, 4),
    "white_lesions": lambda g: preprocess.white_lesions(g, FULL, radius=4),
}


def of(functions):
    return pytest.mark.parametrize("call", functions.values(), ids=functions)


# --- labels


def flat(found):
    """All numbers that a measure gave, in one array."""
    return np.hstack(
        [np.ravel(part) for part in (found if isinstance(found, tuple) else [found])]
    )


@pytest.mark.parametrize("kind", [float, bool, np.uint8, np.int8, np.float32, object])
@of(TWO_CLASSES | CLASSES)
def test_labels_of_any_type_count_the_same(call, kind):
    given = ROWS if call in CLASSES.values() else SCORES
    assert np.array_equal(flat(call(LABELS.astype(kind), given)), flat(call(LABELS, given)))


@pytest.mark.parametrize("wrong", [0.5, np.nan, np.inf, "1", None, 2, -1, 1e30])
@of(TWO_CLASSES | CLASSES)
def test_labels_that_are_none_are_refused(call, wrong):
    labels = np.array([0, 1, 0, 1, wrong], dtype=object)
    given = ROWS if call in CLASSES.values() else SCORES
    with pytest.raises(ValueError, match="label"):
        call(labels, given)
    with pytest.raises(ValueError, match="label"):
        call(LABELS[:, None], given)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@of(TWO_CLASSES | CLASSES)
def test_scores_are_finite(call, wrong):
    given = np.where((ROWS if call in CLASSES.values() else SCORES) == 0.9, wrong, 0.5)
    with pytest.raises(ValueError, match="of .* NaN or infinite; leave such cases out"):
        call(LABELS, given)


def test_by_group_loses_nobody():
    groups = ["f", np.nan, "m", None, "f"]
    table = metrics.by_group(LABELS, LABELS, groups)
    assert table["cases"].to_dict() == {"f": 2, "missing": 2, "m": 1}
    for missing in (np.array([1.0, np.nan, 2.0, np.nan, 1.0]), np.array(groups, dtype=object)):
        table = metrics.by_group(LABELS, LABELS, missing)
        assert table["cases"].sum() == len(LABELS) and table["cases"]["missing"] == 2
    assert metrics.by_group(LABELS, LABELS, [1, 1, 2, 2, 2])["cases"].to_dict() == {1: 2, 2: 3}


@tries
@given(st.lists(st.sampled_from(["f", "m", None, float("nan"), 3]), min_size=1, max_size=12))
def test_by_group_counts_each_case_once(groups):
    labels = np.arange(len(groups)) % 2
    assert metrics.by_group(labels, labels, groups)["cases"].sum() == len(groups)


# --- masks


@pytest.mark.parametrize("kind", [np.uint8, int, float, np.float32, object, str])
@of(PAIRS)
def test_masks_of_another_type_are_named(call, kind):
    for pair in ((SQUARE.astype(kind), MOVED), (SQUARE, MOVED.astype(kind))):
        with pytest.raises(ValueError, match=r"True and False \(bool\), not (?!bool)"):
            call(*pair)


def test_the_dtype_of_a_mask_is_named():
    with pytest.raises(ValueError, match="not uint8; `values > 0` makes one"):
        metrics.overlap_scores(np.eye(3, dtype=np.uint8), np.eye(3, dtype=np.uint8))
    with pytest.raises(ValueError, match="not float64"):
        volumes.millilitres(np.full((10, 10, 10), 0.5), (1, 1, 1))
    with pytest.raises(ValueError, match="not float64"):
        preprocess.standardise(GREY, GREY)
    with pytest.raises(ValueError, match="not int64"):
        metrics.staple(np.stack([SQUARE, MOVED]).astype(np.int64))


# --- spacing


@pytest.mark.parametrize(
    "wrong",
    [(0, 0), (1, 0), (1, -1), (1, np.nan), (np.inf, 1), (1,), (1, 1, 1), 1, (), None, "11", ("a", 1), [[1, 1]]],
)  # fmt: skip
@of(DISTANCES)
def test_a_spacing_that_is_none_is_refused(call, wrong):
    with pytest.raises(ValueError, match="one size for each of the 2 axes, finite and above 0"):
        call(SQUARE, MOVED, wrong)


sizes = st.one_of(st.floats(), st.integers(-3, 3), st.none(), st.text(max_size=2))


@tries
@given(
    st.one_of(
        sizes, st.lists(sizes, max_size=4), st.tuples(st.floats(0.01, 50), st.floats(0.01, 50))
    )
)
def test_any_spacing_gives_positive_distances_or_a_sentence(spacing):
    for name, call in DISTANCES.items():
        try:
            found = call(SQUARE, MOVED, spacing)
        except ValueError as error:
            assert "one size for each" in str(error)
            continue
        found = np.hstack(list(found.values())) if isinstance(found, dict) else np.ravel(found)
        assert (found > 0).any() or name == "gaps" and len(found) or np.prod(spacing) < 1e-300
        assert not np.isnan(found).any()


def test_spacing_scales_distances():
    one, two = (
        metrics.segmentation_scores(SQUARE, MOVED, s) for s in ((1, 1), (2.0, np.float32(2)))
    )
    assert two["ASD"] == pytest.approx(2 * one["ASD"]) and two["Dice"] == one["Dice"]


# --- shares, counts, raters


@pytest.mark.parametrize("confidence", [95, 0, 1, -0.5, np.nan, np.inf, None, "0.95"])
def test_a_confidence_is_a_share(confidence):
    for call in (
        lambda: metrics.clopper_pearson(3, 9, confidence=confidence),
        lambda: metrics.auc_lead(LABELS, SCORES, SCORES[::-1], confidence),
        lambda: metrics.by_group(LABELS, LABELS, LABELS, confidence),
        lambda: metrics.bootstrap(np.mean, SCORES, confidence=confidence),
    ):
        with pytest.raises(ValueError, match="a confidence lies between 0 and 1"):
            call()


@pytest.mark.parametrize("counts", [(np.nan, 5), (2, np.nan), (2.5, 5), (1, 2.5), (1, np.inf)])
def test_counts_are_whole(counts):
    with pytest.raises(ValueError, match="is not a count"):
        metrics.clopper_pearson(*counts)


@pytest.mark.parametrize("bins", [0, -1, 2.5, np.nan])
def test_bins_are_counted(bins):
    with pytest.raises(ValueError, match="1 or more"):
        metrics.ece(LABELS, SCORES, bins)


def test_staple_refuses_masks_that_say_nothing():
    for masks in (np.stack([FULL, FULL]), np.stack([EMPTY, EMPTY]), FULL[:1], FULL[0, :2]):
        with pytest.raises(
            ValueError, match="two or more raters are needed, not all empty and not all full"
        ):
            metrics.staple(masks)


@tries
@given(st.integers(2, 6), st.integers(1, 12), st.data())
def test_staple_gives_numbers_for_any_masks(raters, pixels, data):
    drawn = data.draw(
        st.lists(st.booleans(), min_size=raters * pixels, max_size=raters * pixels)
    )
    masks = np.array(drawn).reshape(raters, pixels)
    if masks.all() or not masks.any():
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for found in metrics.staple(masks):
            assert np.isfinite(found).all() and found.min() >= 0 and found.max() <= 1


# --- images


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@of(GREYS)
def test_an_image_is_finite(call, wrong):
    grey = GREY.copy()
    grey[3, 4] = wrong
    with pytest.raises(ValueError, match="1 of 480 pixels is NaN or infinite"):
        call(grey)


@tries
@given(
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.lists(st.tuples(st.integers(0, 23), st.integers(0, 19)), min_size=1, max_size=9),
    st.sampled_from([np.float32, np.float64]),
)
def test_what_lies_outside_of_the_mask_stays_there(wrong, places, kind):
    grey, where = GREY.astype(kind), SQUARE
    hole = grey.copy()
    for place in places:
        if not where[place]:
            hole[place] = wrong
    clean = preprocess.local_standardise(grey, where)
    found = preprocess.local_standardise(hole, where)
    assert np.array_equal(found[where], clean[where]) and (found[~where] == 0).all()
    assert np.isfinite(preprocess.standardise(hole, where)).all()
    inside = grey.copy()
    inside[10, 10] = np.nan
    for call in (preprocess.standardise, preprocess.local_standardise):
        with pytest.raises(ValueError, match="1 of 90 pixels is NaN"):
            call(inside, where)
        with pytest.raises(ValueError, match="empty"):
            call(grey, EMPTY)


# --- volumes


def test_affines_are_four_by_four_and_finite():
    for wrong, words in (
        (np.eye(3), "4 x 4"),
        (np.diag([1, 1, 1, np.nan]), "NaN"),
        ("x", "number"),
    ):
        for call in (volumes.to_world, volumes.crop_affine):
            with pytest.raises(ValueError, match=words):
                call(wrong, (1, 2, 3))
    assert np.allclose(volumes.to_world(np.diag([2, 2, 2, 1]).tolist(), (1, 2, 3)), (2, 4, 6))


def test_open_nifti_names_what_there_is(monkeypatch):
    from course_utils import data

    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(data, "simulated", set())
    scans = data.load("nifti_samples")
    for mask in ("spacing", "unit", "liver"):
        with pytest.raises(ValueError, match=f"has no mask '{mask}'; it has spleen"):
            volumes.open_nifti(scans, "sub-spleen2_ct", mask=mask)
    from dataclasses import replace

    for other in (data.load("wdbc"), replace(scans, files=None)):
        with pytest.raises(ValueError, match="has no NIfTI files; load 'nifti_samples'"):
            volumes.open_nifti(other, "sub-spleen2_ct")


# --- bootstrap


def few(sick=2, healthy=12):
    labels = np.repeat([0, 1], (healthy, sick))
    return labels, np.arange(len(labels)) / len(labels)


def test_bootstrap_leaves_out_draws_that_lack_a_class_and_counts_them():
    labels, scores = few()
    with pytest.warns(
        UserWarning, match=r"\d+ of 1000 draws lack .* a class, and are left out"
    ):
        found = metrics.bootstrap(metrics.auc, labels, scores)
    draws = np.random.default_rng(0).integers(0, 14, (1000, 14))
    lacking = sum(len(set(labels[draw])) < 2 for draw in draws)
    assert found.left_out == lacking > 50 and np.allclose(found, 1)
    low, high = found
    assert low <= high


def test_bootstrap_says_nothing_where_nothing_is_left_out():
    labels, scores = few(40, 40)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.bootstrap(metrics.auc, labels, scores).left_out == 0


def test_bootstrap_raises_what_is_wrong_with_the_arrays_themselves():
    labels, scores = few()
    with pytest.raises(ValueError, match="NaN or infinite"):
        metrics.bootstrap(metrics.auc, labels, np.where(labels, np.nan, scores))
    with pytest.raises(ValueError, match="both must occur"):
        metrics.bootstrap(metrics.auc, np.zeros(14, int), scores)
    with pytest.raises(ValueError, match="has a value in none of 1000 draws of 14 cases"):
        metrics.bootstrap(lambda x: np.nan, scores)
    for wrong in (dict(repeats=0), dict(repeats=-1)):
        with pytest.raises(ValueError, match="one of each is the least"):
            metrics.bootstrap(np.mean, scores, **wrong)
    for nothing in ((), ([],), (3,)):
        with pytest.raises(ValueError, match="one"):
            metrics.bootstrap(np.mean, *nothing)


@tries
@given(st.integers(0, 30), st.integers(1, 3), st.integers(0, 2**32))
def test_bootstrap_with_one_case_of_a_class(healthy, sick, seed):
    labels, _ = few(sick, healthy)
    scores = np.random.default_rng(seed).random(len(labels)).round(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            low, high = found = metrics.bootstrap(
                metrics.auc, labels, scores, repeats=30, seed=seed
            )
        except ValueError as error:
            assert healthy == 0 or "in none of 30 draws" in str(error)
            return
    assert 0 <= low <= high <= 1 and 0 <= found.left_out < 30


@pytest.mark.filterwarnings("ignore:.*draws lack")
def test_bootstrap_of_lesson_03_leaves_them_out_too():
    lesson = taught("03")
    labels, scores = few()
    scores = np.random.default_rng(0).random(14)
    packaged = metrics.bootstrap(metrics.auc, labels, scores)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.allclose(lesson["bootstrap"](lesson["auc"], labels, scores), packaged)


# --- the checks themselves

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.complex_numbers(),
    st.binary(max_size=3), st.dictionaries(st.integers(), st.integers(), max_size=2),
)  # fmt: skip


@tries
@given(st.recursive(anything, lambda x: st.lists(x, max_size=4), max_leaves=8))
def test_the_checks_give_an_array_or_a_sentence(value):
    for check in (
        arrays.finite,
        arrays.whole,
        arrays.labels,
        arrays.mask,
        lambda v: arrays.spacing(v, 3),
        lambda v: arrays.share(v, "confidence"),
    ):
        try:
            check(value)
        except ValueError as error:
            assert re.match(r"(\S+ ){3}", str(error)) and "inhomogeneous" not in str(error)
    try:
        arrays.positions(value, 5, "toy")
    except IndexError as error:
        assert str(error).startswith("toy")
