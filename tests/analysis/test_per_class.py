"""Scores emotion by emotion."""

import numpy as np
import pytest

from fer_core.analysis.intervals import wilson
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.per_class import class_table
from fer_core.analysis.scores import f1_scores, precisions, recalls
from fer_core.emotions import EMOTIONS
from tests.analysis.simulated import small_study


def test_every_emotion_of_a_test_set_has_its_scores_and_its_n():
    found = outcomes(small_study(), 100)
    outcome = found[Key("big", "alpha", "beta")]
    table = class_table(found).set_index(["model", "train", "test", "emotion"])
    rows = table.loc[("big", "alpha", "beta")]
    assert list(rows.index) == list(EMOTIONS)
    confusion = outcome.confusions[0]
    np.testing.assert_array_equal(rows["n"], confusion.sum(axis=1))
    np.testing.assert_array_equal(rows["predicted"], confusion.sum(axis=0))
    for column, score in (("precision", precisions), ("recall", recalls), ("f1", f1_scores)):
        np.testing.assert_allclose(rows[column], score(confusion))
    lo, hi = wilson(np.diagonal(confusion), confusion.sum(axis=1))
    np.testing.assert_allclose(rows["recall_lo"], lo)
    np.testing.assert_allclose(rows["recall_hi"], hi)
    for column in ("precision", "f1"):
        assert rows[column].between(rows[f"{column}_lo"], rows[f"{column}_hi"]).all()


def test_emotions_that_a_test_set_lacks_have_no_row():
    table = class_table(outcomes(small_study(), 100))
    assert set(table.loc[table["test"] == "duo", "emotion"]) == {"happy", "neutral"}


def test_several_seeds_give_means_and_wider_intervals():
    found = outcomes(small_study(seeds=(0, 1, 2)), 100)
    row = (
        class_table(found)
        .set_index(["model", "train", "test", "emotion"])
        .loc[("big", "alpha", "beta", "fear")]
    )
    confusions = found[Key("big", "alpha", "beta")].confusions
    assert row["seeds"] == 3
    assert row["recall"] == pytest.approx(recalls(confusions)[:, 2].mean())
    lo, hi = wilson(row["recall"] * row["n"], row["n"])
    assert row["recall_lo"] < lo
    assert row["recall_hi"] > hi
