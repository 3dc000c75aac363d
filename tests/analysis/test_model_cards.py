"""What one must know to take a model away, from records and predictions alone."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import recall_score

from fer_core.analysis.model_cards import model_cards, recall_table, skill_table
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.summaries import read_summaries
from fer_core.emotions import EMOTIONS
from fer_core.predictions import PROBABILITIES
from fer_core.runs import find_runs
from fer_core.study import Study
from tests.analysis.simulated import small_study

SHARED = {(a, b): 0.0 for a in ("alpha", "beta") for b in ("alpha", "beta", "duo")}


def test_a_card_stands_for_each_run_and_says_what_its_record_says(
    simulated_results: Callable[..., Study],
) -> None:
    study = simulated_results(seeds=(0, 1))
    cards = model_cards(find_runs(study), read_summaries(study))
    assert len(cards) == 8
    for row, record in zip(cards.to_dict("records"), find_runs(study), strict=True):
        assert (row["model"], row["train"], row["seed"]) == record.cell
        assert row["parameters"] == record.parameters
        assert row["megabytes"] == pytest.approx(4 * record.parameters / 1e6)
        assert row["labels"].split() == list(record.classes)
        assert row["licence"] == read_summaries(study)[record.train]["card"]["licence"]


def test_recall_is_scikit_learns_mean_over_the_test_sets_of_a_kind() -> None:
    study = small_study()
    table = recall_table(outcomes(study, 20), SHARED)
    assert set(table["kind"]) == {"in-domain", "other photographs", "fewer emotions"}
    for row in table.to_dict("records"):
        tests = {"in-domain": [row["train"]], "fewer emotions": ["duo"]}.get(
            row["kind"], [t for t in ("alpha", "beta") if t != row["train"]]
        )
        assert row["cells"] == len(tests)
        (test,) = tests
        part = study.query(
            f"model == '{row['model']}' and train == '{row['train']}' and test == '{test}'"
        )
        answers = np.array(EMOTIONS)[part[list(PROBABILITIES)].to_numpy().argmax(axis=1)]
        for emotion in EMOTIONS:
            if emotion in set(part["emotion"]):
                plain = recall_score(part["emotion"], answers, labels=[emotion], average="macro")
                assert row[emotion] == pytest.approx(plain)
            else:
                assert np.isnan(row[emotion])


def test_only_models_that_were_tested_on_other_photographs_have_a_skill() -> None:
    board = pd.DataFrame(
        {"model": ["a", "b"], "train": ["x", "x"], "other_photographs_accuracy": [0.5, np.nan]}
    )
    cards = pd.DataFrame({"model": ["a", "a", "b"], "train": ["x"] * 3, "parameters": [7, 7, 9]})
    table = skill_table(board, cards, "accuracy")
    assert table.to_dict("records") == [{"model": "a", "train": "x", "skill": 0.5, "parameters": 7}]
