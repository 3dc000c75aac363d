"""What each method gains over plain training: marks with whiskers, and the band of a point."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from fer_core.analysis.beyond import MARGIN, MEAN
from fer_core.analysis.kinds import OTHER
from fer_core.figures.columns import METRICS
from fer_core.figures.style import COLOURS, FAINT, MARKERS, new_figure, styled
from fer_core.figures.tables import interval_text

ROW = 0.42  # inches


@styled
def draw_gains(table: pd.DataFrame) -> Figure:
    """Draw the methods of `fer_core.analysis.beyond.gains`, a row each: the mean of the tests of
    other photographs with its interval, and each of these tests as a small mark."""
    means = table[table["test"] == MEAN]
    methods = list(means["method"])
    tests = table[(table["kind"] == OTHER) & (table["test"] != MEAN)]
    figure, axes = new_figure(1, 1, height=1.5 + ROW * len(methods))
    ax = axes[0, 0]
    ax.axvspan(-MARGIN, MARGIN, color="#e6e6e6", label="a point either way")
    ax.axvline(0, color=FAINT, linewidth=1)
    places = range(len(methods))
    whiskers = [
        means["difference"] - means["difference_lo"],
        means["difference_hi"] - means["difference"],
    ]
    look = {"color": COLOURS[0], "marker": "o", "linestyle": "none", "capsize": 3}
    ax.errorbar(means["difference"], places, xerr=whiskers, label="mean", markersize=6, **look)
    for i, (test, mine) in enumerate(tests.groupby("test", sort=False), 1):
        at = [methods.index(method) for method in mine["method"]]
        look = {"marker": MARKERS[i % len(MARKERS)], "color": COLOURS[i % len(COLOURS)]}
        ax.scatter(mine["difference"], at, s=16, label=f"tested on {test}", **look)
    ax.set_yticks(places, methods)
    ax.set_ylim(len(methods) - 0.5, -0.5)
    ax.set_xlabel(f"{METRICS['macro_f1']} of the method minus that of ERM")
    ax.grid(visible=True, axis="x")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def describe_gains(table: pd.DataFrame) -> str:
    """Say in words what `draw_gains` shows."""
    means = table[table["test"] == MEAN].to_dict("records")
    told = [f"{row['method']} {_interval(row)} ({row['verdict']})" for row in means]
    return (
        f"{METRICS['macro_f1']} of each method minus that of ERM, the mean of the tests of other "
        f"photographs with 95 % intervals, and a band of {MARGIN:g} either way: {'; '.join(told)}."
    )


def _interval(row: Mapping[Hashable, Any]) -> str:
    return interval_text(row["difference"], row["difference_lo"], row["difference_hi"])
