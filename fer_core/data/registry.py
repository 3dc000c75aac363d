"""The register of data sets: one decorated function per set.

A set that is read from files:

    @register(Card(name="fer2013", ...))
    def read(source: Source) -> Reading: ...

A set that needs no files:

    @register_generated(Card(name="phantom-lab", ..., generated={"n": 4000, "seed": 0}))
    def generate() -> tuple[pd.DataFrame, np.ndarray]: ...

The table of a generated set has at least `sample_id`, `emotion` and `split` ("train", "val" or
"test"); the other columns of the index are filled in when it is prepared, and more columns (the
truth) are kept. The pixels are uint8 of shape (n, store_size, store_size, channels).
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fer_core.data.card import Card
from fer_core.data.official import Official
from fer_core.data.reading import Reading
from fer_core.data.source import Source
from fer_core.errors import unknown

Reader = Callable[[Source], Reading]
Generator = Callable[[], tuple[pd.DataFrame, np.ndarray]]


@dataclass(frozen=True)
class Entry:
    """A registered data set: exactly one of `read` and `generate` is set.

    `official` is what is known of its official split, where there is one.
    """

    card: Card
    read: Reader | None = None
    generate: Generator | None = None
    official: Official | None = None


_ENTRIES: dict[str, Entry] = {}
_ROOMS = ("fer_core.data.readers", "fer_core.data.phantom")


def register(card: Card, official: Official | None = None) -> Callable[[Reader], Reader]:
    """Register the decorated function as the reader of the data set `card.name`."""

    def keep(read: Reader) -> Reader:
        _add(Entry(card, read=read, official=official))
        return read

    return keep


def register_generated(card: Card) -> Callable[[Generator], Generator]:
    """Register the decorated function as the generator of the data set `card.name`."""

    def keep(generate: Generator) -> Generator:
        _add(Entry(card, generate=generate))
        return generate

    return keep


def list_datasets() -> list[str]:
    """Return the names of every registered data set, sorted."""
    _import_rooms()
    return sorted(_ENTRIES)


def get_entry(name: str) -> Entry:
    """Return the registered data set `name`; an unknown name raises UnknownNameError."""
    _import_rooms()
    if name not in _ENTRIES:
        raise unknown("dataset", name, list_datasets())
    return _ENTRIES[name]


def _add(entry: Entry) -> None:
    if entry.card.name in _ENTRIES:
        raise ValueError(f"two data sets are registered as {entry.card.name!r}")
    _ENTRIES[entry.card.name] = entry


def _import_rooms() -> None:
    """Import the packages whose modules register data sets (late: they import this module)."""
    for room in _ROOMS:
        importlib.import_module(room)
