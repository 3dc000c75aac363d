"""Mean heat maps of right answers beside those of wrong ones, over a drawn face."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Arc, Ellipse, Rectangle

from fer_core.figures.cam import peak_place
from fer_core.figures.style import INK, WIDTH, hide_unused, listed, new_figure, styled
from fer_core.heat_maps import EYES, MOUTH

HEAT = "Oranges"  # light where there is little: the drawn face stays visible, on paper as well
STEP = 0.5  # between two shades, in multiples of an even map
PAIRS = 2  # answers in a row
Maps = Mapping[tuple[str, bool], tuple[np.ndarray, int]]


@styled
def draw_right_wrong(maps: Maps, regions: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the mean heat map of each answer where it is right beside that where it is wrong, all in
    the same shades, as vectors.

    `maps`: of `fer_core.analysis.right_wrong.mean_maps`; `regions`: boxes of the eyes and the mouth
    as of `read_regions`, over which a face is drawn; without them there are the maps alone.
    """
    rows = -(-len(maps) // (2 * PAIRS))
    side = WIDTH / (2 * PAIRS)
    figure, axes = new_figure(rows, 2 * PAIRS, height=rows * (side + 0.42) + 0.75)
    most = max(grid.max() for grid, _ in maps.values())
    levels = np.arange(0, np.ceil(most / STEP) * STEP + STEP / 2, STEP)
    for ax, ((answer, right), (grid, n)) in zip(axes.flat, maps.items(), strict=False):
        places = (np.arange(-1, len(grid) + 1) + 0.5) / len(grid)
        heat = ax.contourf(places, places, np.pad(grid, 1, mode="edge"), levels, cmap=HEAT)
        _draw_face(ax, regions)
        ax.set(xlim=(0, 1), ylim=(1, 0), aspect="equal")
        ax.set_axis_off()
        ax.set_title(f"{answer}\n{'right' if right else 'wrong'}, n {n:,}", fontsize=9)
    hide_unused(axes, len(maps))
    label = "heat, in multiples of an even map"
    figure.colorbar(heat, ax=axes, label=label, orientation="horizontal", shrink=0.6, aspect=30)
    return figure


def describe_right_wrong(maps: Maps) -> str:
    """Say in words what `draw_right_wrong` shows: where the heat of each answer is strongest, where
    it is right and where it is wrong."""
    answers = list(dict.fromkeys(answer for answer, _ in maps))
    parts = [
        f"{answer} at the {peak_place(maps[answer, True][0])} where it is right (n "
        f"{maps[answer, True][1]:,}) and at the {peak_place(maps[answer, False][0])} where it is "
        f"wrong (n {maps[answer, False][1]:,})"
        for answer in answers
    ]
    return f"Mean Grad-CAM heat maps over a drawn face, strongest for {listed(parts)}."


def _draw_face(ax: Axes, regions: Mapping[str, Sequence[float]]) -> None:
    """Draw the two boxes, dashed, and a face of which only their places are measured."""
    look: dict[str, Any] = {"edgecolor": INK, "facecolor": "none", "linewidth": 0.9}
    for x0, y0, x1, y1 in regions.values():
        ax.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, linestyle=(0, (2, 2)), **look))
    if not {EYES, MOUTH} <= set(regions):
        return
    (x0, y0, x1, y1), (left, top, right, bottom) = regions[EYES], regions[MOUTH]
    wide, middle, chin = (x1 - x0), (x0 + x1) / 2, bottom + (bottom - top) / 4
    crown = y0 - (y1 - y0) / 2
    oval = Ellipse((middle, (crown + chin) / 2), 1.08 * wide, chin - crown, **look)
    level, brow = y1 - (y1 - y0) / 3, y0 + (y1 - y0) / 3
    for x in (x0 + wide / 4, x1 - wide / 4):
        ax.add_patch(Ellipse((x, level), 0.2 * wide, 0.09 * wide, **look))
        ax.plot([x - 0.12 * wide, x + 0.12 * wide], [brow, brow], color=INK, linewidth=0.9)
    ax.add_patch(oval)
    lips, half = (top + bottom) / 2, (right - left) / 3
    size = (2 * half, (bottom - top) / 3)
    ax.add_patch(Arc(((left + right) / 2, lips), *size, theta1=0, theta2=180, **look))
    ax.plot([middle - half, middle + half], [lips, lips], color=INK, linewidth=0.9)
