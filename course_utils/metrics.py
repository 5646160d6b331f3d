"""Measures of how good a result is, thin where a library has them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import beta


def clopper_pearson(
    successes: int, trials: int, confidence: float = 0.95
) -> tuple[float, float]:
    """The exact interval for a proportion (Clopper and Pearson): all rates that fit `successes` in `trials`.

    Returns (low, high), each from 0 to 1. Raises ValueError unless 0 <= successes <= trials and trials > 0.
    """
    if not (trials > 0 and 0 <= successes <= trials):
        raise ValueError(
            f"{successes} of {trials} is not a count: 0 <= successes <= trials is needed"
        )
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, trials - successes + 1))
    high = (
        1.0
        if successes == trials
        else float(beta.ppf(1 - tail, successes + 1, trials - successes))
    )
    return low, high


def auc(labels, scores) -> float:
    """Area under the ROC curve: how often a random case of class 1 scores higher than one of class 0.

    labels: 0 or 1. scores: higher means "more likely 1". Ties count half. Raises ValueError if a class is missing.
    """
    from sklearn.metrics import roc_auc_score

    labels = np.asarray(labels)
    if set(np.unique(labels)) != {0, 1}:
        raise ValueError("the AUC compares cases of class 1 with cases of class 0; give both")
    return float(roc_auc_score(labels, scores))


def bootstrap(
    measure: Callable,
    *arrays,
    repeats: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """A percentile interval for any measure: draw cases with replacement, measure anew, many times.

    measure: called with the redrawn arrays, e.g. `auc`. arrays: one entry a case, e.g. labels and scores. Cases
    must be independent: where a patient has several images, give one entry a patient.
    Returns (low, high). A draw in which the measure has no value (NaN) is left out.
    """
    arrays = [np.asarray(a) for a in arrays]
    count = len(arrays[0])
    if any(len(a) != count for a in arrays):
        raise ValueError(f"one entry a case is needed, not {[len(a) for a in arrays]}")
    draws = np.random.default_rng(seed).integers(0, count, (repeats, count))
    values = [measure(*(a[draw] for a in arrays)) for draw in draws]
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(values, (tail, 1 - tail))
    return float(low), float(high)


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
