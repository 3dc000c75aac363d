"""Which model travels, in sentences."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from fer_core.analysis.kinds import AVERAGED, IN_DOMAIN, OTHER, SAME, column_of
from fer_core.analysis.leaderboard import RANKED_BY
from fer_core.book.prose.markdown import listed, plain
from fer_core.book.prose.words import counted, estimate_text
from fer_core.figures.columns import METRICS
from fer_core.figures.marks import MARK, leaks_in


def finding(row: Mapping[Any, Any], by: str = RANKED_BY) -> str:
    """State in one line, as a heading, what a row of a leaderboard loses on other photographs."""
    score, lost = METRICS[by], f"loss_{by}"
    here, there = (row[f"{column_of(kind)}_{by}"] for kind in (IN_DOMAIN, OTHER))
    if pd.isna(row[lost]):
        seen = "nowhere" if pd.isna(here) else f"{here:.3f} on test images of its own training set"
        return f"No test on other photographs: {score} is {seen}"
    if row[f"{lost}_lo"] > 0:
        return f"On other photographs, {score} falls from {here:.3f} to {there:.3f}"
    if row[f"{lost}_hi"] < 0:
        return f"On other photographs, {score} rises from {here:.3f} to {there:.3f}"
    return f"On other photographs, no loss of {score} is shown: {here:.3f}, then {there:.3f}"


def about_first(row: Mapping[Any, Any], rows: int, study: str, by: str = RANKED_BY) -> str:
    """Say what the first row of a leaderboard is, and how it does in-domain and elsewhere."""
    text = (
        f"**{plain(row['model'])}**, trained on {plain(row['train'])}, is first on validation "
        "images of its training set"
    )
    text += ", not told apart from others" if str(row["tied"]) == "True" else ""
    leaky = False
    for kind in (IN_DOMAIN, OTHER):
        score = f"{column_of(kind)}_{by}"
        if not pd.isna(row[score]):
            leaking = leaks_in(row, kind)
            leaky |= leaking
            text += f"; {_where(kind, row)} {estimate_text(row, score)}{f' {MARK}' * leaking}"
    if not pd.isna(row[f"loss_{by}"]):
        text += f", which is {estimate_text(row, f'loss_{by}')} less"
    return (
        f"{text} ({METRICS[by]}, 95 % intervals, {counted(int(row['seeds']), 'seed')}). Below are "
        f"all {counted(rows, 'trained model')} of the study *{plain(study)}*."
        + f" {MARK} Training shares images or persons with this test, or was not compared with it."
        * leaky
    )


def about_travel(board: pd.DataFrame, by: str = RANKED_BY) -> str:
    """Say for each training set which model is first, which are not told apart from it, and how it
    does in each kind of test."""
    parts = []
    for row in board[board["rank"] == 1].to_dict("records"):
        text = (
            f"Trained on {plain(row['train'])}, **{plain(row['model'])}** is first on validation "
            f"images ({METRICS[by]} {estimate_text(row, f'validation_{by}')})"
        )
        others = board[(board["train"] == row["train"]) & (board["rank"] > 1)]
        tied = others[others["tied"].fillna(False)]["model"]
        unknown = others[others["tied"].isna()]["model"]
        if len(tied):
            text += f", but not told apart from {listed(tied)}"
        if len(unknown):
            text += f"; {listed(unknown)} had other validation images and cannot be compared"
        for kind in (IN_DOMAIN, *AVERAGED):
            value = f"{column_of(kind)}_{by}"
            if not pd.isna(row[value]):
                text += f"; {_where(kind, row)} {estimate_text(row, value)}"
        parts.append(f"- {text}.")
    return "\n".join(parts)


def _where(kind: str, row: Mapping[Any, Any]) -> str:
    if kind == IN_DOMAIN:
        return "in-domain it scores"
    sets = counted(int(row[f"{column_of(kind)}_cells"]), "set")
    how = {OTHER: "of other photographs", SAME: "of the same photographs"}
    return f"on {sets} {how.get(kind, f'with {kind}')}"
