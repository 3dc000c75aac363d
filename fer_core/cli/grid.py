"""`fer studies`, `fer status`, `fer scores`: from the plan to the numbers."""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from fer_core.cli.output import FAILED, Json, StudyName, print_json, show_facts, show_rows
from fer_core.errors import FerError, unknown
from fer_core.study import Study, list_studies, load_study

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"model": "model", "train": "training data set", "seed": "seed"}
studies = typer.Typer(help="The study files.", no_args_is_help=True, rich_markup_mode=None)


@studies.command("list")
def list_(json: Json = False) -> None:
    """List the studies with the size of their grid and the number of finished runs."""
    from fer_core.runs import run_status

    rows = []
    for name in list_studies():
        study = load_study(name)
        rows.append(
            {
                "study": name,
                "title": study.title,
                "models": len(study.models),
                "train": list(study.train_sets()),
                "test": list(study.test),
                "runs": len(study.cells()),
                "done": sum(run.state == "done" for run in run_status(study)),
            }
        )
    show_rows(rows, json, empty="no study yet; copy studies/demo.yml to start one")


@studies.command("show")
def show(study: StudyName, json: Json = False) -> None:
    """Show one study: what is compared, and the whole recipe of each model."""
    loaded = load_study(study)
    facts = loaded.model_dump(mode="json", exclude={"models", "recipe", "machine"})
    specs = {
        name: {
            **spec.model_dump(mode="json", exclude={"recipe", "machine", "train", "seeds"}),
            "train": list(spec.train or loaded.train),
            "seeds": list(spec.seeds or loaded.seeds),
            "recipe": loaded.recipe_for(name).model_dump(mode="json"),
            "machine": loaded.machine_for(name).model_dump(mode="json"),
        }
        for name, spec in loaded.models.items()
    }
    if json:
        print_json({**facts, "models": specs})
        return
    show_facts(facts)
    for name, spec in specs.items():
        typer.echo(f"\n{name}")
        parts = {**spec, **spec["recipe"], **loaded.recipe_for(name).tell()}
        del parts["recipe"], parts["phases"]
        show_facts({f"  {key}": value for key, value in parts.items()})


def status(study: StudyName, json: Json = False) -> None:
    """Show how far every run of a study is; exit code 1 unless all are done with all tests, and all
    raters that it expects have answered."""
    from fer_core.raters import answers_left
    from fer_core.runs import missing_views, run_status

    rows = []
    loaded = load_study(study)
    for run in run_status(loaded):
        row = {"model": run.model, "train": run.train, "seed": run.seed, "state": run.state}
        missing = missing_views(loaded, run.model, run.record.tests) if run.record else {}
        if missing:
            tables = "; ".join(f"{test} ({', '.join(some)})" for test, some in missing.items())
            told = f"not predicted: {tables}; run: fer studies predict {study}"
            row["state"], run = "tests missing", run._replace(message=told)
        if run.record is not None:
            row |= {"minutes": round(run.record.seconds / 60, 2), "finished": run.record.finished}
        else:
            row |= {"minutes": None, "finished": None}
        rows.append({**row, "message": run.message})
    show_rows(rows, json)
    asked = answers_left(loaded) if loaded.raters else []
    if not json and asked:
        typer.echo(
            f"answers of raters that are not here: {len(asked)}; see: fer studies check {study}"
        )
    if not json:
        counts = Counter(row["state"] for row in rows)
        typer.echo(", ".join(f"{count} {state}" for state, count in counts.items()))
    if asked or any(row["state"] != "done" for row in rows):
        raise typer.Exit(FAILED)


def scores(
    study: StudyName,
    model: Annotated[str | None, typer.Option(help="Only of this model of the study.")] = None,
    train: Annotated[str | None, typer.Option(help="Only trained on this data set.")] = None,
    seed: Annotated[int | None, typer.Option(help="Only of this seed; else means of all.")] = None,
    raters: Annotated[
        bool, typer.Option("--raters", help="Of the raters instead; a panel is one row.")
    ] = False,
    json: Json = False,
) -> None:
    """Show every score of a study, or of some of its runs, in every view, with its n and 95 %
    interval; as JSON also the drops."""
    loaded = load_study(study)
    named = {"model": model, "train": train, "seed": seed}
    given = {axis: str(name) for axis, name in named.items() if name is not None}
    if not raters and not loaded.models:
        raise FerError(f"{study} trains nothing; of its raters: fer scores {study} --raters")
    if not raters:
        _show_runs(loaded, given, json)
    elif given:
        raise FerError("raters are no runs; leave out --model, --train and --seed, or --raters")
    else:
        _show_raters(loaded, json)


def _show_raters(study: Study, json: bool) -> None:
    from fer_core.analysis.raters import rater_table
    from fer_core.analysis.results import study_result
    from fer_core.figures.tables import display_table
    from fer_core.raters import find_raters

    found = find_raters(study)
    table = rater_table(found, study_result(study).raters if found else {})
    columns = ["rater", "raters", "test", "n", "of", "accuracy", "macro_f1", "trained_on"]
    shown = table if json or table.empty else display_table(table, columns)
    _print(shown, json, f"{study.name} has no rater; see `fer rater add --help`")


def _table(study: Study, given: Mapping[str, str]) -> "pd.DataFrame":
    """Return the scores of a study, or of the runs with the names `given` for axes of a cell."""
    from fer_core.analysis.audit import read_shared
    from fer_core.analysis.cross import cross_table
    from fer_core.analysis.results import study_result
    from fer_core.analysis.run_scores import scores_of

    if not given:
        return cross_table(study_result(study).in_views, read_shared(study.name))
    cells = study.cells()
    for axis, name in given.items():
        valid = [str(getattr(cell, axis)) for cell in cells]
        if name not in valid:
            raise unknown(KINDS[axis], name, valid)
        cells = [cell for cell in cells if str(getattr(cell, axis)) == name]
    return scores_of(study, cells)


def _show_runs(study: Study, given: Mapping[str, str], json: bool) -> None:
    from fer_core.analysis.audit import read_leaks
    from fer_core.analysis.leaks import NotAudited
    from fer_core.figures.marks import constant_note, footnote, mark_constant, marked, pairs_of
    from fer_core.figures.tables import ESTIMATE, display_table

    leaks = read_leaks(study)
    table = _table(study, given).assign(audited=not isinstance(leaks, NotAudited))
    if json:
        _print(table, True)
        return
    columns = ["model", "train", "test", "view", "kind", "n", "seeds", "accuracy", "macro_f1"]
    shown = mark_constant(table, display_table(table, [*columns, "classes"]))
    estimates = [column for column in map(str, shown.columns) if column.endswith(ESTIMATE)]
    _print(marked(shown, pairs_of(table), leaks, estimates), False)
    pairs = [pair for row in pairs_of(table) for pair in row]
    for note in filter(None, (constant_note(table), footnote(leaks, pairs))):
        typer.echo(note)


def _print(shown: "pd.DataFrame", json: bool, empty: str = "") -> None:
    rows = [{str(name): value for name, value in row.items()} for _, row in shown.iterrows()]
    show_rows(rows, json, empty)
