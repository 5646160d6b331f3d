"""Lesson 12: Perone's network to the parameter, the ten measures against MONAI and SciPy, raters, simulated slices."""

import numpy as np
import pytest
import torch
from masks import EMPTY, PAIRS, same
from monai import metrics as theirs
from monai.losses import DiceLoss
from scipy.ndimage import binary_erosion, center_of_mass
from scipy.spatial.distance import cdist
from skimage.morphology import skeletonize
from taught import taught

import course_utils as cu
from course_utils import exercises, metrics, models
from course_utils import gray_matter as gm

LESSON = taught("12")

RNG = np.random.default_rng(12)


def batch(mask):
    return torch.tensor(mask)[None, None].float()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("given", "truth"), PAIRS)
def test_overlap_agrees_with_monai(given, truth):
    ours, a, b = metrics.challenge_scores(given, truth), batch(given), batch(truth)
    assert same(ours["DSC"], theirs.compute_dice(a, b, ignore_empty=False).item())
    if truth.any():
        assert same(ours["JI"], theirs.compute_iou(a, b, ignore_empty=False).item())
    table = theirs.get_confusion_matrix(a, b)
    for key, name in (("TPR", "sensitivity"), ("TNR", "specificity"), ("PPV", "precision")):
        other = theirs.compute_confusion_matrix_metric(name, table).item()
        if np.isfinite(ours[key]):
            assert same(ours[key], other), key
    if given.any() or truth.any():
        assert same(ours["JI"], ours["DSC"] / (2 - ours["DSC"]))
    if ours["DSC"]:
        assert same(ours["CC"], 100 * (3 * ours["DSC"] - 2) / ours["DSC"])
    else:
        assert ours["CC"] == -np.inf


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.5, 0.8)])
@pytest.mark.parametrize(("given", "truth"), PAIRS)
def test_distances_between_outlines_agree_with_monai(given, truth, spacing):
    ours, a, b = metrics.challenge_scores(given, truth, spacing), batch(given), batch(truth)
    if given.any() and truth.any():
        mean = theirs.compute_average_surface_distance(
            a, b, include_background=True, symmetric=True, spacing=spacing
        )
        worst = theirs.compute_hausdorff_distance(
            a, b, include_background=True, spacing=spacing
        )
        assert same(ours["MSD"], mean.item()) and same(ours["HSD"], worst.item())
    else:
        nothing = np.nan if not (given.any() or truth.any()) else np.inf
        keys = ("MSD", "HSD", "SMD", "SHD")
        assert all(same(ours[k], nothing) for k in keys)


@pytest.mark.parametrize(("given", "truth"), PAIRS)
def test_distances_between_skeletons_agree_with_scipy(given, truth):
    if not (given.any() and truth.any()):
        return
    a, b = (np.argwhere(skeletonize(m)) * 0.5 for m in (given, truth))
    table = cdist(a, b)
    both = np.concatenate([table.min(1), table.min(0)])
    ours = metrics.challenge_scores(given, truth, (0.5, 0.5))
    assert same(ours["SMD"], np.median(both)) and same(ours["SHD"], both.max())


def test_measures_of_the_lesson_equal_the_packaged_ones():
    for given, truth in PAIRS:
        if not (given.any() or truth.any()):
            continue  # the package has a rule of its own for two empty masks
        ours = metrics.challenge_scores(given, truth, (gm.MM, gm.MM))
        lesson = LESSON["overlap"](given, truth) | LESSON["distances"](given, truth)
        assert set(lesson) == set(ours) and len(ours) == 10
        assert all(same(lesson[k], ours[k]) for k in ours)


def test_measures_refuse_what_is_no_pair_of_masks():
    with pytest.raises(ValueError, match="two masks"):
        metrics.overlap_scores(EMPTY.astype(int), EMPTY)
    with pytest.raises(ValueError, match="one shape"):
        metrics.overlap_scores(EMPTY, EMPTY[1:])
    with pytest.raises(ValueError, match="slice by slice"):
        metrics.challenge_scores(EMPTY[None], EMPTY[None])


def test_network_has_the_paper_s_parameters_and_reach():
    network = models.GrayMatterNet()
    assert sum(p.numel() for p in network.parameters()) == 126_177
    counted = sum(b.numel() for n, b in network.named_buffers() if "running" in n)
    assert 126_177 + counted == 127_585
    lesson = LESSON["gray_matter_net"]()
    assert LESSON["count"](lesson) == 126_177
    shapes = [tuple(p.shape) for p in network.parameters()]
    assert [tuple(p.shape) for p in lesson.parameters()] == shapes
    lesson.load_state_dict(
        dict(zip(lesson.state_dict(), network.state_dict().values(), strict=True))
    )
    x = torch.randn(2, 1, 64, 48)
    with torch.no_grad():
        assert torch.allclose(network.eval()(x), lesson.eval()(x), atol=1e-6)


def test_u_net_of_the_lesson_counts_as_the_textbook_says():
    unet = LESSON["Level"](1, 16, 5)
    assert sum(p.numel() for p in unet.parameters()) + 17 == 1_943_761
    assert unet(torch.zeros(1, 1, 64, 64)).shape == (1, 16, 64, 64)


def test_loss_of_the_lesson_is_the_packaged_one_and_monai_s():
    p, t = torch.rand(3, 1, 20, 20), (torch.rand(3, 1, 20, 20) > 0.8).float()
    lesson = LESSON["soft_dice_loss"](p, t)
    assert torch.allclose(lesson, 1 + gm.soft_dice_loss(p, t))
    other = DiceLoss(smooth_nr=1, smooth_dr=1, batch=True)(p, t)
    assert torch.allclose(lesson, other)


def test_leads_of_the_paper_are_those_in_the_text():
    better = {"DSC": 4.4, "JI": 3.8, "CC": 4.0, "TPR": 6.3, "TNR": -2.8, "PPV": -4.2}
    better |= {"MSD": 0.3, "HSD": 0.1, "SMD": 0.3, "SHD": 2.0}
    for name, lead in better.items():
        means, spreads = LESSON["MEANS"][name], LESSON["SPREADS"][name]
        sign = -1 if name.endswith("D") else 1
        rival = max(range(6), key=lambda k: sign * means[k])
        noise = np.hypot(spreads[6], spreads[rival]) / np.sqrt(40)
        assert round(sign * (means[6] - means[rival]) / noise, 1) == pytest.approx(lead)


def test_a_rounded_conformity_is_right():
    verdict = exercises.verdict("12.2", lambda j: round(100 * (2 - 1 / j), 1))
    assert verdict.startswith("✓")
    assert exercises.verdict("12.3", {"DSC": 0.71, "TNR": 0.998}).startswith("✓")


def test_grey_values_of_the_cord_can_be_given():
    template, values = cu.load("pam50"), {"white": 0.57, "gray": 0.44}
    usual, truth = gm.slices(np.random.default_rng(3), template, 4)
    swapped, other = gm.slices(np.random.default_rng(3), template, 4, values=values)
    assert np.array_equal(truth["gray_matter"], other["gray_matter"])
    gray = truth["gray_matter"]
    white = binary_erosion(truth["cord"], np.ones((1, 5, 5))) & ~gray
    assert usual[gray].mean() > usual[white].mean()
    assert swapped[gray].mean() < swapped[white].mean()


def test_shipped_weights_fit():
    images, truth = gm.slices(np.random.default_rng(0), cu.load("pam50"), 4)
    share = gm.predict(gm.full_size(), images)
    assert share.shape == truth["gray_matter"].shape
    assert (share >= 0).all() and (share <= 1).all()


def test_slices_are_seeded_and_as_described():
    template = cu.load("pam50")
    one, truth = gm.slices(np.random.default_rng(3), template, 5, raters=4)
    two, _ = gm.slices(np.random.default_rng(3), template, 5, raters=4)
    assert np.array_equal(one, two) and one.shape == (5, gm.SIZE, gm.SIZE)
    assert truth["raters"].shape == (5, 4, gm.SIZE, gm.SIZE) and truth["site"].max() == 3
    assert not (truth["gray_matter"] & ~truth["cord"]).any()
    for contrast, brighter in (("t2star", 1), ("psir", -1)):
        images, truth = gm.slices(np.random.default_rng(4), template, 8, contrast)
        gray = truth["gray_matter"]
        white = (
            binary_erosion(truth["cord"], np.ones((1, 5, 5))) & ~gray
        )  # no edge, mixed with CSF
        assert brighter * (images[gray].mean() - images[white].mean()) > 0
    with pytest.raises(ValueError, match="t2star or psir"):
        gm.slices(np.random.default_rng(0), template, 1, "t1")


def test_drawn_maps_look_like_the_template_s():
    maps = gm.drawn_maps(np.random.default_rng(0), 6)
    assert [m.shape for m in maps] == [(64, 64, 3)] * 6
    for gray, white, csf in (np.moveaxis(m, -1, 0) for m in maps):
        cord = gray + white
        assert np.allclose(center_of_mass(cord), 31.5, atol=0.1), "as in the template"
        assert min(gray.min(), white.min()) > -1e-6 and (cord + csf).max() < 1 + 1e-6
        assert 20 < (gray > 0.5).sum() < 0.4 * (cord > 0.5).sum()
    template = cu.load("pam50")
    assert template.images.shape[1:] == maps[0].shape


def test_shipped_weights_draw_on_the_second_real_scan_which_they_never_saw():
    scans = cu.load("spinal_cord")
    if scans.source != "real":
        pytest.skip("needs the real scan")
    k = list(scans.files).index("t2s")
    drawn = gm.predict(gm.full_size(), scans.images[k]) > 0.5
    pairs = zip(drawn, scans.targets["gray_matter"][k] > 0.5, strict=True)
    assert np.mean([metrics.overlap_scores(a, b)["DSC"] for a, b in pairs]) > 0.79


def test_staple_trusts_the_better_rater():
    truth = np.zeros((30, 30), bool)
    truth[8:22, 10:20] = True
    masks = np.stack([truth ^ (RNG.random(truth.shape) < p) for p in (0.02, 0.05, 0.05, 0.3)])
    weight, sens, spec = metrics.staple(masks)
    assert sens.argmin() == spec.argmin() == 3 and ((weight > 0.5) == truth).mean() > 0.98
    with pytest.raises(ValueError, match="two or more raters"):
        metrics.staple(masks[:1])
