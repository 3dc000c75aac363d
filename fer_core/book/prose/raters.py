"""The raters of a study as a chapter shows them: who they are, their scores, models beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.book.prose.markdown import listed, plain
from fer_core.book.prose.words import counted
from fer_core.figures.tables import display_table
from fer_core.raters import RaterRecord
from fer_core.study import Study

MEANING = (
    "The labels of a test set were given by somebody too. A model that agrees with them more often "
    "than people do has learned how these labels were given; that does not show that it sees more "
    "than people."
)


def about_raters(raters: Sequence[RaterRecord]) -> str:
    """Say what comparing with raters means, and where each one's answers, or a panel's, are
    from."""
    notes = {rater.panel or rater.name: _note(rater) for rater in raters}
    lines = [f"- **{plain(name)}**: {plain(note)}" for name, note in notes.items() if note]
    names: dict[tuple[str, str], list[str]] = {}
    for rater in raters:
        names.setdefault((rater.source, rater.licence), []).append(rater.panel or rater.name)
    for (source, licence), theirs in names.items():
        who = listed(dict.fromkeys(theirs))
        lines.append(f"- Source of {who}: {plain(source)}; licence: {plain(licence)}")
    return "\n".join((MEANING, "", *lines))


def rated(table: pd.DataFrame) -> str:
    """Say how often the raters of a table of `rater_table` agree with the labels, by test set."""
    if table.empty:
        return "No rater has answered a test set of this study."
    told = []
    for test, rows in table.groupby("test", sort=False):
        low, high = rows["accuracy_least"].min(), rows["accuracy_most"].max()
        span = f"{low:.3f}" if low == high else f"{low:.3f} to {high:.3f}"
        who = counted(int(rows["raters"].sum()), "rater")
        told.append(f"{plain(str(test))}: {who}, accuracy {span}")
    return f"On the images that each of them answered, {'; '.join(told)}."


def about_expected(study: Study, left: Sequence[tuple[str, str]]) -> str:
    """Say how many of the answers that a study expects of raters are missing; "" where none is."""
    if not left:
        return ""
    every = sum(len(rater.test or study.test) for rater in study.raters.values())
    return (
        f"Missing: {len(left)} of the {every} answers that this study expects, one of each rater "
        f"to each test set; `fer studies check {study.name}` says how they get in."
    )


def shown_raters(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `fer_core.analysis.raters.rater_table` as text: a line per rater or panel,
    of a panel with the least and the most accurate."""
    shown = display_table(table, ["test", "rater", "trained_on", "drawn", "accuracy", "macro_f1"])
    rows: list[Mapping[Any, Any]] = [*table.to_dict("records")]
    shown.insert(2, "raters", [f"{row['raters']}" for row in rows])
    shown.insert(4, "images", [f"{_span(row)} of {row['of']:,}" for row in rows])
    spans = [f"{row['accuracy_least']:.3f} to {row['accuracy_most']:.3f}" for row in rows]
    of_many = [span if row["raters"] > 1 else "" for span, row in zip(spans, rows, strict=True)]
    return shown.assign(**{"accuracy, least to most": of_many})


def shown_differences(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `fer_core.analysis.raters.rater_differences` as text."""
    names = ["rater", "train", "model", "difference_accuracy", "difference_macro_f1"]
    shown = display_table(table, [*names, "test", "seeds", "drawn"])
    shown.insert(len(names), "images", [_span(row) for row in table.to_dict("records")])
    return shown


def _note(rater: RaterRecord) -> str:
    """Say what a rater is; the title of one of a panel says less than the note of all."""
    titled = not rater.panel and rater.title != rater.name
    return ". ".join(filter(None, (rater.title if titled else "", rater.note)))


def _span(row: Mapping[Any, Any]) -> str:
    """Return the fewest and the most images as text."""
    few, many = f"{row['n']:,}", f"{row['n_most']:,}"
    return few if few == many else f"{few} to {many}"
