"""The table of contents."""

from pathlib import Path

import pytest
import yaml

from fer_core import paths
from fer_core.book.execution.chapters import BOOK, STUDY, read_chapters
from fer_core.book.execution.toc import Part, book_toc, reading_order
from fer_core.errors import FerError
from fer_core.study import Cell

GOLDEN = Path(__file__).parent / "golden"
CHAPTERS, WHOLE = list(read_chapters(STUDY).values()), list(read_chapters(BOOK).values())
OPEN = Part("open", "Open study", CHAPTERS, [Cell("net", "fer2013", 0), Cell("net", "nhfi", 1)])
DEMO = Part("demo", "Demo study", CHAPTERS, [])


@pytest.mark.parametrize(
    ("name", "parts"), [("open-and-demo", [OPEN, DEMO]), ("demo-without-runs", [DEMO])]
)
def test_the_table_of_contents_is_the_one_on_file(name: str, parts: list[Part]) -> None:
    expected = yaml.safe_load((GOLDEN / f"toc-{name}.yml").read_text())
    assert book_toc(parts, WHOLE) == expected


def test_the_open_study_comes_first_then_the_demo_then_the_rest_by_name() -> None:
    assert reading_order(["zoo", "demo", "affectnet", "open"]) == [
        "open",
        "demo",
        "affectnet",
        "zoo",
    ]


def test_the_place_is_that_of_the_study_s_file(tmp_path, monkeypatch) -> None:
    for name, place in (("last", "place: 7\n"), ("first", "place: -1\n"), ("any", "")):
        text = "title: T\nmodels: {net: {backbone: x}}\ntrain: [a]\ntest: [a]\n"
        (tmp_path / f"{name}.yml").write_text(place + text)
    monkeypatch.setattr(paths, "studies_dir", lambda: tmp_path)
    assert reading_order(["any", "gone", "last", "first"]) == ["first", "last", "any", "gone"]


def test_a_study_is_listed_once() -> None:
    assert reading_order(["demo", "demo"]) == ["demo"]


def test_a_book_without_results_says_what_to_run() -> None:
    with pytest.raises(FerError, match="make book"):
        book_toc([], WHOLE)


def test_a_part_has_the_chapters_of_its_study_alone() -> None:
    _, part, _ = book_toc([DEMO._replace(chapters=CHAPTERS[:2])], WHOLE)["parts"]
    assert [entry["title"] for entry in part["chapters"]] == [
        "Which model travels?",
        "What makes a model travel?",
        "Runs",
    ]


def test_the_committed_table_of_contents_is_one_that_the_build_could_write() -> None:
    committed = yaml.safe_load((Path(__file__).parents[3] / "_toc.yml").read_text())
    title = committed["parts"][1]["caption"]
    assert committed == book_toc([Part("open", title, CHAPTERS, [])], WHOLE)
