"""What is known of a data set's official split: enough to tell it from another one."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

Counts = Mapping[str, Mapping[str, int] | int]


class Official(NamedTuple):
    """The official parts of a data set, as the words of an index ("train", "val" and "test").

    `counts` has the images of each part by emotion, or their number alone where the labels are not
    those of the official list. `part` gives the official part of each row of an index, "" where
    its id tells none; None where the list is known by its counts alone. `names` are the parts in
    the set's own words; `told` is what a file's name must tell.
    """

    counts: Counts
    part: Callable[[pd.DataFrame], pd.Series] | None = None
    names: Mapping[str, str] = {}
    told: str = ""


def total(counts: Mapping[str, int] | int) -> int:
    """Return the number of images of one part."""
    return counts if isinstance(counts, int) else sum(counts.values())
