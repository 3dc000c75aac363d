"""Differences of a paper's printed scores, recomputed."""

import pytest

from fer_core.analysis.printed import PARTS, printed_differences, printed_scores
from fer_core.errors import FerError
from fer_core.questions import Printed

RESOLUTION = Printed(by="resolution", one="224", other="48")


def test_the_tables_are_whole():
    table = printed_scores()
    assert len(table) == 540  # 45 rows of two tables × 2 weightings × 3 training sets × 2 tests
    assert table["accuracy"].between(0.1, 1).all()
    assert set(table["tested"]) == set(PARTS)
    assert not table.duplicated(
        ["net", "pretrain", "resolution", "balance", "train", "tested"]
    ).any()


def test_pairs_differ_in_nothing_else():
    rows = printed_differences(RESOLUTION).set_index("tested")
    table = printed_scores()
    for part, told in PARTS.items():
        changes = []
        for _, row in table[(table["resolution"] == "224") & (table["tested"] == part)].iterrows():
            alike = table[table["resolution"] == "48"]
            for name in ("net", "pretrain", "balance", "train", "tested"):
                alike = alike[alike[name] == row[name]]
            changes += [row["accuracy"] - other for other in alike["accuracy"]]
        assert rows.loc[told, "pairs"] == len(changes) == 96
        assert rows.loc[told, "accuracy"] == pytest.approx(sum(changes) / len(changes))
        assert rows.loc[told, "raised"] == sum(change > 0 for change in changes)
        assert rows.loc[told, "lowest"] == min(changes)
        assert rows.loc[told, "highest"] == max(changes)


def test_values_that_no_row_has_are_refused_with_the_column():
    with pytest.raises(FerError, match="nothing but resolution, 224 and 96"):
        printed_differences(Printed(by="resolution", one="224", other="96"))
