"""Scores emotion by emotion, with the number of images behind each."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import (
    Estimate,
    bootstrap_estimate,
    clipped,
    join,
    seed_margin,
    wilson,
)
from fer_core.analysis.kinds import Shared, kind_of
from fer_core.analysis.outcomes import Key, Outcome
from fer_core.analysis.scores import f1_scores, precisions, present, recalls
from fer_core.emotions import EIGHT


def class_table(found: Mapping[Key, Outcome], shared: Shared | None = None) -> pd.DataFrame:
    """Return one row per model × train × test × view × emotion that the test set has, means over
    seeds.

    Columns: model, train, test, view, kind (of test, by `shared`), emotion, n (its images), seeds,
    predicted (how often it was the answer), precision, recall, f1, each with _lo and _hi: Wilson's
    for recall, whose n is fixed, the bootstrap's for the others.
    """
    rows = []
    for key, outcome in found.items():
        precision, recall = _bootstrapped(outcome, precisions), recalls(outcome.confusions)
        f1 = _bootstrapped(outcome, f1_scores)
        for k in map(int, np.flatnonzero(present(outcome.confusion))):
            n = int(outcome.confusion[k].sum())
            row: dict[str, object] = {**key.cell, "kind": kind_of(outcome, shared or {})}
            row |= {"emotion": EIGHT[k], "n": n}
            row |= {"seeds": len(outcome.seeds), "predicted": outcome.confusion[:, k].sum()}
            lo, hi = wilson(recall[:, k].mean() * n, np.array(n))
            hit = join(recall[:, k].mean(), float(lo), float(hi), seed_margin(recall[:, k]))
            row |= spread("precision", precision[k]) | spread("recall", clipped(hit))
            rows.append(row | spread("f1", f1[k]))
    return pd.DataFrame(rows)


def _bootstrapped(
    outcome: Outcome, score: Callable[[np.ndarray], np.ndarray]
) -> dict[int, Estimate]:
    values, replicates = score(outcome.confusions), score(outcome.replicates).mean(axis=1)
    return {
        int(k): clipped(bootstrap_estimate(values[:, k].mean(), replicates[:, k], values[:, k]))
        for k in np.flatnonzero(present(outcome.confusion))
    }
