"""`fer studies check`: what a study lacks and costs, and the same study at a size that fits."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core import paths
from fer_core.cli.output import FAILED, Json, StudyName, print_json, show_rows
from fer_core.errors import FerError, unknown
from fer_core.names import require_name
from fer_core.study import Study, load_study


def check(
    study: StudyName,
    on: Annotated[
        str | None, typer.Option(help="Write the same study on `phantoms` or on the `open` sets.")
    ] = None,
    hours: Annotated[
        float | None, typer.Option(help="With --on: what its runs may take here, together.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="With --on: the file [studies/STUDY-on-phantoms.yml].")
    ] = None,
    json: Json = False,
) -> None:
    """Say what a study lacks and what its runs cost here; exit code 1 where something is missing.

    With --on and --hours: write a study that anybody can run instead.
    """
    loaded = load_study(study)
    if on is not None and hours is None and not loaded.models:
        _write_raters(loaded, on, to, json)
    elif on is not None and hours is not None:
        _write(loaded, on, hours, to, json)
    elif on is not None or hours is not None or to is not None:
        raise FerError("--on and --hours go together, and --to with them: --on phantoms --hours 8")
    else:
        _check(loaded, json)


def _check(study: Study, json: bool) -> None:
    from fer_core.planning.asked import can_score, raters_of
    from fer_core.planning.cost import costs, speeds
    from fer_core.planning.needs import READY, count_runs, files_of, sets_of
    from fer_core.runs import run_status

    sets, lacking, (known, machine) = sets_of(study), files_of(study), speeds()
    images, asked = {one.dataset: one.images for one in sets}, raters_of(study, sets)
    left = [study.cell(*run[:3]) for run in run_status(study) if run.state != "done"]
    found = [cost._asdict() for cost in costs(study, left, images, known)]
    for cost in found:
        spec = study.spec(cost["model"])
        speed = known.get((spec.backbone, spec.input_size))
        cost |= {"net": spec.backbone, "size": spec.input_size}
        cost |= {"macs": speed and speed.macs, "images_per_second": speed and speed.rate}
    facts = {
        "data": [one._asdict() | {"images": one.images and sum(one.images)} for one in sets],
        "weights": _by_file(lacking),
        "runs": count_runs(study, sets, lacking),
        "raters": [one._asdict() for one in asked],
        "can_score": can_score(study),
        "cost": found,
        "hours": sum(cost["hours"] or 0 for cost in found),
        "machine": {key: machine.get(key) for key in ("cpu", "threads", "date")},
    }
    print_json(facts) if json else _show(facts)
    if lacking or any(one.way for one in asked) or any(one.state != READY for one in sets):
        raise typer.Exit(FAILED)


def _by_file(lacking: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    """Return a row for each missing file of weights, with the models that start from it."""
    ways = {file: way for files in lacking.values() for file, way in files.items()}
    return [
        {
            "file": file,
            "models": [model for model, files in lacking.items() if file in files],
            "way": way,
        }
        for file, way in ways.items()
    ]


def _show(facts: dict[str, Any]) -> None:
    show_rows(facts["data"], False)
    if facts["weights"]:
        typer.echo("\nstarting weights that are not here; paths begin at the repository's root")
        show_rows([row | {"models": _few(row["models"])} for row in facts["weights"]], False)
    if facts["raters"]:
        _show_raters(facts)
    if not facts["runs"]["planned"]:
        return
    typer.echo("")
    show_rows([_brief(cost) for cost in facts["cost"]], False, empty="no run is left")
    runs, machine = facts["runs"], facts["machine"]
    unknown = sum(cost["runs"] for cost in facts["cost"] if cost["hours"] is None)
    typer.echo(
        f"\n{runs['planned']} runs, {runs['done']} done, {runs['can_start']} can start now\n"
        f"{unknown} of unknown cost; the others take about {facts['hours']:,.1f} hours of "
        f"{_told(machine)}, less where they stop early\n"
        "loading and augmenting come on top, and the test sets that are not prepared\n"
        "no speed of a GPU is known here; MACs are those of one image forward, and "
        "training takes several times as many"
    )


def _show_raters(facts: dict[str, Any]) -> None:
    typer.echo("\nraters; FILE has what one answered to the test images of TEST")
    rows = [
        {
            "rater": asked["rater"],
            "title": asked["title"],
            "test sets": f"{len(asked['answered'])} of {len(asked['tests'])}",
            "way": asked["way"],
        }
        for asked in facts["raters"]
    ]
    show_rows(rows, False)
    can = [f"{test} ({len(names)} raters)" for test, names in facts["can_score"].items()]
    told = f"scores now: {', '.join(can)}; `fer scores STUDY --raters`" if can else "no score yet"
    typer.echo(f"\n{told}")


def _brief(cost: dict[str, Any]) -> dict[str, Any]:
    macs = None if cost["macs"] is None else f"{cost['macs'] / 1e6:,.0f}"
    hours = "unknown" if cost["hours"] is None else f"{cost['hours']:,.2f}"
    return {
        "model": cost["model"],
        "train": cost["train"],
        "net": f"{cost['net']}, {cost['size']} px",
        "million MACs": macs,
        "training images/s": cost["images_per_second"],
        "images": cost["images"],
        "epochs": cost["epochs"],
        "runs": cost["runs"],
        "hours": hours,
    }


def _told(machine: dict[str, Any]) -> str:
    threads = machine["threads"]
    plural = "" if threads == 1 else "s"
    return f"{machine['cpu']}, {threads} thread{plural} (timed {machine['date']})"


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _write(study: Study, on: str, hours: float, to: Path | None, json: bool) -> None:
    from fer_core.files import write_text
    from fer_core.planning.cost import speeds
    from fer_core.planning.stand_in import stand_in

    path = _target(study, on, to)
    known, machine = speeds()
    made = stand_in(study, path.stem, on, hours, known)
    write_text(path, made.text(f"fer studies check {study.name} --on {on} --hours {hours:g}"))
    if json:
        print_json({"file": path, **made._asdict()})
        return
    told = made.changed | {model: f"left out: {why}" for model, why in made.left_out.items()}
    show_rows([{"model": model, "what was cut": text} for model, text in told.items()], False)
    if made.fewer:
        typer.echo(f"\n{made.fewer}, for all to fit")
    name = path.stem if path.parent == paths.studies_dir() else path
    typer.echo(
        f"{path}: about {made.hours:.2g} of {hours:g} hours of {_told(machine)}; "
        f"its note and comment say what was cut\n"
        f"run it: make study STUDY={name}"
    )


def _write_raters(study: Study, on: str, to: Path | None, json: bool) -> None:
    from fer_core.files import write_text
    from fer_core.planning.stand_in import file_text, other_tests

    path = _target(study, on, to)
    content = other_tests(study, on)
    write_text(
        path, file_text(content, [f"Written by `fer studies check {study.name} --on {on}`."])
    )
    if json:
        print_json({"file": path, "content": content})
    else:
        typer.echo(f"{path}: its raters on {len(content['test'])} other test sets")


def _target(study: Study, on: str, to: Path | None) -> Path:
    """Return the file that a study on other sets is written to, which is not there yet."""
    from fer_core.planning.stand_in import INSTEAD

    if on not in INSTEAD:
        raise unknown("kind of data sets", on, INSTEAD)
    path = paths.expand(to) if to else paths.studies_dir() / f"{study.name}-on-{on}.yml"
    if path.suffix != ".yml":
        raise FerError(f"{path} is no study file; its name ends in .yml")
    require_name(path.stem, "name of the study")
    if path.exists():
        raise FerError(f"{path} is there already; remove it, or name another file with --to")
    return path
