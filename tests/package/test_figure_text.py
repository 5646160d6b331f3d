"""Text from data in figures and sliders: whatever a file name or a label holds, it is shown and can be saved."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from browser import chromium, needs_browser
from hypothesis import example, given
from hypothesis import strategies as st
from profiles import tries

from course_utils import show

FILM = np.zeros((4, 4), np.uint8)
# What breaks text: mathematics, markup, separators, control characters, broken letters of odd file names.
HOSTILE = st.one_of(
    st.text(st.characters(), max_size=12),
    st.text(st.sampled_from("$_^{}\\|<>&\"';\n\r\t\x00\x1b\u202e\ud800%#/"), max_size=12),
)


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: outputs.append((a, k)))
    show._sliders.clear()
    return outputs


def saved(outputs):
    """The last output as it would stand in a notebook's file."""
    return json.dumps(outputs[-1], ensure_ascii=False).encode("utf-8")


class Page(HTMLParser):
    """A slider as a browser reads it."""

    def __init__(self, text):
        super().__init__()
        self.pictures, self.tags, self.words = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "input":
            mark = re.search(r"labels\.split\('(.+?)'\)", attributes["oninput"])[1]
            self.labels = attributes["data-labels"].split(mark.replace("\\n", "\n"))
        if tag == "img":
            self.pictures.append(attributes["alt"])

    def handle_data(self, data):
        self.words += data


def test_a_title_with_dollars_is_no_mathematics(shown):
    show.grid([FILM], titles=["scan_$A_{$.png"], alt="One.")
    assert b"Figure: One." in saved(shown)


@tries
@given(HOSTILE, HOSTILE)
@example("scan_$A_{$.png", "\ud800")
@pytest.mark.filterwarnings("ignore:Glyph", "ignore:Matplotlib currently does not support")
def test_any_title_and_alt_text_can_be_drawn_and_saved(shown, title, alt):
    show.grid([FILM], titles=[title], alt=alt)
    assert saved(shown)


def test_labels_with_a_bar_stay_whole(shown):
    show.slider(["x", "y"], ["a|b", "c"], alt="Two", name="Cut")
    assert Page(shown[-1][0][0]["text/html"]).labels == ["a|b", "c"]


def test_labels_without_a_bar_are_marked_as_in_the_saved_outputs(shown):
    show.slider(["x", "y"], ["a", "b"], alt="Two", name="Cut")
    page = shown[-1][0][0]["text/html"]
    assert 'data-labels="a|b"' in page and "split('|')" in page and "\n" not in page


@tries
@given(st.lists(HOSTILE, min_size=1, max_size=4), HOSTILE, HOSTILE)
@example(["a|b", "c\nd"], "|", "\ud800")
def test_any_label_stands_beside_its_own_picture(shown, labels, alt, name):
    show.slider(["x"] * len(labels), labels, alt=alt, name=name)
    page = Page(shown[-1][0][0]["text/html"])
    wanted = [show.words(label).replace("\n", " ") for label in labels]
    assert page.labels == wanted and len(page.pictures) == len(labels)
    assert page.tags == ["div", "label", "input", "output"] + ["img"] * len(labels)
    assert page.pictures == [f"{show.words(alt)} {label}" for label in wanted]
    assert saved(shown)


def test_two_sliders_with_one_text_have_two_ids_the_same_in_every_run(shown):
    runs = []
    for _ in range(2):
        show._sliders.clear()
        for _ in range(3):
            show.slider(["x", "y"], ["a", "b"], alt="Two", name="Cut")
        pages = [out[0][0]["text/html"] for out in shown[-3:]]
        runs.append([re.search(r'div id="([\w-]+)"', page)[1] for page in pages])
        assert all(f"getElementById('{i}')" in p for i, p in zip(runs[-1], pages, strict=True))
    assert runs[0] == runs[1] and len(set(runs[0])) == 3


def test_plain_words_stay_as_they_are():
    for text in ("p. 3 µm²", "患者 12", "Möller", "a\nb", "👩‍⚕️", 7):
        assert show.words(text) == str(text)


@needs_browser
def test_each_slider_moves_its_own_label_and_picture(shown):
    for _ in range(2):
        show.slider(["x", "y"], ["a|b", "it's <c> & d"], alt="Two", name="Cut")
    html = "".join(out[0][0]["text/html"] for out in shown)
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(html)
        page.locator("input").nth(1).press("ArrowRight")
        assert page.locator("output").all_inner_texts() == ["a|b", "it's <c> & d"]
        seen = page.locator("img").evaluate_all("all => all.map(i => i.style.display)")
    assert seen == ["block", "none", "none", "block"]
