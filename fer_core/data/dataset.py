"""A prepared data set: its card, index and pixels, and the folder that keeps them."""

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fer_core import paths
from fer_core.data.card import Card
from fer_core.data.framing import framing
from fer_core.data.index import check_index, index_hash, split_hash, split_list
from fer_core.data.store import PIXELS, Store
from fer_core.errors import FerError
from fer_core.facts import DatasetFacts, fault, of_today
from fer_core.files import read_json, sha256_file, write_json
from fer_core.memory import give_back_freed_memory
from fer_core.parquet_files import read_parquet

DATASET = "dataset.json"  # written last
INDEX = "index.parquet"
SPLIT = "split.csv"
ROWS = 10_000  # of the index, written at a time
FORMAT = 3  # raise it when prepared data sets must be made again: other rows, columns or files


@dataclass(frozen=True)
class Dataset:
    """One prepared data set. Row i of `store` belongs to row i of `index`.

    `faces` holds the settings of the cutter that found the faces (None: there was none),
    `screening` the thresholds of the index's flags, `framing` what `fer_core.data.framing` says,
    `own` what `fer_core.data.own` says of a user's own folder, `notes` what the registered `reader`
    said of the files. `split_list` is the SHA-256 of the published list that gave the split, ""
    where none did.
    """

    name: str
    card: Card
    index: pd.DataFrame
    store: Store
    fingerprint: str
    split_hash: str
    faces: dict[str, Any] | None = None
    screening: dict[str, float] = field(default_factory=dict)
    framing: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)
    reader: str = ""
    notes: tuple[str, ...] = ()
    split_list: str = ""


def dataset_dir(name: str) -> Path:
    """Return the folder of the prepared data set `name`."""
    return paths.data_dir() / name


def prepared_datasets() -> list[str]:
    """Return names of data sets ready to use, sorted: those of an older format are not."""
    folders = (file.parent for file in paths.data_dir().glob(f"[!.]*/{DATASET}"))
    return sorted(f.name for f in folders if (read_facts(f) or {}).get("format") == FORMAT)


def read_facts(folder: Path) -> dict[str, Any] | None:
    """Return what `dataset.json` says, or None where the data set is not prepared."""
    path = folder / DATASET
    if not path.is_file():
        return None
    facts = of_today(read_json(path))
    wrong = fault(DatasetFacts, facts) or fault(Card, facts["card"])
    if wrong and facts.get("format") == FORMAT:
        raise FerError(f"{path}: {wrong}; delete {folder}, then add {folder.name} again")
    return facts


def write_dataset(
    building: Path, target: Path, card: Card, index: pd.DataFrame, made: dict[str, Any]
) -> Dataset:
    """Finish the folder `building`, which holds the pixels, and put it in the place of `target`.

    Return the data set as `open_dataset` would, without reading the index again. `made` says how
    the set was made: the registered `reader` and the `plan`, and if need be the settings of `faces`
    and `screening`, what its owner said (`own`), `notes`, `split_list`, and what is to be added to
    its `framing`. The index is checked first; what stood at `target` is replaced in one step and
    removed after it.
    """
    index = index.astype({name: "str" for name in index if index[name].dtype == object})
    check_index(index, card.name)
    store = Store.open(building)
    if len(store) != len(index):
        raise FerError(f"{card.name} has {len(index)} rows and {len(store)} images; add it again")
    pixels = sha256_file(building / PIXELS)
    _write_index(index, building / INDEX)
    split_list(index).to_csv(building / SPLIT, index=False, lineterminator="\n")
    facts = {
        **made,
        "name": card.name,
        "format": FORMAT,
        "card": card.model_dump(mode="json"),
        "fingerprint": hashlib.sha256((index_hash(index) + pixels).encode()).hexdigest(),
        "split_hash": split_hash(index),
        "framing": framing(card, index, made.get("faces"), store.size) | made.get("framing", {}),
        "store": {
            "n": len(store),
            "size": store.size,
            "channels": store.channels,
            "sha256": pixels,
        },
        "index": {
            "bytes": (building / INDEX).stat().st_size,
            "sha256": sha256_file(building / INDEX),
        },
    }
    write_json(building / DATASET, facts)
    _replace(building, target)
    return _dataset(facts, index, Store.open(target))


def _write_index(index: pd.DataFrame, path: Path) -> None:
    """Write the index part by part, so that it is in memory once only."""
    schema = pa.Schema.from_pandas(index, preserve_index=False)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, max(len(index), 1), ROWS):
            part = index.iloc[start : start + ROWS]
            writer.write_table(pa.Table.from_pandas(part, schema, preserve_index=False))
    give_back_freed_memory()  # what compressing took


def _replace(building: Path, target: Path) -> None:
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    building.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def open_dataset(folder: Path, verify: bool = False) -> Dataset:
    """Open a prepared folder; sizes are always compared with the facts, hashes with `verify`."""
    facts = read_facts(folder) or {}
    again = f"add {folder.name} again with `fer data add`"
    if facts.get("format") != FORMAT:
        raise FerError(f"{folder.name} was prepared in an older format; {again}")
    index_path = folder / INDEX
    if not index_path.is_file() or index_path.stat().st_size != facts["index"]["bytes"]:
        raise FerError(f"{index_path} is missing or damaged; {again}")
    store = Store.open(folder)
    expected = facts["store"]
    if (len(store), store.size, store.channels) != (
        expected["n"],
        expected["size"],
        expected["channels"],
    ):
        raise FerError(f"{folder / PIXELS} has another shape than {DATASET} says; {again}")
    if verify:
        for path, sha256 in (
            (folder / PIXELS, expected["sha256"]),
            (index_path, facts["index"]["sha256"]),
        ):
            if sha256_file(path) != sha256:
                raise FerError(
                    f"{path} has changed since it was prepared (its hash differs); {again}"
                )
    return _dataset(facts, _in_todays_words(read_parquet(index_path, (), again)), store)


def _in_todays_words(index: pd.DataFrame) -> pd.DataFrame:
    """Return an index as it is written now: one of before may call a person subject or identity."""
    if "planted" in index:
        index = index.assign(planted=index["planted"].replace("identity", "person"))
    return index.rename(columns={"subject": "person"})


def _dataset(facts: dict[str, Any], index: pd.DataFrame, store: Store) -> Dataset:
    card, faces = Card.model_validate(facts["card"]), facts.get("faces")
    return Dataset(
        name=facts["name"],
        card=card,
        index=index,
        store=store,
        fingerprint=facts["fingerprint"],
        split_hash=facts["split_hash"],
        faces=faces,
        screening=facts.get("screening", {}),
        # sets that were prepared before it was recorded have all that it is made of
        framing=facts.get("framing") or framing(card, index, faces, store.size),
        own=facts.get("own", {}),
        reader=facts["reader"],
        notes=tuple(facts.get("notes", ())),
        split_list=facts.get("split_list", ""),
    )
