"""Raters on a page: who they are, a line for each or for a panel, and nothing without any."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import difference
from fer_core.analysis.raters import paired, rater_differences, rater_table
from fer_core.analysis.results import study_result
from fer_core.book.execution.build import render_chapter
from fer_core.book.execution.execute import read_notebook
from fer_core.book.prose.raters import (
    about_expected,
    about_raters,
    rated,
    shown_differences,
    shown_raters,
)
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.files import sha256_file
from fer_core.predictions import write_predictions
from fer_core.rater_facts import Kind
from fer_core.raters import RaterRecord, RaterTest, find_raters, write_rater
from fer_core.records import read_record, run_dir
from fer_core.runs import read_run
from fer_core.study import Study

TEST = "phantom-lab"


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    return simulated_results(models=("net",), train=(TEST,), test=(TEST,))


def rate(
    study: Study,
    name: str,
    kept: slice,
    panel: str | None = None,
    net: str = "net",
    kind: Kind = "annotator",
    **said: str,
) -> None:
    """Leave a rater that names the true emotion of the images that it answers."""
    truth = read_run(read_record(run_dir(study.name, net, TEST, 0)))[TEST].iloc[kept]
    facts = {
        "source": "<b>us</b>",
        "licence": "CC0",
        "note": f"About {name}.",
        "title": name,
    } | said
    rater = RaterRecord(
        study=study.name,
        name=name,
        kind=kind,
        trained_on=("nothing",),
        panel=panel,
        **{**facts, **said},
    )
    right = np.eye(7)[[EMOTIONS.index(emotion) for emotion in truth["emotion"]]]
    path = rater.table_path(TEST)
    write_predictions(path, truth["sample_id"].tolist(), truth["emotion"].tolist(), right)
    of = RaterTest(
        n=len(truth), of=140, form="labels", sha256=sha256_file(path), fingerprint="f" * 64
    )
    write_rater(rater.model_copy(update={"tests": {TEST: of}}))


def test_raters_of_one_panel_or_source_are_told_once(study: Study) -> None:
    rate(study, "ann", slice(0, 50))
    for number in range(3):
        rate(study, f"p{number}", slice(number, 90), panel="people", note="People.")
    rate(study, "bob", slice(0, 9), source="elsewhere", note="")
    rate(study, "cat", slice(0, 9), source="elsewhere", title="A cat")
    lines = about_raters(find_raters(study)).splitlines()
    assert "does not show that it sees more than people" in lines[0]
    assert lines[2:] == [
        "- **ann**: About ann.",
        "- **cat**: A cat. About cat.",
        "- **people**: People.",
        "- Source of ann and people: \\<b\\>us\\</b\\>; licence: CC0",
        "- Source of bob and cat: elsewhere; licence: CC0",
    ]


def test_a_line_says_how_many_images_of_how_many(study: Study) -> None:
    rate(study, "ann", slice(0, 50))
    for number in range(3):
        rate(study, f"p{number}", slice(number, 90), panel="people")
    raters, result = find_raters(study), study_result(study)
    shown = shown_raters(rater_table(raters, result.raters)).set_index("rater")
    assert shown["images"].to_dict() == {"ann": "50 of 140", "people": "88 to 90 of 140"}
    assert shown["raters"].to_dict() == {"ann": "1", "people": "3"}
    assert shown["accuracy, least to most"].to_dict() == {"ann": "", "people": "1.000 to 1.000"}
    assert shown.loc["ann", "accuracy [95 %]"].startswith("1.000 [")
    table = rater_differences(raters, result.raters, result.outcomes, {TEST: "net"})
    apart = shown_differences(table).set_index("rater")
    assert apart["images"].to_dict() == {"ann": "50", "people": "88 to 90"}
    pair = paired(result.outcomes[Key("net", TEST, TEST)], result.raters[Key("ann", "", TEST)])
    value = difference(*pair, "accuracy").value
    assert apart.loc["ann", "accuracy differs by [95 %]"].startswith(f"{value:.3f} [")


def test_a_new_rater_makes_a_new_result_with_the_same_runs(study: Study) -> None:
    before = study_result(study)
    assert before.raters == {}
    rate(study, "ann", slice(0, 50))
    after = study_result(study)
    assert list(after.raters) == [Key("ann", "", TEST)]
    assert list(after.outcomes) == list(before.outcomes)


def test_the_chapter_has_raters_in_tables_of_their_own_and_in_no_rank(study: Study) -> None:
    rate(study, "zelda", slice(0, 50))
    page = render_chapter(study.name, "raters")
    outputs = [
        (cell.source, "".join(str(o.get("data", o)) for o in cell.outputs))
        for cell in read_notebook(page).cells
        if cell.cell_type == "code"
    ]
    told = [source for source, text in outputs if "zelda" in text]
    assert len(told) == 2
    assert "shown_raters(" in told[0]
    assert "rater_differences(" in told[1]
    files = page.parent / "files"
    assert (files / "demo-raters-raters.csv").is_file()
    assert (files / "demo-raters-apart.csv").is_file()


def test_a_study_without_raters_gets_no_chapter_of_them(study: Study) -> None:
    with pytest.raises(FerError, match="no rater has answered its test sets"):
        render_chapter(study.name, "raters")


def test_the_answer_spans_the_raters_of_each_test_set_and_counts_what_is_missing() -> None:
    table = pd.DataFrame(
        {
            "test": ["A", "A", "B"],
            "raters": [1, 3, 1],
            "accuracy_least": [0.5, 0.25, 1.0],
            "accuracy_most": [0.5, 0.75, 1.0],
        }
    )
    told = "A: 4 raters, accuracy 0.250 to 0.750; B: 1 rater, accuracy 1.000."
    assert rated(table).endswith(told)
    assert rated(table.head(0)) == "No rater has answered a test set of this study."
    raters = {"ann": {"title": "A"}, "bob": {"title": "B", "test": ["rafdb"]}}
    content = {"name": "agree", "title": "T", "raters": raters, "test": ["rafdb", "btfer"]}
    asked = Study.model_validate(content)
    assert about_expected(asked, []) == ""
    assert about_expected(asked, [("ann", "btfer")]).startswith("Missing: 1 of the 3 answers")
