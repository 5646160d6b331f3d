"""Tests that measure time, and so want the computer for themselves."""

import time

import numpy as np
import pytest
from generators import GENERATORS


@pytest.mark.parametrize("draw", GENERATORS)
def test_500_images_take_less_than_three_seconds(draw):
    images, _ = draw(np.random.default_rng(0), 8, 128)  # imports and caches
    frames = images.shape[3] if images.shape[3:] > (3,) else 1
    count = 500 // frames  # a film counts frame by frame
    # Processor time, so that other programs on the computer count little; the best of four tries.
    seconds = []
    for _ in range(4):
        begin = time.process_time()
        draw(np.random.default_rng(1), count, 128)
        seconds.append(time.process_time() - begin)
        if seconds[-1] < 3:
            break
    assert min(seconds) < 3
