"""How many images of each emotion a data set has."""

import pandas as pd
from matplotlib.figure import Figure

from fer_core.emotions import classes_of
from fer_core.figures.style import hide_unused, listed, new_figure, percent, styled

SPLITS = {"train": ("#0072B2", ""), "val": ("#56B4E9", "///"), "test": ("#E69F00", "..")}
LABELS = {"train": "training", "val": "validation", "test": "test"}


@styled
def draw_counts(counts: pd.DataFrame) -> Figure:
    """Draw the images per emotion of each data set, split by split, two data sets to a row.

    `counts` is long: dataset, split (train, val, test), emotion, count.
    Bars end with count and share.
    """
    datasets = list(dict.fromkeys(counts["dataset"]))
    columns = min(2, len(datasets))
    rows = -(-len(datasets) // columns)
    figure, axes = new_figure(rows, columns, height=0.35 + 2.3 * rows)
    for i, (ax, dataset) in enumerate(zip(axes.flat, datasets, strict=False)):
        table = _by_split(counts, dataset)
        total, left = table.sum(axis=1), 0 * table.sum(axis=1)
        for split, (colour, hatch) in SPLITS.items():
            bars = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
            ax.barh(list(table.index), table[split], left=left, label=LABELS[split], **bars)
            left = left + table[split]
        for emotion, count in total.items():
            share = count / max(total.sum(), 1)
            ax.annotate(
                f"{count:,.0f} · {percent(share)}" if count else "none",
                (count, emotion),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
        ax.set_xlim(0, max(total.max(), 1) * 1.62)
        ax.set_title(f"{dataset}, n {total.sum():,.0f}")
        ax.set_xticks([])
        ax.invert_yaxis()
        ax.spines["bottom"].set_visible(False)
        if i % columns:
            ax.set_yticklabels([])
        ax.tick_params(length=0)
    hide_unused(axes, len(datasets))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def describe_counts(counts: pd.DataFrame) -> str:
    """Say in words what `draw_counts` shows: size, most and least frequent emotion of each set."""
    parts = []
    for dataset in dict.fromkeys(counts["dataset"]):
        total = _by_split(counts, dataset).sum(axis=1)
        emotions = list(total.index)
        some = total[total > 0]
        text = f"{dataset}: {total.sum():,.0f} images"
        if len(some) and some.max() == some.min():
            text += f", {some.max():,.0f} of each emotion"
        elif len(some):
            text += (
                f", most {some.idxmax()} ({percent(some.max() / total.sum())}), "
                f"least {some.idxmin()} ({some.min():,.0f} images)"
            )
        if len(some) < len(emotions):
            text += f", without {listed([e for e in emotions if e not in some])}"
        parts.append(text)
    return f"Images per emotion. {'; '.join(parts)}."


def _by_split(counts: pd.DataFrame, dataset: str) -> pd.DataFrame:
    mine = counts[counts["dataset"] == dataset]
    wide = mine.pivot_table(index="emotion", columns="split", values="count", aggfunc="sum")
    emotions = classes_of(counts["emotion"])
    return wide.reindex(index=list(emotions), columns=list(SPLITS)).fillna(0)
