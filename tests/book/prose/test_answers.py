"""The sentences of the chapters say what their tables hold."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.cross import cross_table
from fer_core.analysis.leaderboard import leaderboard, validation_outcomes
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.verify_dense import fill_holes
from fer_core.book.prose.answers import (
    about_constants,
    about_holes,
    about_matrices,
)
from fer_core.book.prose.travel import about_travel
from fer_core.emotions import EMOTIONS
from fer_core.predictions import PROBABILITIES
from fer_core.runs import collect, run_status
from fer_core.study import Cell, Study

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
FAILED = Cell("small-net", "phantom-web", 0)


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    return simulated_results(test=("phantom-lab", "phantom-web", "london"), failed=(FAILED,))


def test_the_leader_of_each_training_set_is_named_with_its_scores(study: Study) -> None:
    found = outcomes(collect("demo", study.views))
    shared = {("phantom-lab", test): 0.0 for test in ("phantom-web", "london")}
    validation = validation_outcomes("demo")
    board = leaderboard(found, validation, by="macro_f1", shared=shared)
    lines = about_travel(board, "macro_f1").splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("- Trained on phantom-lab, **large\\_net** is first on validation")
    first = board[(board["train"] == "phantom-lab") & (board["rank"] == 1)].iloc[0]
    assert f"in-domain it scores {first['in_domain_macro_f1']:.3f} [" in lines[0]
    assert f"on 1 set of other photographs {first['other_photographs_macro_f1']:.3f}" in lines[0]
    assert f"on 1 set with fewer emotions {first['fewer_emotions_macro_f1']:.3f}" in lines[0]
    assert ("not told apart" in lines[0]) == bool(first["tied"])
    assert "‡" not in lines[0]
    weak = board.assign(above_constant_in_domain_macro_f1_lo=-0.1)
    score = f"{first['in_domain_macro_f1_hi']:.3f}] ‡"
    assert score in about_travel(weak, "macro_f1").splitlines()[0]
    assert "photographs" not in lines[1], "nothing is known of the sets beside phantom-web"


def test_runs_that_are_not_done_are_named(study: Study) -> None:
    text = about_holes(run_status(study))
    assert text == (
        "3 of 4 planned runs are done. Missing: small-net on phantom-web, seed 0 (failed)."
    )


def test_means_never_join_kinds_of_test(study: Study) -> None:
    shared = {("phantom-lab", "phantom-web"): 1.0, ("phantom-lab", "london"): 0.0}
    every = cross_table(outcomes(collect("demo", study.views)), shared)
    every = fill_holes(study, every, run_status(study))
    cross = every[every["view"] == "clean"]
    text = about_matrices(cross)
    for kind, count in (("in-domain", 3), ("fewer emotions", 2), ("same photographs", 2)):
        mean = cross.loc[cross["kind"] == kind, "macro_f1"].mean()
        assert f"{kind} {mean:.3f} ({count} cells)" in text
    assert "2 cells of sets whose photographs were not compared" in text


def test_a_study_whose_sets_were_not_compared_has_no_cross_dataset_mean(study: Study) -> None:
    cross = cross_table(outcomes(collect("demo")))
    text = about_matrices(cross[cross["train"] != cross["test"]])
    assert text.startswith("Mean macro-F1 by kind of test: none. 6 cells of sets whose")


def test_cells_no_better_than_the_constant_answer_are_counted_and_named() -> None:
    truth = np.repeat(EMOTIONS, [2, 1, 2, 30, 5, 4, 6])
    happy = pd.DataFrame(np.tile(np.eye(7)[3], (50, 1)), columns=list(PROBABILITIES))
    keys = {"model": "m", "train": "a", "seed": 0, "test": "b"}
    table = happy.assign(**keys, sample_id=[f"i{i:02d}" for i in range(50)], emotion=truth)
    cross = cross_table(outcomes(table, 200), {("a", "b"): 0.0})
    text = about_constants(cross)
    assert "Not above the constant answer in accuracy: 1 of 1 cell" in text
    assert "m from a to b names happy for 100 % of the images" in text


def test_chapters_need_no_net() -> None:
    lines = ["import sys"]
    for script in sorted(NOTEBOOKS.glob("*.py")):
        if script.stem != "train":
            nodes = ast.parse(script.read_text()).body
            lines += [ast.unparse(n) for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
    lines.append("sys.exit('torch' in sys.modules or 'timm' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)]).returncode == 0
