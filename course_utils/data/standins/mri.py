"""Stand-ins for volumes: spinal cord, its template, NIfTI samples."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ...simulate.shapes import shrink
from ...simulate.spinal_cord import spinal_cord as draw
from ..records import Dataset

# Name: (slices, rows, columns), mm (between slices, in the slice), contrast, site, seed, highest value, masks.
SCANS = {
    "t2s_uncropped": ((11, 320, 320), (7.5, 0.5, 0.5), "t2star", 0, 1, 255, ("gray_matter",)),
    "t2s": ((9, 54, 49), (7.5, 0.5, 0.5), "t2star", 0, 2, 717, ("gray_matter", "cord")),
    "mt0": ((5, 40, 40), (17.0, 0.8437, 0.8438), "t2star", 1, 3, 871, ("cord",)),
    "mt1": ((5, 40, 40), (17.0, 0.8437, 0.8438), "t2star", 3, 3, 774, ("gray_matter", "white_matter", "cord")),
    "t1": ((77, 76, 42), (1.0, 1.0, 1.0), "t1", 2, 4, 949, ("cord",)),
    "t2": ((55, 60, 52), (1.0, 1.0, 1.0), "t2", 0, 4, 1257, ("cord",)),
}  # fmt: skip


def _scan(shape, mm, contrast, site, seed, top):
    """One volume float32 (slices, rows, columns), 0 to `top`, and its masks by name."""
    slices, rows, columns = shape
    images, truth = draw(
        np.random.default_rng(seed), slices, rows, site, contrast, slices=slices, field=rows * mm[1]
    )  # fmt: skip
    # Drawn as a square; the real picture is narrower.
    cut = np.s_[:, :, (rows - columns) // 2 : (rows - columns) // 2 + columns]
    masks = {key: truth[key][cut] for key in ("gray_matter", "cord")}
    masks["white_matter"] = masks["cord"] & ~masks["gray_matter"]
    return images[cut].astype(np.float32) * np.float32(top / 255), masks


def spinal_cord() -> Dataset:
    """Six scans in the form of the real set: same names, sizes, spacing, contrasts and kinds of mask.

    mt0 and mt1 show one person, t1 and t2 another, the two t2s scans two more.
    """
    images, spacing = [], []
    masks = {kind: [] for kind in ("gray_matter", "white_matter", "cord")}
    for shape, mm, contrast, site, seed, top, kinds in SCANS.values():
        volume, drawn = _scan(shape, mm, contrast, site, seed, top)
        images.append(volume)
        spacing.append(mm)
        for kind, found in masks.items():
            found.append(drawn[kind] if kind in kinds else None)
    return Dataset(
        name="spinal_cord",
        source="simulated",
        images=images,
        split=np.array(["test"] * len(images)),
        files=np.array(list(SCANS)),
        targets={**masks, "spacing": spacing},
        noun="scans",
        unit="signal, arbitrary units",
    )


def pam50() -> Dataset:
    """905 slices (905, 64, 64, 3) float32 of one simulated cord, in the form of the template's maps.

    The shape of a cord of the neck all the way down, where the real one changes; the levels are of equal length.
    """
    count, every = 905, 8
    _, truth = draw(
        np.random.default_rng(50), count // every + 2, 128, 0, slices=count // every + 2, field=32
    )  # fmt: skip
    gray, cord, csf = (shrink(truth[k], 2) for k in ("gray_matter", "cord", "csf"))
    some = np.stack([gray, cord - gray, csf], -1)
    below = np.arange(count) // every
    between = (np.arange(count) % every / every).astype(np.float32)[:, None, None, None]
    images = some[below] * (1 - between) + some[below + 1] * between
    down = np.linspace(0, 1, count, endpoint=False)  # from below up; levels count from above
    return Dataset(
        name="pam50",
        source="simulated",
        images=images,
        split=np.array(["train"] * count),
        files=np.array([f"slice_{z:03d}" for z in range(80, 80 + count)]),
        cases=np.array(["PAM50"] * count),
        targets={
            "cord": images[..., :2].sum(-1) > 0.6,
            "vertebral_level": 20 - (20 * down).astype(np.int64),
            "spinal_level": 27 - (27 * down).astype(np.int64),
        },
        noun="slices",
        unit="share of the pixel",
        spacing=(0.5, 0.5, 0.5),
        extra={"channels": ("gray_matter", "white_matter", "csf")},
    )


def nifti_samples() -> Dataset:
    """Three contrasts of one neck, voxel on voxel, and a CT with a spleen, in the form of the real set.

    As there, the three cord masks are the same, and T2w fills the middle of the picture only.
    """
    images, cords = [], []
    for contrast, top in (("t1", 1178), ("t2", 3021), ("t2star", 1033)):
        volume, drawn = _scan((16, 141, 131), (1.0, 1.0, 1.0), contrast, 0, 5, top)
        images.append(volume)
        cords.append(drawn["cord"])
    images[1][:, :, :40] = images[1][:, :, 91:] = 0
    ct, spleen = _spleen()
    names = [f"sub-unf01_{kind}" for kind in ("T1w", "T2w", "T2star")] + ["sub-spleen2_ct"]
    return Dataset(
        name="nifti_samples",
        source="simulated",
        images=[*images, ct],
        split=np.array(["test"] * 4),
        files=np.array(names),
        cases=np.array([name.rpartition("_")[0] for name in names]),
        targets={
            "cord": [*cords, None],
            "spleen": [None, None, None, spleen],
            "spacing": [(1.0, 1.0, 1.0)] * 3 + [(5.0, 0.7949, 0.7949)],
            "unit": ["arbitrary"] * 3 + ["HU"],
        },
        noun="scans",
        unit="signal, arbitrary units; CT in HU",
    )


def _spleen() -> tuple[np.ndarray, np.ndarray]:
    """The left upper abdomen in HU (26, 166, 164) float32, and the mask of the spleen: ellipsoids in fat."""
    rng = np.random.default_rng(6)
    shape = 26, 166, 164
    z, y, x = (
        ((np.arange(n) + 0.5) * mm).astype(np.float32).reshape([-1 if k == axis else 1 for k in range(3)])
        for axis, (n, mm) in enumerate(zip(shape, (5.0, 0.795, 0.795), strict=True))
    )  # fmt: skip
    bend = 3 * ndimage.gaussian_filter(rng.standard_normal(shape), (1, 8, 8)) / 0.02
    bend = np.clip(bend, -6, 6).astype(np.float32)

    def ball(cx, cy, cz, a, b, c):
        """Below 1 inside an ellipsoid; all in mm."""
        return np.hypot(np.hypot((x + bend - cx) / a, (y - cy) / b), (z - cz) / c)

    wall = np.hypot(x / 128, (y - 35) / 92) + 0 * z  # the trunk, cut by the picture
    value = np.full(shape, -100.0, np.float32)  # fat
    spleen = (ball(78, 68, 65, 34, 46, 52) < 1) & (ball(45, 40, 65, 36, 34, 70) > 1)
    value[ball(40, 70, 5, 22, 26, 40) < 1] = 130  # kidney
    value[ball(35, 25, 80, 34, 30, 60) < 1] = 40  # stomach
    value[spleen] = 86
    lung = (wall < 0.88) & (ball(60, 60, 20, 70, 75, 95) > 1)
    value[lung] = -850
    value[(wall > 0.88) & (wall < 0.96)] = 50
    ribs = (np.abs(wall - 0.91) < 0.02) & (np.sin(np.arctan2(y - 35, x) * 9 + z / 12) > 0.75)
    value[ribs] = 500
    value[wall > 1.06] = -1000
    value = ndimage.gaussian_filter(value, (0, 0.8, 0.8))
    value += 22 * rng.standard_normal(shape, dtype=np.float32)
    return value, spleen & ~lung & (wall < 0.88)
