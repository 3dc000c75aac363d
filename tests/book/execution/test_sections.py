"""The headings of sections say what the files of the tables below them say."""

from collections.abc import Callable

import nbformat
import pandas as pd
import pytest

from fer_core import paths
from fer_core.book.execution.build import render_chapter
from fer_core.book.prose.findings import (
    changed_by_views,
    lost,
    lost_elsewhere,
    missed_most,
    mistaken_most,
    not_above,
    surest,
)
from fer_core.book.prose.heat_maps import right_wrong_finding
from fer_core.study import Study
from tests.audits import write_audit


def headings(chapter: str) -> list[str]:
    """The labels and headings of the executed chapter."""
    page = nbformat.read(render_chapter("demo", chapter), as_version=4)
    texts = [cell.source for cell in page.cells if cell.cell_type == "markdown"]
    assert not [cell for cell in page.cells if "page.section(" in cell.source]
    return [line for text in texts for line in text.splitlines() if line.startswith(("## ", "("))]


def file(name: str) -> pd.DataFrame:
    path = paths.report_dir() / "demo" / "files" / f"demo-{name}.csv"
    return pd.read_csv(path, float_precision="round_trip")


def has(found: list[str], label: str, heading: str) -> bool:
    at = found.index(f"(demo-{label})=")
    return found[at + 1] == f"## {heading}"


def others(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["kind"] == "other photographs"]


@pytest.fixture
def small(simulated_results: Callable[..., Study]) -> None:
    simulated_results(models=("small-net",), train=("phantom-lab", "phantom-web"))
    write_audit("demo", "phantom-lab", "phantom-web")  # which says what photographs they share


@pytest.mark.slow
def test_each_heading_of_the_travel_page_is_that_of_its_table(small: None) -> None:
    found = headings("travel")
    assert has(found, "travel-models", lost_elsewhere(file("travel-models")))
    cells = file("travel-cells-macro-f1")
    cells = cells[(cells["view"] == "clean") & (cells["train"] != cells["test"])]
    assert has(found, "travel-matrix", not_above(cells))
    assert has(found, "travel-views", changed_by_views(file("travel-view-changes")))


@pytest.mark.slow
def test_each_heading_of_the_page_of_losses_is_that_of_its_table(small: None) -> None:
    found = headings("losses")
    row, column = file("losses-row-drop"), file("losses-column-drop")
    assert len(others(row)) == len(others(column)) == 2
    assert has(found, "losses-row", lost(others(row), "row_drop", "On other photographs"))
    assert has(found, "losses-column", lost(others(column), "column_drop", "Trained elsewhere"))


@pytest.mark.slow
def test_each_heading_of_the_page_of_errors_is_that_of_its_table(small: None) -> None:
    found, lead = headings("errors"), ("small-net", "phantom-lab")
    assert has(found, "errors-recall", missed_most(file("errors-emotions"), *lead))
    assert has(found, "errors-confusions", mistaken_most(file("errors-confusions"), *lead))
    assert has(found, "errors-precision", surest(file("errors-ap"), *lead))


@pytest.mark.slow
def test_each_heading_of_the_page_of_heat_maps_is_that_of_its_table(small: None) -> None:
    found, apart = headings("gradcam"), file("gradcam-right-wrong")
    assert has(found, "gradcam-right-wrong", right_wrong_finding(apart))
    assert (apart[apart["region"] == "mouth"]["difference_lo"] > 0).all(), "as was simulated"
