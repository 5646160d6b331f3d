"""Copy what book and slides load from a CDN into book/_static/vendor, so that they work with no network.

    python book/assets.py        # needs npm, once; without it formulas and slides come from the CDN

The runtime for the network of live.py comes the same way, into book/_static/live/ort.

As a Sphinx extension (see _config.yml) this module makes the pages use the copy where it is at hand.
Live widgets are not drawn in the book: without a kernel they would do nothing. Their static twins are.
"""

import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parent / "_static" / "vendor"
# package, the files that we keep, and the folder for them
PACKAGES = [
    ("mathjax@3.2.2", r"package/es5/(tex-svg\.js)", "."),
    (
        "reveal.js@4.6.1",
        r"package/(dist/reveal\.(?:js|css)|dist/theme/white\.css|dist/theme/fonts/source-sans-pro/.+|plugin/notes/.+|LICENSE)",
        "reveal",
    ),
    (  # not into vendor: slides take along all that is there
        "onnxruntime-web@1.30.0",
        r"package/dist/(ort\.wasm\.min\.js|ort-wasm-simd-threaded\.(?:mjs|wasm))",
        "../live/ort",
    ),
]


def copy() -> None:
    """Fetch each package with npm, unless it is there, and keep the files that we need."""
    npm = shutil.which("npm") or sys.exit(
        "npm is not installed; formulas and slides will come from the CDN"
    )
    for package, wanted, folder in PACKAGES:
        mark = VENDOR / f".{package}"
        if mark.exists() and (VENDOR / folder).exists():
            continue
        with tempfile.TemporaryDirectory() as place:
            command = [npm, "pack", "--silent", package]
            subprocess.run(
                command, cwd=place, check=True, stdout=subprocess.DEVNULL, timeout=120
            )
            (archive,) = Path(place).glob("*.tgz")
            with tarfile.open(archive) as tar:
                for member in tar.getmembers():
                    if member.isfile() and (found := re.fullmatch(wanted, member.name)):
                        path = VENDOR / folder / found[1]
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_bytes(tar.extractfile(member).read())
        mark.touch()


def use_copy(app, config) -> None:
    """Load MathJax from the copy if it is there."""
    if (VENDOR / "tex-svg.js").exists():
        config.mathjax_path = "vendor/tex-svg.js"


def setup(app):
    """Sphinx calls this."""
    app.connect("config-inited", use_copy, priority=1)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    copy()
