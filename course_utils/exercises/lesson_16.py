"""The checks of lesson 16."""

import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("16.1", "21.9 dB: the same picture, and 8 dB less. A PSNR needs its range.")
def other_range(answer):
    value = number(answer)
    right = 30 - 20 * math.log10(2.55)
    if math.isclose(value, 30 + 20 * math.log10(2.55), abs_tol=0.1):
        return "a smaller range gives a smaller PSNR; is your ratio the right way up?"
    if math.isclose(value, 30 - 10 * math.log10(2.55), abs_tol=0.1):
        return "the range is squared in the formula: 20 times the logarithm, not 10"
    if math.isclose(value, 30 - 20 * math.log(2.55), abs_tol=0.1):
        return "decibels take the logarithm to base 10"
    if math.isclose(value, 30, abs_tol=0.05):
        return "the error is the same, but the PSNR is measured against the range"
    if value == round(right):
        return "nearly; give one decimal"
    if not math.isclose(value, right, abs_tol=0.1):
        return f"too {'high' if value > right else 'low'}; add 20 log10(new range / old range)"


@exercise(
    "16.2", "0 for a true pair, real or complex. Try it on every operator that you write."
)
def gap(answer):
    rng = np.random.default_rng(16)
    matrix = rng.normal(size=(5, 12))
    mixed = rng.normal(size=(4, 6)) + 1j * rng.normal(size=(4, 6))
    x, y = rng.normal(size=(3, 4)), rng.normal(size=5)
    u, v = (rng.normal(size=(n, 2)) @ [1, 1j] for n in (6, 4))

    def there(image):
        return matrix @ image.ravel()

    def asked(text, forward, back, x, y):
        a, b = forward(x), back(y)
        size = np.linalg.norm(a.ravel()) * np.linalg.norm(y.ravel())
        right = abs(np.vdot(a, y) - np.vdot(x, b)) / size
        given = number(result_of(answer, forward, back, x, y))
        if not math.isclose(given, right, abs_tol=1e-8):
            return text, given, right

    def flat(values):
        return (matrix.T @ values).reshape(3, 4)

    tests = (
        ("a matrix and its transpose", there, flat, x, y),
        ("a back-projector that is twice too strong", there, lambda r: 2 * flat(r), x, y),
        ("a wrong sign", there, lambda r: -flat(r), x, y),
        ("a complex matrix and its adjoint", lambda a: mixed @ a, lambda r: mixed.conj().T @ r, u, v),
        ("a complex matrix and its plain transpose", lambda a: mixed @ a, lambda r: mixed.T @ r, u, v),
    )  # fmt: skip
    for test in tests:
        if wrong := asked(*test):
            text, given, right = wrong
            advice = " Is one side conjugated?" if "complex" in text else ""
            if given < 0:
                advice = " A gap has no sign: take its absolute value."
            return f"for {text} the gap is {right:.3f}, and you give {given:.3f}.{advice}"


@exercise("16.3", "the fewer the examples, the less of a lesion the dense layer can show.")
def examples(answer):
    few, more = numbers(answer, (55, 110))
    if max(few, more) > 1.5:
        return "give shares, where 1 is the whole contrast, not per cent"
    if few > more:
        return "more examples should show more; are the two in the right places?"
    if math.isclose(more, FULL, abs_tol=0.01):
        return "that is what 220 slices give; hand `rows=slice(0, 110)` to `dense`"
    if not (abs(few - FEW) < 0.04 and abs(more - MORE) < 0.04):
        return (
            "these are not the mean shares over the 50 test slices; take `decay` as it was "
            "chosen, the first slices, `with_lesion`, `where` and 0.15"
        )


FEW, MORE, FULL = 0.15, 0.26, 0.415
