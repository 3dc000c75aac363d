"""The train × test matrix of every model as one table, a row per model and training set."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from fer_core.analysis.leaks import Leaks
from fer_core.book.prose.markdown import Linked, plain
from fer_core.book.prose.titles import Titles
from fer_core.emotions import classes_of
from fer_core.figures.columns import heading
from fer_core.figures.marks import NO_BETTER, mark, no_better
from fer_core.figures.tables import NONE, SHOWN, interval_text

SHADES = 10


def matrix_table(
    cross: pd.DataFrame,
    metric: str,
    leaks: Leaks,
    pages: Mapping[tuple[str, str], str],
    titles: Titles,
) -> pd.DataFrame:
    """Return a cross table in one view as a matrix: a row per model and training set, a column per
    test set, each score with its interval, its marks, a shade and the page of its run.

    In-domain cells are framed; a cell without numbers shows its state.
    """
    tests = list(dict.fromkeys(cross["test"]))
    rows = []
    for (model, train), part in cross.groupby(["model", "train"], sort=False):
        cells = {row["test"]: row for row in part.to_dict("records")}
        row: dict[str, object] = {heading("model"): titles.model(str(model))}
        row[heading("train")] = titles.dataset(str(train))
        page = pages.get((str(model), str(train)), "")
        for test in tests:
            row[titles.dataset(test)] = _cell(cells.get(test), metric, leaks, page)
        rows.append(row)
    return pd.DataFrame(rows)


def about_tests(cross: pd.DataFrame, titles: Titles) -> str:
    """Say how many images each test set has, and which have fewer emotions, as a sentence to end a
    caption with."""
    known = cross.dropna(subset=["n", "classes"])
    whole = len(classes_of(sorted({name for text in known["classes"] for name in text.split()})))
    parts = []
    for test, part in known.groupby("test", sort=False):
        emotions = len(part["classes"].iloc[0].split())
        told = f", {emotions} of {whole} emotions" if emotions < whole else ""
        parts.append(f"{plain(titles.dataset(str(test)))} {int(part['n'].max()):,}{told}")
    return f"Test images: {'; '.join(parts)}."


def _cell(row: Mapping[Hashable, Any] | None, metric: str, leaks: Leaks, page: str) -> Linked:
    if row is None:
        return Linked(NONE)
    if row["state"] not in SHOWN:
        return Linked(str(row["state"]))
    value, lo, hi = (row[f"{metric}{end}"] for end in ("", "_lo", "_hi"))
    text = interval_text(value, lo, hi)
    text += mark(leaks, [(row["train"], row["test"])])
    text += f" {NO_BETTER}" if no_better(row, metric) else ""
    framed = row["train"] == row["test"]
    return Linked(text, page, min(int(value * SHADES), SHADES), framed)
