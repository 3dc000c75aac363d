"""No silent holes: a study's table shows every planned cell, with its numbers or
with why it has none.
"""

from collections.abc import Iterable
from itertools import product

import pandas as pd

from fer_core.errors import FerError
from fer_core.runs import RunStatus
from fer_core.study import Study

CELL = ["model", "train", "test", "view"]
HOLES = ("not run", "running", "failed")
NUMBERS = ["n", "accuracy", "accuracy_lo", "accuracy_hi", "macro_f1", "macro_f1_lo", "macro_f1_hi"]


def fill_holes(study: Study, table: pd.DataFrame, statuses: Iterable[RunStatus]) -> pd.DataFrame:
    """Return the cross table in the study's order with a row for every planned cell, in every view.

    Adds `planned` (seeds planned) and `message`. `state` is "done"; "partial" when some seeds are
    missing (message: which); or the state of the runs when none is done: "failed" before
    "running" before "not run".
    """
    by_run = {(s.model, s.train, s.seed): s for s in statuses}
    planned = []
    for (model, train), seeds in _planned(study).items():
        missing = [
            s for seed in seeds if (s := by_run.get((model, train, seed))) and s.state != "done"
        ]
        message = "; ".join(
            f"seed {s.seed} {s.state}" + (f": {s.message}" if s.message else "") for s in missing
        )
        state = max((s.state for s in missing), key=HOLES.index, default="not run")
        for test, view in product(study.test, study.views_for(model)):
            planned.append((model, train, test, view, len(seeds), state, message))
    plan = pd.DataFrame(planned, columns=[*CELL, "planned", "hole", "message"])
    full = plan.merge(table, on=CELL, how="left")
    some = full["state"].notna()
    full.loc[~some, "state"] = full.loc[~some, "hole"]
    full.loc[some & (full["seeds"] < full["planned"]), "state"] = "partial"
    last = ["planned", "message"]
    return full[[*table.columns, *last]]


def verify_dense(study: Study, table: pd.DataFrame) -> None:
    """Raise FerError when a planned cell is absent, twice there, or blank without saying so."""
    plan = _planned(study)
    expected = {
        (model, train, test, view)
        for model, train in plan
        for test, view in product(study.test, study.views_for(model))
    }
    rows = table.set_index(CELL)
    if rows.index.has_duplicates:
        raise FerError(
            f"the table has the cell {_name(rows.index[rows.index.duplicated()][0])} twice"
        )
    absent = [_name(cell) for cell in sorted(expected - set(rows.index))]
    blank = []
    for row in table.to_dict("records"):
        cell = tuple(row[axis] for axis in CELL)
        numbers = [pd.notna(row[name]) for name in NUMBERS]
        wrong_seeds = row["state"] == "done" and row["seeds"] != len(plan.get(cell[:2], []))
        if row["state"] in HOLES:
            continue
        if row["state"] not in ("done", "partial") or not all(numbers) or wrong_seeds:
            blank.append(_name(cell))
    if absent or blank:
        raise FerError(
            f"the table of {study.name} has holes: {_few(absent + blank)}; "
            "run these cells, or show them as “not run” or “failed” with fill_holes"
        )


def _planned(study: Study) -> dict[tuple[str, str], list[int]]:
    plan: dict[tuple[str, str], list[int]] = {}
    for model, train, seed in study.cells():
        plan.setdefault((model, train), []).append(seed)
    return plan


def _name(cell: tuple[str, ...]) -> str:
    return " × ".join(map(str, cell))


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
