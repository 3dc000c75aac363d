"""Parquet files: a damaged one is one line that names it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from fer_core.errors import FerError

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet(path: Path, columns: Sequence[str], way_out: str) -> pd.DataFrame:
    """Return a table with at least `columns`; FerError with the way out where the file is none."""
    table = read_arrow(path, columns, way_out)
    try:
        return table.to_pandas()
    except Exception as error:
        raise _damaged(path, error, way_out) from error


def read_arrow(
    path: Path, columns: Sequence[str], way_out: str, repeated: Sequence[str] = ()
) -> "pa.Table":
    """Return the table of `read_parquet` as Arrow has it, the columns `repeated` as dictionaries:
    of the few words in them each is made once."""
    from pyarrow.parquet import ParquetFile  # late: the command line needs it rarely

    try:
        with ParquetFile(path, read_dictionary=repeated) as file:
            table = file.read(use_threads=False)
    except Exception as error:  # damaged bytes fail in many ways
        raise _damaged(path, error, way_out) from error
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise FerError(f"{path} lacks the column {missing[0]!r}; {way_out}")
    return table


def count_rows(path: Path, way_out: str) -> int:
    """Return the number of rows of a table without reading them; FerError as above."""
    from pyarrow.parquet import read_metadata  # late: the command line needs it rarely

    try:
        return read_metadata(path).num_rows
    except Exception as error:
        raise _damaged(path, error, way_out) from error


def _damaged(path: Path, error: Exception, way_out: str) -> FerError:
    why = " ".join(str(error).split())[:160]
    return FerError(f"{path} cannot be read as parquet ({why}); {way_out}")
