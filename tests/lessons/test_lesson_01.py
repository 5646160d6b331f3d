"""What lesson 01 writes out, against libraries and against the exact answer."""

import inspect

import nbformat
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import rand_score

from course_utils.authoring import lessons


def cell_with(text):
    nb = nbformat.read(lessons.find("01")[0], as_version=4)
    return next(c.source for c in nb.cells if c.cell_type == "code" and text in c.source)


@pytest.fixture(scope="module")
def taught():
    scope = {"np": np}
    exec(cell_with("def k_means(").split("\n\n\ngroup, centres")[0], scope)
    exec(cell_with("def tightest(").split("\n\n\nboth")[0], scope)
    exec(cell_with("class FilmWalk"), scope)
    exec(cell_with("def q_learning("), scope)
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


def test_several_starts_find_what_scikit_learn_finds_and_one_start_does_not(taught):
    """Four clumps, four centres: a start with two centres in one clump ends in a worse arrangement."""
    random = np.random.default_rng(0)
    clumps = np.repeat([[0, 0], [9, 0], [0, 9], [9, 9]], 25, axis=0)
    x = clumps + random.normal(size=clumps.shape)

    def width(group, centres):
        return ((x - centres[group]) ** 2).sum()

    best = KMeans(4, n_init=20, random_state=0).fit(x).inertia_
    single = [width(*taught["k_means"](x, 4, seed)) for seed in range(20)]
    assert max(single) > 1.5 * best
    assert width(*taught["tightest"](x, 4)) == pytest.approx(min(single)) == pytest.approx(best)


def test_rand_index_equals_scikit_learn(taught):
    random = np.random.default_rng(0)
    for _ in range(5):
        a, b = random.integers(0, 3, (2, 30))
        assert taught["rand_index"](a, b) == pytest.approx(rand_score(a, b))


def test_the_world_keeps_the_interface_of_gymnasium(taught):
    world = taught["FilmWalk"](landmark=(0, 0), limit=3)
    assert list(inspect.signature(world.reset).parameters) == ["seed", "options"]
    seen, info = world.reset(seed=4)
    assert world.reset(seed=4) == (seen, info), "the same seed, the same start"
    world.reset(options={"start": (0, 2)})
    assert world.step(2) == ((0, 1), 1, False, False, {"distance": 1})
    assert world.step(0)[1] == 0, "at the rim nothing moves"
    assert world.step(2) == ((0, 0), 1, True, True, {"distance": 0})
    world.reset(options={"start": (31, 31)})
    assert world.step(1)[0] == (31, 31)


def test_the_world_passes_the_check_of_gymnasium_where_it_is_installed(taught):
    gymnasium = pytest.importorskip("gymnasium")
    spaces = gymnasium.spaces

    class Wrapped(gymnasium.Env):
        def __init__(self):
            self.world = taught["FilmWalk"]((23, 11))
            self.action_space = spaces.Discrete(4)
            self.observation_space = spaces.Tuple((spaces.Discrete(32), spaces.Discrete(32)))

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self.world.reset(seed, options)

        def step(self, action):
            return self.world.step(action)

    from gymnasium.utils.env_checker import check_env

    check_env(Wrapped(), skip_render_check=True)


def test_q_learning_finds_the_exact_values_and_ways(taught):
    """At distance d the best walk earns 1 + 0.9 + ... (d terms): what the table must hold for a step closer."""
    world = taught["FilmWalk"](landmark=(2, 2))
    q, steps = taught["q_learning"]([world], 1500, explore=0.3)
    assert len(steps) == 1500 and np.mean(steps[-100:]) < np.mean(steps[:100])
    for cell in [(2, 3), (3, 3), (1, 2), (4, 4)]:
        d = abs(cell[0] - 2) + abs(cell[1] - 2)
        assert max(q[cell]) == pytest.approx((1 - 0.9**d) / 0.1, abs=0.02)
    random = np.random.default_rng(0)
    seen, info = world.reset(options={"start": (9, 8)})
    for _ in range(info["distance"]):
        seen, reward, arrived, *_ = world.step(taught["choose"](q, seen, random))
    assert arrived
