"""Bootstrap intervals of macro-F1 against scipy.stats.bootstrap and a loop over scikit-learn.

    python benchmarks/bootstrap.py

Prints the interval of each way, its time, and how many times longer it took than ours; then the
time of a whole study. Everything is in the project's own environment. The loops draw fewer
resamples and their time is scaled; the intervals agree up to the noise of the draws, about 0.002.
"""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import f1_score

from fer_core.analysis.cross import averages, cross_table
from fer_core.analysis.draws import bootstrap_images
from fer_core.analysis.intervals import percentile_interval
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.scores import macro_f1
from fer_core.emotions import EMOTIONS
from fer_core.predictions import PROBABILITIES

IMAGES, DRAWS, LOOP_DRAWS = 3589, 2000, 300
Interval = tuple[float, float]


def one_model(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return (n,) true and predicted codes of a model that is right on about two thirds."""
    truth = rng.choice(7, IMAGES, p=[0.14, 0.02, 0.15, 0.24, 0.17, 0.17, 0.11])
    return truth, np.where(rng.random(IMAGES) < 0.6, truth, rng.integers(0, 7, IMAGES))


def score(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return macro-F1 by scikit-learn."""
    return f1_score(truth, predicted, average="macro", zero_division=0)


def with_images(truth: np.ndarray, predicted: np.ndarray) -> Interval:
    """Return our interval."""
    return percentile_interval(macro_f1(bootstrap_images(truth, predicted[None]))[:, 0])


def with_sklearn(truth: np.ndarray, predicted: np.ndarray) -> Interval:
    """Return the interval of resampled rows, each resample scored by scikit-learn."""
    rng = np.random.default_rng(1)
    picks = rng.integers(0, IMAGES, (LOOP_DRAWS, IMAGES))
    return percentile_interval(np.array([score(truth[rows], predicted[rows]) for rows in picks]))


def with_scipy(truth: np.ndarray, predicted: np.ndarray) -> Interval:
    """Return the interval of scipy.stats.bootstrap, paired, percentile."""
    result = stats.bootstrap(
        (truth, predicted),
        score,
        paired=True,
        vectorized=False,
        n_resamples=LOOP_DRAWS,
        method="percentile",
        rng=np.random.default_rng(2),
    )
    return tuple(result.confidence_interval)


def timed(way: Callable[..., Interval], *data: np.ndarray) -> tuple[Interval, float]:
    """Return the answer and the best of three times, in seconds."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        answer = way(*data)
        seconds.append(time.perf_counter() - start)
    return answer, min(seconds)


def study(rng: np.random.Generator, models: int = 3, seeds: int = 1) -> pd.DataFrame:
    """Return random predictions of models × 3 training sets × 5 test sets of 3,589 images each."""
    parts = []
    for test in ("a", "b", "c", "d", "e"):
        truth = rng.choice(EMOTIONS, IMAGES)
        for run in range(models * 3 * seeds):
            table = pd.DataFrame(rng.dirichlet(np.ones(7), IMAGES), columns=list(PROBABILITIES))
            keys = {"model": f"m{run // (3 * seeds)}", "train": "abc"[run // seeds % 3]}
            keys |= {"seed": run % seeds, "test": test}
            ids = [f"{test}{i}" for i in range(IMAGES)]
            parts.append(table.assign(**keys, sample_id=ids, emotion=truth))
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    """Print the comparison."""
    rng = np.random.default_rng(0)
    data = one_model(rng)
    print(f"macro-F1 of one model, {IMAGES:,} images, {DRAWS:,} resamples")
    ours = None
    for name, way, draws in (
        ("ours", with_images, DRAWS),
        ("scikit-learn loop", with_sklearn, LOOP_DRAWS),
        ("scipy.stats.bootstrap", with_scipy, LOOP_DRAWS),
    ):
        (lo, hi), seconds = timed(way, *data)
        seconds *= DRAWS / draws
        ours = ours or seconds
        print(f"  {name:22} [{lo:.4f}, {hi:.4f}]  {seconds:8.3f} s  {seconds / ours:7.0f} ×")
    table = study(rng)
    start = time.perf_counter()
    found = outcomes(table)
    cross_table(found), averages(found)
    print(f"study of 9 runs × 5 tests × {IMAGES:,} images: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
