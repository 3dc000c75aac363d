"""What a study's results keep of a data set, so that the report never needs the images."""

from pathlib import Path
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.attributes import write_attributes
from fer_core.data.copies.pairs import near_facts
from fer_core.data.copies.persons import persons_between_splits
from fer_core.data.dataset import Dataset
from fer_core.data.index import conflicting, extra_copies, split_list
from fer_core.data.origin import split_facts
from fer_core.data.screen import count_flags
from fer_core.emotions import CONTEMPT, classes_of
from fer_core.files import atomic_path, read_json, write_json
from fer_core.persons import write_persons

SAMPLES = 8  # per emotion, for a contact sheet


def summarise(dataset: Dataset) -> dict[str, Any]:
    """Return counts, copies, conflicts and hashes of one data set as plain JSON values."""
    index, card = dataset.index, dataset.card
    used = index[index["excluded"] == ""]
    emotions = classes_of(used["emotion"])
    conflicts = index[conflicting(index)]
    excluded = index["excluded"][index["excluded"] != ""].value_counts().sort_index()
    return {
        "name": dataset.name,
        "card": card.model_dump(mode="json"),
        "n": len(index),
        "counts": {"source_split": _counts(used, "source_split"), "split": _counts(used, "split")},
        "excluded": {str(reason): int(n) for reason, n in excluded.items()},
        "copies": int(extra_copies(index).sum()),
        "conflicting_groups": int(conflicts["group"].nunique()),
        "copies_between_splits": _between_splits(index),
        "persons_between_splits": persons_between_splits(dataset),
        "screening": count_flags(index) if "flags" in index else {},
        "colour_lost": int(index["colour_lost"].sum()) if "colour_lost" in index else None,
        "notes": list(dataset.notes),
        "faces": _faces(dataset),
        "persons": int(index["person"][index["person"] != ""].nunique()),
        "fingerprint": dataset.fingerprint,
        "split_hash": dataset.split_hash,
        **split_facts(dataset),
        "store": {"size": dataset.store.size, "channels": dataset.store.channels},
        "framing": dataset.framing,
        "samples": {emotion: _samples(used, emotion) for emotion in emotions},
    }


def write_summary(study_name: str, dataset: Dataset) -> Path:
    """Write `results/<study>/data/<dataset>.json`, `.split.csv` and, where persons or their
    attributes are known, `.persons.csv` and `.attributes.csv`; return the JSON's path.

    Unlike `summarise`, this searches for near copies, once per prepared data set.
    """
    folder = paths.results_dir() / study_name / "data"
    with atomic_path(folder / f"{dataset.name}.split.csv") as temporary:
        split_list(dataset.index).to_csv(temporary, index=False, lineterminator="\n")
    _write_people(study_name, dataset)
    path = folder / f"{dataset.name}.json"
    write_json(path, summarise(dataset) | {"near": near_facts(dataset)})
    return path


def _faces(dataset: Dataset) -> dict[str, Any] | None:
    """Return the settings with which faces were found and how many images show how many; None where
    none were looked for."""
    if dataset.faces is None:
        return None
    found: dict[str, int] = {}
    if "faces" in dataset.index:
        numbers = dataset.index["faces"].dropna().clip(upper=2).astype(int).value_counts()
        found = {word: int(numbers.get(n, 0)) for n, word in enumerate(("none", "one", "several"))}
    return {"settings": dataset.faces, "images with faces": found}


def _counts(used: pd.DataFrame, column: str) -> dict[str, dict[str, int]]:
    """Return {value of column: {emotion: images}}, rows without a value left out."""
    emotions = classes_of(used["emotion"])
    table = pd.crosstab(used[column], used["emotion"]).reindex(columns=list(emotions), fill_value=0)
    table = table[table.index != ""]
    return {
        str(k): dict(zip(emotions, map(int, row), strict=True)) for k, *row in table.itertuples()
    }


def _between_splits(index: pd.DataFrame) -> dict[str, int]:
    """Count images of one split whose bytes also occur in another, as {"val in train": n}."""
    hashes = {
        split: index[(index["split"] == split) & (index["sha256"] != "")]
        for split in ("train", "val", "test")
    }
    pairs = (("val", "train"), ("test", "train"), ("test", "val"))
    return {
        f"{a} in {b}": int(hashes[a]["sha256"].isin(hashes[b]["sha256"]).sum()) for a, b in pairs
    }


def _samples(used: pd.DataFrame, emotion: str) -> list[str]:
    """Return ids of the first test images of `emotion` in order of their hashes: no hand picks."""
    rows = used[(used["split"] == "test") & (used["emotion"] == emotion)]
    return rows.sort_values(["sha256", "sample_id"])["sample_id"].head(SAMPLES).tolist()


def leave_summary(study: str, dataset: Dataset) -> None:
    """Write the data set's summary for the report, unless the same one is there."""
    path = paths.results_dir() / study / "data" / f"{dataset.name}.json"
    there = read_json(path) if path.is_file() else {}
    now = {"fingerprint": dataset.fingerprint, "framing": dataset.framing}
    kept = [reason for reason in there.get("excluded", {}) if reason == CONTEMPT]
    now_kept = [CONTEMPT] if (dataset.index["excluded"] == CONTEMPT).any() else []
    if kept != now_kept or any(there.get(fact) != value for fact, value in now.items()):
        write_summary(study, dataset)
    else:
        _write_people(study, dataset)  # results of older versions lack them


def _write_people(study: str, dataset: Dataset) -> None:
    write_persons(study, dataset.name, dataset.index)
    write_attributes(study, dataset.name, dataset.index)
