"""What a chapter shows: sentences, numbered tables with a CSV file, numbered figures with alt text.

    page = Page(study, "leaderboard")
    page.answer("...")
    page.table(frame, "scores", "Caption.", page.predictions)
    page.figure(fig, "drop", "Alt text.", "Caption.", page.predictions)

Every caption ends with the source file, the notebook, the commit and the date. Files go to
`book/report/<study>/files/`. Beside each figure lies a JSON file that says whose pixels it shows;
`fer_core.book.checks` lets no other picture into the book.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from IPython.display import Markdown, display
from matplotlib.figure import Figure

from fer_core import paths
from fer_core.book.markdown import commit, flat, markdown_table, today
from fer_core.book.permission import require_publishable
from fer_core.book.toc import CHAPTERS
from fer_core.errors import FerError, unknown
from fer_core.figures.style import save_figure
from fer_core.figures.tables import write_csv
from fer_core.files import sha256_file, write_json
from fer_core.runs import studies_with_results
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
        display(
            Markdown(
                f":::{{table}} {self._caption(caption, source)}\n:name: tab-{self._key(name)}\n\n"
                f"{markdown_table(frame if shown is None else shown)}\n:::\n\n"
                f"[{{download}}`Download this table as CSV <files/{target.name}>`]{{.fer-download}}"
            )
        )

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
        display(
            Markdown(
                f":::{{figure}} files/{target.name}\n:name: fig-{self._key(name)}\n:alt: {alt}\n\n"
                f"{self._caption(caption, source)}\n:::"
            )
        )

    def _key(self, name: str) -> str:
        return f"{self.name}-{self.chapter}-{name}".replace("_", "-").replace(".", "-")

    def _file(self, name: str, suffix: str) -> Path:
        return self.files / f"{self._key(name)}{suffix}"

    def _caption(self, caption: str, source: str) -> str:
        files = f"`{source}`", f"`notebooks/{self.chapter}.py`"
        stamp = " · ".join((*files, commit(), today()))
        return f"{' '.join(caption.split())} [Source: {stamp}]{{.fer-source}}"


def require_runs(study: str) -> None:
    """Raise FerError, with the way out, when a study has no finished run."""
    if study not in studies_with_results():
        raise FerError(
            f"study {study!r} has no finished run, so there is nothing to show; "
            f"train first: make study STUDY={study}"
        )


def require_vectors(file: Path) -> None:
    """Delete an SVG file that holds pixels, and raise FerError."""
    if "<image" in file.read_text(encoding="utf-8"):
        file.unlink()
        raise FerError(
            f"the figure {file.stem!r} holds pixels but names no data set; "
            "say whose they are with pixels_of, or draw it with vectors"
        )
