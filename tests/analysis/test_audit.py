"""What the audit chapter shows, from the files that an audit leaves and without them."""

import dataclasses
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from fer_core import paths
from fer_core.analysis.audit import (
    between_splits_table,
    copies_table,
    faces_table,
    flags_table,
    leak_table,
    method_table,
    planted_table,
    publishable_pairs,
    read_audit,
    read_leaks,
    shared_table,
    with_unknown,
)
from fer_core.analysis.leaks import NotAudited, leak_worth, leaking_images
from fer_core.analysis.results import study_result
from fer_core.analysis.run_tables import source_scores
from fer_core.analysis.summaries import read_summaries
from fer_core.audited import SEARCH, audit_fault
from fer_core.book.execution.needs import audit as audit_lacking
from fer_core.book.prose.answers import about_audit, about_no_leaks
from fer_core.errors import FerError
from fer_core.figures.marks import footnote, mark
from fer_core.files import read_json, write_json
from fer_core.study import Study, load_study
from tests.audits import write_audit


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    made = simulated_results(train=("phantom-lab",), test=("phantom-lab", "london"))
    write_audit("demo", "phantom-lab", "london")
    return made


def test_results_without_an_audit_say_how_to_make_one(simulated_results) -> None:
    study = simulated_results(train=("phantom-lab",), test=("phantom-lab", "london"))
    audit, summaries = read_audit("demo"), read_summaries(study)
    leaks = read_leaks(study)
    assert isinstance(leaks, NotAudited)
    assert leaks.reason == "no audit was made"
    worth = leak_worth(study_result("demo").outcomes, leaking_images(audit.leaking))
    assert "run: fer summarise demo" in audit_lacking(study)
    for table in (leak_table(audit), shared_table(audit), planted_table(audit)):
        assert table.empty
    for table in (worth, method_table(audit), flags_table(summaries), faces_table(summaries)):
        assert table.empty
    assert copies_table(summaries)["near copies, pairs"].isna().all()
    assert set(between_splits_table(summaries)["shared"]) == {"byte copies"}


def test_the_tables_hold_what_the_files_say(study: Study) -> None:
    audit, summaries = read_audit("demo"), read_summaries(study)
    copies = copies_table(summaries).set_index("dataset").loc["phantom-lab"]
    assert copies[["byte copies", "near copies, pairs", "of them mirrored"]].tolist() == [4, 2, 1]
    splits = between_splits_table(summaries).set_index(["dataset", "shared"])
    assert splits.loc[("phantom-lab", "near copies"), "val in train"] == 2
    assert flags_table(summaries).iloc[0].tolist() == ["phantom-lab", 1, 1]
    faces = faces_table(summaries).set_index("what")["value"]
    assert faces[["margin", "counts no face"]].tolist() == ["0.3", "12"]
    method = method_table(audit).set_index("what")["value"]
    assert method["thresholds correlation"] == "0.95"
    assert method["phantom-lab pairs"] == "1,200"
    share = leak_table(audit).set_index("test")["share"]
    assert share["london"] == pytest.approx(3 / 140)


def test_what_two_sets_share_says_none_found_and_unknown(study: Study) -> None:
    audit, summaries = read_audit("demo"), read_summaries(study)
    names, none = ["phantom-lab", "london"], "none found"
    assert shared_table(audit).iloc[0].tolist() == [*names, none, "3", none, "3", "unknown"]
    found = audit.shared.assign(copies_a=2, copies_b=1, persons=4)
    row = shared_table(replace(audit, shared=found)).iloc[0]
    assert row[["byte copies", "persons"]].tolist() == ["2 of 700 and 1 of 204", "4"]
    summaries["phantom-lab"]["persons"] = 0
    splits = between_splits_table(summaries).set_index(["dataset", "shared"])
    assert splits.loc[("phantom-lab", "persons")].isna().all()


def test_persons_are_unknown_where_nobody_is_named_also_in_older_audits(study: Study) -> None:
    file = paths.results_dir() / "demo" / "data" / "phantom-lab.json"
    write_json(file, read_json(file) | {"persons": 4})
    audit = read_audit("demo")  # its leaks.csv says 0 for both pairs
    leaks = leak_table(audit).set_index("test")["persons"]
    assert leaks["phantom-lab"] == 0, "its persons are named, and none is shared"
    assert with_unknown(leak_table(audit))["persons"].tolist() == [0, "unknown"]
    told = about_audit(audit, pd.DataFrame())
    assert "with the test; for 1 it is unknown whether they share persons." in told
    summary = read_json(file)
    del summary["persons"]
    write_json(file, summary | {"subjects": 0})  # as older summaries say it
    assert leak_table(read_audit("demo"))["persons"].isna().all()
    copies = with_unknown(copies_table(read_summaries(study))).set_index("dataset")
    assert copies.loc["phantom-lab", "of them of one person"] == "unknown"


def test_the_recall_on_planted_copies_has_its_interval(study: Study) -> None:
    planted = planted_table(read_audit("demo")).set_index("kind")
    assert len(planted_table(read_audit("demo"), pooled=True)) == 2
    assert planted.loc["mirrored", "recall"] == 0.95
    assert planted.loc["mirrored", "recall_lo"] == pytest.approx(0.764, abs=0.001)


def test_the_answer_names_the_largest_gain(study: Study) -> None:
    audit = read_audit("demo")
    leaking = leaking_images(audit.leaking)
    assert leaking == {("phantom-lab", "london"): {f"london/{i:05d}" for i in range(3)}}
    worth = leak_worth(study_result("demo").outcomes, leaking)
    text = about_audit(audit, worth)
    assert text.startswith("5 pairs of near copies were found, 1 of them mirrored. In 1 of 2 pairs")
    assert "with the 3 leaking images than without" in text
    assert set(read_leaks(study)) == {("phantom-lab", "london")}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"test": ("phantom-lab", "london", "nhfi")}, "there are no facts about nhfi"),
        ({"test": ("phantom-lab",)}, "older than the images of sets that are gone and test"),
        ({"leaks": {"phantom-lab": "drop"}}, "older than leaks"),
        ({"flagged": "drop"}, "older than flagged"),
    ],
)
def test_an_audit_of_other_tests_or_rules_is_none(
    study: Study, change: dict[str, object], reason: str
) -> None:
    assert audit_fault(study) == ""
    assert reason in audit_fault(study.model_copy(update=change))


@pytest.mark.parametrize("table", ["leaks.csv", "near.csv", "leaking.csv"])
def test_a_table_of_the_audit_that_is_lost_does_not_read_as_one_without_rows(
    study: Study, table: str
) -> None:
    (paths.results_dir() / "demo" / "data" / table).unlink()
    leaks = read_leaks(study)
    assert isinstance(leaks, NotAudited)
    assert leaks.reason == f"its audit lacks {table}"


def test_nothing_to_show_is_none_found_only_where_there_was_an_audit(study: Study) -> None:
    assert about_no_leaks(read_leaks(study)).startswith("None found")
    (paths.results_dir() / "demo" / "data" / "audit.json").unlink()
    assert about_no_leaks(read_leaks(study)) == "Not known: no audit was made."


def test_an_audit_of_other_images_is_none(study: Study) -> None:
    file = paths.results_dir() / "demo" / "data" / "london.json"
    write_json(file, read_json(file) | {"fingerprint": "0" * 64})
    assert audit_fault(study) == "the audit is older than the images of london"
    leaks = read_leaks(study)
    assert mark(leaks, [("phantom-lab", "phantom-lab")]) == " not audited"
    assert "the images of london" in footnote(leaks, [])


def test_an_audit_by_an_earlier_search_or_of_another_split_is_none(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = paths.results_dir() / "demo" / "data" / "london.json"
    write_json(file, read_json(file) | {"split_hash": "0" * 64})
    assert audit_fault(study) == "the audit is older than the split of london"
    write_json(file, read_json(file) | {"split_hash": "e" * 64})
    assert audit_fault(study) == ""
    monkeypatch.setattr("fer_core.audited.SEARCH", SEARCH + 1)
    assert audit_fault(study) == "the audit is older than the search for near copies"


def test_the_committed_audits_are_of_the_committed_results() -> None:
    for name in ("open", "methods"):
        assert audit_fault(load_study(name)) == ""


def test_only_pairs_of_two_sets_that_may_be_shown_become_pictures(study: Study) -> None:
    shown = publishable_pairs(read_audit("demo"), ["phantom-lab"])
    assert set(shown["dataset_a"]) == set(shown["dataset_b"]) == {"phantom-lab"}
    assert len(shown) == 2
    assert publishable_pairs(read_audit("demo"), []).empty


def test_ids_that_look_like_numbers_or_gaps_stay_texts(study: Study) -> None:
    file = paths.results_dir() / "demo" / "data" / "near.csv"
    lines = file.read_text().splitlines()
    file.write_text(f"{lines[0]}\nNA,007,train,none,NA,1e3,test,NA,1,0.9\n")
    row = read_audit("demo").near.iloc[0]
    assert row[["dataset_a", "sample_a", "sample_b", "emotion_b"]].tolist() == [
        "NA",
        "007",
        "1e3",
        "NA",
    ]
    assert row["mirrored"] == 1


def test_a_file_that_lacks_a_column_is_an_error(study: Study) -> None:
    file = paths.results_dir() / "demo" / "data" / "leaks.csv"
    file.write_text("train,test\na,b\n")
    with pytest.raises(FerError, match=r"leaks\.csv lacks .*'n_test'; .*run fer summarise"):
        read_leaks(study)


def test_a_compiled_test_set_is_scored_source_by_source(study: Study) -> None:
    assert source_scores(study_result(study)).empty
    file = paths.results_dir() / "demo" / "data" / "london.json"
    facts = read_json(file)
    facts["card"]["sources"] = ["london"]
    write_json(file, facts)
    table = source_scores(study_result(study))
    assert set(table["test"]) == {"london"}
    assert set(table["source"]) == {"london", "all sources"}


def test_sets_without_any_near_copy_have_a_row_that_says_none_found(study: Study) -> None:
    file = paths.results_dir() / "demo" / "data" / "near.csv"
    file.write_text(file.read_text().splitlines()[0] + "\n")
    audit = read_audit("demo")
    assert audit.near.empty
    table = shared_table(dataclasses.replace(audit, shared=audit.shared.assign(near=0)))
    assert set(table["of them mirrored"]) == {"none found"}
