"""A search: its scores trial by trial, and against each setting."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fer_core.figures.style import COLOURS, FAINT, INK, hide_unused, new_figure, styled
from fer_core.search_files import Values

IN_USE = 0
# Trials that were given up are open, so that they are told apart in grey too.
LOOKS: dict[str, dict[str, Any]] = {
    "complete": {"marker": "o", "color": COLOURS[0], "s": 26},
    "pruned": {"marker": "v", "facecolors": "none", "edgecolors": COLOURS[1], "s": 26},
}
OF_USE: dict[str, Any] = {"marker": "D", "color": INK, "s": 34}


@styled
def draw_trials(table: pd.DataFrame, measure: str) -> Figure:
    """Draw the score of each trial by its number, of `fer_core.analysis.searches.trial_scores`, the
    best complete one so far as a line, and the recipe in use."""
    figure, axes = new_figure(1, 1, height=3.2)
    ax = axes[0, 0]
    so_far = table.dropna(subset=["best_so_far"])
    ax.step(so_far["trial"], so_far["best_so_far"], where="post", color=FAINT, label="best so far")
    _mark(ax, table, table["trial"])
    ax.set_xlabel("trial")
    ax.set_ylabel(f"validation {measure}")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(visible=True, axis="y")
    figure.legend(loc="outside upper center", ncols=4)
    return figure


def describe_trials(table: pd.DataFrame, measure: str) -> str:
    """Say in words what `draw_trials` shows."""
    complete = table[table["state"] == "complete"]
    rises = complete[complete["best_so_far"] != complete["best_so_far"].shift()]
    told = ", ".join(
        f"{score:.3f} at trial {trial}"
        for trial, score in zip(rises["trial"], rises["best_so_far"], strict=True)
    )
    pruned = int((table["state"] == "pruned").sum())
    return (
        f"Validation {measure} of {len(table)} trials, {len(complete)} complete and {pruned} given "
        f"up; trial 0 is the recipe in use. Best so far: {told}."
    )


@styled
def draw_slices(table: pd.DataFrame, space: Mapping[str, Values], measure: str) -> Figure:
    """Draw the score of each trial against each of its settings, a panel each."""
    rows = -(-len(space) // 2)
    figure, axes = new_figure(rows, 2, height=0.5 + 2.2 * rows, sharey=True)
    for ax, (place, values) in zip(axes.flat, space.items(), strict=False):
        if values.choices:
            names = [str(choice) for choice in values.choices]
            shown = table.assign(at=table[place].map(str))
            names += [own for own in shown["at"] if own not in names]
            _mark(ax, shown, shown["at"].map(names.index))
            ax.set_xticks(range(len(names)), names)
            ax.set_xlim(-0.5, len(names) - 0.5)
        else:
            _mark(ax, table, pd.to_numeric(table[place]))
            if values.log:
                ax.set_xscale("log")
                ax.xaxis.set_major_formatter("{x:g}")  # powers of ten would be set as mathematics
                ax.xaxis.set_minor_formatter("")
        ax.set_xlabel(place)
        ax.grid(visible=True, axis="y")
    hide_unused(axes, len(space))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    figure.supylabel(f"validation {measure}", fontsize=9.5)
    return figure


def describe_slices(table: pd.DataFrame, space: Mapping[str, Values], measure: str) -> str:
    """Say in words what `draw_slices` shows: each setting of the best and of the worst complete
    trials."""
    complete = table[(table["state"] == "complete") & (table["trial"] != IN_USE)]
    ordered = complete.sort_values("score", ascending=measure == "loss", kind="stable")
    few = max(1, len(ordered) // 3)
    told = [
        f"{place} {_span(ordered[place].head(few))} in the best third, "
        f"{_span(ordered[place].tail(few))} in the worst"
        for place in space
    ]
    return f"Validation {measure} against each setting. Of complete trials: {'; '.join(told)}."


def shown_value(value: object) -> str:
    """Print a value of a setting: numbers to three digits."""
    number = isinstance(value, float) and not isinstance(value, bool)
    return f"{value:.3g}" if number else str(value)


def _span(values: pd.Series) -> str:
    if not pd.api.types.is_numeric_dtype(values):
        return " or ".join(dict.fromkeys(map(shown_value, values)))
    return f"{shown_value(values.min())} to {shown_value(values.max())}"


def _mark(ax: Axes, table: pd.DataFrame, at: pd.Series) -> None:
    for state, look in LOOKS.items():
        mine = (table["state"] == state) & (table["trial"] != IN_USE)
        label = {"pruned": "given up"}.get(state, state)
        ax.scatter(at[mine], table.loc[mine, "score"], label=label, zorder=3, **look)
    own = table["trial"] == IN_USE
    ax.scatter(at[own], table.loc[own, "score"], label="recipe in use", zorder=4, **OF_USE)
