"""Persons that two parts of the data share."""

import numpy as np
import pandas as pd

from fer_core.data.dataset import Dataset

BETWEEN = (("val", "train"), ("test", "train"), ("test", "val"))


def persons(dataset: Dataset) -> pd.Series:
    """Return the person of every row: equal values are one person in every data set, "" unknown.

    A number or name of a person means something only within the name space of its data set.
    """
    person = dataset.index["person"]
    if dataset.card.sources and not dataset.card.person_space:
        return person  # compiled of several name spaces: they are part of each value
    space = dataset.card.person_space or dataset.name
    return person.where(person == "", f"{space}:" + person)


def person_rows(
    first: Dataset, rows: np.ndarray, second: Dataset, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return those of `rows` whose person is also in the `other` rows of `second`, and those of
    `other` whose person is in `rows`.

    Persons are compared within one data set, and between two whose cards name the same name space.
    """
    ours, theirs = persons(first).iloc[rows], persons(second).iloc[other]
    shared = shared_persons(first, rows, second, other)
    return rows[ours.isin(shared).to_numpy()], other[theirs.isin(shared).to_numpy()]


def shared_persons(
    first: Dataset, rows: np.ndarray, second: Dataset, other: np.ndarray
) -> set[str]:
    """Return the persons that `rows` of one data set and `other` rows of it or another show."""
    return _named(first, rows) & _named(second, other)


def persons_known(first: Dataset, rows: np.ndarray, second: Dataset, other: np.ndarray) -> bool:
    """Say whether it can be known whom both show: each names somebody, in the same name space."""
    ours, theirs = (
        {person.partition(":")[0] for person in _named(dataset, part)}
        for dataset, part in ((first, rows), (second, other))
    )
    return bool(ours & theirs)


def _named(dataset: Dataset, rows: np.ndarray) -> set[str]:
    return set(persons(dataset).iloc[rows]) - {""}


def persons_between_splits(dataset: Dataset) -> dict[str, int | None]:
    """Count the persons shown in two splits, as {"test in train": number of persons}; each number
    is None where the data set names nobody."""
    index = dataset.index
    if not (index["person"] != "").any():
        return {f"{a} in {b}": None for a, b in BETWEEN}
    shown = {
        split: set(index["person"][index["split"] == split]) - {""}
        for split in ("train", "val", "test")
    }
    return {f"{a} in {b}": len(shown[a] & shown[b]) for a, b in BETWEEN}
