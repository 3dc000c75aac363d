"""What the heat maps of a study say, in words."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.book.prose.markdown import listed, plain
from fer_core.book.prose.words import counted
from fer_core.figures.columns import heading
from fer_core.figures.tables import ESTIMATE, NONE, interval_text
from fer_core.heat_maps import EYES, MOUTH

PARTS = {MOUTH: "the mouth", EYES: "the eyes and brows"}
EVEN = 0.5  # the lower half's share of a heat map that is the same everywhere


def about_lower(table: pd.DataFrame, tests: Sequence[str], ready: Sequence[str]) -> str:
    """Say which half of the face the mean heat maps lie on, by emotion, and whether faces are
    shown. `table`: of `fer_core.analysis.heat_maps.lower_table`; `tests`: of the maps, of which
    those that are `ready` may be shown."""
    shares = table.drop(columns=["model", "train", "seed", "test"])
    if shares.empty:
        return "No run kept heat maps of images that may be shown."
    by_emotion = [
        f"{emotion} {column.median():.2f} ({column.min():.2f} to {column.max():.2f})"
        for emotion, column in shares.items()
    ]
    faces = f"Faces of {listed(ready)} are shown below." if ready else _no_faces(tests)
    return (
        f"Of {int(shares.notna().sum().sum())} mean heat maps, {int((shares > EVEN).sum().sum())} "
        "lie more on the lower half of the picture, with the mouth, than on the upper one, with "
        "the eyes and brows. The lower half's share of the heat is, in the median and from the "
        f"least to the largest of all models, {listed(by_emotion)}; an even map has {EVEN}. {faces}"
    )


def lower_finding(table: pd.DataFrame) -> str:
    """State in one line, as a heading, how many mean heat maps lie more on the lower half."""
    shares = table.drop(columns=["model", "train", "seed", "test"])
    if shares.empty:
        return "No mean heat map was kept"
    down, n = int((shares > EVEN).sum().sum()), int(shares.notna().sum().sum())
    return f"{down} of {n} mean heat maps lie more on the lower half of the picture"


def right_wrong_finding(table: pd.DataFrame) -> str:
    """State in one line, as a heading, in how many models the heat of right answers to their own
    test images lies elsewhere than that of wrong ones. `table`: of
    `fer_core.analysis.right_wrong.right_wrong_table`."""
    own = table[table["train"] == table["test"]] if len(table) else table
    if own.empty:
        return "In-domain, right and wrong answers cannot be compared"
    apart = (own["difference_lo"] > 0) | (own["difference_hi"] < 0)
    models = apart.groupby([own["model"], own["train"]]).any()
    if not models.any():
        return "No place in the face is shown to tell right answers from wrong ones"
    share = f"{models.sum()} of {counted(len(models), 'trained model')}"
    return f"In-domain, heat tells right from wrong answers in {share}"


def about_right_wrong(table: pd.DataFrame) -> str:
    """Say which share of the heat lies on the mouth and on the eyes, in the right answers of the
    first model of the table and in its wrong ones, and how many tests this tells apart, in-domain
    and elsewhere. `table`: of `right_wrong_table`, by titles."""
    if table.empty:
        return (
            "No run kept heat maps of enough single images, or where the eyes and the mouth lie is "
            "not known: `fer studies explain` finds out, on the machine that has the weights."
        )
    model, train, test = table[["model", "train", "test"]].iloc[0]
    first = table[(table["model"] == model) & (table["train"] == train) & (table["test"] == test)]
    where = "its own test images" if train == test else plain(test)
    parts = [
        f"on {PARTS[row['region']]} lie {_text(row, 'right')} of the heat of right answers and "
        f"{_text(row, 'wrong')} of that of wrong ones, a difference of {_text(row, 'difference')} "
        f"(an even map: {row['even']:.3f})"
        for row in first.to_dict("records")
    ]
    own = table["train"] == table["test"]
    told = [_counts(table[own], "In-domain"), _counts(table[~own], "On other sets")]
    return (
        f"{plain(model)}, trained on {plain(train)}, on {where}: {'; '.join(parts)}.\n\n"
        f"{' '.join(filter(None, told))} By chance alone, one interval of twenty would miss 0."
    )


def apart_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return `right_wrong_table` as shown: a row per test, a column per region."""
    rows = []
    for (model, train, test), part in table.groupby(["model", "train", "test"], sort=False):
        row = {heading("model"): model, heading("train"): train, heading("test"): test}
        found = part.set_index("region").to_dict("index")
        for region, name in PARTS.items():
            text = _text(found[region], "difference") if region in found else NONE
            row[f"{name}, right minus wrong {ESTIMATE}"] = text
        row[heading("n")] = f"{part[['n_right', 'n_wrong']].iloc[0].sum():,}"
        rows.append(row)
    return pd.DataFrame(rows)


def _counts(table: pd.DataFrame, where: str) -> str:
    if table.empty:
        return ""
    parts = []
    for region, name in PARTS.items():
        mine = table[table["region"] == region]
        up, down = (mine["difference_lo"] > 0).sum(), (mine["difference_hi"] < 0).sum()
        parts.append(f"more heat on {name} in {up}, less in {down}")
    tests = counted(len(table.drop_duplicates(["model", "train", "test"])), "test")
    return f"{where}, of {tests}, right answers have {listed(parts)}; no other difference is shown."


def _text(row: Mapping[Hashable, Any], name: str) -> str:
    return interval_text(row[name], row[f"{name}_lo"], row[f"{name}_hi"])


def _no_faces(tests: Sequence[str]) -> str:
    return (
        f"No face is shown on this page: the images of {listed(tests)} are not on the machine that "
        "rendered it, and other test sets may not be shown. The mean heat maps need no image."
    )
