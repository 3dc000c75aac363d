"""`fer models`: our nets with their size and speed, and the names of timm's."""

from dataclasses import asdict
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from fer_core.cli.output import Json, show_rows
from fer_core.errors import FerError, unknown

if TYPE_CHECKING:
    from fer_core.models.catalogue import Row

# What a person sees; JSON has everything.
SHOWN = ("model", "family", "size", "parameters", "trained", "macs", "weights")
SPEED = ("batch", "images_per_second", "training_batch", "training_images_per_second")


def models(
    pattern: Annotated[
        str | None,
        typer.Argument(help="A name or a pattern, also of timm's, as in 'resnet*' [our nets]."),
    ] = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Time our nets here; without a pattern, keep it.")
    ] = False,
    threads: Annotated[
        int,
        typer.Option(min=0, max=1024, help="CPU threads to measure with; 0 leaves it to torch."),
    ] = 0,
    json: Json = False,
) -> None:
    """List the nets of this project, or the backbones, timm's too, whose names match."""
    from fer_core.models.weights.sources import imagenet_file

    names = _find(pattern)
    if measure:
        _measure(names, keep=pattern is None, threads=threads, json=json)
        return
    own = [asdict(row) for row in _rows(names)]
    if not own:
        show_rows([{"model": name, "imagenet": imagenet_file(name)} for name in names], json)
        return
    known = {row["model"] for row in own}
    rows = _with_speed(own) + [
        {"model": name, "weights": f"none; imagenet ({imagenet_file(name)})"}
        for name in names
        if name not in known
    ]
    filled = [{column: row.get(column) for column in rows[0]} for row in rows]
    show_rows(filled if json else _short(filled), json)


def _find(pattern: str | None) -> list[str]:
    """Return the names that match the pattern, else those that contain it;
    all of our nets without one."""
    from fer_core.models.create import list_models
    from fer_core.models.entries import entries

    if pattern is None:
        return list(entries())
    names = list_models()
    found = [name for name in names if fnmatchcase(name, pattern)]
    if not found and not set(pattern) & set("*?["):
        found = [name for name in names if pattern in name]
    if not found:
        raise unknown("model", pattern, names)
    return found


def _rows(names: list[str]) -> "list[Row]":
    from fer_core.models.catalogue import make_row
    from fer_core.models.entries import entries

    own = entries()
    return [make_row(own[name], size) for name in names if name in own for size in own[name].sizes]


def _with_speed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the speeds that were measured and kept; None for a net that was not."""
    from fer_core.analysis.catalogue import read_catalogue

    kept, _ = read_catalogue()
    speeds = kept.set_index(["model", "size"])[list(SPEED)].to_dict("index")
    return [
        {**row, **speeds.get((row["model"], row["size"]), dict.fromkeys(SPEED))} for row in rows
    ]


def _measure(names: list[str], keep: bool, threads: int, json: bool) -> None:
    """Time our nets among `names`; with `keep`, write the files that the book's page is made of."""
    import torch

    from fer_core.analysis.catalogue import write_catalogue
    from fer_core.models.catalogue import BATCH, measure
    from fer_core.models.entries import entries
    from fer_core.training.provenance import commit, hardware, versions
    from fer_core.training.seeds import use_threads

    use_threads(threads)
    rows = _rows(names)
    if not rows:
        raise FerError("only nets of this project are measured; `fer models` lists them")
    machine = hardware(torch.device("cpu"))
    typer.echo(
        f"{machine['cpu']}, {machine['threads']} threads, torch {torch.__version__}; "
        f"batches of {BATCH} unless said",
        err=True,
    )
    measured = []
    for number, row in enumerate(rows, 1):
        speed = measure(entries()[row.model], row.size)
        measured.append({**asdict(row), **asdict(speed)})
        typer.echo(
            f"{number}/{len(rows)} {row.model} at {row.size} px: "
            f"{speed.images_per_second:.1f} images/s (batch {speed.batch}), "
            f"training {speed.training_images_per_second:.1f} (batch {speed.training_batch})",
            err=True,
        )
    if keep:
        facts = {
            **machine,
            "versions": versions(),
            "commit": commit(),
            "date": datetime.now(UTC).date().isoformat(),
        }
        typer.echo(f"written: {write_catalogue(pd.DataFrame(measured), facts)}", err=True)
    show_rows(measured if json else _short(measured), json)


def _short(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the columns that a person reads; no speeds where none was measured."""
    timed = any(row["images_per_second"] is not None for row in rows)
    rates = {"images/s": "images_per_second", "training images/s": "training_images_per_second"}
    return [
        {column: _brief(column, row[column]) for column in SHOWN}
        | ({name: row[column] for name, column in rates.items()} if timed else {})
        for row in rows
    ]


def _brief(column: str, value: Any) -> Any:
    if column == "weights" and value:
        sources = value.split("; ")
        told = [one for one in sources if one.split(" ")[0] in ("none", "imagenet")]
        files = len(sources) - len(told)
        known = [f"{files} known file{'s' if files > 1 else ''}"] if files else []
        return ", ".join([*told, *known])
    return f"{value:>14,}" if isinstance(value, int) and column != "size" else value
