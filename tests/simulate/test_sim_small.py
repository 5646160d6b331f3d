"""Cells cut out of a smear, pencil lines and films of the bowel: what is drawn is what the truth says."""

import numpy as np
import pytest

from course_utils.simulate.bowel import bowel_cine
from course_utils.simulate.cells import cell_crops
from course_utils.simulate.pen import drawing


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_parasite_is_dark_and_in_the_cell():
    images, truth = cell_crops(rng(), 40)
    assert (images[~truth["cell"]] == 0).all() and (images[truth["cell"]] > 40).all()
    assert np.array_equal(truth["parasite"].any((1, 2)), truth["label"] == 1)
    assert not (truth["parasite"] & ~truth["cell"]).any()
    for image, cell, spot in zip(images, truth["cell"], truth["parasite"], strict=True):
        if spot.any():
            assert image[spot].mean() < image[cell & ~spot].mean() - 5


def test_tremor_makes_a_line_longer():
    for kind in ("spiral", "wave"):
        still, shaken = (drawing(rng(1), 5, 128, kind, t)[1]["line"].sum() for t in (0, 2))
        assert shaken > 1.1 * still
    images, truth = drawing(rng(2), 5, 128, "wave")
    assert images[truth["line"]].mean() < images[~truth["line"]].mean() - 50
    assert not truth["line"][:, :20].any(), "a wave keeps to the middle"


def test_the_diameter_is_that_of_the_loop():
    images, truth = bowel_cine(rng(3), 4, 96, frames=40)
    area = truth["loop"].sum((1, 2)) * (100 / 96) ** 2
    for drawn, told in zip(area, truth["diameter"], strict=True):
        assert np.corrcoef(drawn, told)[0, 1] > 0.97
    inside, outside = images[truth["loop"]], images[~truth["loop"]]
    assert inside.mean() > outside.mean() + 20


def test_a_loop_contracts_at_its_rate():
    truth = bowel_cine(rng(4), 3, 32, frames=240, rate=[6, 9, 12])[1]
    for series, rate in zip(truth["diameter"], truth["rate"], strict=True):
        power = np.abs(np.fft.rfft(series - series.mean())) ** 2
        assert np.fft.rfftfreq(240, 1 / 60)[power.argmax()] == pytest.approx(rate, abs=0.26)
    assert np.ptp(bowel_cine(rng(5), 1, 32, depth=0)[1]["diameter"]) < 1e-9


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: cell_crops(rng(), 2, infected=2),
        lambda: drawing(rng(), 2, kind="circle"),
        lambda: drawing(rng(), 2, tremor=9),
        lambda: drawing(rng(), 2, tremor=np.nan),
        lambda: bowel_cine(rng(), 2, rate=40),
        lambda: bowel_cine(rng(), 2, rate=[5, np.nan]),
        lambda: bowel_cine(rng(), 2, depth=1),
        lambda: bowel_cine(rng(), 2, breathing=-1),
        lambda: bowel_cine(rng(), 2, frames=0),
    ],
)
def test_wrong_parameters(wrong):
    with pytest.raises(ValueError, match="is|are|or"):
        wrong()
