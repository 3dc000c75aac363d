"""The protocol page alone is enough to repeat the numbers of the committed results."""

import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.intervals import DRAWS, LEVEL
from fer_core.analysis.outcomes import outcomes
from fer_core.predictions import read_predictions

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "book" / "protocol.md").read_text()
EMOTIONS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]


def by_the_page(table, test):
    """The limits of macro-F1 as a reader of the page would compute them."""
    table = table.sort_values("sample_id", key=lambda column: column.astype(str))
    truth = table["emotion"].map(EMOTIONS.index).to_numpy()
    guess = table[[f"p_{emotion}" for emotion in EMOTIONS]].to_numpy().argmax(axis=1)
    generator = np.random.default_rng([0, zlib.crc32(test.encode())])
    scores = []
    for _ in range(2000):
        at = generator.integers(0, len(table), size=len(table))
        true, said = truth[at], guess[at]
        hits = np.bincount(true[true == said], minlength=7)
        there, named = np.bincount(true, minlength=7), np.bincount(said, minlength=7)
        some = there > 0
        scores.append(np.mean(2 * hits[some] / (there + named)[some]))
    return np.nanquantile(scores, [0.025, 0.975])


@pytest.mark.parametrize("test", ["london", "fer2013"])
def test_the_page_gives_the_printed_limits(test):
    run = ROOT / "results/open/mobilenetv3-48/fer2013/seed0/predictions"
    table = read_predictions(run / f"{test}.parquet")
    keys = {"model": "mobilenetv3-48", "train": "fer2013", "seed": 0, "test": test}
    (outcome,) = outcomes(table.assign(**keys)).values()
    estimate = outcome.estimate("macro_f1")
    shuffled = pd.DataFrame(table).sample(frac=1, random_state=1)
    assert by_the_page(shuffled, test) == pytest.approx([estimate.lo, estimate.hi], abs=1e-6)


def test_the_figures_of_the_page_are_those_of_the_code():
    tail = (1 - LEVEL) / 2
    assert f"Draw {DRAWS} times" in PAGE
    assert f"quantiles {tail:.3f} and {1 - tail:.3f} of the {DRAWS} scores" in PAGE
