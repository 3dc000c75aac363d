"""Runs: one readable folder each, complete when its `run.json` exists."""

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from fer_core import paths
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.facts import (
    DataFacts,
    InputFacts,
    RowFacts,
    SelectionFacts,
    TestFacts,
    first_fault,
    holding,
)
from fer_core.files import read_json, sha256_file, write_json
from fer_core.names import Name
from fer_core.predictions import read_predictions
from fer_core.recipe import Machine, Recipe
from fer_core.recipe_files import settings_in_parts
from fer_core.study import Cell, Study, list_studies, load_study

VALIDATION = "validation"


class RunRecord(BaseModel):
    """What `run.json` holds: what was run, on what, how it was chosen and where it came from."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    study: Name
    model: Name
    train: Name
    seed: int
    spec: dict[str, Any]
    recipe: Recipe
    machine: Machine = Machine()
    input: Annotated[dict[str, Any], holding(InputFacts)]
    weights: dict[str, Any]
    parameters: int
    options: dict[str, Any] = {}
    classes: tuple[str, ...] = EMOTIONS  # of the net's outputs, in order
    data: dict[str, Annotated[dict[str, Any], holding(DataFacts)]]
    rows: Annotated[dict[str, Any], holding(RowFacts)]
    selection: Annotated[dict[str, Any], holding(SelectionFacts)]
    tests: dict[Name, Annotated[dict[str, Any], holding(TestFacts)]]
    weights_sha256: str
    commit: str
    versions: dict[str, str]
    hardware: dict[str, Any]
    seconds: float
    images_per_second: float
    started: str
    finished: str

    @model_validator(mode="before")
    @classmethod
    def _recipe_has_parts(cls, data: Any) -> Any:
        return settings_in_parts(data)

    @property
    def cell(self) -> Cell:
        """The run's place in its grid."""
        return Cell(self.model, self.train, self.seed)

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return run_dir(self.study, *self.cell)


class RunStatus(NamedTuple):
    """How far one cell of a study is."""

    model: str
    train: str
    seed: int
    state: Literal["done", "failed", "running", "not run"]
    message: str
    record: RunRecord | None


def run_dir(study: str, model: str, train: str, seed: int) -> Path:
    """Return the folder of one run."""
    return paths.results_dir() / study / model / train / f"seed{seed}"


def write_record(record: RunRecord) -> Path:
    """Write `run.json`: the run is complete from now on; an earlier mark of failure goes."""
    path = record.folder / "run.json"
    write_json(path, record.model_dump(mode="json"))
    (record.folder / "failed.json").unlink(missing_ok=True)
    return path


def read_record(folder: Path) -> RunRecord:
    """Read the `run.json` of a finished run."""
    path = folder / "run.json"
    try:
        record = RunRecord.model_validate(read_json(path))
        if record.folder.resolve() != folder.resolve():
            raise FerError(
                f"{path} is the record of {record.study}/{record.model}/{record.train}/"
                f"seed{record.seed}, not of its folder; move it there, or run this cell again"
            )
        return record
    except ValidationError as error:
        raise FerError(f"{path}: {first_fault(error)}; delete it, run this cell again") from error


def mark_failed(folder: Path, message: str) -> None:
    """Leave `failed.json` so that tables and the book can show the failure."""
    write_json(folder / "failed.json", {"message": message})


def find_runs(study: Study | str) -> list[RunRecord]:
    """Return the finished runs that the study plans, ordered by data set, model and seed.

    Each record's `tests` are those of the study. What else lies among the results, because the
    study once named it, is in `stray_runs` and in no table. A study that is not in `studies/` is
    handed over as its file was loaded; of its name alone all that lies there is found.
    """
    if isinstance(study, str):
        if study not in list_studies():
            return all_runs(study)
        study = load_study(study)
    cells = set(study.cells())
    mine = (record for record in all_runs(study.name) if record.cell in cells)
    return [record.model_copy(update={"tests": _of(study, record)}) for record in mine]


def stray_runs(study: Study) -> list[str]:
    """Name what lies among the results of a study that its file does not name, or no longer."""
    cells = set(study.cells())
    found = []
    for record in all_runs(study.name):
        run = f"{record.model} on {record.train}, seed {record.seed}"
        if record.cell not in cells:
            found.append(run)
        else:
            others = [test for test in record.tests if test not in study.test]
            found += [f"{run}: predictions of {test}" for test in others]
    return found


def missing_tests(study: Study, record: RunRecord) -> list[str]:
    """Return the test sets of a study that a finished run has not predicted."""
    return [test for test in study.test if test not in record.tests]


def all_runs(study: str) -> list[RunRecord]:
    """Return every finished run among the results of a study, with every test set that it has."""
    folders = (path.parent for path in (paths.results_dir() / study).glob("*/*/seed*/run.json"))
    records = [read_record(folder) for folder in folders]
    return sorted(records, key=lambda record: (record.train, record.model, record.seed))


def _of(study: Study, record: RunRecord) -> dict[str, dict[str, Any]]:
    return {test: facts for test, facts in record.tests.items() if test in study.test}


def studies_with_results() -> list[str]:
    """Return the names of the studies that have at least one finished run."""
    found = {path.parents[3].name for path in paths.results_dir().glob("*/*/*/seed*/run.json")}
    return sorted(found)


def status_of(study: str, cell: Cell) -> RunStatus:
    """Return how far one cell is, from the files it left; one whose record is damaged has failed,
    and its message names the file."""
    folder = run_dir(study, *cell)
    try:
        if (folder / "run.json").is_file():
            return RunStatus(*cell, "done", "", read_record(folder))
        if (folder / "failed.json").is_file():
            message = str(read_json(folder / "failed.json").get("message", ""))
            return RunStatus(*cell, "failed", message, None)
    except FerError as error:
        return RunStatus(*cell, "failed", str(error), None)
    if (folder / "progress.json").is_file():
        return RunStatus(*cell, "running", "", None)
    return RunStatus(*cell, "not run", "", None)


def run_status(study: Study) -> list[RunStatus]:
    """Return the state of every cell of a study, in the order of its file; records as those of
    `find_runs`."""
    found = [status_of(study.name, cell) for cell in study.cells()]
    return [
        status._replace(record=r.model_copy(update={"tests": _of(study, r)}))
        if (r := status.record)
        else status
        for status in found
    ]


def read_run(record: RunRecord, flip: bool = False) -> dict[str, pd.DataFrame]:
    """Return a run's prediction tables by test set; with `flip`, means over both mirror images.

    A table that is not the one that the record hashed is a FerError, and so is one without a hash.
    """
    ending, key = (".flip.parquet", "flip_sha256") if flip else (".parquet", "sha256")
    return {
        test: _read_table(record, f"{test}{ending}", facts.get(key))
        for test, facts in record.tests.items()
    }


def read_validation(record: RunRecord) -> pd.DataFrame:
    """Return a run's predictions of its validation images, by which its epoch was chosen; another
    table than the one that the record hashed is a FerError."""
    return _read_table(record, f"{VALIDATION}.parquet", record.selection.get("sha256"))


def _read_table(record: RunRecord, name: str, digest: str | None) -> pd.DataFrame:
    path = record.folder / "predictions" / name
    table = read_predictions(path)
    if not digest:
        raise FerError(
            f"run.json holds no sha256 of {path}, so nothing says that this is its table; delete "
            "the run and run it again"
        )
    if digest != sha256_file(path):
        raise FerError(
            f"{path} is not the table that run.json was written for; restore it, or delete the "
            "run and run it again"
        )
    return table


def collect(study: Study | str, flip: bool = False) -> pd.DataFrame:
    """Return every prediction of every finished run of a study, as in `find_runs`, as one long
    table.

    Columns: model, train, seed, test, sample_id, emotion, p_angry … p_surprise, and p_contempt (NaN
    for nets without it) where a net has eight outputs. With `flip`, only
    the runs that also predicted the mirror image.
    """
    parts = []
    for record in find_runs(study):
        if flip and not record.recipe.prediction.flip_test:
            continue
        for test, table in read_run(record, flip).items():
            keys = {"model": record.model, "train": record.train, "seed": record.seed, "test": test}
            parts.append(pd.DataFrame({**keys, **table}, index=table.index))
    if not parts:
        which = " with flip" if flip else ""
        name = study if isinstance(study, str) else study.name
        raise FerError(f"the study {name!r} has no finished run{which}; see `fer status {name}`")
    return pd.concat(parts, ignore_index=True)
