"""In-memory data loaders for fastai and short, seeded, quiet fits."""

from __future__ import annotations

import ctypes
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import fastai.callback.progress  # noqa: F401 (it gives the Learner `no_bar`)
import numpy as np
import torch
from fastai.callback.core import TrainEvalCallback
from fastai.data.core import DataLoaders, TfmdDL
from fastai.data.transforms import Category, CategoryMap, IntToFloatTensor
from fastai.learner import CastToTensor, Recorder
from fastai.torch_core import TensorCategory, TensorImage, default_device, set_seed
from fastcore.basics import defaults

from . import runtime

# fastai's progress bars and its table, which has a time column, would differ in every run.
defaults.callbacks = [TrainEvalCallback, Recorder, CastToTensor]
default_device(runtime.device().type != "cpu")


class _Images:
    """Images and labels as a data set. `split_idx` tells fastai's random transforms whether to act: 0 yes, 1 no.

    x: (N, C, H, W) uint8. y: (N,) integers, or None where they are not known. vocab: the names of the classes.
    """

    n_inp = 1

    def __init__(self, x, y, vocab, split_idx: int):
        self.x, self.y, self.vocab, self.split_idx = x, y, vocab, split_idx
        self.c = len(vocab)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, row):
        image = TensorImage(self.x[row])
        return (image,) if self.y is None else (image, TensorCategory(self.y[row]))

    @property
    def items(self):
        """What `test_dl` takes: images, or pairs of an image and its label."""
        return list(self.x) if self.y is None else list(zip(self.x, self.y, strict=True))

    def decode(self, sample, full=True):
        """The sample with the name of its class, as fastai shows it."""
        image, *label = sample
        return (image, *(Category(self.vocab[int(y)]) for y in label))

    def new_empty(self):
        """No images: `Learner.export` packs the loaders without them."""
        # Copies: an empty view would be pickled with all the images behind it.
        y = None if self.y is None else self.y[[]]
        return _Images(self.x[[]], y, self.vocab, self.split_idx)

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

    dataset: what `loaders` makes of images and labels. In training a last row that is alone goes into the batch before
    it, since batch normalisation cannot learn from one image.
    """

    def __init__(self, dataset, bs=64, **kwargs):
        super().__init__(dataset, bs=bs, **kwargs | {"num_workers": 0})
        # fastai would find these out by transforming a first item; an exported loader has none.
        self._n_inp, self._types = 1, {tuple: [TensorImage, TensorCategory]}

    def _joins(self, count: int) -> bool:
        return count == 1 and self.dataset.split_idx == 0 and not self.drop_last

    def __len__(self):
        return super().__len__() - (self.n > self.bs > 1 and self._joins(self.n % self.bs))

    def create_batches(self, samples):
        data, samples = self.dataset, iter(samples)
        rows = list(islice(samples, self.bs))
        while rows:
            following = list(islice(samples, self.bs))
            if self.bs > 1 and self._joins(len(following)):
                rows, following = rows + following, []
            if len(rows) >= self.bs or not self.drop_last:
                at = torch.as_tensor(rows, dtype=torch.long)
                image = TensorImage(data.x.index_select(0, at))  # quicker than data.x[at]
                yield (image,) if data.y is None else (image, TensorCategory(data.y[at]))
            rows = following

    def _pre_show_batch(self, *args, **kwargs):
        import fastai.vision.learner  # noqa: F401 (tells fastai how images are shown)

        return super()._pre_show_batch(*args, **kwargs)

    def new(self, dataset=None, cls=None, process=True, **kwargs):
        """fastai's: the loader with other options, or with other images, as `test_dl` hands them over.

        dataset: a list of images, (C, H, W) or (H, W) or (H, W, C) uint8, or of pairs (image, label); or one array
        (N, C, H, W). Random transforms do not act on them, nor where `shuffle=False` or an order is asked for.
        Raises ValueError for images of another size or number of channels than the loader's.
        """
        asked = kwargs.get("shuffle", True) and "get_idxs" not in kwargs
        if dataset is None:
            old = self.dataset
            dataset = _Images(old.x, old.y, old.vocab, old.split_idx if asked else 1)
        elif not isinstance(dataset, _Images):
            dataset = self._test_set(dataset)
            kwargs = {"shuffle": False, "drop_last": False} | kwargs
        return super().new(dataset, cls, **kwargs)

    def _test_set(self, items):
        shape, labels = tuple(self.dataset.x.shape[1:]), None
        if not isinstance(items, (torch.Tensor, np.ndarray)):
            items = list(items)
            pairs = [isinstance(item, tuple) and len(item) == 2 for item in items]
            if items and all(pairs):
                items, labels = map(list, zip(*items, strict=True))
                labels = _labels(labels, self.dataset.c)
            items = [_channels_first(i, item, shape) for i, item in enumerate(items)]
            items = torch.stack(items) if items else torch.empty(0, *shape, dtype=torch.uint8)
        x = _images(items)
        if tuple(x.shape[1:]) != shape:
            raise ValueError(
                f"the images are {tuple(x.shape[1:])}, the loader's {shape}{_RESIZE}"
            )
        return _Images(x, labels, self.dataset.vocab, 1)


_RESIZE = "; cu.models.resize brings RGB images to one size"


def _channels_first(i, item, shape):
    """One image of a list as a (C, H, W) uint8 tensor; shape is that of the loader's images."""
    if isinstance(item, (str, bytes, Path, int, np.integer, tuple)):
        raise ValueError(
            f"item {i} is {item!r:.60}; give images as uint8 arrays. cu.data.pictures.read opens a file"
        )
    try:
        image = torch.as_tensor(_plain(item))
    except TypeError as error:
        raise ValueError(f"item {i} is no image: {error}") from None
    if image.ndim == 2:
        image = image[None]
    elif image.ndim == 3 and tuple(image.shape) != shape and image.shape[2] in (1, 3):
        image = image.permute(2, 0, 1)
    if shape[0] == 3 and image.ndim == 3 and len(image) == 1:
        image = image.expand(3, -1, -1)
    if tuple(image.shape) != shape or image.dtype != torch.uint8:
        raise ValueError(
            f"image {i} is {tuple(image.shape)} {image.dtype}, the loader's are {shape} torch.uint8{_RESIZE}"
        )
    return image


def _plain(x):
    """An array that torch can take without complaint: neither flipped nor locked."""
    if isinstance(x, torch.Tensor):
        return x
    x = np.ascontiguousarray(x)
    return x if x.flags.writeable else x.copy()


def _images(x) -> torch.Tensor:
    try:
        x = torch.as_tensor(_plain(x))
        kind = f"{tuple(x.shape)} {x.dtype}"
    except (TypeError, ValueError):
        x, kind = None, "a list of arrays of several sizes or types"
    if x is None or x.dtype != torch.uint8 or x.ndim != 4:
        raise ValueError(f"images must be (N, C, H, W) uint8; got {kind}")
    return x


def _labels(y, classes: int) -> torch.Tensor:
    y = np.asarray(y.cpu() if isinstance(y, torch.Tensor) else y)
    if y.ndim != 1 or y.dtype.kind not in "buif":
        raise ValueError(f"labels must be (N,) whole numbers; got {y.shape} {y.dtype}")
    whole = np.isin(y, np.arange(classes))
    if not whole.all():
        raise ValueError(
            f"labels must be whole numbers from 0 to {classes - 1}, one of {classes} class names each; "
            f"got {y[~whole][0]}"
        )
    return torch.as_tensor(y.astype(np.int64))


def loaders(train, valid, classes, bs: int = 64, augment=()) -> DataLoaders:
    """fastai DataLoaders from arrays.

    train, valid: (images, labels) with images (N, C, H, W) uint8 and labels (N,) whole numbers from 0.
    classes: their names, one each. augment: fastai batch transforms, used on training batches only.
    Each image comes once an epoch, in batches of `bs`; see ArrayLoader for a last one that is alone. Raises ValueError
    for other shapes and types, for labels without a name, for names that come twice, and for an empty set.
    """
    if isinstance(classes, str) or len({str(name) for name in classes}) < len(classes):
        raise ValueError(f"classes are the names, one a label, each another; got {classes!r}")
    if bs != int(bs) or bs < 1:
        raise ValueError(f"bs is a whole number, 1 or more, not {bs}")
    made, vocab = [], CategoryMap(list(classes), sort=False)
    for (x, y), training in ((train, True), (valid, False)):
        x, y = _images(x), _labels(y, len(classes))
        if len(x) != len(y) or not len(x):
            raise ValueError(
                f"images have one label each, and there is at least one; got {len(x)} and {len(y)}"
            )
        loader = ArrayLoader(
            _Images(x, y, vocab, 0 if training else 1), bs=min(int(bs), len(x)), shuffle=training,
            drop_last=False, after_batch=[ToUnit(), *augment], device=runtime.device(),
        )  # fmt: skip
        made.append(loader)
    return DataLoaders(*made, device=runtime.device())


@contextmanager
def quiet(learn, seed: int = 0):
    """Train inside it with no progress bar, and with every draw from one seed.

        with cu.training.quiet(learn, seed=1):
            learn.fit_one_cycle(5, 1e-2)

    seed: moved by COURSE_SEED, see course_utils.switches.
    """
    set_seed(seed, reproducible=False)
    # fastai draws this one when the loader is made, before our seed
    learn.dls.train.rng = random.Random(seed + runtime.shift())
    with learn.no_bar(), learn.no_logging():
        yield learn


def history(learn):
    """What a Learner recorded in its last fit: a table with one row an epoch, losses and metrics."""
    import pandas as pd

    names = ["train loss", "valid loss", *(m.name for m in learn.recorder.metrics)]
    table = pd.DataFrame(
        np.array(learn.recorder.values), columns=names[: len(learn.recorder.values[0])]
    )
    table.index = pd.RangeIndex(1, len(table) + 1, name="epoch")
    return table


def fit(learn, epochs: int, lr: float, seed: int = 0, method: str = "fit_one_cycle", **kwargs):
    """`quiet`, one call of the Learner, and `history`, in a line; for fits that a lesson repeats.

    method: the Learner's method to call, e.g. "fit_one_cycle" or "fine_tune" (then lr is its base_lr).
    """
    with quiet(learn, seed):
        getattr(learn, method)(epochs, lr, **kwargs)
    return history(learn)


def fit_all(makers, epochs: int, lr: float, seed: int = 0) -> list:
    """`fit` for many small networks, two at a time: quicker on two cores than one after the other.

    makers: functions without arguments that make a Learner each. A Learner is made when its turn comes and gives its
    data away afterwards (`learn.dls` is None), so that no more than two hold theirs. Returns the Learners in the order
    of the makers. Networks must not draw while they train (no dropout): two that train at once share one stream.
    """
    learners, threads = [], torch.get_num_threads()
    torch.set_num_threads(1)  # a core each
    try:
        with ThreadPoolExecutor(2) as pool:
            for start in range(0, len(makers), 2):
                two = [make() for make in makers[start : start + 2]]
                list(pool.map(lambda learn: fit(learn, epochs, lr, seed), two))
                for learn in two:
                    learn.dls = None
                learners += two
                _give_back()
    finally:
        torch.set_num_threads(threads)
    return learners


def _give_back() -> None:
    """Give freed memory back to the system, where the C library would keep it (glibc)."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
