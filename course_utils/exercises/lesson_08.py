"""The checks of lesson 08."""

import itertools
import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("08.1", "0.0008 of it. Thirty-two mild factors make a wall.")
def through_the_layers(answer):
    value, right = number(answer), 0.8**32
    if not value > 0:
        return "some of the gradient arrives: a share above 0 is wanted"
    if math.isclose(value, 0.8 * 32, rel_tol=0.01):
        return "the factors multiply, they do not add: 0.8 times 0.8 times 0.8 ..."
    if math.isclose(value, 1.8**32, rel_tol=0.01):
        return "that is what could arrive with shortcuts; asked is the plain network"
    if math.isclose(value, 0.08, rel_tol=0.1):
        return "give a share from 0 to 1, not per cent"
    if value > 1:
        return "every layer makes the gradient smaller, so the share is below 1"
    if not math.isclose(value, right, rel_tol=0.05):
        return f"too {'much' if value > right else 'little'}; each of the 32 layers multiplies by 0.8"


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
    "against the blur, the network does better at 0.2, the noise it was trained with, than at 0.05.",
)
def noise_and_blur(answer):
    little, much = numbers(answer, (0.05, 0.2))
    if max(abs(little), abs(much)) > 15:
        return "that is a PSNR, not a gain: take the PSNR of the auto-encoder minus that of the blur"
    if not little < much:
        return (
            "the gain should grow with the noise from 0.05 to 0.2; is it auto-encoder minus blur, for "
            "the same noise?"
        )
