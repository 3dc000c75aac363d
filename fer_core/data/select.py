"""Which rows train, validate and test. What would leak is dropped here, and counted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset
from fer_core.data.index import conflicting
from fer_core.errors import FerError


@dataclass(frozen=True)
class TrainingRows:
    """Row positions in the training set's index and store; `dropped` counts the others by
    reason."""

    train: np.ndarray
    validation: np.ndarray
    dropped: dict[str, int]


def training_rows(train: Dataset, tests: list[Dataset]) -> TrainingRows:
    """Rows to train on and to validate with, none of which has a copy in a test split.

    Copies are found by the sha256 of the files' bytes. The test splits are those of `tests` and of
    `train` itself, excluded rows included. A row of the training part is dropped when it is
    excluded, has a copy in a test split or in the validation part, belongs to copies with
    conflicting labels, or is a later copy; a row of the validation part when it is excluded or has
    a copy in a test split.
    Each is counted under the first of these reasons that holds.
    """
    index = train.index
    in_test = index["sha256"].isin(_test_hashes([train, *tests]))
    is_val = index["split"] == "val"
    reason = index["excluded"].where(index["excluded"] == "", "excluded: " + index["excluded"])
    reason = reason.mask((reason == "") & in_test, "copy in a test split")
    validation = is_val & (reason == "")
    dropped_val = reason[is_val & (reason != "")]
    in_val = index["sha256"].isin(index["sha256"][is_val])
    reason = reason.mask((reason == "") & in_val, "copy in the validation split")
    reason = reason.mask((reason == "") & conflicting(index), "conflicting copies")
    part = index[index["split"] == "train"]
    left = part[reason[part.index] == ""]
    reason[left.index[left.duplicated("group")]] = "later copy"
    train_rows = (index["split"] == "train") & (reason == "")
    _check_some(train, {"train": train_rows, "validate": validation})
    dropped = _count("train: ", reason[part.index]) | _count("validation: ", dropped_val)
    return TrainingRows(np.flatnonzero(train_rows), np.flatnonzero(validation), dropped)


def test_rows(dataset: Dataset) -> np.ndarray:
    """Row positions of the test split without the excluded rows; none at all raises FerError."""
    rows = (dataset.index["split"] == "test") & (dataset.index["excluded"] == "")
    _check_some(dataset, {"test": rows})
    return np.flatnonzero(rows)


def _test_hashes(datasets: list[Dataset]) -> set[str]:
    hashes: set[str] = set()
    for dataset in datasets:
        hashes |= set(dataset.index["sha256"][dataset.index["split"] == "test"])
    return hashes


def _count(prefix: str, reasons: pd.Series) -> dict[str, int]:
    counts = reasons[reasons != ""].value_counts(sort=False).sort_index()
    return {f"{prefix}{reason}": int(n) for reason, n in counts.items()}


def _check_some(dataset: Dataset, parts: dict[str, pd.Series]) -> None:
    for purpose, rows in parts.items():
        if not rows.any():
            raise FerError(
                f"{dataset.name} has no image to {purpose} with "
                f"(test split: {dataset.card.test_split}); choose another data set for this"
            )
