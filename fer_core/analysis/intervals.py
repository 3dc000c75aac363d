"""95 % intervals for scores: what another test sample and another training seed would change.

Test images. Accuracies and recalls of one matrix get Wilson's interval. Everything else is the
percentile bootstrap (Efron & Tibshirani 1993) over test images. Scores need only the confusion
matrix, so resampling the n rows of a prediction table is the same as drawing the matrix anew:
rows drawn with replacement fall into cell ij with probability count_ij / n independently, that is
Multinomial(n, counts / n).

Seeds. A score of S seeds is their mean. Its interval joins the two sources of variation that
Bouthillier et al. 2021 ("Accounting for variance in machine learning benchmarks", MLSys) ask for:
the image interval of the mean with the seeds held fixed, and Student's t interval of the S seed
scores with the images held fixed. The two are independent and are joined by squares on each side
(MOVER: Zou & Donner 2008, "Construction of confidence limits about effect measures", Statistics
in Medicine 27). What seed and image do only together enters both parts, so the joint interval
errs on the wide side. With one seed the interval knows test images only, and tables say `seeds =
1`.

Not in any interval: that images of one person are alike, and how the data sets were collected.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.95
DRAWS = 2000
_CHUNK = 20_000_000  # image weights held at a time: 80 MB


class Estimate(NamedTuple):
    """A number and its interval."""

    value: float
    lo: float
    hi: float


NOTHING = Estimate(np.nan, np.nan, np.nan)


def wilson(hits: np.ndarray, n: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's (1927) interval of `hits` of `n`, elementwise; hits may be a mean; NaN
    where n is 0.
    """
    from statsmodels.stats.proportion import proportion_confint  # late: it imports half of scipy

    hits, n = np.broadcast_arrays(np.asarray(hits, dtype=float), np.asarray(n, dtype=float))
    some = np.where(n > 0, n, 1.0)
    lo, hi = proportion_confint(np.where(n > 0, hits, 0.0), some, alpha=1 - level, method="wilson")
    return np.where(n > 0, lo, np.nan), np.where(n > 0, hi, np.nan)


def bootstrap_confusion(confusion: np.ndarray, seed: int = 0, draws: int = DRAWS) -> np.ndarray:
    """Return (draws, K, K) bootstrap replicates of one (K, K) matrix: exactly as if images were
    resampled.
    """
    n = int(confusion.sum())
    cells = np.random.default_rng(seed).multinomial(n, confusion.ravel() / n, size=draws)
    return cells.reshape(draws, *confusion.shape)


def bootstrap_images(
    truth: np.ndarray,
    predicted: np.ndarray,
    seed: int | list[int] = 0,
    draws: int = DRAWS,
    classes: int = 7,
) -> np.ndarray:
    """Return (draws, R, K, K) replicates of the matrices of R predictions of the same n images.

    `truth` is (n,), `predicted` (R, n). Every draw takes the same images for all R, so
    differences between them are paired. The images drawn depend on `seed`, n and `draws` alone:
    adding a model changes no other.
    """
    n, runs = len(truth), len(predicted)
    rows = [np.flatnonzero(truth == k) for k in range(classes)]
    guesses = [
        (predicted[:, at].T[:, :, None] == np.arange(classes))
        .reshape(len(at), runs * classes)
        .astype(np.float32)
        for at in rows
    ]
    replicates = np.empty((draws, runs, classes, classes), dtype=np.float32)
    generator = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(n, 1))
    for start in range(0, draws, step):
        part = replicates[start : start + step]
        weights = _image_weights(generator, n, len(part))
        for k, at in enumerate(rows):
            part[:, :, k] = (weights[:, at] @ guesses[k]).reshape(len(part), runs, classes)
    return replicates


def percentile_interval(replicates: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Return the central `level` of (draws,) bootstrap replicates; undefined ones do not count."""
    tail = (1 - level) / 2
    lo, hi = np.nanquantile(replicates, [tail, 1 - tail])
    return float(lo), float(hi)


def seed_margin(*groups: np.ndarray, level: float = LEVEL) -> float:
    """Return the half-width that seeds add to the sum of the means of independent `groups` of
    seed scores.

    t · sqrt(Σ s² / S) with Welch–Satterthwaite degrees of freedom; a group of one seed adds
    nothing.
    """
    parts = [
        (np.var(group, ddof=1) / len(group), len(group) - 1) for group in groups if len(group) > 1
    ]
    total = sum(part for part, _ in parts)
    if total == 0:
        return 0.0
    freedom = total**2 / sum(part**2 / df for part, df in parts)
    return float(stdtrit(freedom, (1 + level) / 2) * np.sqrt(total))


def join(value: float, lo: float, hi: float, margin: float) -> Estimate:
    """Widen the interval [lo, hi] of `value` by an independent symmetric one of half-width
    `margin` (MOVER).
    """
    below, above = max(value - lo, 0.0), max(hi - value, 0.0)
    return Estimate(
        float(value), float(value - np.hypot(below, margin)), float(value + np.hypot(above, margin))
    )


def bootstrap_estimate(value: float, replicates: np.ndarray, *seed_scores: np.ndarray) -> Estimate:
    """Return `value` with the percentile interval of its replicates, widened by the seeds'
    margin.
    """
    return join(value, *percentile_interval(replicates), seed_margin(*seed_scores))


def p_value(replicates: np.ndarray, *seed_scores: np.ndarray) -> float:
    """Return the two-sided p of a difference of 0, by inverting `bootstrap_estimate`'s interval.

    It is the largest 1 - level at which the interval of the differences still holds 0, with the
    seeds' margin of that level; found by bisection to 1e-4. `replicates`: (draws,) differences.
    """
    value = float(np.sum([np.mean(scores) for scores in seed_scores]))

    def holds_zero(p: float) -> bool:
        margin = seed_margin(*seed_scores, level=1 - p)
        found = join(value, *percentile_interval(replicates, 1 - p), margin)
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


def _image_weights(generator: np.random.Generator, n: int, draws: int) -> np.ndarray:
    picks = generator.integers(0, n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(picks.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float32)
