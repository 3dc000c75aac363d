"""Precision-recall curves per emotion, one against the rest, and average precision."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri
from sklearn.metrics import precision_recall_curve

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import LEVEL, clipped, join
from fer_core.analysis.kinds import KINDS, Shared, kind_of_pair
from fer_core.analysis.outcomes import Key
from fer_core.analysis.scores import answerable, each_run
from fer_core.predictions import answers, probabilities_of

POINTS = 200


def pr_curve(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (recall, precision) of one emotion as steps: precision[i] holds from recall[i - 1] to
    recall[i], the first from 0. `truth` is (n,) of bool, `scores` (n,).

    The area under the steps, Σ (R_i - R_{i-1}) P_i, is the average precision of scikit-learn.
    """
    precision, recall, _ = precision_recall_curve(truth, scores)
    recall, precision = recall[-2::-1], precision[-2::-1]
    rises = np.diff(recall, prepend=0.0) > 0
    return recall[rises], precision[rises]


def average_precision(recall: np.ndarray, precision: np.ndarray) -> float:
    """Return the area under the steps of `pr_curve` or `thin`."""
    return float(np.diff(recall, prepend=0.0) @ precision)


def thin(
    recall: np.ndarray, precision: np.ndarray, points: int = POINTS
) -> tuple[np.ndarray, np.ndarray]:
    """Merge neighbouring steps until at most `points` are left, without changing the area.

    A merged step has the mean precision of its parts, weighted by the recall that each covers.
    """
    if len(recall) <= points:
        return recall, precision
    starts = np.linspace(0, len(recall), points, endpoint=False).astype(int)
    ends = np.append(starts[1:], len(recall)) - 1
    widths = np.diff(recall, prepend=0.0)
    merged = np.add.reduceat(widths * precision, starts) / np.add.reduceat(widths, starts)
    return recall[ends], merged


def pr_curves(predictions: pd.DataFrame, points: int = POINTS) -> pd.DataFrame:
    """Return the thinned curves of every run and emotion that its test set has, as a long table.

    Columns: those of a run, emotion, recall, precision. Thinning keeps the area.
    """
    parts = []
    for run, table in each_run(predictions):
        for emotion, truth, scores in _one_against_rest(table):
            recall, precision = thin(*pr_curve(truth, scores), points)
            keys = {**run._asdict(), "emotion": emotion}
            part = pd.DataFrame({"recall": recall, "precision": precision})
            parts.append(part.assign(**keys)[[*keys, "recall", "precision"]])
    return pd.concat(parts, ignore_index=True)


def average_precisions(predictions: pd.DataFrame, shared: Shared | None = None) -> pd.DataFrame:
    """Return the average precision of every model × train × test × view × emotion,
    mean over seeds.

    Columns: model, train, test, view, emotion, kind (of test, by `shared`), n (all images),
    positives (of this emotion), base_rate (positives / n: what a blind order scores), seeds, ap,
    ap_lo, ap_hi. The interval is the logit interval with the positives as sample size (Boyd, Eng &
    Page 2013, "Area under the precision-recall curve: point estimates and confidence intervals"),
    widened by the seeds.
    """
    rows: dict[tuple[Key, str], list[float]] = {}
    counts: dict[tuple[Key, str], tuple[str, int, int]] = {}
    for run, table in each_run(predictions):
        found = _one_against_rest(table)
        whole = len(found) >= len(answers(table))
        kind = kind_of_pair(run.train, run.test, whole, shared or {})
        for emotion, truth, scores in found:
            cell = (Key.of(run), emotion)
            rows.setdefault(cell, []).append(average_precision(*pr_curve(truth, scores)))
            counts[cell] = (kind, len(truth), int(truth.sum()))
    return pd.DataFrame([_ap_row(cell, np.array(rows[cell]), *counts[cell]) for cell in rows])


def pairs_to_draw(ap: pd.DataFrame, most: int) -> list[tuple[str, str]]:
    """Return up to `most` (train, test) pairs of a table of `average_precisions`, by kind of test:
    in-domain first."""
    pairs = ap[["train", "test", "kind"]].drop_duplicates()
    order = pairs["kind"].map(list(KINDS).index)
    first = pairs.assign(order=order).sort_values("order", kind="stable").head(most)
    return list(zip(first["train"], first["test"], strict=True))


def runs_of(table: pd.DataFrame, train: str, test: str, models: Sequence[str]) -> pd.Series:
    """Say which rows are of these models, trained on `train` and tested on `test`."""
    return (table["train"] == train) & (table["test"] == test) & table["model"].isin(models)


def logit_interval(share: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval expit(logit(share) ± z / sqrt(n · share · (1 - share))).

    At 0 and 1 the logit has no value: half a hit is moved, (share · n + ½) / (n + 1).
    """
    if share <= 0 or share >= 1:
        share = (share * n + 0.5) / (n + 1)
    centre = np.log(share / (1 - share))
    half = ndtri((1 + level) / 2) / np.sqrt(n * share * (1 - share))
    lo, hi = 1 / (1 + np.exp(-(centre + np.array([-half, half]))))
    return float(lo), float(hi)


def _ap_row(
    cell: tuple[Key, str], values: np.ndarray, kind: str, n: int, positives: int
) -> dict[str, object]:
    key, emotion = cell
    row: dict[str, object] = {**key.cell, "emotion": emotion}
    row |= {
        "kind": kind,
        "n": n,
        "positives": positives,
        "base_rate": positives / n,
        "seeds": len(values),
    }
    mean = float(values.mean())
    estimate = join(mean, *logit_interval(mean, positives), values)
    return row | spread("ap", clipped(estimate))


def _one_against_rest(table: pd.DataFrame) -> list[tuple[str, np.ndarray, np.ndarray]]:
    table = answerable(table)
    truths = table["emotion"].to_numpy(dtype=str)
    return [
        (emotion, truths == emotion, scores)
        for emotion, scores in zip(answers(table), probabilities_of(table).T, strict=True)
        if (truths == emotion).any()
    ]
