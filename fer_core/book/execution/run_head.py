"""What a run's page begins with: its scores, the way back, its files, the command that makes them
again. Nothing of it is taken from the executed notebook, which may be of older code."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pandas as pd

from fer_core import paths
from fer_core.analysis.leaks import Leaks
from fer_core.book.execution.chapters import chapters_of
from fer_core.book.execution.repeated import Tables, repeated
from fer_core.book.execution.toc import REPORT, chapter_page, list_page
from fer_core.book.prose.markdown import listed, numbered_table, plain, source_stamp
from fer_core.book.prose.run import (
    CAPTION,
    about_run,
    about_scores,
    scores_command,
    shown_scores,
    told,
)
from fer_core.book.prose.titles import Titles
from fer_core.data.permission import is_publishable
from fer_core.errors import FerError
from fer_core.figures.marks import pairs_of, with_leaks
from fer_core.files import atomic_path
from fer_core.records import RunRecord, run_dir, table_path
from fer_core.study import Cell, Study

NO_SCORES = """:::{{warning}}
There are no scores of this run here, because its predictions cannot be used: {why}
:::"""
AGAIN = """The same scores, made again from the predictions in the folder named above:

```bash
{command}
```
"""
FAILED = """# {title}

[Source: `{folder}/`]{{.fer-source}}

:::{{warning}}
This run failed, so it has no scores; every table shows it as failed. It ended with: {why}
:::

{ways}

To run it again:

```bash
{command}
```
"""


class Head(NamedTuple):
    """The Markdown that a run's page begins with, and the files that it offers."""

    text: str
    files: list[Path]


def head_of(
    study: Study,
    record: RunRecord,
    scores: pd.DataFrame | FerError,
    leaks: Leaks,
    tables: Tables,
    ways: str,
) -> Head:
    """Write the files that a run's page offers, and return what the page begins with.

    `scores`: of `fer_core.analysis.run_scores.run_scores`; `tables`: of
    `fer_core.book.execution.repeated.read_tables`; `ways`: of `ways_back`.
    """
    cell, source = record.cell, record.folder / "run.json"
    files = [_offer(study.name, cell, source.name, source.read_bytes())]
    titles = Titles(study)
    parts, kept = [about_run(record, titles)], list[str]()
    if isinstance(scores, FerError):
        parts.append(NO_SCORES.format(why=told(scores)))
    else:
        csv = _write_scores(study.name, cell, scores, leaks)
        table = numbered_table(
            titles.shown(shown_scores(scores, leaks)),
            CAPTION,
            source_stamp(f"{_results(study.name, cell)}/predictions/*/*.parquet"),
            f"tab-{study.name}/{'/'.join(map(str, cell))}",
            _address(csv),
        )
        again = AGAIN.format(command=scores_command(study.name, cell))
        offered, kept = _tables(study.name, record)
        means = repeated(tables, study, cell, leaks)
        parts += [table, about_scores(scores, leaks, titles), again, means]
        files += [*offered, csv]
    start = f"{_label(study.name, cell)}-"
    links = (f"{{download}}`{f.name.removeprefix(start)} <{_address(f)}>`" for f in files)
    parts.append(f"[Files of this run: {', '.join(links)}]{{.fer-download}}")
    return Head("\n\n".join(filter(None, (*parts, _about_kept(kept), ways))), files)


def ways_back(study: Study) -> str:
    """Return links from a run's page to the chapters of its study and to the list of its runs."""
    pages = {one.title: chapter_page(study.name, name) for name, one in chapters_of(study).items()}
    pages["All runs"] = list_page(study.name)
    links = (f"{{doc}}`{plain(title)} </{page}>`" for title, page in pages.items())
    return f"All runs of this study together: {' · '.join(links)}"


def run_heading(study: Study, cell: Cell) -> str:
    """Return the heading of a run's page, in Markdown; no two pages of a book share it."""
    return f"{Titles(study).run(cell)} ({plain(study.name)})"


def failed_text(study: Study, cell: Cell, message: str, ways: str) -> str:
    """Return the page of a run that failed, in Markdown."""
    named = f"--model {cell.model} --train {cell.train} --seed {cell.seed}"
    return FAILED.format(
        title=run_heading(study, cell),
        folder=_results(study.name, cell),
        why=told(message or "no message"),
        ways=ways,
        command=f"fer run --study {study.name} {named}",
    )


def files_folder(study: str) -> Path:
    """Return the folder of what the pages of a study's runs offer."""
    return paths.root() / REPORT / study / "files" / "runs"


def write_if_changed(path: Path, content: bytes) -> None:
    """Leave an unchanged file alone, so that its page is not rendered again."""
    if not path.is_file() or path.read_bytes() != content:
        with atomic_path(path) as temporary:
            temporary.write_bytes(content)


def _write_scores(study: str, cell: Cell, scores: pd.DataFrame, leaks: Leaks) -> Path:
    rows = with_leaks(scores, pairs_of(scores), leaks).assign(seed=cell.seed)
    return _offer(study, cell, "scores.csv", rows.to_csv(index=False, lineterminator="\n").encode())


def _tables(study: str, record: RunRecord) -> tuple[list[Path], list[str]]:
    """Offer the prediction tables of test sets that may be shown; return them and the names of the
    other sets, whose sample ids can be the names of persons or of somebody's photographs."""
    offered, kept = [], []
    for test, facts in record.tests.items():
        if not is_publishable(test):
            kept.append(test)
            continue
        for view in facts.get("views", {}):
            content = table_path(record.folder, test, view).read_bytes()
            offered.append(_offer(study, record.cell, f"{test}-{view}.parquet", content))
    return offered, kept


def _about_kept(kept: Iterable[str]) -> str:
    if not kept:
        return ""
    return (
        f"Not offered here are the predictions for {listed(kept)}: their rows go by the names of "
        "images that may not be shown, which can be names of persons. They lie in the folder named "
        "above."
    )


def _offer(study: str, cell: Cell, name: str, content: bytes) -> Path:
    """Write a file for readers, whose name says of which run it is."""
    folder = files_folder(study) / cell.model / cell.train / f"seed{cell.seed}"
    file = folder / f"{_label(study, cell)}-{name}"
    write_if_changed(file, content)
    return file


def _label(study: str, cell: Cell) -> str:
    return f"{study}-{cell.model}-{cell.train}-seed{cell.seed}"


def _address(file: Path) -> str:
    """Return the address of a file from the root of the book's sources."""
    return f"/{file.relative_to(paths.root()).as_posix()}"


def _results(study: str, cell: Cell) -> PurePosixPath:
    return PurePosixPath("results") / run_dir(study, *cell).relative_to(paths.results_dir())
