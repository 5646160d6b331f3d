"""A lesson in JupyterLab, as a reader takes it: Run All, choose a film, answer an exercise."""

import json
import os
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

LESSON = "07_hello_world_transfer_learning.ipynb"
IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on a copy of the lessons; gives its address and the copy of lesson 07."""
    shutil.copytree(lessons.NOTEBOOKS, tmp_path / "notebooks")
    settings = tmp_path / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Otherwise cells out of sight are not in the page.
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        f"--port={port}",
        "--allow-root",
    ]
    command += [
        "--ServerApp.token=",
        "--ServerApp.password=",
        f"--ServerApp.root_dir={tmp_path}",
    ]
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    with open(tmp_path / "lab.log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    for _ in range(120):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.5)
    yield (
        f"http://127.0.0.1:{port}/lab/tree/notebooks/{LESSON}?reset",
        tmp_path / "notebooks" / LESSON,
    )
    server.terminate()
    server.wait(20)


@needs_browser
def test_a_lesson_in_jupyterlab(lab, tmp_path):
    address, copy = lab
    Image.fromarray(np.full((60, 60), 90, np.uint8)).save(tmp_path / "a_film.png")
    (tmp_path / "no_film.txt").write_text("not an image")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.goto(address, timeout=60_000)
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
