"""What the book's pages need to work without a kernel: a trained network, and scores to judge.

    python book/live.py          # about a minute, once; needs the real data

A lesson's own cells are run, and what they leave goes to book/_static/live, beside the runtime that assets.py fetches;
none of it is committed. As a Sphinx extension (see _config.yml) this module tells live.js what was made; of the rest a
page shows a still picture. A cell tagged live-network or live-threshold is where live.js puts it.
"""

import base64
import contextlib
import hashlib
import io
import json
import os
import zlib
from functools import partial
from pathlib import Path

BOOK = Path(__file__).parent
LIVE = BOOK / "_static" / "live"
RUNTIME = LIVE / "ort" / "ort.wasm.min.js"
# lesson and the cells to run
NETWORK = ("00", ["l00-002", "l00-004"])
# lesson: a figure, and which of its panels (from left to right) are offered; the page shows these films anyway
FILMS = {
    "00": ("l00-006", {"the first film above": 0, "the third film above": 2}),
    "07": ("l07-062", {"the first test film": 0, "the second test film": 1}),
}
# lesson: the cells to run; expressions for labels, scores and the prevalence that was learnt; words and first setting
THRESHOLD = {
    "03": (
        (
            "l03-002 l03-004 l03-006 l03-010 l03-016 d65b5afd l03-020 l03-022 l03-026 ea7ee289 "
            "l03-028 l03-032 l03-033 l03-035"
        ).split(),
        ("val.labels", "val_scores[chosen].to_numpy()", "train.labels.mean()"),
        {"people": "children", "sick": "sick", "alarm": "alarm", "start": [0.5, 0.74]},
    ),
    "10": (
        ["l10-002", "l10-004", "8558c2f8", "7a7c0229", "l10-005"],
        ("test.labels", "p_test[:, 1]", "train.labels.mean()"),
        {"people": "children", "sick": "sick", "alarm": "alarm", "start": [0.1, 0.05]},
    ),
    "18": (
        "8e7a9b43 5756aa1f 9e6d5c18 d736b74e cb1fe244 9c189dc8 8675a0a1 95075696".split(),
        ("referable", "s_val", "(train.labels >= 2).mean()"),
        {"people": "people", "sick": "referable", "alarm": "refer", "start": [0.5, 0.078]},
    ),
}


class NoData(Exception):
    """Nothing is made from stand-ins."""


def cells(lesson: str) -> dict[str, dict]:
    """The cells of a lesson by their ids."""
    (path,) = (BOOK.parent / "notebooks").glob(f"{lesson}_*.ipynb")
    return {c["id"]: c for c in json.loads(path.read_text(encoding="utf-8"))["cells"]}


def run(lesson: str, wanted: list[str]) -> dict:
    """The names that these cells of a lesson leave behind. Raises NoData where a set is simulated."""
    from course_utils import data

    found, names = cells(lesson), {}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in wanted:
            code = "".join(found[cell]["source"])
            exec(compile(code, f"lesson {lesson}, cell {cell}", "exec"), names)
            if data.simulated:
                raise NoData(f"the real data of lesson {lesson} is not at hand")
    return names


def panels(lesson: str, cell: str) -> tuple[str, list[list[int]]]:
    """The saved figure of a cell: its file in the book, and the boxes (left, top, right, bottom) of its panels."""
    import numpy as np
    from PIL import Image
    from skimage.measure import label, regionprops

    (saved,) = (
        out for out in cells(lesson)[cell]["outputs"] if "image/png" in out.get("data", {})
    )
    png = base64.b64decode(saved["data"]["image/png"])
    dark = (np.asarray(Image.open(io.BytesIO(png)).convert("L")) < 250).astype(int)
    found = [region.bbox for region in regionprops(label(dark)) if region.area > 5000]
    boxes = [[left, top, right, bottom] for top, left, bottom, right in found]
    return f"{hashlib.sha256(png).hexdigest()}.png", sorted(boxes)


def make_network(folder: Path) -> dict:
    """Writes the network and two pictures that may be passed on; returns what live.js has to know."""
    import numpy as np
    import torch
    from PIL import Image
    from skimage.data import cat

    from course_utils.simulate import radiograph

    names = run(*NETWORK)
    body, head, films = (names[name] for name in ("body", "head", "films"))
    # The mean of the heat (the maps, weighed by the head) plus the head's intercept is the log odds of class 1.
    weigh = torch.nn.Conv2d(head.coef_.shape[1], 1, 1, bias=False)
    weigh.weight.data = torch.tensor(head.coef_, dtype=torch.float32)[..., None, None]
    torch.onnx.export(
        torch.nn.Sequential(body, weigh).eval(), (torch.zeros(1, 3, 224, 224),), folder / "network.onnx",
        input_names=["film"], output_names=["heat"], dynamo=False,
    )  # fmt: skip
    simulated, _ = radiograph.chest(np.random.default_rng(0), 1, size=320)
    samples = {"a simulated chest": simulated[0], "a cat": cat()[:, 75:375]}
    for number, pixels in enumerate(samples.values()):
        Image.fromarray(pixels).save(folder / f"sample-{number}.png")
    about = {
        "classes": films.classes,
        "intercept": float(head.intercept_[0]),
        "samples": [[name, f"sample-{number}.png"] for number, name in enumerate(samples)],
        "films": {},
    }
    for lesson, (cell, chosen) in FILMS.items():
        figure, boxes = panels(lesson, cell)
        shown = [[name, boxes[place]] for name, place in chosen.items()]
        about["films"][lesson] = {"figure": figure, "panels": shown}
    return about


def make_threshold(lesson: str) -> dict:
    wanted, expressions, about = THRESHOLD[lesson]
    names = run(lesson, wanted)
    labels, scores, learnt = (eval(expression, names) for expression in expressions)
    return about | {
        "labels": [int(label) for label in labels],
        "scores": [round(float(score), 6) for score in scores],
        "learnt": float(learnt),
    }


def main() -> None:
    """Make what is missing, or was made by another state of these scripts or of the lesson's cells."""
    from course_utils import arithmetic

    arithmetic.pin()  # the same digits as in the lessons
    os.environ["MPLBACKEND"] = "agg"
    LIVE.mkdir(parents=True, exist_ok=True)
    makers = {"network": (partial(make_network, LIVE), [cells(lesson) for lesson in FILMS])}
    for lesson, (wanted, *_) in THRESHOLD.items():
        sources = [cells(lesson)[cell]["source"] for cell in wanted]
        makers[f"threshold-{lesson}"] = partial(make_threshold, lesson), sources
    script = Path(__file__).read_text(encoding="utf-8")
    for name, (make, of) in makers.items():
        file, state = LIVE / f"{name}.json", zlib.crc32((script + json.dumps(of)).encode())
        if not file.exists() or json.loads(file.read_text()).get("state") != state:
            try:
                file.write_text(json.dumps(make() | {"state": state}))
            except NoData as reason:
                print(f"{name}: {reason}; the page will show a still picture")


def tell(app) -> None:
    """Each page loads live.js and hears what was made."""
    made = [f"threshold-{lesson}" for lesson in THRESHOLD]
    made += ["network"] if RUNTIME.exists() else []
    made = [name for name in made if (LIVE / f"{name}.json").exists()]
    files = (
        path for path in LIVE.rglob("*") if path.suffix in (".js", ".mjs", ".wasm", ".onnx")
    )
    size = sum(path.stat().st_size for path in files)
    about = {"data-live": " ".join(made), "data-megabytes": str(round(size / 1e6))}
    app.add_js_file("live.js", loading_method="defer", **about)


def setup(app):
    """Sphinx calls this."""
    app.connect("builder-inited", tell)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    main()
