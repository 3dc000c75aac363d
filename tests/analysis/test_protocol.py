"""The protocol page alone is enough to repeat the numbers of the committed results."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from fer_core.analysis.draws import DRAWS
from fer_core.analysis.intervals import LEVEL
from fer_core.analysis.leaderboard import compare
from fer_core.analysis.outcomes import outcomes
from fer_core.predictions import read_predictions

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "book" / "protocol.md").read_text()
EMOTIONS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]


def draws_by_the_page(table, test, draws=2000):
    """Macro-F1 of every draw as a reader of the page would compute it, and of the whole table."""
    table = table.sort_values("sample_id", key=lambda column: column.astype(str))
    truth = table["emotion"].map(EMOTIONS.index).to_numpy()
    guess = table[[f"p_{emotion}" for emotion in EMOTIONS]].to_numpy().argmax(axis=1)
    generator = np.random.default_rng([0, zlib.crc32(test.encode())])
    n = len(table)
    scores = [macro_f1(truth, guess)]
    for _ in range(draws):
        at = generator.integers(0, n, size=n)
        scores.append(macro_f1(truth[at], guess[at]))
    return np.array(scores[1:]), scores[0], np.mean(truth == guess)


def macro_f1(true, said):
    hits = np.bincount(true[true == said], minlength=7)
    there, named = np.bincount(true, minlength=7), np.bincount(said, minlength=7)
    some = there > 0
    return np.mean(2 * hits[some] / (there + named)[some])


def joined_by_the_page(score, limits, margin):
    below, above = max(score - limits[0], 0), max(limits[1] - score, 0)
    return score, score - np.hypot(below, margin), score + np.hypot(above, margin)


def wilson_by_the_book(share, n):
    z = norm.ppf(0.975)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


@pytest.mark.parametrize("test", ["london", "fer2013"])
def test_the_page_gives_the_printed_limits(test):
    run = ROOT / "results/open/mobilenetv3-48/fer2013/seed0/predictions"
    table = read_predictions(run / f"{test}.parquet")
    keys = {"model": "mobilenetv3-48", "train": "fer2013", "seed": 0, "test": test}
    (outcome,) = outcomes(table.assign(**keys)).values()
    estimate = outcome.estimate("macro_f1")
    shuffled = pd.DataFrame(table).sample(frac=1, random_state=1)
    drawn, score, _ = draws_by_the_page(shuffled, test)
    limits = np.nanquantile(drawn, [0.025, 0.975])
    assert (score, *limits) == pytest.approx(estimate, abs=1e-6)


def seeds_of(model, runs):
    """Runs of the open study as if they were the seeds of one model, and the tables of each."""
    folder = ROOT / "results/open"
    tables = [read_predictions(folder / run / "seed0/predictions/london.parquet") for run in runs]
    keys = {"model": model, "train": "fer2013", "test": "london"}
    return [table.assign(**keys, seed=seed) for seed, table in enumerate(tables)], tables


SMALL = ("mobilenetv3-48/fer2013", "resnet10t-48/fer2013", "mobilenetv3-48/ferplus")
LARGE = ("efficientnet-lite0-96/fer2013", "efficientnet-lite0-112/fer2013")


def test_the_page_gives_the_limits_over_several_seeds():
    long, tables = seeds_of("small", SMALL)
    (outcome,) = outcomes(pd.concat(long)).values()
    drawn, scores, shares = zip(*(draws_by_the_page(t, "london") for t in tables), strict=True)
    t = student.ppf(0.975, len(SMALL) - 1)
    limits = np.nanquantile(np.mean(drawn, axis=0), [0.025, 0.975])
    margin = t * np.std(scores, ddof=1) / np.sqrt(len(SMALL))
    found = joined_by_the_page(np.mean(scores), limits, margin)
    assert np.clip(found, 0, 1) == pytest.approx(outcome.estimate("macro_f1"), abs=1e-6)
    limits = wilson_by_the_book(np.mean(shares), len(tables[0]))
    margin = t * np.std(shares, ddof=1) / np.sqrt(len(SMALL))
    found = joined_by_the_page(np.mean(shares), limits, margin)
    assert np.clip(found, 0, 1) == pytest.approx(outcome.estimate("accuracy"), abs=1e-6)


def test_the_page_gives_the_limits_of_a_difference_of_models_with_seeds_of_their_own():
    (one, ours), (two, theirs) = seeds_of("small", SMALL), seeds_of("large", LARGE)
    small, large = outcomes(pd.concat([*one, *two])).values()
    sides = []
    for tables in (ours, theirs):
        drawn, scores, _ = zip(*(draws_by_the_page(t, "london") for t in tables), strict=True)
        sides.append(
            (np.mean(drawn, axis=0), np.mean(scores), np.var(scores, ddof=1) / len(tables))
        )
    (drawn, score, part), (other_drawn, other_score, other) = sides
    freedom = (part + other) ** 2 / (part**2 / (len(SMALL) - 1) + other**2 / (len(LARGE) - 1))
    margin = student.ppf(0.975, freedom) * np.sqrt(part + other)
    limits = np.nanquantile(drawn - other_drawn, [0.025, 0.975])
    difference, _ = compare(small, large, "macro_f1")
    found = joined_by_the_page(score - other_score, limits, margin)
    assert found == pytest.approx(difference, abs=1e-6)


def test_the_figures_of_the_page_are_those_of_the_code():
    tail = (1 - LEVEL) / 2
    assert f"Draw {DRAWS} times" in PAGE
    assert f"quantiles {tail:.3f} and {1 - tail:.3f} of the {DRAWS} scores" in PAGE
