import json
from pathlib import Path

import numpy as np
import pytest

from fer_core.errors import FerError
from fer_core.files import sha256_file
from fer_core.predictions import write_predictions
from fer_core.records import mark_failed, read_record, run_dir, table_path, write_record
from fer_core.runs import (
    collect,
    find_runs,
    missing_views,
    read_run,
    read_validation,
    run_status,
    stray_runs,
    studies_with_results,
)
from fer_core.study import ModelSpec, Study, load_study
from tests.finished import make_record, write_run


@pytest.fixture
def study():
    return Study(
        name="mini", title="", models={"small": ModelSpec(backbone="x")}, train=("lab",),
        test=("lab", "web"), seeds=(0, 1),
    )  # fmt: skip


def test_a_run_is_found_once_its_record_is_written(results_home):
    record = make_record()
    assert find_runs("mini") == []
    record = write_run(record)
    assert find_runs("mini") == [record]
    assert read_record(record.folder) == record
    assert studies_with_results() == ["mini"]


def test_every_cell_has_a_state(results_home, study):
    assert [status.state for status in run_status(study)] == ["not run", "not run"]
    mark_failed(run_dir("mini", "small", "lab", 0), "loss is not finite")
    folder = run_dir("mini", "small", "lab", 1)
    folder.mkdir(parents=True)
    (folder / "progress.json").write_text("{}")
    states = run_status(study)
    assert [(status.state, status.message) for status in states] == [
        ("failed", "loss is not finite"),
        ("running", ""),
    ]


def test_a_run_that_succeeds_after_a_failure_is_done(results_home, study):
    record = make_record()
    mark_failed(record.folder, "no space left")
    write_run(record)
    assert run_status(study)[0].state == "done"
    assert not (record.folder / "failed.json").exists()


def test_collect_gives_every_prediction_with_its_keys(results_home):
    for seed in (0, 1):
        write_run(make_record(seed=seed))
    table = collect("mini")
    assert len(table) == 2 * 2 * 2
    keys = ["model", "train", "seed", "test", "view", "part"]
    assert list(table.columns[:8]) == [*keys, "sample_id", "emotion"]
    assert table.groupby(["seed", "test"]).size().eq(2).all()
    assert set(zip(table["view"], table["part"], strict=True)) == {("clean", "test")}


def test_only_the_views_that_are_asked_for_are_collected(results_home):
    write_run(make_record(seed=0))
    with pytest.raises(FerError, match="no finished run in the view mirror"):
        collect("mini", ["mirror"])
    write_run(make_record(seed=1), ("clean", "mirror"))
    assert set(collect("mini", ["mirror"])["seed"]) == {1}
    assert collect("mini").equals(collect("mini", ["clean"]))
    both = collect("mini", ["clean", "mirror"]).groupby(["seed", "view"]).size()
    assert both.to_dict() == {(0, "clean"): 4, (1, "clean"): 4, (1, "mirror"): 4}


def test_a_view_that_the_study_does_not_name_is_in_no_table_and_listed(results_home, planned):
    write_run(make_record(*planned.cells()[0]), ("clean", "mirror"))
    (record,) = find_runs(planned)
    assert [list(facts["views"]) for facts in record.tests.values()] == [["clean"], ["clean"]]
    with pytest.raises(FerError, match="no finished run in the view mirror"):
        collect(planned, ["mirror"])
    assert stray_runs(planned) == [
        f"small on lab, seed 0: predictions of {test}, view mirror" for test in planned.test
    ]
    wider = planned.model_copy(update={"views": ("clean", "mirror")})
    assert len(collect(wider, ["mirror"])) == 4
    assert stray_runs(wider) == []


@pytest.fixture
def planned(study, monkeypatch, tmp_path):
    """The study of these tests as a file, so that it says what it plans."""
    monkeypatch.setattr("fer_core.runs.list_studies", lambda: [study.name])
    monkeypatch.setattr("fer_core.runs.load_study", lambda name: study)
    return study


def test_only_what_the_study_names_is_found_and_the_rest_is_listed(results_home, planned):
    model, train, seed = planned.cells()[0]
    tests = {test: {"n": 2} for test in (*planned.test, "removed")}
    write_run(make_record(model, train, seed, tests=tests))
    write_run(make_record("gone", train, seed))
    write_run(make_record(model, train, 99))
    found = find_runs(planned.name)
    assert [record.cell for record in found] == [(model, train, seed)]
    assert list(found[0].tests) == list(planned.test)
    table = collect(planned.name)
    assert set(table["test"]) == set(planned.test)
    assert set(table["model"]) == {model}
    assert sorted(stray_runs(planned)) == sorted(
        [
            f"gone on {train}, seed {seed}",
            f"{model} on {train}, seed 99",
            f"{model} on {train}, seed {seed}: predictions of removed",
        ]
    )
    assert "removed" in read_record(found[0].folder).tests, "what lies there is left alone"
    status = {s.record.cell: s for s in run_status(planned) if s.record}
    assert "removed" not in status[model, train, seed].record.tests


def test_a_study_from_elsewhere_has_no_more_than_its_own_file_names(results_home, study):
    write_run(make_record(tests={"lab": {"n": 2}, "web": {"n": 2}, "removed": {"n": 2}}))
    write_run(make_record("gone"))
    assert [list(record.tests) for record in find_runs(study)] == [["lab", "web"]]
    assert set(collect(study)["test"]) == {"lab", "web"}
    assert set(collect(study)["model"]) == {"small"}
    assert len(find_runs(study.name)) == 2, "its name alone names no file"
    smaller = study.model_copy(update={"test": ("web",)})
    assert set(collect(smaller)["test"]) == {"web"}


def test_a_test_set_or_view_that_was_not_predicted_is_missing(planned):
    assert missing_views(planned, "small", {}) == {test: ["clean"] for test in planned.test}
    wider = planned.model_copy(update={"views": ("clean", "mirror")})
    tests = {"lab": {"views": {"clean": {}, "mirror": {}}}, "web": {"views": {"clean": {}}}}
    assert missing_views(wider, "small", tests) == {"web": ["mirror"]}
    own = ModelSpec(backbone="x", views=("clean",))
    assert missing_views(wider.model_copy(update={"models": {"small": own}}), "small", tests) == {}


def test_a_study_without_runs_says_where_to_look(results_home):
    with pytest.raises(FerError, match="no finished run; see `fer status mini`"):
        collect("mini")


def test_a_damaged_record_names_its_file_and_field(results_home):
    record = make_record()
    write_run(record)
    path = record.folder / "run.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": "zero"'))
    with pytest.raises(FerError, match=r"run\.json: seed: .*run this cell again"):
        find_runs("mini")


def test_a_run_whose_table_was_lost_is_an_error_not_a_hole(results_home):
    record = make_record()
    write_run(record)
    table_path(record.folder, "web", "clean").unlink()
    with pytest.raises(FerError, match=r"no prediction table at .*web/clean\.parquet"):
        collect("mini")


def test_a_table_that_the_record_was_not_written_for_is_refused_by_name(results_home):
    record = write_run(make_record())
    assert len(collect("mini")) == 4
    web = table_path(record.folder, "web", "clean")
    write_predictions(web, ["a", "b"], ["sad", "happy"], np.full((2, 7), 1 / 7))
    with pytest.raises(FerError, match=r"web/clean\.parquet is not the table that run\.json was"):
        collect("mini")


def test_a_table_of_which_the_record_has_no_hash_is_refused_by_name(results_home):
    record = write_run(make_record(), ("clean", "mirror"))
    for view in ("clean", "mirror"):
        web = {**record.tests["web"], "views": {**record.tests["web"]["views"], view: {}}}
        without = record.model_copy(update={"tests": {**record.tests, "web": web}})
        with pytest.raises(
            FerError, match=rf"holds no sha256 of .*web/{view}\.parquet.*run it again"
        ):
            read_run(without, view)
    none = record.model_copy(update={"tests": {"web": {"n": 2, "views": {}}}})
    with pytest.raises(FerError, match=r"holds no sha256 of .*web/clean\.parquet"):
        read_run(none)


def test_tables_of_validation_and_of_other_views_are_held_to_their_hashes_too(results_home):
    record = write_run(make_record(), ("clean", "mirror"))
    validation = table_path(record.folder, "validation", "clean")
    write_predictions(validation, ["v"], ["sad"], np.full((1, 7), 1 / 7))
    with pytest.raises(FerError, match=r"no sha256 of .*validation/clean\.parquet, so nothing"):
        read_validation(record)
    known = {"views": {"clean": {"sha256": sha256_file(validation)}}}
    record = record.model_copy(update={"selection": known})
    write_record(record)
    assert len(read_validation(record)) == 1
    long = collect("mini", ["clean", "mirror"], "validation")
    assert long[["test", "view", "part"]].to_numpy().tolist() == [["lab", "clean", "validation"]]
    assert len(read_run(record, "mirror")) == 2
    write_predictions(validation, ["v"], ["happy"], np.full((1, 7), 1 / 7))
    with pytest.raises(FerError, match=r"validation/clean\.parquet is not the table"):
        read_validation(record)
    mirrored = table_path(record.folder, "web", "mirror")
    write_predictions(mirrored, ["a"], ["sad"], np.full((1, 7), 1 / 7))
    with pytest.raises(FerError, match=r"web/mirror\.parquet is not the table"):
        read_run(record, "mirror")


def test_the_committed_tables_are_those_of_their_records(monkeypatch):
    monkeypatch.setenv("FER_RESULTS", str(Path(__file__).resolve().parent.parent / "results"))
    for study in ("open", "methods"):
        records = find_runs(study)
        assert records
        for record in records:
            for view in load_study(study).views_for(record.model):
                assert len(read_run(record, view)) == len(record.tests)
                assert len(read_validation(record, view)) == record.rows["validation"]


@pytest.mark.parametrize("damage", ["", "[]", "null", "[" * 99_999, '{"study": 7}', "\ud800"])
def test_a_damaged_record_has_failed_by_name_and_the_others_are_kept(results_home, study, damage):
    for seed in (0, 1):
        write_run(make_record(seed=seed))
    path = run_dir("mini", "small", "lab", 0) / "run.json"
    path.write_bytes(damage.encode("utf-8", "surrogatepass"))
    first, second = run_status(study)
    assert first.state == "failed"
    assert str(path) in first.message
    assert (second.state, second.record.seed) == ("done", 1)
    path.unlink()
    path.with_name("failed.json").write_bytes(damage.encode("utf-8", "surrogatepass"))
    assert [status.state for status in run_status(study)] == ["failed", "done"]


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("rows", {}, "rows: .*train"),
        ("tests", {"lab": {"n": "2"}}, r"tests\.lab: .*n: "),
        ("input", {"size": 48, "mean": "x", "std": [1]}, "input: .*mean"),
        ("data", {"lab": {}}, r"data\.lab: .*fingerprint"),
        ("selection", {"views": {"clean": {"sha256": 7}}}, "selection: .*sha256"),
        ("tests", {"lab": {"n": 2, "views": {"clean": 7}}}, r"tests\.lab: .*views\.clean: "),
    ],
)
def test_what_readers_count_on_inside_a_record_is_checked(results_home, field, value, where):
    record = make_record()
    write_run(record)
    path = record.folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(FerError, match=rf"run\.json: {where}"):
        read_record(record.folder)
