"""Lesson 22: what its functions promise, the recovered people, and that its tests see a planted leak."""

import numpy as np
import pandas as pd
import pytest
import torch
from real_data import real
from taught import taught

LESSON = taught("22")
RNG = np.random.default_rng(22)


def people(count=40, each=4, noise=0.1):
    """Numbers (count * each, 30) of people who look like themselves, and who is who."""
    who = np.repeat(np.arange(count), each)
    own = RNG.standard_normal((count, 30))
    return own[who] + noise * RNG.standard_normal((len(who), 30)), who


def test_labels_at_random_are_one_a_group_and_half_of_them_1():
    who = RNG.permutation(np.repeat(np.arange(50), 3))
    for seed in range(5):
        y = LESSON["at_random"](who, seed)
        assert y.shape == who.shape and set(y) == {0, 1} and y.mean() == 0.5
        assert (pd.Series(y).groupby(who).nunique() == 1).all()
    assert not np.array_equal(LESSON["at_random"](who, 0), LESSON["at_random"](who, 1))


def test_the_split_by_image_leaks_and_the_split_by_group_does_not():
    from sklearn.neighbors import KNeighborsClassifier

    x, who = people()
    pairs = [
        LESSON["both_splits"](KNeighborsClassifier(1), x, LESSON["at_random"](who, s), who, s)
        for s in range(5)
    ]
    by_image, by_person = np.mean(pairs, axis=0)
    assert by_image > 0.95 and abs(by_person - 0.5) < 0.12


def test_without_groups_both_splits_are_one():
    from sklearn.neighbors import KNeighborsClassifier

    x, _ = people(each=1)
    y, alone = np.arange(40) % 2, np.arange(40)
    one, other = LESSON["both_splits"](KNeighborsClassifier(1), x, y, alone, 0)
    assert one == other


def test_an_interval_draws_people():
    who = np.repeat([0, 1, 2, 3], [1, 1, 1, 97])
    share, low, high = LESSON["by_person"](np.repeat([1, 1, 1, 0], [1, 1, 1, 97]), who)
    assert share == 0.75 and low < 0.5 and high == 1


def test_neighbour_test_sees_people_on_both_sides():
    x, who = people()
    at_random = np.arange(len(x)) % 4 == 0
    same, drawn = LESSON["neighbour_test"](x, who, at_random)
    assert same > 0.95 and drawn > 0.95
    same, drawn = LESSON["neighbour_test"](x, who, who < 10)
    assert same == 0 and abs(drawn - 0.5) < 0.12


def test_the_mark_goes_where_it_says():
    small = np.zeros((200, 48, 48))
    lesson = taught("22", small=small)
    y = np.arange(200) % 2
    for agree in (1.0, 0.6):
        out = lesson["marked"](agree, y, np.random.default_rng(0)).reshape(200, 48, 48)
        burnt = out[:, 3, 3] == 1
        assert abs(np.mean(burnt == y) - agree) < 0.1
        assert out[:, 8:].max() == 0 and small.max() == 0


def test_a_moved_slice_is_alike_and_not_the_same():
    picture = np.zeros((48, 48))
    picture[12:36, 16:32] = 1
    other = LESSON["moved"](picture, np.random.default_rng(1))
    assert other.shape == picture.shape
    assert 0.7 < np.corrcoef(other.ravel(), picture.ravel())[0, 1] < 0.9999


def test_the_network_answers_for_two_classes_and_learns():
    out = LESSON["network"]()(torch.randn(4, 1, 48, 48))
    assert out.shape == (4, 2)
    out.mean().backward()


def test_the_lost_points_are_those_of_the_file():
    import csv

    from course_utils.data import fetch

    data = real("oasis_slices")
    with open(
        fetch.files("oasis_slices")["oasis_cross-sectional.csv"], encoding="utf-8"
    ) as file:
        known = {row["ID"][:9]: float(row["nWBV"]) for row in csv.DictReader(file)}
    share = data.targets["nwbv"]
    written = np.where(np.isclose(share, share.round(2)), share, 1000 * share)
    assert written == pytest.approx([known[person] for person in data.cases])
