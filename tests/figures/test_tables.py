"""What a reader sees and downloads."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.cross import cross_table
from fer_core.analysis.outcomes import outcomes
from fer_core.csv_files import write_csv
from fer_core.errors import FerError
from fer_core.figures.tables import (
    classes_text,
    display_table,
    interval_text,
)
from tests.analysis.simulated import small_study


@pytest.fixture(scope="module")
def table():
    return cross_table(outcomes(small_study(), 50))


def test_a_number_stands_with_its_interval():
    assert interval_text(0.6214, 0.6049, 0.637) == "0.621 [0.605, 0.637]"
    assert interval_text(0.6214, 0.6049, 0.637, digits=1) == "0.6 [0.6, 0.6]"
    assert interval_text(np.nan, np.nan, np.nan) == "–"
    assert interval_text(0.5, np.nan, np.nan) == "0.500"


def test_columns_are_chosen_ordered_and_folded(table):
    table = table.assign(above=table["accuracy"] > 2)
    shown = display_table(table, ["test", "n", "seeds", "above", "classes", "macro_f1"])
    heads = ["tested on", "images", "seeds", "above constant", "emotions", "macro-F1 [95 %]"]
    assert list(shown.columns) == heads
    row = shown.iloc[2]
    assert row.tolist()[:5] == ["duo", "60", "1 (single)", "no", "2 of 7: happy, neutral"]
    one = table.iloc[2]
    assert row.iloc[5] == interval_text(one["macro_f1"], one["macro_f1_lo"], one["macro_f1_hi"])
    assert not [c for c in display_table(table) if c.endswith(("lo", "hi"))]
    assert display_table(table)["accuracy lost [95 %]"].iloc[0] == "–"


def test_a_hole_says_what_it_is(table):
    holed = table.copy()
    holed.loc[1, "state"] = "failed"
    holed.loc[1, ["n", "accuracy", "accuracy_lo", "accuracy_hi"]] = np.nan
    assert display_table(holed, ["accuracy", "n"]).iloc[1].tolist() == ["failed", "–"]


def test_the_download_has_full_precision(table, tmp_path):
    again = pd.read_csv(write_csv(table, tmp_path / "cross.csv"), float_precision="round_trip")
    pd.testing.assert_frame_equal(again, table, check_exact=True, check_dtype=False)


def test_all_seven_need_no_list():
    assert classes_text("angry disgust fear happy neutral sad surprise") == "7 of 7"


def test_an_unknown_column_is_an_error(table):
    with pytest.raises(FerError, match="unknown column 'acuracy'; did you mean accuracy"):
        display_table(table, ["acuracy"])
