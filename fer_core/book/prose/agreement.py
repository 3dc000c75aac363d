"""What a page says of the agreement of raters."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from fer_core.analysis.agreement import words_of
from fer_core.analysis.agreement_tables import NETS, TRAINED_ON
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.titles import Titles
from fer_core.book.prose.words import counted, estimate_text
from fer_core.emotions import EIGHT
from fer_core.figures.style import percent
from fer_core.figures.tables import ESTIMATE, display_table, interval_text

Name = Callable[[str], str]
Row = Mapping[Hashable, Any]
NOBODY = "No two raters of one kind have answered the same test set."
SHOWN = ("alpha", "given_label", "observed", "fleiss")
EXTREMES = 2  # pairs that agree most and least, of each test set


def panel_title(panel: str, dataset: Name = str) -> str:
    """Return how people write a panel of `agreement_tables.panels`."""
    if panel.startswith(f"{TRAINED_ON} "):
        return f"{TRAINED_ON} {dataset(panel.removeprefix(f'{TRAINED_ON} '))}"
    return panel


def titled(table: pd.DataFrame, titles: Titles) -> pd.DataFrame:
    """Return a table of panels with the names that people write."""
    if table.empty:
        return table
    names = [panel_title(panel, titles.dataset) for panel in table["panel"]]
    return titles.frame(table).assign(panel=names)


def about_agreement(
    table: pd.DataFrame, apart: pd.DataFrame, lineage: pd.DataFrame, people: pd.DataFrame
) -> str:
    """Answer whether raters agree. Tables of `fer_core.analysis.agreement_tables` with titles."""
    parts = []
    lines = []
    whole = table[~table["panel"].str.startswith(f"{TRAINED_ON} ")] if len(table) else table
    for test, rows in whole.groupby("test", sort=False) if len(whole) else ():
        told = [
            f"{counted(row['raters'], 'rater')} ({plain(row['panel'])}) {_alpha(row)}"
            for row in rows.to_dict("records")
        ]
        lines.append(f"- {plain(test)}: {'; '.join(told)}")
    if lines:
        parts = ["Krippendorff's alpha, where 1 is full agreement and 0 is chance:"]
        parts.append("\n".join(lines))
    said = (about_apart(apart), about_lineage(lineage), about_people(people))
    return "\n\n".join((*parts, *filter(None, said))) or NOBODY


def heading_of(table: pd.DataFrame, apart: pd.DataFrame) -> str:
    """State on how many test sets trained nets agree less than people, or how far nets do."""
    nets = apart[apart["panel"] == NETS].dropna() if len(apart) else apart
    if len(nets):
        signs, sets = _signs(nets), counted(len(nets), "test set")
        if not any(signs.values()):
            return f"Whether nets agree less than people is undecided on {sets}"
        told = [f"{word} on {count}" for word, count in signs.items() if count]
        told[0] = told[0].replace(" on", " than people on")
        left = len(nets) - sum(signs.values())
        told += [f"undecided on {left}"] if left else []
        return f"Nets agree {', '.join(told)} of {sets}"
    mine = table.loc[table["panel"] == NETS, "alpha"].dropna() if len(table) else pd.Series()
    if mine.empty:
        return "How far they agree"
    low, high = f"{mine.min():.3f}", f"{mine.max():.3f}"
    span = low if low == high else f"{low} to {high}"
    return f"Alpha of trained nets is {span} on {counted(len(mine), 'test set')}"


def about_apart(apart: pd.DataFrame) -> str:
    """Say how alpha of nets compares with that of people on the images that both answered."""
    told = [
        f"{plain(row['panel'])} {estimate_text(row, 'difference')} on {plain(row['test'])}"
        for row in (apart.dropna().to_dict("records") if len(apart) else ())
    ]
    return f"Alpha minus that of people: {'; '.join(told)}." if told else ""


def about_lineage(lineage: pd.DataFrame) -> str:
    """Say what a common training set adds to agreement."""
    known = lineage.dropna() if len(lineage) else lineage
    if known.empty:
        return ""
    told, sets = _signs(known), counted(len(known), "test set")
    least, most = known["difference"].min(), known["difference"].max()
    text = (
        f"Nets that were trained on one set agree more than nets that were not on {told['more']} "
        f"of {sets}, less on {told['less']} (difference of the mean kappa {least:+.3f} to "
        f"{most:+.3f})."
    )
    why = " What they have learned in common is no evidence that they are right."
    return text + (why if told["more"] else "")


def about_people(people: pd.DataFrame) -> str:
    """Say how many nets could stand in an annotator's place, by test set and panel."""
    told = []
    known = people.dropna() if len(people) else people
    for (test, panel), rows in known.groupby(["test", "panel"], sort=False) if len(known) else ():
        signs = _signs(rows)
        told.append(
            f"In the place of one of {plain(panel)} on {plain(test)}, {signs['more']} of "
            f"{counted(len(rows), 'trained net')} name what the others name more often, "
            f"{signs['less']} less often."
        )
    return " ".join(told)


def about_misreadings(table: pd.DataFrame) -> str:
    """Say with the numbers of a real panel what alpha is not."""
    rows = table[(table["panel"] == NETS) & (table["alpha"] >= 0)] if len(table) else table
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
    shown = display_table(table, ["panel", "test", *measures, "raters", "n", "drawn"])
    ends = zip(table["alpha_lo"], table["alpha_hi"], strict=True)
    shown.insert(3, "in words", [words_of(lo, hi) for lo, hi in ends])
    return shown


def shown_emotions(table: pd.DataFrame) -> pd.DataFrame:
    """Return the agreement about each emotion as shown."""
    shown = display_table(table, ["panel", "test"])
    for emotion in (name for name in EIGHT if table[name].notna().any()):
        told = zip(*(table[f"{emotion}{end}"] for end in ("", "_lo", "_hi")), strict=True)
        shown[f"{emotion} {ESTIMATE}"] = [interval_text(value, lo, hi, 2) for value, lo, hi in told]
    return shown


def shown_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of each test set that agree most and least as shown."""
    ordered = pairs.dropna().sort_values("kappa", ascending=False, kind="stable")
    if ordered.empty:
        return ordered
    ends = [
        pd.concat([rows.head(EXTREMES), rows.tail(EXTREMES)]).drop_duplicates()
        for _, rows in ordered.groupby("test")
    ]
    chosen = pd.concat(ends)
    shown = display_table(chosen, ["kappa", "test", "n", "drawn"])
    shown.insert(0, "net, trained on", chosen["model"] + " (" + chosen["train"] + ")")
    shown.insert(1, "and", chosen["other"] + " (" + chosen["other_train"] + ")")
    return shown


def _signs(rows: pd.DataFrame) -> dict[str, int]:
    """Count the rows whose whole interval of the difference lies below and above zero."""
    more, less = (rows["difference_lo"] > 0).sum(), (rows["difference_hi"] < 0).sum()
    return {"less": int(less), "more": int(more)}


def _alpha(row: Row) -> str:
    words = words_of(row["alpha_lo"], row["alpha_hi"])
    return estimate_text(row, "alpha") + (f" ({words})" if words else "")
