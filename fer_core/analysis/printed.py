"""What a paper printed of pairs of models that differ in one thing, recomputed from its tables.

`book/printed_scores.csv` holds the accuracies of Tables 2 and 3 of Ipinze Tutuianu et al.,
"Benchmarking deep facial expression recognition", as they are printed: nets × training sets ×
validation images and BTFER. Its nets are named as the paper has them, with one spelling each.
"""

import pandas as pd

from fer_core import paths
from fer_core.csv_files import read_csv
from fer_core.errors import FerError
from fer_core.questions import Printed

PAPER = "Ipinze Tutuianu et al., Benchmarking deep facial expression recognition, Tables 2 and 3"
FILE = "book/printed_scores.csv"
SETTINGS = ["net", "pretrain", "resolution", "balance", "train", "tested"]
PARTS = {"validation": "its validation images", "BTFER": "other photographs (BTFER)"}


def printed_scores() -> pd.DataFrame:
    """Return the table: columns SETTINGS, printed_as, accuracy (0 to 1, two digits), table."""
    path = paths.root() / FILE
    return read_csv(path, columns=SETTINGS, numbers=("accuracy",), way_out="restore it")


def printed_differences(asked: Printed) -> pd.DataFrame:
    """Return one row per part that was tested: the accuracy of `asked.one` minus that of
    `asked.other`, over all pairs of rows that differ in nothing else.

    Columns: tested, pairs, accuracy (mean), lowest, highest, raised (in how many pairs it is above
    0). The paper has one run per row and no intervals, so there are none.
    """
    table = printed_scores()
    rest = [name for name in SETTINGS if name != asked.by]
    sides = [
        table[table[asked.by] == value].set_index(rest)["accuracy"]
        for value in (asked.one, asked.other)
    ]
    change = (sides[0] - sides[1]).dropna()
    if change.empty:
        raise FerError(
            f"{FILE} has no rows that differ in nothing but {asked.by}, {asked.one} and "
            f"{asked.other}; take two values of that column"
        )
    rows = []
    for part, told in PARTS.items():
        mine = change[change.index.get_level_values("tested") == part]
        row: dict[str, object] = {"tested": told, "pairs": len(mine), "accuracy": mine.mean()}
        row |= {"lowest": mine.min(), "highest": mine.max(), "raised": int((mine > 0).sum())}
        rows.append(row)
    return pd.DataFrame(rows)
