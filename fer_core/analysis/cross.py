"""The train × test table: every score with its n and interval, and what is lost cross-dataset."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.constant import above_constant, most_named, over_constant
from fer_core.analysis.intervals import (
    NOTHING,
    Estimate,
    Scored,
    bootstrap_estimate,
    clipped,
    estimate_of,
)
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import AVERAGED, Shared, kind_of
from fer_core.analysis.outcomes import METRICS, Outcome, difference
from fer_core.analysis.scores import present, restrict
from fer_core.emotions import EIGHT


def cross_table(found: Mapping[Key, Outcome], shared: Shared | None = None) -> pd.DataFrame:
    """Return one row per model × train × test × view.

    M stands for accuracy and for macro_f1; every M and drop also has _lo and _hi.

    - model, train, test, view, state ("done"), kind (of test, by `shared`: see
      `fer_core.analysis.kinds`; in-domain where train is test), n, classes, seeds, drawn (by what
      the bootstrap draws: person or image), M
    - above_constant_M: M minus that of the constant answer, paired by image; what is not above 0
      with its whole interval has not been shown to beat it. most_named, most_named_share: the
      emotion that the model names most often, and for which share of the images
    - row_drop_M: the same trained models in-domain and here, M(train → train) - M(train → test)
    - row_drop_common_M: the same, both scored on the emotions that both test sets have; a test set
      without the hard emotions is easier, and row_drop_M alone would flatter the model
    - column_drop_M: the same test images by the models trained on its own training part and by
      these, paired by image, M(test → test) - M(train → test)
    - majority_class, majority_rate: the best constant answer for this test set
    - chance: a blind guess among the model's emotions, 1/7 (1/8 with contempt)

    Drops are NaN in-domain, and where the in-domain model or test was not run.
    """
    rows = []
    for key, outcome in found.items():
        row: dict[str, object] = {**key.cell, "state": "done"}
        row["kind"] = kind_of(outcome, shared or {})
        row |= {"n": outcome.n, "classes": outcome.classes, "seeds": len(outcome.seeds)}
        row["drawn"] = outcome.unit
        in_domain = found.get(key._replace(test=key.train))
        trained_here = found.get(key._replace(train=key.test))
        for metric in METRICS:
            row |= spread(metric, outcome.estimate(metric))
        for metric in METRICS:
            drop = row_drop(in_domain, outcome, metric)
            row |= spread(f"row_drop_{metric}", drop)
            if in_domain is not None and in_domain.classes != outcome.classes:
                drop = row_drop(in_domain, outcome, metric, common=True)
            row |= spread(f"row_drop_common_{metric}", drop)
            row |= spread(f"column_drop_{metric}", column_drop(trained_here, outcome, metric))
        for metric in METRICS:
            row |= spread(f"above_constant_{metric}", above_constant(outcome, metric))
        row |= dict(zip(("most_named", "most_named_share"), most_named(outcome), strict=True))
        rows.append(row | majority(outcome) | {"chance": 1 / outcome.answers})
    return pd.DataFrame(rows)


def averages(found: Mapping[Key, Outcome], shared: Shared | None = None) -> pd.DataFrame:
    """Average each model over its cross-dataset cells of one kind, along rows and down columns.

    Columns: model, view, kind (of test, by `shared`; cells whose photographs were not compared are
    in no mean), along ("row": one training set over the other test sets; "column": one test set
    over the other training sets), dataset, cells (how many were averaged), seeds (the fewest of a
    cell), drawn (of `units`), and accuracy, macro_f1, above_constant_M (of `mean_above_constant`)
    with _lo, _hi.
    """
    rows: list[dict[str, object]] = []
    kinds = {key: kind_of(outcome, shared or {}) for key, outcome in found.items()}
    for model, view in dict.fromkeys((key.model, key.view) for key in found):
        mine = [outcome for key, outcome in found.items() if (key.model, key.view) == (model, view)]
        for kind in (kind for kind in AVERAGED if kind in kinds.values()):
            of_kind = [outcome for outcome in mine if kinds[outcome.key] == kind]
            for along, side in (("row", "train"), ("column", "test")):
                for dataset in dict.fromkeys(getattr(outcome.key, side) for outcome in of_kind):
                    cells = [o for o in of_kind if getattr(o.key, side) == dataset]
                    row: dict[str, object] = {"model": model, "view": view, "kind": kind}
                    row["along"] = along
                    row |= {"dataset": dataset, "cells": len(cells)}
                    row["seeds"] = min(len(outcome.seeds) for outcome in cells)
                    row["drawn"] = units(cells)
                    for metric in METRICS:
                        row |= spread(metric, mean_estimate(cells, metric))
                        above = mean_above_constant(cells, metric)
                        row |= spread(f"above_constant_{metric}", above)
                    rows.append(row)
    return pd.DataFrame(rows)


def row_drop(
    in_domain: Outcome | None, cross: Outcome, metric: str, common: bool = False
) -> Estimate:
    """Return the score in-domain minus that cross-dataset of the same trained models, seed by seed;
    other images, so unpaired.

    With `common`, both are scored on the emotions that both test sets have.
    """
    if in_domain is None or in_domain.key == cross.key:
        return NOTHING
    seeds = [seed for seed in in_domain.seeds if seed in cross.seeds]
    both = present(in_domain.confusions[0]) & present(cross.confusions[0])
    if not seeds or (common and not both.any()):
        return NOTHING
    scores = []
    for outcome in (in_domain, cross):
        kept = both if common else present(outcome.confusions[0])
        at = [outcome.seeds.index(seed) for seed in seeds]
        seen, drawn = _on_emotions(outcome, metric, kept)
        scores.append(Scored(seen[at], drawn[:, at]))
    here, there = scores
    return estimate_of(Scored(here.seen - there.seen, here.drawn - there.drawn))


def mean_drop(in_domain: Outcome | None, cells: Sequence[Outcome], metric: str) -> Estimate:
    """Return the score in-domain minus the mean score over cross-dataset `cells` of the same
    trained models, seed by seed; other images, so unpaired."""
    if in_domain is None or not cells:
        return NOTHING
    scores = of_common_seeds([in_domain, *cells], metric)
    if not len(scores[0].seen):
        return NOTHING
    parts = zip(*scores, strict=True)
    return estimate_of(Scored(*(here - np.mean(there, axis=0) for here, *there in parts)))


def of_common_seeds(outcomes: Sequence[Outcome], metric: str) -> list[Scored]:
    """Return the scores of each outcome in the seeds that all have, in the same order."""
    seeds = sorted(set.intersection(*(set(outcome.seeds) for outcome in outcomes)))
    found = []
    for outcome in outcomes:
        at, (seen, drawn) = [outcome.seeds.index(s) for s in seeds], outcome.scored(metric)
        found.append(Scored(seen[at], drawn[:, at]))
    return found


def _on_emotions(outcome: Outcome, metric: str, kept: np.ndarray) -> Scored:
    """Score the images whose emotion is `kept`, (K,)."""
    if kept[present(outcome.confusions[0])].all():
        return outcome.scored(metric)
    score = METRICS[metric]
    return Scored(
        score(restrict(outcome.confusions, kept)), score(restrict(outcome.replicates, kept))
    )


def column_drop(trained_here: Outcome | None, cross: Outcome, metric: str) -> Estimate:
    """Return the score of the models trained on this test set's own training part minus that of
    `cross`, paired by image.
    """
    if trained_here is None or trained_here.key == cross.key:
        return NOTHING
    return difference(trained_here, cross, metric)


def mean_estimate(cells: Sequence[Outcome], metric: str) -> Estimate:
    """Return the mean score over cells; those of one training share its seeds' luck, those of one
    test set its images.
    """
    return clipped(_mean(cells, [outcome.scored(metric) for outcome in cells]))


def mean_above_constant(cells: Sequence[Outcome], metric: str) -> Estimate:
    """Return the mean over cells of the score minus that of each cell's constant answer,
    paired by image."""
    return _mean(cells, [over_constant(cell, metric) for cell in cells])


def mean_difference(pairs: Sequence[tuple[Outcome, Outcome]], metric: str) -> Estimate:
    """Return the mean over pairs of the score of the first minus that of the second, paired by
    image; no outcome is in two pairs."""
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    scores = [outcome.scored(metric) for outcome in ones]
    scores += [-outcome.scored(metric) for outcome in others]
    half = _mean([*ones, *others], scores)  # over twice as many outcomes as pairs
    return Estimate(*(2 * number for number in half))


def _mean(cells: Sequence[Outcome], scores: Sequence[Scored]) -> Estimate:
    """Return the mean over cells of `scores`, one for each cell."""
    if not cells:
        return NOTHING
    of_cell = {cell.key: scored for cell, scored in zip(cells, scores, strict=True)}
    replicates = np.mean([scored.drawn.mean(axis=1) for scored in scores], axis=0)
    groups = []
    for trained in dict.fromkeys((cell.key.model, cell.key.train) for cell in cells):
        mine = [cell for cell in cells if (cell.key.model, cell.key.train) == trained]
        shared = sorted(set.intersection(*(set(cell.seeds) for cell in mine)))
        at = {cell.key: [cell.seeds.index(seed) for seed in shared] for cell in mine}
        seen = [of_cell[key].seen[seeds] for key, seeds in at.items()]
        drawn = [of_cell[key].drawn[:, seeds] for key, seeds in at.items()]
        groups.append(Scored(np.sum(seen, axis=0) / len(cells), np.sum(drawn, axis=0) / len(cells)))
    value = float(np.mean([scored.seen.mean() for scored in scores]))
    return bootstrap_estimate(value, replicates, *groups)


def units(cells: Sequence[Outcome]) -> str:
    """Say what the bootstrap draws in these cells: person, image, or both."""
    return " and ".join(sorted({cell.unit for cell in cells}))


def majority(outcome: Outcome) -> dict[str, object]:
    """Name the most frequent true emotion and its share: the accuracy of always answering it."""
    counts = outcome.confusions[0].sum(axis=1)
    return {
        "majority_class": EIGHT[int(counts.argmax())],
        "majority_rate": counts.max() / counts.sum(),
    }


def spread(name: str, estimate: Estimate) -> dict[str, float]:
    """Return an estimate as the three columns name, name_lo, name_hi."""
    return {name: estimate.value, f"{name}_lo": estimate.lo, f"{name}_hi": estimate.hi}
