"""Slides are made from the lessons, hold what a lecturer needs, and turn in a real browser."""

import re

import nbformat
import pytest
from browser import chromium, needs_browser, note_faults, serve

from course_utils.authoring import lessons, slides


def with_slides():
    found = []
    for path in lessons.find():
        nb = nbformat.read(path, as_version=4)
        if any("slide" in cell.metadata for cell in nb.cells):
            found.append(pytest.param(nb, path.stem, id=path.stem[:2]))
    return found


def test_lesson_07_has_slides():
    assert any(p.id == "07" for p in with_slides())


@pytest.mark.parametrize(("nb", "name"), with_slides())
def test_a_deck_fits_a_lecture(nb, name):
    deck = slides._deck(nb, name)
    kinds = [cell.metadata.slideshow.slide_type for cell in deck.cells]
    assert 8 <= kinds.count("slide") <= 12
    assert kinds.count("notes") == kinds.count("slide"), "each slide has its notes"
    for cell, kind in zip(deck.cells, kinds, strict=True):
        if kind == "notes":
            assert len(cell.source) > 60 and "<details" not in cell.source
        if cell.cell_type == "code" and cell.metadata.transient.remove_source:
            assert cell.outputs, f"nothing to show: {cell.source[:60]}"
    for cell in nb.cells:
        points = cell.metadata.get("slide", {}).get("points", [])
        assert len(points) <= 4 and all(len(point) <= 110 for point in points)


@pytest.mark.parametrize(("nb", "name"), with_slides())
def test_every_number_on_a_slide_stands_in_the_lesson(nb, name):
    lesson = " ".join(
        [cell.source for cell in nb.cells] + [str(c.get("outputs", "")) for c in nb.cells]
    )
    for cell in nb.cells:
        slide = cell.metadata.get("slide", {})
        for text in [*slide.get("points", []), slide.get("predict", "")]:
            for number in re.findall(r"\d+(?:\.\d+)?", text):
                assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", lesson), text


@pytest.mark.parametrize(("nb", "name"), with_slides())
def test_the_notes_say_which_cell_a_slide_shows(nb, name):
    deck = slides._deck(nb, name)
    for shown, notes in zip(deck.cells, deck.cells[1:], strict=False):
        if shown.cell_type == "code":
            number = int(re.search(rf"\nLesson {name[:2]}, cell (\d+)", notes.source)[1])
            assert nb.cells[number - 1].source == shown.source


def test_a_lesson_without_slides_is_a_clear_error(tmp_path):
    with pytest.raises(ValueError, match="00_start_here has no slides"):
        slides.make("00", tmp_path)


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """A browser, and the address of the decks of all lessons."""
    if not (slides.VENDOR / "reveal").exists():
        pytest.skip(
            "no copy of reveal.js (python book/assets.py makes it), so no slide was turned"
        )
    folder = tmp_path_factory.mktemp("slides")
    for deck in with_slides():
        slides.make(deck.id, folder)
    with serve(folder) as site, chromium() as browser:
        yield browser, site


def open_deck(decks, name):
    browser, site = decks
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    faults = note_faults(page)
    page.goto(f"{site}{name}.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    return page, faults


@needs_browser
@pytest.mark.parametrize("name", [p.values[1] for p in with_slides()])
def test_slides_open_and_turn_and_nothing_is_cut_off(decks, name):
    page, faults = open_deck(decks, name)
    total = page.evaluate("Reveal.getTotalSlides()")
    titles = []
    for number in range(total):
        assert page.evaluate("Reveal.getIndices().h") == number
        titles.append(page.locator("section.present h1, section.present h2").first.inner_text())
        height = page.evaluate("Reveal.getCurrentSlide().scrollHeight")
        assert height <= 700, f"slide {number + 1} is cut off: {height} of 700 pixels"
        width = page.evaluate("Reveal.getCurrentSlide().scrollWidth")
        assert width <= 1130, f"slide {number + 1} is cut off: {width} of 1130 pixels"
        broken = "[...Reveal.getCurrentSlide().querySelectorAll('img')].filter(i => !i.naturalWidth || !i.alt)"
        assert page.evaluate(f"{broken}.length") == 0, f"a picture on slide {number + 1}"
        while page.evaluate("Reveal.availableFragments().next"):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
    assert len(set(titles)) == total and titles[-1] == "Take-away"
    assert not faults
    page.close()


@needs_browser
def test_the_speakers_view_shows_the_notes(decks):
    page, faults = open_deck(decks, "07_hello_world_transfer_learning")
    page.evaluate("Reveal.slide(1)")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    opened.value.wait_for_selector(".speaker-controls-notes:not(.hidden)", timeout=15000)
    assert "transfer learning" in opened.value.inner_text(".speaker-controls-notes")
    assert not faults
    opened.value.close()
    page.close()
