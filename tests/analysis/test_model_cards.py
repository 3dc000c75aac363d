"""What one must know to take a model away, from records and predictions alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import recall_score

from fer_core.analysis.cards import STARTS as STARTS_FILE
from fer_core.analysis.cards import read_starts
from fer_core.analysis.catalogue import COLUMNS
from fer_core.analysis.leaderboard import leaderboard
from fer_core.analysis.model_cards import model_cards, recall_table, skill_table
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.summaries import read_summaries
from fer_core.emotions import EMOTIONS
from fer_core.files import read_json
from fer_core.predictions import PROBABILITIES, VALIDATION
from fer_core.records import RunRecord
from fer_core.runs import find_runs
from fer_core.study import Study
from tests.analysis.simulated import small_study

NOTHING = pd.DataFrame(columns=list(COLUMNS))
STARTS = pd.DataFrame(
    [("none", "random", "nobody's"), ("file", "a file", "free")],
    columns=["start", "origin", "terms"],
)
SHARED = {(a, b): 0.0 for a in ("alpha", "beta") for b in ("alpha", "beta", "duo")}


def test_a_card_stands_for_each_run_and_says_what_its_record_says(
    simulated_results: Callable[..., Study],
) -> None:
    study = simulated_results(seeds=(0, 1))
    cards = model_cards(find_runs(study), read_summaries(study), NOTHING, STARTS)
    assert len(cards) == 8
    for row, record in zip(cards.to_dict("records"), find_runs(study), strict=True):
        assert (row["model"], row["train"], row["seed"]) == record.cell
        assert row["parameters"] == record.parameters
        assert row["megabytes"] == pytest.approx(4 * record.parameters / 1e6)
        assert row["labels"].split() == list(record.classes)
        card = read_summaries(study)[record.train]["card"]
        assert (row["licence"], row["consent"]) == (card["licence"], card["consent"])
        assert row["images"] == record.rows["train"]
        assert pd.isna(row["macs"])


def card_of(record: RunRecord, study: Study, catalogue: pd.DataFrame, **changed: object) -> dict:
    changed_record = record.model_copy(update=changed)
    table = model_cards([changed_record], read_summaries(study), catalogue, STARTS)
    return table.iloc[0].to_dict()


def test_operations_are_those_of_the_very_net_in_the_catalogue(
    simulated_results: Callable[..., Study],
) -> None:
    study = simulated_results()
    record = find_runs(study)[0]
    spec = {**record.spec, "backbone": "net", "input_size": 48}
    row = {"model": "net", "size": 48, "macs": 7, "options": '{"pool": 3, "dropout": 0.0}'}
    table = pd.DataFrame([{**row, "size": 96, "macs": 9}, row])
    usual = {"pool": 3, "dropout": 0.5, "deployed": False}
    assert card_of(record, study, table, spec=spec, options=usual)["macs"] == 7
    assert card_of(record, study, table, spec=spec, options={})["macs"] == 7
    assert pd.isna(card_of(record, study, table, spec=spec, options={"pool": 2})["macs"])
    assert pd.isna(card_of(record, study, table, spec={**spec, "input_size": 64})["macs"])
    plain = table.assign(options="")
    assert card_of(record, study, plain, spec=spec, options={})["macs"] == 7


def test_a_start_is_told_with_its_origin_and_terms_and_an_unknown_one_by_its_name(
    simulated_results: Callable[..., Study],
) -> None:
    study = simulated_results()
    record = find_runs(study)[0]
    told = {}
    for source in ("none", "file 0.1.0", "else.pth"):
        card = card_of(record, study, NOTHING, weights={"source": source})
        told[source] = (card["start"], card["start_terms"])
    assert told == {
        "none": ("random", "nobody's"),
        "file 0.1.0": ("a file (file 0.1.0)", "free"),
        "else.pth": ("else.pth", "not known here"),
    }


@pytest.mark.parametrize("study", ["open", "methods"])
def test_origin_and_terms_of_every_committed_start_are_known(study: str) -> None:
    root = Path(__file__).parents[2]
    starts = read_starts(root / STARTS_FILE)["start"].tolist()
    files = sorted((root / "results" / study).glob("*/*/seed*/run.json"))
    assert files
    for file in files:
        source = str(read_json(file)["weights"].get("source") or "none")
        assert any(source.startswith(start) for start in starts), source


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


def test_skill_is_the_score_on_other_photographs_of_the_leaderboard() -> None:
    study = small_study((0, 1))
    found = outcomes(study, 20)
    held_out = study[study["train"] == study["test"]].assign(part=VALIDATION)
    board = leaderboard(found, outcomes(held_out, 20), shared=SHARED)
    trained = board[["model", "train"]]
    cards = pd.concat([trained.assign(parameters=7), trained.assign(parameters=9)])
    table = skill_table(found, SHARED, cards, "macro_f1").set_index(["model", "train"])
    expected = board.set_index(["model", "train"])["other_photographs_macro_f1"]
    assert len(table) == len(board) == 4
    for cell, value in expected.items():
        assert table["skill"][cell] == pytest.approx(value, abs=1e-12)
    assert set(table["parameters"]) == {7}  # of the first seed


def test_only_models_that_were_tested_on_other_photographs_have_a_skill() -> None:
    found = outcomes(small_study(), 20)
    trained = {(key.model, key.train) for key in found}
    cards = pd.DataFrame(sorted(trained), columns=["model", "train"]).assign(parameters=7)
    here = {("alpha", "beta"): 0.0}  # of no other pair is known what it shares
    table = skill_table(found, here, cards, "accuracy")
    assert set(table["train"]) == {"alpha"}
    assert skill_table(found, {}, cards, "accuracy").empty
