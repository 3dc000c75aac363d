"""Which images of a source are learned from, chosen by, or shown without labels."""

from dataclasses import dataclass, replace

import numpy as np

from fer_core.beyond.record import Settings
from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset
from fer_core.data.select import draw_rows, training_rows
from fer_core.data.splits import SEED, VALIDATION, assign


@dataclass(frozen=True)
class Source:
    """A set that is learned from: sorted rows with labels, of the validation part, and of the
    training part with labels that nobody sees."""

    dataset: Dataset
    train: np.ndarray
    validation: np.ndarray
    unlabelled: np.ndarray


def load_sets(settings: Settings) -> dict[str, Dataset]:
    """Return all data sets by name; FerError says how to get one that is not prepared."""
    return {name: load_dataset(name) for name in (*settings.sources, *settings.never)}


def source_of(name: str, sets: dict[str, Dataset], settings: Settings) -> Source:
    """Return the rows of a source, the same whichever set is held out.

    No row has a copy, a near copy or a person in the test part of any set, so that what is tested
    are other photographs. A source that has a test part only is split anew for this, persons kept
    together; it is never tested by a net that learned from it.
    """
    dataset = _with_training_part(sets[name])
    tests = [other for other in sets.values() if other.name != name]
    rows = training_rows(dataset, tests, leaks="drop")
    drawn = draw_rows(dataset, rows, settings.images, settings.draw)
    rest = np.setdiff1d(rows.train, drawn.train)
    order = np.random.default_rng(settings.draw).permutation(len(rest))
    unlabelled = np.sort(rest[order[: settings.unlabelled]])
    return Source(dataset, drawn.train, drawn.validation, unlabelled)


def _with_training_part(dataset: Dataset) -> Dataset:
    index = dataset.index
    if (index["split"] != "test").any():
        return dataset
    split = assign(index, {"train": 1 - VALIDATION, "val": VALIDATION}, SEED)
    return replace(dataset, index=index.assign(split=split))
