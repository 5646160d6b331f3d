"""Wrong answers to the exercises of lesson 18, and words of the message that each must get."""

import numpy as np


def _cost(missed_of=lambda s, x, cut: s & (x < cut), nobody=True, answer=min):
    def least_cost(sick, scores, miss, alarm):
        costs = []
        for cut in [*scores, np.inf] if nobody else scores:
            needless = ~sick & (scores >= cut)
            costs.append(miss * missed_of(sick, scores, cut).sum() + alarm * needless.sum())
        return answer(costs)

    return least_cost


def threshold(sick, scores, miss, alarm):
    costs = [
        miss * (sick & (scores < cut)).sum() + alarm * (~sick & (scores >= cut)).sum()
        for cut in scores
    ]
    return scores[int(np.argmin(costs))]


def above_only(sick, scores, miss, alarm):
    cuts = [*scores, np.inf]
    return min(
        miss * (sick & (scores <= cut)).sum() + alarm * (~sick & (scores > cut)).sum()
        for cut in cuts
    )


def on_a_grid(sick, scores, miss, alarm):
    return min(
        miss * (sick & (scores < cut)).sum() + alarm * (~sick & (scores >= cut)).sum()
        for cut in np.linspace(0, 1.01, 102)
    )


def in_shares(sick, scores, miss, alarm):
    return _cost()(sick, scores, miss, alarm) / len(sick)


def _ties_apart(sick, scores, miss, alarm):
    sick = sick[np.argsort(-scores, kind="stable")]
    costs = [miss * sick[k:].sum() + alarm * (~sick[:k]).sum() for k in range(len(sick) + 1)]
    return min(costs)


WRONG = {
    "18.1": [
        (0.9, "that is the sensitivity"),
        (32, "not per cent"),
        (0.68, "needless referrals"),
        (0.05, "before anybody is graded"),
        (0.5, "too high"),
        (0.2, "too low"),
        (-0.3, "between 0 and 1"),
        ("a third", "give a number"),
    ],
    "18.2": [
        (_ties_apart, "share one threshold"),
        (
            lambda sick, scores, miss, alarm: _cost()(sick, scores, alarm, miss),
            "`miss` goes with",
        ),
        (threshold, "not the threshold itself"),
        (in_shares, "no share"),
        (on_a_grid, "not steps of a grid"),
        (_cost(nobody=False), "refer nobody"),
        (_cost(answer=max), "the least cost is"),
        (above_only, "the least cost is 4"),
        (lambda *arguments: None, "returns None"),
        (3.0, "a function is wanted"),
    ],
    "18.3": [
        ({"low": 75, "high": 88}, "not per cent"),
        ({"low": 0.88, "high": 0.75}, "right places"),
        ({"low": 0.83, "high": 0.83}, "chosen anew"),
        ({"low": -0.1, "high": 0.8}, "between 0 and 1"),
        ({"low": 0.90, "high": 0.98}, "on the test"),
        ({"low": 0.3, "high": 0.5}, "sensitive point"),
        ({"low": 0.7, "high": 0.8}, "1,000 draws"),
        ({"low": 0.794, "high": 0.833}, "1,000 draws"),
        ({"low": 0.717, "high": 0.906}, "1,000 draws"),
        ({"low": 0.85, "high": 0.92}, "1,000 draws"),
        ({"lo": 0.7, "high": 0.8}, "keys"),
        ({"low": "0.7", "high": 0.8}, "give a number"),
    ],
}
