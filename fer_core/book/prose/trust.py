"""What stands between a score and trust in it, besides what data sets share."""

import pandas as pd

from fer_core.analysis.outcomes import METRICS
from fer_core.book.prose.words import counted


def about_seeds(cross: pd.DataFrame) -> str:
    """Say how often the runs behind the cells of a cross table were repeated, and what that means
    for their intervals."""
    counts = cross["seeds"].astype(int)
    single = int((counts == 1).sum())
    if not single:
        return f"Every cell is a mean over at least {counts.min()} seeds."
    return (
        f"{counted(single, 'cell')} of {len(cross)} rest on a single seed: their intervals know "
        "test images only, and another seed may lie outside them."
    )


def no_better_table(cross: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of a cross table with a score that is not shown to beat the constant
    answer."""
    weak = [cross[f"above_constant_{metric}_lo"] <= 0 for metric in METRICS]
    return cross[weak[0] | weak[1]].reset_index(drop=True)
