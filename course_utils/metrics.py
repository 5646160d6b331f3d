"""Measures of how good a result is, thin where a library has them."""

from __future__ import annotations

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
