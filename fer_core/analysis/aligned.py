"""The prediction tables of a study's runs, each by itself, and what makes them comparable: the same
images in the same order."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.scores import Run
from fer_core.errors import FerError
from fer_core.predictions import TEST, class_count, probabilities_of
from fer_core.runs import find_runs, keyed_tables, nothing_predicted
from fer_core.study import Study
from fer_core.views import CLEAN

IMAGE = ("sample_id", "emotion")  # the columns that say which image, and its truth


def read_tables(
    study: Study | str, views: Sequence[str] = (CLEAN,), part: str = TEST
) -> dict[Run, pd.DataFrame]:
    """Return what `fer_core.runs.collect` would join, table by table: joining millions of rows to
    take them apart again is slow. Tables of the same images share these columns in memory."""
    found: dict[Run, pd.DataFrame] = {}
    first: dict[str, pd.DataFrame] = {}
    for record in find_runs(study):
        for keys, table in keyed_tables(record, views, part):
            run = Run(**keys)
            like = first.setdefault(run.test, table)
            if same_images(like, table):
                table = table.assign(**{column: like[column] for column in IMAGE})
            found[run] = table
    if not found:
        raise nothing_predicted(study if isinstance(study, str) else study.name, views)
    return found


def most_classes(tables: Mapping[Run, pd.DataFrame]) -> int:
    """Return 8 where contempt is an answer or a truth in any of the tables, else 7."""
    return max(map(class_count, tables.values()))


def same_images(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Say whether two tables have the same images with the same truth, in the same order."""
    return all(one[column].array.equals(other[column].array) for column in IMAGE)


def aligned(tables: Mapping[Run, pd.DataFrame]) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return the first table sorted by sample id and, of every table, the (n, K) probabilities in
    this order; FerError where one is of other images or of another truth."""
    (one, table), *_ = tables.items()
    order = _by_sample(table)
    first, answered = table.iloc[order], []
    for run, other in tables.items():
        at = order
        if not same_images(table, other):  # perhaps in another order
            at = _by_sample(other)
            _require_same_images(one, first, run, other.iloc[at])
        answered.append(probabilities_of(other)[at])
    return first, answered


def _by_sample(table: pd.DataFrame) -> np.ndarray:
    return np.argsort(table["sample_id"].to_numpy(dtype=str), kind="stable")


def _require_same_images(one: Run, first: pd.DataFrame, other: Run, table: pd.DataFrame) -> None:
    for column, what in zip(IMAGE, ("the same images", "the same true emotions"), strict=True):
        mine, theirs = first[column].to_numpy(dtype=str), table[column].to_numpy(dtype=str)
        if not np.array_equal(mine, theirs):
            names = [f"{run.model} × {run.train} × seed {run.seed}" for run in (one, other)]
            raise FerError(
                f"{names[0]} ({len(mine):,} images) and {names[1]} ({len(theirs):,}) were not "
                f"tested on {what} of {one.test}; delete the older run and run it again"
            )
