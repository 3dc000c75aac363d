"""Size against skill."""

import pandas as pd
from matplotlib.figure import Figure

from fer_core.figures.columns import METRICS, heading
from fer_core.figures.style import COLOURS, MARKERS, new_figure, styled

TRAINED = heading("train")


@styled
def draw_sizes(table: pd.DataFrame, by: str) -> Figure:
    """Draw the models of `fer_core.analysis.model_cards.skill_table`, one mark each, by training
    set."""
    import seaborn  # late: chapters without this figure start faster

    figure, axes = new_figure(1, 1, height=3.6)
    ax = axes[0, 0]
    sets = list(dict.fromkeys(table["train"]))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(sets)}
    markers = {name: MARKERS[i % len(MARKERS)] for i, name in enumerate(sets)}
    look = {"palette": colours, "markers": markers}
    points = table.assign(parameters=table["parameters"] / 1e6).rename(columns={"train": TRAINED})
    seaborn.scatterplot(
        points, x="parameters", y="skill", hue=TRAINED, style=TRAINED, s=60, ax=ax, **look
    )
    ax.set(xlim=(0, None), ylim=(0, 1), xlabel="parameters, millions")
    ax.set_ylabel(f"{METRICS[by]} on other photographs")
    ax.grid(visible=True)
    ax.legend(title=TRAINED, loc="upper left", ncols=3)
    return figure


def describe_sizes(table: pd.DataFrame, by: str) -> str:
    """Say in words what `draw_sizes` shows: the smallest, the largest and the best model."""
    ranked = table.sort_values("skill")
    small, large = (table.loc[table["parameters"].agg(pick)] for pick in ("idxmin", "idxmax"))
    best = ranked.iloc[-1]
    return (
        f"{METRICS[by]} on other photographs against size, {len(table)} models. Smallest: "
        f"{small['model']} ({small['parameters']:,} parameters, {small['skill']:.3f}); largest: "
        f"{large['model']} ({large['parameters']:,}, {large['skill']:.3f}); highest: "
        f"{best['model']}, trained on {best['train']} ({best['skill']:.3f})."
    )
