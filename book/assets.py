"""Copy what the book's pages load from a CDN into book/_static/vendor, so that they work with no network.

    python book/assets.py        # needs npm, once; without it formulas come from the CDN

As a Sphinx extension (see _config.yml) this module makes the pages use the copy where it is at hand.
Live widgets are not drawn in the book: without a kernel they would do nothing. Their static twins are.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

MATHJAX = "mathjax@3.2.2"
COPY = Path(__file__).parent / "_static" / "vendor" / "tex-svg.js"


def copy() -> None:
    """Fetch MathJax with npm and keep the one file that the book needs."""
    npm = shutil.which("npm") or sys.exit(
        "npm is not installed; formulas will come from the CDN"
    )
    COPY.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", "--silent", MATHJAX],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            COPY.write_bytes(tar.extractfile("package/es5/tex-svg.js").read())


def use_copy(app, config) -> None:
    """Load MathJax from the copy if it is there."""
    if COPY.exists():
        config.mathjax_path = f"vendor/{COPY.name}"


def setup(app):
    """Sphinx calls this."""
    app.connect("config-inited", use_copy, priority=1)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    copy()
