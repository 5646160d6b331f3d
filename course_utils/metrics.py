"""Measures of how good a result is, thin where a library has them."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from scipy.stats import beta, norm

from . import arrays as checked


def clopper_pearson(
    successes: int, trials: int, confidence: float = 0.95
) -> tuple[float, float]:
    """The exact interval for a proportion (Clopper and Pearson): all rates that fit `successes` in `trials`.

    Returns (low, high), each from 0 to 1. Raises ValueError unless 0 <= successes <= trials and trials > 0, all
    whole numbers, and 0 < confidence < 1.
    """
    if not (trials > 0 and 0 <= successes <= trials and successes % 1 == trials % 1 == 0):
        raise ValueError(
            f"{successes} of {trials} is not a count: 0 <= successes <= trials is needed"
        )
    tail = (1 - checked.share(confidence, "confidence")) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, trials - successes + 1))
    high = (
        1.0
        if successes == trials
        else float(beta.ppf(1 - tail, successes + 1, trials - successes))
    )
    return low, high


def auc(labels, scores) -> float:
    """Area under the ROC curve: how often a random case of class 1 scores higher than one of class 0.

    labels: 0 or 1. scores: higher means "more likely 1". Ties count half. Raises ValueError if a class is missing,
    and for scores that are NaN or infinite.
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*_binary(labels, scores)))


class Interval(tuple):
    """(low, high) of a bootstrap. left_out: how many draws had no value, as where a class was not drawn."""

    left_out: int = 0


def bootstrap(
    measure: Callable,
    *arrays,
    repeats: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Interval:
    """A percentile interval for any measure: draw cases with replacement, measure anew, many times.

    measure: called with the redrawn arrays, e.g. `auc`. arrays: one entry a case, e.g. labels and scores. Cases
    must be independent: where a patient has several images, give one entry a patient.
    Returns (low, high). A draw in which the measure has no value (NaN, or a ValueError as of `auc` where a class was
    not drawn) is left out; `.left_out` counts them, and a warning tells of refused ones. Raises ValueError if no draw
    has a value, and what the measure raises on the arrays themselves.
    """
    tail = (1 - checked.share(confidence, "confidence")) / 2
    arrays = [np.asarray(a) for a in arrays]
    if not arrays or any(a.ndim == 0 or len(a) != len(arrays[0]) for a in arrays):
        raise ValueError(f"one entry a case is needed, not {[a.shape for a in arrays]}")
    count = len(arrays[0])
    if not (count and repeats >= 1):
        raise ValueError(f"{count} cases and {repeats} repeats; one of each is the least")
    draws = np.random.default_rng(seed).integers(0, count, (repeats, count))
    values, refused = [], 0
    for draw in draws:
        try:
            values.append(measure(*(a[draw] for a in arrays)))
        except ValueError:
            if not refused:
                measure(*arrays)  # a fault of the arrays themselves is raised here
            refused += 1
    kept = len(values) - int(np.isnan(values).sum())
    if not kept:
        raise ValueError(f"the measure has a value in none of {repeats} draws of {count} cases")
    if refused:
        warnings.warn(
            f"{refused} of {repeats} draws lack what the measure needs, e.g. a class, and are left out",
            stacklevel=2,
        )
    low, high = np.nanquantile(values, (tail, 1 - tail))
    found = Interval((float(low), float(high)))
    found.left_out = repeats - kept
    return found


def quadratic_kappa(truth, given) -> float:
    """Agreement of two lists of grades beyond chance, where a miss of two grades counts four times a miss of one.

    truth, given: whole numbers, one a case, e.g. grades 0 to 4. 1 is full agreement, 0 what chance gives, negative
    is worse. Raises ValueError for empty lists, lists of different length, numbers that are not whole (NaN among
    them), and for a truth that holds one grade only: there chance already agrees as well as anything can.
    """
    truth, given = (checked.whole(a, "grade").astype(float) for a in (truth, given))
    if truth.ndim != 1 or truth.shape != given.shape or not len(truth):
        raise ValueError(
            f"two lists with one grade a case are needed, not {truth.shape} and {given.shape}"
        )
    if len(np.unique(truth)) == 1:
        raise ValueError(
            f"every case has grade {truth[0]:.0f}; kappa needs at least two grades in the truth"
        )
    # The mean over all pairs of a true and a given grade: what misses cost where the two are unrelated.
    by_chance = truth.var() + given.var() + (truth.mean() - given.mean()) ** 2
    return float(1 - ((truth - given) ** 2).mean() / by_chance)


def medmnist_evaluator(films, split: str):
    """The medmnist package's own Evaluator for one split of `cu.load("medmnist", ...)`.

    `.evaluate(scores)` gives its AUC and ACC (at a threshold of 0.5). It reads the labels from the published file;
    for a stand-in, which has no file, from a temporary one with the stand-in's labels.
    """
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from medmnist import Evaluator

    from .data import fetch

    flag = films.extra["flag"]
    if films.source == "real":
        folder = fetch.files("medmnist")[f"{flag}.npz"].parent
        return Evaluator(flag, split, root=str(folder))
    with TemporaryDirectory() as folder:
        labels = {f"{split}_labels": films.part(split).labels[:, None]}
        np.savez(Path(folder) / f"{flag}.npz", **labels)
        return Evaluator(flag, split, root=folder)


def _binary(labels, *scores) -> tuple[np.ndarray, ...]:
    """Labels (n,) of 0 and 1 and one or more arrays of scores (n,), checked: no gaps, both classes there."""
    labels = np.asarray(labels)
    scores = [checked.finite(s, "score").astype(float) for s in scores]
    if labels.ndim != 1 or any(s.shape != labels.shape for s in scores):
        raise ValueError(
            f"one label and one score a case are needed, not {labels.shape} labels "
            f"and {[s.shape for s in scores]} scores"
        )
    if not len(labels):
        raise ValueError("there are no cases: labels and scores are empty")
    labels = checked.labels(labels)
    if labels.min() != 0 or labels.max() != 1:
        raise ValueError(
            "labels must be 0 and 1, and both must occur, since cases of one class are compared with cases of the "
            f"other; give both, not {np.unique(labels)[:5].tolist()}"
        )
    return labels, *scores


def _probabilities(labels, probabilities) -> tuple[np.ndarray, np.ndarray]:
    labels, probabilities = _binary(labels, probabilities)
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError("probabilities lie between 0 and 1; turn logits into them first")
    return labels, probabilities


def delong(labels, *scores) -> tuple[np.ndarray, np.ndarray]:
    """AUC of one or more models on the same cases, and the covariance of these AUCs (DeLong).

    labels: 0 or 1. scores: one array a model. Returns areas (models,) and covariance (models, models). Ties count
    half. Cases must be independent. Raises ValueError with fewer than two cases of a class.
    """
    labels, *scores = _binary(labels, *scores)
    if min(np.bincount(labels)) < 2:
        raise ValueError("two cases of each class are needed to see how an AUC varies")
    areas, sick, healthy = [], [], []
    for s in scores:
        won = np.sign(s[labels == 1][:, None] - s[labels == 0]) / 2 + 0.5
        areas.append(won.mean())
        sick.append(won.mean(1))
        healthy.append(won.mean(0))
    covariance = np.cov(sick) / len(sick[0]) + np.cov(healthy) / len(healthy[0])
    return np.array(areas), np.atleast_2d(covariance)


def auc_lead(
    labels, first, second, confidence: float = 0.95
) -> tuple[float, float, float, float]:
    """By how much the AUC of `first` lies above that of `second` on the same cases (DeLong).

    Returns lead, low, high, p. p: how often two equally good models would differ this much. With no variation at
    all (the two order every pair alike) low and high equal the lead and p is 1.
    """
    tail = (1 - checked.share(confidence, "confidence")) / 2
    areas, covariance = delong(labels, first, second)
    lead = float(areas[0] - areas[1])
    error = float(np.sqrt(max(np.array([1, -1]) @ covariance @ [1, -1], 0)))
    if error < 1e-12:
        return lead, lead, lead, 1.0
    reach = float(norm.isf(tail)) * error
    return lead, lead - reach, lead + reach, float(2 * norm.sf(abs(lead) / error))


def net_benefit(labels, probabilities, threshold: float, prevalence: float | None = None):
    """Right alarms a case, minus false alarms at the exchange rate threshold / (1 - threshold).

    An alarm is raised from `threshold` on. prevalence: share of sick cases where the model is used; None takes that
    of `labels`. For "alarm for all" pass ones, for "no alarm" zeros.
    """
    labels, probabilities = _probabilities(labels, probabilities)
    checked.share(threshold, "threshold probability")
    if prevalence is None:
        prevalence = labels.mean()
    if not 0 <= prevalence <= 1:
        raise ValueError(f"a prevalence lies between 0 and 1, not {prevalence}")
    alarm = probabilities >= threshold
    right = alarm[labels == 1].mean() * prevalence
    false = alarm[labels == 0].mean() * (1 - prevalence)
    return float(right - false * threshold / (1 - threshold))


def at_prevalence(probabilities, old: float, new: float) -> np.ndarray:
    """Probabilities of a model trained where the share `old` was sick, for a place where it is `new` (Bayes).

    Right if only the mix of sick and healthy differs, not what they look like.
    """
    checked.share(old, "prevalence"), checked.share(new, "prevalence")
    probabilities = np.asarray(probabilities, dtype=float)
    if not ((0 <= probabilities) & (probabilities <= 1)).all():
        raise ValueError("probabilities lie between 0 and 1, without NaN")
    sick = probabilities * new / old
    return sick / (sick + (1 - probabilities) * (1 - new) / (1 - old))


def calibration(
    labels, probabilities, bins: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Said and seen: mean probability, share of class 1 and number of cases in each bin that is not empty."""
    labels, probabilities = _probabilities(labels, probabilities)
    if not (bins >= 1 and bins % 1 == 0):
        raise ValueError(f"bins is a number of bins, 1 or more, not {bins}")
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    where = np.searchsorted(inner, probabilities)
    counts = np.bincount(where, minlength=bins)
    said, seen = (
        np.bincount(where, weights=w, minlength=bins)[counts > 0] / counts[counts > 0]
        for w in (probabilities, labels)
    )
    return said, seen, counts[counts > 0]


def ece(labels, probabilities, bins: int = 10) -> float:
    """Expected calibration error: the mean gap between said and seen, weighed by the cases of each bin."""
    said, seen, counts = calibration(labels, probabilities, bins)
    return float(np.average(np.abs(said - seen), weights=counts))


def _classes(labels, values) -> tuple[np.ndarray, np.ndarray]:
    labels, values = np.asarray(labels), checked.finite(values).astype(float)
    if values.ndim != 2 or labels.shape != values.shape[:1] or not len(labels):
        raise ValueError(
            f"labels (n,) and one row of numbers a case are needed, not {labels.shape} and {values.shape}"
        )
    return checked.labels(labels, classes=values.shape[1]), values


def temperature(labels, logits) -> float:
    """The number by which to divide logits (n, classes) so that their softmax fits the labels best (0.05 to 20).

    Above 1: the model was too sure. It changes no order and no decision at 0.5.
    """
    labels, logits = _classes(labels, logits)

    def surprise(log_t):
        return -log_softmax(logits / np.exp(log_t), axis=1)[
            np.arange(len(labels)), labels
        ].mean()

    limits = np.log((0.05, 20.0))
    return float(np.exp(minimize_scalar(surprise, bounds=limits, method="bounded").x))


def conformal_sets(labels, known, new, miss: float = 0.1) -> np.ndarray:
    """Which classes to name for each new case, so that the true one is missing in at most a share `miss`.

    labels, known: of calibration cases the model was not trained on, probabilities (n, classes). new:
    probabilities (m, classes). Returns bool (m, classes). The promise is an average over cases that come from the
    same source as the calibration cases; it is no promise for a class, a group or another hospital.
    """
    labels, known = _classes(labels, known)
    new = np.asarray(new, dtype=float)
    checked.share(miss, "miss")
    if new.ndim != 2 or new.shape[1] != known.shape[1] or not np.isfinite(new).all():
        raise ValueError(f"new must be (m, {known.shape[1]}) without NaN, not {new.shape}")
    rank = int(np.ceil((len(labels) + 1) * (1 - miss)))
    if rank > len(labels):
        need = int(np.ceil(1 / miss)) - 1
        raise ValueError(f"{len(labels)} calibration cases are too few: take {need} or more")
    strange = np.sort(1 - known[np.arange(len(labels)), labels])
    return 1 - new <= strange[rank - 1]


def by_group(labels, called, groups, confidence: float = 0.95):
    """Sensitivity and specificity of each group, with Clopper-Pearson intervals, as a table.

    labels, called: 0 or 1 (True) for each case. groups: the name of its group; cases without one (None, NaN) form the
    group "missing". A group without a class has NaN there.
    """
    import pandas as pd

    groups = np.array(groups, dtype=object)  # else NaN among names becomes the name "nan"
    groups[pd.isna(groups)] = "missing"
    labels, called = np.asarray(labels), np.asarray(called)
    if labels.ndim != 1 or not labels.shape == called.shape == groups.shape or not len(labels):
        raise ValueError(
            "one label, one call and one group a case are needed, and at least one case"
        )
    labels, called = checked.labels(labels), checked.whole(called, "call (0 or 1)")
    if not (np.isin(labels, (0, 1)).all() and np.isin(called, (0, 1)).all()):
        raise ValueError("labels and calls must be 0 or 1")
    rows = {}
    for group in dict.fromkeys(groups.tolist()):
        row = {"cases": int((groups == group).sum())}
        for name, label in (("sensitivity", 1), ("specificity", 0)):
            right = (called == labels)[(groups == group) & (labels == label)]
            row[name] = right.mean() if len(right) else np.nan
            low, high = (
                clopper_pearson(int(right.sum()), len(right), confidence)
                if len(right)
                else (np.nan, np.nan)
            )
            row |= {f"{name} low": low, f"{name} high": high}
        rows[group] = row
    return pd.DataFrame(rows).T.astype({"cases": int})


def _two_masks(given, truth, flat: bool = False) -> tuple[np.ndarray, np.ndarray]:
    given, truth = (checked.mask(m, "each of the two masks") for m in (given, truth))
    if given.shape != truth.shape:
        raise ValueError(
            f"two masks (bool) of one shape are needed, not {given.shape} and {truth.shape}"
        )
    if flat and given.ndim != 2:
        raise ValueError(f"masks (H, W) are needed, not {given.shape}; go slice by slice")
    return given, truth


def overlap_scores(given, truth) -> dict[str, float]:
    """DSC, JI, CC (in %), TPR, TNR and PPV of two masks of one shape. Lesson 12 writes them out.

    Two empty masks agree: DSC and JI 1, CC 100. A share of nothing is NaN; CC is -inf where the masks do not meet.
    """
    given, truth = _two_masks(given, truth)
    tp, fp = int((given & truth).sum()), int((given & ~truth).sum())
    fn, tn = int((~given & truth).sum()), int((~given & ~truth).sum())

    def share(part, whole, empty=np.nan):
        return part / whole if whole else empty

    return {
        "DSC": share(2 * tp, 2 * tp + fp + fn, 1.0),
        "JI": share(tp, tp + fp + fn, 1.0),
        "CC": 100 * (1 - share(fp + fn, tp, np.inf if fp + fn else 0.0)),
        "TPR": share(tp, tp + fn),
        "TNR": share(tn, tn + fp),
        "PPV": share(tp, tp + fp),
    }


def gaps(one, other, spacing) -> np.ndarray:
    """From each pixel of either set to the nearest pixel of the other set, in the unit of `spacing`.

    one, other: masks. inf where the other set is empty; no entries where both are.
    """
    from scipy.ndimage import distance_transform_edt

    one, other = _two_masks(one, other)
    spacing = checked.spacing(spacing, one.ndim)

    def there(a, b):
        return distance_transform_edt(~b, spacing)[a] if b.any() else np.full(a.sum(), np.inf)

    return np.concatenate([there(one, other), there(other, one)])


def challenge_scores(given, truth, spacing=(1.0, 1.0)) -> dict[str, float]:
    """The ten measures of the gray-matter challenge for two masks (H, W): overlap and distances.

    MSD and HSD: mean and largest distance between the outlines, both ways. SMD and SHD: median and largest distance
    between the skeletons. spacing: size of a pixel, e.g. in mm. Distances are NaN for two empty masks and inf where
    one is empty.
    """
    from scipy.ndimage import binary_erosion
    from skimage.morphology import skeletonize

    masks = _two_masks(given, truth, flat=True)
    spacing = checked.spacing(spacing, 2)
    scores = overlap_scores(*masks)
    outline = gaps(*(m & ~binary_erosion(m) for m in masks), spacing)
    middle = gaps(*(skeletonize(m) for m in masks), spacing)
    if not len(outline):
        return scores | dict.fromkeys(("MSD", "HSD", "SMD", "SHD"), np.nan)
    return scores | {
        "MSD": float(outline.mean()),
        "HSD": float(outline.max()),
        "SMD": float(np.median(middle)),
        "SHD": float(middle.max()),
    }


def cldice(given, truth) -> float:
    """How much of each mask's skeleton lies in the other mask (clDice). Lesson 11 writes it out.

    Made for thin, branching things, and for masks (H, W). 1 for two empty masks, 0 where one is empty.
    """
    from skimage.morphology import skeletonize

    given, truth = _two_masks(given, truth, flat=True)
    if not (given.any() and truth.any()):
        return float(given.any() == truth.any())
    right, found = truth[skeletonize(given)].mean(), given[skeletonize(truth)].mean()
    return float(2 * right * found / (right + found)) if right + found else 0.0


def segmentation_scores(given, truth, spacing=(1.0, 1.0)) -> dict[str, float]:
    """Dice, Jaccard, HD95, ASD and clDice of two masks (H, W). Lesson 11 writes them out.

    HD95: the distance that 95 of 100 outline pixels keep to the other outline, the worse of both ways. ASD: the mean
    distance between the outlines. In the unit of `spacing`; NaN for two empty masks, inf where one is empty.
    """
    from scipy.ndimage import binary_erosion

    given, truth = _two_masks(given, truth, flat=True)
    spacing = checked.spacing(spacing, 2)
    overlap = overlap_scores(given, truth)
    lines = [m & ~binary_erosion(m) for m in (given, truth)]
    if given.any() and truth.any():
        both = gaps(*lines, spacing)
        far = max(np.percentile(d, 95) for d in np.split(both, [lines[0].sum()]))
    else:
        far = both = np.array(np.inf if given.any() or truth.any() else np.nan)
    return {
        "Dice": overlap["DSC"],
        "Jaccard": overlap["JI"],
        "HD95": float(far),
        "ASD": float(both.mean()),
        "clDice": cldice(given, truth),
    }


def staple(masks, rounds: int = 30) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """STAPLE: how likely each pixel is, and how far each rater can be trusted, found together from the masks alone.

    masks: (raters, ...) bool. Returns the probability of each pixel (...), and each rater's sensitivity and
    specificity. Raises ValueError for fewer than two raters, and for masks that are all empty or all full: they say
    nothing about how far a rater can be trusted.
    """
    masks = checked.mask(masks, "the array of masks")
    if masks.ndim < 2 or len(masks) < 2 or not masks.any() or masks.all():
        raise ValueError(
            f"masks (raters, ...) of two or more raters are needed, not all empty and not all full; got {masks.shape}"
        )
    drawn = masks.reshape(len(masks), -1).astype(float)
    prior, weight = drawn.mean(), drawn.mean(0)
    for _ in range(rounds):
        # The sums can round to 0, where all pixels seem sure.
        inside, outside = max(weight.sum(), 1e-300), max((1 - weight).sum(), 1e-300)
        sens = (drawn @ weight / inside).clip(1e-6, 1 - 1e-6)[:, None]
        spec = ((1 - drawn) @ (1 - weight) / outside).clip(1e-6, 1 - 1e-6)[:, None]
        yes = prior * np.where(drawn > 0, sens, 1 - sens).prod(0)
        no = (1 - prior) * np.where(drawn > 0, 1 - spec, spec).prod(0)
        weight = yes / (yes + no)
    return weight.reshape(masks.shape[1:]), sens[:, 0], spec[:, 0]
