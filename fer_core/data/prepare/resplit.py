"""A published split for a data set that is prepared already."""

import shutil
from pathlib import Path

from fer_core.data.building import building_dir, explain_full_disk, locked
from fer_core.data.dataset import Dataset, dataset_dir, read_facts, write_dataset
from fer_core.data.load import load_dataset
from fer_core.data.registry import get_entry, list_datasets
from fer_core.data.splits import apply_split, read_split
from fer_core.data.store import PIXELS
from fer_core.errors import FerError
from fer_core.files import sha256_file

KEPT = ("reader", "plan", "faces", "screening", "own", "compiled", "framing", "notes")


def use_split(name: str, path: Path | str, expected_hash: str = "") -> Dataset:
    """Give the prepared data set `name` the split of a published list, and return it.

    The list is that of `fer_core.data.splits.read_split`; `expected_hash` is the split hash that
    was published with it. The data set stays as it was when the list does not fit (FerError).
    Adding the same files again keeps the split; other files get their own.
    """
    if name in list_datasets() and get_entry(name).generate is not None:
        raise FerError(f"{name} is generated with its split; it takes no other")
    published = read_split(path)
    dataset = load_dataset(name, verify=True)
    target, building = dataset_dir(name), building_dir(name)
    with locked(name), explain_full_disk(target.parent):
        index = dataset.index.copy()
        index["split"] = apply_split(index, published, expected_hash)
        facts = read_facts(target) or {}
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        shutil.copyfile(target / PIXELS, building / PIXELS)
        made = {key: facts[key] for key in KEPT if key in facts}
        made["split_list"] = sha256_file(Path(path))
        write_dataset(building, target, dataset.card, index, made)
    return load_dataset(name)
