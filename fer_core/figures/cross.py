"""The train × test heat map of one model."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fer_core.analysis.kinds import NOT_AUDITED, kinds_in
from fer_core.analysis.leaks import Leaks
from fer_core.emotions import classes_of
from fer_core.errors import unknown
from fer_core.figures.marks import MARK, NO_BETTER, mark, no_better
from fer_core.figures.style import INK, WIDTH, heat, ink_on, listed, new_figure, styled
from fer_core.figures.tables import SHOWN
from fer_core.views import CLEAN, other_view

TITLES = {"accuracy": "accuracy", "macro_f1": "macro-F1"}


@styled
def draw_cross(
    table: pd.DataFrame,
    model: str,
    metric: str = "accuracy",
    leaks: Leaks | None = None,
    view: str = CLEAN,
) -> Figure:
    """Draw one model of a cross table in one view: value, 95 % interval and n in each cell,
    rows training sets.

    The in-domain cell is framed; test sets with fewer emotions say so under their name; a
    cell without numbers shows its state; † marks a cell whose pair is in `leaks`, ‡ one that does
    not beat the constant answer.
    """
    mine, values = _matrix(table, model, metric, view)
    trains, tests = list(values.index), list(values.columns)
    width = max(WIDTH, 1.2 + 1.07 * len(tests))
    figure, axes = new_figure(1, 1, height=1.1 + 0.72 * len(trains), width=width)
    ax = axes[0, 0]
    heat(ax, values.to_numpy(float))
    for row in mine.to_dict("records"):
        sign = mark(leaks or {}, [(row["train"], row["test"])])
        sign += f" {NO_BETTER}" if no_better(row, metric) else ""
        _write_cell(ax, tests.index(row["test"]), trains.index(row["train"]), row, metric, sign)
    partial = _partial(mine)
    names = [f"{test}\nonly {partial[test]}" if test in partial else test for test in tests]
    ax.set_xticklabels(names, rotation=0)
    ax.set_yticklabels(trains, rotation=0)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    title = f"{model} ({_seeds(mine)}): {TITLES.get(metric, metric)} on test set{other_view(view)}"
    ax.set(xlabel=title, ylabel="trained on")
    return figure


def describe_cross(
    table: pd.DataFrame,
    model: str,
    metric: str = "accuracy",
    leaks: Leaks | None = None,
    view: str = CLEAN,
) -> str:
    """Say in words what `draw_cross` shows: range, means by kind of test, partial,
    missing and marked cells.
    """
    mine, values = _matrix(table, model, metric, view)
    done = mine[mine["state"].isin(SHOWN)]
    title = TITLES.get(metric, metric)
    size = f"{len(values)} training sets by {values.shape[1]} test sets"
    parts = [f"{title[0].upper()}{title[1:]} of {model}{other_view(view)}, {size}."]
    if len(done):
        ranked = done.sort_values(metric, ascending=False, kind="stable")
        best, worst = ranked.iloc[0], ranked.iloc[-1]
        parts.append(
            f"Highest {best[metric]:.3f} ({best['train']} to {best['test']}), "
            f"lowest {worst[metric]:.3f} ({worst['train']} to {worst['test']})."
        )
        means = [
            f"mean {kind} {done.loc[done['kind'] == kind, metric].mean():.3f}"
            for kind in kinds_in(done["kind"])
            if kind != NOT_AUDITED
        ]
        parts += [f"{'; '.join(means).capitalize()}."] if means else []
    partial = [f"{test} ({count} emotions)" for test, count in _partial(mine).items()]
    if partial:
        parts.append(f"Partial test sets: {listed(partial)}.")
    holes = mine[~mine["state"].isin(SHOWN)]
    if len(holes):
        names = [f"{r['train']} to {r['test']} ({r['state']})" for r in holes.to_dict("records")]
        parts.append(f"Without numbers: {listed(names)}.")
    pairs = zip(done["train"], done["test"], strict=True)
    leaky = [f"{train} to {test}" for train, test in pairs if (train, test) in (leaks or {})]
    if leaky:
        parts.append(f"Marked {MARK}: {listed(leaky)}.")
    beaten = [
        f"{r['train']} to {r['test']}" for r in done.to_dict("records") if no_better(r, metric)
    ]
    if beaten:
        parts.append(f"Not better than the constant answer ({NO_BETTER}): {listed(beaten)}.")
    return " ".join(parts)


def _matrix(
    table: pd.DataFrame, model: str, metric: str, view: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    mine = table[table["model"] == model]
    if mine.empty:
        raise unknown("model", model, table["model"])
    mine = mine[mine["view"] == view]
    if mine.empty:
        raise unknown("view", view, table["view"])
    if metric not in table:
        raise unknown("score", metric, TITLES)
    values = mine.pivot(index="train", columns="test", values=metric)
    order = list(dict.fromkeys(mine["train"])), list(dict.fromkeys(mine["test"]))
    return mine, values.loc[order]


def _partial(mine: pd.DataFrame) -> dict[str, str]:
    """Return the test sets that lack emotions, as {"london": "2 of 7"}."""
    known = mine.dropna(subset=["classes"])
    names: dict[str, set[str]] = {}
    for test, classes in zip(known["test"], known["classes"], strict=True):
        names.setdefault(test, set()).update(classes.split())
    whole = len(classes_of(set().union(*names.values())))
    return {test: f"{len(some)} of {whole}" for test, some in names.items() if len(some) < whole}


def _seeds(mine: pd.DataFrame) -> str:
    counts = sorted(set(mine["seeds"].dropna().astype(int)))
    if len(counts) > 1:
        return f"means of {counts[0]} to {counts[-1]} seeds"
    return f"means of {counts[0]} seeds" if counts and counts[0] > 1 else "single seed"


def _write_cell(ax: Axes, x: int, y: int, row: dict[Hashable, Any], metric: str, sign: str) -> None:
    middle: dict[str, Any] = {"ha": "center", "va": "center", "color": ink_on(row[metric])}
    if row["state"] in SHOWN:
        lo, hi = row[f"{metric}_lo"], row[f"{metric}_hi"]
        ax.text(x + 0.5, y + 0.24, f"{row[metric]:.3f}{sign}", size=11, weight="bold", **middle)
        ax.text(x + 0.5, y + 0.63, f"{lo:.3f}–{hi:.3f}\nn {row['n']:,.0f}", size=9, **middle)
    else:
        ax.text(x + 0.5, y + 0.5, str(row["state"]), size=9, **middle)
    if row["train"] == row["test"]:
        ax.add_patch(Rectangle((x + 0.03, y + 0.03), 0.94, 0.94, fill=False, ec=INK, lw=2.2))
