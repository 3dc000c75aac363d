"""Build a prepared data set: pack or generate the pixels, make index and split."""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.data.card import Card
from fer_core.data.dataset import Dataset, dataset_dir, open_dataset, read_facts, write_dataset
from fer_core.data.index import COLUMNS, build_index, is_readable
from fer_core.data.pack import Frame, check_space, explain_full_disk, pack
from fer_core.data.reading import Reading
from fer_core.data.registry import Entry, get_entry
from fer_core.data.source import Source
from fer_core.data.splits import complete_split
from fer_core.data.store import PIXELS, Store
from fer_core.errors import FerError


def build_from_files(
    card: Card, reader: str, source: Source, reading: Reading, progress: bool
) -> Dataset:
    """Pack what a reader found, unless the same files are already prepared."""
    frame = Frame(card.store_size, card.channels or 3, card.crop)
    plan = _plan(card, reader, source.stamps())
    target = dataset_dir(card.name)
    with _locked(card.name), explain_full_disk(target.parent):
        if _made_by(plan, target) and _is_whole(target):
            return with_current_card(open_dataset(target), reader)
        building = _building(card.name, plan)
        hashes, failures = pack(reading, building, frame, f"packing {card.name}", progress)
        index = build_index(reading.rows, hashes, failures)
        if not is_readable(index).any():
            raise FerError(
                f"{source.path}: no image could be read; the first one: {index['excluded'].iloc[0]}"
            )
        index["split"] = complete_split(index)
        if card.channels is None:
            card = card.model_copy(update={"channels": _drop_equal_channels(building)})
        write_dataset(building, target, card, index, {"reader": reader, "plan": plan})
        for mark in target.glob("shard-*.json"):  # until here a killed run goes on from them
            mark.unlink()
        return open_dataset(target)


def build_generated(entry: Entry, verify: bool = False) -> Dataset:
    """A generated set: made on first use, and again when its card has changed."""
    card = entry.card
    target = dataset_dir(card.name)
    plan = _plan(card, card.name, {})
    if _made_by(plan, target):
        return with_current_card(open_dataset(target, verify), card.name)
    with _locked(card.name), explain_full_disk(target.parent):
        if _made_by(plan, target):  # another process has just made it
            return open_dataset(target, verify)
        assert entry.generate is not None
        table, pixels = entry.generate()
        if pixels.shape[1:] != (card.store_size, card.store_size, card.channels):
            raise ValueError(f"{card.name} generated {pixels.shape}, its card says otherwise")
        building = _building(card.name, plan)
        check_space(building, pixels.nbytes)
        np.save(building / PIXELS, np.ascontiguousarray(pixels))
        hashes = [hashlib.sha256(image.tobytes()).hexdigest() for image in pixels]
        rows = table.drop(columns=["sha256", "group"], errors="ignore")
        rows = rows.assign(**dict.fromkeys(set(COLUMNS) - {*rows, "sha256", "group"}, ""))
        index = build_index(rows, hashes, [""] * len(rows))
        write_dataset(building, target, card, index, {"reader": card.name, "plan": plan})
        return open_dataset(target)


def _made_by(plan: str, target: Path) -> bool:
    facts = read_facts(target)
    return facts is not None and facts["plan"] == plan


def _is_whole(target: Path) -> bool:
    try:
        open_dataset(target, verify=True)
    except FerError:  # damaged since: the caller prepares it again
        return False
    return True


def _drop_equal_channels(building: Path) -> int:
    """Keep one channel if every stored image is grey; return how many are kept."""
    pixels = Store.open(building).pixels
    for start in range(0, len(pixels), 1024):
        part = pixels[start : start + 1024]
        if (part != part[..., :1]).any():
            return 3
    grey = building / f"grey-{PIXELS}"
    np.save(grey, pixels[..., :1])
    grey.replace(building / PIXELS)
    return 1


@contextmanager
def _locked(name: str) -> Iterator[None]:
    """One process at a time prepares `name`; others wait, and then find it prepared."""
    folder = paths.data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f".{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"another process prepares {name}; waiting for it", file=sys.stderr, flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _building(name: str, plan: str) -> Path:
    """The folder in which `plan` is carried out; unfinished work on other plans is removed."""
    building = paths.data_dir() / f".{name}.{plan[:12]}.building"
    for other in paths.data_dir().glob(f".{name}.*.building"):
        if other != building:
            shutil.rmtree(other)
    building.mkdir(exist_ok=True)
    return building


def _plan(card: Card, reader: str, files: dict[str, list[int]]) -> str:
    """Hash of everything that decides the index and the pixels; a card's prose does not."""
    keys = {"name", "store_size", "channels", "crop", "generated", "version"}
    facts = {"card": card.model_dump(include=keys), "reader": reader, "files": files}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def with_current_card(dataset: Dataset, reader: str) -> Dataset:
    """The data set with its card's prose and permissions as they are today."""
    own = dataset.card.model_dump(include={"name", "store_size", "channels"})
    return replace(dataset, card=get_entry(reader).card.model_copy(update=own))
