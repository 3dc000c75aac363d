"""Grad-CAM heat maps over faces that may be shown."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from fer_core.errors import FerError
from fer_core.figures.faces import show_image
from fer_core.figures.style import WIDTH, hide_unused, new_figure, styled

HEAT = "magma"
PLACES = (("upper", "middle", "lower"), ("left", "centre", "right"))


@styled
def draw_overlays(
    images: np.ndarray, grids: np.ndarray, titles: Sequence[str], pairs: int = 2
) -> Figure:
    """Draw faces, each beside itself under its heat map, `pairs` to a row.

    `images` (n, h, w[, 1 or 3]) uint8, `grids` (n, gh, gw) in [0, 1] of any resolution,
    `titles` n short texts.
    """
    if not len(images) == len(grids) == len(titles):
        raise FerError(
            f"{len(images)} faces, {len(grids)} heat maps and {len(titles)} titles differ in number"
        )
    rows = max(1, -(-len(images) // pairs))
    side = WIDTH / (2 * pairs)
    figure, axes = new_figure(rows, 2 * pairs, height=rows * (side + 0.28))
    for i, (image, grid, title) in enumerate(zip(images, grids, titles, strict=True)):
        row, pair = divmod(i, pairs)
        plain, heated = axes[row, 2 * pair], axes[row, 2 * pair + 1]
        show_image(plain, image)
        show_image(heated, image)
        height, width = image.shape[:2]
        edges = (-0.5, width - 0.5, height - 0.5, -0.5)
        heat = {"cmap": HEAT, "vmin": 0, "vmax": 1, "interpolation": "bilinear"}
        heated.imshow(grid, extent=edges, alpha=0.75 * np.clip(grid, 0, 1), **heat)
        plain.set_title(title, fontsize=9, loc="left")
    hide_unused(axes, 2 * len(images))
    return figure


def describe_overlays(titles: Sequence[str], grids: np.ndarray, dataset: str) -> str:
    """Say in words what `draw_overlays` shows: where the strongest response of each face is."""
    parts = [
        f"{title}: strongest at the {peak_place(g)}" for title, g in zip(titles, grids, strict=True)
    ]
    return f"{len(titles)} faces of {dataset} with Grad-CAM heat maps. {'; '.join(parts)}."


def peak_place(grid: np.ndarray) -> str:
    """Name the ninth of the picture that holds the strongest response: `lower centre`."""
    y, x = np.unravel_index(int(np.argmax(grid)), grid.shape)
    down = int(3 * (y + 0.5) / grid.shape[0])
    across = int(3 * (x + 0.5) / grid.shape[1])
    name = f"{PLACES[0][down]} {PLACES[1][across]}"
    return "centre" if name == "middle centre" else name
