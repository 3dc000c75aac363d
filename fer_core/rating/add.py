"""A rater added to a study: its answers joined with the true emotions, its record written last."""

import shutil
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from fer_core.data.contempt import study_dataset
from fer_core.data.dataset import Dataset
from fer_core.data.select import test_rows
from fer_core.errors import FerError, unknown
from fer_core.facts import first_fault
from fer_core.files import sha256_file
from fer_core.names import require_name
from fer_core.predictions import write_predictions
from fer_core.rater_facts import KINDS
from fer_core.raters import (
    RECORD,
    RaterRecord,
    RaterTest,
    rater_names,
    raters_dir,
    read_rater,
    require_no_model,
    write_rater,
)
from fer_core.rating.answers import Answers
from fer_core.study import Study

REQUIRED = ("kind", "source", "trained_on")


def introduce(study: Study, name: str, **said: Any) -> RaterRecord:
    """Return the rater called `name`: the one that the study has, or a new one that is not written.

    `said`: fields of the record; None where nothing is said. Of a new rater, kind, source and
    trained_on must be said, here or by the study; of one that is there, nothing else than its
    record says.
    """
    require_name(name, "rater's name")
    require_no_model(study, name)
    said = {field: value for field, value in said.items() if value is not None}
    if said.get("kind", KINDS[0]) not in KINDS:
        raise unknown("kind of rater", said["kind"], KINDS)
    if (raters_dir(study.name) / name / RECORD).is_file():
        rater = read_rater(study.name, name)
        for field, value in said.items():
            if value != getattr(rater, field):
                raise FerError(
                    f"{name} is another rater of {study.name}, with another {field}; choose "
                    "another name, or leave that option out to add a test set to it"
                )
        return rater
    if name in study.raters:
        said = study.raters[name].said() | said
    missing = [field for field in REQUIRED if not said.get(field)]
    if missing:
        option = f"--{missing[0].replace('_', '-')}"
        raise FerError(f"{name} would be a new rater of {study.name}, so {option} must be said")
    try:
        return RaterRecord(study=study.name, name=name, **{"title": name, **said})
    except ValidationError as error:
        raise FerError(f"the rater {name}: {first_fault(error)}") from error


def add_answers(study: Study, rater: RaterRecord, test: str, answers: Answers) -> RaterRecord:
    """Give a rater its answers to one test set, and return its record, which is written last.

    The true emotions are those of the prepared data set, never the rater's. Before all is known to
    be right, nothing is written.
    """
    require_test(study, test)
    require_free(study, rater, test)
    if not len(answers.sample_id):
        raise FerError(
            f"{rater.name} names an emotion of the study for no image ({answers.outside})"
        )
    dataset = study_dataset(study, test)
    truth = _true_emotions(dataset, answers.sample_id)
    order = np.argsort(answers.sample_id, kind="stable")  # the same file for any order of rows
    path = rater.table_path(test)
    form = answers.form
    if rater.kind == "vote-share" and form == "probabilities":
        form = "vote-shares"
    try:
        ids, probabilities = answers.sample_id[order], answers.probabilities[order]
        write_predictions(path, ids.tolist(), truth[order].tolist(), probabilities)
        facts = RaterTest(
            n=len(truth),
            of=len(test_rows(dataset)),
            form=form,
            outside=answers.outside,
            sha256=sha256_file(path),
            fingerprint=dataset.fingerprint,
        )
        rater = rater.model_copy(update={"tests": {**rater.tests, test: facts}})
        write_rater(rater)
    except BaseException:
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()
        raise
    return rater


def require_test(study: Study, test: str) -> None:
    """Raise FerError where a study has no such test set."""
    if test not in study.test:
        raise unknown(f"test data set of {study.name}", test, study.test)


def require_free(study: Study, rater: RaterRecord, test: str) -> None:
    """Raise FerError where a rater has answered a test set already."""
    if test in rater.tests:
        raise FerError(
            f"{rater.name} has answered {test} already; `fer rater remove {study.name} "
            f"{rater.name}` removes all its answers"
        )


def require_rater(study: Study, name: str) -> None:
    """Raise FerError where a study has no rater of this name, whole or not."""
    if name not in rater_names(study.name):
        raise unknown(f"rater of {study.name}", name, rater_names(study.name))


def remove_rater(study: Study, name: str) -> None:
    """Remove a rater, whole or not. Of a link, the link is removed and what it leads to is kept."""
    require_rater(study, name)
    folder = raters_dir(study.name) / name
    if folder.is_symlink():
        folder.unlink()
        return
    (folder / RECORD).unlink(missing_ok=True)  # first: what is left of it counts no more
    shutil.rmtree(folder)


def _true_emotions(dataset: Dataset, sample_id: np.ndarray) -> np.ndarray:
    """Return the (n,) true emotions of test images; ids of any other image are a FerError."""
    index = dataset.index.set_index("sample_id")
    known = np.isin(sample_id, index.index.to_numpy(dtype=str))
    where = f"see sample_id in the split.csv of {dataset.name}"
    _refuse(sample_id[~known], len(sample_id), f"are not in {dataset.name}; {where}")
    rows = index.loc[sample_id]
    for split, part in rows[rows["split"] != "test"].groupby("split"):
        what = f"are of the {split} part of {dataset.name}; a rater answers test images only"
        _refuse(part.index, len(sample_id), what)
    _refuse(
        rows.index[rows["excluded"] != ""],
        len(sample_id),
        f"are excluded from {dataset.name}, so they have no true emotion; leave them out",
    )
    return rows["emotion"].to_numpy(dtype=object)


def _refuse(ids: np.ndarray | pd.Index, of: int, why: str) -> None:
    if len(ids):
        raise FerError(f"{len(ids):,} of {of:,} sample ids, first {str(ids[0])!r}, {why}")
