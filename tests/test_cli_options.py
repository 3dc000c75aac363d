"""Options that are declared once for several commands."""

from typing import Annotated, Any

import typer
from typer.testing import CliRunner

from fer_core.cli import app
from fer_core.cli.options import with_options_of

Side = Annotated[int, typer.Option(help="Its side.")]


def picture(name: str, side: Side = 48, grey: bool = False) -> str:
    return f"{name} {side} {grey}"


@with_options_of(picture)
def draw(name: Annotated[str, typer.Argument()], *, json: bool = False, **options: Any) -> None:
    typer.echo(f"{picture(name, **options)} {json}")


def test_a_command_is_handed_the_options_of_another_function_and_its_own():
    drawing = typer.Typer()
    drawing.command()(draw)
    names = [parameter.name for parameter in typer.main.get_command(drawing).params]
    assert names[:4] == ["name", "side", "grey", "json"]
    assert CliRunner().invoke(drawing, ["ann"]).output == "ann 48 False False\n"
    asked = ["ann", "--side", "64", "--grey", "--json"]
    assert CliRunner().invoke(drawing, asked).output == "ann 64 True True\n"


def test_planning_a_set_takes_every_option_that_adding_it_takes():
    data = typer.main.get_command(app).commands["data"].commands
    adding, planning = ([p.name for p in data[name].params] for name in ("add", "plan"))
    assert adding == planning
    assert {"size", "margin", "tiny", "split", "person", "json"} <= set(adding)
