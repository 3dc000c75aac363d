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

from collections.abc import Sequence
from inspect import cleandoc
from pathlib import Path

import pandas as pd
from IPython.display import HTML, Markdown, display
from matplotlib.figure import Figure

from fer_core import paths
from fer_core.book.checks.drawing import drawing_html, require_vectors
from fer_core.book.execution.chapters import BOOK, STUDY, get_chapter
from fer_core.book.prose.markdown import (
    csv_link,
    flat,
    fold,
    label,
    numbered_table,
    plain,
    source_stamp,
    stamped,
    varying,
)
from fer_core.csv_files import write_csv
from fer_core.data.permission import credit, require_publishable
from fer_core.errors import FerError
from fer_core.figures.style import save_figure
from fer_core.files import sha256_file, write_json

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

    def section(self, name: str, heading: str, text: str = "") -> None:
        """Begin a section whose heading states what was found, in a cell tagged `as-text`. `name`
        is a part of its label, so that a link outlives the finding."""
        self.say(f"({self._key(name)})=\n## {heading}\n\n{cleandoc(text)}".rstrip())

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
        shown, alike = varying(flat(self.titled(frame if shown is None else shown)))
        text = numbered_table(
            shown,
            f"{caption} {alike}",
            self._stamp(source),
            f"tab-{self._key(name)}",
            f"files/{target.name}",
        )
        display(Markdown(text))

    def titled(self, shown: pd.DataFrame) -> pd.DataFrame:
        """Return a table with names as people write them: of the whole book as they are."""
        return shown

    def html(self, text: str, frame: pd.DataFrame, name: str, caption: str, source: str) -> None:
        """Show a block of our own Markdown or HTML over its caption, and offer what it shows,
        `frame`, as CSV."""
        target = self._file(name, ".csv")
        write_csv(flat(frame), target)
        told = stamped(caption, self._stamp(source))
        display(Markdown(f"{text}\n\n{told}\n\n{csv_link(f'files/{target.name}')}"))

    def figure(
        self,
        fig: Figure,
        name: str,
        alt: str,
        caption: str,
        source: str,
        pixels_of: Sequence[str] | None = None,
        folded: str = "",
    ) -> None:
        """Show a numbered figure, where `folded` says what it is, in a fold of this name.

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
        text = (
            f":::{{figure}} files/{target.name}\n:name: fig-{self._key(name)}\n:alt: {alt}\n"
            f":width: {round(PX_PER_INCH * fig.get_figwidth())}px\n\n"
            f"{stamped(caption, self._stamp(source))}\n:::"
        )
        display(Markdown(fold(folded, text) if folded else text))

    def _key(self, name: str) -> str:
        return label(*filter(None, (self.name, self.chapter, name)))

    def _file(self, name: str, suffix: str) -> Path:
        return self.files / f"{self._key(name)}{suffix}"

    def _stamp(self, source: str) -> str:
        return source_stamp(source, f"notebooks/{self.chapter}.py")


def show_drawing(fig: Figure, alt: str) -> None:
    """Show a figure inside the notebook itself, as vectors: for run pages, which keep no files."""
    display(HTML(drawing_html(fig, alt)))
