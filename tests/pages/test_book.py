"""The book builds without a warning, and its pages open in a real browser without a fault."""

import functools
import re
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import pytest
from browser import chromium, needs_browser, note_faults, serve
from bs4 import BeautifulSoup

from course_utils.authoring import lessons

START = "from jupyter_book.cli.main import main; main()"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Folder with the built pages."""
    folder = tmp_path_factory.mktemp("book")
    options = "build . --config book/_config.yml --toc book/_toc.yml -W --keep-going -q"
    command = [sys.executable, "-c", START, *options.split(), "--path-output", str(folder)]
    done = subprocess.run(command, cwd=lessons.ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "WARNING" not in done.stderr, (
        done.stdout[-3000:] + done.stderr[-3000:]
    )
    return folder / "_build" / "html"


def pages(book):
    return [
        *(f"notebooks/{p.stem}.html" for p in lessons.find()),
        *(f"book/{p.stem}.html" for p in (lessons.ROOT / "book").glob("*.md")),
    ]


def test_every_lesson_and_page_is_in_the_book(book):
    for page in pages(book):
        assert (book / page).stat().st_size > 5000, page


def test_every_link_inside_the_book_leads_somewhere(book):
    @functools.cache
    def read(page):
        tags = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        return tags.select("[href], [src]"), {tag["id"] for tag in tags.select("[id]")}

    astray, inside = [], 0
    for page in map(book.joinpath, ["index.html", *pages(book)]):
        for tag in read(page)[0]:
            link = urlsplit(tag.get("href") or tag.get("src"))
            if link.scheme or link.netloc:
                continue
            inside += 1
            target = (page.parent / unquote(link.path)).resolve() if link.path else page
            named = unquote(link.fragment) if target.suffix == ".html" else ""
            if not target.exists() or (named and named not in read(target)[1]):
                astray.append(f"{page.name}: {tag}"[:200])
    assert not astray and inside > 3000


def test_pages_load_what_works_without_a_kernel(book):
    for lesson, kind in (
        ("00", "network"),
        ("07", "network"),
        ("10", "threshold"),
        ("18", "threshold"),
    ):
        (page,) = book.glob(f"notebooks/{lesson}_*.html")
        text = page.read_text(encoding="utf-8")
        assert f"tag_live-{kind}" in text and re.search('data-live="[^"]*"[^>]*live.js', text)
    assert (book / "_static" / "live.js").exists()


def test_every_teachers_note_is_in_its_page():
    page = (lessons.ROOT / "book" / "teacher_notes.md").read_text(encoding="utf-8")
    for note in (lessons.ROOT / "book" / "teacher_notes").glob("*.md"):
        assert f"{{include}} teacher_notes/{note.name}" in page, note.name


@pytest.fixture(scope="module")
def site(book):
    with serve(book) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@needs_browser
@pytest.mark.parametrize(
    ("width", "scheme"), [(1300, "light"), (1300, "dark"), (390, "light"), (390, "dark")]
)
def test_pages_open_without_fault(book, site, browser, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    faults = note_faults(page)
    for name in pages(book):
        page.goto(site + name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (
            f"{name} scrolls sideways"
        )
        assert page.evaluate("[...document.images].filter(i => !i.alt).length") == 0, (
            f"{name}: no alt text"
        )
        named = "[...document.images].filter(i => /[0-9a-f]{64}/.test(i.alt)).length"
        assert page.evaluate(named) == 0, f"{name}: a file's name in place of words"
        broken = (
            "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        )
        assert page.evaluate(broken) == [], name
    # The theme declares this twice on each page; it harms nothing and is not ours to mend.
    assert not [fault for fault in faults if "THEBE_JS_URL" not in fault]
    page.close()


@needs_browser
def test_slider_solution_and_search_work(site, browser):
    page = browser.new_page()
    page.goto(site + "notebooks/00_start_here.html")
    slider = page.locator("input[type=range]").first
    shown = "[...document.querySelectorAll('input[type=range]')[0].closest('div').querySelectorAll('img')]"
    shown += ".findIndex(i => i.style.display == 'block')"
    assert page.evaluate(shown) == 0
    slider.fill("2")
    assert page.evaluate(shown) == 2
    solution = page.locator("details.hide:has-text('Solution')").first
    assert not solution.locator(".highlight").first.is_visible()
    solution.locator("summary").click()
    assert solution.locator(".highlight").first.is_visible()
    page.goto(site + "search.html?q=shortcut")
    page.wait_for_selector("#search-results a", timeout=10000)
    assert "Hello world" in page.inner_text("#search-results")
    page.close()
