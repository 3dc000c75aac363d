"""95 % intervals for scores: what another test sample and another training seed would change.

Test images. Accuracies and recalls of one matrix get Wilson's interval. Everything else is the
percentile bootstrap (Efron & Tibshirani 1993) over test images or, where they are known, over the
persons on them: see `fer_core.analysis.draws`. Wilson's n is then the effective number of images
(Franco et al. 2019, "Comparative study of confidence intervals for proportions in complex sample
surveys", Journal of Survey Statistics and Methodology 7).

Seeds. A score of S seeds is their mean, and another sample of images and another set of seeds
would change it (Bouthillier et al. 2021, "Accounting for variance in machine learning benchmarks",
MLSys). Images and seeds are crossed as cases and readers are in radiology, and their variance
components are joined as there (Hillis 2014, "A marginal-mean ANOVA approach for analyzing
multireader multicase radiological imaging data", Statistics in Medicine 33): the spread of the seed
scores with the images held fixed, with Student's t, and the image interval of what the seeds have
in common. What an image and a seed do only together is in the spread of the seed scores already and
is taken out of the image interval.

With one seed the interval knows test images only, and tables say `seeds = 1`. How often intervals
hold the truth is measured by `benchmarks/coverage.py`. Not in any interval:
how the data sets were collected.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri, stdtrit

LEVEL = 0.95


class Estimate(NamedTuple):
    """A number and its interval."""

    value: float
    lo: float
    hi: float


NOTHING = Estimate(np.nan, np.nan, np.nan)


class Scored(NamedTuple):
    """A score of S seeds."""

    seen: np.ndarray  # (S,)
    drawn: np.ndarray  # (draws, S): in each draw of the images

    def __neg__(self) -> "Scored":
        """Turn the sign, for a difference."""
        return Scored(-self.seen, -self.drawn)


def wilson(hits: np.ndarray, n: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's (1927) interval of `hits` of `n`, elementwise; hits may be a mean; NaN
    where n is 0.
    """
    from statsmodels.stats.proportion import proportion_confint  # late: it imports half of scipy

    hits, n = np.broadcast_arrays(np.asarray(hits, dtype=float), np.asarray(n, dtype=float))
    some = np.where(n > 0, n, 1.0)
    lo, hi = proportion_confint(np.where(n > 0, hits, 0.0), some, alpha=1 - level, method="wilson")
    return np.where(n > 0, lo, np.nan), np.where(n > 0, hi, np.nan)


def share_estimate(hits: np.ndarray, units: np.ndarray | None = None) -> Estimate:
    """Return the share of hits, (S, n) of bool, the mean over S seeds, with Wilson's interval.

    `units` (n,) as of `fer_core.analysis.draws.numbered`: what is drawn together.
    """
    shares = hits.mean(axis=1)
    share, n = shares.mean(), effective_images(hits, units)
    lo, hi = wilson(share * n, np.array(n))
    return clipped(join(share, float(lo), float(hi), shares))


def effective_images(hits: np.ndarray, units: np.ndarray | None = None) -> float:
    """Return how many images drawn one by one would tell as much of the share p of hits as these n.

    p (1 - p) / V with V the variance of p that is due to drawing units, less what seed and image do
    only together, which `seed_variance` holds: with d the hits minus their means and e what of d is
    not common to the seeds, V = (Σ_units (Σ mean d)² - Σ_seeds Σ_units (Σ e)² / (S (S - 1))) / n².
    Units count only where they raise V: a model that takes all faces for happy is right on exactly
    one of a person's two pictures, and is not certain for that.
    """
    seeds, n = hits.shape
    share = hits.mean()
    single = units is None or np.bincount(units).max(initial=0) <= 1
    if share in (0, 1) or (seeds == 1 and single):
        return n
    alone = np.arange(n)
    together = alone if units is None else np.unique(units, return_inverse=True)[1]
    variance = max(_variance_of_mean(hits, alone), _variance_of_mean(hits, together))
    return float(min(share * (1 - share) / variance, n * seeds)) if variance > 0 else n * seeds


def _variance_of_mean(hits: np.ndarray, units: np.ndarray) -> float:
    seeds, n = hits.shape
    off = hits - hits.mean(axis=1, keepdims=True)
    by_unit = np.array([np.bincount(units, row) for row in off])  # (S, units)
    total = (by_unit.mean(axis=0) ** 2).sum()
    own = ((by_unit - by_unit.mean(axis=0)) ** 2).sum() / max(seeds * (seeds - 1), 1)
    return float(total - own) / n**2


def percentile_interval(replicates: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Return the central `level` of (draws,) bootstrap replicates; undefined ones do not count."""
    tail = (1 - level) / 2
    lo, hi = np.nanquantile(replicates, [tail, 1 - tail])
    return float(lo), float(hi)


def seed_variance(*groups: np.ndarray) -> tuple[float, float]:
    """Return the variance that seeds give to the sum of the means of independent `groups` of seed
    scores, Σ s² / S, and its degrees of freedom by Welch and Satterthwaite; a group of one seed
    adds nothing, and without any the degrees are infinite.
    """
    parts = [
        (float(np.var(group, ddof=1)) / len(group), len(group) - 1)
        for group in groups
        if len(group) > 1
    ]
    total = sum(part for part, _ in parts)
    if total == 0:
        return 0.0, np.inf
    return total, 1 / sum((part / total) ** 2 / freedom for part, freedom in parts)


def common_part(replicates: np.ndarray, *groups: Scored) -> float:
    """Return by what factor the spread of `replicates` (draws,) shrinks without what an image and a
    seed do only together: sqrt(1 - I / V), at least 0; 1 where each group has one seed.

    V is the variance of the replicates and I = Σ_groups Σ_seeds var(own) / (S (S - 1)), with own
    the part of a seed's drawn scores that is not their mean over seeds.
    """
    own = 0.0
    for _, drawn in groups:
        seeds = drawn.shape[1]
        if seeds > 1:
            apart = drawn - drawn.mean(axis=1, keepdims=True)
            own += float(_variance(apart).sum()) / (seeds * (seeds - 1))
    total = float(_variance(replicates)) if own else 0.0
    return float(np.sqrt(max(1 - own / total, 0.0))) if total else 1.0


def _variance(replicates: np.ndarray) -> np.ndarray:
    """Return the variance of (draws, ...) over the draws; undefined ones do not count."""
    if np.isnan(replicates).any():
        return np.nanvar(replicates, axis=0)
    return np.var(replicates, axis=0)  # the same, in half the time


def join(value: float, lo: float, hi: float, *groups: np.ndarray, level: float = LEVEL) -> Estimate:
    """Widen the image interval [lo, hi] of `value` by what the seed scores of `groups` say.

    With v and f of `seed_variance`, z the normal quantile, t Student's of f degrees of freedom and
    d the distance of a limit from the value (0 where it lies beyond), d / z is the standard error
    due to images on that side. With w its square the new distance is t' · sqrt(v + w), where
    t' = (v t + w z) / (v + w): Cochran & Cox 1957, "Experimental Designs", section 4.14. Degrees of
    freedom by Satterthwaite, as Hillis has them, make intervals of three seeds too narrow when
    images matter little.
    """
    below, above = max(value - lo, 0.0), max(hi - value, 0.0)
    v, freedom = seed_variance(*groups)
    if v > 0:
        z, t = ndtri((1 + level) / 2), stdtrit(freedom, (1 + level) / 2)
        parts = ((d / z) ** 2 for d in (below, above))
        below, above = ((v * t + w * z) / np.sqrt(v + w) for w in parts)
    return Estimate(float(value), float(value - below), float(value + above))


def bootstrap_estimate(
    value: float, replicates: np.ndarray, *groups: Scored, level: float = LEVEL
) -> Estimate:
    """Return `value` with the percentile interval of its replicates (draws,), joined with what the
    seeds say. `groups`: the scores whose means over independent seeds add up to the value."""
    common = common_part(replicates, *groups)
    return _around(value, replicates, common, groups, level)


def _around(
    value: float, replicates: np.ndarray, common: float, groups: Sequence[Scored], level: float
) -> Estimate:
    lo, hi = percentile_interval(replicates, level)
    if common < 1:
        lo, hi = value - (value - lo) * common, value + (hi - value) * common
    return join(value, lo, hi, *(group.seen for group in groups), level=level)


def estimate_of(*groups: Scored, level: float = LEVEL) -> Estimate:
    """Return the sum of the means of `groups` of independent seeds, drawn on the same images, with
    its interval: the difference of two scores is that of one and minus the other."""
    return bootstrap_estimate(*_total(groups), *groups, level=level)


def _total(groups: Sequence[Scored]) -> tuple[float, np.ndarray]:
    value = float(sum(group.seen.mean() for group in groups))
    return value, np.sum([group.drawn.mean(axis=1) for group in groups], axis=0)


def p_value(*groups: Scored) -> float:
    """Return the two-sided p of a sum of 0, by inverting `estimate_of`.

    It is the largest 1 - level at which the interval still holds 0; found by bisection to 1e-4.
    """
    value, replicates = _total(groups)
    common, replicates = common_part(replicates, *groups), np.sort(replicates)

    def holds_zero(p: float) -> bool:
        found = _around(value, replicates, common, groups, 1 - p)
        return found.lo <= 0 <= found.hi

    low, high = 0.0, 1.0
    if not holds_zero(1e-6):
        return 1e-6
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (middle, high) if holds_zero(middle) else (low, middle)
    return high


def clipped(estimate: Estimate) -> Estimate:
    """Keep the interval of a share within 0 and 1."""
    return Estimate(estimate.value, max(estimate.lo, 0.0), min(estimate.hi, 1.0))
