"""CSV from elsewhere: UTF-8 text, lines and columns of a size that tables have, even rows; and CSV
of our own, written whole."""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from fer_core.errors import FerError
from fer_core.files import write_text

LONGEST = 2**20  # bytes of a line; one of fer2013.csv has about 10,000
LARGEST = 2**31  # bytes of a file; fer2013.csv has 300 million
MOST_COLUMNS = 10_000
# What reading a disk, or a member of an archive, may raise.
DAMAGED = (OSError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)
_STEP = 2**16  # bytes that are looked at at a time


class _Bounded(io.RawIOBase):
    """A binary file that raises FerError, with the line, where it is no text of bounded lines."""

    def __init__(self, file: BinaryIO, what: object, errors: str):
        self._file, self._what = file, what
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors)
        self._lines, self._open, self._size = 1, 0, 0  # `_open`: bytes of the line that goes on
        self.end = b""  # the last byte that ends no line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._file.read(min(len(buffer), _STEP))
        except DAMAGED as error:
            raise FerError(f"{self._what} cannot be read ({error}); fetch it again") from error
        self._look_at(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _look_at(self, chunk: bytes) -> None:
        if (place := chunk.find(b"\0")) >= 0:
            raise self._fault(chunk, place, "holds a NUL byte, so it is no text; save it as UTF-8")
        try:
            self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise self._fault(chunk, error.start, "is not UTF-8; save it as such") from error
        ends = [place for mark in (b"\n", b"\r") if (place := chunk.find(mark)) >= 0]
        if self._open + min(ends, default=len(chunk)) > LONGEST:
            raise self._fault(b"", 0, f"has more than {LONGEST:,} bytes; fetch the file again")
        last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        self._open = len(chunk) - 1 - last if last >= 0 else self._open + len(chunk)
        self._lines += chunk.count(b"\n")
        self._size += len(chunk)
        self.end = chunk.rstrip(b"\r\n")[-1:] or self.end
        if self._size > LARGEST:
            raise FerError(f"{self._what} has more than {LARGEST // 2**30} GB; split it")

    def _fault(self, chunk: bytes, place: int, why: str) -> FerError:
        line = self._lines + chunk.count(b"\n", 0, place)
        return FerError(f"{self._what}: line {line} {why}")


def bounded(file: BinaryIO, what: object, errors: str = "strict") -> io.BufferedReader:
    """Return a binary file, also a member of an archive, that raises FerError while it is read
    where a line is too long, holds a NUL byte or (with errors "strict") is not UTF-8."""
    return io.BufferedReader(_Bounded(file, what, errors), _STEP)


def read_csv(
    source: Path | str | BinaryIO,
    what: object = None,
    columns: Sequence[str] = (),
    numbers: Sequence[str] = (),
    way_out: str = "fetch it again",
) -> pd.DataFrame:
    """Return a CSV as texts, whatever they look like, and its columns `numbers` as numbers (NaN
    where there is none).

    FerError, which calls the file `what`, for one that is no UTF-8 text with `columns`, with a
    line that is too long, or with a row that has not one value for each column.
    """
    if isinstance(source, (Path, str)):
        what = source if what is None else what
        try:
            with open(source, "rb") as file:
                return read_csv(file, what, columns, numbers, way_out)
        except OSError as error:
            raise FerError(f"{what} cannot be read ({error.strerror}); {way_out}") from error
    with bounded(source, what) as lines:
        try:
            names = _names(lines)
            missing = [name for name in (*columns, *numbers) if name not in names]
            if missing:
                raise ValueError(
                    f"lacks the column {missing[0]!r}; it has {', '.join(names[:12])} and needs "
                    f"{', '.join(dict.fromkeys((*columns, *numbers)))}"
                )
            table = _rows(lines, names)
            return table.assign(**{name: _numbers(table[name]) for name in numbers})
        except (ValueError, csv.Error) as error:  # Arrow's are ValueErrors
            fault = " ".join(str(error).split())[:300]
            raise FerError(f"{what} {fault}; {way_out}") from error


def _names(lines: io.BufferedReader) -> list[str]:
    line = b"\n"
    while line and not line.strip():
        line = lines.readline()
    text = line.decode("utf-8-sig").rstrip("\r\n")
    if text.count(",") >= MOST_COLUMNS:
        raise ValueError(f"has more than {MOST_COLUMNS:,} columns")
    if "\r" in text:
        raise ValueError("ends its lines with CR alone; save it with LF or CRLF")
    names = [name.strip() for name in next(csv.reader([text]), [])]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise ValueError(f"has the column {twice[0]!r} twice")
    if not any(names):
        raise ValueError("names no columns in its first line")
    return names


def _rows(lines: io.BufferedReader, names: list[str]) -> pd.DataFrame:
    if not lines.peek(1):
        return pd.DataFrame({name: pd.Series(dtype="str") for name in names})
    keys = [str(number) for number in range(len(names))]  # Arrow wants each name once
    uneven: list[pa.csv.InvalidRow] = []

    def refuse(row: pa.csv.InvalidRow) -> str:
        uneven.append(row)
        return "error"

    try:
        table = pa.csv.read_csv(
            lines,
            pa.csv.ReadOptions(use_threads=False, block_size=2 * LONGEST, column_names=keys),
            pa.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.large_string())),
        )
    except pa.ArrowInvalid as error:
        if uneven:
            row = uneven[0]
            raise ValueError(
                f"has {row.actual_columns} values in row {row.number} below the names of its "
                f"{row.expected_columns} columns"
            ) from error
        if "straddling" in str(error):  # more than a block of the file
            raise ValueError("has a quoted value of very many lines; close its quotes") from error
        raise ValueError(f"cannot be read as CSV: {error}") from error
    columns = [pd.Series(column, dtype="str") for column in table.columns]
    if len(table) and "\n" in columns[-1].iloc[-1] and lines.raw.end != b'"':  # type: ignore[attr-defined]
        raise ValueError("has a quoted value that never ends; close its quotes")
    return pd.concat(columns, axis=1, keys=range(len(names))).set_axis(names, axis=1)


def _numbers(texts: pd.Series) -> pd.Series:
    values = pd.to_numeric(texts, errors="coerce")
    if not values.hasnans:
        return values
    others = texts[values.isna()]
    strange = others[~others.str.strip().str.lower().isin(["", "nan"])]
    if len(strange):
        raise ValueError(f"has {strange.iloc[0][:40]!r} for a number in the column {texts.name}")
    return values


def write_csv(table: pd.DataFrame, path: Path | str) -> Path:
    """Write a table at full precision, whole or not at all: what a reader downloads."""
    write_text(path, table.to_csv(index=False, lineterminator="\n"))
    return Path(path)
