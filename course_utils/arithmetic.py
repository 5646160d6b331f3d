"""The same numbers on every computer: what is pinned before NumPy and PyTorch load, and what is mended after.

A processor offers several ways to add the same numbers (SSE, AVX2, AVX-512), and each rounds in another order. The
libraries pick the newest one they find, so two computers differ in the last digits, and a short training makes two
networks of that. `pin` asks for AVX2 everywhere. Two things no variable can pin are mended by `mend`: a square root
that rests on an approximation of the processor, and a convolution whose order of additions follows the size of the
cache.

This module needs the standard library alone until `mend` is called.
"""

from __future__ import annotations

import functools
import os
import platform
import sys

THREADS = 2
_late = []
ALWAYS = {
    "OMP_WAIT_POLICY": "PASSIVE",  # else waiting threads starve other programs
    "OMP_NUM_THREADS": str(THREADS),
    "OPENBLAS_NUM_THREADS": "1",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # CUDA repeats itself only with it
}
AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch's own code
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # its convolutions
    "MKL_CBWR": "COMPATIBLE",  # its matrix products; the one setting that Intel and AMD share
    "OPENBLAS_CORETYPE": "Haswell",  # those of NumPy and SciPy
    # NumPy's own code. The names differ between its releases; unknown ones are ignored.
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
}


@functools.cache
def has_avx2() -> bool:
    """Whether this is an x86-64 processor with AVX2 and FMA, as nearly all are since 2013."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    if sys.platform == "linux":
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            words = set(file.read().split())
        return {"avx2", "fma"} <= words
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(40))
    return False


def pins() -> dict[str, str]:
    """The environment variables that make the numbers the same, for this processor."""
    return ALWAYS | (AVX2 if has_avx2() else {})


def pin() -> list[str]:
    """Set the variables of `pins`; returns what makes the numbers uncertain, in words, an empty list if nothing does.

    A variable that is set already stays as it is. To be called before NumPy and PyTorch are imported.
    """
    unset = {k: v for k, v in pins().items() if k not in os.environ}
    loaded = [name for name in ("numpy", "torch") if name in sys.modules]
    if unset and loaded:
        _late.append(f"{loaded[-1]} was loaded before, so the last digits may differ")
    os.environ.update(unset)
    yours = (f"you set {k}={os.environ[k]}" for k, v in pins().items() if os.environ[k] != v)
    return [*_late, *yours]


def mend() -> None:
    """Replace PyTorch's square root and its dilated convolution on a CPU by versions that give one answer everywhere.

    They are the same functions up to rounding, and only x86 computers need them; calling it twice changes nothing.
    """
    import torch
    import torch.nn.functional as F

    if not has_avx2() or getattr(torch.Tensor.sqrt, "mended", False):
        return
    convolve = torch.nn.Conv2d._conv_forward
    torch.Tensor.sqrt = _exact(torch.Tensor.sqrt)
    torch.sqrt = _exact(torch.sqrt)

    def padded_first(self, x, weight, bias):
        # With wide padding oneDNN takes a fallback that cuts its sums to fit the cache.
        zeros = self.padding_mode == "zeros" and not isinstance(self.padding, str)
        if not zeros or max(self.dilation) == 1 or x.device.type != "cpu":
            return convolve(self, x, weight, bias)
        top, left = self.padding
        x = F.pad(x, (left, left, top, top))
        return F.conv2d(x, weight, bias, self.stride, 0, self.dilation, self.groups)

    torch.nn.Conv2d._conv_forward = padded_first


def _exact(sqrt):
    """MKL's square root of floats starts from the processor's own approximation; NumPy's is correctly rounded."""
    import numpy as np
    import torch

    @functools.wraps(sqrt)
    def exact(x, *args, **kwargs):
        plain = type(x) in (torch.Tensor, torch.nn.Parameter) and x.device.type == "cpu"
        gradient = plain and x.requires_grad and torch.is_grad_enabled()
        if not plain or gradient or args or kwargs or not x.is_floating_point():
            return sqrt(x, *args, **kwargs)
        if x.dtype not in (torch.float32, torch.float64) or torch._C._get_tracing_state():
            return sqrt(x)
        values = x.detach().numpy()
        with np.errstate(invalid="ignore"):
            return torch.from_numpy(np.sqrt(values, out=np.empty_like(values)))

    exact.mended = True
    return exact


def describe() -> str:
    """The arithmetic in words, e.g. "AVX2, 2 threads"."""
    import torch

    threads, name = torch.get_num_threads(), torch.backends.cpu.get_cpu_capability()
    name = platform.machine() if name == "DEFAULT" else name
    return f"{name}, {threads} thread{'s' * (threads > 1)}"
