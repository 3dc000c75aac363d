"""Simulated studies with known accuracy: prediction tables without a net."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fer_core.emotions import EIGHT, EMOTIONS
from fer_core.predictions import PROBABILITIES, make_predictions, probabilities_of

TRUTH = [EIGHT[i % 8] for i in range(160)]


def bootstrap_confusion(confusion: np.ndarray, seed: int = 0, draws: int = 2000) -> np.ndarray:
    """Replicates (draws, K, K) of one (K, K) matrix, as if its images were resampled: n rows drawn
    with replacement fall into cell ij with probability count_ij / n independently.
    """
    n = int(confusion.sum())
    cells = np.random.default_rng(seed).multinomial(n, confusion.ravel() / n, size=draws)
    return cells.reshape(draws, *confusion.shape)


def simulate_truth(
    rng: np.random.Generator, n: int, classes: tuple[str, ...] = EMOTIONS
) -> np.ndarray:
    """True emotions in which every class of `classes` occurs, with unequal shares."""
    shares = np.linspace(1, 2, len(classes))
    drawn = rng.choice(classes, size=n, p=shares / shares.sum())
    drawn[: len(classes)] = classes
    return drawn


def simulate_probabilities(
    rng: np.random.Generator, truth: np.ndarray, accuracy: float
) -> np.ndarray:
    """(n, 7) probabilities whose largest is the truth with probability `accuracy`, else any
    other.
    """
    codes = np.array([EMOTIONS.index(emotion) for emotion in truth])
    wrong = (codes + rng.integers(1, 7, size=len(codes))) % 7
    answer = np.where(rng.random(len(codes)) < accuracy, codes, wrong)
    logits = rng.normal(size=(len(codes), 7))
    logits[np.arange(len(codes)), answer] = logits.max(axis=1) + rng.exponential(size=len(codes))
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


def simulate_table(
    rng: np.random.Generator, truth: np.ndarray, accuracy: float, **keys: object
) -> pd.DataFrame:
    """One prediction table with the columns of `fer_core.runs.collect`."""
    table = pd.DataFrame(simulate_probabilities(rng, truth, accuracy), columns=list(PROBABILITIES))
    table.insert(0, "sample_id", [f"s{i:06d}" for i in range(len(truth))])
    table.insert(1, "emotion", truth)
    return pd.DataFrame({**keys, **table}, index=table.index)


def simulate_study(
    accuracies: Mapping[tuple[str, str, str], float],
    sizes: Mapping[str, int],
    seeds: tuple[int, ...] = (0,),
    classes: Mapping[str, tuple[str, ...]] | None = None,
    random_state: int = 0,
) -> pd.DataFrame:
    """A long table: `accuracies` of (model, train, test), images per test, classes of partial
    tests.
    """
    rng = np.random.default_rng(random_state)
    truths = {
        test: simulate_truth(rng, n, (classes or {}).get(test, EMOTIONS))
        for test, n in sizes.items()
    }
    parts = [
        simulate_table(rng, truths[test], accuracy, model=model, train=train, seed=seed, test=test)
        for (model, train, test), accuracy in accuracies.items()
        for seed in seeds
    ]
    return pd.concat(parts, ignore_index=True)


def small_study(seeds: tuple[int, ...] = (0,), random_state: int = 0) -> pd.DataFrame:
    """Two models × two training sets × three tests; the last test has two emotions only."""
    accuracies = {
        (model, train, test): 0.4 + 0.1 * (model == "big") + 0.25 * (train == test)
        for model in ("big", "small")
        for train in ("alpha", "beta")
        for test in ("alpha", "beta", "duo")
    }
    return simulate_study(
        accuracies,
        {"alpha": 300, "beta": 200, "duo": 60},
        seeds,
        {"duo": ("happy", "neutral")},
        random_state,
    )


def confusion_of(table: pd.DataFrame) -> np.ndarray:
    """Count the (7, 7) matrix of one prediction table, image by image."""
    counts = np.zeros((7, 7), dtype=int)
    for emotion, answered in zip(table["emotion"], probabilities_of(table), strict=True):
        counts[EMOTIONS.index(emotion), answered.argmax()] += 1
    return counts


def guesses(truth: list[str], answers: tuple[str, ...], seed: int = 0) -> pd.DataFrame:
    """A prediction table of a net with these outputs that is right more often than not."""
    logits = np.random.default_rng(seed).normal(size=(len(truth), len(answers)))
    logits += 2 * (np.array(truth)[:, None] == np.array(answers))
    p = np.exp(logits)
    ids = [f"image{i:03d}" for i in range(len(truth))]
    return make_predictions(ids, truth, p / p.sum(axis=1, keepdims=True))


def long(**tables: pd.DataFrame) -> pd.DataFrame:
    """Runs on one test set, by training set."""
    keys = {"model": "net", "seed": 0, "test": "away"}
    return pd.concat([t.assign(train=name, **keys) for name, t in tables.items()])
