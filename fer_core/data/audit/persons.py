"""Persons that two parts of the data share."""

import numpy as np

from fer_core.data.dataset import Dataset
from fer_core.data.merging import persons

BETWEEN = (("val", "train"), ("test", "train"), ("test", "val"))


def person_rows(
    first: Dataset, rows: np.ndarray, second: Dataset, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Those of `rows` whose person is also in the `other` rows of `second`, and those of `other`
    whose person is in `rows`.

    Persons are compared within one data set, and between two whose cards name the same name space.
    """
    ours, theirs = persons(first).iloc[rows], persons(second).iloc[other]
    shared = (set(ours) & set(theirs)) - {""}
    return rows[ours.isin(shared).to_numpy()], other[theirs.isin(shared).to_numpy()]


def persons_between_splits(dataset: Dataset) -> dict[str, int]:
    """Persons shown in two splits, as {"test in train": number of persons}."""
    index = dataset.index
    shown = {
        split: set(index["subject"][index["split"] == split]) - {""}
        for split in ("train", "val", "test")
    }
    return {f"{a} in {b}": len(shown[a] & shown[b]) for a, b in BETWEEN}
