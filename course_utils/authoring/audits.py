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
from ..leakage import OPEN, audit

CATALOG = Path(_data.__file__).with_name("catalog.json")
OTHER_GROUPS = {
    "wce_bleed": "block"
}  # set -> the target that says what repeats, where there are no cases


def findings(name: str) -> str:
    """The page of one set in a line, or "" for a set that holds no flat images."""
    record = decoded.read(name, sets.SETS[name], fetch.files(name), {})
    images = getattr(record, "images", None)
    if images is None or len(images) < 4 or any(np.ndim(i) not in (2, 3) for i in images[:4]):
        return ""
    if any(np.ndim(i) == 3 and np.shape(i)[2] not in (1, 3, 4) for i in images):
        return ""
    groups = record.targets.get(OTHER_GROUPS.get(name), record.cases)
    split = np.asarray(record.split)
    split = split if 0 < (split == "test").sum() < len(split) else None
    labels = (
        record.labels if record.labels is not None and len(set(record.labels)) > 1 else None
    )
    report = audit(images, labels, groups, split)
    done = [f"{test}: {found}" for test, found, verdict, _ in report.rows if verdict != OPEN]
    left = [test for test, _, verdict, _ in report.rows if verdict == OPEN]
    parts = "its test part against the others" if split is not None else "all images"
    text = f"cu.audit, {parts}. {'; '.join(done)}."
    return text + (f" Not tested: {', '.join(left)}." if left else "")


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
