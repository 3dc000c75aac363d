"""Near copies within a data set and between two, as tables; each search is made once and kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock

from fer_core import paths
from fer_core.audited import SEARCH, SIDE, TABLES
from fer_core.csv_files import read_csv
from fer_core.data.copies.descriptors import NOBODY, describe, person_codes
from fer_core.data.copies.neighbours import Pairs, near_pairs
from fer_core.data.copies.persons import BETWEEN
from fer_core.data.dataset import Dataset, dataset_dir, read_facts
from fer_core.data.index import codes
from fer_core.errors import FerError
from fer_core.files import atomic_path
from fer_core.parquet_files import read_parquet

COLUMNS = ["hash_a", "hash_b", "mirrored", "correlation"]
PUBLISHED = Path(__file__).parent.parent / "readers"
NEAR_CSV = TABLES["near.csv"]


def near_copies(first: Dataset, second: Dataset | None = None) -> pd.DataFrame:
    """Return near copies by the sha256 of their files: `hash_a` (of `first`), `hash_b` (of
    `second`, or of `first` again), `mirrored`, `correlation`. Byte copies are one content here
    and no pair.

    For prepared data sets the table is kept in `.audit/` beside them.
    """
    if second is not None and second.fingerprint == first.fingerprint and _prepared(first):
        second = first
    if second is None or second is first:
        within = _cached(first, first, lambda: _search(first))
        if second is None:
            return within
        return pd.concat([within, _turned(within)], ignore_index=True)
    if (second.name, second.fingerprint) < (first.name, first.fingerprint):
        return _turned(near_copies(second, first))
    found = _cached(first, second, lambda: _search_between(first, second))
    return pd.concat([found, *_known(first, second)], ignore_index=True)


def near_rows(first: Dataset, second: Dataset | None = None) -> pd.DataFrame:
    """Return the pairs of `near_copies` for every row that has the content: row positions `a` and
    `b`, `mirrored`, `correlation`."""
    other = first if second is None else second
    table = near_copies(first, second)
    for side, dataset in (("a", first), ("b", other)):
        rows = pd.DataFrame(
            {f"hash_{side}": dataset.index["sha256"], side: np.arange(len(dataset.index))}
        )
        table = table.merge(rows, on=f"hash_{side}")
    return table[["a", "b", "mirrored", "correlation"]]


def near_facts(dataset: Dataset) -> dict[str, Any]:
    """Count the near pairs of rows within a data set: all, the mirrored ones, those of one known
    person (None where nobody is named), and those of the others with different emotions (a conflict
    of labels, while one person may well look alike in two emotions); and `between_splits`, the
    images of one split with a near copy in another."""
    rows, index = near_rows(dataset), dataset.index
    person = [index["person"].to_numpy()[rows[side]] for side in ("a", "b")]
    same_person = (person[0] == person[1]) & (person[0] != "")
    emotion = [index["emotion"].to_numpy()[rows[side]] for side in ("a", "b")]
    split = [index["split"].to_numpy()[rows[side]] for side in ("a", "b")]
    conflicting = (emotion[0] != emotion[1]) & (emotion[0] != "") & (emotion[1] != "")
    between = {}
    for here, there in BETWEEN:
        images = set(rows["a"][(split[0] == here) & (split[1] == there)])
        images |= set(rows["b"][(split[1] == here) & (split[0] == there)])
        between[f"{here} in {there}"] = len(images)
    return {
        "pairs": len(rows),
        "mirrored": int(rows["mirrored"].sum()),
        "same_person": int(same_person.sum()) if (index["person"] != "").any() else None,
        "conflicting": int((conflicting & ~same_person).sum()),
        "between_splits": between,
    }


def sample_pairs(index: pd.DataFrame, near: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the pairs of ids (`sample_a`, `sample_b`) that have the contents of near copies within
    the index; byte copies of a content are stood for by the first of them."""
    if near is None:
        return None
    wanted = index["sha256"].isin(pd.concat([near["hash_a"], near["hash_b"]]))
    first = index[wanted].drop_duplicates("sha256").set_index("sha256")["sample_id"]
    return pd.DataFrame({f"sample_{x}": near[f"hash_{x}"].map(first) for x in "ab"})


def published_pairs(name: str, index: pd.DataFrame) -> pd.DataFrame | None:
    """Return the pairs (`hash_a`, `hash_b`) that the published split of a data set keeps together,
    where one was published and the index has all of them: a better search must not draw another
    split. Else return None."""
    path = PUBLISHED / f"{name}.together.csv"
    if not path.is_file():
        return None
    pairs = read_csv(path, columns=("hash_a", "hash_b"))
    return pairs if pairs.isin(set(index["sha256"])).all(axis=None) else None


def keep_near_copies(dataset: Dataset, near: pd.DataFrame) -> None:
    """Keep what `near_copies` found before the prepared data set `dataset` was written."""
    _cached(dataset, dataset, lambda: near)


def near_table(datasets: list[Dataset]) -> pd.DataFrame:
    """Return NEAR_CSV: every near pair within and between data sets, one row each, sorted."""
    parts = []
    for place, first in enumerate(datasets):
        for second in (None, *datasets[place + 1 :]):
            rows = near_rows(first, second)
            sides = (("a", first), ("b", first if second is None else second))
            parts.append(rows.assign(**{c: v for s in sides for c, v in _side(rows, *s).items()}))
    table = pd.concat(parts, ignore_index=True)
    swap = table["dataset_b"].str.cat(table["sample_b"], "\0") < table["dataset_a"].str.cat(
        table["sample_a"], "\0"
    )
    ours, theirs = [f"{c}_a" for c in SIDE], [f"{c}_b" for c in SIDE]
    table.loc[swap, ours + theirs] = table.loc[swap, theirs + ours].to_numpy()
    table["mirrored"] = table["mirrored"].astype(int)
    table["correlation"] = table["correlation"].astype(float).round(4)
    keys = ["dataset_a", "dataset_b", "sample_a", "sample_b"]
    return table[NEAR_CSV].sort_values(keys, ignore_index=True)


def _side(rows: pd.DataFrame, side: str, dataset: Dataset) -> dict[str, pd.Series | str]:
    index = dataset.index.iloc[rows[side]].set_axis(rows.index)
    facts = {
        c: index[name] for c, name in zip(SIDE[1:], ("sample_id", "split", "emotion"), strict=True)
    }
    return {f"dataset_{side}": dataset.name} | {f"{c}_{side}": v for c, v in facts.items()}


def _search(dataset: Dataset) -> pd.DataFrame:
    rows = _contents(dataset)
    pairs = near_pairs(describe(dataset, rows), title=f"near copies within {dataset.name}")
    return _table(dataset, rows, dataset, rows, pairs)


def _search_between(first: Dataset, second: Dataset) -> pd.DataFrame:
    """Find pairs of contents of which neither is in both sets; others lie within one of them."""
    a, b = _contents(first, besides=second), _contents(second, besides=first)
    ours, theirs = describe(first, a), describe(second, b)
    persons = [d.index["person"].iloc[rows] for d, rows in ((first, a), (second, b))]
    if comparable(first, second):
        codes = person_codes(pd.concat(persons))
        ours.person[:], theirs.person[:] = codes[: len(a)], codes[len(a) :]
    else:
        theirs.person[:] = NOBODY
    pairs = near_pairs(ours, theirs, title=f"near copies in {first.name} and {second.name}")
    return _table(first, a, second, b, pairs)


def comparable(first: Dataset, second: Dataset) -> bool:
    """Say whether a person of one data set is the same as one of that name in the other."""
    space = first.card.person_space
    return first is second or (space != "" and space == second.card.person_space)


def _known(first: Dataset, second: Dataset) -> list[pd.DataFrame]:
    """Return the pairs between two sets that a content in both makes pairs within one of them."""
    ours, theirs = set(first.index["sha256"]) - {""}, set(second.index["sha256"]) - {""}
    if not ours & theirs:
        return []
    parts = []
    for table in (near_copies(first), near_copies(second)):
        for one in (table, _turned(table)):
            parts.append(one[one["hash_a"].isin(ours) & one["hash_b"].isin(theirs)])
    known = pd.concat(parts, ignore_index=True)
    return [known.drop_duplicates(["hash_a", "hash_b"], ignore_index=True)]


def _contents(dataset: Dataset, besides: Dataset | None = None) -> np.ndarray:
    """Return the first row of each content of a data set that is not also in `besides`."""
    hashes = dataset.index["sha256"]
    rows = np.sort(np.unique(codes(hashes), return_index=True)[1])
    first = hashes.iloc[rows]
    wanted = first != ""
    return rows[wanted if besides is None else wanted & ~first.isin(besides.index["sha256"])]


def _table(
    first: Dataset, rows_a: np.ndarray, second: Dataset, rows_b: np.ndarray, pairs: Pairs
) -> pd.DataFrame:
    hash_a = first.index["sha256"].iloc[rows_a[pairs.a]].reset_index(drop=True)
    hash_b = second.index["sha256"].iloc[rows_b[pairs.b]].reset_index(drop=True)
    values = (hash_a, hash_b, pairs.mirrored, pairs.correlation)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def _turned(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename(columns={"hash_a": "hash_b", "hash_b": "hash_a"})[COLUMNS]


def _cached(first: Dataset, second: Dataset, search: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    if not (_prepared(first) and _prepared(second)):
        return search()
    path = cache_path(first, second)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):  # runs that start together search once
        try:
            return read_parquet(path, COLUMNS, "it is made again")
        except FerError:  # absent, or damaged since
            table = search()
            with atomic_path(path) as temporary:
                table.to_parquet(temporary, index=False, compression="zstd")
            return pd.read_parquet(path)


def cache_path(first: Dataset, second: Dataset) -> Path:
    """Return where the pairs of two prepared data sets are kept."""
    names = f"{first.fingerprint[:32]}-{second.fingerprint[:32]}"
    if comparable(first, second) and first is not second:
        names += "-persons"
    return paths.data_dir() / ".audit" / f"{names}-{SEARCH}.parquet"


def _prepared(dataset: Dataset) -> bool:
    """Say whether it lies prepared in the data folder; sets in memory are searched each time."""
    facts = read_facts(dataset_dir(dataset.name))
    return facts is not None and facts.get("fingerprint") == dataset.fingerprint
