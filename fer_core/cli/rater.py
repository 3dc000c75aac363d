"""`fer rater`: prediction tables that no run made, added, listed and removed."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.output import FAILED, Json, StudyName, print_json, show_rows
from fer_core.errors import FerError
from fer_core.rater_facts import KINDS
from fer_core.raters import RaterRecord, rater_names, read_rater, require_no_model
from fer_core.study import Study, load_study

app = typer.Typer(
    help="External models, people and votes beside a study's runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Test = Annotated[str, typer.Argument(help="A test data set of the study.")]


@app.command("add")
def add(
    study: StudyName,
    test: Test,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV or parquet with sample_id and either answer, one word per image, or "
            "p_angry, p_disgust, p_fear, p_happy, p_neutral, p_sad, p_surprise (and p_contempt in "
            "a study that keeps contempt). It may leave images out."
        ),
    ],
    name: Annotated[str, typer.Option(help="The rater; one that is there gets a test set more.")],
    kind: Annotated[str | None, typer.Option(help=f"One of {', '.join(KINDS)}.")] = None,
    source: Annotated[str | None, typer.Option(help="A citation or an address.")] = None,
    trained_on: Annotated[
        list[str] | None,
        typer.Option(help='A data set or words, as "nothing, a person" or unknown; may repeat.'),
    ] = None,
    title: Annotated[str | None, typer.Option(help="What it is, in words [its name].")] = None,
    licence: Annotated[str | None, typer.Option(help="Of its answers [unknown].")] = None,
    vocabulary: Annotated[
        str, typer.Option(help="Whose words or codes answer has, as fer2013 or ferplus.")
    ] = "words",
    json: Json = False,
) -> None:
    """Add what a rater answered to test images; the true emotions are those of the data set."""
    from fer_core.rating.add import add_answers, introduce, require_test
    from fer_core.rating.answers import answers_in

    loaded = load_study(study)
    require_test(loaded, test)
    said: dict[str, Any] = {"kind": kind, "title": title, "source": source, "licence": licence}
    trained = tuple(trained_on) if trained_on else None
    rater = introduce(loaded, name, **said, trained_on=trained)
    rater = add_answers(loaded, rater, test, answers_in(file, loaded, vocabulary))
    _tell([rater], test, json)


@app.command("votes")
def votes(
    study: StudyName,
    test: Test,
    of: Annotated[str, typer.Argument(help="A data set with votes for these images, as ferplus.")],
    json: Json = False,
) -> None:
    """Add the votes of a data set: their shares, and annotators to whom they are dealt out."""
    from fer_core.rating.votes import add_votes

    _tell(add_votes(load_study(study), test, of), test, json)


@app.command("list")
def list_(study: StudyName, json: Json = False) -> None:
    """List the raters of a study, and what is wrong with those that are in no table."""
    loaded = load_study(study)
    rows = [row for name in rater_names(loaded.name) for row in _rows(loaded, name)]
    show_rows(rows, json, empty=f"{loaded.name} has no rater; see `fer rater add --help`")


@app.command("remove")
def remove(
    study: StudyName,
    names: Annotated[list[str], typer.Argument(help="Raters; `fer rater list` names them.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Remove raters with all their answers; the files that these were read from stay."""
    from fer_core.rating.add import remove_rater, require_rater

    loaded = load_study(study)
    for name in names:
        require_rater(loaded, name)
    if not yes:
        if json or not sys.stdin.isatty():
            raise FerError("nothing was removed: nobody can be asked here; add --yes to do it")
        if not typer.confirm(f"remove {', '.join(names)} from {loaded.name}?"):
            raise typer.Exit(FAILED)
    for name in dict.fromkeys(names):
        remove_rater(loaded, name)
    if json:
        print_json({"study": loaded.name, "removed": names})
    else:
        typer.echo(f"removed from {loaded.name}: {', '.join(names)}")


def _tell(raters: list[RaterRecord], test: str, json: bool) -> None:
    if json:
        print_json([rater.model_dump(mode="json") for rater in raters])
        return
    for rater in raters:
        facts = rater.tests[test]
        line = f"{rater.name}: {facts.n:,} of {facts.of:,} test images of {test}, {facts.form}"
        outside = ", ".join(f"{word} {count:,}" for word, count in facts.outside.items())
        typer.echo(f"{line}; not covered: {outside}" if outside else line)


def _rows(study: Study, name: str) -> list[dict[str, Any]]:
    row: dict[str, Any] = dict.fromkeys(
        ("rater", "kind", "test", "images", "of", "form", "trained_on", "fault")
    )
    row |= {"rater": name, "fault": ""}
    try:
        rater = read_rater(study.name, name)
        require_no_model(study, name)
    except FerError as error:
        return [row | {"fault": str(error)}]
    row |= {"kind": rater.kind, "trained_on": list(rater.trained_on)}
    return [
        row
        | {"test": test, "images": facts.n, "of": facts.of, "form": facts.form}
        | {"fault": "" if test in study.test else "no test set of the study"}
        for test, facts in rater.tests.items()
    ]
