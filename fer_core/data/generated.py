"""A generated data set: made on first use, and again when its card has changed."""

import hashlib

import numpy as np
import pandas as pd

from fer_core.data.building import (
    building_dir,
    check_space,
    emptied,
    explain_full_disk,
    locked,
    made_by,
    plan_hash_of,
)
from fer_core.data.dataset import Dataset, dataset_dir, open_dataset, write_dataset
from fer_core.data.index import COLUMNS, build_index
from fer_core.data.registry import Entry
from fer_core.data.screen import Screening, flags, grey_levels
from fer_core.data.store import PIXELS


def build_generated(entry: Entry, verify: bool = False) -> Dataset:
    """Return the generated set of `entry`, as `open_dataset` opens it."""
    card = entry.card
    target = dataset_dir(card.name)
    plan = plan_hash_of(card, card.name, "", None, {})
    if made_by(plan, target):
        return open_dataset(target, verify)
    with locked(card.name), explain_full_disk(target.parent):
        if made_by(plan, target):  # another process has just made it
            return open_dataset(target, verify)
        assert entry.generate is not None
        table, pixels = entry.generate()
        if pixels.shape[1:] != (card.store_size, card.store_size, card.channels):
            raise ValueError(f"{card.name} generated {pixels.shape}, its card says otherwise")
        building = emptied(building_dir(card.name))
        check_space(building, pixels.nbytes)
        np.save(building / PIXELS, np.ascontiguousarray(pixels))
        hashes = [hashlib.sha256(image.tobytes()).hexdigest() for image in pixels]
        rows = table.drop(columns=["sha256", "group"], errors="ignore")
        rows = rows.assign(**dict.fromkeys(set(COLUMNS) - {*rows, "sha256", "group"}, ""))
        index = build_index(rows, hashes, [""] * len(rows), _measured(pixels))
        screening = Screening()
        index["flags"] = flags(index, screening)
        made = {"reader": card.name, "plan": plan, "screening": screening.model_dump()}
        return write_dataset(building, target, card, index, made)


def _measured(pixels: np.ndarray) -> pd.DataFrame:
    """Return what packing would have measured of generated images."""
    side = float(pixels.shape[1])
    sizes = {"width": side, "height": side}
    return pd.DataFrame([sizes | grey_levels(image) for image in pixels])
