"""Confusion matrices: what was shown (rows) and what the model answered (columns)."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fer_core.analysis.leaks import Leaks
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.scores import accuracy, present, recalls
from fer_core.emotions import EIGHT
from fer_core.figures.marks import mark
from fer_core.figures.style import heat, hide_unused, ink_on, listed, new_figure, percent, styled
from fer_core.views import other_view

PER_ROW = 3


@styled
def draw_confusion(confusion: np.ndarray, title: str = "") -> Figure:
    """Draw a (K, K) matrix, rows true: shares of the row in percent, and counts below them; those
    of a mean over seeds have a decimal.

    Emotions that the test set lacks keep their row, grey and empty, so that matrices compare.
    """
    figure, axes = new_figure(1, 1, height=5.2)
    ax = axes[0, 0]
    shares = _shares(confusion)
    filled = present(confusion)[:, None]
    texts = np.where(filled, np.char.mod("%.0f %%\n", 100 * np.nan_to_num(shares)), "")
    digits = 0 if (confusion == np.round(confusion)).all() else 1  # 10 % of 4 images are not 0
    texts = np.char.add(
        texts, np.where(filled, np.vectorize(f"{{:,.{digits}f}}".format)(confusion), "")
    )
    heat(ax, shares)
    _write(ax, shares, texts)
    counts = confusion.sum(axis=1)
    emotions = EIGHT[: len(counts)]
    rows = [f"{name}\nn {n:,.0f}" for name, n in zip(emotions, counts, strict=True)]
    ax.set_xticklabels(emotions, rotation=0)
    ax.set_yticklabels(rows, rotation=0)
    ax.set(title=title, xlabel="answer of the model", ylabel="true emotion")
    return figure


@styled
def draw_confusion_grid(outcomes: Sequence[Outcome], leaks: Leaks | None = None) -> Figure:
    """Draw the matrices of several outcomes of one model, small: shares of the row in percent.

    Three to a row, in the order given. Emotions are cut to two letters; shares under 5 % are
    blank; † marks a test set that shares images with the training set.
    """
    emotions = EIGHT[: len(outcomes[0].confusion)]
    short = [emotion[:2] for emotion in emotions]
    columns = min(PER_ROW, len(outcomes))
    rows = -(-len(outcomes) // columns)
    figure, axes = new_figure(
        rows, columns, height=0.5 + 2.5 * rows, width=max(0.1 + 2.13 * columns, 4.4)
    )
    for ax, outcome in zip(axes.flat, outcomes, strict=False):
        shares = _shares(outcome.confusion)
        texts = np.where(shares >= 0.05, np.char.mod("%.0f", np.nan_to_num(100 * shares)), "")
        heat(ax, shares)
        _write(ax, shares, texts)
        ax.set_xticklabels(short, rotation=0)
        ax.set_yticklabels(short, rotation=0)
        sign = other_view(outcome.key.view) + mark(leaks or {}, [outcome.key.pair])
        ax.set_title(f"{outcome.key.train}\n→ {outcome.key.test}{sign}")
        ax.set_aspect("equal")
    hide_unused(axes, len(outcomes))
    key = [f"{emotion[:2]} {emotion}" for emotion in emotions]
    figure.supxlabel(f"answer of the model\n{', '.join(key)}", fontsize=9)
    figure.supylabel("true emotion", fontsize=9.5)
    return figure


def describe_confusion(confusion: np.ndarray, what: str = "") -> str:
    """Say in words what `draw_confusion` shows: size, accuracy, best,
    worst, largest confusions.
    """
    there = np.flatnonzero(present(confusion))
    recall = recalls(confusion)
    best, worst = there[recall[there].argmax()], there[recall[there].argmin()]
    shares = np.nan_to_num(_shares(confusion))
    np.fill_diagonal(shares, 0)
    largest = [
        divmod(int(cell), len(shares)) for cell in np.argsort(-shares, axis=None, kind="stable")[:3]
    ]
    mixed = [
        f"{EIGHT[i]} taken for {EIGHT[j]} ({percent(shares[i, j])})"
        for i, j in largest
        if shares[i, j] > 0
    ]
    text = (
        f"Confusion matrix{' of ' + what if what else ''}: {confusion.sum():,.0f} images, "
        f"{len(there)} of {len(shares)} emotions, accuracy {percent(float(accuracy(confusion)))}. "
        f"Best recognised: {EIGHT[best]} ({percent(recall[best])}); "
        f"worst: {EIGHT[worst]} ({percent(recall[worst])})."
    )
    return f"{text} Largest confusions: {listed(mixed)}." if mixed else text


def describe_confusion_grid(outcomes: Sequence[Outcome]) -> str:
    """Say in words what `draw_confusion_grid` shows: accuracy and worst emotion of each matrix."""
    parts = []
    for outcome in outcomes:
        recall = recalls(outcome.confusion)
        worst = int(np.nanargmin(recall))
        parts.append(
            f"{outcome.key.train} to {outcome.key.test}{other_view(outcome.key.view)}: accuracy "
            f"{percent(float(accuracy(outcome.confusion)))}, worst {EIGHT[worst]} "
            f"({percent(recall[worst])})"
        )
    models = listed(list(dict.fromkeys(outcome.key.model for outcome in outcomes)))
    return (
        f"{len(outcomes)} confusion matrices of {models}, training set to test set. "
        + "; ".join(parts)
        + "."
    )


def _shares(confusion: np.ndarray) -> np.ndarray:
    totals = confusion.sum(axis=1, keepdims=True)
    return np.divide(confusion, totals, out=np.full(confusion.shape, np.nan), where=totals > 0)


def _write(ax: Axes, shares: np.ndarray, texts: np.ndarray) -> None:
    for (y, x), text in np.ndenumerate(texts):
        ax.text(
            x + 0.5,
            y + 0.5,
            text,
            ha="center",
            va="center",
            size=9,
            color=ink_on(float(shares[y, x])),
            in_layout=False,  # inside the axes: laying out need not measure it
        )
