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
from fer_core.analysis.leaderboard import leaderboard, validation_predictions
from fer_core.analysis.outcomes import Key, Outcome, outcomes
from fer_core.analysis.verify_dense import fill_holes
from fer_core.book.answers import (
    about_confusion,
    about_datasets,
    about_holes,
    about_leaderboard,
    about_matrices,
)
from fer_core.book.run_tables import (
    about_grids,
    kept_epochs,
    mean_grids,
    pairs_to_show,
    read_grids,
    read_histories,
    single_grids,
)
from fer_core.book.summaries import (
    cleaning_table,
    count_table,
    dropped_table,
    faces,
    read_summaries,
    shown_here,
    wide_counts,
)
from fer_core.emotions import EMOTION_INDEX, EMOTIONS
from fer_core.errors import FerError
from fer_core.runs import collect, run_status
from fer_core.study import Cell, Study

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FAILED = Cell("small-net", "phantom-web", 0)


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    return simulated_results(test=("phantom-lab", "phantom-web", "london"), failed=(FAILED,))


def test_the_leader_of_each_training_set_is_named_with_its_scores(study: Study) -> None:
    found = outcomes(collect("demo"))
    board = leaderboard(found, outcomes(validation_predictions("demo")), by="macro_f1")
    lines = about_leaderboard(board, "macro_f1").splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("- Trained on phantom-lab, **large\\_net** is first on validation")
    first = board[(board["train"] == "phantom-lab") & (board["rank"] == 1)].iloc[0]
    assert f"at home it scores {first['home_macro_f1']:.3f} [" in lines[0]
    assert "over 2 other test sets" in lines[0]


def test_runs_that_are_not_done_are_named(study: Study) -> None:
    text = about_holes(run_status(study))
    assert text == (
        "3 of 4 planned runs are done. Missing: small-net on phantom-web, seed 0 (failed)."
    )


def test_the_mean_at_home_is_set_against_the_mean_away(study: Study) -> None:
    cross = fill_holes(study, cross_table(outcomes(collect("demo"))), run_status(study))
    done = cross[cross["state"] == "done"]
    text = about_matrices(cross)
    assert f"At home the mean macro-F1 is {done[done['home']]['macro_f1'].mean():.3f}" in text
    assert f"away from home {done[~done['home']]['macro_f1'].mean():.3f}" in text


def test_a_study_without_a_home_cell_says_so(study: Study) -> None:
    cross = cross_table(outcomes(collect("demo")))
    assert "none of which" in about_matrices(cross[~cross["home"]])


def test_the_best_the_worst_and_the_commonest_confusion_are_named() -> None:
    confusion = np.diag([9, 9, 1, 10, 9, 9, 9])
    fear, surprise = EMOTION_INDEX["fear"], EMOTION_INDEX["surprise"]
    confusion[fear, surprise] = 9
    found = {
        Key("m", "a", "b"): Outcome(
            Key("m", "a", "b"), (0,), confusion[None], confusion[None, None]
        )
    }
    text = about_confusion(found)
    assert "angry is recognised best (100 % of its images) and fear worst (10 %)" in text
    assert "fear taken for surprise (90 % of fear)" in text


def test_data_sets_are_counted_and_the_least_balanced_is_named(study: Study) -> None:
    summaries = read_summaries(study)
    summaries["phantom-web"]["counts"]["split"]["train"]["disgust"] = 0
    counts, cleaning = count_table(summaries), cleaning_table(summaries)
    text = about_datasets(counts, cleaning)
    assert text.startswith("3 data sets with 1,500 images, of which 15 are not used. 12 are byte-")
    assert "phantom-web: for each image of disgust it has 2 of angry" in text
    assert wide_counts(counts).loc[("phantom-web", "train"), "total"] == 120
    assert list(cleaning["why"]) == ["contempt 5"] * 3
    assert dropped_table("demo")["n"].tolist() == [700, 140, 3] * 2


def test_only_sets_that_may_be_shown_and_are_at_hand_are_shown() -> None:
    assert shown_here(["fer2013", "phantom-lab", "my-own"]) == ["phantom-lab"]
    with pytest.raises(FerError, match="publishable: false"):
        faces("fer2013", ["x"])


@pytest.mark.usefixtures("checkout")
def test_a_publishable_set_that_is_not_prepared_is_not_shown() -> None:
    assert shown_here(["london"]) == []


def test_the_kept_epoch_and_the_heat_maps_of_each_run_are_read(study: Study) -> None:
    kept = kept_epochs(read_histories("demo"))
    assert kept["kept epoch"].tolist() == [4, 4, 4]
    assert kept["gap"].round(3).tolist() == [0.05] * 3
    grids = read_grids("demo")
    pairs = pairs_to_show(grids)
    assert [cell for cell, _ in pairs] == list(read_histories("demo"))
    assert all(test == cell.train for cell, test in pairs)
    means, counts = mean_grids(grids, *pairs[0])
    assert set(means) == set(EMOTIONS)
    assert counts["sad"] == 12
    rows = single_grids(grids, *pairs[0])
    assert len(rows) == 14
    assert "angry, answer sad" in rows["title"].tolist()
    assert "strongest at the centre" in about_grids(grids, ["phantom-lab"])
    assert "No face is shown on this page" in about_grids(grids, [])
    assert "No run of this study" in about_grids(grids.iloc[:0], [])


def test_chapters_need_no_net() -> None:
    lines = ["import sys"]
    for script in sorted(NOTEBOOKS.glob("*.py")):
        if script.stem != "train":
            nodes = ast.parse(script.read_text()).body
            lines += [ast.unparse(n) for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
    lines.append("sys.exit('torch' in sys.modules or 'timm' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)]).returncode == 0


def test_an_empty_table_of_grids_has_no_pair_to_show() -> None:
    empty = pd.DataFrame(columns=["model", "train", "seed", "test", "rule", "grid"])
    assert pairs_to_show(empty) == []
