"""A table with holes is refused, unless the holes say what they are."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.cross import cross_table
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.verify_dense import fill_holes, verify_dense
from fer_core.errors import FerError
from fer_core.runs import RunStatus
from fer_core.study import Study
from tests.analysis.simulated import small_study

STUDY = Study(
    name="toy",
    title="Toy",
    models={"big": {"backbone": "resnet18"}, "small": {"backbone": "resnet18"}},
    train=("alpha", "beta"),
    test=("alpha", "beta", "duo"),
    seeds=(0, 1),
)


@pytest.fixture(scope="module")
def predictions():
    return small_study(seeds=(0, 1))


def statuses(**states):
    return [
        RunStatus(*cell, *states.get(f"{cell.model}_{cell.train}_{cell.seed}", ("done", "")), None)
        for cell in STUDY.cells()
    ]


def without(predictions, model, train, *seeds):
    gone = (predictions["model"] == model) & (predictions["train"] == train)
    return predictions[~(gone & predictions["seed"].isin(seeds))]


def test_a_full_table_passes_and_is_in_the_order_of_the_study(predictions):
    table = fill_holes(STUDY, cross_table(outcomes(predictions, 50)), statuses())
    verify_dense(STUDY, table)
    assert (table["state"] == "done").all()
    assert (table["planned"] == 2).all()
    order = [(c.train, c.model, t) for c in STUDY.cells() if c.seed == 0 for t in STUDY.test]
    assert list(zip(table["train"], table["model"], table["test"], strict=True)) == order


def test_an_absent_row_raises_with_its_name(predictions):
    table = cross_table(outcomes(without(predictions, "small", "beta", 0, 1), 50))
    with pytest.raises(FerError, match=r"holes: small × beta × alpha × clean, .*fill_holes"):
        verify_dense(STUDY, table)


def test_a_failed_run_is_shown_with_its_message(predictions):
    some = cross_table(outcomes(without(predictions, "small", "beta", 0, 1), 50))
    known = statuses(small_beta_0=("failed", "diverged"), small_beta_1=("not run", ""))
    table = fill_holes(STUDY, some, known)
    verify_dense(STUDY, table)
    hole = table[(table["model"] == "small") & (table["train"] == "beta")]
    assert list(hole["state"]) == ["failed"] * 3
    assert set(hole["message"]) == {"seed 0 failed: diverged; seed 1 not run"}
    assert hole["accuracy"].isna().all()


def test_a_missing_seed_is_shown_as_partial(predictions):
    some = cross_table(outcomes(without(predictions, "big", "alpha", 1), 50))
    with pytest.raises(FerError, match="big × alpha"):
        verify_dense(STUDY, some)
    table = fill_holes(STUDY, some, statuses(big_alpha_1=("running", "")))
    verify_dense(STUDY, table)
    row = table[(table["model"] == "big") & (table["train"] == "alpha")].iloc[0]
    assert (row["state"], row["seeds"], row["message"]) == ("partial", 1, "seed 1 running")


def test_a_blank_number_and_a_doubled_row_raise(predictions):
    table = cross_table(outcomes(predictions, 50))
    blank = table.copy()
    blank.loc[3, "macro_f1_lo"] = np.nan
    with pytest.raises(FerError, match="holes"):
        verify_dense(STUDY, blank)
    with pytest.raises(FerError, match="twice"):
        verify_dense(STUDY, pd.concat([table, table.head(1)]))
