"""What of a test has been seen in training: byte copies, near copies, persons."""

from typing import NamedTuple

import numpy as np

from fer_core.data.copies.pairs import near_rows
from fer_core.data.copies.persons import person_rows
from fer_core.data.dataset import Dataset


class Shared(NamedTuple):
    """Row positions, sorted: those of the training rows and those of the test rows that have a
    counterpart on the other side."""

    train: np.ndarray
    test: np.ndarray


class Leaks(NamedTuple):
    """A row may stand under several."""

    copies: Shared
    near: Shared
    persons: Shared


def find_leaks(
    train: Dataset, train_rows: np.ndarray, test: Dataset, test_rows: np.ndarray
) -> Leaks:
    """Find what `train_rows` of one data set share with `test_rows` of another or of the same."""
    ours = train.index["sha256"].iloc[train_rows]
    theirs = test.index["sha256"].iloc[test_rows]
    both = (set(ours) & set(theirs)) - {""}
    copies = Shared(train_rows[ours.isin(both).to_numpy()], test_rows[theirs.isin(both).to_numpy()])
    pairs = near_rows(train, test)
    pairs = pairs[pairs["a"].isin(train_rows) & pairs["b"].isin(test_rows)]
    near = Shared(np.unique(pairs["a"].to_numpy(int)), np.unique(pairs["b"].to_numpy(int)))
    return Leaks(copies, near, Shared(*person_rows(train, train_rows, test, test_rows)))
