"""A lesson in JupyterLab, as a reader takes it: Run All, choose a film, answer an exercise."""

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from browser import chromium, needs_browser
from PIL import Image

from course_utils.authoring import lessons

START = "00_start_here.ipynb"
LESSON = "07_hello_world_transfer_learning.ipynb"
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"


def opens():
    """What `make lab` gives to JupyterLab: an option for the folder it serves, and the first notebook."""
    if not shutil.which("make"):
        pytest.skip("no make here, so nothing says how it opens the course")
    done = subprocess.run(
        ["make", "-n", "lab"], cwd=lessons.ROOT, capture_output=True, text=True
    )
    # Inside another make it also says which folder it enters and leaves.
    (line,) = [line for line in done.stdout.splitlines() if "/jupyter lab" in line]
    words = shlex.split(line.partition("/jupyter lab")[2])
    return [word for word in words if word != "--allow-root"]


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a copy of lessons and book, opened as `make lab` does; gives its address and the copy."""
    for folder in ("notebooks", "book"):
        shutil.copytree(lessons.ROOT / folder, tmp_path / folder)
    settings = tmp_path / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Otherwise cells out of sight are not in the page.
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", *opens(), "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--ServerApp.token=", "--ServerApp.password="]
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    with open(tmp_path / "lab.log", "w") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=log, stderr=log
        )
    for _ in range(120):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.5)
    yield f"http://127.0.0.1:{port}/lab", tmp_path
    server.terminate()
    server.wait(20)


def test_every_way_to_open_the_course_serves_the_whole_of_it():
    """Pictures and glossary lie beside the notebooks' folder, so that folder alone is not enough."""
    assert opens() == ["--ServerApp.root_dir=.", f"notebooks/{START}"]
    readme = (lessons.ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count("jupyter lab") == readme.count(f"jupyter lab {' '.join(opens())}") == 2


@needs_browser
def test_the_first_lesson_has_its_pictures_and_its_links_open(lab):
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{lab[0]}/tree/notebooks/{START}?reset", timeout=60_000)
        page.wait_for_selector(IDLE, timeout=60_000)
        inside = "[...document.querySelectorAll('.jp-MarkdownOutput img')].filter(i => !/^https/.test(i.src))"
        page.wait_for_function(f"{inside}.length > 20", timeout=30_000)
        page.wait_for_function(f"{inside}.every(i => i.complete)", timeout=30_000)
        assert page.evaluate(f"{inside}.filter(i => !i.naturalWidth).map(i => i.alt)") == []
        page.click(".jp-MarkdownOutput a:has-text('accuracy') >> nth=0")
        page.wait_for_selector(".jp-MarkdownViewer h2:has-text('Accuracy')", timeout=20_000)


@needs_browser
def test_a_lesson_in_jupyterlab(lab, tmp_path):
    copy = lab[1] / "notebooks" / LESSON
    Image.fromarray(np.full((60, 60), 90, np.uint8)).save(tmp_path / "a_film.png")
    (tmp_path / "no_film.txt").write_text("not an image")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(f"{lab[0]}/tree/notebooks/{LESSON}?reset", timeout=60_000)
        page.wait_for_selector(IDLE, timeout=60_000)
        waiting = "[...document.querySelectorAll('.jp-InputPrompt')].some(p => p.innerText.includes('*'))"
        page.wait_for_selector(".jp-CodeCell:has-text('cu.check')", timeout=60_000)
        page.click("text=Run >> nth=0")
        page.click('text="Run All Cells"')
        page.wait_for_function(waiting, timeout=90_000)
        page.wait_for_function(f"!({waiting})", timeout=240_000)

        # The upload button: a film is read, another file gets a plain sentence.
        button = page.locator('button.jupyter-button:has-text("Choose a film")').last
        for file, words in (("a_film.png", "chest"), ("no_film.txt", "could not")):
            button.scroll_into_view_if_needed()
            with page.expect_file_chooser() as chooser:
                button.click()
            chooser.value.set_files(tmp_path / file)
            page.wait_for_selector(
                f".jp-OutputArea-output:has-text('{file}'):has-text('{words}')"
            )

        # An exercise: as it stands, with a wrong answer, with the right one.
        cell = page.locator(".jp-CodeCell:has-text('answer = ...')").first
        number = page.locator(".jp-Notebook .jp-Cell").evaluate_all(
            "cells => cells.findIndex(c => c.innerText.includes('answer = ...'))"
        )
        cell = page.locator(".jp-Notebook .jp-Cell").nth(number)
        assert "not attempted" in cell.inner_text()
        for answer, mark in (("0.5", "✗"), ("0.025 ** (1 / 30)", "✓")):
            cell.locator(".cm-content").click()
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(f'answer = {answer}\ncu.check("07.1", answer)')
            page.keyboard.press("Control+Enter")
            cell.locator(f".jp-OutputArea-output:has-text('{mark}')").wait_for(timeout=20_000)

        page.keyboard.press("Control+s")
        page.wait_for_selector(".jp-Document:not(.jp-mod-dirty)", timeout=20_000)
        time.sleep(1)
    nb = nbformat.read(copy, as_version=4)
    code = [c for c in nb.cells if c.cell_type == "code"]
    assert all(c.execution_count for c in code)
    assert not [o for c in code for o in c.outputs if o.output_type == "error"]
