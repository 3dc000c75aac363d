"""`fer data`: which data sets there are, what one holds, and how one is added."""

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.faces import Align, Faces, Margin, NoFace, Several, choose_faces, make_cutter
from fer_core.cli.output import Json, print_json, show_facts, show_rows
from fer_core.errors import FerError

if TYPE_CHECKING:
    from fer_core.data.dataset import Dataset
    from fer_core.data.screen import Screening

app = typer.Typer(help="The data sets.", no_args_is_help=True, rich_markup_mode=None)

Reader = Annotated[str, typer.Argument(help="A reader; `folder` reads one folder per emotion.")]
Planned = Annotated[str, typer.Argument(help="A data set for which `fer data plan` was run.")]
Files = Annotated[Path, typer.Argument(help="Folder, zip archive or CSV.")]
AsName = Annotated[str | None, typer.Option("--as", help="Keep it under this name.")]
Size = Annotated[int | None, typer.Option(help="Side of the stored images, pixels.")]
Flat = Annotated[float | None, typer.Option(help="Flag images of a smaller variance [5].")]
Dark = Annotated[float | None, typer.Option(help="Flag images of a smaller mean grey level [20].")]
Bright = Annotated[float | None, typer.Option(help="Flag images of a larger mean [235].")]
Tiny = Annotated[float | None, typer.Option(help="Flag images or faces of fewer pixels [32].")]


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
    hidden = ("samples", "subjects")
    show_facts({**card, **{key: value for key, value in facts.items() if key not in hidden}})
    if counts:
        show_rows([{"split": split, **emotions} for split, emotions in counts.items()], False)


@app.command("add")
def add(
    name: Reader,
    path: Annotated[
        Path | None, typer.Argument(help="Folder, zip archive or CSV; phantoms need none.")
    ] = None,
    as_name: AsName = None,
    size: Size = None,
    faces: Faces = None,
    margin: Margin = None,
    several: Several = None,
    no_face: NoFace = None,
    align: Align = None,
    flat: Flat = None,
    dark: Dark = None,
    bright: Bright = None,
    tiny: Tiny = None,
    json: Json = False,
) -> None:
    """Prepare a data set: index its images, find the faces, split them, pack their pixels."""
    from fer_core.data.prepare import add_dataset

    cutter = make_cutter(choose_faces(name, faces, margin, several, no_face, align))
    screening = _screening(flat, dark, bright, tiny)
    dataset = add_dataset(
        name,
        path,
        as_name=as_name,
        size=size,
        progress=not json,
        cutter=cutter,
        screening=screening,
    )
    _tell(dataset, json)


@app.command("plan")
def plan(
    name: Reader,
    path: Files,
    as_name: AsName = None,
    size: Size = None,
    faces: Faces = None,
    margin: Margin = None,
    several: Several = None,
    no_face: NoFace = None,
    align: Align = None,
    flat: Flat = None,
    dark: Dark = None,
    bright: Bright = None,
    tiny: Tiny = None,
    json: Json = False,
) -> None:
    """Plan a large data set, for many processes to pack: the first of three steps of `add`."""
    from fer_core.data.prepare import plan_dataset

    cutter = make_cutter(choose_faces(name, faces, margin, several, no_face, align))
    screening = _screening(flat, dark, bright, tiny)
    facts = plan_dataset(name, path, as_name, size, cutter, screening)
    if json:
        print_json(facts)
        return
    known = as_name or name
    typer.echo(f"{known}: {facts['n']:,} images planned; now `fer data pack {known}`, in blocks")


@app.command("pack")
def pack(
    name: Planned,
    block: Annotated[str, typer.Option(help="Which part, as 3/8: the third of eight.")] = "1/1",
    json: Json = False,
) -> None:
    """Pack one block of a planned data set; blocks may be packed at once, on many machines."""
    from fer_core.data.build import read_plan
    from fer_core.data.prepare import pack_dataset

    number, slash, of = block.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and len(block) < 30):
        raise FerError(f"{block!r} is not a block; give the third of eight as 3/8")
    cutter = make_cutter(read_plan(name)["faces"])
    pack_dataset(name, (int(number), int(of)), cutter, progress=not json)
    if json:
        print_json({"name": name, "block": block})


@app.command("finish")
def finish(name: Planned, json: Json = False) -> None:
    """Make the data set of its packed blocks: the last of three steps."""
    from fer_core.data.build import read_plan
    from fer_core.data.prepare import finish_dataset

    cutter = make_cutter(read_plan(name)["faces"])
    _tell(finish_dataset(name, cutter), json)


def _screening(
    flat: float | None, dark: float | None, bright: float | None, tiny: float | None
) -> "Screening | None":
    """The thresholds that were given; None where all are the usual ones."""
    from fer_core.data.screen import Screening

    given = {"flat": flat, "dark": dark, "bright": bright, "tiny": tiny}
    wrong = [name for name, value in given.items() if value is not None and not 0 <= value < inf]
    if wrong:
        raise FerError(f"--{wrong[0]} {given[wrong[0]]} is no threshold; give a number from 0")
    changed = {name: value for name, value in given.items() if value is not None}
    return Screening(**changed) if changed else None


def _facts(dataset: "Dataset") -> dict[str, Any]:
    """The summary of a data set, with the thresholds of its screening."""
    from fer_core.data.summary import summarise

    return {**summarise(dataset), "thresholds": dataset.screening}


def _tell(dataset: "Dataset", json: bool) -> None:
    """Print what has been prepared, and what of it is excluded or flagged."""
    facts = _facts(dataset)
    if json:
        print_json(facts)
        return
    excluded = sum(facts["excluded"].values())
    typer.echo(f"{dataset.name}: {facts['n']:,} images, {excluded:,} of them excluded")
    reasons = [("excluded", facts["excluded"]), ("flagged only", facts["screening"])]
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


def _prepared() -> dict[str, dict[str, Any]]:
    """The facts of every data set that is ready, by name."""
    from fer_core.data.dataset import dataset_dir, prepared_datasets, read_facts

    return {name: read_facts(dataset_dir(name)) or {} for name in prepared_datasets()}
