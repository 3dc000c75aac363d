"""The table of contents: narrative pages, then one part per study that has results."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from fer_core.errors import FerError
from fer_core.study import Cell

# The report chapters in reading order: the notebooks of these names, and the heading of each.
CHAPTERS = {
    "datasets": "Data sets",
    "audit": "Audit of the data",
    "leaderboard": "Leaderboard",
    "matrices": "Train × test matrices",
    "confusion": "Confusion matrices",
    "precision_recall": "Precision and recall",
    "training": "Training curves",
    "gradcam": "Grad-CAM",
}
FIRST = ("open", "demo")
REPORT = PurePosixPath("book/report")
ALL_DATASETS = REPORT / "all-datasets"
ALL_MODELS = REPORT / "all-models"
BEFORE = ("book/protocol", "book/limits", str(ALL_DATASETS), str(ALL_MODELS))


class Part(NamedTuple):
    """One study in the book: its name, its title, and its runs that have a page, in order."""

    study: str
    title: str
    runs: Sequence[Cell]


def reading_order(studies: Iterable[str]) -> list[str]:
    """Return study names as the book orders them: open, demo, then the others by name."""
    names = set(studies)
    return [name for name in FIRST if name in names] + sorted(names - set(FIRST))


def chapter_title(chapter: str, study: str) -> str:
    """Return a chapter's heading; it names the study, so that no two pages share a heading."""
    return f"{CHAPTERS[chapter]} ({study})"


def run_title(study: str, cell: Cell) -> str:
    """Return the heading of a run's page."""
    return f"{cell.model} on {cell.train}, seed {cell.seed} ({study})"


def chapter_page(study: str, chapter: str) -> PurePosixPath:
    """Return a chapter's page, relative to the root and without its suffix."""
    return REPORT / study / chapter


def run_page(study: str, cell: Cell) -> PurePosixPath:
    """Return a run's page, relative to the root and without its suffix."""
    return REPORT / study / "runs" / cell.model / cell.train / f"seed{cell.seed}"


def book_toc(parts: Sequence[Part]) -> dict[str, Any]:
    """Return the table of contents of a book with these studies, in the format of `_toc.yml`."""
    if not parts:
        raise FerError("no study has results; run one first: make book")
    return {
        "format": "jb-book",
        "root": "book/intro",
        "parts": [
            {"caption": "Before you read", "chapters": _files(*BEFORE)},
            *({"caption": part.title, "chapters": _study_chapters(part)} for part in parts),
            {"caption": "Use it", "chapters": _files("book/run", "book/cite")},
        ],
    }


def _study_chapters(part: Part) -> list[dict[str, Any]]:
    """Return a part's entries; the sidebar needs no study in their titles, the headings do."""
    chapters: list[dict[str, Any]] = [
        {"file": str(chapter_page(part.study, chapter)), "title": title}
        for chapter, title in CHAPTERS.items()
    ]
    runs: dict[str, Any] = {"file": str(REPORT / part.study / "runs"), "title": "Runs"}
    if part.runs:
        runs["sections"] = [
            {"file": str(run_page(part.study, cell)), "title": " · ".join(map(str, cell))}
            for cell in part.runs
        ]
    return [*chapters, runs]


def _files(*pages: str) -> list[dict[str, Any]]:
    return [{"file": page} for page in pages]
