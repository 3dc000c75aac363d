"""The scores of single runs, made of their own predictions: the others of the study are not read.

Draws depend on the test images alone, so a score is the same to the last digit as in the table of
the whole study where that has one seed.
"""

from collections.abc import Sequence

import pandas as pd

from fer_core.analysis.audit import read_shared
from fer_core.analysis.cross import cross_table
from fer_core.analysis.outcomes import outcomes
from fer_core.errors import FerError
from fer_core.persons import with_persons
from fer_core.records import RunRecord
from fer_core.runs import find_runs, long_tables
from fer_core.study import Cell, Study

BLOCK = 24  # runs that are scored together, on the same draws: 200 MB


def scores_of(study: Study, cells: Sequence[Cell]) -> pd.DataFrame:
    """Return the rows of `cross_table` for the finished ones of these runs, alone: a row is the
    mean of those of its seeds that are named. FerError where none is finished."""
    chosen = {(cell.model, cell.seed) for cell in cells}  # all training sets: for the drops
    records = [r for r in find_runs(study) if (r.model, r.seed) in chosen]
    pairs = {(cell.model, cell.train) for cell in cells if cell in {r.cell for r in records}}
    if not pairs:
        raise FerError(f"none of these runs is finished; see `fer status {study.name}`")
    table = _score(study, [table for record in records for table in _tables(study, record)])
    mine = [pair in pairs for pair in zip(table["model"], table["train"], strict=True)]
    return table[mine].reset_index(drop=True)


def run_scores(study: Study, records: Sequence[RunRecord]) -> dict[Cell, pd.DataFrame | FerError]:
    """Return for each finished run its rows of `cross_table` without the drops, which compare runs;
    or what is wrong with its predictions.

    `records`: as `fer_core.runs.run_status` gives them. Time and memory: those of one run, times
    the number of runs; what is held at a time is that of BLOCK runs.
    """
    found: dict[Cell, pd.DataFrame | FerError] = {}
    for seed in dict.fromkeys(record.seed for record in records):
        mine = [record for record in records if record.seed == seed]
        for start in range(0, len(mine), BLOCK):
            found |= _block(study, mine[start : start + BLOCK])
    return found


def _block(study: Study, records: Sequence[RunRecord]) -> dict[Cell, pd.DataFrame | FerError]:
    """Score runs of one seed."""
    found: dict[Cell, pd.DataFrame | FerError] = {}
    tables: list[pd.DataFrame] = []
    for record in records:
        try:
            tables += _tables(study, record)
        except FerError as error:
            found[record.cell] = error
    read = [record.cell for record in records if record.cell not in found]
    if not read:
        return found
    try:
        table = _score(study, tables)
    except FerError as error:  # one of them was tested on other images
        return found | dict.fromkeys(read, error)
    table = table[[column for column in table.columns if "_drop_" not in column]]
    for cell in read:
        rows = (table["model"] == cell.model) & (table["train"] == cell.train)
        found[cell] = table[rows].reset_index(drop=True)
    return found


def _tables(study: Study, record: RunRecord) -> list[pd.DataFrame]:
    tables = long_tables(record, study.views_for(record.model))
    if not tables:
        raise FerError(
            f"{record.folder} has predicted no test set of the study; "
            f"run: fer studies predict {study.name}"
        )
    return tables


def _score(study: Study, tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    predictions = with_persons(pd.concat(tables, ignore_index=True), study.name)
    return cross_table(outcomes(predictions), read_shared(study.name))
