"""Which rows a study trains and validates with, and what a run's record says of them."""

from typing import Any

from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import fed
from fer_core.data.load import load_dataset
from fer_core.data.select import TrainingRows, study_rows
from fer_core.emotions import CONTEMPT
from fer_core.models.input import DONE, Picture
from fer_core.study import Study


def rows_of(study: Study, train: Dataset, tests: list[Dataset]) -> tuple[Dataset, TrainingRows]:
    """Return the rows that a study trains and validates with, and the data set that they are of.

    A training set of which no image of contempt is left for training is one of seven emotions.
    """
    rows = study_rows(study, train, tests)
    if study.contempt == "keep" and CONTEMPT not in set(train.index["emotion"].iloc[rows.train]):
        train = load_dataset(train.name)
        rows = study_rows(study, train, tests)
    return train, rows


def about_data(dataset: Dataset, size: int) -> dict[str, Any]:
    """Return what `run.json` says of a data set that feeds a net of input `size`."""
    facts = {"fingerprint": dataset.fingerprint, "rows": len(dataset.index)}
    return {**facts, **fed(dataset, size)}


def about_pictures(train: Dataset) -> Picture:
    """Return what a file of weights says of how the pictures of its training set became pixels."""
    made = {name: train.framing[name] for name in ("how", "crop")}
    made |= {"faces": train.faces, "sources": train.framing.get("sources", {})}
    made |= {"side": train.store.size, "channels": train.store.channels}
    return Picture.model_validate(made | DONE)


def about_rows(study: Study, train: str) -> dict[str, Any]:
    """Return the rules by which a study chose the rows of a training set."""
    return {
        "leaks": study.leaks.get(train),
        "flagged": study.flagged,
        "label_confidence": study.label_confidence.get(train),
        "contempt": study.contempt,
    }
