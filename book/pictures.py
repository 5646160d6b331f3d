"""Draw the cover and the gallery of simulated images: `python book/pictures.py [cover|gallery]`.

The cover needs no data: every picture on it comes out of course_utils.simulate. The gallery puts simulated images
beside real ones, so it needs the real data.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from course_utils import load, show
from course_utils.simulate import (
    bowel,
    brain,
    cells,
    ct,
    endoscopy,
    filaments,
    fundus,
    lung,
    mammogram,
    pen,
    radiograph,
    spinal_cord,
    ultrasound,
)

HERE = Path(__file__).parent / "_static"
NAVY = "#0b2545"


def one(generator, seed=1, size=256, **options):
    """One simulated image, ready to show."""
    images, _ = generator(np.random.default_rng(seed), 1, size, **options)
    return images[0]


def wide(hu):
    """HU through a window that shows lungs and soft tissue."""
    return np.clip((np.asarray(hu, float) + 1000) / 1500, 0, 1)


def cover():
    """The cover: twelve simulated images of twelve kinds."""
    tiles = [
        one(radiograph.chest, 3),
        one(fundus.fundus, 5, grade=2),
        one(mammogram.mammogram, 4),
        wide(one(ct.ct_slices, 2)),
        one(cells.blood_smear, 6),
        one(ultrasound.ultrasound, 8),
        one(brain.brain, 1),
        one(filaments.membranes, 1),
        one(endoscopy.endoscopy, 3, polyp=True),
        one(spinal_cord.spinal_cord, 2, field=30),
        one(cells.fluorescence, 2),
        one(filaments.filaments, 5),
    ]
    fig = plt.figure(figsize=(12, 5.52), facecolor=NAVY, layout="none")
    for i, tile in enumerate(tiles):
        ax = fig.add_axes((0.41 + 0.145 * (i % 4), 0.665 - 0.315 * (i // 4), 0.137, 0.297))
        ax.imshow(np.squeeze(tile), cmap="gray", aspect="auto")
        ax.axis("off")
    style = {"color": "white", "ha": "left"}
    fig.text(
        0.035, 0.83, "A hands-on course in Jupyter", fontsize=15, **style | {"color": "#f2b84b"}
    )
    title = "Deep Learning\nin Medical Image\nProcessing"
    fig.text(0.035, 0.44, title, fontsize=31, weight="bold", linespacing=1.25, **style)
    fig.text(
        0.035,
        0.27,
        "Every claim is run: on real images,\nin a minute, on a laptop.",
        fontsize=15,
        linespacing=1.4,
        **style,
    )
    fig.text(
        0.035,
        0.06,
        "All pictures simulated by the course's own code,\nthe brain from the MNI152 template",
        fontsize=9,
        **style | {"color": "#9fb3c8"},
    )
    fig.savefig(HERE / "cover.png", dpi=130, facecolor=NAVY)
    plt.close(fig)


# Kind, a generator's images, the real set beside it.
KINDS = (
    (
        "Radiograph",
        lambda: [one(radiograph.chest, 3), one(radiograph.abdomen, 4)],
        "chest_abdomen",
    ),
    ("Fundus", lambda: [one(fundus.fundus, 5, grade=g) for g in (0, 3)], "idrid"),
    ("Mammogram", lambda: [one(mammogram.mammogram, s) for s in (1, 2)], "mias_masses"),
    (
        "CT slice",
        lambda: [wide(one(ct.ct_slices, s, kind=k)) for s, k in ((1, 5), (2, 6))],
        "deeplesion_sample",
    ),
    ("CT of the lung", lambda: [one(lung.lung_texture, 1, 96, kind=k) for k in (0, 1)], None),
    (
        "Ultrasound",
        lambda: [one(ultrasound.ultrasound, 4), one(ultrasound.thyroid, 3)],
        "thyroid_ddti",
    ),
    (
        "Spinal cord",
        lambda: [one(spinal_cord.spinal_cord, s, field=24) for s in (1, 2)],
        "spinal_cord",
    ),
    (
        "Brain",
        lambda: [one(brain.brain, s, atrophy=a) for s, a in ((1, 0.0), (1, 0.9))],
        "mni152",
    ),
    ("Blood smear", lambda: [one(cells.blood_smear, s) for s in (1, 6)], "bccd"),
    ("Fluorescent cells", lambda: [one(cells.fluorescence, s) for s in (1, 2)], "vgg_cells"),
    (
        "Endoscopy",
        lambda: [
            one(endoscopy.endoscopy, 3, polyp=True),
            one(endoscopy.endoscopy, 2, bleeding=True),
        ],
        "polyps",
    ),
    ("Membranes", lambda: [one(filaments.membranes, s) for s in (1, 2)], "isbi2012"),
    (
        "Filaments, nuclei",
        lambda: [one(filaments.filaments, s) for s in (1, 5)],
        "w2s_denoising",
    ),
    (
        "Red cells, cut out",
        lambda: [one(cells.cell_crops, s, 50, infected=k) for s, k in ((1, 0), (3, 1))],
        "malaria_cells",
    ),
    (
        "Drawings",
        lambda: [one(pen.drawing, s, tremor=t) for s, t in ((1, 0), (2, 1))],
        "parkinson_drawings",
    ),
    (
        "Bowel, cine MRI",
        lambda: [one(bowel.bowel_cine, s, frames=1) for s in (1, 2)],
        "bowel_cine_mri",
    ),
)


def examples(name):
    """Two real images of a set, volumes by a slice."""
    images = load(name).images
    if len(images) == 1:
        volume = images[0]
        return [volume[len(volume) // 2], volume[len(volume) // 3]]
    # The first and last, where the middle one carries burnt-in text.
    picked = images[0], images[-1 if name == "polyps" else len(images) // 2]
    return [im[len(im) // 2] if im.ndim == 3 and im.shape[-1] != 3 else im for im in picked]


def square(image):
    """The middle of an image, as wide as high."""
    image = np.squeeze(image)
    h, w = image.shape[:2]
    side = min(h, w)
    return image[(h - side) // 2 : (h + side) // 2, (w - side) // 2 : (w + side) // 2]


def gallery():
    """All kinds: two simulated images, and two real ones where there is an open set."""
    rows = -(-len(KINDS) // 2)
    fig, axes = plt.subplots(
        rows,
        9,
        figsize=(12.5, 1.62 * rows),
        layout="constrained",
        width_ratios=[1] * 4 + [0.12] + [1] * 4,
    )
    for ax in axes.flat:
        ax.axis("off")
    for k, (kind, draw, name) in enumerate(KINDS):
        row = axes[k % rows, 5 * (k // rows) :]
        real = examples(name) if name else []
        for ax, image in zip(row, [*draw(), *real], strict=False):
            image = square(image)
            low, high = np.percentile(image, (0.5, 99.5)) if image.ndim == 2 else (None, None)
            ax.imshow(image, cmap="gray", vmin=low, vmax=high)
        row[0].set_title(f"{kind}: simulated", fontsize=10, loc="left")
        row[2].set_title(
            f"real: {name}" if name else "no open set", fontsize=10, loc="left", color="#555555"
        )
    fig.savefig(HERE / "gallery.png", dpi=90)
    plt.close(fig)


if __name__ == "__main__":
    show.use_style()
    for name in sys.argv[1:] or ("cover", "gallery"):
        globals()[name]()
