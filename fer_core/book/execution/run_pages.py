"""One page per finished or failed run, and one that lists every run of a study with its state."""

import io
from collections.abc import Iterable
from pathlib import Path

import nbformat

from fer_core import paths
from fer_core.analysis.audit import read_leaks
from fer_core.analysis.run_scores import run_scores
from fer_core.analysis.run_tables import list_table
from fer_core.book.execution.fold import fold_code
from fer_core.book.execution.repeated import read_tables
from fer_core.book.execution.run_head import (
    failed_text,
    files_folder,
    head_of,
    run_heading,
    ways_back,
    write_if_changed,
)
from fer_core.book.execution.toc import REPORT, list_page, run_page
from fer_core.book.prose.contempt import about_contempt
from fer_core.book.prose.framing import about_pixels
from fer_core.book.prose.markdown import flat, label, note_box, numbered_table, plain, source_stamp
from fer_core.book.prose.run import about_again
from fer_core.book.prose.titles import Titles
from fer_core.errors import FerError
from fer_core.history import read_history
from fer_core.records import RunRecord, run_dir
from fer_core.runs import RunStatus, run_status, stray_runs, studies_with_results, trains
from fer_core.study import Cell, Study, list_studies, load_study

LIST = """# Runs ({study})

Is every planned run there?

:::{{admonition}} Answer
:class: answer

{done} of {planned} planned runs are done.
:::

{note}

Each finished run has a page: its scores, then the executed notebook as it ended. The page of a run
that failed says why, and it stays in every table as failed.

{table}
{strays}"""

STRAYS = """
## Beside the study

These results lie in the study's folder, but its file does not name them, or no longer. No table,
mean or figure of this book uses them.

{names}
"""


def require_runs(study: str) -> None:
    """Raise FerError, with the way out, when a study has neither a finished run nor, where it
    trains nothing, answers of a rater."""
    if study in studies_with_results():
        return
    if study in list_studies() and not trains(study):
        raise FerError(
            f"no rater of {study!r} has answered, so there is nothing to show; see: "
            f"fer studies check {study}"
        )
    raise FerError(
        f"study {study!r} has no finished run, so there is nothing to show; "
        f"train first: make study STUDY={study}"
    )


def stage_runs(study: str) -> list[Cell]:
    """Put the pages of a study's runs under `book/report/`; return the runs that have a page.

    Finished runs have one, and those that failed; the others stand in the list alone.
    """
    loaded = load_study(study)
    statuses = run_status(loaded)
    scores = run_scores(loaded, [status.record for status in statuses if status.record])
    leaks, tables, ways = read_leaks(loaded), read_tables(loaded.name), ways_back(loaded)
    pages: dict[Cell, Path] = {}
    files: list[Path] = []
    for status in statuses:
        cell = Cell(status.model, status.train, status.seed)
        if status.record is not None:
            head = head_of(loaded, status.record, scores[cell], leaks, tables, ways)
            pages[cell] = _stage(loaded, cell, status.record, head.text)
            files += head.files
        elif status.state == "failed":
            text = failed_text(loaded, cell, status.message, ways)
            pages[cell] = _write_page(study, cell, _notebook(text))
    _remove_others(paths.root() / list_page(study), pages.values())
    _remove_others(files_folder(study), files)
    _write_list(loaded, statuses)
    return list(pages)


def _stage(study: Study, cell: Cell, record: RunRecord, head: str) -> Path:
    source = run_dir(study.name, *cell) / "train.ipynb"
    notebook = _read_page(source)
    if notebook is None:
        notebook = _page_of_record(record)
    _set_heading(notebook, study, cell, record, head)
    titles = Titles(study)
    what = f"{titles.model(cell.model)} on {titles.dataset(cell.train)}, seed {cell.seed}"
    _mend_curves(notebook, source.with_name("history.csv"), what)
    fold_code(notebook)
    return _write_page(study.name, cell, notebook)


def _write_page(study: str, cell: Cell, notebook: nbformat.NotebookNode) -> Path:
    page = (paths.root() / run_page(study, cell)).with_suffix(".ipynb")
    write_if_changed(page, nbformat.writes(notebook).encode())
    return page


def _notebook(text: str) -> nbformat.NotebookNode:
    """Return a notebook of one cell of Markdown."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text, id="page")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return notebook


def _read_page(source: Path) -> nbformat.NotebookNode | None:
    """Return the executed notebook of a finished run; None where it lies elsewhere, cannot be read
    or shows a failure, which is not that of the run."""
    try:
        notebook = nbformat.read(source, as_version=4)
    except Exception:  # absent, no JSON, no notebook: the run is finished all the same
        return None
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return None if any(output.output_type == "error" for output in outputs) else notebook


def _page_of_record(record: RunRecord) -> nbformat.NotebookNode:
    """Return the page of a run whose notebook is not beside its results, from its record."""
    facts = {
        "epoch kept": f"{record.selection.get('epoch', '')} ({record.selection.get('rule', '')})",
        "training images": f"{record.rows.get('train', 0):,}",
        "validation images": f"{record.rows.get('validation', 0):,}",
        **{
            f"test set {name}": f"{test['n']:,} images, views: {', '.join(test['views'])}"
            for name, test in record.tests.items()
        },
        "starting weights": str(record.weights.get("source")),
        "parameters": f"{record.parameters:,}",
        "seconds of training": f"{record.seconds:,.0f}",
    }
    rows = "\n".join(f"| {plain(name)} | {plain(value)} |" for name, value in facts.items())
    text = (
        "# Run\n\nThe notebook of this run is not beside its results: it was executed into another "
        "file, or is damaged. This is what `run.json` says.\n\n| what | value |\n| :-- | :-- |\n"
    )
    code = nbformat.v4.new_code_cell("draw_history(curves)", metadata={"tags": ["remove-input"]})
    notebook = _notebook(text + rows)
    notebook.cells.append(code)
    return notebook


def _mend_curves(notebook: nbformat.NotebookNode, history: Path, what: str) -> None:
    """Draw the training curves again where the notebook has the cell but lost its picture."""
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    lost = [cell for cell in code if "draw_history(" in cell.source and not cell.outputs]
    if not lost or not history.is_file():
        return
    from fer_core.book.checks.drawing import drawing_html  # late: matplotlib
    from fer_core.figures.curves import describe_history, draw_history

    table = read_history(history)
    html = drawing_html(draw_history(table), describe_history(table, what))
    for cell in lost:
        cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": html})]


def _set_heading(
    notebook: nbformat.NotebookNode, study: Study, cell: Cell, record: RunRecord, head: str
) -> None:
    """Name the run, its commit and its date under the first heading, however it was executed, then
    its scores and the rest of `head`, and the study's note."""
    title = run_heading(study, cell)
    first = next((c for c in notebook.cells if c.cell_type == "markdown"), None)
    if first is None:
        raise FerError(f"the notebook of {title} has no heading; run it again")
    _, _, rest = first.source.partition("\n")
    folder = f"results/{study.name}/{cell.model}/{cell.train}/seed{cell.seed}/"
    stamp = " · ".join(
        (f"`{folder}`", "`notebooks/train.py`", plain(record.commit[:12]), record.finished[:10])
    )
    again = about_again(record)
    first.source = (
        f"# {title}\n\n[Source: {stamp}]{{.fer-source}}\n\n{head}\n\n"
        f"{note_box(study.note)}\n\n## The run itself\n\n{again}"
        f"{rest.strip()}\n\n{about_contempt([record])}\n\n{about_pixels(record)}"
    )


def _write_list(study: Study, statuses: list[RunStatus]) -> None:
    files = paths.root() / REPORT / study.name / "files"
    frame = list_table(statuses)
    text = io.StringIO()
    flat(frame).to_csv(text, index=False)
    csv = files / f"{study.name}-runs.csv"
    write_if_changed(csv, text.getvalue().encode())
    shown = frame.drop(columns=["model", "train", "seed"])
    titles = Titles(study)
    shown.insert(0, "run", [_link(titles, status) for status in statuses])
    done = sum(status.state == "done" for status in statuses)
    table = numbered_table(
        shown,
        "The runs of this study.",
        source_stamp(f"results/{study.name}/*/*/seed*/run.json"),
        f"tab-{label(study.name, 'runs')}",
        f"files/{csv.name}",
        markup=["run"],
    )
    strays = stray_runs(study)
    told = STRAYS.format(names="\n".join(f"- {plain(name)}" for name in strays)) if strays else ""
    page = LIST.format(
        study=plain(study.name),
        done=done,
        planned=len(statuses),
        note=note_box(study.note),
        table=table,
        strays=told,
    )
    write_if_changed(paths.root() / f"{list_page(study.name)}.md", page.encode())


def _link(titles: Titles, status: RunStatus) -> str:
    cell = Cell(status.model, status.train, status.seed)
    name = titles.run(cell)
    if status.state not in ("done", "failed"):
        return name
    return f"[{name}](/{run_page(titles.study.name, cell)}.ipynb)"


def _remove_others(folder: Path, kept: Iterable[Path]) -> None:
    for file in set(folder.rglob("*")) - set(kept):
        if file.is_file():
            file.unlink()
