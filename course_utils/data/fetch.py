"""Files of the catalog on this computer: from the cache, a mirror folder or their URL, and verified.

    paths = files("chest_abdomen")       # {"data/test/abd_test.png": Path(...), ...}

Three environment variables steer it, read by course_utils.switches:
COURSE_DATA     the cache folder; without it, the usual one of your user account.
COURSE_MIRROR   a folder with files at <host>/<path of the URL>, see `mirror`. It comes before the network.
COURSE_OFFLINE  1: act as if there were no data at all. Cache, mirror and network are left alone, `files`
                raises Unreachable at once, and lessons run on their simulated stand-ins.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import queue
import shutil
import socket
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from .. import switches
from ..switches import cache_dir as cache_dir

THREADS = 8
RETRIES = 4  # after a busy server or a transfer that was cut off
QUICK_RETRIES = 2  # where nobody answers: waiting longer seldom helps
BACKOFF = 0.5  # seconds before the first retry, doubled for each further one
LONGEST_WAIT = 30.0  # seconds that a server may make us wait with Retry-After
TIMEOUT = (5.0, 10.0)  # seconds to connect, and to the next byte
NO_NETWORK = (
    5.0  # seconds after which a server that accepts no connection counts as out of reach
)
CHUNK = 1 << 16  # bytes
SPEAK = 3.0  # seconds to wait for another program in silence
BAR_FROM = 1_000_000  # bytes: smaller downloads are over before a bar helps


class UnknownDataset(KeyError):
    """The catalog has no set, or the set no file, of that name."""

    def __str__(self):  # a KeyError would show its message in quotes
        return self.args[0]


class FetchError(RuntimeError):
    """A file could not be made ready. The message says why and what to do."""


class Unreachable(FetchError):
    """No network, a server that does not answer, or COURSE_OFFLINE=1: a case for the simulated stand-in."""


class WrongContent(FetchError):
    """A file came, but its size or SHA-256 is wrong, twice."""


class NotThere(FetchError):
    """The server refuses the file or no longer has it."""


class DiskFull(FetchError):
    """No room is left on the disk of the cache."""


class _Stopped(Exception):
    """Another file failed or the user pressed Ctrl-C, so this one is given up."""


class _File(NamedTuple):
    path: str  # name in the catalog
    url: str
    size: int  # bytes
    sha256: str
    local: Path  # where it belongs

    def good(self) -> bool:
        if _size(self.local) != self.size:
            return False
        try:
            with open(self.local, "rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


@cache
def catalog() -> dict:
    """The catalog: name of a set -> its entry (title, base_url or package, licence, citation, flaws, files)."""
    return json.loads(Path(__file__).with_name("catalog.json").read_text(encoding="utf-8"))


def entry(name: str) -> dict:
    """The catalog's entry of one set. Raises UnknownDataset, with the nearest names, if there is none."""
    if name not in catalog():
        raise UnknownDataset(_unknown("data set", name, catalog()))
    return catalog()[name]


def megabytes(name: str) -> float:
    """Size of a set in MB (a million bytes)."""
    return sum(size for size, _ in entry(name)["files"].values()) / 1e6


def hosts() -> set[str]:
    """The servers of all sets of the catalog."""
    bases = (entry["base_url"] for entry in catalog().values() if "package" not in entry)
    return {urlsplit(base).hostname for base in bases}


def at_hand(name: str) -> bool:
    """Whether `files(name)` should need no network: every file is in the cache or the mirror, with its size.

    Nothing is read, so damage inside a file is not seen. False with COURSE_OFFLINE=1, but for the sets that an
    installed package brings with it.
    """
    root = switches.mirror_dir()

    def there(file):
        places = [file.local] + ([_in_mirror(root, file.url)] if root else [])
        return any(_size(place) == file.size for place in places)

    plan = _plan(name)
    return not plan or (not switches.offline() and all(there(file) for file in plan))


def files(
    name: str, only: Iterable[str] | Callable | None = None, progress: bool = True
) -> dict[str, Path]:
    """Make the files of a set present and verified, and return their local paths by name in the catalog.

    name: set of the catalog. only: names of some of its files, or a function that says yes or no to a name.
    progress: show a bar on stderr while more than 1 MB comes from the network (never where CI is set).
    Each file is looked for in the cache, then in the mirror, then at its URL. Damaged files are replaced.
    Raises UnknownDataset, ValueError for an unsafe entry of the catalog, FetchError if a file cannot be had.
    """
    plan = _plan(name, only)
    if not plan:
        return {}
    if switches.offline():
        raise Unreachable(
            "COURSE_OFFLINE=1 is set, so no real data is used, not even files that are on this computer. "
            f"To work with the real {name}, unset COURSE_OFFLINE and start again."
        )
    missing = _not_good(plan)
    if missing:
        folder = cache_dir() / name
        try:
            with _workspace(folder, f"another lesson is fetching {name}") as partial:
                # Another process may have fetched them while we waited for the lock.
                missing = _not_good(missing)
                for file in missing:
                    file.local.unlink(missing_ok=True)
                missing, complaint = _from_mirror(missing, partial)
                if missing:
                    _from_url(missing, partial, complaint, progress)
        except OSError as error:
            advice = "Set COURSE_DATA to a folder that you can write, with enough room, and start again."
            raise _not_written(
                error, folder, missing, f"{advice}\n{_by_hand(missing)}"
            ) from error
    return {file.path: file.local for file in plan}


def mirror(folder: str | Path, names: Iterable[str] | None = None) -> int:
    """Write a mirror for a room without network: every file at folder/<host>/<path of the URL>, verified.

    names: sets of the catalog, all by default. Files come from cache, mirror or network, as in `files`.
    Returns how many files were written; those already there and good are left. Errors are those of `files`.
    Put COURSE_MIRROR=folder on the computers that are to use it.
    """
    root, written = Path(folder).expanduser().absolute(), 0
    names = [names] if isinstance(names, str) else list(catalog() if names is None else names)
    for name, plan in [(name, _plan(name)) for name in names]:
        cached = files(name)
        missing = _not_good([file._replace(local=_in_mirror(root, file.url)) for file in plan])
        try:
            with _workspace(root, f"another program is writing to {root}") as partial:
                results = _copy_all(missing, [cached[file.path] for file in missing], partial)
        except OSError as error:
            raise _not_written(
                error, root, missing, "Choose another folder for the mirror."
            ) from error
        if bad := [what for what in results if what]:
            raise FetchError(
                f"Files of {name} in the cache changed meanwhile: {_some(bad)}. Start again."
            )
        written += len(missing)
    return written


def _plan(name, only=None) -> list[_File]:
    """The wanted files of a set. All of its entry is checked: nothing may lead out of the cache folder."""
    if "package" in entry(name):
        return []  # an installed package brings the set with it
    base, folder = entry(name)["base_url"], cache_dir() / _safe(name)
    host = urlsplit(base)
    here = host.scheme == "http" and host.hostname in ("127.0.0.1", "localhost")
    if not (host.scheme == "https" and host.hostname or here) or not base.endswith("/"):
        raise ValueError(
            f"base_url of {name} must look like https://host/folder/, not {base!r}"
        )
    plan = {}
    for path, (size, sha256) in entry(name)["files"].items():
        url = base + quote(_safe(path))
        _safe(unquote(urlsplit(url).path)[1:])
        plan[path] = _File(path, url, size, sha256, folder / path)
    if only is None:
        return list(plan.values())
    if not callable(only):
        wanted = {only} if isinstance(only, str) else set(only)
        for path in wanted - set(plan):
            raise UnknownDataset(_unknown(f"file of {name}", path, plan))
        only = wanted.__contains__
    return [file for path, file in plan.items() if only(path)]


def _safe(path: str) -> str:
    """The path itself if it is relative and plain on Linux, macOS and Windows; otherwise ValueError."""
    parts = path.split("/")
    # Windows drops a dot or space at the end of a name, so ".. " would be ".." there.
    odd = any(not part or part[-1] in ". " for part in parts) or set(path) & set('\\:*?"<>|\0')
    if odd or parts[0] in (".lock", ".partial"):
        raise ValueError(f"unsafe path in the catalog: {path!r}")
    return path


def _unknown(kind, name, known):
    from difflib import get_close_matches

    near = get_close_matches(str(name), known, n=3, cutoff=0.5)
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no {kind} called {name!r}.{guess} There are: {_some(list(known), 40)}."


def _some(items, most=3) -> str:
    return ", ".join(items[:most]) + (
        f" and {len(items) - most} more" if len(items) > most else ""
    )


def _size(path):
    try:
        return path.stat().st_size
    except OSError:
        return -1


def existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next((path for path in (folder, *folder.parents) if os.path.exists(path)), folder)


def _in_mirror(root, url):
    return root / urlsplit(url).hostname / unquote(urlsplit(url).path)[1:]


def _not_good(plan):
    # All bytes are hashed each time: it is quick, and a record of earlier checks could be wrong.
    good = _each(plan, lambda file, stop: file.good())
    return [file for file, fine in zip(plan, good, strict=True) if not fine]


@contextmanager
def _workspace(folder, busy) -> Iterator[Path]:
    """Hold the lock of a folder. Gives an empty folder for unfinished files, on the same disk.

    busy: what is said on stderr, once, where another program holds the lock for longer than SPEAK.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        held = lock.acquire(timeout=SPEAK)
    except Timeout:
        print(f"{busy}; waiting", file=sys.stderr, flush=True)
        held = lock.acquire()
    with held:
        partial = folder / ".partial"
        shutil.rmtree(partial, ignore_errors=True)  # left over from a process that was killed
        partial.mkdir(exist_ok=True)
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _each(jobs, work) -> list:
    """[work(job, stop) for each job], in up to 8 threads. The first error, or Ctrl-C, stops all of them.

    The threads are daemons: an executor would make Ctrl-C wait until the last socket has timed out.
    """
    todo, done, stop = queue.SimpleQueue(), queue.SimpleQueue(), threading.Event()
    results = [None] * len(jobs)
    for numbered in enumerate(jobs):
        todo.put(numbered)

    def worker():
        while not (stop.is_set() or todo.empty()):
            try:
                index, job = todo.get_nowait()
                done.put((index, work(job, stop), None))
            except queue.Empty:
                return
            except BaseException as error:
                done.put((0, None, error))

    team = [threading.Thread(target=worker, daemon=True) for _ in jobs[:THREADS]]
    try:
        for thread in team:
            thread.start()
        waiting = len(jobs)
        while waiting:
            try:
                # In short waits, since Windows holds Ctrl-C back during a wait.
                index, result, error = done.get(timeout=0.2)
            except queue.Empty:
                continue
            if error:
                raise error
            results[index] = result
            waiting -= 1
    finally:
        stop.set()
        for thread in team:
            thread.join(0.1)
    return results


def _save(chunks, file, stop, partial, tick=lambda n: None) -> str:
    """Write chunks to a temporary file. Rename it to file.local if it is right, else say what is wrong."""
    temporary, digest = partial / os.urandom(8).hex(), hashlib.sha256()
    size, wrong = 0, "not finished"
    try:
        with open(temporary, "xb") as stream:
            for chunk in chunks:
                if stop.is_set():
                    raise _Stopped
                if size + len(chunk) > file.size:
                    wrong = f"more than the expected {file.size} bytes came"
                    return wrong
                stream.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                tick(len(chunk))
        if size < file.size:
            wrong = f"{size} bytes came instead of {file.size}"
        elif digest.hexdigest() != file.sha256:
            wrong = "its SHA-256 is not the expected one"
        else:
            file.local.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, file.local)
            wrong = ""
        return wrong
    finally:
        if wrong:
            tick(-size)
            temporary.unlink(missing_ok=True)


def _copy_all(plan, sources, partial) -> list[str | None]:
    """Copy sources to the files of a plan. Gives "" or what is wrong, None where there is no source."""

    def copy(pair, stop):
        file, source = pair
        size = _size(source)
        if size != file.size:
            return f"{source}: its size is wrong" if size >= 0 else None
        try:
            content = source.read_bytes()
        except OSError as error:  # not to be taken for a cache that cannot be written
            return f"{source}: {error.strerror}"
        wrong = _save([content], file, stop, partial)
        return wrong and f"{source}: {wrong}"

    return _each(list(zip(plan, sources, strict=True)), copy)


def _from_mirror(missing, partial):
    """Copy what the mirror has. Gives the files still missing, and a sentence about the mirror's faults."""
    root, complaint = switches.mirror_dir(), ""
    if root is None:
        return missing, ""
    if fault := switches.mirror_fault(root, hosts()):
        return missing, f" {fault}."
    results = _copy_all(missing, [_in_mirror(root, file.url) for file in missing], partial)
    if bad := [what for what in results if what]:
        complaint = f" Wrong in the mirror folder and not used: {_some(bad)}."
        warnings.warn(complaint.strip(), stacklevel=3)
    if lacking := results.count(None):
        complaint += (
            f" The mirror folder {root} lacks {lacking} of {len(missing)} wanted files."
        )
    return [file for file, what in zip(missing, results, strict=True) if what != ""], complaint


def _from_url(missing, partial, complaint, progress):
    import requests
    from tqdm import tqdm

    def fail(kind, what, file):
        return kind(f"{what}{complaint} Files that came are kept.\n{_by_hand(missing, file)}")

    if reason := _no_connection(missing[0].url):
        raise fail(Unreachable, reason, missing[0])
    total = sum(file.size for file in missing)
    hidden = not progress or total <= BAR_FROM or bool(os.environ.get("CI"))
    bar = tqdm(total=total, unit="B", unit_scale=True, desc="Fetching", disable=hidden)
    with requests.Session() as session, bar:
        for scheme in ("https://", "http://"):
            session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=THREADS))
        # Sizes in the catalog are those of the plain files, so the server should not compress them.
        session.headers.update(
            {"Accept-Encoding": "identity", "User-Agent": "medical-imaging-course"}
        )

        def tick(count):
            with bar.get_lock():
                bar.update(count)

        _each(missing, lambda file, stop: _download(file, stop, session, partial, tick, fail))


def _no_connection(url) -> str:
    """Why no connection to the server, or through the proxy in between, is made within NO_NETWORK; "" if one is.

    Asked once before eight threads try. A look-up of a name has no time limit, so its thread is left behind.
    """
    from http.client import HTTPConnection, HTTPException

    host = urlsplit(url)
    try:
        proxy = switches.proxy(url)
    except switches.WrongSwitch as error:
        return f"{error}."
    port = host.port or (443 if host.scheme == "https" else 80)
    answer = queue.SimpleQueue()

    def knock():
        if proxy is None or proxy.scheme != "http" or host.scheme != "https":
            at = (host.hostname, port) if proxy is None else (proxy.host, proxy.port)
            return socket.create_connection(at, timeout=2).close()
        # A proxy that is there may still refuse to pass this server on.
        connection, headers = HTTPConnection(proxy.host, proxy.port, timeout=2), {}
        if proxy.user:
            word = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
            headers["Proxy-Authorization"] = f"Basic {word}"
        connection.set_tunnel(host.hostname, port, headers)
        connection.connect()
        connection.close()

    def connect():
        for pause in (0.2, 0.4, 0):
            try:
                knock()
                return answer.put("")
            except (OSError, ValueError, HTTPException) as error:
                reason = str(error) or type(error).__name__
                time.sleep(pause)
        answer.put(reason)

    threading.Thread(target=connect, daemon=True).start()
    try:
        reason = answer.get(timeout=NO_NETWORK)
    except queue.Empty:
        reason = f"nothing within {NO_NETWORK:g} seconds"
    if not reason:
        return ""
    if proxy is None:
        return f"No connection to {host.hostname}: {reason}. Is there a network?"
    if reason.startswith("Tunnel connection failed: "):
        reason = reason.partition(": ")[2]
        return (
            f"The proxy {proxy} does not let {host.hostname} through: {reason}. Whoever runs it can allow it; "
            f"unset {proxy.variable} where no proxy is needed."
        )
    return f"No connection to the proxy {proxy}: {reason}. Is its address right, and is there a network?"


def _through(url) -> str:
    """A sentence on the proxy, where there is one: it may be the one that fails."""
    proxy = switches.proxy(url)
    return f" The way leads through the proxy {proxy}." if proxy else ""


def _download(file, stop, session, partial, tick, fail):
    """Fetch one file, with as many retries as the kind of fault deserves."""
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    faults = Counter()
    while not stop.is_set():
        wait, answer, cause = BACKOFF * 2 ** faults.total(), None, None
        try:
            with session.get(file.url, stream=True, timeout=TIMEOUT) as answer:
                code, asked = answer.status_code, answer.headers.get("Retry-After", "")
                if code in (408, 429) or code >= 500:
                    kind, retries = Unreachable, RETRIES
                    what = f"The server is too busy to send {file.url} (HTTP {code}). Try again in some minutes."
                    wait = min(max(wait, int(asked) if asked.isdigit() else 0), LONGEST_WAIT)
                elif code != 200:
                    kind, retries = NotThere, 0
                    what = f"The server refuses {file.url} (HTTP {code}). It is gone, or your network blocks it."
                    what += _through(file.url)
                elif wrong := _save(_body(answer, file), file, stop, partial, tick):
                    kind, retries = WrongContent, 1
                    what = (
                        f"Not the right file came from {file.url}: {wrong}. It may be a login page of your "
                        "network (log in with a browser and start again), or the file changed at its source."
                    )
                else:
                    return
        except (RequestException, HTTPError, ValueError) as error:
            # Without an answer there is little hope. A transfer that broke off is worth more patience.
            kind, retries, cause = (
                Unreachable,
                QUICK_RETRIES if answer is None else RETRIES,
                error,
            )
            what = f"The connection failed, stood still or broke off ({type(error).__name__}): {file.url}."
            what += _through(file.url)
        faults[kind] += 1
        if faults[kind] > retries:
            raise fail(kind, what, file) from cause
        stop.wait(wait)
    raise _Stopped


def _body(answer, file):
    """The bytes of an answer. Raises ConnectionError if fewer came than the server announced."""
    from requests import ConnectionError

    size, announced = 0, answer.headers.get("Content-Length", "")
    for chunk in answer.iter_content(CHUNK):
        size += len(chunk)
        yield chunk
    whole = int(announced) if announced.isdigit() else file.size
    if size < whole and "Transfer-Encoding" not in answer.headers:
        raise ConnectionError("the transfer was cut off")


def _by_hand(missing, first=None) -> str:
    absent = [file for file in missing if not file.local.exists()] or missing
    first = first or absent[0]
    steps = f"By hand: open {first.url} in a browser and save the file as {first.local} ."
    if len(absent) > 1:
        steps += (
            f" {len(absent)} files are missing. To bring all at once, run `python -m course_utils mirror "
            "FOLDER` on a computer with a network, copy FOLDER here and set COURSE_MIRROR to it."
        )
    return f"{steps}\nTo go on with simulated data instead: set COURSE_OFFLINE=1."


def _not_written(error, folder, missing, advice) -> FetchError:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return FetchError(f"The folder {folder} cannot be written ({error}). {advice}")
    needed = sum(file.size for file in missing if not file.local.exists()) / 1e6
    free = shutil.disk_usage(existing(folder)).free / 1e6
    return DiskFull(
        f"The disk is full: {needed:.1f} MB more are needed in {folder}, {free:.1f} are free. {advice}"
    )
