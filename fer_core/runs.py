"""The runs of a study: which are done, which are not, and what they predicted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import pandas as pd

from fer_core import paths
from fer_core.errors import FerError
from fer_core.files import read_json, sha256_file
from fer_core.predictions import TEST, VALIDATION, read_predictions
from fer_core.records import RunRecord, read_record, run_dir, table_path
from fer_core.study import Cell, Study, list_studies, load_study
from fer_core.views import CLEAN

T = TypeVar("T")
Read = Callable[[Path, str], T]


class RunStatus(NamedTuple):
    """How far one cell of a study is."""

    model: str
    train: str
    seed: int
    state: Literal["done", "failed", "running", "not run"]
    message: str
    record: RunRecord | None


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
            found += [f"{run}: predictions of {what}" for what in _strays(study, record)]
    return found


def missing_views(
    study: Study, model: str, tests: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return the views of a study's test sets that a finished run of a model has not predicted,
    where there are any; `tests` is that of its record."""
    lacking = {
        test: [
            view
            for view in study.views_for(model)
            if view not in tests.get(test, {}).get("views", {})
        ]
        for test in study.test
    }
    return {test: some for test, some in lacking.items() if some}


def all_runs(study: str) -> list[RunRecord]:
    """Return every finished run among the results of a study, with every test set that it has."""
    folders = (path.parent for path in (paths.results_dir() / study).glob("*/*/seed*/run.json"))
    records = [read_record(folder) for folder in folders]
    return sorted(records, key=lambda record: (record.train, record.model, record.seed))


def _of(study: Study, record: RunRecord) -> dict[str, dict[str, Any]]:
    """Return the facts about the study's own test sets and views."""
    views = study.views_for(record.model)
    return {
        test: {**facts, "views": {v: of for v, of in facts.get("views", {}).items() if v in views}}
        for test, facts in record.tests.items()
        if test in study.test
    }


def _strays(study: Study, record: RunRecord) -> list[str]:
    views, found = study.views_for(record.model), []
    for test, facts in record.tests.items():
        if test not in study.test:
            found.append(test)
            continue
        found += [f"{test}, view {view}" for view in facts.get("views", {}) if view not in views]
    return found


def studies_with_results() -> list[str]:
    """Return the names of the studies that have at least one finished run, and of those that train
    nothing and have the answers of at least one rater."""
    found = {path.parents[3].name for path in paths.results_dir().glob("*/*/*/seed*/run.json")}
    rated = {path.parents[2].name for path in paths.results_dir().glob("*/raters/*/rater.json")}
    rated -= found
    return sorted(found | {n for n in rated.intersection(list_studies()) if not trains(n)})


def trains(study: str) -> bool:
    """Say whether a study in `studies/` plans any run."""
    return bool(load_study(study).models)


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
    """Return the state of every cell of a study, in the order of its file;
    records as those of `find_runs`."""
    found = [status_of(study.name, cell) for cell in study.cells()]
    return [
        status._replace(record=r.model_copy(update={"tests": _of(study, r)}))
        if (r := status.record)
        else status
        for status in found
    ]


def read_run(record: RunRecord, view: str = CLEAN) -> dict[str, pd.DataFrame]:
    """Return a run's prediction tables in one view, by test set; without the test sets that it has
    not predicted in that view.

    A table that is not the one that the record hashed is a FerError, and so is one without a hash.
    """
    return dict(_tested(record, view, _as_table))


def _tested(record: RunRecord, view: str, read: Read[T]) -> Iterator[tuple[str, T]]:
    for test, facts in record.tests.items():
        if view in facts.get("views", {}) or view == CLEAN:
            yield test, _read_table(record, test, test, view, facts, read)


def read_validation(record: RunRecord, view: str = CLEAN) -> pd.DataFrame:
    """Return a run's predictions of its validation images, by which its epoch was chosen; another
    table than the one that the record hashed is a FerError."""
    return _read_table(record, VALIDATION, record.train, view, record.selection, _as_table)


def _as_table(path: Path, dataset: str) -> pd.DataFrame:
    return read_predictions(path)


def _read_table(
    record: RunRecord, part: str, dataset: str, view: str, facts: dict[str, Any], read: Read[T]
) -> T:
    path = table_path(record.folder, part, view)
    table = read(path, dataset)
    digest = facts.get("views", {}).get(view, {}).get("sha256")
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


def collect(study: Study | str, views: Sequence[str] = (CLEAN,), part: str = TEST) -> pd.DataFrame:
    """Return every prediction of every finished run of a study, as in `find_runs`,
    as one long table.

    Columns: model, train, seed, test, view, part, sample_id, emotion, p_angry … p_surprise, and
    p_contempt (NaN for nets without it) where a net has eight outputs. `part`: TEST, or VALIDATION
    for the validation part of the training sets, whose `test` is their `train`. `views`: of those
    that the runs have.
    """
    parts = [table for record in find_runs(study) for table in long_tables(record, views, part)]
    if not parts:
        raise nothing_predicted(study if isinstance(study, str) else study.name, views)
    return pd.concat(parts, ignore_index=True)


def nothing_predicted(study: str, views: Sequence[str] = (CLEAN,)) -> FerError:
    """Return the error of a study of which no run has predicted anything in these views."""
    told = "" if CLEAN in views else f" in the view {' or '.join(views)}"
    return FerError(f"the study {study!r} has no finished run{told}; see `fer status {study}`")


def long_tables(
    record: RunRecord, views: Sequence[str] = (CLEAN,), part: str = TEST
) -> list[pd.DataFrame]:
    """Return what one run predicted, a table with the columns of `collect` for each test set and
    view."""
    return [
        pd.DataFrame({**keys, **table}, index=table.index)
        for keys, table in keyed_tables(record, views, part)
    ]


def keyed_tables(
    record: RunRecord, views: Sequence[str] = (CLEAN,), part: str = TEST
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield what one run predicted, table by table, each with what the first columns of `collect`
    say of all its rows."""
    return keyed(record, views, part, _as_table)


def keyed(
    record: RunRecord, views: Sequence[str], part: str, read: Read[T]
) -> Iterator[tuple[dict[str, Any], T]]:
    """Yield those of `keyed_tables` as `read` gives them: a function of a file and of the data set
    whose images it is about."""
    of_cell, train = record.cell._asdict(), record.train
    for view in views:
        tables: Iterable[tuple[str, T]] = ()
        if part == TEST:
            tables = _tested(record, view, read)
        elif view == CLEAN or view in record.selection.get("views", {}):
            tables = ((train, _read_table(record, part, train, view, record.selection, read)),)
        for test, table in tables:
            yield {**of_cell, "test": test, "view": view, "part": part}, table
