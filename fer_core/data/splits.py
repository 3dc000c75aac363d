"""Splits: seeded, stratified, disjoint by everything that links two images; or a published one."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fer_core.csv_files import read_csv
from fer_core.data.index import SPLITS, codes, split_hash
from fer_core.errors import FerError

SEED = 2013  # one fixed split per data set: the seed of a run never changes it
FRACTIONS = {"train": 0.7, "val": 0.1, "test": 0.2}
COMPILED_FRACTIONS = {"train": 0.8, "val": 0.1, "test": 0.1}  # several sets as one
VALIDATION = 0.1  # of the training part, where a source has train and test only
LISTED = ("sample_id", "emotion", "split", "group")
TOGETHER = ("person", "keep_together")  # columns whose equal values stay together; "" is nobody


def complete_split(
    index: pd.DataFrame, seed: int = SEED, near: pd.DataFrame | None = None
) -> pd.Series:
    """Return the split of every row: the source's own where it has one, else chosen here.

    Without any split: 70 / 10 / 20 %. With a training part and no validation part: a tenth of the
    training part. A source that splits some of its rows only raises FerError. `near` as in
    `assign`; a source's own split is kept whatever it says.
    """
    split = index["split"].copy()
    if is_complete(split):
        return split
    if (split == "").all():
        return assign(index, FRACTIONS, seed, near)
    if (split == "").any():
        raise FerError(
            f"{(split == '').sum()} of {len(index)} images lie in no split; split all or none"
        )
    part = index[split == "train"]
    if near is not None:
        own = set(part["sample_id"])
        near = near[near["sample_a"].isin(own) & near["sample_b"].isin(own)]
    split[part.index] = assign(part, {"train": 1 - VALIDATION, "val": VALIDATION}, seed, near)
    return split


def is_complete(split: pd.Series) -> bool:
    """Say whether the source split every row; a training part needs a validation part too."""
    names = set(split)
    return "" not in names and ("val" in names or "train" not in names)


def assign(
    index: pd.DataFrame,
    fractions: dict[str, float],
    seed: int,
    near: pd.DataFrame | None = None,
) -> pd.Series:
    """Choose a split name per row, close to `fractions` of every emotion of every source.

    Sources are told apart where the index has a column `source`. Rows that share a person, a copy
    group or a value of `keep_together` (faces of one photograph, frames of one sequence), and the
    pairs of ids `sample_a`, `sample_b` of `near`, stay together (and so do chains of them). The
    result depends on the rows and the seed, not on their order. Where every row stands alone, each
    split gets its share of each emotion of each source within one image.
    """
    unit, stratum = _units(index, near), codes(_strata(index))
    counts = np.zeros((unit.max(initial=-1) + 1, stratum.max(initial=-1) + 1), np.int32)
    np.add.at(counts, (unit, stratum), 1)
    deficit = np.outer(list(fractions.values()), counts.sum(axis=0, dtype=float))
    # large units first, while every split still has room for them
    order = np.lexsort((_ranks(index["sample_id"], unit, seed), -counts.sum(axis=1)))
    chosen = np.zeros(len(counts), np.intp)
    for u in order:
        chosen[u] = best = np.argmax(deficit @ counts[u])
        deficit[best] -= counts[u]
    names = pd.Series(list(fractions), dtype="str")
    return names.take(chosen[unit]).set_axis(index.index)


def linked(sample_id: pd.Series, pairs: pd.DataFrame) -> pd.Series:
    """Return a number per row, equal for ids chained by pairs (`sample_a`, `sample_b`)."""
    a, b = (_positions(sample_id, pairs[column]) for column in ("sample_a", "sample_b"))
    return pd.Series(_components(a, b, len(sample_id)), index=sample_id.index)


def read_split(path: Path | str) -> pd.DataFrame:
    """Read a published split list: `sample_id`, `split`; `emotion` and `group` where it has them.

    The list that comes with a prepared set (`split.csv`) has all four, and the SHA-256 of that file
    is the set's split hash. FerError when the file is no such list.
    """
    way_out = "give the CSV of a published split, which has sample_id and split"
    table = read_csv(path, columns=("sample_id", "split"), way_out=way_out)
    twice = table["sample_id"][table["sample_id"].duplicated()]
    if len(twice):
        raise FerError(f"{path} lists {twice.iloc[0]!r} twice; delete one line")
    strange = set(table["split"]) - set(SPLITS)
    if strange:
        raise FerError(f"{path} has the split {min(strange)!r}; valid: {', '.join(SPLITS)}")
    return table[[column for column in LISTED if column in table]]


def apply_split(index: pd.DataFrame, published: pd.DataFrame, expected_hash: str = "") -> pd.Series:
    """Return the split of every row as a published list says.

    FerError unless the list and the index have the same images, and the same labels and copy groups
    where the list has them. `expected_hash`, if given, must be the split hash of the result: the
    way to check a list of `sample_id` and `split` alone.
    """
    own, theirs = set(index["sample_id"]), set(published["sample_id"])
    for ids, fault in (
        (own - theirs, "the split list lacks"),
        (theirs - own, "this data set lacks"),
    ):
        if ids:
            raise FerError(
                f"{fault} {len(ids):,} of {len(own | theirs):,} images, for example {min(ids)!r}; "
                "use the list that was published for exactly these files"
            )
    listed = published.set_index("sample_id").loc[index["sample_id"]].set_index(index.index)
    for column, what in (("emotion", "label"), ("group", "copy group")):
        other = listed[column] != index[column] if column in listed else pd.Series(dtype=bool)
        if other.any():
            row = int(np.argmax(other))
            raise FerError(
                f"{index['sample_id'].iloc[row]!r} has the {what} {index[column].iloc[row]!r}, in "
                f"the split list {listed[column].iloc[row]!r}; the list was made from other files "
                "or labels"
            )
    found = split_hash(index.assign(split=listed["split"]))
    if expected_hash and found != expected_hash:
        raise FerError(
            f"the split has the hash {found}, not {expected_hash}; the list, the labels or the "
            "copies differ from those that were published"
        )
    return listed["split"]


def _strata(index: pd.DataFrame) -> pd.Series:
    used = index["excluded"] == ""
    if "source" not in index:
        return index["emotion"].where(used, "")
    return (index["source"] + "/" + index["emotion"]).where(used, "")


def _units(index: pd.DataFrame, near: pd.DataFrame | None = None) -> np.ndarray:
    """Return a number per row, from 0 without gaps, equal for rows that must stay together."""
    n = len(index)
    links = [codes(index["group"]) + n]
    for column in TOGETHER:
        if column in index and (index[column] != "").any():
            alone = index["sample_id"].radd("\0")  # a link to nobody else
            values = index[column].where(index[column] != "", alone)
            links.append(codes(values) + int(links[-1].max()) + 1)
    rows = np.tile(np.arange(n), len(links))
    nodes = np.concatenate(links)
    if near is not None:
        rows = np.concatenate([rows, _positions(index["sample_id"], near["sample_a"])])
        nodes = np.concatenate([nodes, _positions(index["sample_id"], near["sample_b"])])
    return _components(rows, nodes, int(nodes.max(initial=0)) + 1)[:n]


def _components(a: np.ndarray, b: np.ndarray, size: int) -> np.ndarray:
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def _positions(sample_id: pd.Series, wanted: pd.Series) -> np.ndarray:
    place = pd.Series(np.arange(len(sample_id)), index=sample_id.to_numpy())
    positions = wanted.map(place[~place.index.duplicated()])
    if positions.isna().any():
        raise FerError(
            f"the pairs of near copies name {wanted[positions.isna()].iloc[0]!r}, which this data "
            "set does not have; make them from the same files"
        )
    return positions.to_numpy(dtype=np.intp)


def _ranks(sample_id: pd.Series, unit: np.ndarray, seed: int) -> np.ndarray:
    """Return the place of each unit in an order that only the seed and its first id decide."""
    row = np.argsort(codes(sample_id), kind="stable")
    _, first = np.unique(unit[row], return_index=True)
    ids = sample_id.iloc[row[first]]
    digests = (hashlib.sha256(f"{seed}:{name}".encode()).digest() for name in ids)
    order = np.argsort(np.fromiter(digests, "S32", len(ids)), kind="stable")
    return np.argsort(order)
