"""How often the 95 % intervals hold the truth, by simulation.

    OMP_NUM_THREADS=1 python benchmarks/coverage.py [--repeats 400] [--csv book/coverage.csv]

In a simulated world the truth is known: an image is predicted right where

    class + skill of the seed + person + image + image and model + image and seed > 0,

all normal, and a wrong answer is any other emotion. Two models of equal skill are trained with ten
seeds each; 1, 3, 5 and 10 of them are scored, on other images and seeds each time. Their intervals
are made by the functions that make those of the book. Truth is the mean over all images and seeds
(of the difference: 0); with one seed also what these very nets would score on all images, because
the interval of one seed is about no other.

Prints a table of the share of intervals, in percent, that hold the truth, a row per score, draws
and spread of the seeds; with 400 repeats a share of 95 % has a standard error of 1.1. It takes
two minutes of one core.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from fer_core.analysis.draws import bootstrap_images, numbered
from fer_core.analysis.intervals import Estimate, Scored, estimate_of, share_estimate
from fer_core.analysis.scores import confusion_matrix, macro_f1

IMAGES, PER_PERSON, DRAWS = 500, 4, 500
SEEDS = (1, 3, 5, 10)
SPREADS = (0.0, 0.01, 0.03)  # standard deviation of accuracy over seeds, all images being known
SHARES = np.array([0.13, 0.03, 0.14, 0.25, 0.18, 0.16, 0.11])  # of the emotions
RECALLS = np.array([0.6, 0.5, 0.4, 0.85, 0.65, 0.55, 0.75])  # of a seed of mean skill
PERSON, IMAGE, OWN = 0.3, 0.3, 0.2  # variances; OWN of image and model, and of image and seed
WORLDS = ("no persons", "persons, drawn by person", "persons, drawn by image")
SCORES = ("accuracy", "macro-F1", "paired difference of macro-F1")


class Trained(NamedTuple):
    """Two models of ten seeds on one sample of images."""

    truth: np.ndarray  # (n,)
    persons: np.ndarray  # (n,)
    predicted: np.ndarray  # (20, n)
    skills: np.ndarray  # (20,)


def sample(rng: np.random.Generator, spread: float, persons: bool) -> Trained:
    """Draw images and seeds; `spread` is the standard deviation of the seeds' skills."""
    n, seeds = IMAGES, max(SEEDS)
    truth, skills = rng.choice(7, n, p=SHARES), rng.normal(0, 1, 2 * seeds) * spread
    who = rng.integers(0, n // PER_PERSON, n) if persons else np.arange(n)
    easy = rng.normal(0, PERSON**0.5, n)[who] + rng.normal(0, IMAGE**0.5, n)
    model = np.repeat(rng.normal(0, OWN**0.5, (2, n)), seeds, axis=0)
    alone = rng.normal(0, OWN**0.5, (2 * seeds, n))
    hit = ndtri(RECALLS)[truth] + skills[:, None] + easy + model + alone > 0
    other = (truth + rng.integers(1, 7, hit.shape)) % 7
    return Trained(truth, who, np.where(hit, truth, other), skills)


def known(skill: np.ndarray) -> dict[str, np.ndarray]:
    """Return accuracy and macro-F1 on all images of nets of these skills, (S,) each."""
    recall = ndtr(ndtri(RECALLS) + np.asarray(skill)[:, None])
    wrong = SHARES * (1 - recall)
    named = SHARES * recall + (wrong.sum(axis=1, keepdims=True) - wrong) / 6
    f1 = (2 * SHARES * recall / (SHARES + named)).mean(axis=1)
    return {"accuracy": recall @ SHARES, "macro-F1": f1}


def over_seeds(spread: float) -> dict[str, float]:
    """Return the means of `known` over all seeds, by Gauss–Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(41)
    means = {name: v @ weights / weights.sum() for name, v in known(spread * points).items()}
    return {**means, SCORES[2]: 0.0}


def intervals(
    world: Trained, seed: int, by_person: bool
) -> Iterator[tuple[str, int, Estimate, float]]:
    """Yield score, number of seeds, its interval, and the truth of these very nets."""
    units = numbered(list(map(str, world.persons))) if by_person else np.arange(IMAGES)
    drawn = macro_f1(bootstrap_images(world.truth, world.predicted, seed, DRAWS, 7, units))
    counts = np.stack([confusion_matrix(world.truth, guess) for guess in world.predicted])
    hits, seen, own = world.predicted == world.truth, macro_f1(counts), known(world.skills)
    for seeds in SEEDS:
        one, two = (slice(start, start + seeds) for start in (0, max(SEEDS)))
        first, second = (Scored(seen[at], drawn[:, at]) for at in (one, two))
        f1 = own["macro-F1"][one].mean()
        yield SCORES[0], seeds, share_estimate(hits[one], units), own["accuracy"][one].mean()
        yield SCORES[1], seeds, estimate_of(first), f1
        yield SCORES[2], seeds, estimate_of(first, -second), f1 - own["macro-F1"][two].mean()


def covered(world: str, spread: float, repeats: int) -> pd.DataFrame:
    """Return the rows of one world and spread: in percent, how many intervals hold the truth."""
    rng, hits = np.random.default_rng(7), Counter[tuple[str, str]]()
    skill = spread / accuracy_slope()
    truth = over_seeds(skill)
    for repeat in range(repeats):
        made = sample(rng, skill, world != WORLDS[0])
        for score, seeds, (_, lo, hi), own in intervals(made, repeat, world == WORLDS[1]):
            hits[score, f"{seeds} seed{'s' * (seeds > 1)}"] += lo <= truth[score] <= hi
            if seeds == 1:
                hits[score, "1 seed, these nets"] += lo <= own <= hi
    columns = ["1 seed, these nets", "1 seed", *(f"{seeds} seeds" for seeds in SEEDS[1:])]
    rows = [
        {"score": score, "images": world, "SD over seeds": spread, "repeats": repeats}
        | {column: f"{100 * hits[score, column] / repeats:.1f}" for column in columns}
        for score in SCORES
    ]
    return pd.DataFrame(rows)


def accuracy_slope() -> float:
    """Return how much accuracy a unit of skill is worth at mean skill."""
    lo, hi = known(np.array([-1e-4, 1e-4]))["accuracy"]
    return (hi - lo) / 2e-4


def main() -> None:
    """Print the table, and write it as CSV where asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--csv", type=Path, help="where to write the table")
    given = parser.parse_args()
    start = time.process_time()
    parts = []
    for world, spread in product(WORLDS, SPREADS):
        parts.append(covered(world, spread, given.repeats))
        print(parts[-1].to_string(index=False, header=len(parts) == 1), flush=True)
    order = {score: place for place, score in enumerate(SCORES)}
    table = pd.concat(parts).sort_values("score", key=lambda s: s.map(order), kind="stable")
    if given.csv:
        given.csv.write_text(table.to_csv(index=False, lineterminator="\n"))
    print(f"{given.repeats:,} repeats, {time.process_time() - start:.0f} s")


if __name__ == "__main__":
    main()
