"""The page "All data sets": every registered card, and sets that have no reader."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fer_core import paths
from fer_core.book.markdown import numbered_table, plain, source_stamp
from fer_core.book.toc import ALL_DATASETS, REPORT
from fer_core.data.card import Card
from fer_core.data.registry import Entry, get_entry, list_datasets
from fer_core.errors import FerError
from fer_core.figures.tables import write_csv
from fer_core.files import write_text
from fer_core.yaml_files import parse_yaml

OTHERS = Path("book") / "other_datasets.yml"
FIELDS = ("name", "shows", "citation", "licence", "status")
CARDS = "fer_core/data/readers/*.py"
FACES = {"aligned": "taken as it is", "box": "a box per image", "photo": "must be found"}

PAGE = """# All data sets

Which data sets can be read, on what terms, and how well is each reader tested?

:::{{admonition}} Answer
:class: answer

{summary}
:::

Images are never part of this project. Whoever wants to use a set obtains it from its source, under
its terms; {{doc}}`../run` says how it is added. *Shown* sets may lend their pixels to this book,
others never do.

## Readers and what they were tested on

{readers}

## The data sets

{cards}

## Named in the literature, without a reader

{others}
"""


def write_all_datasets() -> Path:
    """Write the page and its two CSV files below `book/report/`, and return the page."""
    entries = [get_entry(name) for name in list_datasets()]
    others = read_others(paths.root() / OTHERS)
    text = PAGE.format(
        summary=_summary(entries, others),
        readers=_table(readers_table(entries), "readers", "All readers and generators.", CARDS),
        cards="\n\n".join(card_text(entry.card) for entry in entries),
        others=_table(others, "others", "Data sets without a reader.", OTHERS.as_posix()),
    )
    page = (paths.root() / ALL_DATASETS).with_suffix(".md")
    write_text(page, text)
    return page


def readers_table(entries: Sequence[Entry]) -> pd.DataFrame:
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


def card_text(card: Card) -> str:
    """Return a card as a section; everything on it is shown literally."""
    facts = {
        "Citation": card.citation,
        "Licence": card.licence,
        "How to obtain it": card.obtain,
        "What it shows": card.shows,
        "Persons": card.subjects,
        "Their consent": card.consent,
        "Test part": card.test_split,
        "Compiled of": ", ".join(card.sources),
        "Shown in this book": "yes" if card.publishable else "no",
    }
    lines = [f"**{name}.** {plain(text)}" for name, text in facts.items() if text]
    if card.problems:
        lines.append("**Known problems.**")
        lines.append("\n".join(f"- {plain(problem)}" for problem in card.problems))
    body = "\n\n".join(lines)
    return f"### {plain(card.title)} ({plain(card.name)})\n\n{body}"


def read_others(file: Path) -> pd.DataFrame:
    """Return the sets without a reader: name, shows, citation, licence and status."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FerError(f"{file} cannot be read: {error.strerror}; restore it") from error
    rows = parse_yaml(content, file)
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, dict) or set(row) != set(FIELDS):
            raise FerError(f"{file}: each data set has {', '.join(FIELDS)}; not so {str(row)[:60]}")
    return pd.DataFrame(rows, columns=list(FIELDS))


def _summary(entries: Sequence[Entry], others: pd.DataFrame) -> str:
    drawn = sum(entry.generate is not None for entry in entries)
    shown = sum(entry.card.publishable for entry in entries)
    return (
        f"{len(entries)} data sets are registered, of which this project draws {drawn} itself. "
        f"{shown} of them may be shown here. {len(others)} others are named below without a reader."
    )


def _table(frame: pd.DataFrame, name: str, caption: str, source: str) -> str:
    csv = write_csv(frame, paths.root() / REPORT / "files" / f"all-datasets-{name}.csv")
    stamp = source_stamp(source, "fer_core/book/all_datasets.py")
    return numbered_table(frame, caption, stamp, f"tab-all-datasets-{name}", f"files/{csv.name}")
