"""The first page says what the tables say."""

import re
from collections.abc import Callable

import pandas as pd
import pytest

from fer_core import paths
from fer_core.book.execution.build import render_chapter
from fer_core.book.execution.front import first_row, read_board, write_front
from fer_core.book.prose.travel import about_first, finding
from fer_core.errors import FerError
from fer_core.records import write_record
from fer_core.runs import find_runs
from fer_core.study import Study


def row(lost: float, half: float = 0.01, here: float = 0.6) -> dict[str, float]:
    return {
        "in_domain_macro_f1": here,
        "other_photographs_macro_f1": here - lost,
        "loss_macro_f1": lost,
        "loss_macro_f1_lo": lost - half,
        "loss_macro_f1_hi": lost + half,
    }


def test_the_heading_states_a_loss_only_where_the_interval_shows_one() -> None:
    assert finding(row(0.2)) == "On other photographs, macro-F1 falls from 0.600 to 0.400"
    assert finding(row(-0.2)) == "On other photographs, macro-F1 rises from 0.600 to 0.800"
    assert "no loss of macro-F1 is shown: 0.600, then 0.590" in finding(row(0.01, 0.02))
    assert "No test on other photographs: macro-F1 is 0.600" in finding(row(float("nan")))
    assert "nowhere" in finding(row(float("nan"), here=float("nan")))


@pytest.mark.slow
def test_the_page_repeats_the_table_of_its_chapter_and_links_to_every_run(
    checkout, simulated_results: Callable[..., Study]
) -> None:
    study = simulated_results()
    with pytest.raises(
        FerError, match=r"demo-travel-models\.csv is missing; run: fer chapter demo"
    ):
        write_front(["demo"])
    render_chapter("demo", "travel")
    write_front(["demo", "other"])
    text = (paths.root() / "book/report/front.md").read_text()
    board = read_board(study)
    assert text.startswith(f"# {finding(first_row(board, study))}\n")
    assert "Not about people" in text
    assert text.count("<li><span><a href=") == len(board)
    for record in find_runs(study):
        place = f"report/demo/runs/{record.model}/{record.train}/seed{record.seed}.html"
        assert f'<a href="{place}">' in text
    for line in board.to_dict("records"):
        assert f'cx="{100 * line["in_domain_macro_f1"]:.2f}%"' in text
    assert len(re.findall(r"\{doc\}`", text)) == 3


def test_the_row_is_that_of_the_largest_training_set_not_of_the_best_test_score(
    simulated_results: Callable[..., Study],
) -> None:
    study = simulated_results()
    for record in find_runs(study):
        rows = {**record.rows, "train": 900 if record.train == "phantom-web" else 100}
        write_record(record.model_copy(update={"rows": rows}))
    board = pd.DataFrame(
        {
            "rank": [1, 1, 2],
            "train": ["phantom-lab", "phantom-web", "phantom-web"],
            "model": ["a", "b", "c"],
            "in_domain_macro_f1": [0.9, 0.1, 0.95],
        }
    )
    assert first_row(board, study)["model"] == "b"


@pytest.mark.parametrize(("leaking", "marks"), [(0, 0), (3, 2), ("not audited", 2)])
def test_a_score_that_a_leak_may_have_raised_is_marked_and_said(
    leaking: object, marks: int
) -> None:
    cells = {f"{name}_macro_f1{end}": 0.5 for name in ("in_domain", "other_photographs")
             for end in ("_lo", "_hi")}  # fmt: skip
    line = row(0.2) | cells | {"model": "m", "train": "a", "tied": False, "seeds": 1}
    line |= {"other_photographs_cells": 1, "leaking_in_domain": leaking}
    assert about_first(line, 1, "S").count("†") == marks
