"""Studies that are small, broken, large or full of markup: their pages stay right and readable."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml

from fer_core import paths
from fer_core.book.execution.build import render_chapter
from fer_core.book.execution.front import write_front
from fer_core.book.execution.run_pages import stage_runs
from fer_core.book.page import BookPage
from fer_core.book.study_page import MOST
from fer_core.data import registry
from fer_core.data.registry import get_entry
from fer_core.emotions import EIGHT
from fer_core.errors import FerError
from fer_core.files import read_json, sha256_file, write_json
from fer_core.predictions import read_predictions, write_predictions
from fer_core.records import read_record, run_dir, table_path, write_record
from fer_core.study import Cell, Study, load_study
from tests.audits import write_audit
from tests.book.shown import assert_readable, chapters_shown, shown

__all__ = ["shown"]

EVIL = "<b>evil</b> *bold* | `code` [x](y)"
Simulate = Callable[..., Study]
Show = Callable[[Study, str], str]


def pages_of_runs(study: Study) -> dict[str, str]:
    """The Markdown of the pages of runs, and of the list of them."""
    stage_runs(study.name)
    folder = paths.report_dir() / study.name
    found = {"runs": (folder / "runs.md").read_text()}
    for page in (folder / "runs").rglob("*.ipynb"):
        cells = nbformat.read(page, as_version=4).cells
        found[str(page)] = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    for name, text in found.items():
        assert_readable(text, name)
    return found


def front_of(study: Study) -> str:
    write_front([study.name])
    text = (paths.report_dir() / "front.md").read_text()
    assert_readable(text, "front")
    return text


def change_study(study: Study, **changes: object) -> Study:
    file = paths.studies_dir() / f"{study.name}.yml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **changes}))
    return load_study(study.name)


def test_a_study_of_one_run_in_domain_has_sentences_instead_of_tables(
    simulated_results: Simulate, shown: Show
) -> None:
    one = ("phantom-lab",)
    study = simulated_results(train=one, test=one, models=("net",))
    study = change_study(study, views=["clean"])
    told = chapters_shown(study, shown)
    assert "losses" not in told
    assert "in no other view" in told["travel"]
    assert "No model of this study was tested on other photographs." in told["use"]
    assert "1 run took" in told["training"]
    assert len(pages_of_runs(study)) == 2
    assert "net" in front_of(study)


def test_a_study_of_one_model_ranks_it_first_of_each_training_set(
    simulated_results: Simulate, shown: Show
) -> None:
    study = simulated_results(models=("net",), test=("phantom-lab", "phantom-web", "london"))
    write_audit(study.name, "phantom-lab", "london")
    told = chapters_shown(study, shown, ("travel", "losses", "audit", "use"))
    assert "tied" not in told["travel"].split("Raters")[0].partition("|")[2]
    assert "2 trained models in 2 runs" in told["use"]
    assert len(pages_of_runs(study)) == 3
    front_of(study)


def test_a_study_whose_runs_all_failed_has_no_chapter_and_says_how_to_go_on(
    simulated_results: Simulate,
) -> None:
    cells = tuple(Cell("net", train, 0) for train in ("phantom-lab", "phantom-web"))
    study = simulated_results(models=("net",), failed=cells)
    for chapter in ("travel", "training"):
        with pytest.raises(FerError, match=r"has no finished run.*make study STUDY=demo"):
            render_chapter(study.name, chapter)
    pages = pages_of_runs(study)
    assert "0 of 2 planned runs are done" in pages.pop("runs")
    assert len(pages) == 2
    assert all("This run failed, so it has no scores" in text for text in pages.values())
    assert not any("<b>" in text.replace("\\<b\\>", "") for text in pages.values())


def make_eight(study: Study) -> None:
    """Let every net have eight outputs, and every test set images of contempt."""
    for record in (read_record(run_dir(study.name, *cell)) for cell in study.cells()):
        views = {}
        for test in (*record.tests, "validation"):
            file = table_path(record.folder, test, "clean")
            table = read_predictions(file)
            values = table.filter(like="p_").to_numpy(dtype=float)
            contempt = np.arange(len(table)) % 9 == 0
            share = np.where(contempt, 0.9, 0.05)[:, None]
            truth = table["emotion"].mask(contempt, EIGHT[7])
            write_predictions(
                file, table["sample_id"], truth, np.hstack([values * (1 - share), share])
            )
            views[test] = {"views": {"clean": {"sha256": sha256_file(file)}}}
        tests = {test: {**facts, **views[test]} for test, facts in record.tests.items()}
        selection = {**record.selection, **views["validation"]}
        new = {"tests": tests, "selection": selection, "classes": EIGHT}
        write_record(record.model_copy(update=new))


def test_eight_emotions_and_long_names_are_shown_in_full(
    simulated_results: Simulate, shown: Show
) -> None:
    names = tuple(f"a-net-with-a-very-long-name-{'x' * 30}-{i}" for i in range(2))
    study = simulated_results(models=names)
    study = change_study(study, contempt="keep", views=["clean"])
    make_eight(study)
    told = chapters_shown(study, shown, ("travel", "errors", "use"))
    heads = [line for line in told["errors"].splitlines() if line.startswith("| ")]
    assert any(all(f" {emotion} " in line for emotion in EIGHT) for line in heads)
    assert all(name in told["travel"] for name in names)
    assert all(name in front_of(study) for name in names)
    assert len(pages_of_runs(study)) == 5


def followed(name: str, text: str) -> list[str]:
    """Where a page would follow the markup: in an alt text none, in a block of HTML only HTML."""
    lines = [line for line in text.splitlines() if not line.startswith(":alt:")]
    html, marks = re.compile("<b>evil"), re.compile(r"(?<!\\)(<b>evil|\*bold|`code)")
    return [
        f"{name}: …{line[max(found.start() - 60, 0) : found.end()]}"
        for line in lines
        for found in (html if line.startswith("<") else marks).finditer(line)
    ]


def test_markup_in_every_string_is_shown_and_never_followed(
    simulated_results: Simulate, shown: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Cell("large_net", "phantom-web", 0)
    study = simulated_results(failed=(failed,), test=("phantom-lab", "phantom-web", "london"))
    models = study.model_dump(mode="json", exclude_unset=True)["models"]
    titled = {name: {**spec, "title": f"{EVIL} {name}"} for name, spec in models.items()}
    study = change_study(study, title=EVIL, note=EVIL, models=titled)
    words = ("title", "citation", "licence", "obtain", "source", "persons", "consent", "short")
    for name in ("phantom-lab", "phantom-web"):
        entry = get_entry(name)
        texts = {field: EVIL for field in words if hasattr(entry.card, field)}
        card = entry.card.model_copy(update=texts)
        monkeypatch.setitem(registry._ENTRIES, name, dataclasses.replace(entry, card=card))
        file = paths.results_dir() / study.name / "data" / f"{name}.json"
        write_json(file, {**read_json(file), "card": card.model_dump(mode="json")})
    write_audit(study.name, "phantom-lab", "london")
    chapters = chapters_shown(
        study, shown, ("travel", "losses", "errors", "audit", "use", "datasets")
    )
    pages = {**chapters, **pages_of_runs(study), "front": front_of(study)}
    assert [found for name, text in pages.items() for found in followed(name, text)] == []
    assert "evil" in pages["travel"]
    assert "evil" in pages["front"]


def test_of_many_models_the_first_of_each_training_set_are_shown_and_the_file_has_all(
    simulated_results: Simulate, shown: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.simulated_runs.N", 21)
    models = tuple(f"net-{i:02d}" for i in range(62))
    study = simulated_results(models=models, test=("phantom-lab", "phantom-web"))
    study = change_study(study, views=["clean"])
    names: list[str] = []
    monkeypatch.setattr("fer_core.figures.curves.draw_history", lambda history: None)
    monkeypatch.setattr(BookPage, "figure", lambda page, fig, name, *_, **__: names.append(name))
    told = chapters_shown(study, shown, ("travel", "losses", "use", "training"))
    for chapter, file in (("travel", "models"), ("use", "cards"), ("training", "kept")):
        table = pd.read_csv(csv_of(study, chapter, file))
        assert len(table) == 124 > MOST
        assert set(table["model"]) == set(models)
    rule = "those with the highest macro-F1 on validation images of their training set"
    for chapter, count in (("travel", 120), ("use", 60), ("training", 120)):
        sentence = f"Shown are {count} of 124 trained models, {rule}; all are in the file."
        assert sentence in told[chapter]
    board = pd.read_csv(csv_of(study, "travel", "models"))
    last = board.loc[board["rank"] == 62, "model"].tolist()
    first_table = told["travel"].partition(":::{table} Macro-F1 by kind")[2].partition("\n:::")[0]
    lines = [line for line in first_table.splitlines() if line.startswith("| net-")]
    assert len(lines) == 120
    assert not set(last) & {line.split(" | ")[0].strip("| ") for line in lines}
    assert 0 < sum(name.startswith("net-") for name in names) <= 30
    assert max(len(text) for text in told.values()) < 1_500_000


def csv_of(study: Study, chapter: str, table: str) -> Path:
    name = f"{study.name}-{chapter}-{table}.csv"
    return paths.report_dir() / study.name / "files" / name
