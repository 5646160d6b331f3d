"""Pages that work without a kernel: a network, sliders and the quiz, in a real browser, with no other host asked."""

import io
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import live
import numpy as np
import pytest
from browser import chromium, needs_browser, note_faults, serve
from PIL import Image
from sklearn.linear_model import LogisticRegression
from test_book import START

import course_utils as cu
from course_utils.authoring import lessons
from course_utils.data import fetch
from course_utils.simulate import radiograph

PAGES = ("00_start_here", "10_can_we_trust_it")
SIZES = [(1300, "light"), (1300, "dark"), (390, "light"), (390, "dark")]
# Between the probability in the browser and PyTorch's. Measured: up to 0.000002 on 13 films of the set and 0.002 on ten
# simulated ones: a mixed pixel half way between two whole numbers may be rounded either way.
TOLERANCE = 5e-3


@pytest.fixture(scope="module")
def names():
    """Body and head of lesson 00 where its data is at hand, else random ones."""
    if all(fetch.at_hand(name) for name in ("chest_abdomen", "squeezenet_imagenet")):
        return live.run(*live.NETWORK)
    rng, head = np.random.default_rng(0), LogisticRegression()
    head.coef_, head.intercept_ = rng.standard_normal((1, 512)), np.array([0.1])
    head.classes_ = np.arange(2)
    films = SimpleNamespace(classes=("abdomen", "chest"))
    return {"body": cu.models.squeezenet_body(None), "head": head, "films": films}


@pytest.fixture(scope="module")
def scores():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 300)
    values = (1 / (1 + np.exp(-rng.normal(2.5 * labels - 1, 1.5)))).round(6)
    return {"labels": labels.tolist(), "scores": values.tolist(), "learnt": 0.45}


@pytest.fixture(scope="module")
def site(tmp_path_factory, names, scores):
    """Two pages of the book with data of this test, and the same pages with none, called NAME_bare."""
    folder = tmp_path_factory.mktemp("live")
    toc = f"format: jb-book\nroot: notebooks/{PAGES[0]}\nchapters:\n- file: notebooks/{PAGES[1]}\n"
    (folder / "_toc.yml").write_text(toc)
    options = ["--toc", str(folder / "_toc.yml"), "--path-output", str(folder)]
    build = [sys.executable, "-c", START, "build", ".", "--config", "book/_config.yml", "-q"]
    subprocess.run([*build, *options], cwd=lessons.ROOT, capture_output=True, check=True)
    html = folder / "_build" / "html"
    for page in PAGES:
        text = (html / "notebooks" / f"{page}.html").read_text(encoding="utf-8")
        for name, made in ((page, "network threshold-10"), (f"{page}_bare", "")):
            told, count = re.subn('data-live="[^"]*"', f'data-live="{made}"', text)
            assert count == 1
            (html / "notebooks" / f"{name}.html").write_text(told, encoding="utf-8")
    data = html / "_static" / "live"
    data.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "run", lambda *_: names)
        (data / "network.json").write_text(json.dumps(live.make_network(data)))
    assert (data / "network.onnx").stat().st_size < 5e6
    (data / "threshold-10.json").write_text(json.dumps(live.THRESHOLD["10"][2] | scores))
    with serve(html) as address:
        yield f"{address}notebooks/"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser, site):
    """A function that opens a page; at the end there was no fault, and no other host was asked."""
    opened, others, faults = [], [], []

    def go(name, width=1300, scheme="light", script=None):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        opened.append(page)
        if script:
            page.add_init_script(script)
        faults.append(note_faults(page))

        def elsewhere(route):
            others.append(route.request.url)
            route.abort()

        page.route(
            lambda url: url.startswith("http") and not url.startswith(site[:-10]), elsewhere
        )
        page.goto(f"{site}{name}.html")
        return page

    yield go
    for page in opened:
        page.close()
    # without the copies of assets.py formulas come from a CDN; the theme's fault is explained in test_book
    assert not [url for url in others if "mathjax" not in url]
    assert not [fault for page in faults for fault in page if "THEBE_JS_URL" not in fault]


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return {"name": "picture.png", "mimeType": "image/png", "buffer": file.getvalue()}


def look(page, pixels):
    """Hand a picture to the page; wait for the answer: class and probability."""
    page.evaluate(
        "document.querySelectorAll('.live output').forEach(o => o.removeAttribute('data-sure'))"
    )
    page.locator(".live input[type=file]").set_input_files(png(pixels))
    page.wait_for_selector(".live output[data-sure]", timeout=30000)
    said = page.locator(".live output")
    return said.get_attribute("data-kind"), float(said.get_attribute("data-sure"))


def fits_and_reads(page):
    """Light and dark, wide and narrow: nothing sticks out, and each word stands out from the page."""
    light = "rgb => rgb.match(/[\\d.]+/g).slice(0, 3).reduce((a, b) => a + Number(b) / 765, 0)"
    contrast = f"""() => {{ const light = {light}, paper = light(getComputedStyle(document.body).backgroundColor);
        return Math.min(...[...document.querySelectorAll(".live p, .live label, .live td, .live svg text, .live-score")]
            .map(e => Math.abs(light(getComputedStyle(e).color) - paper))); }}"""
    for width, scheme in SIZES:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(contrast) > 0.3, (width, scheme)


def pictures():
    from skimage.data import cat

    rng = np.random.default_rng(0)
    dark = rng.integers(0, 30, (260, 240), dtype=np.uint8)
    small = rng.integers(0, 256, (28, 28), dtype=np.uint8)
    doubtful = radiograph.chest(np.random.default_rng(0), 3, size=512)[0][2]
    wide = (cat()[:200, :431] * rng.uniform(0.4, 1, (200, 431, 1))).astype(np.uint8)
    found = {"cat": cat()[:, 75:375], "dark": dark, "small": small, "wide": wide}
    return found | {"doubtful": doubtful}


needs_runtime = pytest.mark.skipif(
    not live.RUNTIME.exists(),
    reason="no copy of onnxruntime-web (python book/assets.py makes it), so no network ran in a page",
)


@needs_browser
@needs_runtime
def test_the_network_says_in_the_page_what_it_says_in_pytorch(visit, names):
    page = visit(PAGES[0])
    for name, pixels in pictures().items():
        batch = cu.models.to_batch([pixels])
        chest = names["head"].predict_proba(cu.models.features(names["body"], batch))[0, 1]
        kind, sure = look(page, pixels)
        print(f"{name}: {kind}, browser {sure:.6f}, PyTorch {max(chest, 1 - chest):.6f}")
        assert kind == names["films"].classes[int(chest > 0.5)]
        assert abs(sure - max(chest, 1 - chest)) < TOLERANCE


@needs_browser
@needs_runtime
def test_the_map_is_drawn_where_the_head_weighs_most(visit, names):
    import torch

    page, dark = visit(PAGES[0]), pictures()["dark"]
    kind, _ = look(page, dark)
    with torch.no_grad():
        maps = names["body"](cu.models.to_batch([dark]))[0].numpy()
    heat = np.tensordot(names["head"].coef_[0], maps, 1)
    heat = np.maximum(heat if kind == names["films"].classes[1] else -heat, 0)
    red = "c => [...c.getContext('2d').getImageData(0, 0, 224, 224).data].filter((v, i) => i % 4 == 0)"
    seen, laid = (
        np.reshape(page.locator(".live canvas").nth(i).evaluate(red), (224, 224))
        for i in (0, 1)
    )
    middles = ((np.arange(13) + 0.5) * 224 / 13).astype(int)
    drawn = (laid - seen)[np.ix_(middles, middles)]
    assert np.corrcoef(drawn.ravel(), heat.ravel())[0, 1] > 0.95
    fits_and_reads(page)
    assert page.locator(".live canvas").nth(1).is_visible()
    assert "Nothing leaves this page" in page.inner_text(".live")


@needs_browser
@needs_runtime
def test_films_of_the_page_and_samples_can_be_chosen(visit):
    page = visit(PAGES[0])
    buttons = page.locator(".live button")
    assert buttons.count() == 4
    for number in range(4):
        page.evaluate("document.querySelector('.live output').removeAttribute('data-sure')")
        buttons.nth(number).click()
        page.wait_for_selector(".live output[data-sure]", timeout=30000)
    file = {"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.locator(".live input[type=file]").set_input_files(file)
    page.wait_for_selector("text=cannot read the file")


@needs_browser
@pytest.mark.parametrize("name", PAGES)
def test_without_the_data_there_is_a_still_picture_and_a_sentence(visit, name):
    page = visit(f"{name}_bare")
    assert "not in this copy of the book" in page.inner_text(".live")
    assert (
        page.locator(".live img").evaluate("i => i.decode().then(() => i.naturalWidth)") > 100
    )
    assert page.locator(".live input").count() == 0
    fits_and_reads(page)


@needs_browser
def test_sliders_give_the_numbers_of_the_metrics(visit, scores):
    page = visit(PAGES[1])
    cut, share = (page.locator(".live input[type=range]").nth(i) for i in (0, 1))
    labels, values = np.array(scores["labels"]), np.array(scores["scores"])
    for threshold, prevalence, told in (
        (0.1, 0.05, False),
        (0.55, 0.3, False),
        (0.37, 0.012, True),
    ):
        cut.fill(str(threshold)), share.fill(str(prevalence))
        page.locator(".live input[type=checkbox]").set_checked(told)
        p = cu.metrics.at_prevalence(values, scores["learnt"], prevalence) if told else values
        rates = cu.metrics.by_group(labels, p >= threshold, np.zeros(len(p), int)).iloc[0]
        found, spared = rates["sensitivity"], rates["specificity"]
        right, quiet = found * prevalence, spared * (1 - prevalence)
        expected = [found, spared, right / (right + (1 - spared) * (1 - prevalence))]
        expected += [quiet / (quiet + (1 - found) * prevalence)]
        expected += [1000 * cu.metrics.net_benefit(labels, p, threshold, prevalence)]
        given = page.locator(".live td").evaluate_all(
            "cells => cells.map(c => +c.dataset.value)"
        )
        assert np.allclose(given, expected, atol=1e-9)
    cut.fill("0.99")
    assert page.locator(".live svg polyline").count() == 2
    fits_and_reads(page)


def open_first(page, question, right):
    """Open the right answer, or a wrong one, of a question."""
    answers = page.locator(f"#quiz > p:has-text('{question}. ') ~ details")
    mark = "✓" if right else "✗"
    answers.filter(has_text=mark).first.locator("summary").click()


FORBIDDEN = (
    "for (const name of ['getItem', 'setItem', 'removeItem']) Storage.prototype[name] = (key) => {"
    "if (String(key).startsWith('quiz')) throw new DOMException('no', 'SecurityError'); return null; }"
)


@needs_browser
@pytest.mark.parametrize("script", [None, FORBIDDEN], ids=["storage", "no storage"])
def test_the_quiz_counts_first_tries(visit, script):
    page = visit(PAGES[1], 390, "dark", script)
    score = page.locator(".live-score")
    assert not score.is_visible()
    field, reply = page.locator("#quiz form input"), page.locator("#quiz form output")
    for typed, said in (
        ("many", "A number, please."),
        ("32,4", "✓ right"),
        ("40", "✗ not yet"),
    ):
        field.fill(typed)
        field.press("Enter")
        assert reply.inner_text() == said
    assert score.inner_text().startswith("1 of 4 answered.")
    for question, right in ((1, True), (3, False), (4, True)):
        open_first(page, question, right)
    open_first(page, 3, True)  # a second try does not count
    page.wait_for_function(
        "document.querySelector('.live-score').textContent.startsWith('3 of 4 at')"
    )
    page.reload()
    assert score.is_visible() == (script is None)
    if script is None:
        assert score.inner_text().startswith("3 of 4 at the first try.")
        score.locator("button").click()
        assert not score.is_visible() and page.locator("#quiz details[open]").count() == 0


def test_cells_and_figures_that_are_used_stand_in_the_lessons():
    used = {live.NETWORK[0]: live.NETWORK[1]} | {k: v[0] for k, v in live.THRESHOLD.items()}
    for lesson, wanted in used.items():
        assert set(wanted) <= set(live.cells(lesson)), lesson
    for lesson, (cell, chosen) in live.FILMS.items():
        assert len(live.panels(lesson, cell)[1]) > max(chosen.values())
    tagged = {
        (path.stem[:2], tag)
        for path in lessons.find()
        for cell in live.cells(path.stem[:2]).values()
        for tag in cell["metadata"].get("tags", [])
        if tag.startswith("live-")
    }
    assert tagged == {(n, "live-network") for n in live.FILMS} | {
        (n, "live-threshold") for n in live.THRESHOLD
    }


@pytest.mark.parametrize(
    ("lesson", "threshold", "saved"),
    [
        ("03", 0.5, "threshold 0.50: sensitivity 0.977, specificity 0.978"),
        ("10", 0.1, "as trained           finds 50 of 50, 597 false alarms"),
        ("18", 0.5, "refer from 0.50, sensitivity 0.91, specificity 0.65"),
    ],
    ids=["03", "10", "18"],
)
def test_the_scores_made_are_those_of_the_lesson(lesson, threshold, saved):
    file = live.LIVE / f"threshold-{lesson}.json"
    if not file.exists():
        pytest.skip("python book/live.py was not run, so there are no scores to compare")
    assert any(saved in str(cell.get("outputs")) for cell in live.cells(lesson).values())
    about = json.loads(file.read_text())
    labels, alarm = np.array(about["labels"]), np.array(about["scores"]) >= threshold
    found, wrong = alarm[labels == 1].mean(), alarm[labels == 0].mean()
    if lesson == "10":
        assert f"finds {50 * found:.0f} of 50, {950 * wrong:.0f} false alarms" in saved
    else:
        digits = 3 if lesson == "03" else 2
        assert f"sensitivity {found:.{digits}f}, specificity {1 - wrong:.{digits}f}" in saved
