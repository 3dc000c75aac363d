"""What is taken for what, counted from the predictions themselves."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from fer_core.analysis.confusions import (
    PER_TEST,
    confident_errors,
    confused_pairs,
    confusion_table,
    first_fitting,
)
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import Outcome, outcomes
from fer_core.emotions import EIGHT, EMOTIONS
from fer_core.predictions import VALIDATION, probabilities_of
from tests.analysis.simulated import TRUTH, guesses, long, small_study

STUDY = small_study(seeds=(0, 1))
SHARED = {("alpha", "beta"): 0.0, ("alpha", "duo"): 0.0, ("beta", "alpha"): 0.0}


@pytest.fixture(scope="module")
def found() -> dict[Key, Outcome]:
    return outcomes(STUDY, 20)


def answered(model: str, train: str, test: str) -> pd.DataFrame:
    cell = (STUDY["model"] == model) & (STUDY["train"] == train) & (STUDY["test"] == test)
    named = probabilities_of(STUDY).argmax(axis=1)
    return STUDY.assign(answer=np.array(EMOTIONS)[named])[cell]


def test_the_table_is_the_mean_over_seeds_of_scikit_learns_matrices(found) -> None:
    table = confusion_table(found, SHARED).set_index(["model", "train", "test"]).sort_index()
    for key in found:
        runs = [run for _, run in answered(*key[:3]).groupby("seed")]
        theirs = [confusion_matrix(r["emotion"], r["answer"], labels=EMOTIONS) for r in runs]
        mine = table.loc[key[:3]].pivot(index="emotion", columns="answer", values="count")
        mean = np.mean(theirs, axis=0)
        there = [name for name in EMOTIONS if name in set(runs[0]["emotion"])]
        assert sorted(mine.index) == sorted(there)
        at = [EMOTIONS.index(name) for name in there]
        assert np.array_equal(mine.loc[there, list(EMOTIONS)], mean[at])
        assert (table.loc[key[:3], "share"] * table.loc[key[:3], "n"]).sum() == pytest.approx(
            len(runs[0])
        )


def test_contempt_is_an_answer_and_a_truth_only_to_nets_that_know_it() -> None:
    eight = outcomes(long(away=guesses(TRUTH, EIGHT), b=guesses(TRUTH, EMOTIONS, 1)), 5)
    table = confusion_table(eight, {})
    assert "contempt" in set(table[table["train"] == "away"]["emotion"])
    others = table[table["train"] == "b"]
    assert "contempt" not in set(others["emotion"])
    assert (others[others["answer"] == "contempt"]["count"] == 0).all()


def test_pairs_are_pooled_within_a_kind_of_test_and_never_across() -> None:
    rows = [
        ("m", "a", test, kind, 1, "fear", n, "sad", count, count / n)
        for test, kind, n, count in (
            ("b", "other photographs", 10, 6),
            ("c", "other photographs", 30, 1),
            ("a", "in-domain", 20, 2),
        )
    ]
    rows.append(("m", "a", "b", "other photographs", 1, "happy", 100, "sad", 8, 0.08))
    rows.append(("m", "a", "b", "other photographs", 1, "happy", 100, "fear", 0, 0.0))
    rows.append(("m", "a", "b", "other photographs", 1, "happy", 100, "happy", 92, 0.92))
    names = ["model", "train", "test", "kind", "seeds", "emotion", "n", "answer", "count", "share"]
    pairs = confused_pairs(pd.DataFrame(rows, columns=names))
    told = pairs[["kind", "place", "emotion", "count", "n", "share"]].to_numpy().tolist()
    assert told == [
        ["in-domain", 1, "fear", 2, 20, 0.1],
        ["other photographs", 1, "happy", 8, 100, 0.08],
        ["other photographs", 2, "fear", 7, 40, 7 / 40],
    ]


def test_the_surest_errors_are_wrong_sorted_and_each_image_once(found) -> None:
    errors = confident_errors(found, {"alpha": "small"}, SHARED, {})
    assert set(errors["model"]) == {"small"}
    assert set(errors["train"]) == {"alpha"}
    assert (errors["source"] == errors["test"]).all()
    for test, part in errors.groupby("test"):
        runs = answered("small", "alpha", str(test))
        runs = runs.assign(probability=probabilities_of(runs).max(axis=1))
        wrong = runs[runs["emotion"] != runs["answer"]]
        best = wrong.groupby("sample_id")["probability"].max().sort_values(ascending=False)
        assert part["probability"].tolist() == best.head(PER_TEST).tolist()
        assert part["sample_id"].is_unique
        named = part.merge(runs, on=["sample_id", "seed", "emotion", "answer", "probability"])
        assert len(named) == len(part)


def test_the_source_of_an_error_on_a_compiled_set_stands_before_its_name() -> None:
    names = [f"{'one' if i % 2 else 'two'}/{i}" for i in range(60)]
    truth = [EMOTIONS[i % 7] for i in range(60)]
    table = guesses(truth, EMOTIONS).assign(sample_id=names, model="m", train="a", seed=0, test="b")
    errors = confident_errors(outcomes(table, 5), {"a": "m"}, {}, {"b": ["one", "two"]})
    assert (errors["source"] == errors["sample_id"].str.split("/").str[0]).all()
    assert set(errors["source"]) == {"one", "two"}


def test_where_not_all_fit_the_first_by_validation_of_each_training_set_are_kept(found) -> None:
    own = STUDY[STUDY["test"] == STUDY["train"]].assign(part=VALIDATION)
    validation = outcomes(own, 5)
    assert set(first_fitting(found, validation, 12)) == set(found)
    few = first_fitting(found, validation, 11)
    assert {key.model for key in few} == {"big"}
    assert {key.train for key in few} == {"alpha", "beta"}
    assert len(first_fitting(found, validation, 1)) == 6, "one of each training set at least"
    assert [key.test for key in few][:3] == ["alpha", "beta", "duo"]
    assert [key.test for key in few][3:] == ["beta", "alpha", "duo"]
