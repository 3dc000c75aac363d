"""The models of a study as something to take away."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fer_core.book.prose.markdown import Linked
from fer_core.book.prose.words import counted
from fer_core.emotions import EIGHT
from fer_core.figures.columns import heading
from fer_core.figures.tables import NONE

SHADES = 10


def about_use(cards: pd.DataFrame, first: Mapping[str, str], study: str) -> str:
    """Say how many models there are, and how the one is made again that validation ranks first on
    the training set of the most runs, as two commands. `first`: the model of each training set."""
    models = len(cards[["model", "train"]].drop_duplicates())
    train = cards["train"].value_counts().index[0]
    mine = cards[(cards["train"] == train) & (cards["model"] == first[train])]
    cell = mine.sort_values("seed").iloc[0]
    names = f"--model {cell['model']} --train {cell['train']} --seed {cell['seed']}"
    folder = f"results/{study}/{cell['model']}/{cell['train']}/seed{cell['seed']}"
    return (
        f"{counted(models, 'trained model')} in {counted(len(cards), 'run')}. A run is made again, "
        f"and its weights looked at, by\n\n```bash\nfer run --study {study} {names}\n"
        f"fer weights {folder}/model.safetensors\n```"
    )


def shown_first(ranked: Mapping[str, Sequence[str]], cards: pd.DataFrame, most: int) -> list[str]:
    """Return the models whose cards fit into `most` trained models, in the order of validation on
    the training set of the most runs. `ranked`: of `ranked_models` of `fer_core.analysis`."""
    counts = cards["train"].value_counts()
    models = dict.fromkeys(model for train in counts.index for model in ranked.get(train, ()))
    sizes = cards.groupby("model")["train"].nunique()
    ends = sizes.loc[list(models)].cumsum()
    return [model for model in models if ends[model] <= max(most, ends.iloc[0])]


def about_more(order: Sequence[str], cards: pd.DataFrame) -> str:
    """Say how many models have no card on the page; "" where each has one."""
    left = cards["model"].nunique() - len(order)
    return f"In the file alone: {counted(left, 'more model')}." if left else ""


def shown_recalls(table: pd.DataFrame, pages: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Return recalls as shares with two digits, shaded, each with the page of its run."""
    emotions = [emotion for emotion in EIGHT if emotion in table]
    shown = table[["model", "train", "kind", "cells"]].rename(columns=heading)
    for emotion in emotions:
        cells = [
            _cell(row[emotion], pages.get((row["model"], row["train"]), ""))
            for row in table.to_dict("records")
        ]
        shown[emotion] = pd.Series(cells, index=table.index, dtype=object)
    return shown


def _cell(share: float, page: str) -> Linked:
    if pd.isna(share):
        return Linked(NONE)
    return Linked(f"{share:.2f}", page, min(int(share * SHADES), SHADES))
