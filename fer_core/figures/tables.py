"""Tables as a reader sees them."""

from collections.abc import Sequence

import pandas as pd

from fer_core.emotions import classes_of
from fer_core.errors import unknown
from fer_core.figures.columns import heading

ESTIMATE = "[95 %]"  # how the heading of a score with its interval ends
MARKING = "above_constant_"
NONE = "–"
SHOWN = ("done", "partial")


def interval_text(value: float, lo: float, hi: float, digits: int = 3) -> str:
    """Print a number and its 95 % interval: `0.621 [0.605, 0.637]`; a missing number is a dash."""
    if pd.isna(value):
        return NONE
    if pd.isna(lo) or pd.isna(hi):
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} [{lo:.{digits}f}, {hi:.{digits}f}]"


def classes_text(classes: str) -> str:
    """Print which emotions a test set has: `7 of 7`, or `2 of 7: happy, neutral`; with contempt,
    `8 of 8`."""
    names = str(classes).split()
    whole = len(classes_of(names))
    told = f"{len(names)} of {whole}"
    return told if len(names) == whole else f"{told}: {', '.join(names)}"


def seeds_text(seeds: int) -> str:
    """Print a number of seeds; a single one is marked: its interval knows test images only."""
    return f"{seeds:,.0f} (single)" if seeds == 1 else f"{seeds:,.0f}"


def display_table(
    table: pd.DataFrame, columns: Sequence[str] | None = None, digits: int = 3
) -> pd.DataFrame:
    """Return the table as text, headed by `fer_core.figures.columns`; `columns` chooses and orders;
    by default all but those that only decide about marks.

    x with x_lo and x_hi becomes one column `x [95 %]`. In a row whose `state` is a hole ("not
    run", "running", "failed"), estimates show that state. Nothing here is escaped.
    """
    folded = {c for x in table.columns for c in (f"{x}_lo", f"{x}_hi") if f"{x}_lo" in table}
    folded |= {c for c in table.columns if c.startswith(MARKING)}
    chosen = [c for c in table.columns if c not in folded] if columns is None else list(columns)
    shown = {}
    for column in chosen:
        if column not in table:
            raise unknown("column", column, table.columns)
        interval = f"{column}_lo" in table and f"{column}_hi" in table
        if interval:
            shown[f"{heading(column)} {ESTIMATE}"] = _estimates(table, column, digits)
        else:
            shown[heading(column)] = [_cell(column, value, digits) for value in table[column]]
    return pd.DataFrame(shown, index=table.index)


def _estimates(table: pd.DataFrame, column: str, digits: int) -> list[str]:
    states = table["state"] if "state" in table else ["done"] * len(table)
    columns = (table[column], table[f"{column}_lo"], table[f"{column}_hi"], states)
    return [
        interval_text(value, lo, hi, digits) if state in SHOWN else str(state)
        for value, lo, hi, state in zip(*columns, strict=True)
    ]


def _cell(column: str, value: object, digits: int) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return NONE
    if column == "classes":
        return classes_text(str(value))
    if column == "seeds":
        return seeds_text(int(value))  # type: ignore[call-overload]
    if column == "parameters":
        return f"{int(value) / 1e6:.1f} M"  # type: ignore[call-overload]
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.{digits}f}"
    return f"{value:,.0f}" if isinstance(value, (int, float)) else str(value)
