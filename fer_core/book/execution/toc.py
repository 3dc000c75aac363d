"""The table of contents: narrative pages, then one part per study that has results."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from fer_core.book.execution.chapters import Chapter
from fer_core.errors import FerError
from fer_core.runs import find_runs
from fer_core.study import Cell, Study, list_studies, load_study

REPORT = PurePosixPath("book/report")
BEFORE = ("book/protocol", "book/limits")


class Part(NamedTuple):
    """One study in the book: its name and title, its chapters, and its runs that have a page; None
    where it trains nothing."""

    study: str
    title: str
    chapters: Sequence[Chapter]
    runs: Sequence[Cell] | None


def reading_order(studies: Iterable[str]) -> list[str]:
    """Return study names as the book orders them: by the places that their files give them, then
    the others by name."""
    known = list_studies()
    places = {name: load_study(name).place if name in known else None for name in studies}
    return sorted(places, key=lambda name: (places[name] is None, places[name] or 0, name))


def chapter_title(chapter: Chapter, study: str | None) -> str:
    """Return a chapter's heading; it names the study, so that no two pages share a heading."""
    return f"{chapter.title} ({study})" if study else chapter.title


def chapter_page(study: str | None, chapter: str) -> PurePosixPath:
    """Return the page of a chapter of a study, or of the whole book, relative to the root and
    without its suffix."""
    return REPORT / study / chapter if study else REPORT / chapter


def run_page(study: str, cell: Cell) -> PurePosixPath:
    """Return a run's page, relative to the root and without its suffix; finished and failed runs
    have one.

    Its path is stable, and so is that of its HTML. From any page of the book, in Markdown:
    ``f"{{doc}}`0.621 </{run_page(study, cell)}>`"``.
    """
    return list_page(study) / cell.model / cell.train / f"seed{cell.seed}"


def first_pages(study: Study) -> dict[tuple[str, str], str]:
    """Return the page of the first finished run of each model and training set of a study."""
    found: dict[tuple[str, str], str] = {}
    for record in find_runs(study):
        found.setdefault((record.model, record.train), str(run_page(study.name, record.cell)))
    return found


def list_page(study: str) -> PurePosixPath:
    """Return the page that lists the runs of a study, relative to the root, without its suffix."""
    return REPORT / study / "runs"


def book_toc(parts: Sequence[Part], whole: Iterable[Chapter]) -> dict[str, Any]:
    """Return the table of contents of a book with these studies and these chapters of the whole
    book, in the format of `_toc.yml`."""
    if not parts:
        raise FerError("no study has results; run one first: make book")
    before = (*BEFORE, *(str(chapter_page(None, chapter.name)) for chapter in whole))
    return {
        "format": "jb-book",
        "root": "book/intro",
        "parts": [
            {"caption": "Before you read", "chapters": _files(*before)},
            *({"caption": part.title, "chapters": _study_chapters(part)} for part in parts),
            {"caption": "Use it", "chapters": _files("book/run", "book/cite")},
        ],
    }


def _study_chapters(part: Part) -> list[dict[str, Any]]:
    """Return a part's entries; the sidebar needs no study in their titles, the headings do."""
    chapters: list[dict[str, Any]] = [
        {"file": str(chapter_page(part.study, chapter.name)), "title": chapter.title}
        for chapter in part.chapters
    ]
    if part.runs is None:
        return chapters
    runs: dict[str, Any] = {"file": str(list_page(part.study)), "title": "Runs"}
    if part.runs:
        runs["sections"] = [
            {"file": str(run_page(part.study, cell)), "title": " · ".join(map(str, cell))}
            for cell in part.runs
        ]
    return [*chapters, runs]


def _files(*pages: str) -> list[dict[str, Any]]:
    return [{"file": page} for page in pages]
