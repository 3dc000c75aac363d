"""`fer run`: one run of a study, executed as a notebook, with live progress."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core import paths
from fer_core.cli.output import FAILED, Json, StudyName, complain, print_json, show_rows
from fer_core.cli.progress import follow
from fer_core.errors import FerError
from fer_core.records import mark_failed, read_record, run_dir
from fer_core.runs import find_runs
from fer_core.study import load_study

Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 ...")]


def run(
    study: Annotated[str, typer.Option(help="A study: a name in studies/, or the path of a file.")],
    model: Annotated[str, typer.Option(help="A model of that study.")],
    train: Annotated[str, typer.Option(help="A training data set of that study.")],
    seed: Annotated[int, typer.Option(help="One of its seeds.")] = 0,
    device: Device = "auto",
    threads: Annotated[
        int, typer.Option(min=0, max=1024, help="CPU threads; 0 leaves it to torch.")
    ] = 0,
    json: Json = False,
) -> None:
    """Train, predict and record one run; one that was interrupted goes on where it stopped."""
    loaded = load_study(study)
    cell = loaded.cell(model, train, seed)
    folder = run_dir(loaded.name, *cell)
    name = f"{model} on {train}, seed {seed}"
    (folder / "failed.json").unlink(missing_ok=True)
    try:
        with nullcontext() if json else follow(folder, name):
            _execute(
                folder / "train.ipynb",
                f"{name} ({loaded.name})",
                study=str(Path(study).resolve()) if study.endswith((".yml", ".yaml")) else study,
                **cell._asdict(),
                device=device,
                threads=threads,
            )
    except Exception as error:  # a kernel can die in many ways; its run has failed in each
        known = isinstance(error, FerError)
        message = str(error) if known else f"{type(error).__name__}: {error}; run it again"
        mark_failed(folder, " ".join(message.split()))
        complain(f"{name}: {message}")
        raise typer.Exit(FAILED) from error
    record = read_record(folder)
    if json:
        print_json(record.model_dump(mode="json"))
    else:
        typer.echo(f"{name}: done, {record.seconds:.0f} s of training, {folder}")


def _execute(output: Path, title: str, **parameters: str | int) -> None:
    from fer_core.book.execution.execute import run_notebook

    run_notebook(paths.notebooks_dir() / "train.py", output, parameters, title=title)


def explain(study: StudyName, device: Device = "auto", json: Json = False) -> None:
    """Compute the Grad-CAM heat maps of a study's finished runs anew, from their weights."""
    from fer_core.predict.explain import explain_run
    from fer_core.training.seeds import pick_device

    rows = []
    for record in find_runs(load_study(study)):
        table = explain_run(record, pick_device(device))
        rows.append({**record.cell._asdict(), "heat maps": len(table)})
    show_rows(rows, json, empty=f"{study} has no finished run; see `fer status {study}`")


def predict(study: StudyName, device: Device = "auto", json: Json = False) -> None:
    """Predict the test sets and views that are new or have changed since a run, from its
    weights."""
    from fer_core.data.contempt import study_dataset
    from fer_core.data.summary import leave_summary
    from fer_core.job import now
    from fer_core.predict.again import outdated_tests, predict_again
    from fer_core.training.seeds import pick_device

    loaded = load_study(study)
    rows: list[dict[str, Any]] = []
    tests: set[str] = set()
    for cell in loaded.cells():
        folder, message = run_dir(loaded.name, *cell), ""
        due: dict[str, list[str]] = {}
        if not (folder / "run.json").is_file():
            continue
        try:
            record = read_record(folder)
            due = outdated_tests(record, loaded)
            predict_again(record, loaded, pick_device(device), now(), shown=not json)
        except FerError as error:  # the other runs can still be brought up to date
            message = str(error)
        again = [f"{test}, {view}" for test, views in due.items() for view in views]
        rows.append({**cell._asdict(), "predicted again": again, "message": message})
        tests |= due.keys()
    for name in sorted(tests):
        leave_summary(loaded.name, study_dataset(loaded, name))
    show_rows(rows, json, empty=f"{study} has no finished run; see `fer status {study}`")
    if any(row["message"] for row in rows):
        raise typer.Exit(FAILED)
