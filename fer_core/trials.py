"""What a search has tried, as files, and the recipe that was found."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml
from pydantic import BaseModel, ValidationError

from fer_core import paths
from fer_core.csv_files import read_csv, write_csv
from fer_core.errors import FerError
from fer_core.facts import first_fault
from fer_core.files import read_json, write_json, write_text
from fer_core.recipe import Recipe
from fer_core.recipe_parts import FROZEN
from fer_core.search_files import Search, Values, recipe_with, search_dir

IN_USE = 0  # the trial of the recipe that the study has
COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"
COLUMNS = ("trial", "state", "score", "epoch", "curve", "seconds", "message")
WRITTEN = "# Written by `fer search {name}`"
RECORD, TRIALS = "search.json", "trials.csv"


class Trial(NamedTuple):
    """One trial; `curve` is its validation score after each epoch."""

    number: int
    state: str
    values: dict[str, Any]  # by place
    curve: tuple[float, ...]
    seconds: int
    message: str = ""


class SearchRecord(BaseModel):
    """What `search.json` holds: what is searched, from which recipe, on which images."""

    model_config = FROZEN

    name: str
    search: Search
    recipe: Recipe  # the one in use, with the epochs of the budget
    fingerprint: str
    train_images: int
    validation_images: int
    spec: dict[str, Any]  # of the net, as far as it differs from the defaults
    machine: dict[str, Any]  # likewise
    optuna: str
    versions: dict[str, str]
    hardware: dict[str, Any]
    commit: str

    @property
    def folder(self) -> Path:
        """The folder of the search."""
        return search_dir(self.search.study, self.name)

    @property
    def measure(self) -> str:
        """The measure of trials: loss, accuracy or macro_f1."""
        return self.recipe.selection.measure

    def best_of(self, curve: tuple[float, ...]) -> int:
        """Return the position of the best epoch; the earlier one on a tie."""
        return curve.index(min(curve) if self.measure == "loss" else max(curve))

    def score(self, trial: Trial) -> float:
        """Return the score of a trial: that of its best epoch."""
        return trial.curve[self.best_of(trial.curve)]


def read_search(study: str, name: str) -> SearchRecord:
    """Return the record of a search; one that is missing, damaged or of another folder is a
    FerError."""
    path = search_dir(study, name) / RECORD
    way_out = f"delete {path.parent} and search again"
    if not path.is_file():
        raise FerError(f"{path} is missing; {way_out}")
    try:
        record = SearchRecord.model_validate(read_json(path))
    except (ValidationError, FerError) as error:
        fault = first_fault(error) if isinstance(error, ValidationError) else str(error)
        raise FerError(f"{path}: {fault}; {way_out}") from error
    if (record.search.study, record.name) != (study, name):
        raise FerError(f"{path} is the record of {record.name} in {record.search.study}; {way_out}")
    return record


def write_search(record: SearchRecord) -> None:
    """Write `search.json`, in which what is a default is left out."""
    write_json(record.folder / RECORD, record.model_dump(mode="json", exclude_defaults=True))


def searches_of(study: str) -> list[str]:
    """Return the names of a study's searches of which a trial is complete."""
    names = sorted(path.parent.name for path in search_dir(study, "").glob(f"*/{RECORD}"))
    return [name for name in names if _some_complete(read_search(study, name))]


def _some_complete(record: SearchRecord) -> bool:
    return any(trial.state == COMPLETE for trial in read_trials(record))


def read_trials(record: SearchRecord) -> list[Trial]:
    """Return the finished trials in their order, of which there may be none."""
    path = record.folder / TRIALS
    if not path.is_file():
        return []
    space = record.search.space
    way_out = f"delete {path.parent} and search again"
    table = read_csv(path, columns=(*COLUMNS, *space), way_out=way_out)
    try:
        trials = [_trial(row, space) for row in table.to_dict("records")]
    except (ValueError, RecursionError) as error:
        raise FerError(f"{path} holds what no trial has ({error}); {way_out}") from error
    if [trial.number for trial in trials] != list(range(len(trials))):
        raise FerError(f"{path} lacks a trial or has one twice; {way_out}")
    return trials


def _trial(row: dict[Any, Any], space: dict[str, Values]) -> Trial:
    curve = tuple(map(float, row["curve"].split()))
    if row["state"] not in (COMPLETE, PRUNED, FAILED) or bool(curve) == (row["state"] == FAILED):
        raise ValueError(f"trial {row['trial']} is {row['state']} with {len(curve)} epochs")
    if not np.isfinite(curve).all():
        raise ValueError(f"trial {row['trial']} has a score that is no number")
    values = {place: json.loads(row[place]) for place in space}
    for place, value in values.items():
        if row["trial"] != str(IN_USE) and not space[place].has(value):
            raise ValueError(f"trial {row['trial']} has {place} {value}")
    return Trial(int(row["trial"]), row["state"], values, curve, int(row["seconds"]),
                 row["message"])  # fmt: skip


def write_trials(record: SearchRecord, trials: list[Trial]) -> Path:
    """Write `trials.csv`, whole or not at all: values as JSON, every number with all its digits."""
    return write_csv(trial_table(record, trials), record.folder / TRIALS)


def prediction_path(record: SearchRecord, number: int) -> Path:
    """Return where a complete trial's answers to the validation images lie."""
    return record.folder / f"trial{number}.parquet"


def trial_table(record: SearchRecord, trials: list[Trial]) -> pd.DataFrame:
    """Return the trials as `trials.csv` has them: COLUMNS, then one column for each setting."""
    rows = []
    for trial in trials:
        at = record.best_of(trial.curve) if trial.curve else None
        best = {"score": "" if at is None else repr(trial.curve[at]),
                "epoch": "" if at is None else at + 1}  # fmt: skip
        told = {"trial": trial.number, "state": trial.state, **best,
                "curve": " ".join(map(repr, trial.curve)), "seconds": trial.seconds,
                "message": trial.message}  # fmt: skip
        rows.append(told | {place: json.dumps(value) for place, value in trial.values.items()})
    return pd.DataFrame(rows, columns=[*COLUMNS, *record.search.space])


def best_trial(record: SearchRecord, trials: list[Trial]) -> Trial | None:
    """Return the complete trial with the best score, the earlier one on a tie; None where there is
    none."""
    complete = [trial for trial in trials if trial.state == COMPLETE]
    sign = 1 if record.measure == "loss" else -1
    return min(complete, key=lambda trial: sign * record.score(trial), default=None)


def recipe_path(name: str) -> Path:
    """Return where a search writes its recipe; FerError where one stands that it did not write."""
    path = paths.recipes_dir() / f"{name}.yml"
    if path.is_file() and not path.read_text(encoding="utf-8", errors="replace").startswith(
        WRITTEN.format(name=name)
    ):
        raise FerError(f"{path} was not written by this search; give the search another name")
    return path


def write_recipe(record: SearchRecord, trials: list[Trial]) -> Path | None:
    """Write the recipe of the best trial, every value that differs from the defaults; None, and no
    file, where none is better than the recipe in use."""
    best = best_trial(record, trials)
    if best is None or best.number == IN_USE:
        return None
    search, measure = record.search, record.measure
    own = f", the recipe in use {record.score(trials[IN_USE]):.4f}" if trials[IN_USE].curve else ""
    about = (
        f"{WRITTEN.format(name=record.name)}: trial {best.number} of {len(trials) - 1}.\n"
        f"# {search.model} of the study {search.study}, trained on {record.train_images:,} images "
        f"of {search.train}: {measure}\n"
        f"# {record.score(best):.4f} on {record.validation_images:,} validation images{own}.\n"
        f"# All trials: results/{search.study}/search/{record.name}/{TRIALS}\n"
    )
    values = recipe_with(record.recipe, best.values).identity()
    path = recipe_path(record.name)
    write_text(path, about + yaml.safe_dump(values, sort_keys=False))
    return path
