"""The Grad-CAM grids of a study's runs: which there are, and those of single images."""

import numpy as np
import pandas as pd

from fer_core.emotions import EIGHT
from fer_core.errors import FerError
from fer_core.heat_maps import COLUMNS, CORRECT, MEAN, WRONG
from fer_core.parquet_files import read_parquet
from fer_core.runs import find_runs
from fer_core.study import Cell, Study


def read_grids(study: Study | str) -> pd.DataFrame:
    """Return the Grad-CAM grids of all runs: model, train, seed, test, sample_id, emotion,
    predicted, rule and grid as a (height, width) array. Empty when no run has any.
    """
    again = f"run: fer studies explain {study if isinstance(study, str) else study.name}"
    parts = [pd.DataFrame(columns=["model", "train", "seed", "test", "rule", "grid"])]
    for record in find_runs(study):
        path = record.folder / "cam.parquet"
        if path.is_file():
            part = read_parquet(path, COLUMNS, again)
            shapes = zip(part["grid"], part["height"], part["width"], strict=True)
            try:
                arrays = [np.asarray(grid).reshape(h, w) for grid, h, w in shapes]
            except (TypeError, ValueError) as error:
                raise FerError(f"{path} holds no grids; {again}") from error
            grids = pd.Series(arrays, index=part.index, dtype=object)
            parts.append(part.assign(grid=grids, **record.cell._asdict()))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def lower_table(grids: pd.DataFrame) -> pd.DataFrame:
    """Return one row per run × test set and a column per emotion: the share of the mean heat map
    that lies in the lower half of the picture; NaN of a map that is zero everywhere."""
    means = grids[grids["rule"].str.startswith(MEAN)]
    shares = means.assign(lower=means["grid"].map(lower_share).astype(float))
    axes = ["model", "train", "seed", "test"]
    table = shares.pivot_table("lower", axes, "emotion", sort=False, dropna=False)
    table = table.dropna(how="all").rename_axis(columns=None)
    return table[[name for name in EIGHT if name in table]].reset_index()


def lower_share(grid: np.ndarray) -> float:
    """Return the share of a heat map that lies in the lower half of the picture; of an odd number
    of rows the middle one counts half. NaN of a map that is zero everywhere."""
    rows = grid.sum(axis=1, dtype=float)
    half = len(rows) // 2
    middle = rows[half] / 2 if len(rows) % 2 else 0.0
    return float((rows[len(rows) - half :].sum() + middle) / rows.sum()) if rows.any() else np.nan


def single_grids(grids: pd.DataFrame, cell: Cell, test: str) -> pd.DataFrame:
    """Return the rows of one run about single images: the first correct and first wrong ones."""
    mine = _of(grids, cell, test)
    mine = mine[mine["rule"].isin([CORRECT, WRONG])].reset_index(drop=True)
    titles = zip(mine["emotion"], mine["predicted"], mine["rule"], strict=True)
    return mine.assign(title=[e if r == CORRECT else f"{e}, answer {p}" for e, p, r in titles])


def pairs_to_show(grids: pd.DataFrame) -> list[tuple[Cell, str]]:
    """Return the first seed of each model × training set, with its in-domain test set if it has
    grids there, else with the first test set that has.
    """
    shown: dict[tuple[str, str], tuple[Cell, str]] = {}
    every = grids[["model", "train", "seed", "test"]].drop_duplicates()
    for model, train, seed, test in every.itertuples(index=False):
        first, _ = shown.setdefault((model, train), (Cell(model, train, int(seed)), str(test)))
        if test == train:
            shown[model, train] = first, train
    return list(shown.values())


def _of(grids: pd.DataFrame, cell: Cell, test: str) -> pd.DataFrame:
    keys = {**cell._asdict(), "test": test}
    return grids[np.logical_and.reduce([grids[name] == value for name, value in keys.items()])]
