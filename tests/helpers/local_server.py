"""A small HTTP server on 127.0.0.1 that counts requests and can fail in planned ways."""

from __future__ import annotations

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote


class Fault:
    """One planned answer. Without arguments it is the right one.

    status, headers: of the answer. body: sent in place of the file. sent: cut the line after so many bytes.
    length: False leaves Content-Length out. delay: seconds before the answer. hold: half of the file,
    then nothing until the server is released.
    """

    def __init__(
        self, status=200, headers=None, body=None, sent=None, length=True, delay=0.0, hold=False
    ):
        self.status, self.headers, self.body, self.sent = status, headers or {}, body, sent
        self.length, self.delay, self.hold = length, delay, hold


class LocalServer(ThreadingHTTPServer):
    """content: path -> bytes. faults: path -> iterable of Fault, used up one a request; then all is well."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.faults = content, {}
        self.requests, self.connections = Counter(), 0
        self.lock, self.released = threading.Lock(), threading.Event()
        # A short interval: stopping a server waits for it to pass.
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def fail(self, path, faults):
        self.faults[path] = iter(faults)

    def stop(self):
        self.released.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is part of the tests


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def do_GET(self):
        path = unquote(self.path)[1:]
        with self.server.lock:
            self.server.requests[path] += 1
            fault = next(self.server.faults.get(path, iter(())), Fault())
        time.sleep(fault.delay)
        body = self.server.content.get(path) if fault.body is None else fault.body
        status = fault.status if body is not None else 404
        body = body if body is not None and status == 200 else b"no"
        self.send_response(status)
        for key, value in fault.headers.items():
            self.send_header(key, quote(value, safe="/:"))
        if fault.length:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if fault.hold:
            self.wfile.write(body[: len(body) // 2])
            self.server.released.wait(30)
            self.close_connection = True
            return
        self.wfile.write(body if fault.sent is None else body[: fault.sent])
        if fault.sent is not None or not fault.length:
            self.close_connection = True

    def log_message(self, *args):
        pass


def make_mirror(root, content):
    """A folder as COURSE_MIRROR takes it, for files of a LocalServer: path -> bytes; returns it."""
    for path, data in content.items():
        target = root / "127.0.0.1" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return root
