"""What a chapter shows: sentences, numbered tables with a CSV file, numbered figures with alt text.

    page = BookPage("all-models")
    page.answer("...")
    page.table(frame, "sizes", "Caption.", "results/models.csv")
    page.figure(fig, "drop", "Alt text.", "Caption.", "results/models.csv")

Every caption ends with the source file, the notebook, the commit and the date. Files go to
`book/report/files/`, of a study's chapter to `book/report/<study>/files/`. Beside each figure lies
a JSON file that says whose pixels it shows;
`fer_core.book.checks` lets no other picture into the book.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd
from IPython.display import HTML, Markdown, display
from matplotlib.figure import Figure

from fer_core import paths
from fer_core.analysis.audit import read_leaks, read_shared
from fer_core.analysis.kinds import Shared
from fer_core.analysis.leaks import Leaks, NotAudited
from fer_core.analysis.results import StudyResult, study_result
from fer_core.book.checks.drawing import drawing_html, require_vectors
from fer_core.book.execution.chapters import BOOK, STUDY, about_left_out, chapters_of, get_chapter
from fer_core.book.execution.run_pages import require_runs
from fer_core.book.prose.contempt import about_contempt
from fer_core.book.prose.markdown import (
    flat,
    label,
    note_box,
    numbered_table,
    plain,
    source_stamp,
    stamped,
)
from fer_core.csv_files import write_csv
from fer_core.data.permission import credit, require_publishable
from fer_core.errors import FerError
from fer_core.figures.marks import Pair, drawn_note, footnote, marked, pairs_of, with_leaks
from fer_core.figures.style import save_figure
from fer_core.files import sha256_file, write_json
from fer_core.runs import find_runs
from fer_core.study import load_study

ESTIMATE = "[95 %]"  # how the heading of a score with its interval ends
PX_PER_INCH = 96


class BookPage:
    """One chapter while it is being executed: of the whole book, or of the study named `name`."""

    def __init__(self, chapter: str, name: str = "") -> None:
        get_chapter(chapter, STUDY if name else BOOK)
        self.chapter = chapter
        self.name = name
        self.files = paths.report_dir() / name / "files"

    def say(self, text: str) -> None:
        """Show Markdown; strings that come from data go through `markdown.plain` first."""
        display(Markdown(text))

    def answer(self, text: str) -> None:
        """Show the chapter's answer in a box."""
        self.say(f":::{{admonition}} Answer\n:class: answer\n\n{text}\n:::")

    def table(
        self,
        frame: pd.DataFrame,
        name: str,
        caption: str,
        source: str,
        shown: pd.DataFrame | None = None,
        otherwise: str = "",
    ) -> None:
        """Show a numbered table and offer all of `frame` as CSV.

        `shown` is what the page prints instead, when the file holds more digits or columns;
        `otherwise` is the sentence for a table that may have no rows.
        """
        if frame.empty and otherwise:
            return self.say(otherwise)
        target = self._file(name, ".csv")
        write_csv(flat(frame), target)
        text = numbered_table(
            frame if shown is None else shown,
            caption,
            self._stamp(source),
            f"tab-{self._key(name)}",
            f"files/{target.name}",
        )
        display(Markdown(text))

    def figure(
        self,
        fig: Figure,
        name: str,
        alt: str,
        caption: str,
        source: str,
        pixels_of: Sequence[str] | None = None,
    ) -> None:
        """Show a numbered figure.

        `pixels_of` names the data sets whose pixels it shows; each must be publishable. An empty
        list says that its pixels are heat maps without faces. Without `pixels_of` it is saved as
        vectors, and is refused if it turns out to hold pixels all the same.
        """
        alt = " ".join(alt.split())
        if not alt:
            raise FerError(f"the figure {name!r} has no alt text; say in words what it shows")
        require_publishable(pixels_of or (), f"the figure {name!r}")
        target = save_figure(fig, self._file(name, ".svg" if pixels_of is None else ".png"))
        if pixels_of is None:
            require_vectors(target)
        record = {"file": target.name, "sha256": sha256_file(target), "pixels_of": pixels_of or []}
        write_json(target.with_name(target.name + ".json"), record)
        credits = (plain(credit(dataset)) for dataset in pixels_of or ())
        caption = " ".join((caption, *credits))
        display(
            Markdown(
                f":::{{figure}} files/{target.name}\n:name: fig-{self._key(name)}\n:alt: {alt}\n"
                f":width: {round(PX_PER_INCH * fig.get_figwidth())}px\n\n"
                f"{stamped(caption, self._stamp(source))}\n:::"
            )
        )

    def _key(self, name: str) -> str:
        return label(*filter(None, (self.name, self.chapter, name)))

    def _file(self, name: str, suffix: str) -> Path:
        return self.files / f"{self._key(name)}{suffix}"

    def _stamp(self, source: str) -> str:
        return source_stamp(source, f"notebooks/{self.chapter}.py")


class Page(BookPage):
    """One chapter of one study while it is being executed, with the results of the study."""

    def __init__(self, study: str, chapter: str) -> None:
        self.study = load_study(study)
        super().__init__(chapter, self.study.name)
        self.predictions = f"results/{self.name}/*/*/seed*/predictions/*/*.parquet"
        require_runs(self.name)

    @cached_property
    def leaks(self) -> Leaks:
        """The training × test pairs of the study that share images or persons."""
        return read_leaks(self.study)

    @cached_property
    def result(self) -> StudyResult:
        """What the runs of the study answered, with all that intervals need."""
        return study_result(self.study)

    @cached_property
    def shared(self) -> Shared:
        """Which photographs the sets of the study have in common: what decides the kind of test."""
        return read_shared(self.name)

    @property
    def drawn(self) -> str:
        """What the bootstrap draws, person or image, as a sentence to end a caption with."""
        return plain(drawn_note(self.result.outcomes))

    def note(self, pairs: Iterable[Pair]) -> str:
        """Return the footnote of what marks scores of these pairs, to end a caption with."""
        return plain(footnote(self.leaks, pairs))

    def answer(self, text: str) -> None:
        """Show the chapter's answer in a box, and below it the study's own note, how contempt is
        scored, and on the study's first page the chapters that it does not get, if any."""
        if isinstance(self.leaks, NotAudited):
            text = f"{text}\n\n{plain(footnote(self.leaks, ()))}"
        super().answer(text)
        told = [note_box(self.study.note), about_contempt(find_runs(self.study))]
        if self.chapter == next(iter(chapters_of(self.study)), None):
            told.append(about_left_out(self.study))
        for words in filter(None, told):
            self.say(words)

    def scores(
        self,
        frame: pd.DataFrame,
        name: str,
        caption: str,
        shown: pd.DataFrame,
        otherwise: str = "",
        pairs: Sequence[Iterable[Pair]] | None = None,
    ) -> None:
        """Show a table of scores with a mark and a footnote where the training set shares images
        with the test set; the file has a column instead.

        `pairs` holds the (train, test) pairs of each row of `frame`, by default its own. The rows
        of `shown` are some of the rows of `frame`, by index; all its intervals are marked.
        """
        if frame.empty and otherwise:
            return self.say(otherwise)
        pairs = [list(row) for row in (pairs_of(frame) if pairs is None else pairs)]
        at = [pairs[i] for i in frame.index.get_indexer(shown.index)]
        estimates = [column for column in map(str, shown.columns) if column.endswith(ESTIMATE)]
        self.table(
            with_leaks(frame, pairs, self.leaks),
            name,
            f"{caption} {self.note(pair for row in at for pair in row)}",
            self.predictions,
            marked(shown, at, self.leaks, estimates),
        )


def show_drawing(fig: Figure, alt: str) -> None:
    """Show a figure inside the notebook itself, as vectors: for run pages, which keep no files."""
    display(HTML(drawing_html(fig, alt)))
