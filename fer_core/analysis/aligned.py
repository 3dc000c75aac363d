"""The prediction tables of a study's runs, each by itself, and what makes them comparable: the same
images in the same order."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.scores import Run
from fer_core.emotions import CONTEMPT, EIGHT, EMOTIONS
from fer_core.errors import FerError
from fer_core.predictions import IMAGE, TEST, Answers, AnswersReader
from fer_core.runs import find_runs, keyed, nothing_predicted
from fer_core.study import Study
from fer_core.views import CLEAN

Tables = Mapping[Run, Answers]


def read_tables(
    study: Study | str, views: Sequence[str] = (CLEAN,), part: str = TEST
) -> dict[Run, Answers]:
    """Return what `fer_core.runs.collect` would join, table by table: joining millions of rows to
    take them apart again is slow. Tables of the same images share these in memory."""
    found: dict[Run, Answers] = {}
    read = AnswersReader().read
    for record in find_runs(study):
        for keys, table in keyed(record, views, part, read):
            found[Run(**keys)] = table
    if not found:
        raise nothing_predicted(study if isinstance(study, str) else study.name, views)
    return found


def most_classes(tables: Tables) -> int:
    """Return 8 where contempt is an answer or a truth in any of the tables, else 7."""
    if any(table.probabilities.shape[1] == len(EIGHT) for table in tables.values()):
        return len(EIGHT)
    images = {id(table.images): table.images for table in tables.values()}
    truths = (table["emotion"] for table in images.values())
    return len(EIGHT) if any((truth == CONTEMPT).any() for truth in truths) else len(EMOTIONS)


def same_images(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Say whether two tables have the same images with the same truth, in the same order."""
    return one is other or all(one[column].array.equals(other[column].array) for column in IMAGE)


def aligned(tables: Tables) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return the images of the first table sorted by sample id and, of every table, the (n, K)
    probabilities in this order; FerError where one is of other images or of another truth."""
    (one, (images, _)), *_ = tables.items()
    order = _by_sample(images)
    first, answered = images.iloc[order], []
    for run, (others, probabilities) in tables.items():
        at = order
        if not same_images(images, others):  # perhaps in another order
            at = _by_sample(others)
            _require_same_images(one, first, run, others.iloc[at])
        answered.append(probabilities[at])
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
