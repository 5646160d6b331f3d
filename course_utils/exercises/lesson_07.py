"""The checks of lesson 07."""

import contextlib
import functools
import io
import math

import numpy as np

from . import exercise, number, numbers, result_of


@exercise("07.1", "0.88. Thirty clean films still leave room for one error in nine.")
def thirty_of_thirty(answer):
    if isinstance(answer, (tuple, list)) and len(answer) == 2:
        return "that is an interval; its lower end alone is asked for"
    value, right = number(answer), 0.025 ** (1 / 30)
    if 1 < value <= 100:
        return "give a share from 0 to 1, not per cent"
    if not 0 <= value <= 1:
        return "an accuracy lies between 0 and 1"
    if math.isclose(value, 0.025 ** (1 / 10), abs_tol=0.005):
        return "that is the answer for ten films; there are thirty here"
    if math.isclose(value, 0.05 ** (1 / 30), abs_tol=0.003):
        return "95 % confidence leaves 2.5 % at each end, so the chance to use is 0.025"
    if not math.isclose(value, right, abs_tol=0.005):
        return f"too {'high' if value > right else 'low'}; which accuracy, to the power of 30, gives 0.025?"


@exercise("07.2", "first ones kept, duplicates dropped, shapes respected.")
def without_duplicates(answer):
    a, b = np.zeros((2, 8), np.uint8), np.ones((4, 4), np.uint8)
    cases = [
        ([a, b], [0, 1], "two different images must both stay"),
        (
            [a, a.copy()],
            [0],
            "of two equal images keep the first, also when they are two arrays with equal content",
        ),
        (
            [a, b, a.copy()],
            [0, 1],
            "a duplicate may stand anywhere, not only next to the first",
        ),
        (
            [a, a.reshape(4, 4)],
            [0, 1],
            "images of different shape are different, even if their bytes agree",
        ),
        ([], [], "an empty list has nothing to keep"),
    ]
    for images, right, text in cases:
        given = list(result_of(answer, images))
        if any(np.ndim(i) or isinstance(i, bytes) for i in given):
            return "give the positions of the images (0, 1, ...), not the images"
        given = [int(number(i)) for i in given]
        if given != right:
            return f"{text}. For {len(images)} test images you keep {given}; right is {right}"


@functools.cache
def with_half_black() -> dict[str, float]:
    """Mean accuracy of 20 splits with one half of each film black, computed as in the lesson."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedShuffleSplit
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from .. import data, models

    with contextlib.redirect_stdout(io.StringIO()):
        films = data.load("chest_abdomen")
        body = models.squeezenet_body(data.load("squeezenet_imagenet"))
    films = films[films.split != "test"]
    splits, found = StratifiedShuffleSplit(20, train_size=65, test_size=10, random_state=0), {}
    for name, part in (("left half black", slice(112)), ("right half black", slice(112, 224))):
        pixels = models.resize(films.images, 224)
        pixels[:, :, :, part] = 0
        x = models.features(body, models.to_batch(pixels.permute(0, 2, 3, 1).numpy()))
        head = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        scores = [
            head.fit(x[a], films.labels[a]).score(x[b], films.labels[b])
            for a, b in splits.split(x, films.labels)
        ]
        found[name] = float(np.mean(scores))
    return found


@exercise("07.3", "half a film is enough; the head does not need both lungs.")
def halves(answer):
    names = ("left half black", "right half black")
    values = numbers(answer, names)
    if any(v > 1 for v in values):
        return "give shares from 0 to 1, not per cent"
    for name, value in zip(names, values, strict=True):
        if not math.isclose(value, with_half_black()[name], abs_tol=0.02):
            return (
                f"{value:.2f} is not what 20 splits give for {name!r}; is every film blackened, on that "
                "side alone, and then trained on?"
            )
