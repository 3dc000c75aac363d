"""When an answer can be trusted: how probable it is said to be, and how often it is right.

The confidence of an answer is its probability. It is calibrated where answers of confidence p are
right in a share p of the cases, and useful where right answers have more of it than wrong ones;
a net can be one without the other.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import NOTHING, Estimate, Scored, clipped, estimate_of, wilson
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import Shared, kind_of
from fer_core.analysis.leaderboard import validation_key
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.rows import Rows, Statistic

BINS = 15
FLOOR = 0.7  # below which an answer is withheld: that of the text that asks for it
TEMPERATURES = (0.05, 20.0)
TINY = 1e-12


def confidence(rows: Rows) -> np.ndarray:
    """Return the probability of each answer, (n,)."""
    return rows.probabilities.max(axis=1)


def entropy(rows: Rows) -> np.ndarray:
    """Return minus the entropy of each answer's probabilities, (n,), in nats."""
    values = np.maximum(rows.probabilities, TINY)
    return (values * np.log(values)).sum(axis=1)


def margin(rows: Rows) -> np.ndarray:
    """Return by how much the answer is more probable than the next, (n,)."""
    top = np.sort(rows.probabilities, axis=1)[:, -2:]
    return top[:, 1] - top[:, 0]


DETECTORS: dict[str, Callable[[Rows], np.ndarray]] = {
    "confidence": confidence, "entropy": entropy, "margin": margin,
}  # fmt: skip


def overconfidence(rows: Rows, weights: np.ndarray) -> np.ndarray:
    """Return the mean confidence minus the accuracy in each draw."""
    return weights @ (confidence(rows) - rows.hit) / weights.sum(axis=1)


def detects(trust: Callable[[Rows], np.ndarray]) -> Statistic:
    """Return the statistic of how well `trust` tells right answers from wrong ones: the area under
    the ROC curve, the share of pairs of a right and a wrong answer in which the right one has more
    of it, equals half; NaN in a draw without either."""

    def area(rows: Rows, weights: np.ndarray) -> np.ndarray:
        values = trust(rows)
        order = np.argsort(values, kind="stable")
        starts = np.flatnonzero(np.diff(values[order], prepend=-np.inf))
        counted = weights[:, order]
        right = counted * rows.hit[order].astype(counted.dtype)
        wrong = counted - right
        if len(starts) < len(order):  # equals count together
            right, wrong = (np.add.reduceat(part, starts, axis=1) for part in (right, wrong))
        lower = np.cumsum(wrong, axis=1) - wrong / 2
        pairs = right.sum(axis=1, dtype=np.float64) * wrong.sum(axis=1, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.einsum("di,di->d", right, lower, dtype=np.float64) / pairs

    return area


def risk_area(rows: Rows, weights: np.ndarray) -> np.ndarray:
    """Return the area under the risk-coverage curve: answers are given in order of confidence, and
    the share of errors among those given so far is averaged over all (El-Yaniv & Wiener 2010)."""
    order = np.argsort(-confidence(rows), kind="stable")
    counted = weights[:, order]
    given = np.cumsum(counted, axis=1)
    errors = np.cumsum(counted * (~rows.hit[order]).astype(counted.dtype), axis=1)
    risk = errors / np.maximum(given, 1)
    return np.einsum("di,di->d", counted, risk, dtype=np.float64) / given[:, -1]


def coverage(rows: Rows, weights: np.ndarray) -> np.ndarray:
    """Return the share of answers of at least FLOOR confidence."""
    return weights @ (confidence(rows) >= FLOOR) / weights.sum(axis=1)


def kept_accuracy(rows: Rows, weights: np.ndarray) -> np.ndarray:
    """Return the share of right answers among those of at least FLOOR confidence; NaN in a draw
    without any."""
    kept = confidence(rows) >= FLOOR
    with np.errstate(invalid="ignore", divide="ignore"):
        return weights @ (kept & rows.hit) / (weights @ kept)


def calibration_error(outcome: Outcome, temperatures: Sequence[float] = ()) -> Scored:
    """Return the debiased root mean square calibration error of each seed, (S,), and in each draw
    (Kumar, Liang & Ma 2019, "Verified uncertainty calibration"): over BINS equal bins of
    confidence, Σ n_b / n ((a_b - c_b)² - a_b (1 - a_b) / (n_b - 1)), not below 0, and its root; a
    is the share of right answers, c the mean confidence. `temperatures`: one for each seed.

    The second term is what chance adds to the first. A draw adds it once more, so it is taken off a
    draw twice.
    """
    seen, drawn = [], []
    temperatures = temperatures or [1.0] * len(outcome.seeds)
    for rows, temperature in zip(outcome.rows, temperatures, strict=True):
        scaled = rows._replace(probabilities=at_temperature(rows.probabilities, temperature))
        columns = _binned(scaled)
        own, noise = _squared(outcome.asked.astype(float)[None] @ columns)
        blocks = [_squared(weights @ columns) for weights in outcome.weights()]
        squared = np.concatenate([own_ - noise_ for own_, noise_ in blocks]) - noise
        seen.append(np.sqrt(np.maximum(own - noise, 0))[0])
        drawn.append(np.sqrt(np.maximum(squared, 0)))
    return Scored(np.array(seen), np.stack(drawn, axis=1))


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return (n, K) probabilities of logits divided by a temperature: p^(1/T) / Σ p^(1/T)."""
    if temperature == 1:
        return probabilities
    logits = np.log(np.maximum(probabilities, TINY)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def temperature_of(rows: Rows, asked: np.ndarray) -> float:
    """Return the temperature at which the true emotions are most probable (Guo et al. 2017, "On
    calibration of modern neural networks"), of the rows of a validation part that `asked` (n,)
    names; NaN where it runs to an end of TEMPERATURES, as it does for nets that are never wrong."""
    truth, values = rows.truth[asked], rows.probabilities[asked]

    def loss(log: float) -> float:
        scaled = at_temperature(values, float(np.exp(log)))
        return float(-np.log(np.maximum(scaled[np.arange(len(truth)), truth], TINY)).mean())

    ends = np.log(TEMPERATURES)
    found = minimize_scalar(loss, bounds=tuple(ends), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x)) if min(map(loss, ends)) > found.fun + TINY else float("nan")


def confidence_table(
    found: Mapping[Key, Outcome],
    validation: Mapping[Key, Outcome],
    shared: Shared | None = None,
) -> pd.DataFrame:
    """Return one row per model × train × test of `found`; `validation`: the same models on the
    validation part of their training set.

    Columns: model, train, test, view, kind (of test, by `shared`), n, seeds, drawn; with _lo and
    _hi each: accuracy; overconfidence; calibration (of `calibration_error`) and scaled, the same at
    the temperature that fits validation; detect_D for each of DETECTORS, of `detects`; risk, of
    `risk_area`; coverage and kept_accuracy at FLOOR; and temperature, the mean over seeds. What is
    not defined for a seed is NaN: kept_accuracy where no answer reaches FLOOR.
    """
    rows = []
    of_nets: dict[Key, dict[int, float]] = {}  # by seed: one fit is good for every test set
    for key, outcome in found.items():
        own = validation_key(key.model, key.train, key.view)
        if own not in of_nets:
            of_nets[own] = _temperatures(validation[own])
        fitted = [of_nets[own][seed] for seed in outcome.seeds]
        row: dict[str, object] = {**key.cell, "kind": kind_of(outcome, shared or {})}
        row |= {"n": outcome.n, "seeds": len(outcome.seeds), "drawn": outcome.unit}
        row |= spread("accuracy", outcome.estimate("accuracy"))
        row |= spread("overconfidence", outcome.estimate(overconfidence))
        row |= spread("calibration", _share(calibration_error(outcome)))
        row["temperature"] = float(np.mean(fitted))
        known = np.isfinite(fitted).all()
        scaled = _share(calibration_error(outcome, fitted)) if known else NOTHING
        row |= spread("scaled", scaled)
        for name, trust in DETECTORS.items():
            row |= spread(f"detect_{name}", _share(outcome.scored(detects(trust))))
        row |= spread("risk", _share(outcome.scored(risk_area)))
        row |= spread("coverage", _share(outcome.scored(coverage)))
        row |= spread("kept_accuracy", _share(outcome.scored(kept_accuracy)))
        rows.append(row)
    return pd.DataFrame(rows)


def _temperatures(held_out: Outcome) -> dict[int, float]:
    fitted = (temperature_of(rows, held_out.asked) for rows in held_out.rows)
    return dict(zip(held_out.seeds, fitted, strict=True))


def _share(scored: Scored) -> Estimate:
    """Return a score from 0 to 1 with its interval; nothing where a seed has none."""
    return NOTHING if np.isnan(scored.seen).any() else clipped(estimate_of(scored))


def reliability(outcome: Outcome) -> pd.DataFrame:
    """Return the reliability diagram of the first seed: for each of the BINS that has images
    confidence (mean), n, accuracy with _lo and _hi (Wilson)."""
    columns = _binned(outcome.rows[0])
    sums = (outcome.asked.astype(float)[None] @ columns)[0].reshape(3, BINS)
    n, right, said = sums[:, sums[0] > 0]
    lo, hi = wilson(right, n)
    parts = {"confidence": said / n, "n": n.astype(int), "accuracy": right / n}
    return pd.DataFrame({**parts, "accuracy_lo": lo, "accuracy_hi": hi})


def _binned(rows: Rows) -> np.ndarray:
    """Return what is summed by bin, (n, 3 · BINS): images, right answers and confidence."""
    said = confidence(rows)
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    one = (place[:, None] == np.arange(BINS)).astype(np.float64)
    return np.concatenate([one, one * rows.hit[:, None], one * said[:, None]], axis=1)


def _squared(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the squared error of (draws, 3 · BINS) sums, and what chance adds to it."""
    n, right, said = np.split(sums, 3, axis=1)
    share = n / n.sum(axis=1, keepdims=True)
    accuracy, gap = right / np.maximum(n, 1), (right - said) / np.maximum(n, 1)
    noise = np.where(n > 1, accuracy * (1 - accuracy) / np.maximum(n - 1, 1), 0.0)
    return (share * gap**2).sum(axis=1), (share * noise).sum(axis=1)
