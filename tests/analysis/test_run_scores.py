"""The scores of single runs: those of their tables alone, and of the study's table."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from fer_core.analysis import run_scores as module
from fer_core.analysis.audit import read_shared
from fer_core.analysis.cross import cross_table
from fer_core.analysis.results import study_result
from fer_core.analysis.run_scores import run_scores, scores_of
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.predictions import PROBABILITIES, read_predictions
from fer_core.records import mark_failed, run_dir, table_path
from fer_core.runs import find_runs
from fer_core.study import Cell

KEY = ["model", "train", "test", "view"]


def whole(study):
    table = cross_table(study_result(study).in_views, read_shared(study.name))
    return table.set_index(KEY).sort_index()


def equal(rows, table):
    """Say whether rows are those of the study's table, to the last digit."""
    rows = rows.set_index(KEY).sort_index()
    pd.testing.assert_frame_equal(rows, table.loc[rows.index, rows.columns], check_exact=True)


def test_the_scores_of_a_run_are_those_of_scikit_learn_and_of_the_study_s_table(simulated_results):
    study = simulated_results(test=("phantom-lab", "phantom-web", "london"))
    found = run_scores(study, find_runs(study))
    assert list(found) == [record.cell for record in find_runs(study)]
    for cell, rows in found.items():
        assert len(rows) == 6, "three test sets in two views"
        for row in rows.to_dict("records"):
            path = table_path(run_dir(study.name, *cell), row["test"], row["view"])
            table = read_predictions(path)
            truth = table["emotion"].to_numpy()
            answer = np.array(EMOTIONS)[table[list(PROBABILITIES)].to_numpy().argmax(axis=1)]
            labels = sorted(set(truth))
            f1 = f1_score(truth, answer, labels=labels, average="macro", zero_division=0)
            assert row["n"] == len(table)
            assert row["accuracy"] == pytest.approx(accuracy_score(truth, answer), abs=1e-12)
            assert row["macro_f1"] == pytest.approx(f1, abs=1e-12)
            assert row["majority_rate"] == max(np.mean(truth == label) for label in labels)
        assert not [column for column in rows if "drop" in column]
        equal(rows, whole(study))


def test_each_seed_has_scores_of_its_own_whose_mean_is_the_study_s(simulated_results):
    study = simulated_results(seeds=(0, 1), models=("small-net",))
    found = run_scores(study, find_runs(study))
    one, other = (found[Cell("small-net", "phantom-lab", seed)] for seed in (0, 1))
    assert (one["accuracy"] != other["accuracy"]).any()
    assert set(one["seeds"]) == {1}
    means = (one.set_index(KEY)["macro_f1"] + other.set_index(KEY)["macro_f1"]) / 2
    expected = whole(study).loc[means.index, "macro_f1"]
    np.testing.assert_allclose(means, expected, rtol=1e-12)


def test_how_many_runs_are_scored_at_a_time_changes_no_digit(simulated_results, monkeypatch):
    study = simulated_results()
    together = run_scores(study, find_runs(study))
    monkeypatch.setattr(module, "BLOCK", 1)
    for cell, rows in run_scores(study, find_runs(study)).items():
        pd.testing.assert_frame_equal(rows, together[cell], check_exact=True)


def damage(path):
    path.write_bytes(b"PAR1 and no more")


@pytest.mark.parametrize(
    ("harm", "said"), [(lambda path: path.unlink(), "no prediction table"), (damage, "parquet")]
)
def test_a_run_whose_predictions_are_gone_or_damaged_loses_its_own_scores_alone(
    simulated_results, harm, said
):
    study = simulated_results()
    lost, *others = (record.cell for record in find_runs(study))
    harm(table_path(run_dir(study.name, *lost), "phantom-web", "mirror"))
    found = run_scores(study, find_runs(study))
    assert isinstance(found[lost], FerError)
    assert said in str(found[lost])
    assert all(isinstance(found[cell], pd.DataFrame) for cell in others)


def test_a_run_that_has_predicted_nothing_of_the_study_says_so(simulated_results):
    study = simulated_results()
    record = find_runs(study)[0].model_copy(update={"tests": {}})
    (error,) = run_scores(study, [record]).values()
    assert "run: fer studies predict demo" in str(error)


def test_runs_on_other_images_than_the_others_have_no_scores(simulated_results):
    study = simulated_results(models=("small-net",))
    records = find_runs(study)
    facts = {**records[0].tests}
    facts["phantom-web"] = facts["phantom-lab"]  # the tables of other images, under this name
    folder = run_dir(study.name, *records[0].cell) / "predictions"
    for view in ("clean", "mirror"):
        content = (folder / "phantom-lab" / f"{view}.parquet").read_bytes()
        (folder / "phantom-web" / f"{view}.parquet").write_bytes(content)
    records[0] = records[0].model_copy(update={"tests": facts})
    told = {str(error) for error in run_scores(study, records).values()}
    assert len(told) == 1
    assert "were not tested on the same images of phantom-web" in told.pop()


def test_chosen_runs_have_the_rows_of_the_study_s_table_with_their_drops(simulated_results):
    study = simulated_results()
    rows = scores_of(study, [Cell("small-net", "phantom-lab", 0)])
    assert set(zip(rows["model"], rows["train"], strict=True)) == {("small-net", "phantom-lab")}
    assert rows["column_drop_accuracy"].notna().any()
    equal(rows, whole(study))


def test_runs_that_are_not_finished_have_no_scores(simulated_results):
    study = simulated_results(models=("small-net",))
    done, gone = study.cells()
    (run_dir(study.name, *gone) / "run.json").unlink()
    mark_failed(run_dir(study.name, *gone), "no space left")
    with pytest.raises(FerError, match="none of these runs is finished; see `fer status demo`"):
        scores_of(study, [gone])
    assert set(scores_of(study, [done, gone])["train"]) == {done.train}
