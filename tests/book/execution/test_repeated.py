"""A run's page repeats what the tables of its study say of its model and training set."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fer_core import paths
from fer_core.analysis.cross import cross_table
from fer_core.analysis.leaderboard import leaderboard
from fer_core.analysis.per_class import class_table
from fer_core.analysis.results import study_result
from fer_core.book.execution.repeated import read_tables, repeated, table_file
from fer_core.figures.tables import interval_text
from fer_core.study import Cell, Study

SHARED = {(a, b): 0.0 for a in ("phantom-lab", "phantom-web") for b in ("fer2013", "london")}


def leave(study: Study, chapter: str, name: str, table: pd.DataFrame) -> None:
    file = table_file(study.name, chapter, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(file, index=False)


@pytest.fixture
def made(checkout, simulated_results: Callable[..., Study], request) -> Study:
    """A study of so many seeds whose chapters have left their tables."""
    seeds = getattr(request, "param", (0,))
    study = simulated_results(models=("net",), test=("phantom-lab", "fer2013"), seeds=seeds)
    result = study_result(study)
    board = leaderboard(result.in_views, result.validation, shared=SHARED)
    leave(study, "travel", "models", board[board["view"] == "clean"])
    leave(study, "travel", "cells-macro_f1", cross_table(result.in_views, SHARED))
    leave(study, "errors", "emotions", class_table(result.outcomes, SHARED))
    return study


def said(study: Study, cell: Cell) -> str:
    text = repeated(read_tables(study.name), study, cell, {})
    return text.replace("\\", "").replace("]{.fer-interval}", "")


@pytest.mark.parametrize("made", [(0,), (0, 1)], indirect=True)
def test_means_and_losses_of_the_leaderboard_are_there_to_the_digit(made: Study) -> None:
    result = study_result(made)
    board = leaderboard(result.in_views, result.validation, shared=SHARED)
    board = board[board["view"] == "clean"].set_index("train")
    text = said(made, Cell("net", "phantom-lab", 0)).partition("<details>")[0]
    row = board.loc["phantom-lab"]
    assert f"over its {len(made.seeds)} seed" in text
    for start in ("in_domain", "other_photographs", "loss"):
        for metric in ("macro_f1", "accuracy"):
            told = interval_text(*(row[f"{start}_{metric}{end}"] for end in ("", "_lo", "_hi")))
            number, _, interval = told.partition(" ")
            assert re.search(rf"{number}(?: ‡)? \[{re.escape(interval)}", text), (start, metric)
    assert np.isnan(row["same_photographs_macro_f1"])
    assert "same photographs" not in text


@pytest.mark.parametrize(("made", "times"), [((0,), 0), ((0, 1), 1)], indirect=["made"])
def test_the_mean_over_seeds_on_a_test_set_is_there_where_there_are_several(
    made: Study, times: int
) -> None:
    cells = cross_table(study_result(made).in_views, SHARED)
    cells = cells[(cells["train"] == "phantom-lab") & (cells["test"] == "fer2013")]
    told = interval_text(*cells[["macro_f1", "macro_f1_lo", "macro_f1_hi"]].iloc[0])
    text = said(made, Cell("net", "phantom-lab", 0)).partition("<details>")[2]
    assert text.count("Scores, the mean over seeds.") == times
    assert text.count(told.split(" ", 1)[1]) == times


def test_recalls_are_those_of_this_training_set(made: Study) -> None:
    table = class_table(study_result(made).outcomes, SHARED)
    for train in ("phantom-lab", "phantom-web"):
        text = said(made, Cell("net", train, 0)).partition("Recall of each emotion.")[2]
        for row in table[table["train"] == train].to_dict("records"):
            told = interval_text(row["recall"], row["recall_lo"], row["recall_hi"], digits=2)
            assert told.split(" ", 1)[1] in text


def test_without_tables_nothing_is_repeated(simulated_results: Callable[..., Study]) -> None:
    study = simulated_results(models=("net",))
    assert read_tables(study.name) == {}
    assert repeated({}, study, study.cells()[0], {}) == ""
    assert table_file("demo", "travel", "models").is_relative_to(paths.root())
