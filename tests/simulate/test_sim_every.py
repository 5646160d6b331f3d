"""What every generator of simulated images promises."""

import numpy as np
import pytest
from generators import GENERATORS


def rng(seed=0):
    return np.random.default_rng(seed)


def equal(a, b):
    """Two arrays, or two lists of arrays, are equal bit for bit."""
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("draw", GENERATORS)
def test_a_seed_gives_the_same_bits_and_another_seed_does_not(draw):
    (images, truth), (again, truth_again) = draw(rng(3), 6, 64), draw(rng(3), 6, 64)
    assert np.array_equal(images, again)
    assert truth.keys() == truth_again.keys()
    for key in truth:
        assert equal(truth[key], truth_again[key]), key
    assert not np.array_equal(images, draw(rng(4), 6, 64)[0])
    assert len({image.tobytes() for image in images}) == 6


@pytest.mark.parametrize("draw", GENERATORS)
@pytest.mark.parametrize("count, size", [(-1, 64), (2, 8)])
def test_a_bad_count_or_size_is_an_error(draw, count, size):
    with pytest.raises(ValueError, match="count"):
        draw(rng(), count, size)


@pytest.mark.parametrize("draw", GENERATORS)
def test_truth_has_one_entry_an_image(draw):
    for count in (0, 1, 5):
        images, truth = draw(rng(count), count, 48)
        assert images.shape[:3] == (count, 48, 48) and len(images) == count
        assert all(len(value) == count for value in truth.values())
