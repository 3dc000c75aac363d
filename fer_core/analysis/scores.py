"""Scores of predictions against the true emotions.

A test set with only some of the seven emotions is scored on those it has: the prediction stays
the most probable of all seven, so an emotion that the set lacks can be predicted and is then an
error, and macro averages run over the emotions present in the truth. That is scikit-learn with
`labels=present` and `zero_division=0`, to 1e-12.

Where a study keeps contempt, K below is 8 instead of 7. A net that learned seven emotions is scored
without the images of contempt; to a net that learned eight, contempt is an answer everywhere, and
an error where a set has none.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from fer_core.emotions import EIGHT, EMOTION_INDEX
from fer_core.errors import unknown
from fer_core.predictions import TEST
from fer_core.views import CLEAN


class Run(NamedTuple):
    """One trained model on one test set in one view: what a row of a long table belongs to.

    A table without a column for the last three is of whole test sets, as they are.
    """

    model: str
    train: str
    seed: int
    test: str
    view: str = CLEAN
    part: str = TEST  # TEST, or VALIDATION: the images of `test` on which its epoch was chosen
    source: str = ""  # of a compiled test set: the images of one of its sources


def emotion_codes(emotions: Sequence[str] | pd.Series) -> np.ndarray:
    """Return the (n,) positions in the canonical order; another word is an error."""
    codes = pd.Index(EIGHT).get_indexer(pd.Index(emotions))
    if (codes < 0).any():
        raise unknown("emotion", str(list(emotions)[int(np.argmin(codes))]), EMOTION_INDEX)
    return codes


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int = 7) -> np.ndarray:
    """Count (classes, classes) integers: rows true, columns predicted;
    a row sums to its emotion's count.
    """
    cells = np.bincount(np.asarray(truth) * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes)


def present(confusion: np.ndarray) -> np.ndarray:
    """Say for each class whether the truth has it: (..., K, K) to (..., K)."""
    return confusion.sum(axis=-1) > 0


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Return the share of images predicted right: (..., K, K) to (...); NaN without images."""
    return _ratio(np.trace(confusion, axis1=-2, axis2=-1), confusion.sum(axis=(-2, -1)))


def recalls(confusion: np.ndarray) -> np.ndarray:
    """Return the share of each emotion's images predicted right: (..., K, K) to (..., K); NaN where
    the truth lacks the emotion."""
    return _ratio(_hits(confusion), confusion.sum(axis=-1))


def precisions(confusion: np.ndarray) -> np.ndarray:
    """Return the share of each emotion's predictions that are right: (..., K, K) to (..., K); 0 if
    never predicted, NaN as in `recalls`.
    """
    predicted = confusion.sum(axis=-2)
    values = np.where(predicted > 0, _ratio(_hits(confusion), predicted), 0.0)
    return np.where(present(confusion), values, np.nan)


def f1_scores(confusion: np.ndarray) -> np.ndarray:
    """Return 2 · hits / (true + predicted) of each emotion: (..., K, K) to (..., K);
    NaN as in `recalls`."""
    values = _ratio(2 * _hits(confusion), confusion.sum(axis=-1) + confusion.sum(axis=-2))
    return np.where(present(confusion), values, np.nan)


def macro(per_class: np.ndarray) -> np.ndarray:
    """Return the mean over the emotions present in the truth:
    (..., K) with NaN for absent ones to (...)."""
    there = ~np.isnan(per_class)
    return _ratio(np.where(there, per_class, 0.0).sum(axis=-1), there.sum(axis=-1))


def macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Return the mean of `f1_scores` over the emotions present in the truth:
    (..., K, K) to (...)."""
    return macro(f1_scores(confusion))


def restrict(confusion: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Drop the images whose true emotion is not `kept`, (K,) of bool, by emptying their rows."""
    return np.where(np.asarray(kept)[:, None], confusion, 0)


def each_run(predictions: pd.DataFrame) -> Iterator[tuple[Run, pd.DataFrame]]:
    """Yield the prediction table of every run of a long table, in its order."""
    axes = [axis for axis in Run._fields if axis in predictions]
    for key, table in predictions.groupby(axes, sort=False, observed=True):
        yield Run(**dict(zip(axes, cast(tuple[Any, ...], key), strict=True))), table


def class_names(confusion: np.ndarray) -> str:
    """Name the emotions present in the truth of a (K, K) matrix, with spaces between."""
    return " ".join(name for name, there in zip(EIGHT, present(confusion), strict=False) if there)


def _hits(confusion: np.ndarray) -> np.ndarray:
    return np.diagonal(confusion, axis1=-2, axis2=-1)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    whole = np.asarray(whole)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
