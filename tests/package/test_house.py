"""The house stands: imports run downwards, nothing imports a script, and the picture shows what is."""

import html
import re

import house
import map as course_map
import pytest

from course_utils.authoring import lessons


def test_every_part_has_its_floor():
    package = lessons.ROOT / "course_utils"
    parts = {path.stem for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert {part for part in parts if not part.startswith("_")} == set(house.FLOORS)


@pytest.mark.parametrize("part", house.FLOORS)
def test_a_part_imports_only_from_below(part):
    order = list(house.FLOORS)
    for importer, imported in house.imports():
        if house.floor(importer) == part:
            assert order.index(imported.split(".")[0]) <= order.index(part), (
                importer,
                imported,
            )


def test_nothing_imports_a_script():
    scripts = {
        f"weights.{path.stem}"
        for path in (lessons.ROOT / "course_utils" / "weights").glob("[a-z]*.py")
    }
    assert len(scripts) > 1 and not {pair for pair in house.imports() if pair[1] in scripts}
    for path in [*lessons.find(), *(lessons.ROOT / "book").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(import|from) course_utils\.(weights|authoring|cli)\b", text), (
            path
        )


def test_the_picture_shows_the_imports_of_today():
    picture = (lessons.ROOT / "book" / "_static" / "house.svg").read_text(encoding="utf-8")
    assert house.caption() in picture, "run `make house`"
    for part, what in house.FLOORS.items():
        assert f">{part}<" in picture and what.split("'")[0] in picture, part


def test_the_map_shows_the_lessons_of_today():
    picture = (lessons.ROOT / "book" / "_static" / "map.svg").read_text(encoding="utf-8")
    assert html.escape(course_map.caption(), quote=False) in picture, "run `make map`"
    entries = [entry for part in course_map.lessons().values() for entry in part]
    assert [number for number, *_ in entries] == [path.name[:2] for path in lessons.find()]


def test_what_contributing_names_is_there():
    text = (lessons.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:course_utils|tests|book|notebooks)/[\w./*]*)`", text)
    assert len(named) > 10
    for path in named:
        for word in ("NAME", "KIND", "NN"):
            path = path.replace(word, "*")
        assert list(lessons.ROOT.glob(path)), path
