"""The pages of runs: what stands above the executed notebook, and what a failure leaves."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from fer_core import paths
from fer_core.book.execution.chapters import chapters_of
from fer_core.book.execution.run_pages import stage_runs
from fer_core.book.execution.toc import run_page
from fer_core.book.prose.titles import dataset_title
from fer_core.cli import main
from fer_core.records import run_dir, table_path
from fer_core.study import Cell, load_study
from tests.audits import write_audit
from tests.book.execution.small import DONE, FAILED

FILES = "demo/files/runs/small-net/phantom-lab/seed0/demo-small-net-phantom-lab-seed0-"
REST = "## The run itself"


def page_of(cell: Cell) -> str:
    """The beginning of a staged page."""
    page = paths.root() / f"{run_page('demo', cell)}.ipynb"
    return str(nbformat.read(page, as_version=4).cells[0].source)


def scores_of(cell: Cell) -> pd.DataFrame:
    name = FILES.replace("small-net", cell.model).replace("seed0", f"seed{cell.seed}")
    return pd.read_csv(paths.report_dir() / f"{name}scores.csv")


def test_a_page_begins_with_what_the_run_is_and_its_scores(small: None) -> None:
    write_audit("demo", "phantom-lab", "london")
    stage_runs("demo")
    head, _, rest = page_of(DONE).partition(REST)
    assert "This page is one run." in rest
    assert (
        "One run: small-net (resnet18 at 48 px, from random weights) learned from 700 images of "
        "Phantom lab with seed 0; epoch 4 of 4 was chosen on 140 validation images of the same "
        "set." in head
    )
    rows = scores_of(DONE)
    lines = [line for line in head.splitlines() if re.match(r"\| (Phantom|FER2013|London)", line)]
    assert len(lines) == len(rows) == 6
    for line, row in zip(lines, rows.to_dict("records"), strict=True):
        test, view, accuracy, macro_f1, constant, n, kind, *_ = line.strip("| ").split(" | ")
        assert test == dataset_title(row["test"])
        assert (view, int(n), kind) == (row["view"], row["n"], row["kind"])
        for told, metric in ((accuracy, "accuracy"), (macro_f1, "macro_f1")):
            for end in ("", "_lo", "_hi"):
                assert f"{row[metric + end]:.3f}" in told
            assert ("‡" in told) == (row[f"above_constant_{metric}_lo"] <= 0)
            assert ("†" in told) == (test == "London") == (row["leaking_test_images"] > 0)
        assert constant == f"{row['majority_rate']:.3f} ({row['majority_class']})"
    assert "London: 3 with a near copy of 140 test images" in head
    assert "Emotions of London: 2 of 7: happy, neutral" in head
    assert "View mirror: the mean of the probabilities" in head


def test_a_score_that_beats_no_constant_answer_is_marked_with_what_that_means(
    simulated_results: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.simulated_runs.N", 12)
    simulated_results(models=("net",), train=("phantom-lab",), test=("phantom-lab", "fer2013"))
    stage_runs("demo")
    head = page_of(Cell("net", "phantom-lab", 0))
    rows = pd.read_csv(next(paths.report_dir().rglob("*-scores.csv")))
    weak = [rows[f"above_constant_{metric}_lo"] <= 0 for metric in ("accuracy", "macro_f1")]
    table, _, _ = head.partition("```bash")
    assert 0 < sum(map(sum, weak)) == len(re.findall("‡", table)) - 1, "once below the table"
    assert "‡ Not better than the constant answer" in table


@pytest.mark.parametrize("seed", [0, 1])
def test_the_command_of_a_page_finds_the_numbers_of_its_table(
    simulated_results: Callable[..., object], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated_results(models=("small-net",), test=("phantom-lab", "london"), seeds=(0, 1))
    stage_runs("demo")
    cell = Cell("small-net", "phantom-lab", seed)
    (command,) = re.findall(r"```bash\nfer (.*)\n```", page_of(cell))
    with pytest.raises(SystemExit) as stop:
        main([*shlex.split(command), "--json"])
    assert not stop.value.code
    found = pd.DataFrame(json.loads(capsys.readouterr().out))
    shown = scores_of(cell)
    assert (shown["seed"] == seed).all()
    shown = shown[[column for column in shown if column in found]]
    assert {"accuracy", "macro_f1_lo", "kind", "majority_rate"} <= set(shown)
    pd.testing.assert_frame_equal(shown, found[shown.columns], check_exact=True)


def test_a_page_leads_to_every_chapter_of_its_study_and_to_all_runs(small: None) -> None:
    stage_runs("demo")
    for cell in (DONE, FAILED):
        links = re.findall(r"\{doc\}`[^`]* <([^`]*)>`", page_of(cell))
        pages = [*chapters_of(load_study("demo")), "runs"]
        assert links == [f"/book/report/demo/{name}" for name in pages]


def test_a_page_offers_the_record_and_the_predictions_for_sets_that_may_be_shown(
    small: None,
) -> None:
    stage_runs("demo")
    folder = run_dir("demo", *DONE)
    offered = {path.name for path in (paths.report_dir() / FILES).parent.iterdir()}
    start = FILES.rpartition("/")[2]
    tables = {
        f"{start}{test}-{view}.parquet": table_path(folder, test, view)
        for test in ("phantom-lab", "london")
        for view in ("clean", "mirror")
    }
    files = {f"{start}run.json": folder / "run.json", **tables}
    assert offered == {*files, f"{start}scores.csv"}
    text = page_of(DONE)
    for name, source in files.items():
        file = (paths.report_dir() / FILES).with_name(name)
        assert file.read_bytes() == source.read_bytes()
        place = f"/book/report/{FILES.rpartition('/')[0]}/{name}"
        assert f"{{download}}`{name.removeprefix(start)} <{place}>`" in text
    assert "Not offered here are the predictions for fer2013:" in text


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"PAR1 or not")])
def test_a_run_without_sound_predictions_says_so_and_keeps_its_page(
    simulated_results: Callable[..., object], harm: Callable[[Path], object]
) -> None:
    study = simulated_results(models=("small-net",), test=("phantom-lab", "fer2013"))
    stage_runs("demo")  # what was offered before is offered no more
    harm(table_path(run_dir("demo", *DONE), "phantom-lab", "clean"))
    assert stage_runs("demo") == study.cells()
    head, _, rest = page_of(DONE).partition(REST)
    assert head.count(":::{warning}") == 1
    assert "cannot be used: " in head
    assert "results/demo/small-net/phantom-lab/seed0/predictions/phantom-lab/clean.parquet" in (
        head.replace("\\", "")
    )
    assert str(paths.root()) not in head
    assert "fer scores" not in head
    assert "This page is one run." in rest
    offered = list((paths.report_dir() / FILES).parent.iterdir())
    assert [file.name for file in offered] == ["demo-small-net-phantom-lab-seed0-run.json"]
    assert "fer scores" in page_of(Cell("small-net", "phantom-web", 0))


def test_the_page_of_a_failed_run_says_with_what_and_has_no_scores(small: None) -> None:
    assert FAILED in stage_runs("demo")
    text = page_of(FAILED)
    assert text.startswith("# large\\_net on Phantom lab `phantom-lab`, seed 0 (demo)\n")
    assert "This run failed" in text
    assert r"It ended with: RuntimeError: loss is not finite \<b\>\|\</b\>" in text
    assert "{table}" not in text
    assert "fer run --study demo --model large_net --train phantom-lab --seed 0" in text


def test_the_list_leads_to_the_pages_that_there_are(
    simulated_results: Callable[..., object],
) -> None:
    simulated_results(train=("phantom-lab",), test=("phantom-lab",), failed=(FAILED,))
    (run_dir("demo", *DONE) / "run.json").unlink()
    assert stage_runs("demo") == [FAILED]
    text = (paths.report_dir() / "demo" / "runs.md").read_text(encoding="utf-8")
    assert re.findall(r"\[(.*?)\]\((/.*?)\)", text) == [
        (r"large\_net on Phantom lab `phantom-lab`, seed 0", f"/{run_page('demo', FAILED)}.ipynb")
    ]
    assert "| small-net on Phantom lab `phantom-lab`, seed 0 |" in text


def test_what_the_page_of_a_run_that_is_gone_offered_is_removed(small: None) -> None:
    stage_runs("demo")
    assert (paths.report_dir() / f"{FILES}scores.csv").is_file()
    (run_dir("demo", *DONE) / "run.json").unlink()
    stage_runs("demo")
    assert not list((paths.report_dir() / "demo/files/runs").rglob("*.*"))


def test_a_run_page_names_its_run_even_if_its_notebook_did_not(small: None) -> None:
    cells = stage_runs("demo")
    page = paths.report_dir() / "demo/runs/small-net/phantom-lab/seed0.ipynb"
    text = nbformat.read(page, as_version=4).cells[0].source
    assert text.startswith("# small-net on Phantom lab `phantom-lab`, seed 0 (demo)\n")
    assert "0123456789ab · 2026-01-01" in text
    assert cells == [DONE, FAILED]


def test_the_note_of_a_study_stands_on_the_pages_of_its_runs_too(
    checkout: Path, small: None
) -> None:
    file = checkout / "studies" / "demo.yml"
    report = paths.report_dir() / "demo"
    for note, times in (("", 0), ("Few <b> faces,\none seed.", 1)):
        file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "note": note}))
        stage_runs("demo")
        for page in ("runs/small-net/phantom-lab/seed0.ipynb", "runs.md"):
            text = (report / page).read_text()
            assert text.count(":::{note}") == times, page
            assert text.count("faces, one seed.") == times, page


def test_a_run_page_that_lost_its_curves_gets_them_from_the_history(small: None) -> None:
    path = run_dir("demo", *DONE) / "train.ipynb"
    notebook = nbformat.read(path, as_version=4)
    lost = nbformat.v4.new_code_cell("curves = draw_history(pd.read_csv(file))\nplt.show()")
    kept = nbformat.v4.new_code_cell(
        "show_drawing(draw_history(curves), '')", outputs=[nbformat.v4.new_output("stream")]
    )
    notebook.cells += [lost, kept]
    nbformat.write(notebook, path)
    stage_runs("demo")
    page = paths.report_dir() / "demo/runs/small-net/phantom-lab/seed0.ipynb"
    *_, lost, kept, _ = nbformat.read(page, as_version=4).cells
    html = lost.outputs[0].data["text/html"]
    assert html.startswith('<img alt="Training curves of small-net on Phantom lab, seed 0')
    assert kept.outputs[0].output_type == "stream"


def test_an_unchanged_run_page_is_left_alone(small: None) -> None:
    stage_runs("demo")
    page = paths.report_dir() / "demo/runs/small-net/phantom-lab/seed0.ipynb"
    before = page.stat().st_mtime_ns
    stage_runs("demo")
    assert page.stat().st_mtime_ns == before


def test_a_run_page_that_was_damaged_is_written_anew(small: None) -> None:
    stage_runs("demo")
    page = paths.report_dir() / "demo/runs/small-net/phantom-lab/seed0.ipynb"
    before = page.read_bytes()
    page.write_bytes(b"\xff\xfe")
    stage_runs("demo")
    assert page.read_bytes() == before


def test_the_page_of_a_run_that_is_gone_is_removed(small: None) -> None:
    stage_runs("demo")
    (run_dir("demo", *DONE) / "run.json").unlink()
    assert stage_runs("demo") == [FAILED]
    assert not (paths.report_dir() / "demo/runs/small-net/phantom-lab/seed0.ipynb").exists()


def with_an_error(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [
        nbformat.v4.new_output("error", ename="ValueError", evalue="x", traceback=["Traceback"])
    ]
    nbformat.write(notebook, path)


@pytest.mark.parametrize(
    "damage", [Path.unlink, with_an_error, lambda path: path.write_bytes(b"\xff{")]
)
def test_a_finished_run_without_a_sound_notebook_has_a_page_from_its_record(
    small: None, damage: Callable[[Path], object]
) -> None:
    damage(run_dir("demo", *DONE) / "train.ipynb")
    assert DONE in stage_runs("demo")
    page = paths.report_dir() / "demo/runs/small-net/phantom-lab/seed0.ipynb"
    text = page.read_text(encoding="utf-8")
    assert "The notebook of this run is not beside its results" in text
    assert "Traceback" not in text
    notebook = nbformat.read(page, as_version=4)
    assert notebook.cells[0].source.startswith("# small-net on Phantom lab ")
    assert "<img" in notebook.cells[-2].outputs[0].data["text/html"]


def test_results_that_the_study_does_not_name_are_listed_and_have_no_page(
    small: None, checkout: Path
) -> None:
    file = checkout / "studies" / "demo.yml"
    plan = yaml.safe_load(file.read_text())
    gone = plan["test"].pop()
    plan["models"]["other-net"] = plan["models"].pop("small-net")
    file.write_text(yaml.safe_dump(plan))
    assert stage_runs("demo") == [FAILED]
    text = (paths.report_dir() / "demo" / "runs.md").read_text(encoding="utf-8")
    assert "## Beside the study" in text
    assert "- small-net on phantom-lab, seed 0" in text
    plan["models"]["small-net"] = plan["models"].pop("other-net")
    file.write_text(yaml.safe_dump(plan))
    stage_runs("demo")
    text = (paths.report_dir() / "demo" / "runs.md").read_text(encoding="utf-8")
    assert f"- small-net on phantom-lab, seed 0: predictions of {gone}" in text
