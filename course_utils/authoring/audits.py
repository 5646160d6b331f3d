"""What `cu.audit` finds in each set, written into the catalog, so that it stands on the data cards.

    python -m course_utils.authoring.audits [NAME ...]

Needs the real data. No number is typed by hand.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np

from .. import data as _data
from ..data import decoded, fetch, sets
from ..leakage import audit

CATALOG = Path(_data.__file__).with_name("catalog.json")
OTHER_GROUPS = {
    "wce_bleed": "block"
}  # set -> the target that says what repeats, where there are no cases


def findings(name: str) -> str:
    """The pages of one set in a few words, or "" for a set that holds no flat images."""
    record = decoded.read(name, sets.SETS[name], fetch.files(name), {})
    images = getattr(record, "images", None)
    if images is None or len(images) < 4 or not all(_flat(image) for image in images):
        return ""
    groups = record.targets.get(OTHER_GROUPS.get(name), record.cases)
    labels = record.labels
    if labels is not None and len(np.unique(labels)) < 2:
        labels = None
    whole = audit(images, labels, groups)
    parts = [_row(whole, "exact duplicates")]
    parts += [_row(whole, test) for test in ("size and format", "margin")]
    split = np.asarray(record.split)
    if 0 < (split == "test").sum() < len(split):
        cut = audit(images, labels, groups, split)
        parts += [
            "between test and other parts, " + _row(cut, test)
            for test in ("near duplicates", "groups in both parts")
        ]
    if whole["neighbours"] != "not tested":
        parts += [
            "if it were split by image, " + _row(whole, test)
            for test in ("neighbours", "random labels")
        ]
    return f"{'; '.join(part for part in parts if not part.endswith('not tested'))}."


def _flat(image) -> bool:
    shape = np.shape(image)
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))


def _text(report, test: str) -> str:
    return {row[0]: row[1] for row in report.rows}[test]


def _row(report, test: str) -> str:
    if report[test] == "not tested":
        return "not tested"
    return f"{test}: {_text(report, test)}"


def write(names: list[str]) -> None:
    """Put the findings into the catalog, one line each, after the flaws of the set. Other lines stay as they are."""
    text = CATALOG.read_text(encoding="utf-8")
    for name in names:
        found = findings(name)
        print(f"{name}: {found or 'holds no images that can be compared'}", flush=True)
        start = text.index(f'\n "{name}": {{')
        head, body = text[:start], text[start:]
        end = body.index('"files": {')
        entry = re.sub(r'\n  "audit": .*', "", body[:end])
        if found:
            line = f'  "audit": {json.dumps(found, ensure_ascii=False)},\n'
            entry = re.sub(r'(\n  "flaws": .*\n)', lambda m, line=line: m[1] + line, entry)
        text = head + entry + body[end:]
    json.loads(text)
    CATALOG.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1:] or list(fetch.catalog()))
