"""Lesson 16: projector, adjoints and filters against scikit-image and PyTorch, its measures, and its networks."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio
from skimage.transform import iradon, radon
from taught import taught

import course_utils as cu  # noqa: F401 (pins the arithmetic)

FIELD = torch.tensor(np.hypot(*np.ogrid[-32:32, -32:32]) < 31)
CIRCLE = np.hypot(*np.ogrid[-97:95, -97:95]) < 94
BASE = {
    "CIRCLE": CIRCLE,
    "FIELD": FIELD,
    "WATER": 0.019 * 420 / 64,
    "np": np,
    "torch": torch,
    "ndimage": ndimage,
}
PLAIN = taught("16", **BASE)
A = PLAIN["projector"](64, 12, 32)
steps = np.minimum(np.arange(128), 128 - np.arange(128))
KERNEL = np.where(steps % 2, -1 / (np.pi * np.maximum(steps, 1)) ** 2, (steps == 0) / 4)
RAMP = torch.tensor(np.fft.rfft(KERNEL).real, dtype=torch.float32)
LESSON = taught("16", **BASE, A=A, RAMP=RAMP, learnt=RAMP * torch.linspace(1, 0, 65))


def disc(radius=20, n=64):
    return (np.hypot(*np.ogrid[-n // 2 : n // 2, -n // 2 : n // 2]) < radius).astype(np.float32)


@pytest.mark.parametrize("views", [1, 7, 12])
@pytest.mark.parametrize("n", [64, 33])
def test_every_pixel_is_shared_out_once_a_view(views, n):
    matrix = LESSON["projector"](n, views, n // 2)
    assert matrix.shape == (views * n, n * n) and matrix.dtype == np.float32
    inner = np.hypot(*np.ogrid[-(n // 2) : n - n // 2, -(n // 2) : n - n // 2]) < n // 2 - 1
    shares = np.asarray(matrix.sum(0)).reshape(n, n)[inner]
    assert np.allclose(shares, views, atol=1e-4) and matrix.min() >= 0


def test_the_views_are_those_of_scikit_image():
    image = ndimage.gaussian_filter(disc(12) + np.roll(disc(5), 9, 0), 1.5)
    ours = LESSON["project"](torch.tensor(image)[None], A)[0].numpy()
    theirs = radon(image, theta=15 * np.arange(12)).T
    assert np.abs(ours - theirs).mean() < 0.02 * theirs.max()  # they interpolate otherwise
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.995


def test_project_and_backproject_are_adjoint_and_autograd_knows():
    x, y = torch.randn(2, 64, 64), torch.randn(2, 12, 64)
    one, other = (LESSON["project"](x, A) * y).sum(), (x * LESSON["backproject"](y, A)).sum()
    assert torch.isclose(one, other, rtol=1e-3, atol=1e-2)
    x.requires_grad_()
    (LESSON["project"](x, A) * y).sum().backward()
    assert torch.allclose(x.grad, LESSON["backproject"](y, A), atol=1e-4)
    y.requires_grad_()
    (LESSON["backproject"](y, A) * x.detach()).sum().backward()
    assert torch.allclose(y.grad, LESSON["project"](x.detach(), A), atol=1e-4)


@pytest.mark.parametrize("views", [12, 45])
def test_fbp_is_that_of_scikit_image(views):
    rays = torch.randn(1, views, 64)
    matrix = LESSON["projector"](64, views, 32)
    ours = LESSON["fbp"](rays, matrix, RAMP)[0].numpy()
    theirs = iradon(rays[0].numpy().T.astype(float), theta=180 / views * np.arange(views))
    inner = disc(29).astype(bool)
    assert np.allclose(ours[inner], theirs[inner], atol=1e-3)


def test_measure_counts_photons_on_a_finer_grid():
    fine = np.float32(np.hypot(*np.ogrid[-97:95, -97:95]) < 60)[None]
    bright = LESSON["measure"](fine, 12, photons=1e12).numpy()
    place = np.arange(-97, 95) / 3  # chords of a circle of 20 pixels, averaged over a detector
    chord = 2 * np.sqrt(np.maximum(20**2 - place**2, 0)).reshape(64, 3).mean(1)
    assert np.abs(bright - chord).mean() < 0.3
    assert np.abs(bright.mean(1) - chord).mean() < 0.15
    noisy = [LESSON["measure"](fine, 12, seed=s).numpy() for s in (0, 0, 1)]
    assert np.array_equal(noisy[0], noisy[1]) and not np.array_equal(noisy[0], noisy[2])
    assert np.abs(noisy[0] - bright).mean() < 0.5


def test_training_the_filter_lowers_the_error_from_zero():
    images = torch.tensor(np.stack([disc(r) for r in (8, 15, 24)]))
    rays = LESSON["project"](images, A)
    response, losses = LESSON["learn_filter"](rays, A, images, rounds=20)
    assert response.shape == (65,) and losses[-1] < 0.1 * losses[0]
    assert losses[0] == pytest.approx(images.square().mean().item(), rel=1e-4)


def test_psnr_is_that_of_scikit_image_and_needs_its_range():
    rng = np.random.default_rng(0)
    truth, other = rng.random((2, 3, 16, 16))
    for span in (1.0, 1.5, 255):
        theirs = [
            peak_signal_noise_ratio(a, b, data_range=span)
            for a, b in zip(truth, other, strict=True)
        ]
        assert np.allclose(LESSON["psnr"](other, truth, span), theirs)


@pytest.mark.parametrize("method", ["hann", "sirt", "tv"])
def test_classical_restorers_find_a_disc(method):
    truth = torch.tensor(disc(18))[None]
    setting = {"hann": 0.6, "sirt": 40, "tv": 0.2}[method]
    found = LESSON[method](setting, LESSON["project"](truth, A))
    assert found.shape == (1, 64, 64) and isinstance(found, np.ndarray)
    assert LESSON["psnr"](found, truth)[0] > 18
    assert not found[0][~FIELD.numpy()].any()


def test_the_two_functions_on_restorers_whose_answer_is_known():
    recovered, invented = LESSON["recovered_contrast"], LESSON["invented_structure"]
    rng = np.random.default_rng(1)
    plain, mask = rng.normal(size=(4, 32, 32)), np.zeros((4, 32, 32), bool)
    mask[:, 10:14, 20:25] = True
    for share in (0.0, 0.4, 1.0):
        values = recovered(lambda x, s=share: s * x, plain, plain + 2.5 * mask, mask, 2.5)
        assert values.shape == (4,) and np.allclose(values, share)
    everywhere = np.ones((32, 32), bool)
    assert np.allclose(invented(lambda x: 0 * x + 7, plain, 7, everywhere), 0)
    kept = invented(lambda x: x, plain, 0, everywhere)
    halved = invented(lambda x: x / 2, plain, 0, everywhere)
    assert kept.shape == (4,) and np.allclose(kept, 2 * halved)
    coarse = invented(lambda x: ndimage.gaussian_filter(x, (0, 3, 3)), plain, 0, everywhere)
    assert (coarse < kept).all()  # a blur adds nothing


def test_lesions_lie_in_soft_tissue():
    hu = np.full((3, 192, 192), -1000.0)
    hu[:, 60:130, 50:140] = 40
    masks = LESSON["lesions"](hu, seed=0)
    assert masks.shape == hu.shape and masks.any((1, 2)).all()
    assert (hu[masks] == 40).all()
    assert len({m.tobytes() for m in masks}) == 3


def test_residual_correlation_is_zero_for_noise_and_high_for_a_picture():
    measure = LESSON["residual_correlation"]
    frames = np.random.default_rng(2).normal(size=(2, 200, 200))
    assert np.abs(measure(frames, 0 * frames)).max() < 0.02
    assert (measure(ndimage.gaussian_filter(frames, (0, 2, 2)), 0 * frames) > 0.8).all()


@pytest.mark.parametrize("name", ["Repair", "Unrolled"])
def test_networks_give_pictures_and_learn(name):
    torch.manual_seed(0)
    network = LESSON[name]()
    rays = LESSON["project"](torch.tensor(np.stack([disc(r) for r in (10, 22)])), A)
    out = network(rays)
    assert out.shape == (2, 64, 64)
    out.square().mean().backward()
    assert all(p.grad is not None for p in network.parameters())
    assert not out.detach()[:, ~FIELD].any()


def test_noise2void_hides_what_it_asks_for():
    from torch.nn import functional as F

    torch.manual_seed(0)
    windows = torch.randn(8, 3, 64, 64)
    scope = taught("16", **BASE, A=A, windows=lambda: windows, F=F)
    copying = lambda x: x  # noqa: E731
    assert scope["noise2void_loss"](copying, hide=False) == 0
    assert scope["noise2void_loss"](copying) > 1  # a neighbour's value instead: about 2
    zero = scope["noise2void_loss"](lambda x: 0 * x)
    assert 0.8 < zero < 1.2
