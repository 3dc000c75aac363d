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
from fer_core.analysis.outcomes import Key, Outcome, outcomes
from fer_core.analysis.verify_dense import fill_holes
from fer_core.book.answers import (
    about_confusion,
    about_constants,
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
    read_summaries,
    wide_counts,
)
from fer_core.emotions import EMOTION_INDEX, EMOTIONS
from fer_core.predictions import PROBABILITIES
from fer_core.records import write_record
from fer_core.runs import collect, find_runs, run_status
from fer_core.study import Cell, Study

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FAILED = Cell("small-net", "phantom-web", 0)


@pytest.fixture
def study(simulated_results: Callable[..., Study]) -> Study:
    return simulated_results(test=("phantom-lab", "phantom-web", "london"), failed=(FAILED,))


def test_the_leader_of_each_training_set_is_named_with_its_scores(study: Study) -> None:
    found = outcomes(collect("demo", study.views))
    shared = {("phantom-lab", test): 0.0 for test in ("phantom-web", "london")}
    validation = validation_outcomes("demo")
    board = leaderboard(found, validation, by="macro_f1", shared=shared)
    lines = about_leaderboard(board, "macro_f1").splitlines()
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
    assert score in about_leaderboard(weak, "macro_f1").splitlines()[0]
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
    text = about_matrices(cross[~cross["home"]])
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


def test_the_best_the_worst_and_the_commonest_confusion_are_named() -> None:
    confusion = np.diag([9, 9, 1, 10, 9, 9, 9])
    fear, surprise = EMOTION_INDEX["fear"], EMOTION_INDEX["surprise"]
    confusion[fear, surprise] = 9
    blind = np.zeros((7, 7), dtype=int)
    blind[:, 0] = 10
    found = {
        key: Outcome(key, (0,), matrix[None], matrix[None, None])
        for key, matrix in ((Key("m", "a", "a"), confusion), (Key("blind", "a", "a"), blind))
    }
    text = about_confusion(found, {"a": "m", "b": "m"})
    assert "m on a recognises angry best (100 % of its images) and fear worst (10 %)" in text
    assert "fear taken for surprise (90 % of fear)" in text
    assert "blind" not in text, "the answer is about the model that validation ranks first"
    assert about_confusion(found, {"b": "m"}) == "No model of this study is tested in-domain."


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


def test_images_left_out_are_those_of_the_models_that_the_row_names(
    simulated_results: Callable[..., Study],
) -> None:
    simulated_results(test=("phantom-lab", "phantom-web", "london"))
    record = next(r for r in find_runs("demo") if r.model == "large_net")
    rows = {**record.rows, "train": 60, "dropped": {"outside the draw": 640}}
    write_record(record.model_copy(update={"rows": rows}))
    table = dropped_table("demo")
    mine = table[table["training set"] == record.train].set_index(["images that were", "models"])
    assert mine.loc[("trained on", "large_net"), "n"] == 60
    assert mine.loc[("trained on", "small-net"), "n"] == 700
    assert mine.loc[("dropped: outside the draw", "large_net"), "n"] == 640
    assert mine.loc[("validated on", "all"), "n"] == 140


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
    assert "Of 48 mean heat maps, 0 lie more on the lower half" in about_grids(grids, [])
    grids["grid"] = [np.vstack([grid * 0 + 1, grid * 0 + 3]) for grid in grids["grid"]]
    text = about_grids(grids, ["phantom-lab"])
    assert "48 lie more on the lower half of the picture, with the mouth" in text
    assert "angry 0.75 (0.75 to 0.75)" in text
    assert "No face is shown on this page" in about_grids(grids, [])


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
