"""The `fer` command. Exit codes: 0 done, 1 a run failed, 2 bad usage or bad input.

Torch and the other heavy packages are imported inside the commands that need them, so that help,
listings and status answer at once.
"""

import os
import sys
from collections.abc import Callable

import typer

from fer_core import paths
from fer_core.cli import (
    add,
    again,
    audit,
    beyond,
    compose,
    data,
    grid,
    models,
    plan,
    rater,
    remove,
    report,
    run,
    search,
    weights,
)
from fer_core.cli.output import FAILED, USAGE, complain
from fer_core.errors import FerError

# A notebook runs in its own folder: relative paths are made whole before one is started.
FOLDERS = ("FER_ROOT", "FER_DATA", "FER_RESULTS", "FER_REPORT", "FER_WEIGHTS")

app = typer.Typer(
    help="Facial emotion recognition across data sets: data, runs, scores and the book.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
DATA_COMMANDS: dict[str, Callable[..., None]] = {
    "add": add.add,
    "plan": add.plan,
    "pack": add.pack,
    "finish": add.finish,
    "remove": remove.remove,
    "audit": audit.audit,
    "compile": compose.compile_,
    "balance": compose.balance,
    "split": compose.split,
}
for name, data_command in DATA_COMMANDS.items():
    data.app.command(name)(data_command)
app.add_typer(data.app, name="data")
grid.studies.command()(plan.check)
grid.studies.command()(again.predict)
grid.studies.command()(again.explain)
app.add_typer(grid.studies, name="studies")
app.add_typer(rater.app, name="rater")
COMMANDS: tuple[Callable[..., None], ...] = (
    models.models,
    weights.weights,
    run.run,
    search.search,
    beyond.beyond,
    grid.status,
    grid.scores,
    report.summarise,
    report.chapter,
    report.notebook,
    report.book,
    report.check,
)
for command in COMMANDS:
    app.command()(command)


def main(arguments: list[str] | None = None) -> None:
    """Run `fer`; always ends in SystemExit with an honest exit code."""
    try:
        for name in FOLDERS:
            if os.environ.get(name):
                os.environ[name] = str(paths.expand(os.environ[name]).resolve())
        app(arguments)
    except FerError as error:
        complain(str(error))
        sys.exit(USAGE)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        complain(f"{error.strerror or error}{where}; mend the disk or its rights and run again")
        sys.exit(FAILED)
