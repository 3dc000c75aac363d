"""What the notebooks of a book may hold: text and markup, no picture, no attachment, no data."""

from collections.abc import Iterator
from pathlib import Path

import nbformat

from fer_core.book.checks.markup import long_word

KINDS = {"text/plain", "text/markdown", "text/html"}  # HTML is looked at in the page it makes
SHOWN = {"display_data", "execute_result"}
CELLS = {"markdown", "code"}


def output_faults(report: Path) -> Iterator[tuple[str, str]]:
    """Yield the path in `report` of a notebook and what it holds that no chapter makes."""
    for path in sorted(report.rglob("*.ipynb")):
        name = path.relative_to(report).as_posix()
        try:
            notebook = nbformat.read(path, as_version=4)
            faults = [fault for cell in notebook.cells for fault in _cell_faults(cell)]
        except Exception as error:  # nbformat has no error of its own for a file that is none
            faults = [f"is no notebook ({type(error).__name__})"]
        for fault in dict.fromkeys(faults):
            yield name, fault


def _cell_faults(cell: nbformat.NotebookNode) -> Iterator[str]:
    if cell.cell_type not in CELLS:
        yield f"has a cell of the kind {cell.cell_type!r}"
    if cell.get("attachments"):
        yield "has a picture attached to a cell"
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            if output.name != "stdout" or long_word(output.text):
                yield "has an output that is no text"
        elif output.output_type not in SHOWN:
            yield f"has an output of the kind {output.output_type!r}"
        for kind in set(output.get("data", ())) - KINDS:
            yield f"has an output of the kind {kind!r}"
