"""What stands between a score and trust in it."""

import pandas as pd

from fer_core.analysis.cross import cross_table
from fer_core.analysis.outcomes import outcomes
from fer_core.book.prose.trust import about_seeds, no_better_table
from tests.analysis.simulated import small_study


def test_cells_of_one_seed_are_counted() -> None:
    told = about_seeds(pd.DataFrame({"seeds": [1, 3, 1]}))
    assert told.startswith("2 cells of 3 rest on a single seed")
    assert about_seeds(pd.DataFrame({"seeds": [3, 5]})) == (
        "Every cell is a mean over at least 3 seeds."
    )


def test_a_cell_is_listed_if_any_of_its_scores_beats_nothing() -> None:
    cross = cross_table(outcomes(small_study(), 50))
    cross["above_constant_accuracy_lo"] = 0.1
    cross["above_constant_macro_f1_lo"] = 0.1
    assert no_better_table(cross).empty
    cross.loc[0, "above_constant_macro_f1_lo"] = 0.0
    cross.loc[3, "above_constant_accuracy_lo"] = -0.1
    weak = no_better_table(cross)
    assert weak["test"].tolist() == cross.loc[[0, 3], "test"].tolist()
