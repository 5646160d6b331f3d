"""Check every link of the book on the web: `make links`. Needs the network.

A publisher often refuses a program with 401, 403 or 429 what it shows in a browser. Such a link is listed and not
counted as broken: a wrong DOI never gets that far, doi.org itself answers it with 404.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path

from jupyter_book.cli.main import main

ROOT = Path(__file__).resolve().parents[1]
REFUSED = ("unauthorized", "403", "429")


def sort(lines):
    """Broken and refused links, from the lines of Sphinx's `linkcheck/output.json`: two lists of dicts."""
    broken, refused = [], []
    for link in map(json.loads, lines):
        if link["status"] in ("broken", "timeout"):
            (refused if link["info"].startswith(REFUSED) else broken).append(link)
    return broken, refused


def check(source: Path, output: Path, *options: str) -> int:
    """Check the book in a folder and print what is wrong; the number of broken links."""
    arguments = ["build", str(source), "--path-output", str(output), "--builder", "linkcheck"]
    with suppress(SystemExit):  # so it ends where a link is broken
        main([*arguments, *options])
    report = output / "_build" / "html" / "output.json"
    broken, refused = sort(report.read_text(encoding="utf-8").splitlines())
    for word, found in (("refused", refused), ("BROKEN", broken)):
        for link in found:
            print(f"{word}: {link['uri']} in {link['filename']}: {link['info']}")
    print(f"{len(broken)} broken links, {len(refused)} refused to a program.")
    return len(broken)


if __name__ == "__main__":
    options = ("--config", str(ROOT / "book/_config.yml"), "--toc", str(ROOT / "book/_toc.yml"))
    sys.exit(check(ROOT, ROOT / "build" / "links", *options, "-q") > 0)
