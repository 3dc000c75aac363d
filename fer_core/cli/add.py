"""`fer data add`, and its three steps `plan`, `pack` and `finish` for a large set."""

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.data import tell
from fer_core.cli.faces import Align, Faces, Margin, NoFace, Several, choose_faces, make_cutter
from fer_core.cli.options import with_options_of
from fer_core.cli.output import Json, print_json
from fer_core.cli.own import (
    AllTest,
    Citation,
    Labels,
    Licence,
    Map,
    Person,
    Publishable,
    Skip,
    Title,
    Unlabelled,
    make_own,
)
from fer_core.errors import FerError

if TYPE_CHECKING:
    from fer_core.data.screen import Screening

Reader = Annotated[str, typer.Argument(help="A reader; `folder` reads one folder per emotion.")]
Planned = Annotated[str, typer.Argument(help="A data set for which `fer data plan` was run.")]
Files = Annotated[Path, typer.Argument(help="Folder, zip archive or CSV.")]
AsName = Annotated[str | None, typer.Option("--as", help="Keep it under this name.")]
Size = Annotated[int | None, typer.Option(help="Side of the stored images, pixels.")]
Flat = Annotated[float | None, typer.Option(help="Flag images of a smaller variance [5].")]
Dark = Annotated[float | None, typer.Option(help="Flag images of a smaller mean grey level [20].")]
Bright = Annotated[float | None, typer.Option(help="Flag images of a larger mean [235].")]
Tiny = Annotated[float | None, typer.Option(help="Flag images or faces of fewer pixels [32].")]
Split = Annotated[
    str | None,
    typer.Option(help="Of the source's splits: official, distributed or val-as-test [its card]."),
]


def asked(
    name: Reader,
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
    split: Split = None,
    title: Title = None,
    citation: Citation = None,
    licence: Licence = None,
    publishable: Publishable = False,
    person: Person = None,
    labels: Labels = None,
    words: Map = None,
    skip: Skip = None,
    all_test: AllTest = False,
    unlabelled: Unlabelled = False,
) -> dict[str, Any]:
    """Return the arguments of `add_dataset` and of `plan_dataset` that these options mean."""
    terms = (title, citation, licence, publishable)
    return {
        "as_name": as_name,
        "size": size,
        "cutter": make_cutter(choose_faces(name, faces, margin, several, no_face, align)),
        "screening": _screening(flat, dark, bright, tiny),
        "own": make_own(*terms, person, labels, words, skip, all_test, unlabelled),
        "split": split,
    }


@with_options_of(asked)
def add(
    name: Reader,
    path: Annotated[
        Path | None, typer.Argument(help="Folder, zip archive or CSV; phantoms need none.")
    ] = None,
    *,
    json: Json = False,
    **options: Any,
) -> None:
    """Prepare a data set: index its images, find the faces, split them, pack their pixels."""
    from fer_core.data.prepare.add import add_dataset

    tell(add_dataset(name, path, progress=not json, **asked(name, **options)), json)


@with_options_of(asked)
def plan(name: Reader, path: Files, *, json: Json = False, **options: Any) -> None:
    """Plan a large data set, for many processes to pack: the first of three steps of `add`."""
    from fer_core.data.prepare.add import plan_dataset

    facts = plan_dataset(name, path, **asked(name, **options))
    if json:
        print_json(facts)
        return
    known = options["as_name"] or name
    typer.echo(f"{known}: {facts['n']:,} images planned; now `fer data pack {known}`, in blocks")


def pack(
    name: Planned,
    block: Annotated[str, typer.Option(help="Which part, as 3/8: the third of eight.")] = "1/1",
    json: Json = False,
) -> None:
    """Pack one block of a planned data set; blocks may be packed at once, on many machines."""
    from fer_core.data.prepare.add import pack_dataset
    from fer_core.data.prepare.plan import read_plan

    number, slash, of = block.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and len(block) < 30):
        raise FerError(f"{block!r} is not a block; give the third of eight as 3/8")
    cutter = make_cutter(read_plan(name)["faces"])
    pack_dataset(name, (int(number), int(of)), cutter, progress=not json)
    if json:
        print_json({"name": name, "block": block})


def finish(name: Planned, json: Json = False) -> None:
    """Make the data set of its packed blocks: the last of three steps."""
    from fer_core.data.prepare.add import finish_dataset
    from fer_core.data.prepare.plan import read_plan

    cutter = make_cutter(read_plan(name)["faces"])
    tell(finish_dataset(name, cutter), json)


def _screening(
    flat: float | None, dark: float | None, bright: float | None, tiny: float | None
) -> "Screening | None":
    """Return the thresholds that were given; None where all are the usual ones."""
    from fer_core.data.screen import Screening

    given = {"flat": flat, "dark": dark, "bright": bright, "tiny": tiny}
    wrong = [name for name, value in given.items() if value is not None and not 0 <= value < inf]
    if wrong:
        raise FerError(f"--{wrong[0]} {given[wrong[0]]} is no threshold; give a number from 0")
    changed = {name: value for name, value in given.items() if value is not None}
    return Screening(**changed) if changed else None
