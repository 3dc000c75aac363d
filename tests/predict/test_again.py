"""Finished runs are brought up to date from their weights: new test sets, new views."""

import shutil

import pytest
import torch

from fer_core import job as run
from fer_core.errors import FerError
from fer_core.predict import again
from fer_core.predict.views import predict
from fer_core.predictions import PROBABILITIES
from fer_core.records import table_path
from fer_core.runs import find_runs, read_run
from fer_core.training import rows
from tests.predict.small_run import SETS, STUDY

CPU = torch.device("cpu")


@pytest.fixture
def copied(finished, few, results_home, monkeypatch):
    """The finished run in a folder of its own, whose training rows stay those that it had."""
    job, record, _ = finished
    shutil.copytree(job.folder, record.folder)
    monkeypatch.setattr(rows, "study_rows", lambda *_: job.rows)
    monkeypatch.setattr(again, "test_rows", run.test_rows)
    return job, record, record.folder


def test_a_test_set_that_came_later_is_predicted_from_the_weights(copied):
    job, record, folder = copied
    more = STUDY.model_copy(update={"test": (*SETS, "phantom-street")})
    assert again.outdated_tests(record, STUDY) == {}
    assert again.outdated_tests(record, more) == {"phantom-street": list(STUDY.views)}
    kept = table_path(folder, "phantom-web", "clean").read_bytes()
    record = again.predict_again(record, more, CPU, "later")
    assert again.outdated_tests(record, more) == {}
    views = record.tests["phantom-street"]["views"]
    assert {view: facts["predicted"] for view, facts in views.items()} == dict.fromkeys(
        STUDY.views, "later"
    )
    assert "predicted" not in record.tests["phantom-web"]["views"]["clean"]
    assert table_path(folder, "phantom-web", "clean").read_bytes() == kept
    assert find_runs("mini") == [record]
    street = again.load_dataset("phantom-street")
    expected = predict(job.model, street.store, run.test_rows(street), CPU)["clean"]
    table = read_run(record)["phantom-street"]
    assert table[list(PROBABILITIES)].to_numpy() == pytest.approx(expected, abs=1e-5)


def test_a_view_that_came_later_is_predicted_and_no_other_table_is_touched(copied):
    job, record, folder = copied
    more = STUDY.model_copy(update={"views": (*STUDY.views, "side-64")})
    assert again.outdated_tests(record, more) == {name: ["side-64"] for name in SETS}
    files = [*folder.glob("predictions/*/*.parquet"), folder / "cam.parquet"]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    later = again.predict_again(record, more, CPU, "later")
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files} == before
    for name, dataset in job.tests.items():
        views = later.tests[name]["views"]
        assert views == {**record.tests[name]["views"], "side-64": views["side-64"]}
        assert views["side-64"]["predicted"] == "later"
        larger = dataset.store.size < 64  # a phantom is stored as large as it is drawn
        assert views["side-64"]["enlarged"] == ("source no larger" if larger else "no")
        rows = run.test_rows(dataset)
        expected = predict(job.model, dataset.store, rows, CPU, ["side-64"])["side-64"]
        found = read_run(later, "side-64")[name][list(PROBABILITIES)].to_numpy()
        assert found == pytest.approx(expected, abs=1e-5)


def test_a_table_of_another_run_stays_in_no_record(copied):
    _, record, folder = copied
    table_path(folder, "phantom-lab", "mirror").write_bytes(
        table_path(folder, "phantom-lab", "clean").read_bytes()
    )
    more = STUDY.model_copy(update={"views": (*STUDY.views, "side-64")})
    with pytest.raises(FerError, match=r"phantom-lab/mirror\.parquet is not the table"):
        again.predict_again(record, more, CPU, "later")
    assert not table_path(folder, "phantom-lab", "side-64").exists()


def test_a_run_that_would_train_on_other_images_today_predicts_nothing(copied):
    _, record, _ = copied
    fewer = {**record.rows, "train": record.rows["train"] - 1}
    more = STUDY.model_copy(update={"test": (*SETS, "phantom-street")})
    with pytest.raises(FerError, match="would be trained on other images of phantom-lab"):
        again.predict_again(record.model_copy(update={"rows": fewer}), more, CPU, "later")


def test_weights_of_another_run_predict_nothing(copied):
    _, record, _ = copied
    more = STUDY.model_copy(update={"test": (*SETS, "phantom-street")})
    stranger = record.model_copy(update={"weights_sha256": "0" * 64})
    with pytest.raises(FerError, match="is not the net of this run"):
        again.predict_again(stranger, more, CPU, "later")
