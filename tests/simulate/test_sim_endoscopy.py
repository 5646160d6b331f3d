"""Simulated endoscopy: reproducible, and drawn as the truth that comes with it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from course_utils.simulate.endoscopy import OUTLINES, endoscopy, piece_boxes, window


def rng(seed=0):
    return np.random.default_rng(seed)


def redness(image):
    """Optical density of green over red: grows with blood, whatever the light."""
    image = image.astype(float) + 5
    return np.log(image[..., 0] / image[..., 1])


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(0, 6),
    size=st.integers(16, 140),
    flags=st.tuples(*[st.sampled_from([None, True, False])] * 2),
    outline=st.sampled_from(OUTLINES),
    glints=st.floats(0, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_flags_masks_and_boxes_agree(count, size, flags, outline, glints, seed):
    images, truth = endoscopy(rng(seed), count, size, *flags, outline, glints)
    assert images.shape == (count, size, size, 3) and images.dtype == np.uint8
    for what, asked in zip(("bleeding", "polyp"), flags, strict=True):
        masks, has = truth[what], truth[f"has_{what}"]
        assert masks.shape == (count, size, size) and masks.dtype == has.dtype == bool
        assert np.array_equal(masks.any((1, 2)), has)
        assert asked is None or (has == asked).all()
        for mask, boxes in zip(masks, truth[f"{what}_boxes"], strict=True):
            assert boxes.dtype == np.float32 and boxes.shape[1:] == (4,)
            covered = np.zeros_like(mask)
            for x0, y0, x1, y1 in boxes.astype(int):
                part = mask[y0:y1, x0:x1]
                # Tight: each of the four sides touches the mask.
                assert (
                    part[0].any() and part[-1].any() and part[:, 0].any() and part[:, -1].any()
                )
                covered[y0:y1, x0:x1] = True
            assert not (mask & ~covered).any()
    hidden = ~window(size, outline)
    assert not images[:, hidden].any() and not truth["bleeding"][:, hidden].any()


def test_half_of_each_where_nothing_is_asked_for():
    _, truth = endoscopy(rng(1), 400, 24, None, None)
    assert 0.42 < truth["has_bleeding"].mean() < 0.58
    assert 0.42 < truth["has_polyp"].mean() < 0.58
    wanted = np.array([True, False, False, True])
    assert np.array_equal(endoscopy(rng(1), 4, 32, wanted)[1]["has_bleeding"], wanted)


def test_bleeding_is_redder_than_the_wall_around_it():
    images, truth = endoscopy(rng(2), 60, 96, True, glints=0)
    gain = []
    for image, mask in zip(images, truth["bleeding"], strict=True):
        ring = ndimage.binary_dilation(mask, iterations=4) & ~mask & window(96, "round")
        gain.append(redness(image)[mask].mean() - redness(image)[ring].mean())
    assert np.mean(np.array(gain) > 0.05) > 0.95 and np.median(gain) < 1.5


def test_redness_of_the_whole_frame_helps_but_does_not_settle_it():
    flags = np.arange(300) % 2 == 1
    images, _ = endoscopy(rng(3), 300, 48, flags)
    score = redness(images).mean((1, 2))
    auc = (score[flags][:, None] > score[~flags]).mean()
    assert 0.6 < auc < 0.93


def test_a_polyp_is_one_piece_with_a_bright_top_and_a_darker_edge():
    images, truth = endoscopy(rng(4), 60, 96, False, True, glints=0)
    brighter, size = [], []
    for image, mask, boxes in zip(images, truth["polyp"], truth["polyp_boxes"], strict=True):
        size.append(mask.mean())
        depth = ndimage.distance_transform_edt(mask)
        if mask.sum() > 150:
            assert len(boxes) <= 2
            grey = image.mean(-1)
            brighter.append(
                grey[depth > 0.7 * depth.max()].mean() - grey[mask & (depth < 2)].mean()
            )
    assert np.mean(np.array(brighter) > 0) > 0.8
    assert 0.05 < np.median(size) < 0.2


def test_no_polyp_where_none_is_asked_for():
    wanted = np.array([True, False] * 6)
    _, truth = endoscopy(rng(5), 12, 64, False, wanted)
    assert np.array_equal(truth["polyp"].any((1, 2)), wanted)
    assert [len(boxes) > 0 for boxes in truth["polyp_boxes"]] == wanted.tolist()
    assert not truth["bleeding"].any()


def test_the_lumen_is_dark_and_light_falls_off_from_the_middle():
    images, _ = endoscopy(rng(6), 300, 64, False, outline="full", glints=0)
    mean = images.mean((0, 3))
    y, x = np.indices((64, 64)) - 31.5
    far = np.hypot(x, y)
    assert mean[(far > 16) & (far < 26)].mean() > 1.05 * mean[far > 40].mean()
    assert np.percentile(images.mean(-1), 1) < 60


def test_glints_are_white_and_grow_with_their_strength():
    def white(glints):
        images, _ = endoscopy(rng(7), 30, 96, False, outline="full", glints=glints)
        return (images.min(-1) > 240).mean()

    none, usual = white(0), white(1)
    assert none < 0.002 < usual < 0.06
    assert white(3) > usual


def test_outlines():
    area = {name: window(200, name).mean() for name in OUTLINES}
    assert area["full"] == 1
    assert area["octagon"] == pytest.approx(1 - 2 * (0.32 / 2) ** 2, abs=0.01)
    assert 0.86 < area["round"] < 0.92
    images, _ = endoscopy(rng(8), 3, 64, outline=np.array(OUTLINES))
    for image, name in zip(images, OUTLINES, strict=True):
        assert (image.max(-1) > 12)[window(64, name)].mean() > 0.9


def test_boxes_of_pieces():
    mask = np.zeros((9, 12), bool)
    mask[1:3, 2:5] = mask[3, 5] = mask[8, 11] = True
    assert piece_boxes(mask).tolist() == [[2, 1, 6, 4], [11, 8, 12, 9]]
    assert piece_boxes(mask & False).shape == (0, 4)


@pytest.mark.parametrize(
    "wrong, word",
    [
        ({"outline": "square"}, "outline"),
        ({"glints": -1}, "glints"),
        ({"glints": np.nan}, "glints"),
        ({"size": 8}, "size"),
        ({"bleeding": [True, False, True]}, "broadcast"),
    ],
)
def test_a_bad_parameter_is_an_error(wrong, word):
    with pytest.raises(ValueError, match=word):
        endoscopy(rng(), 2, **{"size": 64, **wrong})
