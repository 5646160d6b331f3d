"""The checks of lesson 02."""

import numpy as np

from . import array, exercise, number, numbers, result_of


@exercise("02.1", "52,386, and 50,240 of them in the first layer.")
def count_parameters(answer):
    if isinstance(answer, str):  # "52,386" is an answer, too
        answer = answer.replace(",", "").replace(" ", "")
        answer = int(answer) if answer.isdecimal() else answer
    value = number(answer)
    sizes = (784, 64, 32, 2)
    weights = sum(a * b for a, b in zip(sizes, sizes[1:], strict=False))
    biases = sum(sizes[1:])
    if value == weights:
        return "these are the weights; every neuron also has a bias"
    if value == weights + biases + 784:
        return "the pixels are inputs, not neurons; they have no biases"
    if value == 784 * 64 + 64 + 64 * 2 + 2:
        return "that is the network without its second hidden layer"
    if value == 784 * 64 + 64 + 64 * 32 + 32:
        return "the two outputs are a layer too"
    if value != weights + biases:
        much = "many" if value > weights + biases else "few"
        return f"too {much}; count inputs x neurons + neurons for each of the three layers"


@exercise("02.2", "all three slopes agree with nudging every number.")
def relu_backward(answer):
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    up = rng.normal(size=(5, 4))
    given = result_of(answer, x.copy(), w.copy(), b.copy(), up.copy())
    if not isinstance(given, tuple | list) or len(given) != 3:
        return "return three arrays: the slopes for x, for w and for b"
    given = [array(g) for g in given]
    for g, wanted, name in zip(given, (x, w, b), "xwb", strict=True):
        if g.shape != wanted.shape:
            return f"the slope for {name} has the shape {g.shape}; {name} itself has {wanted.shape}"
    masked = up * (x @ w + b > 0)
    right = masked @ w.T, x.T @ masked, masked.sum(0)
    no_mask = up @ w.T, x.T @ up, up.sum(0)
    if all(np.allclose(g, r) for g, r in zip(given, no_mask, strict=True)):
        return (
            "that is the slope without the ReLU; where the sum is not above zero nothing passes"
        )
    if all(np.allclose(g * 5, r) for g, r in zip(given[1:], right[1:], strict=True)):
        return "you took the mean over the rows; the slopes of the rows are added up"
    for g, r, name in zip(given, right, "xwb", strict=True):
        if not np.allclose(g, r):
            return f"the slope for {name} differs from what nudging {name} gives"


@exercise("02.3", "two neurons are enough to solve XOR, but not always enough to learn it.")
def xor_learnt(answer):
    two, eight = numbers(answer, (2, 8))
    if max(two, eight) > 1:
        return "give shares from 0 to 1, not per cent and not counts"
    if min(two, eight) < 0:
        return "a share is not negative"
    if eight < 0.9:
        return (
            "with 8 neurons nearly every start should succeed; are rate=1, batch=4 and epochs=1000 set, "
            "and have the wanted answers the shape (4, 1)?"
        )
    if two >= 0.95:
        return "with 2 neurons some starts fail; did you train anew from each seed, and with hidden=2?"
    if any(not np.isclose(10 * share, round(10 * share)) for share in (two, eight)):
        return "of ten starts a share is a number of tenths; are the starts seed=0 to seed=9?"
    if two < 0.45:
        return (
            f"with 2 neurons about half of the starts succeed, not {two:.0%}; "
            "are rate=1, batch=4 and epochs=1000 set?"
        )
