"""The checks of lesson 00."""

import contextlib
import functools
import io
import math

from . import NotYet, exercise, number, numbers, result_of


@exercise("00.1", "five; half right without looking at anything.")
def always_chest(answer):
    value = number(answer)
    if value == 0.5:
        return "give the number of films, not the share"
    if value != 5:
        return "count the films for which 'chest' happens to be true"


PLACE_BY_PLACE = (
    "`==` between two lists asks whether they are equal as a whole; compare them place by place"
)


@exercise("00.2", "that is the accuracy.")
def share_right(answer):
    cases = [
        ([1, 0, 1, 1, 1], [1, 0, 0, 1, 0], 0.6),
        ([0], [0], 1.0),
        ([3, 0, 1], [0, 0, 1], 2 / 3),
        ([1, 1], [0, 0], 0.0),
    ]
    for predicted, truth, right in cases:
        try:
            given = number(result_of(answer, predicted, truth))
        except NotYet as reason:
            if "'bool' object has no attribute" in str(reason):
                return f"{reason}. {PLACE_BY_PLACE}"
            raise
        if given == right * len(truth) and given > 1:
            return "that is how many agree; divide by how many there are"
        if given > 1 and math.isclose(given, 100 * right):
            return "give a share from 0 to 1, not per cent"
        if given == 0 and right == 0.6:
            return (
                f"for {predicted} and {truth} you give 0. {PLACE_BY_PLACE}; "
                "and `//` cuts off all behind the point, so divide with `/`"
            )
        if len(truth) > 1 and given == 1 / len(truth):
            return (
                f"for {predicted} and {truth} you give {given:g}, one place of {len(truth)}; "
                "does `return` stand inside the loop?"
            )
        if math.isclose(given, 1 - right):
            return f"that is the share of mistakes: {given:g} for {predicted} and {truth}"
        if not math.isclose(given, right):
            return f"for {predicted} and {truth} you give {given:.3g}; right is {right:.3g}"


@functools.cache
def right_when_turned() -> list[int]:
    """Validation films right after 0, 1, 2 and 3 quarter turns, computed as in the lesson."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from .. import data, models

    with contextlib.redirect_stdout(io.StringIO()):
        films = data.load("chest_abdomen")
        body = models.squeezenet_body(data.load("squeezenet_imagenet"))
    learn, ask = films.part("train"), films.part("val")
    x = models.features(body, models.to_batch(learn.images))
    head = LogisticRegression(max_iter=2000).fit(x, learn.labels)
    counts = []
    for quarters in range(4):
        turned = [np.ascontiguousarray(np.rot90(image, quarters)) for image in ask.images]
        answers = head.predict(models.features(body, models.to_batch(turned)))
        counts.append(int((answers == ask.labels).sum()))
    return counts


@exercise("00.3", "as counted: no turn, one quarter, two and three.")
def turns(answer):
    counts = numbers(answer, (0, 1, 2, 3))
    if 0 < counts[0] <= 1:
        return "these look like shares; give numbers of films"
    if any(not 0 <= c <= 10 or c != int(c) for c in counts):
        return "each value is a number of films, from 0 to 10"
    right = right_when_turned()
    for quarters, (given, counted) in enumerate(zip(counts, right, strict=True)):
        if given != counted:
            if sorted(counts) == sorted(right):
                return "the right counts, under the wrong keys"
            return f"{given:g} films for {quarters} quarter turns is not what is counted"
