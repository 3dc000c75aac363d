"""Which model travels: losses on other photographs, the constant answer, and what models cost."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.cross import mean_drop
from fer_core.analysis.keys import Key
from fer_core.analysis.leaderboard import leaderboard
from fer_core.analysis.outcomes import METRICS, outcomes
from fer_core.analysis.travel import every_cell, travel_table
from fer_core.runs import run_status
from fer_core.study import Cell
from tests.analysis.simulated import small_study

SHARED = {("alpha", "beta"): 0.0, ("beta", "alpha"): 0.0}


@pytest.fixture(scope="module")
def found():
    return outcomes(small_study(seeds=(0, 1)), 200)


@pytest.mark.parametrize("metric", list(METRICS))
def test_the_loss_is_the_score_in_domain_minus_the_mean_elsewhere(found, metric) -> None:
    here = found[Key("big", "alpha", "alpha")]
    there = [found[Key("big", "alpha", test)] for test in ("beta", "duo")]
    lost = mean_drop(here, there, metric)
    plain = [np.mean([METRICS[metric](c) for c in o.confusions]) for o in (here, *there)]
    assert lost.value == pytest.approx(plain[0] - np.mean(plain[1:]))
    assert lost.lo < lost.value < lost.hi
    same = mean_drop(here, there[:1], metric)
    assert same.value == pytest.approx(plain[0] - plain[1])


def test_there_is_no_loss_where_either_side_was_not_tested(found) -> None:
    here = found[Key("big", "alpha", "alpha")]
    assert np.isnan(mean_drop(None, [here], "accuracy")).all()
    assert np.isnan(mean_drop(here, [], "accuracy")).all()


def test_only_seeds_of_all_tests_count() -> None:
    both = outcomes(small_study(seeds=(0, 1)), 100)
    one = outcomes(small_study(seeds=(0,)), 100)
    here, there = Key("big", "alpha", "alpha"), Key("big", "alpha", "beta")
    lost = mean_drop(both[here], [one[there]], "accuracy")
    assert lost.value == pytest.approx(
        float(METRICS["accuracy"](both[here].confusions[0]))
        - float(METRICS["accuracy"](one[there].confusions[0]))
    )


def test_a_row_says_its_place_its_costs_and_how_often_it_beats_the_constant_answer(
    simulated_results,
) -> None:
    from fer_core.analysis.leaderboard import validation_outcomes
    from fer_core.runs import collect

    failed = Cell("small-net", "phantom-web", 0)
    study = simulated_results(test=("phantom-lab", "phantom-web", "london"), failed=(failed,))
    found = outcomes(collect("demo", study.views), 100)
    shared = {("phantom-lab", "phantom-web"): 0.0, ("phantom-lab", "london"): 0.0}
    cells = every_cell(study, found, run_status(study), shared)
    assert set(cells.loc[cells["state"] == "failed", "model"]) == {"small-net"}
    cross = cells[cells["view"] == "clean"].reset_index(drop=True)
    board = leaderboard(found, validation_outcomes("demo"), shared=shared)
    board = board[board["view"] == "clean"]
    table = travel_table(board, cross, run_status(study))
    assert len(table) == len(board)
    for row in table.to_dict("records"):
        mine = cross.query(f"model == '{row['model']}' and train == '{row['train']}'")
        mine = mine[mine["kind"].isin(["other photographs", "fewer emotions"])]
        beating = (mine["above_constant_macro_f1_lo"] > 0).sum()
        assert row["beating"] == (f"{beating} of {len(mine)}" if len(mine) else "")
        record = next(s.record for s in run_status(study) if s[:2] == (row["model"], row["train"]))
        assert row["parameters"] == record.parameters
        assert row["images_per_second"] == round(record.images_per_second)
        tied = not pd.isna(row["tied"]) and bool(row["tied"])
        assert row["place"] == f"{row['rank']}{' tied' if tied else ''}"
