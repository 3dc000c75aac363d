"""Render chapters, gather the pages of a book, and build and check its HTML."""

import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import nbformat
import yaml

from fer_core import paths
from fer_core.book.execution.chapters import (
    BOOK,
    STUDY,
    Chapter,
    chapters_of,
    get_chapter,
    lacking,
    read_chapters,
)
from fer_core.book.execution.execute import run_notebook
from fer_core.book.execution.fold import fold_code
from fer_core.book.execution.front import write_front
from fer_core.book.execution.run_pages import require_runs, stage_runs
from fer_core.book.execution.toc import (
    REPORT,
    Part,
    book_toc,
    chapter_page,
    chapter_title,
    reading_order,
)
from fer_core.errors import FerError
from fer_core.files import write_text
from fer_core.runs import studies_with_results
from fer_core.study import load_study

SHOWN_WARNINGS = 5
BUILDER = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"


def render_chapter(study: str, chapter: str) -> Path:
    """Execute one report chapter for one study and return the executed notebook in `book/report/`.

    A study without a finished run is an error; so is a chapter that does not exist, and one that
    the study does not get because it lacks what the chapter needs.
    """
    facts = get_chapter(chapter, STUDY)
    loaded = load_study(study)
    name = loaded.name
    require_runs(name)
    reason = lacking(facts, loaded)
    if reason:
        raise FerError(f"{name} has no chapter {chapter}: {reason}")
    if study != name:  # the notebook runs in another folder
        study = str(Path(study).resolve())
    try:
        return _execute(facts, name, {"study": study})
    except FerError as error:
        raise FerError(f"chapter {chapter} of {name}: {error}") from error


def render_book_chapter(chapter: str) -> Path:
    """Execute one chapter of the whole book and return the executed notebook in `book/report/`."""
    facts = get_chapter(chapter, BOOK)
    try:
        return _execute(facts, None, {})
    except FerError as error:
        raise FerError(f"chapter {chapter}: {error}") from error


def _execute(chapter: Chapter, study: str | None, parameters: dict[str, Any]) -> Path:
    output = paths.report_dir() / (study or "") / f"{chapter.name}.ipynb"
    script = paths.notebooks_dir() / f"{chapter.name}.py"
    run_notebook(script, output, parameters, title=chapter_title(chapter, study))
    notebook = nbformat.read(output, as_version=4)
    fold_code(notebook)
    write_text(output, nbformat.writes(notebook))
    return output


def build_html(studies: Sequence[str] | None = None) -> Path:
    """Build the book of these studies, by default of all with results, and return its first page.

    The chapters must have been rendered. Any warning, and any fault that `fer_core.book.checks`
    finds, is an error; a book that holds what is not known to be allowed is removed.
    """
    from fer_core.book.checks.site import unfinished, unsafe  # late: a chapter needs neither

    root = paths.root()
    if paths.report_dir() != root / REPORT:
        raise FerError(f"FER_REPORT moves the chapters out of the book, {root / REPORT}; unset it")
    names = reading_order(studies_with_results() if studies is None else studies)
    parts = [_part(study) for study in names]
    whole = read_chapters(BOOK)
    _require_pages(None, whole)
    write_front(names)
    toc = root / "_build" / "toc.yml"
    content = book_toc(parts, whole.values())
    write_text(toc, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    site = make_html(root, toc)
    refused = unsafe(site, paths.report_dir())
    if refused:
        shutil.rmtree(site)
    faults = refused or unfinished(site)
    if faults:
        raise FerError(f"the book has {len(faults)} faults: {_few(faults)}")
    return site / "index.html"


def make_html(root: Path, toc: Path) -> Path:
    """Make the pages that a table of contents lists, mended and with their policies, unchecked.

    Returns their folder, `_build/html` below `root`. A warning is a FerError.
    """
    from fer_core.book.checks.policy import seal  # late: a chapter needs none of them
    from fer_core.book.execution.mend import mend

    site = root / "_build" / "html"
    shutil.rmtree(site, ignore_errors=True)  # Sphinx would leave the pages of studies not in it
    _jupyter_book(root, toc)
    mend(site)
    seal(site)
    return site


def _part(study: str) -> Part:
    require_runs(study)
    loaded = load_study(study)
    chapters = chapters_of(loaded)
    _require_pages(study, chapters)
    runs = stage_runs(study) if loaded.models else None
    return Part(study, loaded.title, list(chapters.values()), runs)


def _require_pages(study: str | None, chapters: Iterable[str]) -> None:
    """Raise FerError for a chapter of a study, or of the whole book, that was not executed."""
    for chapter in chapters:
        if not (paths.root() / chapter_page(study, chapter)).with_suffix(".ipynb").is_file():
            whose, words = (f" of {study}", f"{study} ") if study else ("", "")
            raise FerError(
                f"the chapter {chapter}{whose} is missing; run: fer chapter {words}{chapter}"
            )


def _jupyter_book(root: Path, toc: Path) -> None:
    """Run Jupyter Book; a failure is a FerError with the first warnings."""
    arguments = ["build", str(root), "--toc", str(toc), "-n", "-W", "--keep-going", "--quiet"]
    result = subprocess.run(
        [sys.executable, "-c", BUILDER, *arguments], capture_output=True, text=True
    )
    log = toc.with_name("build.log")
    write_text(log, result.stdout + result.stderr)
    if result.returncode:
        lines = (result.stdout + result.stderr).splitlines()
        warnings = [line.strip() for line in lines if "WARNING" in line or "ERROR" in line]
        raise FerError(f"the book was not built: {_few(warnings or lines[-1:])} (all in {log})")


def _few(lines: Sequence[str]) -> str:
    more = f" | and {len(lines) - SHOWN_WARNINGS} more" if len(lines) > SHOWN_WARNINGS else ""
    return " | ".join(lines[:SHOWN_WARNINGS]) + more
