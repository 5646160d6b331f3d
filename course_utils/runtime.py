"""What a lesson needs before its first line: seed, threads, quiet libraries, figure style, device."""

from __future__ import annotations

import platform
import random
import warnings

from . import arithmetic, switches

SEED = 0


def start(lesson: str, seed: int = SEED) -> None:
    """Prepare a lesson and print one line that says what runs where.

    lesson: its number, e.g. "07". seed: for Python, NumPy and PyTorch.
    Saved outputs were made on a CPU, with the arithmetic of `arithmetic.pins`. The same code runs on a CUDA device
    where there is one. Whatever makes other digits likely is named in the line.
    """
    doubts = arithmetic.pin()
    quiet()
    import numpy as np
    import torch

    torch.set_num_threads(switches.number("COURSE_THREADS", arithmetic.THREADS))
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = (
        False  # costs a third of the time, changes nothing
    )
    arithmetic.mend()
    other_seeds()
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    from . import show

    show.use_style()
    where = describe_device()
    if where == "CPU":
        where += f", {arithmetic.describe()}"
    versions = f"Python {platform.python_version()}, torch {torch.__version__.split('+')[0]}"
    print(" · ".join([f"Lesson {lesson} on {where}", versions, *doubts]))


def shift() -> int:
    """What is added to the seeds of a training: 0, or 1000 times COURSE_SEED, which only `make bands` sets."""
    return 1000 * switches.number("COURSE_SEED", 0)


def other_seeds() -> None:
    """Add `shift` to every seed that PyTorch is given: other weights, order and noise, the same data."""
    import torch

    plain = getattr(torch.manual_seed, "plain", torch.manual_seed)
    if shift():

        def shifted(seed):
            return plain(int(seed) + shift())

        shifted.plain = plain
        torch.manual_seed = shifted


def quiet() -> None:
    """Silence what libraries say to their own developers. Warnings about your own code still show."""
    for category in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        warnings.filterwarnings("ignore", category=category)
    warnings.filterwarnings(
        "ignore", message=".*does not have a deterministic implementation.*"
    )


def device():
    """The torch device lessons run on: CUDA if there is one, else the CPU.

    `COURSE_DEVICE` overrides it ("cpu", "cuda", "mps"). Apple's MPS is used only when asked for, since its
    numbers differ from those of the saved outputs. Raises switches.WrongSwitch for one that this computer lacks.
    """
    import torch

    if wanted := switches.device_name():
        kind, _, number = wanted.partition(":")
        count = {"cpu": 1, "mps": int(torch.backends.mps.is_available())}
        if int(number or 0) >= count.get(kind, torch.cuda.device_count()):
            raise switches.WrongSwitch(
                f"COURSE_DEVICE={wanted}, but this computer has no such device; set it to cpu, or unset it"
            )
        return torch.device(wanted)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def describe_device() -> str:
    """The device in a few words, e.g. "CPU" or "CUDA (name of the card)"."""
    where = device()
    if where.type == "cuda":
        import torch

        return f"CUDA ({torch.cuda.get_device_name(where)})"
    return where.type.upper()
