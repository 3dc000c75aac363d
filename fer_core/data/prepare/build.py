"""Build a prepared data set: plan, pack and finish what is read from files, or generate it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from fer_core import paths
from fer_core.data.card import Card
from fer_core.data.copies.pairs import keep_near_copies, near_copies, published_pairs, sample_pairs
from fer_core.data.dataset import (
    Dataset,
    dataset_dir,
    open_dataset,
    read_facts,
    write_dataset,
)
from fer_core.data.index import build_index
from fer_core.data.own import Own, current_card
from fer_core.data.plan_hash import plan_hash_of
from fer_core.data.prepare.cutting import Cutter
from fer_core.data.prepare.pack import Frame, explain_full_disk
from fer_core.data.prepare.shards import WHOLE, join, pack
from fer_core.data.readers.label_table import table_hash
from fer_core.data.reading import HEIF_SUFFIXES, NO_HEIF, Reading
from fer_core.data.screen import Screening, flags
from fer_core.data.source import Source
from fer_core.data.splits import complete_split, is_complete
from fer_core.data.store import PIXELS, Store
from fer_core.errors import FerError
from fer_core.facts import PlanFacts, fault
from fer_core.files import read_json, write_json
from fer_core.memory import give_back_freed_memory

PLAN = "plan.json"


@dataclass(frozen=True)
class Plan:
    """What is to be prepared, and how. Equal plans have equal hashes and give equal data sets.

    The thresholds of `screening` and the terms of `own` are not part of the hash: other flags and
    another card need no packing. `split` is what the user chose of the splits that the files allow.
    """

    card: Card
    reader: str
    source: Source
    reading: Reading
    cutter: Cutter | None
    screening: Screening
    own: Own
    split: str | None = None

    @property
    def faces(self) -> dict[str, Any] | None:
        """Settings of the cutter."""
        return self.cutter.settings if self.cutter else None

    @property
    def frame(self) -> Frame:
        """How the images are packed."""
        return Frame(self.card.store_size, self.card.channels or 3, self.card.crop)

    def hash(self) -> str:
        """Hash of everything that decides the index and the pixels; a card's prose does not."""
        more: dict[str, Any] = {"split": self.split} if self.split else {}
        if self.own.rows():
            more["own"] = self.own.rows()
        if self.own.labels:
            more["labels"] = table_hash(self.source, self.own.labels)
        if self.source.names(*HEIF_SUFFIXES):
            more["heif"] = not NO_HEIF  # once its plugin is there, such pictures are read again
        return plan_hash_of(self.card, self.reader, self.source.stamp(), self.faces, more)


def building_dir(name: str) -> Path:
    """The folder in which `name` is prepared: the plan, and the shards that are packed."""
    return paths.data_dir() / f".{name}.building"


def build_from_files(plan: Plan, progress: bool) -> Dataset:
    """Carry out a plan from its start to its end, unless that has been done already."""
    name, plan_hash = plan.card.name, plan.hash()
    with locked(name):
        target = dataset_dir(name)
        if made_by(plan_hash, target) and _is_whole(target):
            shutil.rmtree(building_dir(name), ignore_errors=True)
            dataset = _retold(open_dataset(target), plan, plan_hash)
            return with_current_card(dataset, plan.reader)
        start(plan, plan_hash, {})
        pack_block(plan, plan_hash, WHOLE, progress)
        return _finish(plan, plan_hash)


def start(plan: Plan, plan_hash: str, request: dict[str, Any]) -> None:
    """Write the plan and the `request` that led to it; unfinished work on another is removed."""
    building = building_dir(plan.card.name)
    path = building / PLAN
    try:
        same = not path.is_file() or read_plan(plan.card.name)["plan"] == plan_hash
    except FerError:  # damaged
        same = False
    if not same:
        shutil.rmtree(building)
    facts = {"plan": plan_hash, "n": len(plan.reading.rows), "faces": plan.faces}
    write_json(path, {**facts, "request": request})


def read_plan(name: str) -> dict[str, Any]:
    """What `start` wrote about the data set `name`."""
    path = building_dir(name) / PLAN
    if not path.is_file():
        raise FerError(f"nothing is planned for {name}; run `fer data plan` first")
    made = read_json(path)
    if wrong := fault(PlanFacts, made):
        raise FerError(f"{path}: {wrong}; run `fer data plan` again")
    return made


def pack_block(plan: Plan, plan_hash: str, block: tuple[int, int], progress: bool) -> None:
    """Pack what is missing of a block of the plan's shards; any number of processes may at once."""
    name, (number, of) = plan.card.name, block
    title = f"packing {name}" + ("" if of == 1 else f" {number}/{of}")
    building = building_dir(name)
    pack(plan.reading, building, plan_hash, plan.frame, title, progress, block, plan.cutter)


def finish(plan: Plan, plan_hash: str) -> Dataset:
    """Make the data set of the shards, all of which must be packed; `dataset.json` comes last."""
    with locked(plan.card.name):
        return _finish(plan, plan_hash)


def _finish(plan: Plan, plan_hash: str) -> Dataset:
    with explain_full_disk(paths.data_dir()):
        dataset, near = _assemble(plan, plan_hash)
        if near is not None:
            keep_near_copies(dataset, near)
    shutil.rmtree(building_dir(plan.card.name))
    return dataset


def _assemble(plan: Plan, plan_hash: str) -> tuple[Dataset, pd.DataFrame | None]:
    """Write the data set and return it; with the near copies that its split keeps together, where
    one had to be chosen."""
    card, rows, building = plan.card, plan.reading.rows, building_dir(plan.card.name)
    whole = emptied(building / "whole")
    grey = card.channels is None
    found = join(building, plan_hash, len(rows), plan.frame, whole / PIXELS, grey)
    if (found["failure"] != "").all():
        raise FerError(
            f"{plan.source.path}: no image could be read; the first one: {found['failure'].iloc[0]}"
        )
    give_back_freed_memory()  # what reading the shards' marks took
    hashes, failures = found.pop("sha256"), found.pop("failure")
    index = build_index(rows, hashes, failures, found)
    near = together = None
    if not is_complete(index["split"]):
        published = published_pairs(card.name, index)
        if published is None:
            unsplit = Dataset(card.name, card, index, Store.open(whole), "", split_hash="")
            near = near_copies(unsplit)
        together = near if published is None else published
    index["split"] = complete_split(index, near=sample_pairs(index, together))
    if grey:
        channels = np.load(whole / PIXELS, mmap_mode="r").shape[-1]
        card = card.model_copy(update={"channels": channels})
    return _write(whole, card, index, plan, plan_hash), near


def _write(
    folder: Path, card: Card, index: pd.DataFrame, plan: Plan, plan_hash: str, split_list: str = ""
) -> Dataset:
    index["flags"] = flags(index, plan.screening)
    made: dict[str, Any] = {"reader": plan.reader, "plan": plan_hash, "faces": plan.faces}
    made |= {"screening": plan.screening.model_dump(), "notes": list(plan.reading.notes)}
    if plan.own.given:
        made["own"] = plan.own.given
    if split_list:
        made["split_list"] = split_list
    return write_dataset(folder, dataset_dir(card.name), card, index, made)


def _retold(dataset: Dataset, plan: Plan, plan_hash: str) -> Dataset:
    """The data set with the flags of the plan's thresholds and what its owner says of it now; its
    pixels are kept."""
    same_flags = dataset.screening == plan.screening.model_dump()
    if same_flags and dataset.own == plan.own.given:
        return dataset
    card = plan.card.model_copy(update={"channels": dataset.card.channels})
    again = emptied(building_dir(dataset.name))
    target = dataset_dir(dataset.name)
    with explain_full_disk(target.parent):
        shutil.copyfile(target / PIXELS, again / PIXELS)
        return _write(again, card, dataset.index, plan, plan_hash, dataset.split_list)


def made_by(plan: str, target: Path) -> bool:
    facts = read_facts(target)
    return facts is not None and facts.get("plan") == plan


def _is_whole(target: Path) -> bool:
    try:
        open_dataset(target, verify=True)
    except FerError:  # damaged since: the caller prepares it again
        return False
    return True


@contextmanager
def locked(name: str) -> Iterator[None]:
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


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def with_current_card(dataset: Dataset, reader: str) -> Dataset:
    """The data set with its card's prose and permissions as they are today."""
    return replace(dataset, card=current_card(dataset.card, reader, dataset.own))
