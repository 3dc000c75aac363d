"""Splits for sets without one: seeded, stratified, disjoint by subject and by copies."""

import hashlib

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fer_core.errors import FerError

SEED = 2013  # one fixed split per data set: the seed of a run never changes it
FRACTIONS = {"train": 0.7, "val": 0.1, "test": 0.2}
VALIDATION = 0.1  # of the training part, where a source has train and test only


def complete_split(index: pd.DataFrame, seed: int = SEED) -> pd.Series:
    """The split of every row: the source's own where it has one, else chosen here.

    Without any split: 70 / 10 / 20 %. With a training part and no validation part: a tenth of the
    training part. A source that splits some of its rows only raises FerError.
    """
    split = index["split"].copy()
    if (split == "").all():
        return assign(index, FRACTIONS, seed)
    if (split == "").any():
        raise FerError(
            f"{(split == '').sum()} of {len(index)} images lie in no split; split all or none"
        )
    if "val" not in set(split) and "train" in set(split):
        part = index[split == "train"]
        split[part.index] = assign(part, {"train": 1 - VALIDATION, "val": VALIDATION}, seed)
    return split


def assign(index: pd.DataFrame, fractions: dict[str, float], seed: int) -> pd.Series:
    """A split name per row, close to `fractions` of every emotion.

    Rows that share a subject or a copy group stay together (and so do chains of them). The result
    depends on the rows and the seed, not on their order. Where every row stands alone, each split
    gets its share of each emotion within one image.
    """
    unit = _units(index)
    stratum = index["emotion"].where(index["excluded"] == "", "")
    counts = pd.crosstab(unit, stratum)
    names = list(fractions)
    deficit = np.outer(list(fractions.values()), counts.sum().to_numpy(dtype=float))
    first_id = index["sample_id"].groupby(unit).min()
    sizes = counts.sum(axis=1)
    # large units first, while every split still has room for them
    order = sorted(counts.index, key=lambda u: (-sizes[u], _rank(seed, first_id[u])))
    chosen = {}
    for u, members in zip(order, counts.loc[order].to_numpy(), strict=True):
        best = int(np.argmax(deficit @ members))
        deficit[best] -= members
        chosen[u] = names[best]
    return unit.map(chosen)


def _units(index: pd.DataFrame) -> pd.Series:
    """A number per row, equal for rows that must stay together."""
    n = len(index)
    links = [_codes(index["group"], n)]
    if (index["subject"] != "").any():
        alone = index["sample_id"].radd("\0")  # no subject: a link to nobody else
        subject = index["subject"].where(index["subject"] != "", alone)
        links.append(_codes(subject, n + int(links[0].max()) + 1))
    rows = np.tile(np.arange(n), len(links))
    nodes = np.concatenate(links)
    size = int(nodes.max()) + 1
    graph = coo_matrix((np.ones(len(nodes)), (rows, nodes)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    return pd.Series(labels[:n], index=index.index)


def _codes(values: pd.Series, start: int) -> np.ndarray:
    return pd.factorize(values)[0] + start


def _rank(seed: int, sample_id: str) -> str:
    return hashlib.sha256(f"{seed}:{sample_id}".encode()).hexdigest()
