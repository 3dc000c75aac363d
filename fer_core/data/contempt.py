"""Contempt as the eighth emotion: a study that keeps it sees rows that are excluded elsewhere."""

from dataclasses import replace

from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset
from fer_core.emotions import CONTEMPT
from fer_core.study import Study

NO_PIXELS = "contempt, no face stored"


def study_dataset(study: Study, name: str) -> Dataset:
    """Return the prepared data set `name` as a study sees it; its fingerprint is the same."""
    dataset = load_dataset(name)
    return with_contempt(dataset) if study.contempt == "keep" else dataset


def with_contempt(dataset: Dataset) -> Dataset:
    """Return the data set with its images of contempt as images like the others.

    Their pixels are stored and they have a split, so nothing is prepared anew. Those in which no
    face was found have no pixels; they stay excluded, with that reason.
    """
    index = dataset.index
    theirs = index["excluded"] == CONTEMPT
    stored = theirs & index["mean"].notna()
    emotion = index["emotion"].mask(stored, CONTEMPT)
    excluded = index["excluded"].mask(stored, "").mask(theirs & ~stored, NO_PIXELS)
    return replace(dataset, index=index.assign(emotion=emotion, excluded=excluded))
