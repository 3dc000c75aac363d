"""A run's folder: readable, and complete when its `run.json` exists."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

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
from fer_core.files import read_json, write_json
from fer_core.migrate import is_of_old_layout
from fer_core.names import Name
from fer_core.recipe import Machine, Recipe
from fer_core.recipe_files import settings_in_parts
from fer_core.study import Cell


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


def run_dir(study: str, model: str, train: str, seed: int) -> Path:
    """Return the folder of one run."""
    return paths.results_dir() / study / model / train / f"seed{seed}"


def table_path(folder: Path, test: str, view: str) -> Path:
    """Return where a run's folder has the predictions of a test set, or of VALIDATION,
    in a view."""
    return folder / "predictions" / test / f"{view}.parquet"


def write_record(record: RunRecord) -> Path:
    """Write `run.json`: the run is complete from now on; an earlier mark of failure goes."""
    path = record.folder / "run.json"
    write_json(path, record.model_dump(mode="json"))
    (record.folder / "failed.json").unlink(missing_ok=True)
    return path


def read_record(folder: Path) -> RunRecord:
    """Read the `run.json` of a finished run; as long as it is not written anew, once a process."""
    path = (folder / "run.json").absolute()
    try:
        facts = path.stat()
    except OSError:
        return _read(path, 0, 0)  # which says what is wrong
    return _read(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=4096)
def _read(path: Path, changed: int, size: int) -> RunRecord:
    folder, content = path.parent, read_json(path)
    if is_of_old_layout(content):
        raise FerError(
            f"{path} was written before test images had views; bring its study up to date: "
            f"python -m fer_core.migrate {folder.parents[2].name}"
        )
    try:
        record = RunRecord.model_validate(content)
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
