"""`fer data`: which data sets there are, what one holds, and how one is added."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fer_core.cli.output import Json, print_json, show_facts, show_rows

app = typer.Typer(help="The data sets.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the data sets that can be added and those that are ready."""
    from fer_core.data.registry import get_entry, list_datasets

    ready = _prepared()
    rows = []
    for name in sorted({*list_datasets(), *ready}):
        known = name in list_datasets()
        card = get_entry(name).card.model_dump() if known else ready[name]["card"]
        rows.append(
            {
                "dataset": name,
                "title": card["title"],
                "ready": name in ready,
                "publishable": card["publishable"],
                "licence": card["licence"],
            }
        )
    show_rows(rows, json)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A data set; `fer data list` names them.")],
    json: Json = False,
) -> None:
    """Show one data set: its card, how to obtain it, and what is in it once it is ready."""
    from fer_core.data.prepare import load_dataset
    from fer_core.data.registry import get_entry, list_datasets
    from fer_core.data.summary import summarise

    if name not in _prepared() and name in list_datasets():
        facts: dict[str, Any] = {"name": name, "ready": False}
        facts["card"] = get_entry(name).card.model_dump(mode="json")
    else:
        facts = {"name": name, "ready": True, **summarise(load_dataset(name))}
    if json:
        print_json(facts)
        return
    card = facts.pop("card")
    counts = facts.pop("counts", {}).get("split", {})
    hidden = ("samples", "subjects")
    show_facts({**card, **{key: value for key, value in facts.items() if key not in hidden}})
    if counts:
        show_rows([{"split": split, **emotions} for split, emotions in counts.items()], False)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A reader; `folder` reads one folder per emotion.")],
    path: Annotated[
        Path | None, typer.Argument(help="Folder, zip archive or CSV; phantoms need none.")
    ] = None,
    as_name: Annotated[str | None, typer.Option("--as", help="Keep it under this name.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of the stored images, pixels.")] = None,
    json: Json = False,
) -> None:
    """Prepare a data set: index its images, split them, pack their pixels."""
    from fer_core.data.prepare import add_dataset
    from fer_core.data.summary import summarise

    dataset = add_dataset(name, path, as_name=as_name, size=size, progress=not json)
    facts = summarise(dataset)
    if json:
        print_json(facts)
        return
    excluded = sum(facts["excluded"].values())
    typer.echo(f"{dataset.name}: {facts['n']:,} images, {excluded:,} of them excluded")
    show_rows([{"split": split, **n} for split, n in facts["counts"]["split"].items()], False)


def _prepared() -> dict[str, dict[str, Any]]:
    """The facts of every data set that is ready, by name."""
    from fer_core.data.dataset import dataset_dir, prepared_datasets, read_facts

    return {name: read_facts(dataset_dir(name)) or {} for name in prepared_datasets()}
