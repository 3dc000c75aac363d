"""`fer data remove`: a prepared set that is not wanted any more."""

import sys
from typing import Annotated

import typer

from fer_core.cli.output import FAILED, Json, print_json
from fer_core.errors import FerError


def remove(
    name: Annotated[str, typer.Argument(help="A prepared data set.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Remove a prepared data set; the files that it was read from and all results stay."""
    from fer_core.data.prepare.removal import compiled_of, remove_dataset, what_to_remove

    found, users = what_to_remove(name), compiled_of(name)
    if not json:
        audits = [path for path in found if path.parent.name == ".audit"]
        typer.echo("\n".join(str(path) for path in found if path not in audits))
        if audits:
            typer.echo(f"{len(audits)} files of its audits in {audits[0].parent}")
        if users:
            typer.echo(f"{', '.join(users)}: compiled of {name}, kept, can't be compiled again")
    if not yes:
        if json or not sys.stdin.isatty():
            raise FerError("nothing was removed: nobody can be asked here; add --yes to do it")
        if not typer.confirm(f"remove {name}?"):
            raise typer.Exit(FAILED)
    removed = [str(path) for path in remove_dataset(name)]
    if json:
        print_json({"name": name, "removed": removed, "compiled_of_it": users})
    else:
        typer.echo(f"{name} is removed")
