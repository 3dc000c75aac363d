"""Precision-recall curves per emotion, one against the rest, and average precision."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import LEVEL, clipped, join
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import KINDS, Shared, kind_of
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.rows import Rows
from fer_core.analysis.scores import present
from fer_core.emotions import EIGHT

POINTS = 200


def pr_curve(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (recall, precision) of one emotion as steps: precision[i] holds from recall[i - 1] to
    recall[i], the first from 0. `truth` is (n,) of bool, `scores` (n,).

    The area under the steps, Σ (R_i - R_{i-1}) P_i, is the average precision of scikit-learn.
    """
    order = np.argsort(-scores)
    ranked = scores[order]
    last = np.append(ranked[1:] != ranked[:-1], True)  # images of one score are one step
    hits = np.cumsum(truth[order])[last]
    recall, precision = hits / hits[-1], hits / (np.flatnonzero(last) + 1)
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


def pr_curves(found: Mapping[Key, Outcome], points: int = POINTS) -> pd.DataFrame:
    """Return the thinned curves of every run and emotion that its test set has, as a long table.

    Columns: those of `Key`, seed, emotion, recall, precision. Thinning keeps the area.
    """
    parts = []
    for key, outcome in found.items():
        for seed, rows in zip(outcome.seeds, outcome.rows, strict=True):
            for emotion, truth, scores in _one_against_rest(outcome, rows):
                recall, precision = thin(*pr_curve(truth, scores), points)
                keys = {**key._asdict(), "seed": seed, "emotion": emotion}
                part = pd.DataFrame({"recall": recall, "precision": precision})
                parts.append(part.assign(**keys)[[*keys, "recall", "precision"]])
    return pd.concat(parts, ignore_index=True)


def average_precisions(found: Mapping[Key, Outcome], shared: Shared | None = None) -> pd.DataFrame:
    """Return the average precision of every model × train × test × view × emotion,
    mean over seeds.

    Columns: model, train, test, view, emotion, kind (of test, by `shared`), n (all images),
    positives (of this emotion), base_rate (positives / n: what a blind order scores), seeds, ap,
    ap_lo, ap_hi. The interval is the logit interval with the positives as sample size (Boyd, Eng &
    Page 2013, "Area under the precision-recall curve: point estimates and confidence intervals"),
    widened by the seeds.
    """
    rows = []
    for key, outcome in found.items():
        kind, values = kind_of(outcome, shared or {}), dict[str, list[float]]()
        for seed_rows in outcome.rows:
            for emotion, truth, scores in _one_against_rest(outcome, seed_rows):
                area = average_precision(*pr_curve(truth, scores))
                values.setdefault(emotion, []).append(area)
        for emotion, areas in values.items():
            positives = int(outcome.confusion[EIGHT.index(emotion)].sum())
            rows.append(_ap_row(key, emotion, np.array(areas), kind, outcome.n, positives))
    return pd.DataFrame(rows)


def pairs_to_draw(ap: pd.DataFrame, most: int) -> list[tuple[str, str]]:
    """Return up to `most` (train, test) pairs of a table of `average_precisions`, by kind of test:
    in-domain first."""
    pairs = ap[["train", "test", "kind"]].drop_duplicates()
    order = pairs["kind"].map(list(KINDS).index)
    first = pairs.assign(order=order).sort_values("order", kind="stable").head(most)
    return list(zip(first["train"], first["test"], strict=True))


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
    key: Key, emotion: str, values: np.ndarray, kind: str, n: int, positives: int
) -> dict[str, object]:
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


def _one_against_rest(outcome: Outcome, rows: Rows) -> list[tuple[str, np.ndarray, np.ndarray]]:
    truth, scores = rows.truth[outcome.asked], rows.probabilities[outcome.asked]
    return [
        (EIGHT[k], truth == k, scores[:, k])
        for k in map(int, np.flatnonzero(present(outcome.confusions[0])))
    ]
