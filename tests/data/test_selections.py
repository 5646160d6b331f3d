"""Some images of a set are selected by positions, a mask or a slice, and by nothing that could be meant otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from profiles import tries

from course_utils.data import Dataset

COUNT = 12


def toy(count=COUNT, as_list=False):
    images = np.arange(count * 4, dtype=np.uint8).reshape(count, 2, 2)
    return Dataset(
        name="toy",
        source="simulated",
        images=list(images) if as_list else images,
        split=np.array(["train", "val", "test"])[np.arange(count) % 3],
        labels=np.arange(count) % 2,
        targets={"box": [f"box {i}" for i in range(count)]},
    )


@pytest.mark.parametrize("length", [0, 1, 10, 11, 13, 569])
def test_a_mask_of_another_length_is_refused_with_both_lengths(length):
    with pytest.raises(IndexError, match=rf"12 entries, .*\({length},\)"):
        toy()[np.ones(length, bool)]


@pytest.mark.parametrize("index", [True, np.True_, np.ones((COUNT, 1), bool)])
def test_a_mask_has_one_entry_an_image(index):
    with pytest.raises(IndexError, match="12 entries"):
        toy()[index]


@pytest.mark.parametrize("as_list", [False, True])
def test_slices_and_nothing_are_selections(as_list):
    films = toy(as_list=as_list)
    assert len(films[:5]) == 5 and films[:5].targets["box"][-1] == "box 4"
    assert films[::-1].targets["box"][0] == "box 11"
    for nothing in ([], (), np.array([]), np.zeros(COUNT, bool), slice(0, 0)):
        assert len(films[nothing]) == 0 and len(films[nothing].labels) == 0
    assert films[3].targets["box"] == ["box 3"] and films[[-1]].targets["box"] == ["box 11"]
    assert len(films[np.array([0, 1], np.uint8)]) == 2
    assert films[[True] * COUNT].split.tolist() == films.split.tolist()


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ([0.0, 1.0], "positions are whole numbers"),
        (np.array([0.5]), "not float64"),
        ("train", "not text"),
        (["train"], "not text"),
        (None, "not objects"),
        (..., "not objects"),
        ([[]], "shape"),
        ([[0, 1]], "shape"),
        ([[0], [0, 1]], "not objects"),
        ((slice(3), 0), "not objects"),
        ([COUNT], "0 to 11; there is no entry 12"),
        ([-COUNT - 1], "there is no entry -13"),
        ([2**63], "there is no entry"),
        ([1j], "not complex128"),
    ],
)
@pytest.mark.parametrize("as_list", [False, True])
def test_what_is_no_selection_gets_a_sentence(index, words, as_list):
    with pytest.raises(IndexError, match=words):
        toy(as_list=as_list)[index]


@tries
@given(st.integers(0, 30), st.data())
def test_any_mask(count, data):
    films = toy(count)
    mask = np.array(data.draw(st.lists(st.booleans(), max_size=40)), bool)
    if len(mask) != count:
        with pytest.raises(IndexError, match="mask has the shape"):
            films[mask]
    else:
        assert np.array_equal(films[mask].images, films.images[mask])
        assert films[mask].targets["box"] == [f"box {i}" for i in np.flatnonzero(mask)]


@tries
@given(st.integers(0, 30), st.data())
def test_any_slice_and_any_positions(count, data):
    films = toy(count)
    part = data.draw(st.slices(count))
    assert np.array_equal(films[part].images, films.images[part])
    chosen = data.draw(st.lists(st.integers(-35, 35), max_size=40))
    kind = data.draw(st.sampled_from([list, np.array, np.int8]))
    if all(-count <= i < count for i in chosen):
        again = films[kind(chosen)]
        assert np.array_equal(again.images, films.images[np.array(chosen, int)])
        assert again.targets["box"] == [films.targets["box"][i] for i in chosen]
    else:
        with pytest.raises(IndexError, match="there is no entry"):
            films[kind(chosen)]


def test_parts_take_any_text_and_say_which_there_are():
    films = toy()
    for split in ("train", np.str_("train")):
        assert films.part(split).targets["box"] == films[0::3].targets["box"]
    for split in (np.str_("dev"), "dev", None, 3):
        with pytest.raises(
            ValueError, match="has no split '(dev|None|3)'; it has test, train, val"
        ):
            films.part(split)
