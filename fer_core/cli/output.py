"""How `fer` speaks: tables for people, JSON for programs, one red line for a failure."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console, JustifyMethod
from rich.table import Table

DONE, FAILED, USAGE = 0, 1, 2

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 ...")]
Threads = Annotated[int, typer.Option(min=0, max=1024, help="CPU threads; 0 leaves it to torch.")]
StudyName = Annotated[
    str, typer.Argument(help="A study: a name in studies/, or the path of a file.")
]


def complain(message: str) -> None:
    """Print a failure as one red line on standard error."""
    line = f"error: {visible(' '.join(message.split()))}"
    Console(stderr=True, soft_wrap=True).print(line, style="red", markup=False, highlight=False)


def visible(text: str) -> str:
    """Return a text with its control characters spelled out: files may hold what moves a cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output; numbers that are not finite become null."""
    json.dump(_plain(value), sys.stdout, indent=1, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def show_rows(
    rows: Sequence[Mapping[str, Any]], as_json: bool, empty: str = "nothing to list"
) -> None:
    """Print rows as a table, or as a JSON list of objects. `empty` is said when there is no row."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        typer.echo(empty)
        return
    table = Table(box=None, pad_edge=False)
    for column in rows[0]:
        first = rows[0][column]
        numeric = isinstance(first, (int, float)) and not isinstance(first, bool)
        justify: JustifyMethod = "right" if numeric else "left"
        table.add_column(column.replace("_", " "), justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in rows[0]))
    _console().print(table)


def show_facts(facts: Mapping[str, Any]) -> None:
    """Print the facts about one thing, a line each."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        typer.echo(f"{name.replace('_', ' '):{width}}  {_cell(value, plain=True)}".rstrip())


def _console() -> Console:
    """Return a console; rows keep their whole width when the output is a file or a pipe."""
    return Console() if sys.stdout.isatty() else Console(width=200)


def _cell(value: Any, plain: bool = False) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_cell(item, plain=True)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        words = [_cell(item, plain=True) for item in value]
        return ("; " if any("," in word for word in words) else ", ").join(words)
    text = visible(str(value))
    return text if plain else text.replace("[", r"\[")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)
