"""Scores of a compiled test set, source by source."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.by_source import ALL, source_table
from fer_core.analysis.intervals import share_estimate, wilson
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.scores import (
    accuracy,
    emotion_codes,
    macro_f1,
)
from fer_core.errors import FerError
from fer_core.predictions import probabilities_of
from tests.analysis.simulated import confusion_of, simulate_study

SIZES = {"easy": 200, "hard": 120, "duo": 60}
ACCURACY = {"easy": 0.9, "hard": 0.4, "duo": 0.6}


def compiled_study(seeds: tuple[int, ...] = (0,)) -> pd.DataFrame:
    """Two models tested on one set of three sources; the last has two emotions only."""
    cells = {
        (model, "mix", source): accuracy - 0.1 * (model == "small")
        for model in ("big", "small")
        for source, accuracy in ACCURACY.items()
    }
    table = simulate_study(cells, SIZES, seeds, {"duo": ("happy", "neutral")})
    table["sample_id"] = table["test"] + "/" + table["sample_id"]
    return table.assign(test="mix")


def of_cell(table: pd.DataFrame, model: str, source: str) -> pd.Series:
    return table.set_index(["model", "source"]).loc[(model, source)]


def test_every_source_is_scored_as_if_it_were_a_test_set_of_its_own():
    predictions = compiled_study()
    table = source_table(predictions, tuple(SIZES), 100)
    assert len(table) == 2 * 4
    for source, n in SIZES.items():
        row = of_cell(table, "big", source)
        own = predictions[
            (predictions["model"] == "big") & predictions["sample_id"].str.startswith(f"{source}/")
        ]
        confusion = confusion_of(own)
        assert row["n"] == n
        assert row["accuracy"] == pytest.approx(float(accuracy(confusion)))
        assert row["macro_f1"] == pytest.approx(float(macro_f1(confusion)))
        lo, hi = wilson(np.array(row["accuracy"] * n), np.array(n))
        assert (row["accuracy_lo"], row["accuracy_hi"]) == pytest.approx((float(lo), float(hi)))
        assert row["macro_f1_lo"] < row["macro_f1"] < row["macro_f1_hi"]
    assert of_cell(table, "big", "duo")["classes"] == "happy neutral"


def test_the_row_of_all_sources_is_the_row_of_the_whole_test_set():
    predictions = compiled_study()
    row = of_cell(source_table(predictions, tuple(SIZES), 100), "small", ALL)
    whole = outcomes(predictions, 100)[Key("small", "mix", "mix")]
    assert row["n"] == sum(SIZES.values())
    assert tuple(row[["macro_f1", "macro_f1_lo", "macro_f1_hi"]]) == whole.estimate("macro_f1")
    assert tuple(row[["accuracy", "accuracy_lo", "accuracy_hi"]]) == whole.estimate("accuracy")


def test_seeds_widen_the_interval_of_every_source():
    predictions = compiled_study(seeds=(0, 1, 2))
    row = of_cell(source_table(predictions, tuple(SIZES), 100), "big", "hard")
    mine = predictions[predictions["model"] == "big"]
    mine = mine[mine["sample_id"].str.startswith("hard/")]
    runs = [run.sort_values("sample_id") for _, run in mine.groupby("seed")]
    hits = np.array(
        [probabilities_of(run).argmax(axis=1) == emotion_codes(run["emotion"]) for run in runs]
    )
    assert row["seeds"] == 3
    joined = share_estimate(hits)
    assert tuple(row[["accuracy", "accuracy_lo", "accuracy_hi"]]) == pytest.approx(joined)
    assert joined.hi - joined.lo > share_estimate(hits[:1]).hi - share_estimate(hits[:1]).lo


def test_the_order_of_the_images_does_not_matter():
    predictions = compiled_study()
    shuffled = predictions.sample(frac=1, random_state=1)
    keys = ["model", "source"]
    one = source_table(predictions, tuple(SIZES), 50).sort_values(keys, ignore_index=True)
    two = source_table(shuffled, tuple(SIZES), 50).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(one, two)


def test_a_source_without_test_images_is_shown_with_none():
    table = source_table(compiled_study(), (*SIZES, "absent"), 50)
    row = of_cell(table, "big", "absent")
    assert (row["n"], row["seeds"], row["classes"]) == (0, 0, "")
    assert np.isnan(row["accuracy"])
    assert np.isnan(row["macro_f1_lo"])


def test_an_image_of_no_known_source_is_refused():
    with pytest.raises(FerError, match=r"'duo/s000000' comes from none of the sources easy, hard"):
        source_table(compiled_study(), ("easy", "hard"), 50)


def test_a_source_whose_name_begins_another_one_is_told_apart():
    predictions = compiled_study()
    predictions["sample_id"] = predictions["sample_id"].str.replace("hard/", "easy-2/")
    table = source_table(predictions, ("easy", "easy-2", "duo"), 50)
    assert of_cell(table, "big", "easy")["n"] == 200
    assert of_cell(table, "big", "easy-2")["n"] == 120
