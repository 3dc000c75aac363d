"""What a chapter of one study shows: scores with their marks, by the names that people write."""

from collections.abc import Iterable, Sequence
from functools import cached_property

import pandas as pd

from fer_core.analysis.audit import read_leaks, read_shared
from fer_core.analysis.kinds import Shared
from fer_core.analysis.leaderboard import first_rows, ranked_models
from fer_core.analysis.leaks import Leaks, NotAudited
from fer_core.analysis.results import StudyResult, study_result
from fer_core.book.execution.chapters import about_left_out, chapters_of
from fer_core.book.execution.run_pages import require_runs
from fer_core.book.execution.toc import chapter_page, first_pages
from fer_core.book.page import BookPage
from fer_core.book.prose.contempt import about_contempt
from fer_core.book.prose.markdown import linked, note_box, plain
from fer_core.book.prose.phantoms import about_phantoms
from fer_core.book.prose.score_notes import score_notes
from fer_core.book.prose.titles import Titles
from fer_core.book.prose.words import about_left
from fer_core.figures.marks import Pair, drawn_note, footnote, marked, pairs_of, with_leaks
from fer_core.figures.tables import ESTIMATE
from fer_core.runs import find_runs
from fer_core.study import load_study

MOST = 120  # rows of a table of trained models: a page stays below 1.5 MB of HTML


class Page(BookPage):
    """One chapter of one study while it is being executed, with the results of the study."""

    def __init__(self, study: str, chapter: str) -> None:
        self.study = load_study(study)
        super().__init__(chapter, self.study.name)
        self.predictions = f"results/{self.name}/*/*/seed*/predictions/*/*.parquet"
        require_runs(self.name)

    @cached_property
    def titles(self) -> Titles:
        """How people write the models and data sets of the study."""
        return Titles(self.study)

    @cached_property
    def pages(self) -> dict[tuple[str, str], str]:
        """The page of the first finished run of each model and training set."""
        return first_pages(self.study)

    def linked(self, shown: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table as shown whose scores lead to the run that they are from. Its rows are
        rows of `frame`, by index, where these have a model and a training set."""
        if not {"model", "train"} <= set(frame):
            return shown
        rows = frame.loc[shown.index, ["model", "train"]]
        cells = rows.itertuples(index=False, name=None)
        scores = [column for column in map(str, shown.columns) if column.endswith(ESTIMATE)]
        return linked(shown, [self.pages.get(cell, "") for cell in cells], scores)

    @cached_property
    def leaks(self) -> Leaks:
        """The training × test pairs of the study that share images or persons."""
        return read_leaks(self.study)

    @property
    def trust(self) -> str:
        """The page of the study's audit, "" where it gets none."""
        audited = "audit" in chapters_of(self.study)
        return str(chapter_page(self.name, "audit")) if audited else ""

    @cached_property
    def result(self) -> StudyResult:
        """What the runs of the study answered, with all that intervals need."""
        return study_result(self.study)

    @cached_property
    def shared(self) -> Shared:
        """Which photographs the sets of the study have in common: what decides the kind of test."""
        return read_shared(self.name)

    def first(self, table: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
        """Return the rows of a table that a page has room for, all where they fit: those of the
        models that validation ranks first. The file keeps all."""
        if len(table) <= most:
            return table
        return first_rows(table, ranked_models(self.result.validation), most)

    def left(self, table: pd.DataFrame, shown: pd.DataFrame, where: str = "in the file") -> str:
        """Say what of a table is not shown, as a sentence to end a caption with."""
        columns = [axis for axis in ("model", "train") if axis in table]
        every, here = (
            set(part[columns].itertuples(index=False, name=None)) for part in (table, shown)
        )
        return about_left(every, here, where)

    @property
    def drawn(self) -> str:
        """What the bootstrap draws, person or image, as a sentence to end a caption with."""
        return plain(drawn_note(self.result.outcomes, self.titles.dataset))

    def say_behind(self) -> None:
        """Show in a fold what stands behind the scores of the study, which the page's script shows
        beside each."""
        self.say(score_notes(self.result.outcomes, self.shared, self.leaks, self.titles))

    def note(self, pairs: Iterable[Pair]) -> str:
        """Return the footnote of what marks scores of these pairs, to end a caption with."""
        return plain(footnote(self.leaks, pairs, self.titles.dataset))

    def answer(self, text: str) -> None:
        """Show the chapter's answer in a box, and below it the study's own note, how contempt is
        scored, and on the study's first page the chapters that it does not get, if any."""
        if isinstance(self.leaks, NotAudited):
            text = f"{text}\n\n{plain(footnote(self.leaks, ()))}"
        super().answer(text)
        told = [about_phantoms(self.study), note_box(self.study.note)]
        told.append(about_contempt(find_runs(self.study)))
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
            self.linked(marked(shown, at, self.leaks, estimates), frame),
        )

    def titled(self, shown: pd.DataFrame) -> pd.DataFrame:
        """Return a table with models and data sets by their titles."""
        return self.titles.shown(shown)
