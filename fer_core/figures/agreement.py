"""How far panels of raters agree: two marks with whiskers for each."""

import pandas as pd
from matplotlib.figure import Figure

from fer_core.figures.style import COLOURS, FAINT, new_figure, styled
from fer_core.figures.tables import interval_text

ROW = 0.3  # inches
DRAWN = {"alpha": "alpha", "given_label": "given the label"}


@styled
def draw_agreement(table: pd.DataFrame) -> Figure:
    """Draw Krippendorff's alpha of each panel of `fer_core.analysis.agreement_tables`, a row each,
    as it is and given the label."""
    figure, axes = new_figure(1, 1, height=1.3 + ROW * len(table))
    ax, places = axes[0, 0], range(len(table))
    ax.axvline(0, color=FAINT, linewidth=1)
    for i, (measure, label) in enumerate(DRAWN.items()):
        value = table[measure]
        whiskers = [value - table[f"{measure}_lo"], table[f"{measure}_hi"] - value]
        look = {"color": COLOURS[i], "marker": "os"[i], "linestyle": "none", "capsize": 2}
        fill = COLOURS[i] if i == 0 else "white"
        at = [place + 0.24 * (i - 0.5) for place in places]
        ax.errorbar(value, at, xerr=whiskers, label=label, markersize=5, mfc=fill, **look)
    names = zip(table["test"], table["panel"], strict=True)
    ax.set_yticks(places, [f"{test}: {panel}" for test, panel in names])
    for place in places[1:]:
        if table["test"].iloc[place] != table["test"].iloc[place - 1]:
            ax.axhline(place - 0.5, color=FAINT, linewidth=0.6)
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlabel("Krippendorff's alpha")
    ax.grid(visible=True, axis="x")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def describe_agreement(table: pd.DataFrame) -> str:
    """Say in words what `draw_agreement` shows."""
    told = [
        f"{row['test']}, {row['panel']}: "
        + ", ".join(
            f"{label} {interval_text(row[name], row[f'{name}_lo'], row[f'{name}_hi'])}"
            for name, label in DRAWN.items()
        )
        for row in table.to_dict("records")
    ]
    return f"Agreement of panels with 95 % intervals. {'; '.join(told)}."
