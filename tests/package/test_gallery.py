"""The cards of the lessons and the picture of the scoreboard show the lessons of today."""

import html
import json

import pytest
from PIL import Image

from course_utils.authoring import dots, gallery, lessons, pages
from course_utils.data import fetch

STATIC = lessons.ROOT / "book" / "_static"
PATHS = lessons.find()
QUOTED = 4  # images, over all cards, of a set that may be quoted, not passed on


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_lesson_has_its_picture(path):
    thumbnail = STATIC / "lessons" / f"{path.name[:2]}.jpg"
    assert thumbnail.stat().st_size <= gallery.LARGEST
    image = Image.open(thumbnail)
    assert image.size == gallery.SIZE
    assert image.info["comment"].decode() == gallery.mark(path), "run `make scoreboard`"


def test_no_picture_is_left_over():
    numbers = {path.name[:2] for path in PATHS}
    assert {p.stem for p in (STATIC / "lessons").iterdir()} == numbers


def test_what_is_chosen_is_there():
    for number, (cell, place, part) in gallery.CHOSEN.items():
        (path,) = lessons.find(number)
        assert (cell, place) in [found[:2] for found in gallery.pictures(path)], number
        left, top, right, bottom = part
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
    for number, quantity in gallery.QUANTITIES.items():
        (path,) = lessons.find(number)
        assert f"{quantity}: ours" in gallery.number(path, pages.records(path))


def test_images_of_others_are_credited_and_few_are_quoted():
    shown = {}
    for path in PATHS:
        figure, credit = gallery.picture(path)[2], gallery.card(path, [])["credit"]
        for name in figure.get("sets", ()):
            assert fetch.entry(name)["citation"] in credit
            if fetch.entry(name)["show"] == "quote":
                shown[name] = shown.get(name, 0) + figure["images"]
    assert all(images <= QUOTED for images in shown.values()), shown


@pytest.fixture
def new(tmp_path):
    """A lesson that nobody chose a picture for: a quoted one comes before a drawing."""
    png = gallery.picture(PATHS[0])[0]
    abouts = {"alt": "Two films.", "sets": ["chest_abdomen"], "images": 2}, {"alt": "A | line."}
    outputs = [{"data": {"image/png": png}, "metadata": {"image/png": a}} for a in abouts]
    course = {
        "title": "New",
        "question": "Why?",
        "minutes": {"read": 1, "run": 1.2},
        "needs": ["07"],
    }
    notebook = {
        "cells": [{"id": "a", "outputs": outputs}, {"id": "b"}],
        "metadata": {"course": course},
    }
    path = tmp_path / "98_new.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def test_a_new_lesson_shows_its_first_figure_that_is_not_quoted(new, tmp_path):
    card = gallery.card(new, [])
    assert card["alt"] == "A line." and not card["credit"] and not card["result"]
    assert card["minutes"] == "2 minutes, needs 07"
    gallery.thumbnails([new], tmp_path)
    thumbnail = tmp_path / "98.jpg"
    before = thumbnail.stat().st_mtime_ns
    gallery.thumbnails([new], tmp_path)
    assert thumbnail.stat().st_mtime_ns == before, "written again only if the figure changed"
    assert "[98 · New](x/98_new.ipynb)" in gallery.table([card], "x/", "y")
    assert ":img-top: y/lessons/98.jpg" in gallery.grid([card], "x/", "y")


def test_a_lesson_without_a_figure_says_what_to_do(tmp_path):
    path = tmp_path / "99_empty.ipynb"
    path.write_text('{"cells": [], "metadata": {}}')
    with pytest.raises(ValueError, match="99_empty.ipynb has no saved figure"):
        gallery.picture(path)


def record(quantity, paper, ours, unit="", spread=""):
    keys = "lesson", "quantity", "paper", "ours", "unit", "range"
    return dict(zip(keys, ("98", quantity, paper, ours, unit, spread), strict=True))


def test_the_number_is_the_first_one_that_a_paper_gives(new):
    rows = [record("loss", "none", 0.1), record("AUC", 0.9, 0.81234, "", "0.8 to 0.82")]
    assert gallery.number(new, rows) == "AUC: ours 0.812 [0.8 to 0.82], paper 0.9"
    assert gallery.number(new, rows[:1]) == ""


def test_a_dot_for_each_number_of_a_known_kind():
    rows = [
        record("AUC", "0.9 (theirs)", 0.8, "", "0.7 to 0.85"),
        record("accuracy", 90.0, 80.0, "%", "79 to 81"),
        record("HSD", 2.0, 1.0, "mm"),
        record("films right", 10, 10),
        record("Dice gained", "a remedy", 0.2),
        record("difference of AUC", "0.1 to 0.2", 0.2),
    ]
    kinds = dots.panels(rows)
    assert list(kinds) == ["AUC", "accuracy", "distance in mm"]
    assert kinds["AUC"][0][1:5] == (0.9, 0.8, 0.7, 0.85)
    assert kinds["accuracy"][0][1:5] == pytest.approx((0.9, 0.8, 0.79, 0.81))
    assert kinds["distance in mm"][0][1:5] == (2, 1, 1, 1)


def test_the_picture_of_the_scoreboard_is_that_of_today(tmp_path):
    rows = [row for path in PATHS for row in pages.records(path)]
    picture = (STATIC / "scoreboard.svg").read_text(encoding="utf-8")
    assert html.escape(dots.caption(rows), quote=False) in picture, "run `make scoreboard`"
    for name in ("a.svg", "b.svg"):
        dots.draw(rows, tmp_path / name)
    drawn = (tmp_path / "a.svg").read_bytes()
    assert drawn == (tmp_path / "b.svg").read_bytes(), "the same file each time"
    assert all(f">{kind}<" in drawn.decode() for kind in dots.panels(rows))
