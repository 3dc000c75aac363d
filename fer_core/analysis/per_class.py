"""Scores emotion by emotion, with the number of images behind each."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import Estimate, Scored, clipped, estimate_of
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import Shared, kind_of
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.scores import f1_scores, precisions, present
from fer_core.emotions import EIGHT


def class_table(found: Mapping[Key, Outcome], shared: Shared | None = None) -> pd.DataFrame:
    """Return one row per model × train × test × view × emotion that the test set has,
    means over seeds.

    Columns: model, train, test, view, kind (of test, by `shared`), emotion, n (its images), seeds,
    drawn (by what: person or image), predicted (how often it was the answer), precision, recall,
    f1, each with _lo and _hi: Wilson's for recall, whose n is fixed,
    the bootstrap's for the others.
    """
    rows = []
    for key, outcome in found.items():
        precision, f1 = _bootstrapped(outcome, precisions), _bootstrapped(outcome, f1_scores)
        for k in map(int, np.flatnonzero(present(outcome.confusion))):
            n = int(outcome.confusion[k].sum())
            row: dict[str, object] = {**key.cell, "kind": kind_of(outcome, shared or {})}
            row |= {"emotion": EIGHT[k], "n": n}
            row |= {"seeds": len(outcome.seeds), "drawn": outcome.unit}
            row["predicted"] = outcome.confusion[:, k].sum()
            row |= spread("precision", precision[k])
            row |= spread("recall", outcome.share(outcome.rows[0].truth == k))
            rows.append(row | spread("f1", f1[k]))
    return pd.DataFrame(rows)


def _bootstrapped(
    outcome: Outcome, score: Callable[[np.ndarray], np.ndarray]
) -> dict[int, Estimate]:
    seen, drawn = score(outcome.confusions), score(outcome.replicates)
    return {
        int(k): clipped(estimate_of(Scored(seen[:, k], drawn[:, :, k])))
        for k in np.flatnonzero(present(outcome.confusion))
    }
