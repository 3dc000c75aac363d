"""What the chapters of a study show, cell by cell, without a kernel: for tests of their words."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import jupytext
import matplotlib.pyplot as plt
import pytest

from fer_core import paths
from fer_core.book.execution.chapters import chapters_of
from fer_core.study import Study

EMPTY_TABLE = re.compile(r"^\|[ :|-]+\|\n(?!\|)", re.MULTILINE)
NOTHING = re.compile(r"\b(nan|NaN|None|NaT|<NA>|inf)\b")


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[Study, str], str]:
    """Return a function that executes the cells of a chapter and returns all that it shows; a
    section that shows nothing fails."""
    told: list[str] = []

    def keep(output: Any) -> None:
        told.append(str(output.data))

    monkeypatch.setattr("fer_core.book.page.display", keep)

    def show(study: Study, chapter: str) -> str:
        told.clear()
        space: dict[str, object] = {"__name__": chapter}
        section, before = "", 0
        for cell in jupytext.read(paths.notebooks_dir() / f"{chapter}.py").cells:
            if cell.cell_type == "markdown":
                assert not section or len("".join(told)) > before, f"{chapter}: {section} is empty"
                last = "What this does not show" in cell.source
                section, before = ("" if last else cell.source), len("".join(told))
            else:
                source = cell.source.replace('study = "demo"', f"study = {study.name!r}")
                exec(compile(source, f"{chapter}.py", "exec"), space)
        plt.close("all")
        return "\n".join(told)

    return show


def chapters_shown(
    study: Study, show: Callable[[Study, str], str], only: Sequence[str] = ()
) -> dict[str, str]:
    """Return what these chapters show, by default every one that the study gets; none may hold what
    is no word."""
    found = {name: show(study, name) for name in only or chapters_of(study)}
    for name, text in found.items():
        assert_readable(text, name)
    return found


def assert_readable(text: str, where: str) -> None:
    """Fail where a page shows a value that is missing as such, or a table without a row."""
    words = NOTHING.search(text)
    assert not words, f"{where}: {text[max(words.start() - 80, 0) : words.end() + 40]}"
    empty = EMPTY_TABLE.search(text)
    assert not empty, f"{where}: {text[max(empty.start() - 200, 0) : empty.end()]}"
