"""Ranks come from validation images, never from a test set."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.leaderboard import (
    leaderboard,
    validation_name,
    validation_outcomes,
    validation_predictions,
)
from fer_core.analysis.outcomes import Key, outcomes
from fer_core.errors import FerError
from fer_core.predictions import PROBABILITIES, write_predictions
from fer_core.runs import RunRecord, write_record
from tests.analysis.simulated import simulate_study, small_study


def validation(big, small, n=2000, seeds=(0,)):
    accuracies = {
        (model, train, validation_name(train)): skill
        for model, skill in (("big", big), ("small", small))
        for train in ("alpha", "beta")
    }
    sizes = {validation_name(train): n for train in ("alpha", "beta")}
    return outcomes(simulate_study(accuracies, sizes, seeds), 200)


@pytest.fixture(scope="module")
def found():
    return outcomes(small_study(), 200)


def test_the_order_is_that_of_validation_even_against_the_test_scores(found):
    board = leaderboard(found, validation(big=0.4, small=0.6))
    first = board[board["rank"] == 1]
    assert list(first["train"]) == ["alpha", "beta"]
    assert list(first["model"]) == ["small", "small"]
    # On the test sets "big" is better: it must not matter.
    assert (first["home_accuracy"].to_numpy() < board[board["rank"] == 2]["home_accuracy"]).all()
    assert not board["tied"].any()


def test_overlapping_validation_intervals_are_ties(found):
    board = leaderboard(found, validation(big=0.6, small=0.59, n=200))
    assert board["tied"].all()


def test_rows_hold_home_and_mean_away_scores_with_n(found):
    board = leaderboard(found, validation(0.6, 0.5), by="accuracy").set_index(["train", "model"])
    row = board.loc[("alpha", "big")]
    home = found[Key("big", "alpha", "alpha")].estimate("accuracy")
    assert (row["home_accuracy"], row["home_accuracy_lo"], row["home_accuracy_hi"]) == home
    away = [found[Key("big", "alpha", test)].estimate("accuracy").value for test in ("beta", "duo")]
    assert row["away_accuracy"] == pytest.approx(np.mean(away))
    assert row["away_accuracy_lo"] < row["away_accuracy"] < row["away_accuracy_hi"]
    assert (row["away_cells"], row["home_n"], row["validation_n"], row["seeds"]) == (
        2,
        300,
        2000,
        1,
    )


def test_flipped_rows_stand_apart_without_a_rank(found):
    flipped = outcomes(small_study(random_state=1).query("model == 'big'"), 200)
    board = leaderboard(found, validation(0.6, 0.5), flipped)
    apart = board[board["flip"]]
    assert list(apart["model"]) == ["big", "big"]
    assert apart["rank"].isna().all()
    assert apart["validation_accuracy"].isna().all()
    assert apart["home_accuracy"].notna().all()
    assert list(board[~board["flip"]]["rank"]) == [1, 2, 1, 2]


def test_a_single_model_is_first_and_not_tied(found):
    one = {key: outcome for key, outcome in found.items() if key.model == "big"}
    board = leaderboard(one, validation(0.6, 0.5))
    assert list(board["rank"]) == [1, 1]
    assert not board["tied"].any()


def test_a_run_without_validation_predictions_is_an_error(found):
    with pytest.raises(FerError, match="big trained on alpha has no validation predictions"):
        leaderboard(found, {})
    with pytest.raises(FerError, match="unknown score 'loss'"):
        leaderboard(found, validation(0.6, 0.5), by="loss")


def record(model, train, seed):
    empty = ["spec", "recipe", "input", "weights", "data", "rows", "selection", "tests"]
    blank: dict[str, dict] = {name: {} for name in [*empty, "versions", "hardware"]}
    return RunRecord.model_validate(
        {
            **blank,
            **{"study": "toy", "model": model, "train": train, "seed": seed, "parameters": 1},
            **{"weights_sha256": "", "commit": "", "seconds": 1.0},
            **{"images_per_second": 1.0, "started": "", "finished": ""},
        }
    )


def test_validation_predictions_are_read_from_the_runs(results_home):
    with pytest.raises(FerError, match="no finished run"):
        validation_predictions("toy")
    rows = small_study().query("model == 'big' and test == 'beta'").reset_index(drop=True)
    for train in ("alpha", "beta"):
        folder = record("big", train, 0).folder
        mine = rows[rows["train"] == train]
        probabilities = mine[list(PROBABILITIES)].to_numpy()
        path = folder / "predictions/validation.parquet"
        write_predictions(path, mine["sample_id"], mine["emotion"], probabilities)
        write_record(record("big", train, 0))
    table = validation_predictions("toy")
    assert list(pd.unique(table["test"])) == ["alpha validation", "beta validation"]
    assert list(table.columns) == list(rows.columns)
    assert len(table) == 400


def leave(model, rows):
    """Leave a finished run of a model with these validation predictions."""
    path = record(model, "alpha", 0).folder / "predictions/validation.parquet"
    write_predictions(
        path, rows["sample_id"], rows["emotion"], rows[list(PROBABILITIES)].to_numpy()
    )
    write_record(record(model, "alpha", 0))


def test_models_that_drew_other_validation_images_are_scored_on_their_own(results_home):
    rows = small_study().query("train == 'alpha' and test == 'beta'")
    of = {model: part.reset_index(drop=True) for model, part in rows.groupby("model")}
    one, other = sorted(of)[:2]
    leave(one, of[one])
    leave(other, of[other])
    together = outcomes(validation_predictions("toy"))
    apart = validation_outcomes("toy")
    assert apart.keys() == together.keys()
    for key, outcome in together.items():  # the same images: the same draws
        assert apart[key].estimate("macro_f1") == outcome.estimate("macro_f1")
    leave(other, of[other].iloc[::2])
    with pytest.raises(FerError, match="not tested on the same images"):
        outcomes(validation_predictions("toy"))
    assert sorted(o.n for o in validation_outcomes("toy").values()) == [100, 200]
