"""Raters among results: read as they were written, told apart from runs, refused when damaged."""

import json

import numpy as np
import pandas as pd
import pytest

from fer_core.errors import FerError
from fer_core.files import sha256_file
from fer_core.predictions import write_predictions
from fer_core.raters import (
    FORM,
    RATER_KIND,
    RECORD,
    RaterRecord,
    RaterTest,
    collect_all,
    collect_raters,
    find_raters,
    read_answers,
    read_rater,
    write_rater,
)
from fer_core.runs import collect, find_runs, run_status, stray_runs, studies_with_results
from fer_core.study import ModelSpec, Study
from tests.finished import make_record, write_run

STUDY = Study(
    name="mini", title="", models={"small": ModelSpec(backbone="x")}, train=("lab",),
    test=("lab", "web"),
)  # fmt: skip


def write(name="ann", tests=("lab",), kind="annotator", answers=7) -> RaterRecord:
    """Leave a rater that answered the first of the two images of each test set."""
    rater = RaterRecord(
        study="mini", name=name, kind=kind, title=name, source="-", trained_on=("nothing",)
    )
    for test in tests:
        path = rater.table_path(test)
        write_predictions(path, ["a"], ["happy"], np.eye(answers)[:1])
        facts = RaterTest(
            n=1, of=2, form="labels", sha256=sha256_file(path), fingerprint="f", outside={"NF": 1}
        )
        rater = rater.model_copy(update={"tests": {**rater.tests, test: facts}})
    write_rater(rater)
    return rater


def test_a_rater_comes_back_as_it_was_written(results_home):
    rater = write(tests=("lab", "web"))
    assert read_rater("mini", "ann") == rater
    assert find_raters(STUDY) == [rater]
    assert read_answers(rater, "web")["p_angry"].tolist() == [1]


def test_runs_and_raters_are_collected_by_one_call_that_changes_no_run(results_home):
    write_run(make_record())
    before = collect(STUDY)
    write("bob", kind="simulated")
    write("ann", tests=("web", "lab"))
    both = collect_all(STUDY)
    assert collect(STUDY).equals(before)
    runs = both[both[RATER_KIND] == ""].drop(columns=[RATER_KIND, FORM])
    pd.testing.assert_frame_equal(runs, before, check_dtype=True)
    others = both[both[RATER_KIND] != ""].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, collect_raters(STUDY))
    keys = ["model", "train", "seed", "test", "view", "part", RATER_KIND, FORM]
    assert list(others.columns[:10]) == [*keys, "sample_id", "emotion"]
    assert set(zip(both[RATER_KIND] == "", both[FORM], strict=True)) == {
        (True, "probabilities"),
        (False, "labels"),
    }
    assert others[["model", "test", RATER_KIND]].to_numpy().tolist() == [
        ["ann", "web", "annotator"],
        ["ann", "lab", "annotator"],
        ["bob", "lab", "simulated"],
    ]
    assert set(zip(others["train"], others["seed"], others["view"], strict=True)) == {
        ("", 0, "clean")
    }


def test_a_study_without_raters_collects_its_runs(results_home):
    write_run(make_record())
    assert collect_raters(STUDY).empty
    assert collect_all(STUDY).drop(columns=[RATER_KIND, FORM]).equals(collect(STUDY))
    assert list(collect_raters(STUDY).columns[:8]) == list(collect_all(STUDY).columns[:8])


def test_a_rater_with_eight_answers_leaves_the_runs_seven(results_home):
    write_run(make_record())
    write(answers=8)
    both = collect_all(STUDY).set_index(RATER_KIND)
    assert both.loc["", "p_contempt"].isna().all()
    assert both.loc["annotator", "p_contempt"] == 0


def test_no_rater_is_taken_for_a_run_or_a_result(results_home):
    write()
    (results_home / "mini" / "raters" / "ann" / "seed0").mkdir()
    assert find_runs("mini") == []
    assert studies_with_results() == []
    assert stray_runs(STUDY) == []
    assert {status.state for status in run_status(STUDY)} == {"not run"}


def test_a_test_set_that_the_study_does_not_name_is_left_out(results_home):
    write(tests=("lab", "old"))
    write("bob", tests=("old",))
    (rater,) = find_raters(STUDY)
    assert (rater.name, list(rater.tests)) == ("ann", ["lab"])


def test_a_rater_with_the_name_of_a_model_is_refused(results_home):
    write("small")
    with pytest.raises(FerError, match="'small' is a model of the study mini"):
        find_raters(STUDY)


def test_another_table_than_the_record_hashed_is_refused(results_home):
    rater = write()
    other = write("bob", kind="model", answers=8).table_path("lab")
    rater.table_path("lab").write_bytes(other.read_bytes())
    with pytest.raises(
        FerError, match=r"ann.lab\.parquet is not the table .*fer rater remove mini"
    ):
        collect_raters(STUDY)
    rater.table_path("lab").unlink()
    with pytest.raises(FerError, match="is not the table"):
        read_answers(rater, "lab")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "bob"}, "is the record of bob in mini"),
        ({"study": "other"}, "is the record of ann in other"),
        ({"kind": "robot"}, "kind: "),
        ({"tests": {}}, "names no test set"),
        ({"trained_on": []}, "trained_on: "),
        ({"seen": 1}, "seen: "),
        ({"source": "a\u001b[31m"}, "source: .*one line"),
        ({"tests": {"lab": {"n": 3, "of": 2}}}, "tests.lab"),
        ({"tests": {"lab": {"sha256": "short"}}}, "tests.lab"),
        ({"tests": {"../up": {}}}, "tests.*is no name here"),
    ],
)
def test_a_damaged_or_foreign_record_is_one_line_with_the_way_out(results_home, change, message):
    rater = write()
    path = rater.folder / RECORD
    content = json.loads(path.read_text())
    facts = content["tests"]["lab"]
    for test, wrong in change.get("tests", {}).items():
        change = {"tests": {test: {**facts, **wrong}}}
    path.write_text(json.dumps({**content, **change}))
    with pytest.raises(
        FerError, match=rf"rater\.json.*{message}.*fer rater remove mini ann"
    ) as told:
        find_raters(STUDY)
    assert "\n" not in str(told.value)


def test_a_rater_cannot_have_answered_more_than_there_is(results_home):
    facts = {"form": "labels", "sha256": "0" * 64, "fingerprint": "f"}
    with pytest.raises(ValueError, match="3 of 2 images are more"):
        RaterTest(n=3, of=2, **facts)
    with pytest.raises(ValueError, match="greater than 0"):
        RaterTest(n=0, of=2, **facts)


@pytest.mark.parametrize("name", ["raters", "data"])
def test_a_model_cannot_have_the_name_of_another_folder_of_results(name):
    with pytest.raises(ValueError, match=f"no model can be called '{name}'"):
        Study(
            name="mini", title="", models={name: ModelSpec(backbone="x")}, train=("lab",),
            test=("lab",),
        )  # fmt: skip
