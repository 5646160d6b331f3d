"""The checks of lesson 08."""

import itertools
import math

import numpy as np

from .. import data as _data
from . import exercise, number, numbers, result_of


@exercise(
    "08.1",
    "around 1 the factors cancel, 0.72 is left; far below 1 they pile up to less than a hundred-billionth.",
)
def through_the_blocks(answer):
    plain, residual = numbers(answer, ("plain", "residual"))
    right = 16 * math.log10(0.2), 8 * math.log10(1.2) + 8 * math.log10(0.8)
    if math.isclose(plain, 0.2**16, rel_tol=0.05) or math.isclose(
        residual, 10 ** right[1], rel_tol=0.02
    ):
        return "that is the factor itself; give its power of ten, as -2 for 0.01 (np.log10)"
    if plain > 0:
        return "in the plain network every factor is smaller than 1, so the power of ten is below 0"
    if math.isclose(plain, right[0] * math.log(10), abs_tol=0.1):
        return "that is the natural logarithm (np.log); np.log10 gives the power of ten"
    if 0.06 < abs(plain - right[0]) < 0.3:
        return "plain: nearly; give two decimals"
    if not math.isclose(plain, right[0], abs_tol=0.06):
        return (
            "plain: 16 factors of size 0.2 are multiplied; the sign of a slope changes no size"
        )
    if math.isclose(residual, 16 * math.log10(1.2), abs_tol=0.02):
        return "residual: in eight blocks the slope is -0.2, and with the shortcut 0.8"
    if abs(residual) < 0.05:
        return "residual: nearly 1, but not 1. What is 1.2 times 0.8?"
    if math.isclose(residual, -right[1], abs_tol=0.01):
        return "residual: the sign; 0.72 is below 1, so its power of ten is below 0"
    if 0.01 < abs(residual - right[1]) < 0.05:
        return "residual: nearly; give two decimals"
    if not math.isclose(residual, right[1], abs_tol=0.01):
        return "residual: with the shortcut a block has the slope of F plus 1, so 1.2 or 0.8"


def _machine():
    rng = np.random.default_rng(8)
    return rng.normal(size=(5, 3)), rng.normal(size=5), rng.normal(size=3)


@exercise("08.2", "and its sum over all hidden states gives the free energy, as it must.")
def energy(answer):
    W, b, c = _machine()
    v, h = np.array([1.0, 0, 1, 1, 0]), np.array([0.0, 1, 1])
    nothing = number(result_of(answer, 0 * v, 0 * h, W, b, c))
    if not math.isclose(nothing, 0, abs_tol=1e-9):
        return f"with all units at 0 the energy is 0; you give {nothing:.2f}"
    given = number(result_of(answer, v, h, W, b, c))
    right = -(v @ b) - h @ c - v @ W @ h
    if math.isclose(given, -right, rel_tol=1e-6):
        return "all three terms have a minus: what fits together has low energy"
    if math.isclose(given, -(v @ W @ h), rel_tol=1e-6):
        return "the weights are there; the two biases b and c are missing"
    if math.isclose(given, -(v @ b) - h @ c, rel_tol=1e-6):
        return "the biases are there; the weights between v and h are missing"
    if not math.isclose(given, right, rel_tol=1e-6):
        return f"for a test machine you give {given:.2f}; right is {right:.2f}"
    states = [np.array(s, float) for s in itertools.product((0, 1), repeat=3)]
    total = -np.log(sum(np.exp(-number(result_of(answer, v, s, W, b, c))) for s in states))
    free = -(v @ b) - np.log1p(np.exp(c + v @ W)).sum()
    if not math.isclose(total, free, rel_tol=1e-6):
        return "summed over all hidden states it should give the free energy, and it does not"


@exercise(
    "08.3",
    "batches agree at this start, and the loss stays well above that of the residual network: agreement at "
    "the start is not enough.",
)
def another_start(answer):
    usual, identity = numbers(answer, ("usual", "identity"))
    if not (0 < usual < 1 and 0 < identity < 1):
        return "a training loss lies between 0 and 1 here: `trained(net, seed)[0]`"
    if usual > 0.8 or identity > 0.8:
        return "that looks like an AUC; the training loss is the first of the two numbers, `trained(net, seed)[0]`"
    if usual == identity:
        return "both are the same: were the weights changed before the training?"
    if "medmnist" in _data.simulated:  # the ranges are those of the real films
        return None
    if not 0.2 < usual < 0.45:
        return "usual: the lesson's table has the mean loss of the plain network of 32 layers"
    if identity < 0.16:
        return "identity: as low as that is the residual network; is the shortcut off, convnet(32, False, seed)?"
    if identity > 0.45:
        return "identity: too high; are only the convolutions of the blocks changed, and all of them?"
