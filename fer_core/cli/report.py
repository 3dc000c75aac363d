"""`fer summarise`, `chapter`, `notebook`, `book`, `check`: from finished runs to checked pages."""

from pathlib import Path
from typing import Annotated

import typer

from fer_core import paths
from fer_core.cli.output import FAILED, Json, StudyName, complain, print_json, show_rows
from fer_core.errors import FerError
from fer_core.study import load_study
from fer_core.yaml_files import parse_yaml


def summarise(study: StudyName, json: Json = False) -> None:
    """Write the facts about a study's data sets, and their audit, into its results."""
    from fer_core.data.audit.files import write_audit
    from fer_core.data.contempt import study_dataset
    from fer_core.data.summary import write_summary

    loaded = load_study(study)
    names = loaded.datasets()
    datasets = {name: study_dataset(loaded, name) for name in names}
    rows = []
    for name, dataset in datasets.items():
        file = write_summary(loaded.name, dataset)
        rows.append({"dataset": name, "images": len(dataset.index), "file": str(file)})
    sides = (loaded.train_sets(), loaded.test)
    trains, tests = ([datasets[name] for name in side] for side in sides)
    write_audit(loaded, trains, tests)
    show_rows(rows, json)


def chapter(
    study: Annotated[
        str, typer.Argument(help="A study; or, alone, a chapter of the whole book: `all-models`.")
    ],
    chapter: Annotated[
        str | None, typer.Argument(help="A chapter of the study, as `leaderboard`.")
    ] = None,
    json: Json = False,
) -> None:
    """Execute one report chapter for one study, or one of the whole book."""
    from fer_core.book.execution.build import render_book_chapter, render_chapter

    page = render_book_chapter(study) if chapter is None else render_chapter(study, chapter)
    print_json({"chapter": chapter or study, "page": str(page)}) if json else typer.echo(page)


def notebook(
    script: Annotated[Path, typer.Argument(help="A py:percent script, as notebooks/train.py.")],
    output: Annotated[Path, typer.Argument(help="The executed notebook to write.")],
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="NAME=VALUE; may be repeated.")
    ] = None,
    json: Json = False,
) -> None:
    """Execute any notebook with papermill; a parameter that it does not have is an error."""
    from fer_core.book.execution.execute import run_notebook

    given = [text.partition("=") for text in parameter or []]
    for name, equals, _ in given:
        if not equals:
            raise FerError(f"the parameter {name!r} has no value; write it as {name}=VALUE")
    values = {name: parse_yaml(value, f"the value of {name}") for name, _, value in given}
    run_notebook(script, output, values)
    print_json({"page": str(output)}) if json else typer.echo(output)


def book(
    studies: Annotated[
        list[str] | None, typer.Argument(help="Only these studies; else all that have results.")
    ] = None,
    json: Json = False,
) -> None:
    """Build and check the HTML of the book from chapters that have been executed."""
    from fer_core.book.execution.build import build_html

    start = build_html(studies or None)
    print_json({"book": str(start)}) if json else typer.echo(start)


def check(json: Json = False) -> None:
    """Check the built book: nothing but what a book is known to hold, no dead link."""
    from fer_core.book.checks.site import check_site

    site = paths.root() / "_build" / "html"
    faults = check_site(site, paths.report_dir())
    if json:
        print_json({"site": str(site), "faults": faults})
    for fault in [] if json else faults:
        complain(fault)
    if faults:
        raise typer.Exit(FAILED)
    if not json:
        typer.echo(f"{site}: every check passed")
