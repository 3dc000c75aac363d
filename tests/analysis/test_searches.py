"""What a search found: scores, paired differences and which settings matter."""

import math

import numpy as np
import pytest

from fer_core.analysis.rows import Rows
from fer_core.analysis.searches import (
    FEWEST,
    cross_entropy,
    importances,
    outcomes_of_trials,
    searched,
    tried_by_hand,
)
from fer_core.errors import FerError
from fer_core.trials import COMPLETE, FAILED, IN_USE, PRUNED, Trial, best_trial
from tests.recipes import changed
from tests.searches import a_record, a_search, by_rate, go_on, leave

RIGHT = {0: 35, 1: 42, 2: 63, 5: 60}
RATES = (0.02, 0.05, 0.001, 0.09, 0.07, 0.0011)


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))


def six_trials(measure="accuracy"):
    """Six trials: 0, 1, 2 and 5 complete, 3 given up, 4 failed; 2 is the best."""
    record = a_record(base=changed(a_record().recipe, selection={"measure": measure}))
    values = go_on(record, [], 2, by_rate)[1].values
    curves = {
        n: (right / 70,) if measure != "loss" else (70 - right,) for n, right in RIGHT.items()
    }
    curves |= {3: (0.1,) if measure != "loss" else (99.0,), 4: ()}
    states = {3: PRUNED, 4: FAILED}
    trials = [
        Trial(n, states.get(n, COMPLETE), values | {"optimizer.lr": rate}, curves[n], 1)
        for n, rate in enumerate(RATES)
    ]
    leave(record, trials, lambda trial: RIGHT[trial.number])
    return record, trials


def test_gains_are_those_over_the_recipe_in_use_on_the_same_images():
    six_trials()
    found = searched("demo", "lucky")
    table = found.table.set_index("trial")
    assert found.best.number == 2
    assert table.loc[2, "gain"] == pytest.approx((63 - 35) / 70)
    assert table.loc[2, "gain_lo"] > 0
    assert table.loc[IN_USE, ["gain", "gain_lo", "gain_hi"]].tolist() == [0, 0, 0]
    assert table.loc[5, "behind"] == pytest.approx(3 / 70)
    assert table.loc[5, "behind_lo"] <= 0 < table.loc[1, "behind_lo"]
    assert table.loc[2, "score_lo"] < table.loc[2, "score"] == 63 / 70 < table.loc[2, "score_hi"]


def test_what_was_given_up_or_failed_has_no_interval_and_no_part_in_the_best():
    six_trials()
    table = searched("demo", "lucky").table.set_index("trial")
    assert table.loc[[3, 4], ["score_lo", "gain", "behind"]].isna().all(axis=None)
    assert table.loc[3, "score"] == 0.1
    assert math.isnan(table.loc[4, "score"])
    assert table["best_so_far"].mul(70).round().tolist() == [35, 42, 63, 63, 63, 63]


def test_less_loss_is_better():
    six_trials("loss")
    found = searched("demo", "lucky")
    table = found.table.set_index("trial")
    assert found.best.number == 2
    assert table["best_so_far"].tolist() == [35, 28, 7, 7, 7, 7]
    assert table.loc[2, "gain"] == pytest.approx(28 / 70 * math.log(94))
    assert table.loc[2, "gain_lo"] > 0
    assert table.loc[1, "behind"] == pytest.approx(21 / 70 * math.log(94))


def test_the_cross_entropy_of_rows_is_worked_out_by_hand():
    rows = Rows(np.array(["a", "b"]), np.array([0, 1]), np.array([[0.5, 0.5], [0.75, 0.25]]))
    weights = np.array([[1.0, 1.0], [0.0, 2.0]])
    expected = [(math.log(2) + math.log(4)) / 2, math.log(4)]
    assert cross_entropy(rows, weights).tolist() == pytest.approx(expected)


def test_the_answers_of_a_complete_trial_must_be_there():
    record, trials = six_trials()
    (record.folder / "trial5.parquet").unlink()
    with pytest.raises(FerError, match=r"no prediction table at .*trial5"):
        outcomes_of_trials(record, trials)


def test_the_setting_that_decides_the_score_is_the_most_important_one():
    record = a_record(a_search(budget={"trials": 12, "prune_after": None}))
    trials = go_on(record, [], 13, by_rate)
    leave(record, trials, lambda trial: 60)
    table = importances(searched("demo", "lucky"))
    assert table["setting"].iloc[0] == "optimizer.lr"
    assert set(table["setting"]) == set(record.search.space)
    assert table["importance"].sum() == pytest.approx(1)
    assert (table["least"] <= table["largest"]).all()
    assert table["least"].iloc[0] > table["largest"].iloc[1]


def test_of_few_trials_no_importance_is_told():
    record = a_record(a_search(budget={"prune_after": None}))
    trials = go_on(record, [], FEWEST, by_rate)  # one fewer besides the recipe in use
    leave(record, trials, lambda trial: 60)
    assert importances(searched("demo", "lucky")).empty


def test_a_search_without_a_complete_trial_says_how_to_go_on():
    record, trials = six_trials()
    leave(record, [trials[4]._replace(number=0)], lambda trial: 0)
    assert best_trial(record, []) is None
    with pytest.raises(
        FerError, match=r"no trial of .* is complete; go on with `fer search lucky`"
    ):
        searched("demo", "lucky")


def test_what_was_tried_by_hand_is_shown_as_it_is(tmp_path):
    assert tried_by_hand("demo").empty
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "search.csv").write_text('model,changes\nnet,"lr=0.1, epochs=2"\n')
    assert tried_by_hand("demo").to_dict("records") == [
        {"model": "net", "changes": "lr=0.1, epochs=2"}
    ]
