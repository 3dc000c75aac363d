"""Numbers in sentences."""

from collections.abc import Mapping
from typing import Any

from fer_core.figures.marks import NO_BETTER, no_better
from fer_core.figures.tables import interval_text


def counted(count: int, thing: str) -> str:
    """Return a number of things: `1 cell`, `2,000 cells`."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def estimate_text(row: Mapping[Any, Any], name: str) -> str:
    """Return a score of a row with its interval, and ‡ if it does not beat the constant answer."""
    text = interval_text(row[name], row[f"{name}_lo"], row[f"{name}_hi"])
    return f"{text} {NO_BETTER}" if no_better(row, name) else text
