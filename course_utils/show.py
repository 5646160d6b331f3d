"""The figures of the course: one style, colours that colour-blind readers can tell apart, text for every figure.

Every figure ends in `finish(fig, alt=...)`. It draws the source line, gives the figure a description in words
(for screen readers, and compared by the tests), and stamps it when a stand-in was loaded.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import textwrap
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from . import data as _data
from .data.pictures import words

# Okabe and Ito's palette, in the order in which we use it.
BLUE, ORANGE, GREEN, PINK, SKY, RED, YELLOW, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#222222",
)  # fmt: skip
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, RED)
LINES = (ORANGE, SKY, GREEN, PINK, YELLOW)  # those that stand out on grey and on tissue

_sliders = Counter()  # how often a slider's id was given in this kernel


def use_style() -> None:
    """Set matplotlib's defaults for the course."""
    plt.rcParams.update(
        {
            "figure.dpi": 100,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "axes.prop_cycle": plt.cycler(color=COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "axes.labelsize": 10,
            "xtick.labelsize": 9,
            "ytick.labelsize": 9,
            "legend.fontsize": 9,
            "legend.frameon": False,
            "font.size": 10,
            "grid.color": "#dddddd",
            "lines.linewidth": 2,
            "image.cmap": "gray",
        }
    )


def source_line(*names: str) -> str:
    """Where the images of a figure come from, in one line. names: sets in the catalog."""
    parts = []
    for name in names:
        entry = _data.fetch.entry(name)
        if name in _data.simulated:
            parts.append(f"SIMULATED images standing in for {name}")
        else:
            licence = entry["licence"].split(": download")[0]
            parts.append(f"Images: {entry['citation']}. Licence: {licence}")
    return "; ".join(parts)


def finish(fig, alt: str, images: str | tuple[str, ...] = ()) -> None:
    """Show a figure and close it.

    alt: the figure in words, one or two sentences.
    images: name, or names, of the sets whose images it shows; they are credited under the figure.
    """
    from IPython.display import display

    alt = words(alt)
    names = (images,) if isinstance(images, str) else tuple(images)
    line = source_line(*names)
    if not line and _data.simulated:
        line = "Computed from SIMULATED stand-in data"
    if line:
        width = int(fig.get_figwidth() * 17)
        fig.supxlabel(
            "\n".join(textwrap.wrap(line, width)),
            x=0.01, ha="left", fontsize=7.5, color=RED if "SIMULATED" in line else "#666666",
            parse_math=False,
        )  # fmt: skip
    about = {"alt": alt}
    if names:  # for the test that counts what is shown of a set
        about |= {"sets": list(names), "images": sum(bool(ax.get_images()) for ax in fig.axes)}
    png = _png(fig)
    plt.close(fig)
    display(
        {"image/png": png, "text/plain": f"Figure: {alt}"},
        metadata={"image/png": about},
        raw=True,
    )


def grid(
    images,
    titles=None,
    columns: int = 5,
    size: float = 1.9,
    alt: str = "",
    source=(),
    heat=None,
    colours=None,
    outlines=None,
    labels=(),
):
    """Images side by side.

    images: (H, W) or (H, W, 3) arrays; each keeps its own grey range of 0 to 255 if it is uint8.
    titles: one text an image, shown as it is, "$" too. colours: one colour a title. size: inches a panel.
    heat: one (h, w) array an image, from 0 to 1, laid over it (transparent where it is 0).
    outlines: one list of (H, W) masks an image; the n-th mask is drawn as a line in the n-th of `LINES`.
    labels: what the n-th line shows, for a legend.
    alt: the figure in words. source: name or names of the sets the images are from.
    """
    rows = -(-len(images) // columns)
    fig, axes = plt.subplots(
        rows, columns, figsize=(columns * size, rows * (size + 0.25)), squeeze=False
    )
    for ax in axes.flat:
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        limits = {"vmin": 0, "vmax": 255} if image.dtype == np.uint8 and image.ndim == 2 else {}
        ax.imshow(image, **limits)
        if heat is not None:
            overlay(ax, heat[i], image.shape)
        for mask, colour in zip(outlines[i] if outlines else (), LINES, strict=False):
            if np.any(mask) and not np.all(mask):
                ax.contour(mask, levels=[0.5], colors=[colour], linewidths=1.2)
        if titles is not None:
            ax.set_title(
                words(titles[i]), fontsize=9, loc="center", parse_math=False,
                color=colours[i] if colours else BLACK,
            )  # fmt: skip
    if labels:
        lines = [plt.Line2D([], [], color=colour) for colour in LINES[: len(labels)]]
        fig.legend(lines, list(labels), loc="outside upper left", ncols=len(labels))
    finish(fig, alt, source)


def overlay(ax, heat, shape) -> None:
    """Lay a heat map from 0 to 1 over an image of the given shape; the more heat, the less transparent."""
    heat = np.clip(heat, 0, 1)
    ax.imshow(
        heat, cmap="inferno", vmin=0, vmax=1, alpha=0.65 * heat, interpolation="bilinear",
        extent=(-0.5, shape[1] - 0.5, shape[0] - 0.5, -0.5),
    )  # fmt: skip


def dots(groups, alt: str, label: str = "", intervals=None, null=None, source=()):
    """Single cases as dots, one row a group, and beside them what is said of the group.

    groups: {name: values}, one value a case (a film, a patient, a run, a draw). label: what the axis shows.
    intervals: {name: (middle, low, high)}, drawn as a diamond with a bar above the dots.
    null: (value, its name), a dashed line where there is nothing to find.
    """
    fig, ax = plt.subplots(figsize=(6.6, 0.8 + 0.5 * len(groups)))
    for row, (name, values) in enumerate(groups.items()):
        values = np.asarray(values, dtype=float)
        shifts = 0.16 * np.sin(2.4 * np.arange(len(values)))  # apart, and alike in every run
        ax.plot(values, row + 0.1 + shifts, "o", color=BLUE, alpha=0.6, markersize=5)
        if intervals and name in intervals:
            middle, low, high = intervals[name]
            ax.plot([low, high], [row - 0.25] * 2, color=RED)
            ax.plot(middle, row - 0.25, "D", color=RED, markersize=6)
    if null is not None:
        ax.axvline(null[0], color=BLACK, linestyle="--", linewidth=1.2)
        ax.annotate(
            words(null[1]), (null[0], 1), (4, 2), xycoords=("data", "axes fraction"),
            textcoords="offset points", fontsize=9,
        )  # fmt: skip
    ax.set_yticks(range(len(groups)), [words(name) for name in groups])
    ax.set_ylim(len(groups) - 0.45, -0.55)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(label)
    finish(fig, alt, source)


def curves(lines, alt: str, x: str = "", y: str = "", null=None):
    """Curves in one picture, each with its name at its end.

    lines: {name: values} or {name: (places, values)}; values alone stand at 1, 2, 3, ... null: (height, its name).
    """
    fig, ax = plt.subplots(figsize=(6.6, 3.2))
    _curves(ax, lines)
    if null is not None:
        ax.axhline(null[0], color=BLACK, linestyle="--", linewidth=1.2, label=words(null[1]))
    ax.set(xlabel=x, ylabel=y)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    finish(fig, alt)


def _curves(ax, lines) -> None:
    for (name, values), style in zip(lines.items(), ["-", "--", "-.", ":"] * 3, strict=False):
        places, values = (
            values if isinstance(values, tuple) else (np.arange(len(values)) + 1, values)
        )
        ax.plot(
            places, values, style, marker="o" if len(values) < 20 else "", label=words(name)
        )


def learning(table, alt: str):
    """The learning curve of a fit: its losses on the left, its metrics on the right.

    table: from `cu.training.history` or `fit`, one row an epoch.
    """
    losses = [name for name in table if name.endswith("loss")]
    parts = [part for part in (losses, [c for c in table if c not in losses]) if part]
    fig, axes = plt.subplots(1, len(parts), figsize=(4.2 * len(parts), 2.8), squeeze=False)
    for ax, names in zip(axes[0], parts, strict=True):
        _curves(ax, {name: (table.index, table[name].to_numpy()) for name in names})
        ax.set(xlabel=table.index.name, ylabel="loss" if names is losses else "")
        ax.xaxis.get_major_locator().set_params(integer=True)
        low, high = table[names].min().min(), table[names].max().max()
        if names is not losses and 0 <= low and 0.5 < high <= 1:
            ax.set_ylim(min(low, 0.5) - 0.02, 1.02)  # a share, which is not blown up
        ax.legend()
    finish(fig, alt)


def confusion(truth, predicted, names, alt: str):
    """The confusion table: how many cases of each class (row) got each answer (column).

    truth, predicted: class numbers (N,). names: the classes, in the order of their numbers.
    """
    from sklearn.metrics import confusion_matrix

    table = confusion_matrix(truth, predicted, labels=range(len(names)))
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    size = 1.6 + 0.8 * len(names)
    fig, ax = plt.subplots(figsize=(size + 0.6, size))
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(table):
        dark = share[row, column] > 0.5
        ax.text(column, row, count, ha="center", va="center", color="white" if dark else BLACK)
    names = [words(name) for name in names]
    ax.set_xticks(range(len(names)), names, rotation=30 if len(names) > 3 else 0)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="predicted", ylabel="true")
    ax.grid(visible=False)
    finish(fig, alt)


def reliability(models, alt: str, bins: int = 10):
    """The reliability diagram: what was predicted against what came true, with exact 95 % intervals.

    models: {name: (labels, probabilities)}, labels 0 or 1 (N,), probabilities of class 1 (N,). One panel a model.
    Small numbers along the bottom say how many cases a point stands for.
    """
    from .metrics import calibration, clopper_pearson

    fig, axes = plt.subplots(
        1, len(models), figsize=(3 * len(models), 3.2), squeeze=False, sharey=True
    )
    for ax, (name, (labels, probabilities)) in zip(axes[0], models.items(), strict=True):
        predicted, seen, counts = calibration(labels, probabilities, bins)
        ax.plot([0, 1], [0, 1], color=BLACK, linestyle="--", linewidth=1.2)
        for x, y, n in zip(predicted, seen, counts, strict=True):
            low, high = clopper_pearson(round(y * n), n)
            ax.plot([x, x], [low, high], color=SKY)
            ax.text(x, -0.1, str(n), ha="center", fontsize=9, rotation=90)
        ax.plot(predicted, seen, "o", color=BLUE)
        ax.set(xlabel="predicted probability", title=words(name), xlim=(-0.04, 1.04))
        ax.set_ylim(-0.15, 1.05)
    axes[0, 0].set_ylabel("share that came true")
    finish(fig, alt)


def _png(fig) -> str:
    """The figure as base64 text. No metadata, so the same figure gives the same bytes."""
    buffer = io.BytesIO()
    fig.savefig(
        buffer, format="png", metadata={"Software": None}, bbox_inches="tight", pad_inches=0.05
    )
    return base64.b64encode(buffer.getvalue()).decode()


def picture(fig) -> str:
    """A figure as a frame for `slider`, a JPEG as base64 text; the figure is closed."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="jpeg", pil_kwargs={"quality": 80})
    plt.close(fig)
    return base64.b64encode(buffer.getvalue()).decode()


def slider(frames, labels, alt: str, name: str = "", source=()) -> None:
    """A slider over ready-made pictures. It works without a kernel: in the book, in slides, in Colab.

    frames: pictures from `picture(fig)`, all of one size. labels: the text beside the slider for each.
    alt: the slider in words. name: what the slider changes. source: name, or names, of the sets whose images the
    frames show; they are credited under them.
    """
    from IPython.display import display

    if len(frames) != len(labels) or not frames:
        raise ValueError(
            f"slider needs one label a frame: {len(frames)} frames, {len(labels)} labels"
        )
    # Not from the pictures or labels: their bytes and digits differ a little between computers.
    name, alt = words(name), words(alt)
    key = "s" + hashlib.sha256(f"{name}/{alt}/{len(frames)}".encode()).hexdigest()[:10]
    _sliders[key] += 1
    if _sliders[key] > 1:
        key += f"-{_sliders[key]}"
    labels = [words(label).replace("\n", " ") for label in labels]
    # The mark between the labels in the page; two ways to write each of them, for HTML and for JavaScript.
    mark, split = ("&#10;", "\\n") if any("|" in label for label in labels) else ("|", "|")
    text = [html.escape(label) for label in labels]
    pictures = "".join(
        f'<img src="data:image/jpeg;base64,{frame}" alt="{html.escape(alt)} {label}"'
        f' style="max-width:100%;display:{"none" if i else "block"}">'
        for i, (frame, label) in enumerate(zip(frames, text, strict=True))
    )
    move = (
        f"var b=document.getElementById('{key}'),p=b.getElementsByTagName('img');"
        "for(var i=0;i<p.length;i++)p[i].style.display=i==this.value?'block':'none';"
        "b.getElementsByTagName('output')[0].textContent=this.dataset.labels.split('"
        f"{split}')[this.value];"
    )
    body = (
        f'<div id="{key}"><label>{html.escape(name)} <input type="range" min="0" max="{len(frames) - 1}" value="0"'
        f' data-labels="{mark.join(text)}" oninput="{move}" style="width:50%;vertical-align:middle"></label>'
        f" <output>{text[0]}</output>{pictures}</div>"
    )
    names = (source,) if isinstance(source, str) else tuple(source)
    about = {}
    if names:
        line = source_line(*names)
        colour = RED if "SIMULATED" in line else "#666666"
        body += f'<small style="color:{colour}">{html.escape(line)}</small>'
        about = {"text/html": {"sets": list(names), "images": len(frames)}}
    display(
        {"text/html": body, "text/plain": f"Slider: {alt} ({', '.join(labels)})"},
        metadata=about,
        raw=True,
    )


def upload(act, prompt: str = "Choose an image") -> None:
    """A button to choose an image file; `act(name, image)` is called with uint8 pixels, (H, W) or (H, W, 3).

    What `act` prints or draws appears under the button. A file that is no image gives a message, no traceback. What
    was done to pixels of another kind is printed, see `cu.data.pictures.read`. The file's bytes do not stay in the
    button, so that they are not saved with the notebook.
    """
    import ipywidgets as widgets
    from IPython.display import display

    button = widgets.FileUpload(accept="image/*", multiple=False, description=prompt)
    button.layout.width = "18em"
    below = widgets.Output()

    def chosen(_):
        if not button.value:
            return
        name, content = _taken(button)
        below.clear_output()
        with below:
            try:
                image, note = _data.pictures.read(content)
            except Exception as error:
                print(
                    f"{name} could not be read as an image: {error}. Choose a PNG, JPEG or TIFF file."
                )
                return
            if not note.endswith("as they are"):
                print(f"{name}: {note}.")
            act(name, image)

    button.observe(chosen, names="value")
    display(button, below)


def _taken(button) -> tuple[str, bytes]:
    """Name and bytes of the file in an upload button, which is empty afterwards."""
    if isinstance(button.value, dict):  # ipywidgets 7, on Colab: {name: {...}}
        name, file = next(iter(button.value.items()))
        content = bytes(file["content"])
        button.metadata, button.data = [], []
        button._counter = 0  # from these three it makes its value
    else:  # ipywidgets 8: ({name: ...}, ...)
        name, content = button.value[0]["name"], bytes(button.value[0]["content"])
        button.value = ()
    return words(name), content
