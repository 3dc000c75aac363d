"""Which model travels: what a leaderboard says of each trained model, with what it costs."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.analysis.cross import cross_table
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import AVERAGED, Shared
from fer_core.analysis.leaderboard import RANKED_BY
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.verify_dense import fill_holes, verify_dense
from fer_core.runs import RunStatus
from fer_core.study import Study


def every_cell(
    study: Study, found: Mapping[Key, Outcome], statuses: Sequence[RunStatus], shared: Shared
) -> pd.DataFrame:
    """Return the cross table with every planned cell, also those that have no numbers and why."""
    cells = fill_holes(study, cross_table(found, shared), statuses)
    verify_dense(study, cells)
    return cells


def travel_table(
    board: pd.DataFrame, cross: pd.DataFrame, statuses: Sequence[RunStatus], by: str = RANKED_BY
) -> pd.DataFrame:
    """Return the rows of a leaderboard, all in one view, with what the model costs.

    Adds place ("2", "2 tied": the rank, and whether it is not told apart from the first), beating
    ("3 of 4": in how many of its cross-dataset cells of `cross`, a cross table in the same view,
    the score `by` is shown to beat the constant answer), images_per_second (of training, mean over
    runs) and parameters.
    """
    told = []
    for row in board.to_dict("records"):
        mine = (cross["model"] == row["model"]) & (cross["train"] == row["train"])
        elsewhere = cross[mine & cross["kind"].isin(AVERAGED)]
        beating = int((elsewhere[f"above_constant_{by}_lo"] > 0).sum())
        cell = (row["model"], row["train"])
        records = [s.record for s in statuses if s.record and (s.model, s.train) == cell]
        speeds = [record.images_per_second for record in records]
        told.append(
            {
                "place": _place(row),
                "beating": f"{beating} of {len(elsewhere)}" if len(elsewhere) else "",
                "images_per_second": round(sum(speeds) / len(speeds)) if speeds else pd.NA,
                "parameters": records[0].parameters if records else pd.NA,
            }
        )
    more = pd.DataFrame(told, index=board.index)
    return board.assign(**{str(name): more[name] for name in more})


def _place(row: Mapping[Hashable, Any]) -> str:
    tied = not pd.isna(row["tied"]) and bool(row["tied"])
    return f"{row['rank']}{' tied' if tied else ''}"
