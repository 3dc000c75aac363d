"""How far two raters agree: Cohen's kappa of every pair of a panel."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from fer_core.analysis.agreement import K, Panel, Rater, beyond, interval_of
from fer_core.analysis.intervals import Estimate


class Pairs(NamedTuple):
    """Cohen's kappa of every pair of a panel, on the images that all of it answered."""

    pairs: list[tuple[Rater, Rater]]
    n: int
    seen: np.ndarray  # (pairs,)
    drawn: np.ndarray  # (draws, pairs)

    @property
    def defined(self) -> np.ndarray:
        """Which pairs have a kappa, (pairs,) of bool: where both always give one and the same
        answer there is none."""
        return ~np.isnan(self.seen)

    def mean(self, of: np.ndarray) -> Estimate:
        """Return the mean kappa of the pairs that `of` (pairs,) of bool names; all are defined."""
        return interval_of(self.seen[of].mean(), self.drawn[:, of].mean(axis=1))

    def difference(self, of: np.ndarray, other: np.ndarray) -> Estimate:
        """Return the mean kappa of the pairs that `of` names minus that of those of `other`."""
        seen = self.seen[of].mean() - self.seen[other].mean()
        drawn = self.drawn[:, of].mean(axis=1) - self.drawn[:, other].mean(axis=1)
        return interval_of(seen, drawn)

    def each(self) -> list[Estimate]:
        """Return the kappa of every pair."""
        return [
            interval_of(value, drawn) for value, drawn in zip(self.seen, self.drawn.T, strict=True)
        ]


def pair_kappas(panel: Panel) -> Pairs:
    """Return Cohen's kappa (1960) of every pair: (A - E) / (1 - E) with A the share of images to
    which both gave one answer and E = Σ p q of the shares of their answers."""
    kept = panel.complete
    answers, pairs = panel.answers[:, kept], list(combinations(range(len(panel.names)), 2))
    same = np.stack([answers[a] == answers[b] for a, b in pairs], axis=1)
    named = (answers.T[:, :, None] == np.arange(K)).reshape(kept.sum(), -1)
    columns = np.concatenate([same, named], axis=1).astype(np.float32)
    ends = tuple(np.array(pairs).T)

    def kappas(weights: np.ndarray) -> np.ndarray:
        sums = (weights @ columns).astype(np.float64) / weights.sum(axis=1, keepdims=True)
        observed, shares = sums[:, : len(pairs)], sums[:, len(pairs) :]
        shares = shares.reshape(len(sums), len(panel.names), K)
        expected = np.einsum("dpk,dpk->dp", shares[:, ends[0]], shares[:, ends[1]])
        return beyond(observed, expected)

    seen = kappas(np.ones((1, len(columns)), dtype=np.float32))[0]
    drawn = [kappas(weights[:, kept]) for weights in panel.images.weights()]
    names = [(panel.names[a], panel.names[b]) for a, b in pairs]
    return Pairs(names, len(columns), seen, np.concatenate(drawn))
