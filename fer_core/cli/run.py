"""`fer run`: one run of a study, executed as a notebook, with live progress."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from fer_core import paths
from fer_core.cli.output import FAILED, Device, Json, Threads, complain, print_json
from fer_core.cli.progress import follow
from fer_core.errors import FerError
from fer_core.records import mark_failed, read_record, run_dir
from fer_core.study import load_study


def run(
    study: Annotated[str, typer.Option(help="A study: a name in studies/, or the path of a file.")],
    model: Annotated[str, typer.Option(help="A model of that study.")],
    train: Annotated[str, typer.Option(help="A training data set of that study.")],
    seed: Annotated[int, typer.Option(help="One of its seeds.")] = 0,
    device: Device = "auto",
    threads: Threads = 0,
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
