"""The Grad-CAM grids of a study's runs."""

from collections.abc import Callable

import pandas as pd
import pytest

from fer_core.analysis.heat_maps import mean_grids, pairs_to_show, read_grids, single_grids
from fer_core.emotions import EMOTIONS
from fer_core.runs import find_runs
from fer_core.study import Cell, Study

FAILED = Cell("small-net", "phantom-web", 0)


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    return simulated_results(test=("phantom-lab", "phantom-web", "london"), failed=(FAILED,))


def test_the_heat_maps_of_each_run_are_read(study: Study) -> None:
    grids = read_grids("demo")
    pairs = pairs_to_show(grids)
    assert [cell for cell, _ in pairs] == [record.cell for record in find_runs("demo")]
    assert all(test == cell.train for cell, test in pairs)
    means, counts = mean_grids(grids, *pairs[0])
    assert set(means) == set(EMOTIONS)
    assert counts["sad"] == 12
    rows = single_grids(grids, *pairs[0])
    assert len(rows) == 14
    assert "angry, answer sad" in rows["title"].tolist()


def test_an_empty_table_of_grids_has_no_pair_to_show() -> None:
    empty = pd.DataFrame(columns=["model", "train", "seed", "test", "rule", "grid"])
    assert pairs_to_show(empty) == []
