"""How much time does the way from the images to the network cost? Four ways, the same network and batches.

    python tests/benchmarks/bench_loader.py            prints the table (about three minutes)
    python tests/benchmarks/bench_loader.py --book     also writes it to book/loader.md

A round runs every way once, in an order that turns from round to round, so that what else the computer does meets all
of them alike. Counted is processor time, over all threads. The answer for a way is its median over the rounds, and
its median ratio to the bare loop of the same round.
"""

from __future__ import annotations

import os

os.environ.setdefault(
    "OMP_WAIT_POLICY", "PASSIVE"
)  # before torch: waiting threads must not count

import argparse
import contextlib
import io
import platform
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
import torch.nn.functional as F

from course_utils import models, runtime, training
from course_utils.data import load

PAGE = Path(__file__).resolve().parents[2] / "book" / "loader.md"
BARE, OURS, MEDMNIST, PNG = (
    "bare loop on tensors", "ours, in fastai's Learner", "medmnist + PIL + DataLoader", "fastai, from PNG files",
)  # fmt: skip
AIM_TRAIN, AIM_DATA = 1.10, 20.0


@dataclass
class Ways:
    """What each way needs: the images as arrays, as files, and as loaders made once."""

    images: np.ndarray
    labels: np.ndarray
    folder: Path
    bs: int = 128
    threads: int = 2
    made: dict = field(default_factory=dict)

    def __post_init__(self):
        from fastai.vision.all import ImageDataLoaders, PILImageBW
        from medmnist import INFO, PneumoniaMNIST
        from PIL import Image
        from torch.utils.data import DataLoader
        from torchvision import transforms

        for i, (image, label) in enumerate(zip(self.images, self.labels, strict=True)):
            for split in (
                ("train", "valid") if i < 16 else ("train",)
            ):  # fastai wants a validation folder
                (self.folder / "png" / split / str(label)).mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(
                    self.folder / "png" / split / str(label) / f"{i}.png"
                )
        parts = {}
        for split in ("train", "val", "test"):
            parts[f"{split}_images"], parts[f"{split}_labels"] = (
                self.images,
                self.labels[:, None],
            )
        np.savez(self.folder / f"{INFO['pneumoniamnist']['python_class'].lower()}.npz", **parts)
        self.x = torch.tensor(self.images)[:, None]
        self.y = torch.tensor(self.labels)
        few = slice(0, min(len(self.x), self.bs))
        self.made[OURS] = training.loaders(
            (self.x, self.labels),
            (self.x[few], self.labels[few]),
            ("normal", "pneumonia"),
            bs=self.bs,
        )
        data = PneumoniaMNIST(
            split="train",
            root=str(self.folder),
            download=False,
            transform=transforms.ToTensor(),  # from a PIL image
        )
        # It asserts its full number of images; here they may be fewer.
        data.info = data.info | {"n_samples": {"train": len(self.x)}}
        self.made[MEDMNIST] = DataLoader(data, batch_size=self.bs, shuffle=True, num_workers=0)
        with contextlib.redirect_stdout(io.StringIO()):
            self.made[PNG] = ImageDataLoaders.from_folder(
                self.folder / "png", train="train", valid="valid", bs=self.bs, num_workers=0, img_cls=PILImageBW,
                device=torch.device("cpu"),
            )  # fmt: skip

    def batches(self, way: str):
        """One epoch of batches (images from 0 to 1, labels), in random order, every image once."""
        if way == BARE:
            for rows in torch.randperm(len(self.x)).split(self.bs):
                yield self.x[rows] / 255, self.y[rows]
        elif way == MEDMNIST:
            for x, y in self.made[way]:
                yield x, y[:, 0]
        else:
            loader = self.made[way].train
            loader.drop_last = False
            yield from loader

    def train(self, way: str, epochs: int) -> None:
        """Train the network of lesson 06; ours and the PNG files go through fastai's Learner."""
        torch.manual_seed(0)
        network = models.small_resnet(1, 2).to(memory_format=torch.channels_last)
        if way in (OURS, PNG):
            from fastai.vision.all import CrossEntropyLossFlat, Learner

            learn = Learner(self.made[way], network, loss_func=CrossEntropyLossFlat())
            learn.dls.train.drop_last = False
            with learn.no_bar(), learn.no_logging():
                learn.fit(epochs, 1e-3, cbs=[_NoValidation()])
            return
        optimiser = torch.optim.AdamW(network.parameters(), 1e-3)
        network.train()
        for _ in range(epochs):
            for x, y in self.batches(way):
                F.cross_entropy(network(x), y).backward()
                optimiser.step()
                optimiser.zero_grad()


def _NoValidation():
    """A callback: the other ways do not validate, so the Learner does not either."""
    from fastai.callback.core import Callback, CancelValidException

    class NoValidation(Callback):
        def before_validate(self):
            raise CancelValidException

    return NoValidation()


def seconds(act) -> float:
    """Processor time of a call, over all threads."""
    before = time.process_time()
    act()
    return time.process_time() - before


def rounds(acts: dict, repeats: int) -> dict[str, list[float]]:
    """Seconds of each act in each round. The order turns by one from round to round; a first round does not count."""
    names = list(acts)
    times = {name: [] for name in names}
    for r in range(-1, repeats):
        turn = r % len(names)
        for name in names[turn:] + names[:turn]:
            spent = seconds(acts[name])
            if r >= 0:
                times[name].append(spent)
    return times


def summary(training_times: dict, data_times: dict, count: int) -> list[dict]:
    """One row a way: microseconds an image and ratios to the bare loop; data path also against medmnist's.

    training_times, data_times: seconds in each round by way. count: images that one call went through.
    """
    rows = []
    for way in training_times:
        ratio = np.divide(training_times[way], training_times[BARE])
        gain = np.divide(data_times[MEDMNIST], data_times[way])
        rows.append(
            {
                "way": way,
                "training, us": 1e6 * float(np.median(training_times[way])) / count,
                "training, times the bare loop": float(np.median(ratio)),
                "data alone, us": 1e6 * float(np.median(data_times[way])) / count,
                "data alone, times faster than medmnist": float(np.median(gain)),
            }
        )
    return rows


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| way | training, µs an image | times the bare loop | data alone, µs an image | times as fast as medmnist's |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        way, train_us, ratio, data_us, gain = row.values()
        lines.append(f"| {way} | {train_us:.0f} | {ratio:.2f} | {data_us:.1f} | {gain:.1f} |")
    return "\n".join(lines)


def verdict(rows: list[dict]) -> str:
    """Whether the two aims hold, in words."""
    ours = next(row for row in rows if row["way"] == OURS)
    ratio = ours["training, times the bare loop"]
    gain = ours["data alone, times faster than medmnist"]
    return (
        f"Training {ratio:.2f} times the bare loop (aim: at most {AIM_TRAIN:.2f}): "
        f"{'held' if ratio <= AIM_TRAIN else 'MISSED'}. Data path {gain:.0f} times faster than medmnist's "
        f"(aim: at least {AIM_DATA:.0f}): {'held' if gain >= AIM_DATA else 'MISSED'}."
    )


def measure(images, labels, folder, epochs=1, repeats=7, data_repeats=5, bs=128) -> list[dict]:
    """The rows of the table, for these images. repeats: counted rounds of training, data_repeats: of the data path."""
    ways = Ways(images, labels, Path(folder), bs)
    names = (BARE, OURS, MEDMNIST, PNG)
    train = rounds({w: lambda w=w: ways.train(w, epochs) for w in names}, repeats)
    fetch = 1 if len(images) * epochs >= 1000 else 2

    def draw(way):
        for _ in range(fetch):
            for _batch in ways.batches(way):
                pass

    data = rounds({w: lambda w=w: draw(w) for w in names}, data_repeats)
    for spent in data.values():
        spent[:] = [s * epochs / fetch for s in spent]
    return summary(train, data, len(images) * epochs)


def page(rows: list[dict], count: int, bs: int, source: str) -> str:
    """The book's page."""
    where = f"{platform.machine()} computer, {torch.get_num_threads()} threads, torch {torch.__version__.split('+')[0]}"
    return f"""# How fast is the loader?

Lessons train on small images for a few seconds. At that size the way from the images to the network can be a large
part of the cost. `course_utils.training` keeps a whole set as one tensor of whole numbers from 0 to 255 and cuts whole
batches out of it. Here it stands beside three other ways: the same network (that of lesson 06), the same batches of
{bs}, {count} {source} images of PneumoniaMNIST, one epoch, no augmentation.

{table(rows)}

- **Bare loop on tensors** is the limit: a loop of ten lines around `torch.randperm` with AdamW, no fastai.
- **Ours** trains with fastai's `Learner`, so that its callbacks, schedules and metrics are at hand.
- **medmnist + PIL + DataLoader** is what the benchmark's own code does: each image becomes a
  PIL image, then a tensor, one by one.
- **fastai, from PNG files** is `ImageDataLoaders.from_folder`, as most tutorials have it; each epoch reads the files.

{verdict(rows)}

Processor time over all threads, median of several rounds, {where}, no worker processes. In each round every way
runs once, in turning order, so that other programs disturb all of them alike. Another computer gives other
microseconds; the ratios move less. `make bench` prints the table for yours.
"""


def main(arguments=None) -> int:
    """Print the table; with --book write the page. Returns 0."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--book", action="store_true", help="also write book/loader.md")
    parser.add_argument("--images", type=int, default=2048)
    parser.add_argument("--repeats", type=int, default=21)
    options = parser.parse_args(arguments)
    runtime.quiet()
    torch.set_num_threads(2)
    with contextlib.redirect_stdout(io.StringIO()):
        films = load("medmnist", flag="pneumoniamnist")
    part = films.part("train")[np.arange(options.images)]
    with TemporaryDirectory() as folder:
        rows = measure(part.images, part.labels, folder, repeats=options.repeats)
    text = page(rows, len(part), 128, films.source)
    print(table(rows), verdict(rows), sep="\n\n")
    if options.book:
        PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
