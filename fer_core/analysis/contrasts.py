"""Contrasts: what one change does to a score, on the same test images.

Two models that differ in one thing, trained on the same set, or one model trained on two sets:
score of the first minus score of the second, paired by test image. Kinds of test are never joined.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import pandas as pd

from fer_core.analysis.cross import mean_difference, spread
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import AVERAGED, IN_DOMAIN, KINDS, Shared, kind_of
from fer_core.analysis.outcomes import METRICS, Outcome, difference
from fer_core.views import CLEAN

Found = Mapping[Key, Outcome]
Matched = list[tuple[Outcome, Outcome]]


def of_models(found: Found, one: str, other: str) -> Matched:
    """Return the outcomes of two models that were trained on the same set and tested on the same
    images as they are."""
    pairs = [
        (outcome, found.get(key._replace(model=other)))
        for key, outcome in found.items()
        if key.model == one and key.view == CLEAN
    ]
    return [(a, b) for a, b in pairs if b is not None and a.images == b.images]


def of_sources(found: Found, one: str, other: str, shared: Shared) -> Matched:
    """Return the outcomes of all models that were trained on both of two sets, tested on the same
    images, which are of the same kind of test for both sets."""
    pairs = [
        (outcome, found.get(key._replace(train=other)))
        for key, outcome in found.items()
        if key.train == one and key.view == CLEAN
    ]
    return [
        (a, b)
        for a, b in pairs
        if b is not None and a.images == b.images and kind_of(a, shared) == kind_of(b, shared)
    ]


def model_cells(pairs: Iterable[Sequence[str]], found: Found, shared: Shared) -> pd.DataFrame:
    """Return one row per pair of models × train × test.

    Columns: model, other, train, test, kind (of test, by `shared`), n, seeds (the fewer of the
    two), and difference_M for accuracy and macro_f1, with _lo and _hi.
    """
    rows: list[dict[str, object]] = []
    for one, other in pairs:
        for a, b in of_models(found, one, other):
            row: dict[str, object] = {"model": one, "other": other}
            row |= {"train": a.key.train, "test": a.key.test, "kind": kind_of(a, shared)}
            row |= {"n": a.n, "seeds": _seeds([(a, b)])}
            for metric in METRICS:
                row |= spread(f"difference_{metric}", difference(a, b, metric))
            rows.append(row)
    return pd.DataFrame(rows)


def model_means(pairs: Iterable[Sequence[str]], found: Found, shared: Shared) -> pd.DataFrame:
    """Return one row per pair of models × kind of test: the mean over its cells.

    Columns: model, other, kind, cells, seeds, difference_M as in `model_cells`.
    """
    rows = []
    for one, other in pairs:
        matched = of_models(found, one, other)
        for row in _means(matched, (IN_DOMAIN, *AVERAGED), shared):
            rows.append({"model": one, "other": other, **row})
    return pd.DataFrame(rows)


def source_means(found: Found, shared: Shared) -> pd.DataFrame:
    """Return one row per pair of training sets × cross-dataset kind of test: the first minus the
    second, the mean over the models that were trained on both and the tests that are of this kind
    for both.

    Columns: train, other_train, kind, models, tests, cells, seeds, and difference_M as in
    `model_cells`.
    """
    rows = []
    sets = dict.fromkeys(key.train for key in found if key.view == CLEAN)
    for one, other in combinations(sets, 2):
        for row in _means(of_sources(found, one, other, shared), AVERAGED, shared):
            rows.append({"train": one, "other_train": other, **row})
    return pd.DataFrame(rows)


def _means(matched: Matched, kinds: Iterable[str], shared: Shared) -> list[dict[str, object]]:
    rows = []
    for kind in (kind for kind in KINDS if kind in kinds):
        cells = [(a, b) for a, b in matched if kind_of(a, shared) == kind]
        if not cells:
            continue
        row: dict[str, object] = {"kind": kind}
        row |= {"models": len({a.key.model for a, _ in cells})}
        row |= {"tests": " ".join(dict.fromkeys(a.key.test for a, _ in cells))}
        row |= {"cells": len(cells), "seeds": _seeds(cells)}
        for metric in METRICS:
            row |= spread(f"difference_{metric}", mean_difference(cells, metric))
        rows.append(row)
    return rows


def _seeds(cells: Matched) -> int:
    return min(len(outcome.seeds) for pair in cells for outcome in pair)
