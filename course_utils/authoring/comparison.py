"""How a new output is compared with the saved one: to the digit where the arithmetic is pinned, else within bands.

In both, words are compared exactly and pictures not at all: their bytes differ between computers.
"""

from __future__ import annotations

import html
import os
import platform
import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import arithmetic, switches

ROOT = Path(__file__).resolve().parents[2]
PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+")
RANGE = re.compile(r" \[[^\[\]]* to [^\[\]]*\]")
TAG = re.compile(r"<style.*?</style>|<[^>]*>", re.S)
NUMBER = re.compile(
    r"(?<![\w.])[-−]?(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w|\.\d)"
)


def why_not_exact() -> str:
    """Why this computer need not repeat the saved digits, in words; empty where it must."""
    if sys.platform != "linux" or not arithmetic.has_avx2():
        return f"{platform.system()} on {platform.machine()}: seen to repeat are Linux and x86-64 with AVX2"
    for key, value in arithmetic.pins().items():
        if os.environ.get(key, value) != value:
            return f"{key} is {os.environ[key]}"
    for key in ("COURSE_THREADS", "COURSE_SEED"):
        if moved := switches.number(key, 0):
            return f"{key} is {moved}"
    device, card = switches.device_name(), Path("/proc/driver/nvidia/version")
    if device not in ("", "cpu") or (not device and card.exists()):
        return "lessons run on another device than the CPU"
    for name, pinned in pinned_versions().items():
        try:
            have = version(name).split("+")[0]
        except PackageNotFoundError:
            have = "missing"
        if have != pinned:
            return f"{name} is {have}, saved with {pinned}"
    return ""


def pinned_versions() -> dict[str, str]:
    """The versions in constraints.txt of the packages that lessons use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    used = {re.match(r"[\w-]+", line)[0].lower() for line in project["dependencies"]}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line)
    return {name: number for name, number in pairs if name.lower() in used}


def texts(output) -> list[str]:
    """What one output says, without HTML's tags. A table counts by its HTML: its plain text is wrapped by width."""
    data = output.get("data", {})
    if "text" in output:
        found = [output["text"]]
    elif "text/html" in data:
        found = [html.unescape(TAG.sub(" ", PICTURE.sub("(picture)", data["text/html"])))]
    else:
        found = [data[kind] for kind in sorted(data) if kind.startswith("text/")]
    # The ranges in a lesson's table come from the bands, so they say nothing new.
    table = "course_results" in output.get("metadata", {})
    return [RANGE.sub("", text) if table else text for text in found]


def split(text: str) -> tuple[str, list[str]]:
    """A text as its words, each number replaced by #, and its numbers. Layout is not words."""
    words = re.sub(r"[\s\\]+|-{2,}", " ", NUMBER.sub(" # ", text))
    return " ".join(words.split()), NUMBER.findall(text)


def numbers(outputs) -> list[str]:
    """The numbers in the outputs of a cell, in order."""
    return [n for output in outputs for text in texts(output) for n in split(text)[1]]


def value(number: str) -> float:
    """A printed number as a float."""
    return float(number.replace("−", "-").replace(",", ""))


def step(number: str) -> float:
    """One in the last printed digit: 0.01 for 0.83, 0 for a whole number."""
    mantissa = re.split("[eE]", number)
    digits = len(mantissa[0].partition(".")[2])
    power = int(mantissa[1]) if len(mantissa) > 1 else 0
    return 10.0 ** (power - digits) if digits else 0.0


def allowed(number: str, band: list[float] | None) -> tuple[float, float]:
    """Between which values another computer's number may lie.

    number: the saved one. band: [lowest, highest] over the runs of `make bands`, or None if it was the same in all.
    The margin is half of the band's width and one in the last digit; a whole number that never moved has none.
    """
    low, high = band or (value(number), value(number))
    margin = 0.5 * (high - low) + step(number)
    return low - margin, high + margin


def differences(new, saved, bands: dict[str, list[float]] | None = None) -> list[str]:
    """What differs between the outputs of a cell and the saved ones, a line each; empty if nothing does.

    new, saved: lists of outputs, streams joined. bands: None for an exact comparison, else those of this cell, by the
    place of the number among all numbers of the cell.
    """
    if len(new) != len(saved):
        return [f"{len(new)} outputs, {len(saved)} saved"]
    found, place = [], 0
    for ours, theirs in zip(new, saved, strict=True):
        pair = texts(ours), texts(theirs)
        if kind(ours) != kind(theirs) or len(pair[0]) != len(pair[1]):
            found.append(f"an output of another kind: {kind(ours)}, saved {kind(theirs)}")
            continue
        for a, b in zip(*pair, strict=True):
            (words_a, numbers_a), (words_b, numbers_b) = split(a), split(b)
            if words_a != words_b:
                found.append(f"words differ:\n  new:   {words_a}\n  saved: {words_b}")
            else:
                for n, m in zip(numbers_a, numbers_b, strict=True):
                    low, high = allowed(m, (bands or {}).get(str(place)))
                    if n != m and (bands is None or not low <= value(n) <= high):
                        found.append(
                            f"{n}, saved {m}"
                            + ("" if bands is None else f", allowed {low:.4g} to {high:.4g}")
                        )
                    place += 1
                continue
            place += len(numbers_b)
        if bands is None and not found and not same_bytes(ours, theirs):
            found.append("the layout differs")
    return found


def kind(output) -> tuple:
    """What sort of output it is: a stream and its name, or the types of its data."""
    return output.get("output_type"), output.get("name"), tuple(sorted(output.get("data", {})))


def same_bytes(ours, theirs) -> bool:
    """Whether two outputs are the same in every text, plain and HTML, but for pictures."""

    def bare(output):
        data = {k: v for k, v in output.get("data", {}).items() if k.startswith("text/")}
        return PICTURE.sub("", str((output.get("text"), sorted(data.items()))))

    return bare(ours) == bare(theirs)
