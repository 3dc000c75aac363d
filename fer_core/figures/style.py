"""One look for all figures.

White ground on light and dark pages alike; the font that matplotlib ships; nothing under 9 pt
in a figure 5.6 in wide (6.5 in where a grid needs it), so that a phone of 360 px still shows it.
Colours are seaborn's colour-blind palette, after Okabe & Ito; every model also has its
own line and marker, so that figures read in grey.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fer_core.files import atomic_path

P = ParamSpec("P")
R = TypeVar("R")

WIDTH = 5.6  # inches
DPI = 150  # of pixels: more than a screen shows at this width, and a page stays below 1 MB
INK = "#222222"
FAINT = "#8a8a8a"
COLOURS = ("#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#000000")
LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (3, 1)), (0, (1, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.labelsize": 9.5,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "figure.titlesize": 11,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": DPI,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "axes.prop_cycle": cycler(color=COLOURS),
    "lines.linewidth": 1.6,
    # Names come from data sets and study files: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "svg.hashsalt": "fer",
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function in the house style, whatever the caller's settings are."""

    @wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context({**mpl.rcParamsDefault, "backend": mpl.get_backend(), **STYLE}):
            return draw(*args, **kwargs)

    return inside


def new_figure(
    rows: int, columns: int, height: float, width: float = WIDTH, **subplots: Any
) -> tuple[Figure, np.ndarray]:
    """Return a figure of `width` × `height` inches and its (rows, columns) axes;
    not known to pyplot.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, **subplots)


def model_styles(models: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Give each model its colour, line and marker, in the order given.

    Pass all models of a study, so that one keeps its look in every figure.
    """
    names = list(dict.fromkeys(models))
    return {
        name: {
            "color": COLOURS[i % len(COLOURS)],
            "linestyle": LINES[(i + i // len(COLOURS)) % len(LINES)],
            "marker": MARKERS[i % len(MARKERS)],
        }
        for i, name in enumerate(names)
    }


def hide_unused(axes: np.ndarray, used: int) -> list[Axes]:
    """Blank the panels after the first `used` ones and return these blank panels."""
    rest = list(axes.flat[used:])
    for ax in rest:
        ax.set_axis_off()
    return rest


@styled
def save_figure(figure: Figure, path: Path | str) -> Path:
    """Write a figure as PNG or SVG by its ending, whole or not at all,
    same bytes for the same figure.
    """
    path = Path(path)
    no_date = {"Software": None} if path.suffix == ".png" else {"Date": None}
    engine = figure.get_layout_engine()
    if engine is not None:  # place everything now: savefig would draw the whole figure for it
        engine.execute(figure)
        figure.set_layout_engine(None)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format=path.suffix[1:], metadata=no_date)
    return path


def percent(share: float) -> str:
    """Print a share for a sentence: `62 %`."""
    return f"{100 * share:.0f} %"


def listed(words: Sequence[str]) -> str:
    """Join words for a sentence: `a, b and c`."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last
