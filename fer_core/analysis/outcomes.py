"""Outcomes: every model × train × test × view of a study with its matrices and their bootstrap
replicates.

Computed once (`outcomes(collect("open"))`) and handed to every table, so that all intervals of a
study come from the same draws and differences on the same test images are paired.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd

from fer_core.analysis.intervals import (
    DRAWS,
    Estimate,
    bootstrap_estimate,
    bootstrap_images,
    clipped,
    join,
    seed_margin,
    wilson,
)
from fer_core.analysis.scores import (
    Run,
    accuracy,
    class_names,
    confusion_matrix,
    each_run,
    emotion_codes,
    macro_f1,
    predicted_codes,
    restrict,
)
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.predictions import TEST, VALIDATION, answers, class_count
from fer_core.views import CLEAN

METRICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
}


class Key(NamedTuple):
    """A cell of the train × test matrix of one model in one view; axes as those of `Run`."""

    model: str
    train: str
    test: str
    view: str = CLEAN
    part: str = TEST
    source: str = ""

    @classmethod
    def of(cls, run: Run) -> "Key":
        """Return the cell of a run: the same for all its seeds."""
        return cls(*(getattr(run, axis) for axis in cls._fields))

    @property
    def pair(self) -> tuple[str, str]:
        """Training set and test set."""
        return self.train, self.test

    @property
    def cell(self) -> dict[str, object]:
        """The columns that tables of whole test sets have for it."""
        return {axis: getattr(self, axis) for axis in ("model", "train", "test", "view")}


@dataclass(frozen=True)
class Outcome:
    """What S seeds of one model, trained on one set, did on one test set of n images."""

    key: Key
    seeds: tuple[int, ...]
    confusions: np.ndarray  # (S, K, K) counts, K = 7, or 8 in a study that keeps contempt
    replicates: np.ndarray  # (draws, S, K, K) counts
    answers: int = len(EMOTIONS)  # how many emotions the model tells apart
    images: str = ""  # the same for outcomes on the same images, whose draws are then paired

    @property
    def n(self) -> int:
        """Number of test images."""
        return int(self.confusions[0].sum())

    @property
    def classes(self) -> str:
        """The emotions in the truth, with spaces between."""
        return class_names(self.confusions[0])

    @property
    def confusion(self) -> np.ndarray:
        """Mean matrix over seeds, (K, K): its rows sum to the emotions' counts."""
        return self.confusions.mean(axis=0)

    def estimate(self, metric: str) -> Estimate:
        """Return the mean over seeds of accuracy (Wilson) or macro_f1 (bootstrap) and its
        interval.
        """
        values = METRICS[metric](self.confusions)
        if metric == "accuracy":
            lo, hi = wilson(values.mean() * self.n, np.array(self.n))
            return clipped(join(values.mean(), float(lo), float(hi), seed_margin(values)))
        replicates = METRICS[metric](self.replicates).mean(axis=1)
        return clipped(bootstrap_estimate(values.mean(), replicates, values))


def outcomes(predictions: pd.DataFrame, draws: int = DRAWS, seed: int = 0) -> dict[Key, Outcome]:
    """Return the outcomes of a long table of predictions (as `fer_core.runs.collect` gives), in
    its order.

    All runs of a test set must have predicted the same images with the same truth, in every view;
    the order of the rows does not matter. The draws depend on `seed` and the name of the images
    alone (`images_name`), so views are compared on the same draws.
    """
    if predictions.empty:
        raise FerError("there are no predictions to score; run the study first (`fer run`)")
    tables = {run: _by_sample(table) for run, table in each_run(predictions)}
    found: dict[Key, Outcome] = {}
    for name in dict.fromkeys(map(images_name, tables)):
        found |= _outcomes_of_images(
            {run: table for run, table in tables.items() if images_name(run) == name},
            draws,
            [seed, crc32(name.encode())],
            class_count(predictions),
        )
    order = dict.fromkeys(map(Key.of, tables))
    return {key: found[key] for key in order}


def images_name(run: Run) -> str:
    """Name the images of a run, in every view: the seed of their bootstrap draws, and so a part of
    every interval. Do not rename."""
    if run.part == VALIDATION:
        return f"{run.test} {VALIDATION}"
    return f"{run.test}/{run.source}" if run.source else run.test


def _by_sample(table: pd.DataFrame) -> pd.DataFrame:
    order = np.argsort(table["sample_id"].to_numpy(dtype=str), kind="stable")
    return table.iloc[order]


def _outcomes_of_images(
    tables: dict[Run, pd.DataFrame], draws: int, seed: list[int], classes: int
) -> dict[Key, Outcome]:
    runs = list(tables)
    first = tables[runs[0]]
    for run in runs:
        _require_same_images(runs[0], first, run, tables[run])
    truth = emotion_codes(first["emotion"])
    predicted = np.stack([predicted_codes(tables[run]) for run in runs])
    replicates = bootstrap_images(truth, predicted, seed, draws, classes)
    known = [len(answers(tables[run])) for run in runs]
    images = sha256("\n".join(map(str, first["sample_id"])).encode()).hexdigest()
    found = {}
    for key in dict.fromkeys(map(Key.of, runs)):
        mine = sorted((run.seed, i) for i, run in enumerate(runs) if Key.of(run) == key)
        at = [i for _, i in mine]
        confusions = np.stack([confusion_matrix(truth, predicted[i], classes) for i in at])
        drawn = replicates[:, at]
        told = known[at[0]]
        if told < classes:  # the images of contempt, of which the model knows nothing
            common = np.arange(classes) < told
            confusions, drawn = restrict(confusions, common), restrict(drawn, common)
        seeds = tuple(s for s, _ in mine)
        found[key] = Outcome(key, seeds, confusions, drawn, told, f"{images}, {told} emotions")
    return found


def _require_same_images(one: Run, first: pd.DataFrame, other: Run, table: pd.DataFrame) -> None:
    for column, what in (("sample_id", "the same images"), ("emotion", "the same true emotions")):
        mine, theirs = first[column].to_numpy(dtype=str), table[column].to_numpy(dtype=str)
        if not np.array_equal(mine, theirs):
            names = [f"{run.model} × {run.train} × seed {run.seed}" for run in (one, other)]
            raise FerError(
                f"{names[0]} ({len(mine):,} images) and {names[1]} ({len(theirs):,}) were not "
                f"tested on {what} of {one.test}; delete the older run and run it again"
            )
