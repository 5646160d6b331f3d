"""The leak clinic: it sees what was planted, stays quiet on clean noise, and says what is wrong with its input."""

import time

import numpy as np
import pytest
from real_data import needs_real

import course_utils as cu

COUNT = 120
TESTS = [
    "exact duplicates", "near duplicates", "groups in both parts", "size and format", "margin",
    "neighbours", "random labels",
]  # fmt: skip


def clean(seed=0, count=COUNT):
    """Noise of 40 x 32 pixels, labels, a group of three images each, and a split by group."""
    rng = np.random.default_rng(seed)
    images = [rng.integers(0, 256, (40, 32), dtype=np.uint8) for _ in range(count)]
    groups = np.repeat(np.arange(count // 3), 3)
    labels = (rng.permutation(count // 3) % 2)[groups]
    split = np.where(groups % 4 == 0, "test", "train")
    return images, labels, groups, split


@pytest.mark.parametrize("seed", range(4))
def test_clean_noise_passes(seed):
    report = cu.audit(*clean(seed))
    assert [row[0] for row in report.rows] == TESTS
    for test in TESTS:
        if test != "margin":  # tried on shuffles, so it errs now and then
            assert report[test] == "nothing found", (test, str(report))


def test_the_margin_errs_seldom_on_noise():
    found = [cu.audit(*clean(seed))["margin"] != "nothing found" for seed in range(12)]
    assert sum(found) <= 3


def test_a_planted_copy():
    images, labels, groups, split = clean()
    images[1] = images[-1].copy()  # group 0 is in the test, the last group in the training
    report = cu.audit(images, labels, groups, split)
    assert report["exact duplicates"] == "found" and report.values["exact duplicates"] == 1
    assert report["near duplicates"] == "look closer"
    images[1] = images[0].copy()  # of the same group
    assert cu.audit(images, labels, groups, split)["exact duplicates"] == "look closer"


def test_a_planted_near_copy():
    images, labels, groups, split = clean()
    images[1] = np.clip(images[-1].astype(int) + 3, 0, 255).astype(np.uint8)
    report = cu.audit(images, labels, groups, split)
    assert report["exact duplicates"] == "nothing found"
    assert report["near duplicates"] == "look closer" and report.values["near duplicates"] == 2


def test_a_group_on_both_sides():
    images, labels, groups, split = clean()
    split[0] = "train"
    report = cu.audit(images, labels, groups, split)
    assert report["groups in both parts"] == "found"
    assert report.values["groups in both parts"] == 1


def test_people_who_look_like_themselves():
    rng = np.random.default_rng(0)
    _, labels, groups, split = clean()
    own = rng.uniform(0, 200, (COUNT // 3, 40, 32))
    images = np.uint8(own[groups] + rng.uniform(0, 40, (COUNT, 40, 32)))
    honest = cu.audit(images, labels, groups, split)
    assert honest["neighbours"] == honest["random labels"] == "nothing found"
    whole = cu.audit(images, labels, groups)
    assert whole["neighbours"] == whole["random labels"] == "look closer"
    cut = cu.audit(images, labels, groups, np.where(np.arange(COUNT) % 3, "train", "test"))
    assert cut["neighbours"] == cut["random labels"] == cut["groups in both parts"] == "found"
    assert cut.values["neighbours"] > 0.95 and cut.values["random labels"] > 0.95


def test_a_size_that_tells_the_class():
    images, labels, groups, split = clean()
    images = [
        np.pad(i, ((0, 4 * y), (0, 0)), "wrap") for i, y in zip(images, labels, strict=True)
    ]
    report = cu.audit(images, labels, groups, split)
    assert report["size and format"] == "look closer" and report.values["size and format"] == 1


def test_a_mark_in_the_corner():
    images, labels, groups, split = clean()
    for image, label in zip(images, labels, strict=True):
        image[:5, :4] = 255 if label else 128
    report = cu.audit(images, labels, groups, split)
    assert report["margin"] == "look closer" and report.values["margin"] > 0.95


def test_without_groups_or_split_it_says_what_was_not_tested():
    images, labels, groups, _ = clean()
    report = cu.audit(images, labels)
    open_tests = {test for test in TESTS if report[test] == "not tested"}
    assert open_tests == {"groups in both parts", "neighbours", "random labels"}
    assert cu.audit(images, labels, groups)["groups in both parts"] == "not tested"
    with pytest.raises(KeyError):
        report["another"]


def test_one_group_is_no_group():
    images, labels, groups, _ = clean()
    report = cu.audit(images, labels, 0 * groups)
    assert report["neighbours"] == report["random labels"] == "not tested"


def test_without_labels():
    images, _, groups, split = clean()
    images[0] = images[0][:-1]
    report = cu.audit(images, groups=groups, split=split)
    assert report["size and format"] == report["margin"] == "not tested"
    assert report["random labels"] == "nothing found"


def test_colour_tiny_and_flat_images():
    images, labels, groups, split = clean()
    images[0] = np.zeros((40, 32, 3), np.uint8)
    images[1] = np.ones((5, 7))
    assert len(str(cu.audit(images, labels, groups, split))) > 200


def test_the_page_tells_every_test_and_its_limit():
    report = cu.audit(*clean())
    page, text = report._repr_html_(), " ".join(str(report).split())
    assert page.count("<tr>") == len(TESTS) + 1 and "does not show" in page
    assert text.count("Does not show") == len(TESTS)


def test_the_same_page_twice():
    assert str(cu.audit(*clean())) == str(cu.audit(*clean()))


def test_a_large_set_is_drawn_from(monkeypatch):
    from course_utils import leakage

    monkeypatch.setattr(leakage, "MOST", 60)
    report = cu.audit(*clean())
    assert "of 60 images" in " ".join(str(report).split())


def test_a_thousand_images_take_seconds():
    images, labels, groups, split = clean(count=999)
    images = [np.tile(image, (4, 4))[:128, :128] for image in images]
    began = time.process_time()
    cu.audit(images, labels, groups, split)
    assert time.process_time() - began < 15


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": [0, 1]}, "one entry each in labels"),
        ({"groups": [0, 1]}, "one entry each in groups"),
        ({"split": ["test"]}, "one entry each in split"),
        ({"labels": np.zeros(COUNT, int)}, "the same label"),
        ({"labels": np.full(COUNT, 0.5)}, "whole number"),
        ({"split": ["train"] * COUNT}, 'no "test"'),
        ({"split": ["test"] * COUNT}, 'no "test"'),
        ({"images": [np.zeros((4, 4, 4, 4))] * COUNT}, "image 0 is"),
        ({"images": [np.array(["a", "b"])] * COUNT}, "image 0 is"),
        ({"images": [np.zeros((0, 3))] * COUNT}, "image 0 is"),
        ({"images": [np.full((20, 20), np.nan)] * COUNT}, "NaN"),
        ({"images": [np.zeros((20, 20))] * 2}, "at least 4"),
    ],
)
def test_bad_input_is_named(change, words):
    given = dict(zip(("images", "labels", "groups", "split"), clean(), strict=True)) | change
    with pytest.raises(ValueError, match=words):
        cu.audit(**given)


@needs_real
@pytest.mark.parametrize("name", ["oasis_slices", "parkinson_drawings", "lung_tumour_patches"])
def test_the_card_tells_what_the_audit_finds(name):
    from course_utils.authoring import audits
    from course_utils.data import fetch

    assert fetch.entry(name)["audit"] == audits.findings(name), (
        f"run `python -m course_utils.authoring.audits {name}`"
    )
