"""What the comparison of methods found, in words."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_core.analysis.beyond import BETTER, MARGIN, MEAN, NEITHER, UNDECIDED, WORSE
from fer_core.beyond.methods import METHODS
from fer_core.beyond.record import NAME, Settings, Training
from fer_core.book.prose.markdown import listed, plain
from fer_core.book.prose.titles import dataset_title
from fer_core.book.prose.words import counted
from fer_core.figures.tables import interval_text

NOTHING = f"No training has been made here: run `fer {NAME}`."
HEADINGS = {
    "difference": "macro-F1 minus ERM's",
    "p": "p, Holm",
    "method": "method",
    "train": "trained on",
    "test": "tested on",
    "kind": "kind of test",
    "n": "images",
    "seeds": "seeds",
    "verdict": "answer",
    "seconds": "processor, s",
    "relative": "of ERM's",
    "value": "value",
    "chosen": "chosen",
    "validation_macro_f1": "macro-F1 on validation",
    "macro_f1": "macro-F1",
    "accuracy": "accuracy",
}
BIBLIOGRAPHY = "```{bibliography}\n:filter: docname in docnames\n```"
SHORTER = (
    "A first comparison, of three epochs and half the channels, was seen before this one (commit "
    "f64ca1f): plain training had not finished learning, and GroupDRO was better by more than a "
    "point. Then all trainings were made longer, and no other setting was changed."
)
DIGITS = {"p": "{:.3f}", "validation_macro_f1": "{:.3f}", "value": "{:g}"}
SMALL = {"0.000": "< 0.001"}
DIGITS |= {"seconds": "{:.1f}", "relative": "{:.1f}"}


def about_gains(table: pd.DataFrame) -> str:
    """Answer the question: which methods gain more than a point on other photographs, and how many
    are decided. `table`: of `fer_core.analysis.beyond.gains`."""
    if table.empty:
        return NOTHING
    means = table[table["test"] == MEAN]
    if means.empty:
        return "No test was of other photographs with all emotions: the question is not asked."
    named = {what: list(mine["method"]) for what, mine in means.groupby("verdict")}
    better, every = named.get(BETTER, []), counted(len(means), "method")
    head = (
        f"{_some(better)} of {every} {'gain' if len(better) > 1 else 'gains'} more than one point "
        f"of macro-F1 over plain training (ERM) on other photographs{_names(better)}"
    )
    parts = [
        f"{len(named[what])} {one if len(named[what]) == 1 else several}{words} "
        f"({plain(', '.join(named[what]))})"
        for what, one, several, words in (
            (WORSE, "loses", "lose", " more than a point"),
            (NEITHER, "differs", "differ", " by no more than a point either way"),
            (UNDECIDED, "is", "are", " not decided"),
        )
        if what in named
    ]
    below = int((means["difference_hi"] < MARGIN).sum())
    told = {len(means): "each", 0: "none"}.get(below, f"{below} of them")
    return (
        f"{head}{': ' if parts else ''}{listed(parts) if parts else ''}. The whole interval of "
        f"{told} lies below a gain of one point."
    )


def heading_of(table: pd.DataFrame) -> str:
    """Return the heading of the section that shows the differences."""
    means = table[table["test"] == MEAN] if len(table) else table
    better = list(means["method"][means["verdict"] == BETTER]) if len(means) else []
    if not len(means):
        return "Gains over plain training are not known"
    return f"{_some(better)} of {counted(len(means), 'method')} gains more than a point"


def titled(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns train and test name data sets as people write them."""
    sets = [column for column in ("train", "test") if column in table]
    return table.assign(**{column: table[column].map(_titles) for column in sets})


def _titles(sets: str) -> str:
    return " + ".join(map(dataset_title, sets.split(" + ")))


def _some(names: Sequence[str]) -> str:
    return str(len(names)) if names else "None"


def _names(names: Sequence[str]) -> str:
    return f" ({plain(', '.join(names))})" if names else ""


def about_tests(table: pd.DataFrame) -> str:
    """Say for each test in how many methods the answer is which."""
    lines = []
    for (train, test), mine in table.groupby(["train", "test"], sort=False):
        counts = mine["verdict"].value_counts()
        told = ", ".join(f"{what}: {counts[what]}" for what in counts.index)
        where = f"{test}, trained on {train} ({mine['kind'].iloc[0]})"
        lines.append(f"- {plain(where if test != MEAN else test)}: {told}.")
    return "\n".join(lines)


def about_methods() -> str:
    """List the methods with their formulas and sources, and below them the sources."""
    lines = [
        f"- **{plain(method.title)}** {{cite}}`{method.source}`: {plain(method.formula)}."
        for method in METHODS.values()
    ]
    asked = "That no method gains more than a point was found before by {cite}`gulrajani2021`."
    return "\n".join([*lines, "", asked, "", BIBLIOGRAPHY])


def about_settings(trainings: Sequence[Training]) -> str:
    """Say what all trainings have in common, and which images a method sees without labels."""
    if not trainings:
        return ""
    settings, rows = trainings[0].settings, {}
    for record in trainings:
        rows.update(record.rows)
    drawn = "; ".join(
        f"{plain(dataset_title(name))}: {some['train']:,} with labels, {some['validation']:,} to "
        f"choose the epoch by, {some['unlabelled']:,} without labels"
        for name, some in rows.items()
    )
    left_out, never = (
        plain(listed([*map(dataset_title, names)])) for names in (settings.sources, settings.never)
    )
    return (
        f"Each of {left_out} is left out once and tested; {never} is tested by all. "
        f"{_net(settings)} Images of a source: "
        f"{drawn}. None has a copy, a near copy or a person in the test part of any other set. "
        f"All methods take {settings.batch} images of each source in a step, mirrored in half of "
        f"the cases, {settings.epochs} epochs, AdamW with a rate of {settings.lr:g} in one cycle "
        f"and label smoothing {settings.smoothing:g}; the epoch with the best macro-F1 on the "
        "validation images of the sources is kept. No method sees a label of the set that is left "
        "out. *Batch norms of the test* and *EM prior* see all of its test images without labels, "
        f"*Noisy Student* none of them.\n\n{SHORTER}"
    )


def _net(settings: Settings) -> str:
    return (
        f"The net of face recognition ({plain(settings.weights)}, {settings.side} px) is frozen up "
        f"to its last block, and of what that block sees the {settings.channels} principal "
        "directions of the training images are kept; "
        f"what is trained is a 1 × 1 convolution to {settings.width} channels "
        f"with a batch norm, dropout {settings.dropout:g} and a linear layer, by the probe a "
        "linear layer alone."
    )


def shown(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a table as a page shows it: x with x_lo and x_hi in one column."""
    found: dict[str, list[Any]] = {}
    for column in columns:
        if f"{column}_lo" in table:
            ends = (table[column], table[f"{column}_lo"], table[f"{column}_hi"])
            name = f"{HEADINGS[column]} [95 %]"
            found[name] = [interval_text(*some) for some in zip(*ends, strict=True)]
        else:
            values, digits = table[column], DIGITS.get(column)
            told = list(values if digits is None else values.map(digits.format))
            found[HEADINGS[column]] = [SMALL.get(str(text), text) for text in told]
    return pd.DataFrame(found, index=table.index)
