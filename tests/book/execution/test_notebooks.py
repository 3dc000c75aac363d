"""The chapters keep the form that makes them readable, and open in jupytext unchanged."""

import ast
import re
from pathlib import Path

import pytest
from jupytext.cli import jupytext as jupytext_command

from fer_core.book.execution.build import render_book_chapter, render_chapter
from fer_core.book.execution.chapters import STUDY, read_chapters
from fer_core.book.execution.execute import parameter_names, read_notebook, run_notebook
from fer_core.errors import FerError

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
CHAPTERS = read_chapters()
KERNEL = """
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
"""
chapters = pytest.mark.parametrize("chapter", CHAPTERS)
of_a_study = pytest.mark.parametrize("chapter", read_chapters(STUDY))


@chapters
def test_a_chapter_names_its_kernel_and_asks_for_a_study_if_it_is_of_one(chapter: str) -> None:
    header, _, _ = (NOTEBOOKS / f"{chapter}.py").read_text().partition("# %%")
    assert header.endswith(KERNEL + "\n")
    notebook = read_notebook(NOTEBOOKS / f"{chapter}.py")
    wanted = ["study"] if CHAPTERS[chapter].scope == STUDY else []
    assert parameter_names(notebook) == wanted


@chapters
def test_the_title_in_the_header_is_the_heading_of_the_notebook(chapter: str) -> None:
    heading = read_notebook(NOTEBOOKS / f"{chapter}.py").cells[0].source.splitlines()[0]
    assert heading == f"# {CHAPTERS[chapter].title}"


@chapters
def test_a_chapter_has_few_and_short_cells_and_defines_nothing(chapter: str) -> None:
    cells = read_notebook(NOTEBOOKS / f"{chapter}.py").cells
    assert len(cells) <= 25
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        assert "remove-cell" in cell.metadata.tags or len(cell.source.splitlines()) <= 15
        nodes = ast.walk(ast.parse(cell.source))
        assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in nodes)


@chapters
def test_a_chapter_asks_a_question_and_says_what_it_does_not_show(chapter: str) -> None:
    texts = [c.source for c in read_notebook(NOTEBOOKS / f"{chapter}.py").cells]
    assert texts[0].startswith("# ")
    assert "?" in texts[0]
    assert texts[-1].startswith("## What this does not show")
    assert sum("page.answer(" in text for text in texts) == 1


@chapters
def test_no_number_is_typed_into_a_chapter(chapter: str) -> None:
    for cell in read_notebook(NOTEBOOKS / f"{chapter}.py").cells:
        if cell.cell_type == "markdown" or "as-text" in cell.metadata.get("tags", []):
            digits = "".join(c for c in cell.source.replace("F1", "") if c.isdigit())
            assert digits in ("", "95")


@of_a_study
def test_a_section_that_has_a_name_of_its_own_takes_its_heading_from_a_function(
    chapter: str,
) -> None:
    names = []
    for cell in read_notebook(NOTEBOOKS / f"{chapter}.py").cells:
        if "page.section(" in cell.source:
            assert cell.metadata.tags == ["as-text"]
            calls = [n.value for n in ast.parse(cell.source).body if isinstance(n, ast.Expr)]
            (call,) = (call for call in calls if ast.unparse(call).startswith("page.section("))
            name, heading = call.args[:2]
            assert isinstance(heading, ast.Call), "found, not typed"
            names.append(ast.literal_eval(name))
    assert len(names) == len(set(names))


def test_an_interval_that_is_named_says_that_it_is_joined_with_that_of_the_seeds() -> None:
    named = 0
    for chapter in CHAPTERS:
        cells = read_notebook(NOTEBOOKS / f"{chapter}.py").cells
        for cell in (c for c in cells if "as-text" not in c.metadata.get("tags", [])):
            if cell.cell_type == "code" and re.search("wilson|bootstrap|logit", cell.source, re.I):
                assert re.search(r"joined\s.*seeds\s", cell.source, re.S), cell.source
                named += 1
    assert named >= 4


def test_tables_of_drops_and_means_say_where_there_is_a_single_seed() -> None:
    cells = read_notebook(NOTEBOOKS / "losses.py").cells
    for name in ("row-drop", "column-drop"):
        (source,) = (cell.source for cell in cells if f'"{name}"' in cell.source)
        assert "display_table(" in source
        assert "[*cell, *names, *more]" in source
    (source,) = (cell.source for cell in cells if '"averages"' in cell.source)
    assert "top = page.first(means)" in source
    assert '"cells", *more]' in source
    assert any('more = ["model", "train", "test"], ["kind", "seeds", ' in c.source for c in cells)


def test_chapters_survive_the_round_trip_through_jupytext() -> None:
    scripts = [str(path) for path in sorted(NOTEBOOKS.glob("*.py"))]
    assert jupytext_command(["--test", "--to", "ipynb", *scripts]) == 0


@of_a_study
def test_a_misspelt_parameter_of_a_chapter_is_an_error(chapter: str, tmp_path: Path) -> None:
    with pytest.raises(FerError, match=r"unknown parameter.*'studdy'; did you mean study"):
        run_notebook(NOTEBOOKS / f"{chapter}.py", tmp_path / "x.ipynb", {"studdy": "demo"})


def test_an_unknown_chapter_names_the_nearest() -> None:
    with pytest.raises(FerError, match=r"unknown chapter 'travvel'; did you mean travel"):
        render_chapter("demo", "travvel")
    with pytest.raises(FerError, match=r"unknown chapter 'all-model'; did you mean all-models"):
        render_book_chapter("all-model")
