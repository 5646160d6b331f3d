"""What lessons teach and show: metrics, models, loaders, records, figures, the lesson runner."""

import base64
import io
import json
import re

import numpy as np
import pytest
import torch
from real_data import needs_real

from course_utils import metrics, models, results, show, spread, training
from course_utils.authoring import lessons, pages
from course_utils.data import fetch, load
from course_utils.data import simulated as simulated_names
from course_utils.data.records import Dataset


@pytest.mark.parametrize("trials", [1, 9, 10, 75])
def test_clopper_pearson_equals_scipy(trials):
    from scipy.stats import binomtest

    for k in range(trials + 1):
        theirs = binomtest(k, trials).proportion_ci(0.95, method="exact")
        assert metrics.clopper_pearson(k, trials) == pytest.approx(tuple(theirs))
    assert metrics.clopper_pearson(trials, trials)[0] == pytest.approx(0.025 ** (1 / trials))


@pytest.mark.parametrize("counts", [(1, 0), (3, 2), (-1, 5)])
def test_clopper_pearson_refuses_impossible_counts(counts):
    with pytest.raises(ValueError, match="is not a count"):
        metrics.clopper_pearson(*counts)


def some_images():
    rng = np.random.default_rng(0)
    return [
        rng.integers(0, 256, shape, dtype=np.uint8)
        for shape in [(40, 30), (30, 40, 3), (64, 64)]
    ]


def test_resize_and_batch():
    x = models.resize(some_images(), 32)
    assert x.shape == (3, 3, 32, 32) and x.dtype == torch.uint8
    assert (x[0, 0] == x[0, 2]).all() and not (x[1, 0] == x[1, 2]).all()
    same = models.resize([np.full((50, 20), 77, np.uint8)], 16)
    assert (same == 77).all()
    batch = models.to_batch(some_images(), 32)
    mean, std = torch.tensor(models.IMAGENET_MEAN), torch.tensor(models.IMAGENET_STD)
    back = batch * std.view(3, 1, 1) + mean.view(3, 1, 1)
    assert torch.allclose(back * 255, x.float(), atol=1e-3)


def test_random_body_follows_its_seed_and_leaves_the_global_one_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    a, b, c = (models.squeezenet_body(seed=s).state_dict()["0.weight"] for s in (0, 0, 1))
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert torch.equal(torch.rand(3), expected)


def test_features_do_not_depend_on_the_batch():
    body, x = models.squeezenet_body(), models.to_batch(some_images() * 3, 64)
    assert np.allclose(models.features(body, x, at_once=2), models.features(body, x), atol=1e-5)


@needs_real
def test_folded_weights_equal_the_published_preprocessing():
    """The rewritten first layer on normalised RGB gives what the original gives on BGR minus the mean."""
    import h5py

    path = fetch.files("squeezenet_imagenet")[
        "squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"
    ]
    with h5py.File(path) as h5:
        kernel = torch.tensor(h5["conv1/uniform1"][:]).permute(3, 2, 0, 1)
        bias = torch.tensor(h5["conv1/conv1_b"][:])
    pixels = models.resize(some_images(), 64).float()
    bgr = pixels.flip(1) - torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
    theirs = torch.nn.functional.conv2d(bgr, kernel, bias, stride=2)
    ours = models.squeezenet_body(load("squeezenet_imagenet"))[0](
        models.to_batch(some_images(), 64)
    )
    assert torch.allclose(ours, theirs, atol=0.01 * theirs.abs().max().item())
    assert (ours - theirs).abs().max() < 1e-3 * theirs.abs().max()


@needs_real
def test_real_films_are_as_described():
    films = load("chest_abdomen")
    assert (len(films), films.source) == (77, "real")
    assert {s: len(films.part(s)) for s in ("train", "val", "test")} == {
        "train": 65,
        "val": 10,
        "test": 2,
    }
    known = films[films.split != "test"]
    assert np.bincount(known.labels).tolist() == [37, 38]
    size = np.array([i.shape[:2] == (512, 512) for i in known.images])
    assert (size == known.labels).mean() == pytest.approx(74 / 75)
    by_name = dict(zip(films.files, films.images, strict=True))
    assert np.array_equal(by_name["val/abd/abd3.png"], by_name["val/abd/abd4.png"])


@needs_real
@pytest.mark.parametrize(
    ("flag", "counts", "shape"),
    [
        ("pneumoniamnist", (4708, 524, 624), (28, 28)),
        ("breastmnist", (546, 78, 156), (28, 28)),
        ("retinamnist", (1080, 120, 400), (28, 28, 3)),
    ],
)
def test_real_medmnist(flag, counts, shape):
    data = load("medmnist", flag=flag)
    assert tuple(len(data.part(s)) for s in ("train", "val", "test")) == counts
    assert data.images.shape[1:] == shape and data.images.dtype == np.uint8
    assert data.labels.max() + 1 == len(data.classes)


def test_medmnist_refuses_an_unknown_flag():
    with pytest.raises(ValueError, match="choose one of|pneumoniamnist"):
        load("medmnist", flag="chestmnist")


def test_load_announces_stand_ins(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr("course_utils.data.simulated", set(simulated_names))
    films = load("chest_abdomen")
    said = capsys.readouterr().out
    assert films.source == "simulated" and "SIMULATED" in said and "\033[" in said
    assert "SIMULATED" in show.source_line("chest_abdomen")


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(KeyError, match="chest_abdomen"):
        load("chest_abdomin")


def test_dataset_parts_and_checks():
    data = Dataset(
        "x", "simulated", [np.zeros((i + 1, 2)) for i in range(4)], np.array(["train", "val", "train", "test"]),
        labels=np.arange(4), targets={"boxes": [[i] for i in range(4)]},
    )  # fmt: skip
    part = data.part("train")
    assert [i.shape[0] for i in part.images] == [1, 3] and part.targets["boxes"] == [[0], [2]]
    assert len(data[data.labels > 1]) == 2
    with pytest.raises(ValueError, match="has no split 'dev'"):
        data.part("dev")
    with pytest.raises(ValueError, match="4 images but 3"):
        Dataset("x", "real", np.zeros((4, 2, 2)), np.array(["train"] * 3))


def toy_learner(seed=0, augment=True):
    from fastai.vision.all import CrossEntropyLossFlat, Learner, accuracy, aug_transforms

    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    x = torch.tensor(
        rng.integers(0, 120, (40, 1, 12, 12)) + 100 * y[:, None, None, None], dtype=torch.uint8
    )
    dls = training.loaders(
        (x, y),
        (x[:10], y[:10]),
        ("dark", "bright"),
        bs=16,
        augment=aug_transforms(do_flip=False) if augment else (),
    )
    torch.manual_seed(seed)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    )
    net.append(torch.nn.Linear(4, 2))
    return Learner(dls, net, loss_func=CrossEntropyLossFlat(), metrics=accuracy), x, y


def test_loader_gives_every_row_once_scaled_to_one():
    learn, x, y = toy_learner()
    batches = list(learn.dls.valid)
    assert torch.allclose(
        torch.cat([b[0] for b in batches]).cpu(), x[:10].float() / 255, atol=1e-5
    )
    assert torch.cat([b[1] for b in batches]).tolist() == y[:10].tolist()
    assert sorted(len(b[0]) for b in learn.dls.train) == [8, 16, 16]


def test_pixels_become_floats_bit_for_bit_as_in_fastai():
    from fastai.data.transforms import IntToFloatTensor
    from fastai.torch_core import TensorImage

    every = TensorImage(torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16))
    ours = training.ToUnit()(every)
    assert isinstance(ours, TensorImage) and torch.equal(ours, IntToFloatTensor()(every))


def test_random_transforms_act_in_training_only():
    learn, x, _ = toy_learner()
    seen = torch.cat([b[0] for b in learn.dls.train]).cpu().as_subclass(torch.Tensor)
    distance = torch.cdist(seen.flatten(1), x.flatten(1).float() / 255)
    assert (distance.min(1).values > 0.01).any()
    predictions, targets = learn.get_preds(
        ds_idx=0
    )  # the training films, as they are, in order
    again, _ = learn.get_preds(ds_idx=0)
    assert torch.equal(predictions, again) and len(targets) == 40


def test_fit_is_quiet_and_repeatable(capsys):
    tables = []
    for _ in range(2):
        learn, _, _ = toy_learner()
        tables.append(training.fit(learn, 2, 1e-2, seed=3))
    with training.quiet(toy_learner()[0], seed=3) as learn:
        learn.fit_one_cycle(2, 1e-2)
    assert tables[0].equals(training.history(learn))
    assert capsys.readouterr().out == ""
    assert list(tables[0].columns) == ["train loss", "valid loss", "accuracy"]
    assert tables[0].equals(tables[1]) and tables[0].index.tolist() == [1, 2]


def test_two_at_a_time_are_as_one_by_one():
    from fastai.vision.all import Callback

    threads, inside = torch.get_num_threads(), []

    class Threads(Callback):
        def before_fit(self):
            inside.append(torch.get_num_threads())

    def make():
        learn = toy_learner(augment=False)[0]
        return learn.add_cb(Threads())

    learners = training.fit_all([make] * 3, 1, 1e-2, seed=3)
    assert inside == [1, 1, 1] and torch.get_num_threads() == threads
    assert all(learn.dls is None for learn in learners)
    alone = training.fit_all([make], 1, 1e-2, seed=3)[0]
    for learn in learners:
        assert training.history(learn).equals(training.history(alone))
    assert training.fit_all([], 1, 1e-2) == []


def test_loaders_refuse_other_layouts():
    with pytest.raises(ValueError, match="uint8"):
        training.loaders(
            (np.zeros((2, 8, 8)), [0, 1]), (np.zeros((2, 8, 8)), [0, 1]), ("a", "b")
        )


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: outputs.append((a, k)))
    with show.plt.rc_context():  # the course's style ends with the test
        yield outputs


def test_figures_carry_words(shown):
    show.use_style()
    show.grid(
        some_images(),
        ["a", "b", "c"],
        columns=2,
        alt="Three noisy pictures.",
        source="chest_abdomen",
    )
    (data,), options = shown[0]
    assert data["text/plain"] == "Figure: Three noisy pictures."
    assert options["metadata"]["image/png"] == {
        "alt": "Three noisy pictures.", "sets": ["chest_abdomen"], "images": 3,
    }  # fmt: skip
    assert base64.b64decode(data["image/png"])[:4] == b"\x89PNG"
    assert show.plt.get_fignums() == []


def test_each_figure_of_numbers_is_drawn_with_its_words(shown):
    import pandas as pd

    table = pd.DataFrame(
        {"train loss": [1, 0.5], "valid loss": [1, 0.7], "accuracy": [0.5, 0.8]}
    )
    table.index.name = "epoch"
    labels, p = np.array([0, 1] * 20), np.linspace(0.01, 0.99, 40)
    mask = np.zeros((20, 20), bool)
    mask[5:9, 4:12] = True
    show.dots({"a": [1, 2], "b": [3]}, "dots", intervals={"a": (1.5, 1, 2)}, null=(0, "chance"))
    show.curves({"one": [1, 2, 3], "two": ([1, 3], [2, 2])}, "curves", null=(1, "chance"))
    show.learning(table, "learning")
    show.confusion([0, 1, 1], [0, 0, 1], ["no", "yes"], "confusion")
    show.reliability({"a": (labels, p), "b": (labels, 1 - p)}, "reliability")
    # without a mask, with an empty one, and with two
    masks = [[], [mask & False], [mask, mask.T]]
    show.grid([mask * 9.0] * 3, alt="outlines", outlines=masks, labels=["by hand", "by us"])
    figures = ["dots", "curves", "learning", "confusion", "reliability", "outlines"]
    assert [data["text/plain"] for (data,), _ in shown] == [
        f"Figure: {name}" for name in figures
    ]


def test_slider_credits_the_images_that_it_shows(shown):
    show.slider(["abcd", "efgh"], ["a", "b"], alt="Two films", name="Film", source="idrid")
    (data,), options = shown[-1]
    assert "Porwal" in data["text/html"] and "<small" in data["text/html"]
    assert options["metadata"] == {"text/html": {"sets": ["idrid"], "images": 2}}
    show.slider(["abcd"], ["a"], alt="One curve")
    assert "<small" not in shown[-1][0][0]["text/html"]


def test_slider_has_the_same_id_where_pictures_differ_by_a_byte(shown):
    show.slider(["abcd", "abce"], ["score 0.51", "b"], alt="Two", name="Line")
    show._sliders.clear()  # as in another kernel
    show.slider(["abcd", "abcf"], ["score 0.52", "b"], alt="Two", name="Line")
    show.slider(["abcd", "abcf"], ["score 0.52", "b"], alt="Other two", name="Line")
    ids = [re.search(r'div id="(\w+)"', str(out))[1] for out in shown]
    assert ids[0] == ids[1] != ids[2]


def test_slider_shows_one_frame_and_needs_a_label_each(shown):
    frames = []
    for i in range(3):
        fig, ax = show.plt.subplots(figsize=(1, 1))
        ax.plot([i])
        frames.append(show.picture(fig))
    show.slider(frames, ["a", "b<", "c"], alt="Three lines", name="Line")
    page = shown[0][0][0]["text/html"]
    assert page.count("display:block") == 1 and page.count("<img") == 3 and "b&lt;" in page
    assert page.count('alt="Three lines') == 3
    with pytest.raises(ValueError, match="one label a frame"):
        show.slider(frames, ["a"], alt="x")


@pytest.mark.parametrize("old_widgets", [False, True])
def test_upload_reads_an_image_and_survives_what_is_none(shown, old_widgets):
    from PIL import Image

    seen = []
    show.upload(lambda name, image: seen.append((name, image.shape)))
    button = shown[0][0][0]
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((5, 7), np.uint8)).save(buffer, "PNG")

    class Stub:  # ipywidgets 7 gives a dict, ipywidgets 8 a tuple
        def choose(self, name, content):
            new = (
                {
                    "name": name,
                    "content": memoryview(content),
                    "size": 0,
                    "type": "",
                    "last_modified": 0,
                },
            )
            value = {name: {"content": content}} if old_widgets else new
            for observer in button._trait_notifiers["value"]["change"]:
                cell = observer.__closure__
                names = observer.__code__.co_freevars
                cell[names.index("button")].cell_contents = type(
                    "Button", (), {"value": value}
                )()
                observer(None)

    Stub().choose("film.png", buffer.getvalue())
    Stub().choose("notes.txt", b"no image")
    assert seen == [("film.png", (5, 7))]


def test_compare_leaves_a_record(shown, tmp_path, monkeypatch):
    row = ("accuracy", 0.9, 0.87654, "", "smaller | quicker")
    results.compare("42", "Somebody 2018", "x", [row])
    (data,), options = shown[0]
    assert "0.877" in data["text/plain"] and "0.877" in data["text/html"]
    output = {"output_type": "display_data", "data": data, "metadata": options["metadata"]}
    notebook = tmp_path / "42_x.ipynb"
    content = {
        "cells": [{"cell_type": "code", "outputs": [output]}],
        "metadata": {"course": {"title": "An answer"}},
    }
    notebook.write_text(json.dumps(content))
    page = pages.scoreboard([notebook], tmp_path / "book").read_text(encoding="utf-8")
    assert "## 42 · An answer" in page and "Somebody 2018. Our data: x." in page
    assert "| accuracy | 0.9 | 0.877 | smaller / quicker |" in page
    head, line = (tmp_path / "book" / "scoreboard.csv").read_text().splitlines()
    assert head == "lesson,work,quantity,paper,ours,range,unit,data,note"
    assert line.startswith("42,Somebody 2018,accuracy,0.9,0.87654,,")
    with pytest.raises(ValueError, match="a row is"):
        results.compare("42", "x", "y", [("accuracy", 1)])
    monkeypatch.setattr("course_utils.data.simulated", {"a set"})
    results.compare("42", "Somebody 2018", "x", [row])
    assert shown[-1][1]["metadata"]["course_results"][0]["data"] == "simulated stand-in for x"


def test_ours_stands_beside_its_range_over_other_seeds_and_computers(
    shown, tmp_path, monkeypatch
):
    monkeypatch.setattr(spread, "FOLDER", tmp_path)
    spread.save("42", {"records": {"AUC": [0.8912, 0.9249], "n": [0.12341, 0.12342]}})
    rows = [("AUC", None, 0.912, "", ""), ("n", None, 0.1234, "", ""), ("k", None, 1, "", "")]
    results.compare("42", "Somebody 2018", "x", rows)
    (data,), options = shown[0]
    kept = options["metadata"]["course_results"]
    assert [r["range"] for r in kept] == ["0.891 to 0.925", "", ""], "what never moved has none"
    assert "0.912 [0.891 to 0.925]" in data["text/html"]
    assert "this lesson [over other seeds and computers]" in data["text/html"]
    spread.read.cache_clear()


def test_scoreboard_in_the_book_is_the_one_from_the_lessons(tmp_path):
    pages.scoreboard(lessons.find(), tmp_path)
    for name in ("scoreboard.md", "scoreboard.csv"):  # its picture: test_gallery.py
        kept = lessons.ROOT / "book" / name
        assert kept.read_text(encoding="utf-8") == (tmp_path / name).read_text(
            encoding="utf-8"
        ), "make scoreboard"


def small_notebook(tmp_path, source):
    import nbformat

    nb = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("## First"), nbformat.v4.new_code_cell(source)]
    )
    path = tmp_path / "42_small.ipynb"
    nbformat.write(nb, path)
    return path


def test_a_reply_that_woke_nobody_is_read_within_a_second():
    import asyncio
    from queue import Empty

    class Channel:
        asked = []

        async def get_msg(self, timeout=None):
            self.asked.append(timeout)
            await asyncio.sleep(timeout / 100)
            if len(self.asked) < 3:
                raise Empty
            return "reply"

    channel = Channel()
    lessons.ask_every_second(channel)
    assert asyncio.run(channel.get_msg(timeout=180)) == "reply"
    assert channel.asked == [1, 1, 1]
    channel.asked.clear()
    with pytest.raises(Empty):
        asyncio.run(channel.get_msg(timeout=0.5))
    assert len(channel.asked) == 1


def test_run_reports_sections_and_raises_on_errors(tmp_path):
    from nbclient.exceptions import CellExecutionError

    said = []
    nb = lessons.run(small_notebook(tmp_path, "print(6 * 7)"), say=said.append)
    assert nb.cells[1].outputs[0].text == "42\n" and "First" in said[0]
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        lessons.run(small_notebook(tmp_path, "1 / 0"))


def test_find_says_what_there_is():
    assert lessons.find(7) == lessons.find("07")
    with pytest.raises(FileNotFoundError, match="there are: .*07"):
        lessons.find("99")


def test_outputs_are_refused_on_stand_ins(monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    before = lessons.find("07")[0].read_bytes()
    with pytest.raises(RuntimeError, match="saved from real data only"):
        lessons.outputs("07")
    assert lessons.find("07")[0].read_bytes() == before


def test_widgets_get_the_same_ids_in_every_run(tmp_path):
    import nbformat

    source = "from ipywidgets import IntSlider, HBox\nHBox([IntSlider(description='a'), IntSlider(max=3)])"
    texts = []
    for _ in range(2):
        nb = lessons.run(small_notebook(tmp_path, source))
        lessons.stable_widgets(nb, "42_small.ipynb")
        nb.cells[0]["id"], nb.cells[1]["id"] = "a", "b"
        texts.append(nbformat.writes(nb))
    assert "IPY_MODEL_" in texts[0] and texts[0] == texts[1]
