"""What two data sets have in common: files, near copies, persons."""

from itertools import combinations

import numpy as np
import pandas as pd

from fer_core.audited import TABLES
from fer_core.data.copies.pairs import near_rows
from fer_core.data.copies.persons import persons_known, shared_persons
from fer_core.data.dataset import Dataset

SHARED_CSV = TABLES["shared.csv"]


def shared_table(datasets: list[Dataset]) -> pd.DataFrame:
    """Return one row for each two of the data sets, in their order; excluded images do not count.

    `images_x`: images of x; `copies_x`: those of them with the bytes of an image of the other set;
    `near`: pairs of near copies, one in each; `persons`: persons in both, missing where that is
    unknown: one of the two names nobody, or they name persons in different ways.
    """
    rows = [_shared(first, second) for first, second in combinations(datasets, 2)]
    return pd.DataFrame(rows, columns=SHARED_CSV).astype({"persons": "Int64"})


def _shared(first: Dataset, second: Dataset) -> tuple[str | int | None, ...]:
    used = [(d.index["excluded"] == "").to_numpy() for d in (first, second)]
    hashes = [d.index["sha256"][rows] for d, rows in zip((first, second), used, strict=True)]
    both = set(hashes[0]) & set(hashes[1]) - {""}
    pairs = near_rows(first, second)
    near = int((used[0][pairs["a"]] & used[1][pairs["b"]]).sum())
    sizes = [len(part) for part in hashes] + [int(part.isin(both).sum()) for part in hashes]
    parts = (first, np.flatnonzero(used[0]), second, np.flatnonzero(used[1]))
    known = len(shared_persons(*parts)) if persons_known(*parts) else None
    return first.name, second.name, *sizes, near, known
