"""The train × test matrix shows every cell of the cross table once, with its run."""

import numpy as np
import pytest

from fer_core.analysis.cross import cross_table
from fer_core.analysis.leaks import Leak
from fer_core.analysis.outcomes import outcomes
from fer_core.book.prose.markdown import Linked, markdown_table
from fer_core.book.prose.matrices import about_tests, matrix_table
from fer_core.book.prose.titles import Titles
from fer_core.figures.tables import interval_text
from fer_core.study import Study
from tests.analysis.simulated import small_study

STUDY = Study(
    name="s",
    title="S",
    models={"big": {"backbone": "x", "title": "Big <b>"}, "small": {"backbone": "x"}},
    train=("alpha", "beta"),
    test=("alpha", "beta", "duo"),
)
PAGES = {("big", "alpha"): "book/report/s/runs/big/alpha/seed0"}


@pytest.fixture(scope="module")
def cross():
    return cross_table(outcomes(small_study(), 50))


def shown(cross, metric="macro_f1", leaks=None):
    return matrix_table(cross, metric, leaks or {}, PAGES, Titles(STUDY))


def test_each_score_stands_in_the_row_of_its_model_and_the_column_of_its_test_set(cross) -> None:
    table = shown(cross)
    assert len(table) == 4
    assert list(table.columns) == ["model", "trained on", "alpha", "beta", "duo"]
    for row in cross.to_dict("records"):
        model = Titles(STUDY).model(row["model"])
        (line,) = table[(table["model"] == model) & (table["trained on"] == row["train"])].index
        cell = table.loc[line, row["test"]]
        text = interval_text(*(row[f"macro_f1{end}"] for end in ("", "_lo", "_hi")))
        assert cell.text.startswith(text)
        assert cell.shade == int(10 * row["macro_f1"])
        assert cell.framed == (row["train"] == row["test"])
        assert cell.page == PAGES.get((row["model"], row["train"]), "")


def test_a_leak_and_a_score_that_beats_nothing_are_marked(cross) -> None:
    weak = cross.assign(above_constant_macro_f1_lo=-0.1)
    table = shown(weak, leaks={("alpha", "beta"): Leak(200, 0, 5, 0)})
    assert table.loc[0, "beta"].text.endswith("] † ‡")
    assert table.loc[0, "alpha"].text.endswith("] ‡")


def test_a_hole_says_what_it_is_and_leads_nowhere(cross) -> None:
    holed = cross.copy()
    holed.loc[1, "state"] = "failed"
    holed.loc[1, ["macro_f1", "macro_f1_lo", "macro_f1_hi"]] = np.nan
    assert shown(holed).loc[0, "beta"] == Linked("failed")


def test_the_markdown_has_the_link_the_interval_the_marks_and_no_markup_of_a_title(cross) -> None:
    text = markdown_table(shown(cross.assign(above_constant_macro_f1_lo=-0.1)))
    value = f"{cross.loc[0, 'macro_f1']:.3f}"
    assert f"{{doc}}`{value} </{PAGES['big', 'alpha']}>` ‡ [\\[" in text
    assert ".fer-framed}" in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_the_caption_counts_the_images_and_names_sets_with_fewer_emotions(cross) -> None:
    n = cross.set_index("test")["n"].groupby("test").max()
    told = f"alpha {n['alpha']:,}; beta {n['beta']:,}; duo {n['duo']:,}, 2 of 7 emotions."
    assert about_tests(cross, Titles(STUDY)) == f"Test images: {told}"
