"""Pinned arithmetic: the same bits in every process and on every x86 computer, and the user's word counts."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_utils import arithmetic
from course_utils.authoring import comparison

WORK = """
from course_utils import arithmetic
arithmetic.pin()
import hashlib
import numpy as np
import torch
import torch.nn.functional as F
arithmetic.mend()
torch.set_num_threads(2)
torch.manual_seed(0)
digest = hashlib.sha256()

def keep(*tensors):
    for t in tensors:
        digest.update(np.ascontiguousarray(t.detach().numpy() if torch.is_tensor(t) else t).tobytes())

for dilation in (1, 6):  # the second one's sums follow the cache, were it not mended
    conv = torch.nn.Conv2d(8, 8, 3, padding=dilation, dilation=dilation)
    x = torch.randn(8, 8, 64, 64, requires_grad=True)
    conv(x).square().mean().backward()
    keep(x.grad, conv.weight.grad)
net = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.Tanh(), torch.nn.Linear(32, 3))
step = torch.optim.AdamW(net.parameters(), 1e-2)
for _ in range(5):
    loss = F.cross_entropy(net(torch.randn(50, 64)), torch.randint(3, (50,)))
    step.zero_grad(), loss.backward(), step.step()
keep(*net.parameters(), torch.linalg.svd(torch.randn(40, 30))[1])
rng = np.random.default_rng(0)
a = rng.standard_normal((300, 200))
keep(np.exp(a), np.log(np.abs(a)), a.T @ a, np.linalg.svd(a)[1], np.argsort(np.round(a[:, 0], 1)))
print(digest.hexdigest()[:16])
"""
BITS = "6e3d1ac337ad7325"


def run(code=WORK, **settings):
    plain = {k: v for k, v in os.environ.items() if k not in arithmetic.pins()}
    done = subprocess.run(
        [sys.executable, "-c", code], env=plain | settings, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(
    bool(comparison.why_not_exact()), reason=f"not exact here: {comparison.why_not_exact()}"
)
def test_the_bits_are_those_of_every_other_computer():
    assert run() == BITS


@pytest.mark.skipif(not arithmetic.has_avx2(), reason="an x86 processor with AVX2 is needed")
def test_what_the_user_set_wins_and_is_said():
    code = "from course_utils import arithmetic as a; print(a.pin()); import os; print(os.environ['MKL_CBWR'])"
    assert run(code, MKL_CBWR="AVX2") == "['you set MKL_CBWR=AVX2']\nAVX2"
    assert run(code) == "[]\nCOMPATIBLE"


def test_a_library_that_was_loaded_before_is_said():
    code = (
        "import numpy; from course_utils import arithmetic as a; print(a.pin()); print(a.pin())"
    )
    lines = run(code).splitlines()
    assert len(set(lines)) == 1 and "numpy was loaded before" in lines[0]


def test_a_second_pin_changes_nothing():
    code = "from course_utils import arithmetic as a; a.pin(); print(a.pin())"
    assert run(code) == "[]"


def test_pinning_needs_no_library():
    code = "import sys; from course_utils import arithmetic as a; a.pin(); print('numpy' in sys.modules)"
    assert run(code) == "False"


@pytest.fixture
def mended(monkeypatch):
    """PyTorch as lessons have it; afterwards as it was."""
    monkeypatch.setattr(torch.Tensor, "sqrt", torch.Tensor.sqrt)
    monkeypatch.setattr(torch, "sqrt", torch.sqrt)
    monkeypatch.setattr(torch.nn.Conv2d, "_conv_forward", torch.nn.Conv2d._conv_forward)
    plain = torch.nn.Conv2d._conv_forward
    arithmetic.mend()
    return plain


def test_the_square_root_is_correctly_rounded_and_keeps_its_gradient(mended):
    x = torch.rand(1000, 3) * 10
    exact = np.sqrt(x.numpy())
    if arithmetic.has_avx2():
        assert (x.sqrt().numpy() == exact).all() and (torch.sqrt(x).numpy() == exact).all()
        assert (x.T.sqrt().numpy() == exact.T).all(), "also where memory is in another order"
    assert x.sqrt().shape == x.shape and torch.tensor(4.0).sqrt().shape == ()
    assert torch.isnan(torch.tensor([-1.0]).sqrt()).all()
    x.requires_grad_()
    x.sqrt().sum().backward()
    assert torch.allclose(x.grad, 0.5 / torch.from_numpy(exact))
    assert torch.tensor([4]).sqrt().item() == 2, "whole numbers too"


@pytest.mark.parametrize(
    ("padding", "dilation", "kernel"),
    [(1, 1, 3), (6, 6, 3), ((4, 2), (4, 2), 3), (0, 3, 3), (5, 2, 5)],
)
def test_the_dilated_convolution_is_the_stock_one(mended, padding, dilation, kernel):
    conv = torch.nn.Conv2d(3, 4, kernel, padding=padding, dilation=dilation)
    x = torch.randn(2, 3, 20, 22, requires_grad=True)
    ours, stock = conv(x), mended(conv, x, conv.weight, conv.bias)
    assert torch.allclose(ours, stock, atol=1e-5)
    (g,) = torch.autograd.grad(ours.square().sum(), x)
    (h,) = torch.autograd.grad(stock.square().sum(), x)
    assert torch.allclose(g, h, atol=1e-3)
    assert torch.allclose(
        conv(x[0]), F.conv2d(x[0], conv.weight, conv.bias, 1, padding, dilation), atol=1e-5
    )


def test_padding_in_words_is_left_alone(mended):
    conv = torch.nn.Conv2d(1, 1, 3, padding="same", dilation=2)
    assert conv(torch.zeros(1, 1, 9, 9)).shape == (1, 1, 9, 9)
