"""What a study has, and what it lacks for a chapter."""

from collections.abc import Callable

import pandas as pd
import pytest

from fer_core.book.execution.chapters import about_left_out, chapters_of, read_chapters
from fer_core.book.execution.needs import NEEDS, audit, cross_dataset_tests, heat_maps
from fer_core.errors import FerError
from fer_core.questions import Question
from fer_core.raters import RaterRecord, RaterTest, raters_dir, write_rater
from fer_core.records import run_dir
from fer_core.study import Study
from tests.audits import write_audit
from tests.searches import a_record, by_rate, go_on, leave

Simulate = Callable[..., Study]


def test_an_audit_is_there_once_it_was_made(simulated_results: Simulate) -> None:
    study = simulated_results(train=("phantom-lab",), test=("phantom-lab", "london"))
    assert audit(study).endswith("run: fer summarise demo")
    write_audit("demo", "phantom-lab", "london")
    assert audit(study) == ""


def test_a_study_that_tests_each_model_at_home_has_no_cross_dataset_test(
    simulated_results: Simulate,
) -> None:
    assert cross_dataset_tests(simulated_results(train=("phantom-lab",), test=("phantom-lab",)))
    for train, test in (("nhfi",), ("phantom-lab",)), (("nhfi", "london"), ("nhfi",)):
        assert cross_dataset_tests(simulated_results(train=train, test=test)) == ""


def test_heat_maps_are_there_if_a_finished_run_has_rows_of_them(
    simulated_results: Simulate,
) -> None:
    study = simulated_results(models=("net",), train=("phantom-lab",), test=("phantom-lab",))
    assert heat_maps(study) == ""
    (folder,) = (run_dir("demo", *cell) for cell in study.cells())
    table = pd.read_parquet(folder / "cam.parquet")
    table.head(0).to_parquet(folder / "cam.parquet")
    assert "no finished run stored heat maps" in heat_maps(study)
    (folder / "cam.parquet").unlink()
    assert "no finished run stored heat maps" in heat_maps(study)
    table.to_parquet(folder / "cam.parquet")
    (folder / "run.json").unlink()
    assert "no finished run stored heat maps" in heat_maps(study)


def test_a_damaged_table_of_heat_maps_is_named(simulated_results: Simulate) -> None:
    study = simulated_results(models=("net",), train=("phantom-lab",), test=("phantom-lab",))
    table = run_dir("demo", *study.cells()[0]) / "cam.parquet"
    table.write_bytes(b"x")
    lost = r"cam\.parquet cannot be read .*run: fer studies explain demo"
    with pytest.raises(FerError, match=lost):
        heat_maps(study)


def test_every_need_is_one_that_a_chapter_has() -> None:
    used = {need for chapter in read_chapters().values() for need in chapter.needs}
    assert used == set(NEEDS)


def test_a_study_gets_a_chapter_when_it_has_what_that_needs(simulated_results: Simulate) -> None:
    study = simulated_results(train=("phantom-lab",), test=("phantom-lab", "london"))
    assert "audit" not in chapters_of(study)
    assert "*Can I trust it?* (its data sets" in about_left_out(study)
    write_audit("demo", "phantom-lab", "london")
    assert "questions" not in chapters_of(study)
    asked = Question(title="A?", change="a hat", pairs=(("net", "other"),))
    study = study.model_copy(update={"questions": (asked,)})
    assert "search" not in chapters_of(study)
    assert "*Search for settings* (no settings were searched" in about_left_out(study)
    leave(a_record(), go_on(a_record(), [], 2, by_rate), lambda trial: 60)
    assert set(read_chapters("study")) - set(chapters_of(study)) == {"raters"}
    assert about_left_out(study).endswith("(no rater has answered its test sets).")


def test_a_study_of_raters_gets_their_chapter_and_none_of_models(results_home) -> None:
    content = {"name": "agree", "title": "T", "raters": {"ann": {"title": "A"}}, "test": ["london"]}
    study = Study.model_validate(content)
    assert list(chapters_of(study)) == ["datasets"]
    answered = RaterTest(n=1, of=1, form="labels", sha256="0" * 64, fingerprint="f")
    raters_dir("agree").joinpath("ann").mkdir(parents=True)
    write_rater(
        RaterRecord(
            study="agree", name="ann", kind="model", title="A", source="s", trained_on=("x",),
            tests={"london": answered},
        )
    )  # fmt: skip
    assert list(chapters_of(study)) == ["raters", "datasets"]
    assert "*Do models agree?* (agreement needs two" in about_left_out(study)
    raters_dir("agree").joinpath("bob").mkdir()
    raters_dir("agree").joinpath("bob", "rater.json").write_text("{")
    assert list(chapters_of(study)) == ["raters", "datasets"]
    write_rater(
        RaterRecord(
            study="agree", name="bob", kind="model", title="B", source="s", trained_on=("x",),
            tests={"london": answered},
        )
    )  # fmt: skip
    assert list(chapters_of(study)) == ["agreement", "raters", "datasets"]
    assert "*Which model travels?* (it trains no model" in about_left_out(study)
