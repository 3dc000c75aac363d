"""Contact sheets of faces. Whose faces may be shown is asked where they are taken from, and where
a figure is shown: see `fer_core.data.permission`."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fer_core.errors import FerError
from fer_core.figures.style import WIDTH, hide_unused, listed, new_figure, styled


@styled
def draw_faces(images: np.ndarray, labels: Sequence[str], columns: int = 7) -> Figure:
    """Draw a contact sheet of (n, h, w), (n, h, w, 1) or
    (n, h, w, 3) uint8 with a label above each.

    An empty label leaves its face without one.
    """
    if len(images) != len(labels):
        raise FerError(f"{len(images)} faces with {len(labels)} labels; give one label per face")
    columns = max(1, min(columns, len(images)))
    rows = max(1, -(-len(images) // columns))
    side = WIDTH / columns
    figure, axes = new_figure(rows, columns, height=rows * (side + (0.2 if any(labels) else 0)))
    for ax, image, label in zip(axes.flat, images, labels, strict=False):
        show_image(ax, image)
        ax.set_title(label, fontsize=9)
    hide_unused(axes, len(images))
    return figure


def describe_faces(labels: Sequence[str], dataset: str) -> str:
    """Say in words what `draw_faces` shows: how many faces of which labels."""
    kinds = list(dict.fromkeys(label for label in labels if label))
    return f"{len(labels)} faces of {dataset}" + (f": {listed(kinds)}." if kinds else ".")


@styled
def draw_pairs(
    images: Sequence[np.ndarray], labels: Sequence[str], datasets: Sequence[str]
) -> Figure:
    """Draw two faces beside each other, each under its data set and label."""
    figure, axes = new_figure(1, 2, height=2.3, width=4.2)
    for ax, image, label, dataset in zip(axes.flat, images, labels, datasets, strict=True):
        show_image(ax, image)
        ax.set_title(f"{dataset}\n{label}", fontsize=9)
    return figure


def describe_pairs(labels: Sequence[str], datasets: Sequence[str], mirrored: bool) -> str:
    """Say in words what `draw_pairs` shows: whose images, and whether one is mirrored."""
    parts = listed([f"{name} ({label})" for name, label in zip(datasets, labels, strict=True)])
    return f"Two near copies of {parts}{', one of them mirrored' if mirrored else ''}."


def show_image(ax: Axes, image: np.ndarray) -> None:
    """Show one uint8 picture, grey or colour, without axes."""
    grey = image.ndim == 2 or image.shape[-1] == 1
    ax.imshow(image.reshape(image.shape[:2]) if grey else image, cmap="gray", vmin=0, vmax=255)
    ax.set_axis_off()
