"""Lesson 03: the measures it writes out equal the packaged ones, the checklist guards the test, the export is clean."""

import nbformat
import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from taught import taught
from torch import nn

from course_utils import exercises, metrics, results, training
from course_utils.authoring import lessons
from course_utils.data.records import Dataset

LESSON = taught("03")


def some_scores(n=200, seed=1):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    return labels, np.round(rng.normal(labels, 1.5), 1)  # rounded: ties


def test_auc_of_the_lesson_of_the_package_and_of_scikit_learn_agree():
    labels, scores = some_scores()
    assert np.isclose(LESSON["auc"](labels, scores), roc_auc_score(labels, scores))
    assert np.isclose(metrics.auc(labels, scores), roc_auc_score(labels, scores))
    with pytest.raises(ValueError, match="give both"):
        metrics.auc(np.ones(4), np.arange(4))


def test_bootstrap_of_the_lesson_equals_the_packaged_one():
    labels, scores = some_scores()
    low, high = metrics.bootstrap(metrics.auc, labels, scores, repeats=200)
    assert np.allclose(
        LESSON["bootstrap"](metrics.auc, labels, scores, repeats=200), (low, high)
    )
    assert low < metrics.auc(labels, scores) < high


def test_bootstrap_of_a_share_comes_near_the_exact_interval():
    right = np.repeat([1, 0], (170, 30))
    low, high = metrics.bootstrap(np.mean, right, repeats=2000)
    exact = metrics.clopper_pearson(170, 200)
    assert np.allclose((low, high), exact, atol=0.015)


def test_bootstrap_leaves_out_draws_without_a_value_and_wants_equal_lengths():
    labels = np.array([0, 0, 0, 1])

    def first_class(x):
        return np.nan if x.min() == x.max() else x.mean()

    assert np.isfinite(metrics.bootstrap(first_class, labels, repeats=200)).all()
    with pytest.raises(ValueError, match="one entry a case"):
        metrics.bootstrap(np.mean, np.ones(3), np.ones(4))


@pytest.mark.parametrize("sick", [20, 21, 40, 97, 389])
@pytest.mark.parametrize("wanted", [0.8, 0.9, 0.95, 0.99])
def test_threshold_keeps_its_promise_on_the_films_it_was_chosen_on(sick, wanted):
    rng = np.random.default_rng(sick)
    labels = np.repeat([1, 0], (sick, 30))
    scores = np.round(rng.random(len(labels)), 2)  # rounded: ties
    threshold = LESSON["threshold_for"](labels, scores, wanted)
    sensitivity, _ = LESSON["rates"](labels, scores, threshold)
    assert sensitivity >= wanted


def test_what_nbval_needs_is_not_hidden_among_what_the_slides_need():
    cells = nbformat.read(lessons.find("03")[0], as_version=4).cells
    known = {"title", "points", "predict", "code"}
    assert all(set(c.metadata.get("slide", {})) <= known for c in cells)


def films(n=12):
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], n // 2)
    images = rng.integers(0, 255, (n, 28, 28), dtype=np.uint8)
    split = np.repeat(["train", "val", "test"], n // 3)
    extra = {"flag": "pneumoniamnist", "task": "binary-class"}
    return Dataset(
        "medmnist", "simulated", images, split, labels, ("normal", "pneumonia"), extra=extra
    )


def test_evaluator_of_medmnist_agrees_on_a_stand_in():
    part = films().part("test")
    scores = np.array([0.2, 0.9, 0.6, 0.4])
    auc, accuracy = metrics.medmnist_evaluator(films(), "test").evaluate(scores)
    assert np.isclose(auc, metrics.auc(part.labels, scores))
    assert np.isclose(accuracy, ((scores > 0.5) == part.labels).mean())


def full_card():
    card = results.Checklist("x")
    for step, items in enumerate(results.STEPS.values(), 1):
        if step < 5:
            card.fill(step, **{item.replace(" ", "_"): "said" for item in items})
    return card


def test_checklist_keeps_the_test_closed_until_step_4_and_counts():
    card = results.Checklist("x")
    with pytest.raises(ValueError, match="step 1, question"):
        card.open_test(films())
    assert "test opened never" in str(card) and "☐ 1" in str(card)
    card = full_card()
    assert len(card.open_test(films())) == 4
    card.open_test(films())
    assert "test opened twice" in str(card) and "test opened twice" in card._repr_html_()
    assert "☑ 4" in str(card) and "☐ 5" in str(card)
    assert card.open_items() == ["step 5, result", "step 5, cannot show"]


def test_checklist_knows_its_steps():
    card = results.Checklist("x")
    with pytest.raises(ValueError, match="step 2 has no 'colour'"):
        card.fill(2, colour="blue")
    with pytest.raises(ValueError, match="no step 6"):
        card.fill(6)
    assert (
        "<b>"
        not in results.Checklist("x")
        .fill(1, question="<b>?")
        ._repr_html_()
        .split("caption>")[1]
    )


def test_network_of_the_lesson_has_the_weights_it_says():
    network = LESSON["network"]
    assert [sum(w.numel() for w in network(k).parameters()) for k in (8, 32)] == [6010, 93154]
    assert network(8).eval()(torch.zeros(2, 1, 28, 28)).shape == (2, 2)


def test_export_holds_no_training_images_and_weights_load_alone(tmp_path):
    from fastai.learner import Learner, load_learner

    x = torch.randint(0, 255, (64, 1, 28, 28), dtype=torch.uint8)
    y = np.tile([0, 1], 32)
    dls = training.loaders((x, y), (x, y), ("a", "b"))
    learn = Learner(
        dls, nn.Sequential(nn.Flatten(), nn.Linear(784, 2)), loss_func=nn.CrossEntropyLoss()
    )
    learn.path = learn.model_dir = tmp_path
    learn.export(tmp_path / "all.pkl")
    assert (tmp_path / "all.pkl").stat().st_size < 30_000  # the images alone are 50,000 bytes
    assert len(learn.dls.train_ds) == 64, "the learner itself keeps its data"
    assert torch.equal(load_learner(tmp_path / "all.pkl").model[1].bias, learn.model[1].bias)
    learn.save("weights", with_opt=False)
    state = torch.load(tmp_path / "weights.pth", weights_only=True)
    assert set(state) == {"1.weight", "1.bias"}


def test_reframed_films_are_moved_and_resized_as_the_names_say():
    film = np.zeros((1, 28, 28), np.uint8)
    film[0, 10, 12] = 200
    moved = LESSON["reframe"](film, down=2, right=-3)
    assert moved[0, 12, 9] == 200 and moved.sum() == 200
    square = np.zeros((1, 28, 28), np.uint8)
    square[0, 9:19, 9:19] = 100
    areas = [(LESSON["reframe"](square, zoom=z) > 50).sum() for z in (0.8, 1, 1.2)]
    assert areas[1] == 100 and np.allclose((areas[0], areas[2]), (64, 144), atol=10)
    edge = np.zeros((1, 28, 28), np.uint8)
    edge[0, 0] = 7
    assert (LESSON["reframe"](edge, down=2)[0, :3] == 7).all(), "the edge is repeated"


def code_before_the_test_is_opened():
    cells = nbformat.read(lessons.find("03")[0], as_version=4).cells
    sources = [c.source for c in cells if c.cell_type == "code"]
    opened = next(i for i, source in enumerate(sources) if "test = card.open_test(" in source)
    return "\n".join(sources[:opened])


def test_no_film_of_the_test_takes_part_in_the_choice():
    code = code_before_the_test_is_opened()
    assert 'part("test")' not in code and code.count("open_test") == 1  # the refused one
    assert "chosen =" in code and "threshold =" in code
    assert code.index("card.fill(3") < code.index("fit_one_cycle")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("03.1", 0.17),
        ("03.1", np.float32(1 / 6)),
        ("03.3", {50: 0.93, 500: 0.98, "all": 0.99}),
        ("03.3", {50: 0.9314, 500: 0.9847, "all": 0.992}),
    ],
)
def test_right_answers_pass_rounded_or_not(name, answer):
    assert exercises.verdict(name, answer).startswith("✓")


def test_position_and_difference_may_come_as_one_array():
    def nearest(film, others):
        difference = np.abs(others.astype(np.int16) - film.astype(np.int16)).mean(axis=(1, 2))
        return np.array([difference.argmin(), difference.min()])

    assert exercises.verdict("03.2", nearest).startswith("✓")


def test_weights_as_safetensors_come_back_and_hold_nothing_else(tmp_path):
    from safetensors.torch import load_file, load_model, save_model

    model = LESSON["network"](8).to(memory_format=torch.channels_last)
    save_model(model, tmp_path / "weights.safetensors")
    assert set(load_file(tmp_path / "weights.safetensors")) == set(model.state_dict())
    again = LESSON["network"](8)
    load_model(again, tmp_path / "weights.safetensors")
    film = torch.rand(2, 1, 28, 28)
    assert torch.allclose(again.eval()(film), model.eval()(film), atol=1e-6)
