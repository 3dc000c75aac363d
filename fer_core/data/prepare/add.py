"""Prepare a data set once (index, split, pixels) under the data folder, and load it again."""

from pathlib import Path
from typing import Any

from fer_core.data.card import Card
from fer_core.data.dataset import Dataset, dataset_dir, open_dataset, prepared_datasets, read_facts
from fer_core.data.generate import build_generated
from fer_core.data.origin import chosen_split
from fer_core.data.own import FOLDER, Own, checked, own_card, recorded
from fer_core.data.prepare.build import (
    Plan,
    build_from_files,
    finish,
    locked,
    pack_block,
    read_plan,
    start,
    with_current_card,
)
from fer_core.data.prepare.cutting import Centre, Cutter, settled
from fer_core.data.readers.folder import read_folder
from fer_core.data.registry import get_entry, list_datasets
from fer_core.data.screen import Screening
from fer_core.data.source import Source
from fer_core.data.summary import summarise, write_summary
from fer_core.errors import FerError, unknown
from fer_core.facts import RequestFacts, fault
from fer_core.memory import give_back_freed_memory
from fer_core.names import is_name, require_name
from fer_core.paths import expand

__all__ = [
    "Dataset",
    "add_dataset",
    "finish_dataset",
    "load_dataset",
    "pack_dataset",
    "plan_dataset",
    "summarise",
    "write_summary",
]

COMPILED = "compiled"  # stands in place of a registered reader


def add_dataset(
    name: str,
    source_path: Path | str | None = None,
    as_name: str | None = None,
    size: int | None = None,
    progress: bool = True,
    cutter: Cutter | Centre | None = None,
    screening: Screening | None = None,
    own: Own | None = None,
    split: str | None = None,
) -> Dataset:
    """Prepare the registered data set `name` from a folder, zip archive or CSV file, and return it.

    `as_name` keeps it under another name (needed for "folder", a user's own images); `size`
    replaces the side of the stored images; `cutter` finds the face of each image: whole photographs
    need one, `FaceCutter()` for what the command does, the images of other sets are cut to their
    box or their central square without one, and "centre" says so of photographs too; `screening`
    holds the thresholds of the flags; `own` is what the owner of a "folder" says of it, `split` one
    of `fer_core.data.origin.CHOICES`.
    What is already prepared from the same files is not done again, and an interrupted preparation
    goes on where it stopped. Generated sets take no source.
    """
    entry = get_entry(name)
    if entry.read is None:
        looked_for = cutter not in (None, "centre")  # the command says "centre" where none is
        said = (own and own.given) or split
        if source_path or as_name or size or looked_for or screening or said:
            raise FerError(
                f"{name} is generated: it takes no path, other name, size, faces, thresholds, "
                "labels or split; leave them out"
            )
        return build_generated(entry)
    plan = _make_plan(name, source_path, as_name, size, cutter, screening, own, split)
    return build_from_files(plan, progress)


def plan_dataset(
    name: str,
    source_path: Path | str | None,
    as_name: str | None = None,
    size: int | None = None,
    cutter: Cutter | Centre | None = None,
    screening: Screening | None = None,
    own: Own | None = None,
    split: str | None = None,
) -> dict[str, Any]:
    """The first of the three steps of `add_dataset`, for preparing with many processes.

    Writes and returns the plan: its hash `plan`, the number `n` of images, the settings of the
    cutter as `faces`, and the `request` from which the other steps are made.
    """
    plan = _make_plan(name, source_path, as_name, size, cutter, screening, own, split)
    request = {
        "name": name,
        "source_path": str(expand(source_path or "").absolute()),
        "as_name": as_name,
        "size": size,
        "screening": plan.screening.model_dump(),
        "own": plan.own.given,
        "split": split,
    }
    with locked(plan.card.name):
        start(plan, plan.hash(), request)
    return read_plan(plan.card.name)


def pack_dataset(
    name: str,
    block: tuple[int, int] = (1, 1),
    cutter: Cutter | Centre | None = None,
    progress: bool = True,
) -> None:
    """The second step: pack the block (number from 1, of how many) of the planned data set `name`.

    Processes on any number of machines that share the folders can pack blocks at once; what is
    packed already is kept. Files or settings that changed since the plan raise FerError.
    """
    plan, plan_hash = _planned(name, cutter)
    pack_block(plan, plan_hash, block, progress)


def finish_dataset(name: str, cutter: Cutter | Centre | None = None) -> Dataset:
    """The third step: make the data set, when every block is packed."""
    return finish(*_planned(name, cutter))


def _planned(name: str, cutter: Cutter | Centre | None) -> tuple[Plan, str]:
    made = read_plan(name)
    if wrong := fault(RequestFacts, made["request"]):
        raise FerError(f"{name} has no plan to pack ({wrong}); run `fer data plan` again")
    request = dict(made["request"])
    screening, own = Screening(**request.pop("screening")), request.pop("own", {})
    said = recorded(own, f"the plan of {name}")
    plan = _make_plan(**request, cutter=cutter, screening=screening, own=said)
    if plan.hash() != made["plan"]:
        raise FerError(
            f"the files of {name} or the program have changed since it was planned; run "
            "`fer data plan` again"
        )
    return plan, made["plan"]


def load_dataset(name: str, verify: bool = False) -> Dataset:
    """The prepared data set `name`; generated sets are prepared on first use.

    Sizes are always checked; `verify` reads every byte and compares the hashes too. A set that is
    unknown, not prepared, damaged, or prepared by an older reader raises FerError with what to do.
    """
    registered = list_datasets()
    facts = read_facts(dataset_dir(name)) if is_name(name) else None
    if name in registered and get_entry(name).generate is not None:
        return build_generated(get_entry(name), verify)
    if facts is None:
        if name not in registered or name == FOLDER:
            raise unknown("dataset", name, {*registered, *prepared_datasets()} - {FOLDER})
        raise FerError(
            f"data set {name} is not prepared: run `fer data add {name} PATH`; "
            f"to obtain it: {get_entry(name).card.obtain}"
        )
    reader = facts.get("reader")
    if reader == COMPILED:
        from fer_core.data.prepare.compile import open_compiled  # it loads its sources from here

        return open_compiled(name, verify)
    if reader is None:
        return open_dataset(dataset_dir(name))  # of an older format: it says what to do
    if reader not in registered or get_entry(reader).card.version != facts["card"].get("version"):
        raise FerError(
            f"{name} was prepared by another version of its reader; `fer data add` it again"
        )
    return with_current_card(open_dataset(dataset_dir(name), verify), reader)


def _make_plan(
    name: str,
    source_path: Path | str | None,
    as_name: str | None,
    size: int | None,
    cutter: Cutter | Centre | None,
    screening: Screening | None,
    own: Own | None = None,
    split: str | None = None,
) -> Plan:
    give_back_freed_memory()
    entry, own = get_entry(name), checked(own or Own(), name)
    if entry.read is None:
        raise FerError(f"{name} is generated: `fer data add {name}` makes it in one step")
    card, chosen = _own_card(entry.card, as_name, size), settled(entry.card, cutter)
    if source_path is None:
        raise FerError(f"{name} needs the path of its files: {card.obtain}")
    source = _open_source(source_path, card)
    if own.all_test and split:
        raise FerError("--all-test leaves no split to choose; leave out --split or --all-test")
    if name == FOLDER:
        reading = read_folder(source, own)
        card = own_card(card, own, reading.rows["subject"].replace("", None).nunique())
    else:
        reading = entry.read(source)
    reading = chosen_split(reading, name, split)
    give_back_freed_memory()
    return Plan(card, name, source, reading, chosen, screening or Screening(), own, split)


def _own_card(card: Card, as_name: str | None, size: int | None) -> Card:
    if as_name is None and card.name == FOLDER:
        raise FerError("a folder of your own needs a name: `fer data add folder PATH --as NAME`")
    name = as_name or card.name
    require_name(name, "data set's name")
    if name != card.name and name in list_datasets():
        raise FerError(f"{name!r} is the name of a known data set; choose another with --as")
    if size is not None and not 16 <= size <= 1024:
        raise FerError(f"a stored side of {size} pixels is not possible; choose 16 to 1024")
    return card.model_copy(update={"name": name, "store_size": size or card.store_size})


def _open_source(path: Path | str, card: Card) -> Source:
    if not expand(path).exists():
        raise FerError(f"{path} does not exist; to obtain {card.name}: {card.obtain}")
    return Source.open(path)
