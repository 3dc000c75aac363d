"""`fer rater`: add, list and remove, as they are typed; scores of raters only when asked for."""

import json

import pandas as pd
import pytest

from fer_core.cli import main
from fer_core.raters import find_raters, raters_dir
from fer_core.records import run_dir, table_path
from fer_core.study import load_study
from tests.data.made import dataset
from tests.simulated_runs import simulate_run

WHO = ("--kind", "model", "--source", "example.org", "--trained-on", "unknown")


@pytest.fixture
def fer(capsys, data_home, results_home):
    """Run the command in this process; its exit code, output and errors."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(list(map(str, arguments)))
        return (int(stop.value.code or 0), *capsys.readouterr())

    return call


@pytest.fixture
def demo(results_home, monkeypatch):
    """The demo study with one finished run, whose images are those of a prepared test set."""
    study = load_study("demo")
    simulate_run(study, study.cells()[0])
    test = study.test[0]
    truth = pd.read_parquet(table_path(run_dir("demo", *study.cells()[0]), test, "clean"))
    rows = truth[["sample_id", "emotion"]].assign(split="test").to_dict("records")
    made = dataset(rows, test)
    monkeypatch.setattr("fer_core.rating.add.study_dataset", lambda *a: made)
    return study, test, truth


def answers(tmp_path, truth, rows=slice(None), **columns):
    path = tmp_path / "answers.csv"
    given = {"sample_id": truth["sample_id"], "answer": truth["emotion"], **columns}
    pd.DataFrame(given).iloc[rows].to_csv(path, index=False)
    return path


def test_a_rater_is_added_listed_scored_and_removed(fer, demo, tmp_path):
    _, test, truth = demo
    before = fer("scores", "demo", "--json")[1]
    path = answers(tmp_path, truth, slice(0, 50))
    code, said, _ = fer("rater", "add", "demo", test, path, "--name", "ann", *WHO)
    assert (code, said) == (0, f"ann: 50 of {len(truth)} test images of {test}, labels\n")
    (row,) = json.loads(fer("rater", "list", "demo", "--json")[1])
    assert row == {
        "rater": "ann", "kind": "model", "test": test, "images": 50, "of": len(truth),
        "form": "labels", "trained_on": ["unknown"], "fault": "",
    }  # fmt: skip
    assert fer("scores", "demo", "--json")[1] == before, "runs are scored without raters"
    (scored,) = json.loads(fer("scores", "demo", "--raters", "--json")[1])
    assert (scored["rater"], scored["n"], scored["accuracy"]) == ("ann", 50, 1)
    assert "1.000 [" in fer("scores", "demo", "--raters")[1]
    code, said, told = fer("rater", "remove", "demo", "ann")
    assert (code, told.startswith("error: nothing was removed")) == (2, True)
    assert fer("rater", "remove", "demo", "ann", "--yes")[:2] == (0, "removed from demo: ann\n")
    assert "has no rater" in fer("rater", "list", "demo")[1]
    assert "has no rater" in fer("scores", "demo", "--raters")[1]


def test_what_is_not_covered_is_said(fer, demo, tmp_path):
    _, test, truth = demo
    path = answers(tmp_path, truth, answer=["contempt"] * 3 + ["sad"] * (len(truth) - 3))
    said = fer("rater", "add", "demo", test, path, "--name", "ann", *WHO)[1]
    assert said.endswith("labels; not covered: contempt 3\n")


def test_a_rater_that_is_there_gets_no_other_answers_and_keeps_its_own(fer, demo, tmp_path):
    study, test, truth = demo
    path = answers(tmp_path, truth)
    first = fer("rater", "add", "demo", test, path, "--name", "ann", *WHO, "--json")[1]
    assert json.loads(first)[0]["tests"][test]["n"] == len(truth)
    code, _, told = fer("rater", "add", "demo", test, path, "--name", "ann")
    assert (code, "has answered" in told) == (2, True)
    code, _, told = fer("rater", "add", "demo", test, path, "--name", "ann", "--kind", "simulated")
    assert (code, "with another kind" in told) == (2, True)
    assert [rater.name for rater in find_raters(study)] == ["ann"]


def test_of_several_raters_to_remove_none_goes_when_one_is_unknown(fer, demo, tmp_path):
    _, test, truth = demo
    path = answers(tmp_path, truth)
    for name in ("ann", "bob"):
        fer("rater", "add", "demo", test, path, "--name", name, *WHO)
    code, _, told = fer("rater", "remove", "demo", "ann", "bo", "--yes")
    assert (code, "unknown rater of demo 'bo'; did you mean bob" in told) == (2, True)
    assert len(json.loads(fer("rater", "list", "demo", "--json")[1])) == 2
    assert fer("rater", "remove", "demo", "ann", "bob", "--yes")[0] == 0
    assert json.loads(fer("rater", "list", "demo", "--json")[1]) == []


def test_a_rater_that_is_in_no_table_is_listed_with_its_fault(fer, demo, tmp_path):
    study, test, truth = demo
    path = answers(tmp_path, truth)
    model = next(iter(study.models))
    for name in ("ann", "bob", "cat"):
        fer("rater", "add", "demo", test, path, "--name", name, *WHO)
    (raters_dir("demo") / "ann" / "rater.json").write_text("{}")
    (raters_dir("demo") / "bob" / "rater.json").unlink()
    (raters_dir("demo") / "cat").rename(raters_dir("demo") / model)
    code, said, _ = fer("rater", "list", "demo", "--json")
    faults = {row["rater"]: row["fault"] for row in json.loads(said)}
    assert code == 0
    assert "Field required" in faults["ann"]
    assert "was not added to its end" in faults["bob"]
    assert "is the record of cat" in faults[model]
    assert fer("status", "demo", "--json")[0] == 1, "of runs only"
    code, _, told = fer("scores", "demo", "--raters")
    assert (code, "rater.json" in told) == (2, True)
    assert fer("scores", "demo")[0] == 0


def test_no_test_set_and_no_file_is_one_line(fer, demo, tmp_path):
    _, test, truth = demo
    path = answers(tmp_path, truth)
    told = fer("rater", "add", "demo", "nowhere", path, "--name", "ann", *WHO)[2]
    assert told.startswith("error: unknown test data set of demo 'nowhere'")
    told = fer("rater", "add", "demo", test, tmp_path / "x.csv", "--name", "ann", *WHO)[2]
    assert "x.csv is no file" in told
    told = fer("rater", "add", "demo", test, path, "--name", "ann", "--vocabulary", "x", *WHO)[2]
    assert "unknown vocabulary 'x'" in told
    assert fer("rater", "votes", "demo", test, test)[2].startswith("error: the labels of")
    assert not raters_dir("demo").exists()
