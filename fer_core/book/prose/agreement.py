"""What a page says of the agreement of raters."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from fer_core.analysis.agreement import word_of
from fer_core.analysis.agreement_tables import EXTERNAL, NETS, TRAINED_ON
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.words import counted, estimate_text
from fer_core.emotions import EIGHT
from fer_core.figures.columns import heading
from fer_core.figures.style import percent
from fer_core.figures.tables import ESTIMATE, display_table, interval_text

Name = Callable[[str], str]
Row = Mapping[Hashable, Any]
NOBODY = "No test set was answered by two raters."
SHOWN = ("alpha", "given_label", "observed", "fleiss")
EXTREMES = 2  # pairs that agree most and least, of each test set


def panel_title(panel: str, dataset: Name = str) -> str:
    """Return how people write a panel of `agreement_tables.panels`."""
    if panel.startswith(f"{TRAINED_ON} "):
        return f"{TRAINED_ON} {dataset(panel.removeprefix(f'{TRAINED_ON} '))}"
    return panel


def about_agreement(table: pd.DataFrame, lineage: pd.DataFrame, people: pd.DataFrame) -> str:
    """Answer whether raters agree. Tables of `fer_core.analysis.agreement_tables` with titles."""
    if table.empty:
        return NOBODY
    lines = []
    for test, rows in table[~_of_one_set(table)].groupby("test", sort=False):
        told = [
            f"{counted(row['raters'], 'rater')} ({plain(row['panel'])}) {_alpha(row)}"
            for row in rows.to_dict("records")
        ]
        lines.append(f"- {plain(test)}: {'; '.join(told)}")
    parts = ["Krippendorff's alpha, where 1 is full agreement and 0 is chance:", "\n".join(lines)]
    alone = table.loc[_of_one_set(table), "alpha"].dropna()
    if len(alone):
        parts.append(
            f"Of nets that were trained on one set it is {alone.min():.3f} to {alone.max():.3f}."
        )
    return "\n\n".join((*parts, *filter(None, (about_lineage(lineage), about_people(people)))))


def heading_of(table: pd.DataFrame) -> str:
    """State on how many test sets trained nets agree less than annotators, or how far nets do."""
    if table.empty:
        return "How far they agree"
    told = []
    for _, rows in table.groupby("test", sort=False):
        nets, others = rows[rows["panel"] == NETS], rows[_of_people(rows)]
        if len(nets) and len(others):
            apart = (nets["alpha_hi"].iloc[0] < others["alpha_lo"]).all()
            told.append(bool(apart))
    if told:
        sets = counted(len(told), "test set")
        return f"All trained nets together agree less than people on {sum(told)} of {sets}"
    words = [word_of(value) for value in table.loc[table["panel"] == NETS, "alpha"]]
    named = [f"{word} on {words.count(word)}" for word in dict.fromkeys(filter(None, words))]
    return f"The agreement of trained nets: {', '.join(named)}" if named else "How far they agree"


def about_lineage(lineage: pd.DataFrame) -> str:
    """Say what a common training set adds to agreement."""
    if lineage.empty:
        return ""
    more = int((lineage["difference_lo"] > 0).sum())
    least, most = lineage["difference"].min(), lineage["difference"].max()
    return (
        f"Nets that were trained on one set agree more than nets that were not on {more} of "
        f"{counted(len(lineage), 'test set')} (mean Cohen's kappa {least:+.3f} to {most:+.3f}): "
        "that is what they have learned in common, and no evidence that they are right."
    )


def about_people(people: pd.DataFrame) -> str:
    """Say how many nets could stand in an annotator's place."""
    if people.empty:
        return ""
    more, less = (people["difference_lo"] > 0).sum(), (people["difference_hi"] < 0).sum()
    return (
        f"In an annotator's place, {more} of {counted(len(people), 'trained net')} name what "
        f"annotators name more often than another annotator does, {less} less often."
    )


def about_misreadings(table: pd.DataFrame) -> str:
    """Say with the numbers of a real panel what kappa is not."""
    rows = table[(table["panel"] == NETS) & table["alpha"].notna()] if len(table) else table
    if rows.empty:
        return ""
    row = rows.iloc[0]
    return (
        f"On {plain(row['test'])}, two nets give the same answer to {percent(row['observed'])}"
        f" of images, and alpha is {row['alpha']:.3f}. So alpha is no percentage: it does not say "
        f"that nets disagree on {percent(1 - row['alpha'])} of images, nor that they guess. "
        "Words such as *fair* are a convention, and where one ends and the next begins is too."
    )


def shown_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of panels as shown."""
    measures = [name for name in SHOWN if table[name].notna().any()]
    shown = display_table(table, ["test", "panel", *measures, "raters", "n"])
    shown.insert(3, "in words", [word_of(value) for value in table["alpha"]])
    return shown


def shown_emotions(table: pd.DataFrame) -> pd.DataFrame:
    """Return the agreement about each emotion as shown."""
    shown = display_table(table, ["test", "panel"])
    for emotion in (name for name in EIGHT if table[name].notna().any()):
        told = zip(*(table[f"{emotion}{end}"] for end in ("", "_lo", "_hi")), strict=True)
        shown[f"{emotion} {ESTIMATE}"] = [interval_text(value, lo, hi, 2) for value, lo, hi in told]
    return shown


def shown_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of each test set that agree most and least as shown."""
    ordered = pairs.sort_values("kappa", ascending=False, kind="stable")
    ends = [
        pd.concat([rows.head(EXTREMES), rows.tail(EXTREMES)]).drop_duplicates()
        for _, rows in ordered.groupby("test")
    ]
    columns = ["model", "train", "other", "other_train", "kappa", "test", "n"]
    shown = display_table(pd.concat(ends), columns)
    # here "other" is nobody's minus
    return shown.rename(columns={heading("other"): "and", heading("other_train"): "trained  on"})


def _alpha(row: Row) -> str:
    word = word_of(row["alpha"])
    return estimate_text(row, "alpha") + (f" ({word})" if word else "")


def _of_one_set(table: pd.DataFrame) -> pd.Series:
    return table["panel"].str.startswith(f"{TRAINED_ON} ")


def _of_people(table: pd.DataFrame) -> pd.Series:
    return ~_of_one_set(table) & ~table["panel"].isin([NETS, EXTERNAL])
