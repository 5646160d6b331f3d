"""In-memory data loaders for fastai and short, seeded, quiet fits."""

from __future__ import annotations

import random
from contextlib import contextmanager

import numpy as np
import torch
from fastai.callback.core import TrainEvalCallback
from fastai.data.core import DataLoaders, TfmdDL
from fastai.data.transforms import IntToFloatTensor
from fastai.learner import CastToTensor, Recorder
from fastai.torch_core import TensorCategory, TensorImage, default_device, set_seed
from fastcore.basics import defaults

from . import runtime

# fastai's progress bars and its table, which has a time column, would differ in every run.
defaults.callbacks = [TrainEvalCallback, Recorder, CastToTensor]
default_device(runtime.device().type != "cpu")


class _Rows:
    """Row numbers as a data set. `split_idx` tells fastai's random transforms whether to act: 0 yes, 1 no."""

    def __init__(self, count: int, split_idx: int):
        self.count, self.split_idx = count, split_idx

    def __len__(self):
        return self.count

    def __getitem__(self, row):
        return row

    def new_empty(self):
        """No rows: `Learner.export` packs the loaders without their images."""
        return _Rows(0, self.split_idx)

    @contextmanager
    def set_split_idx(self, split_idx):
        before, self.split_idx = self.split_idx, split_idx
        try:
            yield self
        finally:
            self.split_idx = before


class ToUnit(IntToFloatTensor):
    """uint8 images to floats from 0 to 1. fastai's own goes over the pixels twice and takes four times as long."""

    def encodes(self, o: TensorImage):
        return o / self.div


class ArrayLoader(TfmdDL):
    """A fastai data loader that cuts whole batches out of one uint8 tensor: no files, no workers, no copies.

    x: (N, C, H, W) uint8. y: (N,) integer labels. training: shuffle, and let random transforms act.
    """

    def __init__(self, x, y, bs=64, training=False, **kwargs):
        self.x, self.y = x, y
        super().__init__(
            _Rows(len(x), 0 if training else 1),
            bs=bs,
            shuffle=training,
            num_workers=0,
            **kwargs,
        )
        self._n_inp, self._types = 1, None  # fastai would find out by transforming a first item

    def create_batches(self, samples):
        for rows in torch.as_tensor(list(samples), dtype=torch.long).split(self.bs):
            if len(rows) == self.bs or not self.drop_last:
                x = self.x.index_select(0, rows)  # quicker than self.x[rows]
                yield TensorImage(x), TensorCategory(self.y[rows])

    def new(self, dataset=None, cls=None, **kwargs):
        if isinstance(dataset, _Rows) and not len(dataset):
            rows = []  # a copy: an empty view would be pickled with all the images behind it
        else:
            rows = (
                slice(None) if dataset is None or isinstance(dataset, _Rows) else list(dataset)
            )
        options = {
            "bs": self.bs,
            "after_batch": self.after_batch,
            "device": self.device,
            "do_setup": False,
        }
        options |= {k: v for k, v in kwargs.items() if k in ("bs", "drop_last", "device")}
        loader = type(self)(self.x[rows], self.y[rows], **options)
        loader.c, loader.vocab = self.c, self.vocab
        return loader


def loaders(train, valid, classes, bs: int = 64, augment=()) -> DataLoaders:
    """fastai DataLoaders from arrays.

    train, valid: (images, labels) with images (N, C, H, W) uint8 and labels (N,) integers.
    classes: their names. augment: fastai batch transforms, used on training batches only.
    """
    made = []
    for (x, y), training in ((train, True), (valid, False)):
        x, y = torch.as_tensor(x), torch.as_tensor(np.asarray(y), dtype=torch.long)
        if x.dtype != torch.uint8 or x.ndim != 4 or len(x) != len(y):
            raise ValueError(
                f"images must be (N, C, H, W) uint8 with one label each; got {tuple(x.shape)} {x.dtype}"
            )
        loader = ArrayLoader(
            x, y, bs=min(bs, len(x)), training=training, drop_last=False,
            after_batch=[ToUnit(), *augment], device=runtime.device(),
        )  # fmt: skip
        loader.c, loader.vocab = len(classes), list(classes)
        made.append(loader)
    return DataLoaders(*made, device=runtime.device())


def fit(learn, epochs: int, lr: float, seed: int = 0, method: str = "fit_one_cycle", **kwargs):
    """Train a fastai Learner quietly from a fixed seed; returns a table with one row an epoch.

    method: the Learner's method to call, e.g. "fit_one_cycle" or "fine_tune" (then lr is its base_lr).
    """
    import pandas as pd

    set_seed(seed, reproducible=False)
    # fastai draws this one when the loader is made, before our seed
    learn.dls.train.rng = random.Random(seed + runtime.shift())
    with learn.no_bar(), learn.no_logging():
        getattr(learn, method)(epochs, lr, **kwargs)
    names = ["train loss", "valid loss", *(m.name for m in learn.recorder.metrics)]
    table = pd.DataFrame(
        np.array(learn.recorder.values), columns=names[: len(learn.recorder.values[0])]
    )
    table.index = pd.RangeIndex(1, len(table) + 1, name="epoch")
    return table
