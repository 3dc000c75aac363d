"""What a chapter shows: sentences, numbered tables with a CSV file, numbered figures with alt text.

    page = Page(study, "leaderboard")
    page.answer("...")
    page.table(frame, "scores", "Caption.", page.predictions)
    page.figure(fig, "drop", "Alt text.", "Caption.", page.predictions)

Every caption ends with the source file, the notebook, the commit and the date. Files go to
`book/report/<study>/files/`. Beside each figure lies a JSON file that says whose pixels it shows;
`fer_core.book.checks` lets no other picture into the book.
"""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from IPython.display import HTML, Markdown, display
from matplotlib.figure import Figure

from fer_core import paths
from fer_core.book.markdown import flat, label, numbered_table, plain, source_stamp, stamped
from fer_core.book.permission import credit, require_publishable
from fer_core.book.run_pages import require_runs
from fer_core.book.toc import CHAPTERS
from fer_core.errors import FerError, unknown
from fer_core.figures.style import save_figure
from fer_core.figures.tables import write_csv
from fer_core.files import sha256_file, write_json
from fer_core.study import load_study


class Page:
    """One chapter of one study while it is being executed."""

    def __init__(self, study: str, chapter: str) -> None:
        if chapter not in CHAPTERS:
            raise unknown("chapter", chapter, CHAPTERS)
        self.study = load_study(study)
        self.name = self.study.name
        self.chapter = chapter
        self.files = paths.report_dir() / self.name / "files"
        self.predictions = f"results/{self.name}/*/*/seed*/predictions/*.parquet"
        require_runs(self.name)

    def say(self, text: str) -> None:
        """Show Markdown; strings that come from data go through `markdown.plain` first."""
        display(Markdown(text))

    def answer(self, text: str) -> None:
        """Show the chapter's answer in a box."""
        display(Markdown(f":::{{admonition}} Answer\n:class: answer\n\n{text}\n:::"))

    def table(
        self,
        frame: pd.DataFrame,
        name: str,
        caption: str,
        source: str,
        shown: pd.DataFrame | None = None,
    ) -> None:
        """Show a numbered table and offer all of `frame` as CSV.

        `shown` is what the page prints instead, when the file holds more digits or columns.
        """
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
                f":::{{figure}} files/{target.name}\n:name: fig-{self._key(name)}\n:alt: {alt}\n\n"
                f"{stamped(caption, self._stamp(source))}\n:::"
            )
        )

    def _key(self, name: str) -> str:
        return label(self.name, self.chapter, name)

    def _file(self, name: str, suffix: str) -> Path:
        return self.files / f"{self._key(name)}{suffix}"

    def _stamp(self, source: str) -> str:
        return source_stamp(source, f"notebooks/{self.chapter}.py")


def show_drawing(fig: Figure, alt: str) -> None:
    """Show a figure inside the notebook itself, as vectors: for run pages, which keep no files."""
    with TemporaryDirectory() as folder:
        file = save_figure(fig, Path(folder) / "drawing.svg")
        require_vectors(file)
        content = base64.b64encode(file.read_bytes()).decode()
    source = f"data:image/svg+xml;base64,{content}"
    display(HTML(f'<img alt="{escape(alt)}" src="{source}">'))


def require_vectors(file: Path) -> None:
    """Delete an SVG file that holds pixels, and raise FerError."""
    if "<image" in file.read_text(encoding="utf-8"):
        file.unlink()
        raise FerError(
            f"the figure {file.stem!r} holds pixels but names no data set; "
            "say whose they are with pixels_of, or draw it with vectors"
        )
