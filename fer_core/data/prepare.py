"""Prepare a data set once (index, split, pixels) under the data folder, and load it again."""

import re
from pathlib import Path

from fer_core.data.build import build_from_files, build_generated, with_current_card
from fer_core.data.card import Card
from fer_core.data.dataset import Dataset, dataset_dir, open_dataset, prepared_datasets, read_facts
from fer_core.data.registry import get_entry, list_datasets
from fer_core.data.source import Source
from fer_core.data.summary import summarise, write_summary
from fer_core.errors import FerError, unknown

__all__ = ["Dataset", "add_dataset", "load_dataset", "summarise", "write_summary"]

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def add_dataset(
    name: str,
    source_path: Path | str | None = None,
    as_name: str | None = None,
    size: int | None = None,
    progress: bool = True,
) -> Dataset:
    """Prepare the registered data set `name` from a folder, zip archive or CSV file, and return it.

    `as_name` keeps it under another name (needed for "folder", a user's own images); `size`
    replaces the side of the stored images. What is already prepared from the same files is not done
    again, and an interrupted preparation goes on where it stopped. Generated sets take no source.
    """
    entry = get_entry(name)
    if entry.read is None:
        if source_path or as_name or size:
            raise FerError(
                f"{name} is generated: it takes no path, other name or size; leave them out"
            )
        return build_generated(entry)
    card = _own_card(entry.card, as_name, size)
    if source_path is None:
        raise FerError(f"{name} needs the path of its files: {card.obtain}")
    source = _open_source(source_path, card)
    reading = entry.read(source)
    return build_from_files(card, name, source, reading, progress)


def load_dataset(name: str, verify: bool = False) -> Dataset:
    """The prepared data set `name`; generated sets are prepared on first use.

    Sizes are always checked; `verify` reads every byte and compares the hashes too. A set that is
    unknown, not prepared, damaged, or prepared by an older reader raises FerError with what to do.
    """
    registered = list_datasets()
    facts = read_facts(dataset_dir(name)) if NAME.fullmatch(name) else None
    if name in registered and get_entry(name).generate is not None:
        return build_generated(get_entry(name), verify)
    if facts is None:
        if name not in registered or name == "folder":
            raise unknown("dataset", name, {*registered, *prepared_datasets()} - {"folder"})
        raise FerError(
            f"data set {name} is not prepared: run `fer data add {name} PATH`; "
            f"to obtain it: {get_entry(name).card.obtain}"
        )
    reader = facts["reader"]
    if reader not in registered or get_entry(reader).card.version != facts["card"]["version"]:
        raise FerError(
            f"{name} was prepared by another version of its reader; `fer data add` it again"
        )
    return with_current_card(open_dataset(dataset_dir(name), verify), reader)


def _own_card(card: Card, as_name: str | None, size: int | None) -> Card:
    if as_name is None and card.name == "folder":
        raise FerError("a folder of your own needs a name: `fer data add folder PATH --as NAME`")
    name = as_name or card.name
    if not NAME.fullmatch(name):
        raise FerError(
            f"{name!r} cannot name a data set; use small letters, digits, '-', '_' and '.'"
        )
    if name != card.name and name in list_datasets():
        raise FerError(f"{name!r} is the name of a known data set; choose another with --as")
    if size is not None and not 16 <= size <= 1024:
        raise FerError(f"a stored side of {size} pixels is not possible; choose 16 to 1024")
    return card.model_copy(update={"name": name, "store_size": size or card.store_size})


def _open_source(path: Path | str, card: Card) -> Source:
    if not Path(path).expanduser().exists():
        raise FerError(f"{path} does not exist; to obtain {card.name}: {card.obtain}")
    return Source.open(path)
