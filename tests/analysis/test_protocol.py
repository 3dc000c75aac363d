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
from fer_core.analysis.keys import Key
from fer_core.analysis.leaderboard import compare
from fer_core.analysis.outcomes import outcomes
from fer_core.persons import with_persons
from fer_core.predictions import read_predictions

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "book" / "protocol.md").read_text()
EMOTIONS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]


def units_by_the_page(table, test, folder=ROOT / "results/open/data"):
    """The number of the unit of every row of a sorted table."""
    file = folder / f"{test}.persons.csv"
    person = dict(pd.read_csv(file).to_numpy().tolist()) if file.is_file() else {}
    units = [("person", person[s]) if s in person else ("row", s) for s in table["sample_id"]]
    order = list(dict.fromkeys(units))
    return np.array([order.index(unit) for unit in units])


def by_the_page(table, test, draws=2000):
    """Macro-F1 of every draw as a reader of the page would compute it, that of the whole table,
    and which images are right."""
    table = table.sort_values("sample_id", key=lambda column: column.astype(str))
    truth = table["emotion"].map(EMOTIONS.index).to_numpy()
    guess = table[[f"p_{emotion}" for emotion in EMOTIONS]].to_numpy().argmax(axis=1)
    units = units_by_the_page(table, test)
    rows = [np.flatnonzero(units == unit) for unit in range(units.max() + 1)]
    generator = np.random.default_rng([0, zlib.crc32(test.encode())])
    scores = [macro_f1(truth, guess)]
    for _ in range(draws):
        at = np.concatenate([rows[i] for i in generator.integers(0, len(rows), size=len(rows))])
        scores.append(macro_f1(truth[at], guess[at]))
    return np.array(scores[1:]), scores[0], truth == guess


def macro_f1(true, said):
    hits = np.bincount(true[true == said], minlength=7)
    there, named = np.bincount(true, minlength=7), np.bincount(said, minlength=7)
    some = there > 0
    return np.mean(2 * hits[some] / (there + named)[some])


def joined_by_the_page(score, limits, v, t, common=1.0):
    z, distances = norm.ppf(0.975), [max(score - limits[0], 0), max(limits[1] - score, 0)]
    w = [(common * d / z) ** 2 for d in distances]
    below, above = ((v * t + part * z) / np.sqrt(v + part) for part in w)
    return score, score - below, score + above


def common_by_the_page(drawn, *groups):
    """`groups`: for each the scores of its seeds by draw, (S, draws)."""
    own = sum(
        np.var(g - np.mean(g, axis=0), axis=1).sum() / (len(g) * (len(g) - 1)) for g in groups
    )
    return np.sqrt(1 - own / np.var(drawn))


def effective_by_the_page(hits, units):
    """`hits` (S, n) of the seeds."""
    seeds, n = hits.shape
    p, off = hits.mean(), hits - hits.mean(axis=1, keepdims=True)
    variances = []
    for together in (units, np.arange(n)):
        sums = np.array([[row[together == u].sum() for u in np.unique(together)] for row in off])
        own = ((sums - sums.mean(axis=0)) ** 2).sum() / (seeds * (seeds - 1)) if seeds > 1 else 0
        variances.append(((sums.mean(axis=0) ** 2).sum() - own) / n**2)
    return p * (1 - p) / max(variances)


def wilson_by_the_book(share, n):
    z = norm.ppf(0.975)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return centre - half, centre + half


@pytest.mark.parametrize("test", ["london", "fer2013"])
def test_the_page_gives_the_printed_limits(test):
    key = Key("mobilenetv3-48", "fer2013", test)
    run = ROOT / "results/open/mobilenetv3-48/fer2013/seed0/predictions"
    table = read_predictions(run / test / "clean.parquet")
    table = table.assign(model=key.model, train=key.train, seed=0, test=test)
    outcome = outcomes(with_persons(table, "open"))[key]
    drawn, score, hits = by_the_page(table.sample(frac=1, random_state=1), test)
    limits = np.nanquantile(drawn, [0.025, 0.975])
    assert (score, *limits) == pytest.approx(outcome.estimate("macro_f1"), abs=1e-6)
    table = table.sort_values("sample_id", key=lambda column: column.astype(str))
    n = effective_by_the_page(hits[None], units_by_the_page(table, test))
    limits = wilson_by_the_book(hits.mean(), n)
    assert (hits.mean(), *limits) == pytest.approx(outcome.estimate("accuracy"), abs=1e-6)


def seeds_of(model, runs):
    """Runs of the open study as if they were the seeds of one model, and the tables of each."""
    folder = ROOT / "results/open"
    tables = [
        read_predictions(folder / run / "seed0/predictions/london/clean.parquet") for run in runs
    ]
    keys = {"model": model, "train": "fer2013", "test": "london"}
    return [table.assign(**keys, seed=seed) for seed, table in enumerate(tables)], tables


SMALL = ("mobilenetv3-48/fer2013", "resnet10t-48/fer2013", "mobilenetv3-48/ferplus")
LARGE = ("efficientnet-lite0-96/fer2013", "efficientnet-lite0-112/fer2013")


def test_the_page_gives_the_limits_over_several_seeds():
    long, tables = seeds_of("small", SMALL)
    (outcome,) = outcomes(with_persons(pd.concat(long), "open")).values()
    drawn, scores, hits = zip(*(by_the_page(t, "london") for t in tables), strict=True)
    t, mean = student.ppf(0.975, len(SMALL) - 1), np.mean(drawn, axis=0)
    limits = np.nanquantile(mean, [0.025, 0.975])
    v = np.var(scores, ddof=1) / len(SMALL)
    found = joined_by_the_page(np.mean(scores), limits, v, t, common_by_the_page(mean, drawn))
    assert np.clip(found, 0, 1) == pytest.approx(outcome.estimate("macro_f1"), abs=1e-6)
    rows = tables[0].sort_values("sample_id", key=lambda column: column.astype(str))
    n = effective_by_the_page(np.array(hits), units_by_the_page(rows, "london"))
    limits = wilson_by_the_book(np.mean(hits), n)
    v = np.var(np.mean(hits, axis=1), ddof=1) / len(SMALL)
    found = joined_by_the_page(np.mean(hits), limits, v, t)
    assert np.clip(found, 0, 1) == pytest.approx(outcome.estimate("accuracy"), abs=1e-6)


def test_the_page_gives_the_limits_of_a_difference_of_models_with_seeds_of_their_own():
    (one, ours), (two, theirs) = seeds_of("small", SMALL), seeds_of("large", LARGE)
    small, large = outcomes(with_persons(pd.concat([*one, *two]), "open")).values()
    sides = []
    for tables in (ours, theirs):
        drawn, scores, _ = zip(*(by_the_page(t, "london") for t in tables), strict=True)
        sides.append((drawn, np.mean(scores), np.var(scores, ddof=1) / len(tables)))
    (drawn, score, part), (other_drawn, other_score, other) = sides
    freedom = (part + other) ** 2 / (part**2 / (len(SMALL) - 1) + other**2 / (len(LARGE) - 1))
    t, apart = student.ppf(0.975, freedom), np.mean(drawn, axis=0) - np.mean(other_drawn, axis=0)
    limits = np.nanquantile(apart, [0.025, 0.975])
    common = common_by_the_page(apart, drawn, other_drawn)
    difference, _ = compare(small, large, "macro_f1")
    found = joined_by_the_page(score - other_score, limits, part + other, t, common)
    assert found == pytest.approx(difference, abs=1e-6)


def test_every_share_in_the_table_of_coverage_is_near_95_where_it_should_be():
    table = pd.read_csv(ROOT / "book" / "coverage.csv")
    assert set(table["SD over seeds"]) == {0, 0.01, 0.03}
    known = table[table["images"] != "persons, drawn by image"]
    shares = known[["1 seed, these nets", "3 seeds", "5 seeds", "10 seeds"]].to_numpy()
    assert abs(shares - 95).max() < 4, "2 and a little for chance"
    assert abs(shares.mean() - 95) < 1
    # What the page says of them in words.
    assert known["3 seeds"].mean() > known["10 seeds"].mean() > 94.5
    by_person = table["images"] == "persons, drawn by person"
    f1 = table[by_person & (table["score"] == "macro-F1")]
    assert f1["1 seed, these nets"].mean() < 95
    unknown = table["images"] == "persons, drawn by image"
    narrow = ["1 seed, these nets", "3 seeds", "5 seeds", "10 seeds"]
    assert table[unknown][narrow].to_numpy().mean() < table[by_person][narrow].to_numpy().mean() - 2
    assert (known["1 seed"] <= known["1 seed, these nets"]).all()


def test_the_figures_of_the_page_are_those_of_the_code():
    tail = (1 - LEVEL) / 2
    assert f"Draw {DRAWS} times" in PAGE
    assert f"quantiles {tail:.3f} and {1 - tail:.3f} of the {DRAWS} scores" in PAGE
