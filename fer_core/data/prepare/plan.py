"""What is to be prepared, and how: files as their reader has them, cutter, thresholds."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.data.building import building_dir, plan_hash_of
from fer_core.data.card import Card
from fer_core.data.image import Frame
from fer_core.data.origin import chosen_split
from fer_core.data.own import FOLDER, Own, checked, own_card
from fer_core.data.prepare.cutting import Centre, Cutter, settled
from fer_core.data.readers.folder import read_folder
from fer_core.data.readers.label_table import table_hash
from fer_core.data.reading import HEIF_SUFFIXES, NO_HEIF, Reading
from fer_core.data.registry import get_entry, list_datasets
from fer_core.data.screen import Screening
from fer_core.data.source import Source
from fer_core.errors import FerError
from fer_core.facts import PlanFacts, fault
from fer_core.files import read_json, write_json
from fer_core.memory import give_back_freed_memory
from fer_core.names import require_name

PLAN = "plan.json"


@dataclass(frozen=True)
class Plan:
    """What is to be prepared, and how; `hash` is that of everything that decides the index and the
    pixels. Equal plans have equal hashes and give equal data sets.

    A card's prose, the thresholds of `screening` and the terms of `own` are not part of the hash:
    another card and other flags need no packing. `faces` are the settings of the cutter.
    """

    card: Card
    reader: str
    path: Path
    reading: Reading
    frame: Frame
    cutter: Cutter | None
    faces: dict[str, Any] | None
    screening: Screening
    own: Own
    hash: str


def make_plan(
    name: str,
    source_path: Path | str | None,
    as_name: str | None = None,
    size: int | None = None,
    cutter: Cutter | Centre | None = None,
    screening: Screening | None = None,
    own: Own | None = None,
    split: str | None = None,
) -> Plan:
    """Plan a data set from its files, which are opened and read; the arguments are those of
    `add_dataset`, `split` is what the user chose of the splits that the files allow."""
    give_back_freed_memory()
    entry, own = get_entry(name), checked(own or Own(), name)
    if entry.read is None:
        raise FerError(f"{name} is generated: `fer data add {name}` makes it in one step")
    card, cutter = _named_card(entry.card, as_name, size), settled(entry.card, cutter)
    if source_path is None:
        raise FerError(f"{name} needs the path of its files: {card.obtain}")
    source = Source.open(source_path, f"to obtain {card.name}: {card.obtain}")
    if own.all_test and split:
        raise FerError("--all-test leaves no split to choose; leave out --split or --all-test")
    if name == FOLDER:
        reading = read_folder(source, own)
        card = own_card(card, own, reading.rows["person"].replace("", None).nunique())
    else:
        reading = entry.read(source)
    if split is not None:
        reading = chosen_split(reading, name, split)
    give_back_freed_memory()
    faces = cutter.settings if cutter else None
    more: dict[str, Any] = {"split": split} if split else {}
    if own.rows():
        more["own"] = own.rows()
    if own.labels:
        more["labels"] = table_hash(source, own.labels)
    if source.column.str.lower().str.endswith(HEIF_SUFFIXES).any():
        more["heif"] = not NO_HEIF  # once its plugin is there, such pictures are read again
    plan_hash = plan_hash_of(card, name, source.stamp, faces, more)
    frame = Frame(card.store_size, card.channels or 3, card.crop)
    how = (frame, cutter, faces, screening or Screening(), own)
    return Plan(card, name, source.path, reading, *how, plan_hash)


def _named_card(card: Card, as_name: str | None, size: int | None) -> Card:
    if as_name is None and card.name == FOLDER:
        raise FerError("a folder of your own needs a name: `fer data add folder PATH --as NAME`")
    name = as_name or card.name
    require_name(name, "data set's name")
    if name != card.name and name in list_datasets():
        raise FerError(f"{name!r} is the name of a known data set; choose another with --as")
    if size is not None and not 16 <= size <= 1024:
        raise FerError(f"a stored side of {size} pixels is not possible; choose 16 to 1024")
    return card.model_copy(update={"name": name, "store_size": size or card.store_size})


def start(name: str, facts: dict[str, Any]) -> None:
    """Write what `read_plan` reads of the data set `name`: the hash `plan`, the number `n` of
    images, `faces` and the `request`; unfinished work on another plan is removed."""
    building = building_dir(name)
    path = building / PLAN
    try:
        same = not path.is_file() or read_plan(name)["plan"] == facts["plan"]
    except FerError:  # damaged
        same = False
    if not same:
        shutil.rmtree(building)
    write_json(path, facts)


def read_plan(name: str) -> dict[str, Any]:
    """Return what was written of the plan of the data set `name`; FerError without a whole one."""
    path = building_dir(name) / PLAN
    if not path.is_file():
        raise FerError(f"nothing is planned for {name}; run `fer data plan` first")
    made = read_json(path)
    if wrong := fault(PlanFacts, made):
        raise FerError(f"{path}: {wrong}; run `fer data plan` again")
    return made
