"""Registered data sets, sets that have no reader, and files of starting weights, as tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from fer_core import paths
from fer_core.errors import FerError
from fer_core.yaml_files import parse_yaml

if TYPE_CHECKING:
    from fer_core.data.registry import Entry

OTHERS = Path("book") / "other_datasets.yml"
STARTS = Path("book") / "starting_weights.yml"
FIELDS = ("name", "shows", "citation", "licence", "status")
FACES = {"aligned": "taken as it is", "box": "a box per image", "photo": "must be found"}


def readers_table(entries: "Sequence[Entry]") -> pd.DataFrame:
    """Return one row per registered data set: how it comes, its faces, and what was tested."""
    rows = []
    for entry in entries:
        card = entry.card
        rows.append(
            {
                "data set": f"{card.title} ({card.name})",
                "shown": "yes" if card.publishable else "no",
                "faces": "one box for all" if card.crop else FACES[card.faces],
                "reader tested on": "drawn here" if entry.generate else card.tested_on or None,
            }
        )
    return pd.DataFrame(rows)


def read_others(file: Path | None = None) -> pd.DataFrame:
    """Return the sets without a reader, of `book/other_datasets.yml` or `file`: name, shows,
    citation, licence and status."""
    return _read_list(file or paths.root() / OTHERS, FIELDS, "data set")


def read_starts(file: Path | None = None) -> pd.DataFrame:
    """Return the files of weights from which nets began, of `book/starting_weights.yml` or `file`:
    start (how a record's name for it begins), origin and terms."""
    return _read_list(file or paths.root() / STARTS, ("start", "origin", "terms"), "start")


def _read_list(file: Path, fields: Sequence[str], what: str) -> pd.DataFrame:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FerError(f"{file} cannot be read: {error.strerror}; restore it") from error
    rows = parse_yaml(content, file)
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, dict) or set(row) != set(fields):
            raise FerError(f"{file}: each {what} has {', '.join(fields)}; not so {str(row)[:60]}")
    return pd.DataFrame(rows, columns=list(fields))
