"""`fer data`: which data sets there are, what one holds, and how one is added."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.output import Json, print_json, show_facts, show_rows

if TYPE_CHECKING:
    from fer_core.data.dataset import Dataset

app = typer.Typer(help="The data sets.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(json: Json = False) -> None:
    """List the data sets that can be added and those that are ready."""
    from fer_core.data.card import Card
    from fer_core.data.own import current_card
    from fer_core.data.registry import get_entry, list_datasets

    ready = _prepared()
    rows = []
    for name in sorted({*list_datasets(), *ready}):
        if name in list_datasets():
            card = get_entry(name).card
        else:
            facts = ready[name]
            card = Card.model_validate(facts["card"])
            card = current_card(card, facts["reader"], facts.get("own", {}))
        row = {"dataset": name, "title": card.title, "ready": name in ready}
        rows.append({**row, "publishable": card.publishable, "licence": card.licence})
    show_rows(rows, json)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A data set; `fer data list` names them.")],
    json: Json = False,
) -> None:
    """Show one data set: its card, how to obtain it, and what is in it once it is ready."""
    from fer_core.data.load import load_dataset
    from fer_core.data.registry import get_entry, list_datasets

    if name not in _prepared() and name in list_datasets():
        facts: dict[str, Any] = {"name": name, "ready": False}
        facts["card"] = get_entry(name).card.model_dump(mode="json")
    else:
        facts = {"name": name, "ready": True, **_facts(load_dataset(name))}
    if json:
        print_json(facts)
        return
    card = facts.pop("card")
    counts = facts.pop("counts", {}).get("split", {})
    # the card says what the images show; the settings of the cutter say how it was found
    facts["cutter"] = facts.pop("faces", None)
    if "framing" in facts:
        known = facts["framing"].items()
        facts["framing"] = {key: value for key, value in known if value is not None}
    if not facts.get("persons"):
        facts.pop("persons_between_splits", None)  # nobody is named: the card says so
    hidden = ("samples", "persons")
    show_facts({**card, **{key: value for key, value in facts.items() if key not in hidden}})
    if counts:
        show_rows([{"split": split, **emotions} for split, emotions in counts.items()], False)


def _facts(dataset: "Dataset") -> dict[str, Any]:
    """Return the summary of a data set, with the thresholds of its screening
    and what its owner said."""
    from fer_core.data.summary import summarise

    own = {"own": dataset.own} if dataset.own else {}
    return {**summarise(dataset), "thresholds": dataset.screening, **own}


def tell(dataset: "Dataset", json: bool) -> None:
    """Print what has been prepared, and what of it is excluded or flagged."""
    facts = _facts(dataset)
    if json:
        print_json(facts)
        return
    excluded = sum(facts["excluded"].values())
    typer.echo(f"{dataset.name}: {facts['n']:,} images, {excluded:,} of them excluded")
    typer.echo(f"persons: {_persons(dataset, facts)}")
    for note in facts["notes"]:
        typer.echo(note)
    origin = (facts["split_origin"], facts["split_note"])
    typer.echo(f"split: {'; '.join(filter(None, origin))}")
    reasons = [("excluded", facts["excluded"]), ("flagged only", facts["screening"])]
    if facts["colour_lost"]:
        reasons.append(("stored grey", {"in colour": facts["colour_lost"]}))
    if facts["faces"]:
        counts = facts["faces"]["images with faces"].items()
        typer.echo(f"images with faces: {', '.join(f'{what} {n:,}' for what, n in counts)}")
    rows = [
        {"images": n, "reason": reason, "which are": what}
        for what, counts in reasons
        for reason, n in counts.items()
    ]
    if rows:
        show_rows(rows, False)
    show_rows([{"split": split, **n} for split, n in facts["counts"]["split"].items()], False)


def _persons(dataset: "Dataset", facts: dict[str, Any]) -> str:
    nobody = int((dataset.index["person"] == "").sum())
    if not facts["persons"]:
        return "unknown"
    return f"{facts['persons']:,}" + (f", unknown in {nobody:,} images" if nobody else "")


def _prepared() -> dict[str, dict[str, Any]]:
    """Return the facts of every data set that is ready, by name."""
    from fer_core.data.dataset import dataset_dir, prepared_datasets, read_facts

    return {name: read_facts(dataset_dir(name)) or {} for name in prepared_datasets()}
