"""Outcomes: every model × train × test of a study with its matrices and their bootstrap
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
from fer_core.predictions import answers, class_count

METRICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": accuracy,
    "macro_f1": macro_f1,
}


class Key(NamedTuple):
    """A cell of the train × test matrix of one model."""

    model: str
    train: str
    test: str


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

    All runs of a test set must have predicted the same images with the same truth; the order of
    the rows does not matter. The draws depend on `seed` and the test set's name alone.
    """
    if predictions.empty:
        raise FerError("there are no predictions to score; run the study first (`fer run`)")
    tables = {run: _by_sample(table) for run, table in each_run(predictions)}
    found: dict[Key, Outcome] = {}
    for test in dict.fromkeys(run.test for run in tables):
        found |= _outcomes_of_test(
            {run: t for run, t in tables.items() if run.test == test},
            draws,
            seed,
            class_count(predictions),
        )
    order = dict.fromkeys(Key(run.model, run.train, run.test) for run in tables)
    return {key: found[key] for key in order}


def _by_sample(table: pd.DataFrame) -> pd.DataFrame:
    order = np.argsort(table["sample_id"].to_numpy(dtype=str), kind="stable")
    return table.iloc[order]


def _outcomes_of_test(
    tables: dict[Run, pd.DataFrame], draws: int, seed: int, classes: int
) -> dict[Key, Outcome]:
    runs = list(tables)
    first = tables[runs[0]]
    for run in runs:
        _require_same_images(runs[0], first, run, tables[run])
    truth = emotion_codes(first["emotion"])
    predicted = np.stack([predicted_codes(tables[run]) for run in runs])
    key_of_test = [seed, crc32(runs[0].test.encode())]
    replicates = bootstrap_images(truth, predicted, key_of_test, draws, classes)
    known = [len(answers(tables[run])) for run in runs]
    images = sha256("\n".join(map(str, first["sample_id"])).encode()).hexdigest()
    found = {}
    for key in dict.fromkeys(Key(run.model, run.train, run.test) for run in runs):
        mine = sorted(
            (run.seed, i)
            for i, run in enumerate(runs)
            if Key(run.model, run.train, run.test) == key
        )
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
