"""What one change does to a score: a mark with whiskers for each pair and kind of test."""

from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure

from fer_core.analysis.kinds import kinds_in
from fer_core.figures.columns import METRICS
from fer_core.figures.style import COLOURS, FAINT, MARKERS, new_figure, styled
from fer_core.figures.tables import interval_text

ROW = 1.1  # inches


@styled
def draw_contrasts(means: pd.DataFrame, cells: pd.DataFrame, by: str) -> Figure:
    """Draw the pairs of `fer_core.analysis.contrasts.model_means`, a row each: the mean of each
    kind of test with its interval, and its cells, of `model_cells`, as small marks."""
    pairs = list(dict.fromkeys(zip(means["model"], means["other"], strict=True)))
    kinds = kinds_in(means["kind"])
    figure, axes = new_figure(1, 1, height=1.2 + ROW * len(pairs))
    ax, score = axes[0, 0], f"difference_{by}"
    ax.axvline(0, color=FAINT, linewidth=1)
    for i, kind in enumerate(kinds):
        colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
        off = 0.6 * ((i + 0.5) / len(kinds) - 0.5)
        single = cells[cells["kind"] == kind]
        places = [pairs.index(pair) + off for pair in _pairs(single)]
        ax.scatter(single[score], places, s=8, marker=marker, color=colour, alpha=0.45)
        mine = means[means["kind"] == kind]
        places = [pairs.index(pair) + off for pair in _pairs(mine)]
        whiskers = [mine[score] - mine[f"{score}_lo"], mine[f"{score}_hi"] - mine[score]]
        look = {"color": colour, "marker": marker, "linestyle": "none", "capsize": 3}
        ax.errorbar(mine[score], places, xerr=whiskers, label=kind, markersize=6, **look)
    ax.set_yticks(
        range(len(pairs)), [f"{fill(one, 20)}\nminus\n{fill(other, 20)}" for one, other in pairs]
    )
    ax.set_ylim(len(pairs) - 0.5, -0.5)
    ax.set_xlabel(f"difference of {METRICS[by]}")
    ax.grid(visible=True, axis="x")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def describe_contrasts(means: pd.DataFrame, by: str) -> str:
    """Say in words what `draw_contrasts` shows."""
    score = f"difference_{by}"
    told = [
        f"{row['model']} minus {row['other']}, {row['kind']}: "
        f"{interval_text(row[score], row[f'{score}_lo'], row[f'{score}_hi'])}"
        for row in means.to_dict("records")
    ]
    return f"Differences of {METRICS[by]} with 95 % intervals. {'; '.join(told)}."


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["model"], rows["other"], strict=True))
