"""What lesson 01 writes out, against libraries and against the exact answer."""

import nbformat
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import rand_score

from course_utils.authoring import lessons
from course_utils.exercises import verdict


def cell_with(text):
    nb = nbformat.read(lessons.find("01")[0], as_version=4)
    return next(c.source for c in nb.cells if c.cell_type == "code" and text in c.source)


@pytest.fixture(scope="module")
def taught():
    scope = {"np": np}
    exec(cell_with("def k_means("), scope)
    exec(cell_with("def step("), scope)
    exec(cell_with("def choose("), scope)
    exec(cell_with("def walk("), scope)
    exec(cell_with("def learn(").split("\n\n\nworld")[0], scope)
    exec(cell_with("def look(").split("\n\n\ndef darker")[0], scope)
    exec(cell_with("combinations(").split("\n\n\nprint(")[0], scope)
    return scope


@pytest.mark.parametrize("k", [2, 3, 5])
def test_k_means_equals_scikit_learn_from_the_same_start(taught, k):
    random = np.random.default_rng(1)
    x = random.normal(size=(200, 4)) + 4 * random.integers(0, k, 200)[:, None]
    start = x[np.random.default_rng(7).choice(len(x), k, replace=False)]
    theirs = KMeans(k, init=start, n_init=1, max_iter=50, tol=0).fit(x)
    group, centres = taught["k_means"](x, k, seed=7)
    assert (group == theirs.labels_).all()
    assert centres == pytest.approx(theirs.cluster_centers_)


def test_k_means_survives_an_empty_group(taught):
    x = np.array([[0.0], [0.0], [0.0], [1.0]])
    for seed in range(10):
        group, centres = taught["k_means"](x, 3, seed=seed)
        assert np.isfinite(centres).all() and set(group) <= {0, 1, 2}


def test_rand_index_equals_scikit_learn(taught):
    random = np.random.default_rng(0)
    for _ in range(5):
        a, b = random.integers(0, 3, (2, 30))
        assert taught["rand_index"](a, b) == pytest.approx(rand_score(a, b))


def test_a_step_moves_pays_and_ends(taught):
    step, mark = taught["step"], (0, 0)
    assert step((0, 2), 2, mark) == ((0, 1), 1, False)
    assert step((0, 1), 3, mark) == ((0, 2), -1, False)
    assert step((0, 1), 0, mark) == ((0, 1), 0, False), "at the edge nothing moves"
    assert step((0, 1), 2, mark) == ((0, 0), 1, True)
    assert step((31, 31), 1, mark)[0] == (31, 31)


def test_a_walk_starts_moves_one_cell_and_ends_in_time(taught):
    q = np.zeros((32, 32, 4))
    path = taught["walk"](
        q, taught["own_cell"], None, (99, 99), np.random.default_rng(0), rate=0
    )
    assert len(path) == 201 and not q.any(), "200 steps, and nothing learnt at rate 0"
    assert (np.abs(np.diff(path, axis=0)).sum(axis=1) <= 1).all()


def test_an_agent_that_looks_sees_its_column_and_four_heights(taught):
    dark = [[10 * row + column for column in range(32)] for row in range(32)]
    assert taught["look"]((5, 3), dark) == (3, 33, 53, 63, 83)
    assert taught["look"]((0, 0), dark)[1:3] == (0, 0), "above the film: its first line"


def test_q_learning_finds_the_exact_values_and_ways(taught):
    """At distance d the best walk earns 1 + 0.9 + ... (d terms): what the table must hold for a step closer."""
    q, mark = np.zeros((32, 32, 4)), (2, 2)
    steps = taught["learn"]([(None, mark)], 1500, 0, q, explore=0.3)
    assert len(steps) == 1500 and np.mean(steps[-100:]) < np.mean(steps[:100])
    for cell in [(2, 3), (3, 3), (1, 2), (4, 4)]:
        d = abs(cell[0] - 2) + abs(cell[1] - 2)
        assert q[cell].max() == pytest.approx((1 - 0.9**d) / 0.1, abs=0.02)
    place, random = (9, 8), np.random.default_rng(0)
    for _ in range(13):
        place, _, arrived = taught["step"](place, taught["choose"](q[place], random, 0), mark)
    assert arrived


def test_answers_of_other_seeds_are_taken():
    for answer in ({"closer": 19.4, "arrival": 124}, {"closer": 23.8, "arrival": 145.2}):
        assert verdict("01.3", answer).startswith("✓"), answer
