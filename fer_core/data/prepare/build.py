"""Make a data set of the shards of its plan, or of what is prepared already."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.data.building import building_dir, emptied, explain_full_disk, made_by
from fer_core.data.card import Card
from fer_core.data.copies.pairs import (
    keep_near_copies,
    near_copies,
    published_pairs,
    sample_pairs,
)
from fer_core.data.dataset import Dataset, dataset_dir, open_dataset, write_dataset
from fer_core.data.index import build_index
from fer_core.data.prepare.plan import Plan
from fer_core.data.prepare.shards import join
from fer_core.data.screen import flags
from fer_core.data.splits import complete_split, is_complete
from fer_core.data.store import PIXELS, Store
from fer_core.errors import FerError
from fer_core.memory import give_back_freed_memory


def finish(plan: Plan) -> Dataset:
    """Make the data set of the shards, all of which must be packed; `dataset.json` comes last."""
    card, rows, building = plan.card, plan.reading.rows, building_dir(plan.card.name)
    with explain_full_disk(paths.data_dir()):
        whole = emptied(building / "whole")
        found = join(plan, building, whole / PIXELS)
        hashes, failures = found.pop("sha256"), found.pop("failure")
        if (failures != "").all():
            raise FerError(
                f"{plan.path}: no image could be read; the first one: {failures.iloc[0]}"
            )
        give_back_freed_memory()  # what reading the shards' marks took
        index = build_index(rows, hashes, failures, found)
        near = _choose_split(card, index, whole)
        if card.channels is None:
            channels = np.load(whole / PIXELS, mmap_mode="r").shape[-1]
            card = card.model_copy(update={"channels": channels})
        dataset = _write(whole, card, index, plan)
        if near is not None:
            keep_near_copies(dataset, near)
    shutil.rmtree(building)
    return dataset


def _choose_split(card: Card, index: pd.DataFrame, folder: Path) -> pd.DataFrame | None:
    """Complete the split of the index; return the near copies that were looked for in the pixels
    in `folder` to keep them together, None where the source or a published list settles it."""
    near = together = None
    if not is_complete(index["split"]):
        together = published_pairs(card.name, index)
        if together is None:
            unsplit = Dataset(card.name, card, index, Store.open(folder), "", split_hash="")
            near = together = near_copies(unsplit)
    index["split"] = complete_split(index, near=sample_pairs(index, together))
    return near


def _write(
    folder: Path, card: Card, index: pd.DataFrame, plan: Plan, split_list: str = ""
) -> Dataset:
    index["flags"] = flags(index, plan.screening)
    made: dict[str, Any] = {"reader": plan.reader, "plan": plan.hash, "faces": plan.faces}
    made |= {"screening": plan.screening.model_dump(), "notes": list(plan.reading.notes)}
    if plan.own.given:
        made["own"] = plan.own.given
    if split_list:
        made["split_list"] = split_list
    return write_dataset(folder, dataset_dir(card.name), card, index, made)


def is_prepared(name: str, plan_hash: str) -> bool:
    """Say whether the whole data set `name` was made by this plan before."""
    target = dataset_dir(name)
    if not made_by(plan_hash, target):
        return False
    try:
        open_dataset(target, verify=True)
    except FerError:  # damaged since: the caller prepares it again
        return False
    return True


def retold(plan: Plan) -> Dataset:
    """Return the data set that is prepared already, with the flags of the plan's thresholds and
    what its owner says of it now; its pixels are kept."""
    name, target = plan.card.name, dataset_dir(plan.card.name)
    shutil.rmtree(building_dir(name), ignore_errors=True)
    dataset = open_dataset(target)
    same_flags = dataset.screening == plan.screening.model_dump()
    if same_flags and dataset.own == plan.own.given:
        return dataset
    card = plan.card.model_copy(update={"channels": dataset.card.channels})
    again = emptied(building_dir(name))
    with explain_full_disk(target.parent):
        shutil.copyfile(target / PIXELS, again / PIXELS)
        return _write(again, card, dataset.index, plan, dataset.split_list)
