"""Curves: precision against recall per emotion, and training against validation per epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from fer_core.emotions import EIGHT
from fer_core.errors import FerError
from fer_core.figures.style import FAINT, hide_unused, listed, model_styles, new_figure, styled

BACKED: dict[str, Any] = {"frameon": True, "framealpha": 0.85, "edgecolor": "none"}
PANELS = (("loss", "loss"), ("accuracy", "accuracy"), ("macro_f1", "macro-F1"))


@styled
def draw_pr(
    curves: pd.DataFrame,
    ap: pd.DataFrame,
    train: str,
    test: str,
    models: Sequence[str] | None = None,
) -> Figure:
    """Draw precision against recall of all models trained on `train`,
    one panel per emotion of `test`.

    `curves` and `ap` come from `fer_core.analysis.pr`; `models` fixes the order, and so the look.
    Every seed is one line; the legend of a panel gives average precisions;
    dots mark the base rate.
    """
    curves, ap = _of(curves, train, test), _of(ap, train, test)
    emotions = [emotion for emotion in EIGHT if emotion in set(ap["emotion"])]
    looks = model_styles(models if models is not None else list(ap["model"]))
    looks = {m: {**look, "marker": ""} for m, look in looks.items()}  # hundreds of points
    shown = [model for model in looks if model in set(ap["model"])]
    rows = -(-len(emotions) // 2)
    figure, axes = new_figure(
        rows, 2, height=(0.4 if len(emotions) % 2 else 1.1) + 2.2 * rows, sharex=True, sharey=True
    )
    for ax, emotion in zip(axes.flat, emotions, strict=False):
        lines = curves[curves["emotion"] == emotion]
        _draw_emotion(ax, lines, ap[ap["emotion"] == emotion], shown, looks)
    for ax in axes.flat[max(0, len(emotions) - 2) : len(emotions)]:
        ax.tick_params(labelbottom=True)
    handles = [Line2D([], [], label=model, **looks[model]) for model in shown]
    handles.append(Line2D([], [], color=FAINT, linestyle=":", label="base rate"))
    title = f"trained on {train}, tested on {test}"
    blank = hide_unused(axes, len(emotions))
    if blank:
        blank[0].legend(handles=handles, loc="center", title=title.replace(", ", ",\n"))
    else:
        figure.legend(handles=handles, loc="outside upper center", title=title, ncols=2)
    figure.supxlabel("recall", fontsize=9.5)
    figure.supylabel("precision", fontsize=9.5)
    return figure


def describe_pr(ap: pd.DataFrame, train: str, test: str) -> str:
    """Say in words what `draw_pr` shows: the model that leads and its AP, emotion by emotion."""
    ours = _of(ap, train, test)
    parts = []
    for emotion in [e for e in EIGHT if e in set(ours["emotion"])]:
        rows = ours[ours["emotion"] == emotion].sort_values("ap", ascending=False, kind="stable")
        best, last = rows.iloc[0], rows.iloc[-1]
        text = f"{emotion} {best['ap']:.2f} by {best['model']}"
        parts.append(text if len(rows) == 1 else f"{text} (lowest {last['ap']:.2f})")
    names = listed(list(dict.fromkeys(ours["model"])))
    return (
        f"Precision-recall curves of {names}, trained on {train}, tested on {test}. "
        f"Highest average precision: {'; '.join(parts)}."
    )


@styled
def draw_history(history: pd.DataFrame, title: str = "") -> Figure:
    """Draw loss, accuracy and macro-F1 by epoch, training and validation, kept epoch marked.

    `history` is a run's history.csv: epoch, train_loss, val_loss, …, selected (0 or 1).
    """
    figure, axes = new_figure(3, 1, height=6.0, sharex=True)
    looks = model_styles(["training", "validation"])
    kept = history.loc[history["selected"] == 1, "epoch"]
    for ax, (name, label) in zip(axes[:, 0], PANELS, strict=True):
        for part, prefix in (("training", "train"), ("validation", "val")):
            values = history[f"{prefix}_{name}"]
            ax.plot(history["epoch"], values, label=part, markersize=4, **looks[part])
        _mark_kept(ax, history, kept, f"val_{name}")
        ax.set_ylabel(label)
        ax.grid(True)
        ax.margins(y=0.12)
    axes[0, 0].legend(loc="best")
    axes[0, 0].set_title(title)
    axes[2, 0].set_xlabel("epoch")
    axes[2, 0].set_xlim(history["epoch"].min() - 0.5, history["epoch"].max() + 0.5)
    axes[2, 0].xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    return figure


def describe_history(history: pd.DataFrame, what: str = "") -> str:
    """Say in words what `draw_history` shows: the kept epoch's scores
    and the last epoch's losses.
    """
    last = history.iloc[-1]
    epochs = "1 epoch" if len(history) == 1 else f"{len(history)} epochs"
    text = f"Training curves{' of ' + what if what else ''} over {epochs}."
    kept = history[history["selected"] == 1]
    if len(kept):
        best = kept.iloc[-1]
        text += (
            f" Kept: epoch {best['epoch']:.0f}, validation loss {best['val_loss']:.3f}, accuracy "
            f"{best['val_accuracy']:.3f}, macro-F1 {best['val_macro_f1']:.3f}."
        )
    return (
        f"{text} At the end the training loss is {last['train_loss']:.3f} and the validation loss "
        f"{last['val_loss']:.3f}."
    )


def _draw_emotion(
    ax: Axes,
    curves: pd.DataFrame,
    ap: pd.DataFrame,
    models: Sequence[str],
    looks: Mapping[str, dict[str, Any]],
) -> None:
    scores = dict(zip(ap["model"], ap["ap"], strict=True))
    for model in models:
        for i, (_, line) in enumerate(curves[curves["model"] == model].groupby("seed")):
            label = f"{scores[model]:.3f}" if i == 0 else None
            recall = np.concatenate([[0.0], line["recall"]])
            precision = np.concatenate([line["precision"].iloc[:1], line["precision"]])
            ax.plot(recall, precision, drawstyle="steps-pre", label=label, **looks[model])
    ax.axhline(ap["base_rate"].iloc[0], color=FAINT, linestyle=":", linewidth=1.2)
    ax.set_title(f"{ap['emotion'].iloc[0]}, {ap['positives'].iloc[0]:,} of {ap['n'].iloc[0]:,}")
    ax.set(xlim=(0, 1), ylim=(0, 1.02), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    ax.grid(True)
    place = "lower left" if ap["ap"].max() > 0.55 else "upper right"
    legend = ax.legend(title="AP", loc=place, handlelength=2.4, labelspacing=0.2, **BACKED)
    legend.set_in_layout(False)  # inside the axes: laying out need not measure it


def _of(table: pd.DataFrame, train: str, test: str) -> pd.DataFrame:
    chosen = table[(table["train"] == train) & (table["test"] == test)]
    if chosen.empty:
        known = table[["train", "test"]].drop_duplicates().astype(str)
        pairs = sorted((known["train"] + " × " + known["test"]).tolist())
        raise FerError(f"no run trained on {train} and tested on {test}; there are {listed(pairs)}")
    return chosen


def _mark_kept(ax: Axes, history: pd.DataFrame, kept: pd.Series, column: str) -> None:
    for epoch in kept:
        value = history.loc[history["epoch"] == epoch, column].iloc[0]
        ax.axvline(epoch, color=FAINT, linestyle=":", linewidth=1.2)
        ax.annotate(
            f"kept: {value:.3f}",
            (epoch, value),
            xytext=(-6 if epoch > history["epoch"].mean() else 6, 7),
            textcoords="offset points",
            ha="right" if epoch > history["epoch"].mean() else "left",
            fontsize=9,
        )
