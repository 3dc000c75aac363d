"""The Grad-CAM grids of a study's runs."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.heat_maps import (
    lower_share,
    lower_table,
    pairs_to_show,
    read_grids,
    single_grids,
)
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
    rows = single_grids(grids, *pairs[0])
    assert len(rows) == 14
    assert "angry, answer sad" in rows["title"].tolist()


def test_an_empty_table_of_grids_has_no_pair_to_show() -> None:
    empty = pd.DataFrame(columns=["model", "train", "seed", "test", "rule", "grid"])
    assert pairs_to_show(empty) == []


def test_each_run_and_test_set_has_the_lower_half_s_share_of_each_emotion(study: Study) -> None:
    grids = read_grids("demo")
    means = grids["rule"].str.startswith("mean of")
    below = np.vstack([np.zeros((3, 6)), np.ones((3, 6))])
    at = grids.index[means & (grids["emotion"] == "sad")][0]
    grids.at[at, "grid"] = below
    table = lower_table(grids)
    assert list(table) == ["model", "train", "seed", "test", *EMOTIONS]
    assert len(table) == len(grids[means].drop_duplicates(["model", "train", "seed", "test"]))
    assert table.loc[0, "sad"] == 1
    assert table.loc[0, "happy"] == pytest.approx(0.5)
    assert lower_table(grids.head(0)).empty


@pytest.mark.parametrize("side", [4, 5])
def test_the_lower_half_has_half_of_an_even_map_and_all_of_one_that_lies_there(side: int) -> None:
    even = np.ones((side, side))
    assert lower_share(even) == pytest.approx(0.5)
    below = np.zeros((side, side))
    below[-1] = 1
    assert lower_share(below) == 1
    assert lower_share(below[::-1]) == 0
    assert np.isnan(lower_share(even * 0)), "a map that is zero everywhere lies nowhere"
