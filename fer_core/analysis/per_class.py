"""Scores emotion by emotion, with the number of images behind each."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import bootstrap_estimate, clipped, join, seed_margin, wilson
from fer_core.analysis.outcomes import Key, Outcome
from fer_core.analysis.scores import f1_scores, precisions, present, recalls
from fer_core.emotions import EMOTIONS


def class_table(found: Mapping[Key, Outcome]) -> pd.DataFrame:
    """Return one row per model × train × test × emotion that the test set has, means over seeds.

    Columns: model, train, test, emotion, n (its images), seeds, predicted (how often it was the
    answer), precision, recall with Wilson's interval and f1 with the bootstrap's (_lo, _hi).
    """
    rows = []
    for key, outcome in found.items():
        precision, recall = precisions(outcome.confusions), recalls(outcome.confusions)
        f1, drawn = f1_scores(outcome.confusions), f1_scores(outcome.replicates).mean(axis=1)
        for k in np.flatnonzero(present(outcome.confusion)):
            n = int(outcome.confusion[k].sum())
            hit = recall[:, k].mean()
            lo, hi = wilson(hit * n, np.array(n))
            rows.append(
                {
                    **key._asdict(),
                    "emotion": EMOTIONS[k],
                    "n": n,
                    "seeds": len(outcome.seeds),
                    "predicted": float(outcome.confusion[:, k].sum()),
                    "precision": float(precision[:, k].mean()),
                    **spread(
                        "recall",
                        clipped(join(hit, float(lo), float(hi), seed_margin(recall[:, k]))),
                    ),
                    **spread(
                        "f1", clipped(bootstrap_estimate(f1[:, k].mean(), drawn[:, k], f1[:, k]))
                    ),
                }
            )
    return pd.DataFrame(rows)
