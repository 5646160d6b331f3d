"""A clinic for leaks: what could make a classifier look better than it is. Lesson 22 writes two of its tests out."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass

import numpy as np

from . import arrays as checked

SIDE = 16  # rows and columns of the small copies in which images are compared
NEAR = 0.995  # correlation of two small copies from which on we call the images near duplicates
MOST = 4000  # images compared with one another; of a larger set so many are drawn
DRAWS = 20  # draws of random labels
CLEAR, LOOK, FOUND, OPEN = "nothing found", "look closer", "found", "not tested"
LIMITS = {
    "exact duplicates": "copies that were cut, scaled or saved anew",
    "near duplicates": "one person in two unlike images; images may also be alike by nature",
    "groups in both parts": "one person under two names",
    "size and format": "what the files said before they were opened here",
    "margin": "marks in the middle; a margin may also show the disease itself",
    "neighbours": "a likeness that only a trained network uses",
    "random labels": "leaks that need the true labels, such as a selection made before the split",
}


@dataclass(frozen=True)
class Audit:
    """What `audit` found: one (test, finding, verdict, value) a test. It shows itself as a page.

    verdict: "nothing found", "look closer", "found" or "not tested". value: the number behind it, or None.
    """

    rows: tuple[tuple[str, str, str, float | None], ...]

    def __getitem__(self, test: str) -> str:
        """The verdict of one test, e.g. "near duplicates"."""
        return {row[0]: row[2] for row in self.rows}[test]

    @property
    def values(self) -> dict[str, float | None]:
        """Test -> the number behind its verdict."""
        return {row[0]: row[3] for row in self.rows}

    def __str__(self):
        lines = []
        for test, finding, verdict, _ in self.rows:
            text = f"{test}: {verdict}. {finding}. Does not show: {LIMITS[test]}."
            lines += textwrap.wrap(text, 100, subsequent_indent="    ")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        cell = "style='text-align:left;vertical-align:top'"
        rows = (
            "".join(
                f"<td {cell}>{html.escape(t, quote=False)}</td>"
                for t in (*row[:3], LIMITS[row[0]])
            )
            for row in self.rows
        )
        head = "".join(
            f"<th {cell}>{t}</th>" for t in ("test", "finding", "verdict", "does not show")
        )
        return f"<table><tr>{head}</tr><tr>{'</tr><tr>'.join(rows)}</tr></table>"


def audit(images, labels=None, groups=None, split=None, seed: int = 0) -> Audit:
    """Seven tests for leaks and shortcuts in a labelled set of images, on one page.

    images: N arrays (H, W) or (H, W, 3), of any sizes. labels: (N,) whole numbers, or None where there are none.
    groups: (N,) whom or what each image shows (person, film, block of frames), or None. split: (N,) the part of each
    image, or None: "test" is asked about all other parts. Without it each image is asked about all others.
    exact duplicates: the same pixels. near duplicates: small copies of 16 x 16 that correlate by 0.995 or more.
    groups in both parts: groups of the test part that are elsewhere, too.
    size and format, margin: a small decision tree tries to tell the class from height, width, channels and type, and
    from the outer eighth of the picture; cross-validated by group, against shuffled labels.
    neighbours: how often the most similar image (in the other part) is of the same group.
    random labels: every group gets a label at random, the most similar image answers; about 0.5 is honest.
    A test that lacks labels, groups or a split says "not tested". A verdict says what was seen, not that a set is
    clean. Raises ValueError for images and lists that do not fit.
    """
    images, labels, groups, split = _inputs(images, labels, groups, split)
    rng = np.random.default_rng(seed)
    if len(images) > MOST:
        kept = np.sort(rng.permutation(len(images))[:MOST])
        images = [images[i] for i in kept]
        labels = labels if labels is None else labels[kept]
        groups = groups if groups is None else np.unique(groups[kept], return_inverse=True)[1]
        split = split if split is None else split[kept]
    small = np.stack([_small(image) for image in images])
    alike = _alike(small)
    np.fill_diagonal(alike, -2)
    apart = _apart(groups, split, len(images))
    test = np.ones(len(images), bool) if split is None else split == "test"
    folds = _folds(np.arange(len(images)) if groups is None else groups, rng)
    return Audit(
        (
            ("exact duplicates", *_exact(images, labels, apart, groups, split)),
            ("near duplicates", *_near(alike, apart)),
            ("groups in both parts", *_both(groups, split)),
            ("size and format", *_tells(_formats(images), labels, folds, rng)),
            ("margin", *_tells(_margins(small), labels, folds, rng)),
            ("neighbours", *_neighbours(alike, groups, split, test)),
            ("random labels", *_random(alike, groups, split, test, rng)),
        )
    )


def _inputs(images, labels, groups, split):
    images = list(images)
    if len(images) < 4:
        raise ValueError(f"an audit needs at least 4 images, not {len(images)}")
    for i, image in enumerate(images):
        image = np.asarray(image)
        fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (1, 3, 4))
        if not fits or image.dtype.kind not in "buif" or not image.size:
            raise ValueError(
                f"image {i} is {image.shape} {image.dtype}; an image is (H, W) or (H, W, 3) numbers"
            )
        images[i] = image
    labels = labels if labels is None else checked.labels(labels)
    for name, values in (("labels", labels), ("groups", groups), ("split", split)):
        if values is not None and (np.ndim(values) != 1 or len(values) != len(images)):
            raise ValueError(
                f"{len(images)} images need one entry each in {name}, not {np.shape(values)}"
            )
    if labels is not None and len(np.unique(labels)) < 2:
        raise ValueError("all images have the same label; there is nothing to tell apart")
    groups = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if split is not None:
        split = np.asarray(split).astype(str)
        if not 0 < (split == "test").sum() < len(split):
            parts = ", ".join(np.unique(split)[:5])
            raise ValueError(f'split has no "test" beside another part; it has {parts}')
    return images, labels, groups, split


def _small(image) -> np.ndarray:
    """The image in grey, as (SIDE, SIDE) means."""
    from skimage.transform import resize

    grey = image.astype(np.float32)
    grey = grey[..., :3].mean(-1) if grey.ndim == 3 else grey
    if not np.isfinite(grey).all():
        raise ValueError("an image holds NaN or infinity")
    rows, columns = (np.linspace(0, n, SIDE + 1).astype(int) for n in grey.shape)
    if min(grey.shape) < SIDE:
        return resize(grey, (SIDE, SIDE), order=1).astype(np.float32)
    sums = np.add.reduceat(np.add.reduceat(grey, rows[:-1], 0), columns[:-1], 1)
    return sums / np.outer(np.diff(rows), np.diff(columns))


def _alike(small) -> np.ndarray:
    """Correlation of all pairs (N, N); flat images are like nothing."""
    flat = small.reshape(len(small), -1).astype(np.float64)
    flat -= flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    flat = np.divide(flat, length, out=np.zeros_like(flat), where=length > 1e-9)
    return (flat @ flat.T).astype(np.float32)


def _apart(groups, split, count) -> np.ndarray:
    """Which pairs (N, N) must not be the same image: those of two parts, else of two groups, else all."""
    key = split if split is not None else groups
    return np.ones((count, count), bool) if key is None else key[:, None] != key


def _folds(groups, rng):
    """Five folds that keep groups together, and the groups; None where there is one group only."""
    from sklearn.model_selection import GroupKFold

    count = min(5, len(np.unique(groups)))
    if count < 2:
        return None
    split = GroupKFold(count, shuffle=True, random_state=int(rng.integers(2**31)))
    return list(split.split(groups, groups, groups)), groups


def _exact(images, labels, apart, groups, split):
    seen = {}
    for i, image in enumerate(images):
        key = (image.shape, image.dtype.str, image.tobytes())
        seen.setdefault(key, []).append(i)
    pairs = [(a, b) for same in seen.values() for k, b in enumerate(same) for a in same[:k]]
    across = sum(bool(apart[a, b]) for a, b in pairs)
    unlike = 0 if labels is None else sum(labels[a] != labels[b] for a, b in pairs)
    text = "1 pair" if len(pairs) == 1 else f"{len(pairs)} pairs"
    if pairs and (split is not None or groups is not None):
        text += f", {across} in two {'parts' if split is not None else 'groups'}"
    if pairs and labels is not None:
        text += f", {unlike} with two labels"
    return text, FOUND if across else LOOK if pairs else CLEAR, float(across)


def _near(alike, apart):
    best = np.where(apart, alike, -2).max(1)
    count = int((best >= NEAR).sum())
    text = f"{count} of {len(best)} images have one, median of the best likeness {np.median(best):.3f}"
    return text, LOOK if count else CLEAR, float(count)


def _both(groups, split):
    if groups is None or split is None:
        missing = "groups" if groups is None else "a split"
        return f"needs {missing}", OPEN, None
    parts = {name: set(groups[split == name]) for name in np.unique(split)}
    test = parts.pop("test")
    both = test & set().union(*parts.values())
    text = f"{len(both)} of {len(test)} groups of the test part are elsewhere, too"
    return text, FOUND if both else CLEAR, float(len(both))


def _formats(images) -> np.ndarray:
    """Height, width, their ratio, channels, bytes a value, (N, 5)."""
    return np.array(
        [
            (i.shape[0], i.shape[1], i.shape[0] / i.shape[1], i.ndim, i.dtype.itemsize)
            for i in images
        ],
        dtype=float,
    )


def _margins(small) -> np.ndarray:
    """The outermost two of 16 rows and columns, as means of pieces of 2 x 2, (N, 28)."""
    pieces = small.reshape(len(small), SIDE // 2, 2, SIDE // 2, 2).mean((2, 4))
    edge = np.ones((SIDE // 2, SIDE // 2), bool)
    edge[1:-1, 1:-1] = False
    return pieces[:, edge]


def _tells(x, labels, folds_and_groups, rng):
    """Whether a small tree can tell the class from x, against labels shuffled among the groups."""
    if (x == x[0]).all():
        return "alike in all images", CLEAR, None
    if labels is None:
        return "needs labels", OPEN, None
    if folds_and_groups is None:
        return "needs two groups", OPEN, None
    folds, groups = folds_and_groups
    score = _balanced(x, labels, folds)
    first = np.unique(groups, return_index=True)[1]
    one_each = labels[first][groups]  # the label of the group's first image
    whole = (one_each == labels).all()
    nulls = []
    for _ in range(DRAWS):
        drawn = rng.permutation(labels[first])[groups] if whole else rng.permutation(labels)
        nulls.append(_balanced(x, drawn, folds))
    high = max(nulls)
    text = (
        f"balanced accuracy {score:.2f} for the class, {high:.2f} at most in {DRAWS} shuffles"
    )
    return text, LOOK if score > high else CLEAR, score


def _balanced(x, labels, folds) -> float:
    from sklearn.tree import DecisionTreeClassifier

    given = np.empty_like(labels)
    for train, test in folds:
        tree = DecisionTreeClassifier(
            max_depth=3, min_samples_leaf=3, class_weight="balanced", random_state=0
        )
        given[test] = tree.fit(x[train], labels[train]).predict(x[test])
    return float(np.mean([(given == labels)[labels == c].mean() for c in np.unique(labels)]))


def _asked(alike, split, test) -> np.ndarray:
    """For each test image the most similar image of the other part, or of all others without a split."""
    rows = alike[test]
    if split is not None:
        rows = np.where(test, -2, rows)
    return rows.argmax(1)


def _neighbours(alike, groups, split, test):
    if groups is None or not groups.any():
        return "needs two groups or more", OPEN, None
    same = float((groups[_asked(alike, split, test)] == groups[test]).mean())
    other = (
        ~np.eye(len(groups), dtype=bool) if split is None else np.tile(~test, (len(test), 1))
    )
    chance = float(((groups[:, None] == groups) & other)[test].sum() / other[test].sum())
    text = f"{same:.0%} of the nearest images are of the same group, by chance {chance:.1%}"
    return text, FOUND if split is not None and same > 3 * chance + 0.01 else (
        LOOK if same > 3 * chance + 0.01 else CLEAR
    ), same  # fmt: skip


def _random(alike, groups, split, test, rng):
    if groups is None or not groups.any():
        return "needs two groups or more", OPEN, None
    nearest, count = _asked(alike, split, test), groups.max() + 1
    shares = []
    for _ in range(DRAWS):
        drawn = rng.permutation(np.arange(count) % 2)[groups]
        shares.append((drawn[nearest] == drawn[test]).mean())
    mean, reach = np.mean(shares), 3 * np.std(shares) / np.sqrt(DRAWS)
    text = f"accuracy {mean:.2f} ({min(shares):.2f} to {max(shares):.2f}), honest is 0.50"
    bad = mean - reach > 0.5 and mean > 0.55
    return text, (FOUND if split is not None else LOOK) if bad else CLEAR, float(mean)
