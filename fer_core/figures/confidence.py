"""How often answers of a confidence are right: reliability diagrams, one panel per model."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from fer_core.figures.style import FAINT, hide_unused, model_styles, new_figure, styled

COLUMNS = 2
Diagrams = Mapping[str, Mapping[str, pd.DataFrame]]  # of a model, by test set


@styled
def draw_reliability(diagrams: Diagrams) -> Figure:
    """Draw the diagrams of `fer_core.analysis.confidence.reliability`: a panel per model, a line
    per test set, and the diagonal of perfect calibration."""
    rows = -(-len(diagrams) // COLUMNS)
    figure, axes = new_figure(rows, min(COLUMNS, len(diagrams)), height=0.9 + 2.6 * rows)
    tests = dict.fromkeys(test for lines in diagrams.values() for test in lines)
    looks = model_styles([*tests])
    for ax, (model, lines) in zip(axes.flat, diagrams.items(), strict=False):
        ax.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
        for test, line in lines.items():
            ax.plot(line["confidence"], line["accuracy"], label=test, markersize=3.5, **looks[test])
            lo, hi = line["accuracy_lo"], line["accuracy_hi"]
            ax.fill_between(line["confidence"], lo, hi, alpha=0.15, color=looks[test]["color"])
        ax.set_title(model)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ax.set_xlabel("confidence")
        ax.set_ylabel("share that is right")
        ax.grid(True)
    hide_unused(axes, len(diagrams))
    handles = {
        label: handle
        for ax in axes.flat
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=2)
    return figure


def describe_reliability(diagrams: Diagrams) -> str:
    """Say in words what `draw_reliability` shows: the most confident tenth or so of each line."""
    told = []
    for model, lines in diagrams.items():
        for test, line in lines.items():
            top = line.iloc[-1]
            told.append(
                f"{model} on {test}: of {top['n']:,.0f} answers of confidence "
                f"{top['confidence']:.2f}, {top['accuracy']:.2f} are right"
            )
    return f"Share of right answers by confidence. The surest answers of each: {'; '.join(told)}."
