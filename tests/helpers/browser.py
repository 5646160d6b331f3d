"""What the browser tests share: Chromium, a page that notes its faults, and a small web server."""

import functools
import http.server
import os
import shutil
import threading
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
needs_browser = pytest.mark.skipif(
    not CHROMIUM, reason="chromium is not installed, so no page was opened"
)


@contextmanager
def chromium():
    """A running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        yield play.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())


@contextmanager
def serve(folder):
    """The address of a web server for the files of a folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=os.fspath(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def note_faults(page) -> list[str]:
    """A list that grows with each console error, script error and failed request to this computer."""
    faults = []

    def local(url):
        return url.startswith(("http://127.0.0.1", "file:"))

    def console(message):
        # What comes from a CDN is no fault of the page when there is no network.
        if message.type == "error" and local(message.location.get("url", "http://127.0.0.1")):
            faults.append(message.text)

    page.on("console", console)
    page.on("pageerror", lambda error: faults.append(str(error)))

    def failed(request):
        # Leaving a page stops what is still under way.
        if local(request.url) and "ERR_ABORTED" not in str(request.failure):
            faults.append(f"{request.failure} {request.url}")

    page.on("requestfailed", failed)
    page.on(
        "response",
        lambda r: (
            faults.append(f"{r.status} {r.url}") if r.status >= 400 and local(r.url) else None
        ),
    )
    return faults
