"""Numbers in sentences."""

from collections.abc import Mapping, Set
from typing import Any

from fer_core.analysis.leaderboard import RANKED_BY
from fer_core.figures.columns import METRICS
from fer_core.figures.marks import NO_BETTER, no_better
from fer_core.figures.tables import interval_text


def counted(count: int, thing: str) -> str:
    """Return a number of things: `1 cell`, `2,000 cells`."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def estimate_text(row: Mapping[Any, Any], name: str) -> str:
    """Return a score of a row with its interval, and ‡ if it does not beat the constant answer."""
    text = interval_text(row[name], row[f"{name}_lo"], row[f"{name}_hi"])
    return f"{text} {NO_BETTER}" if no_better(row, name) else text


def about_left(
    every: Set[tuple[str, ...]], here: Set[tuple[str, ...]], where: str = "in the file"
) -> str:
    """Say how many trained models, as pairs of model and training set, or models, are shown, and by
    which rule; nothing where all are."""
    if every == here:
        return ""
    pairs = any(len(one) > 1 for one in every)
    what, whose = ("trained model", " of their training set") if pairs else ("model", "")
    return (
        f"Shown are {len(here):,} of {counted(len(every), what)}, those with the highest "
        f"{METRICS[RANKED_BY]} on validation images{whose}; all are {where}."
    )
