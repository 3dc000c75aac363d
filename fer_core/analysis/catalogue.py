"""The measured catalogue of nets as a file and as tables, and the counts that papers print."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.csv_files import read_csv, write_csv
from fer_core.errors import FerError
from fer_core.files import read_json, write_json

CATALOGUE, MACHINE = "models.csv", "models.json"
COMMAND = "fer models --measure"
# The columns of the catalogue: those of `fer_core.models.catalogue.Row`, then those of its Speed.
COLUMNS = (
    "model", "family", "title", "source", "size", "parameters", "training_parameters", "trained",
    "macs", "weights", "options", "corrected",
    "batch", "images_per_second", "training_batch", "training_images_per_second",
)  # fmt: skip
NUMBERS = (*COLUMNS[4:9], *COLUMNS[12:])
TOLERANCE = 0.05  # papers write "~21.5M"
PRINTED = Path("book") / "printed_parameters.csv"
PRINTED_COLUMNS = ("model", "size", "millions", "printed_as", "source")


def write_catalogue(table: pd.DataFrame, machine: dict[str, Any]) -> Path:
    """Write the measured catalogue and the facts about the machine into the folder of results."""
    folder = paths.results_dir()
    write_json(folder / MACHINE, machine)
    return write_csv(table[list(COLUMNS)], folder / CATALOGUE)


def read_catalogue() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the measured catalogue and the facts about the machine; empty if there is none."""
    path = paths.results_dir() / CATALOGUE
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS)), {}
    table = read_table(path, COLUMNS, NUMBERS, f"write it anew: {COMMAND}")
    if not path.with_name(MACHINE).is_file():
        raise FerError(f"{path} has no {MACHINE} beside it; write both anew: {COMMAND}")
    return table, read_json(path.with_name(MACHINE))


def read_printed(path: Path | None = None) -> pd.DataFrame:
    """Return the counts that papers print, of `book/printed_parameters.csv` or `path`; `millions`
    is text, as printed."""
    path = path or paths.root() / PRINTED
    table = read_table(path, PRINTED_COLUMNS, ("size",), "mend it")
    if not table["millions"].str.fullmatch(r"\d+(\.\d+)?").all():
        raise FerError(f"{path}: millions are numbers such as 21.5; mend it")
    return table


def read_table(
    path: Path, columns: tuple[str, ...], numbers: tuple[str, ...], way_out: str
) -> pd.DataFrame:
    """Return a CSV file that must have exactly these columns and at least one row."""
    table = read_csv(path, columns=columns, numbers=numbers, way_out=way_out)
    if tuple(table.columns) != columns or table.empty:
        raise FerError(f"{path} is no table of {', '.join(columns)}; {way_out}")
    return table


def compare_printed(table: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Return the printed counts with ours; `agrees` where ours, of the net that predicts or of the
    one that is trained, rounds to the printed number or lies within TOLERANCE of it.

    A count of a net that the catalogue does not have is an error; nothing is compared with a
    catalogue that is empty.
    """
    printed = printed if len(table) else printed.head(0)
    counts = table[["model", "size", "parameters", "training_parameters"]]
    both = printed.merge(counts, on=["model", "size"], how="left", validate="many_to_one")
    lost = both[both["parameters"].isna()]
    if not lost.empty:
        where = ", ".join(f"{row.model} at {row.size}" for row in lost.itertuples())
        raise FerError(f"{PRINTED} names nets that are not in the catalogue: {where}; mend it")
    both["counted"] = both["parameters"].astype(int)
    rows: list[dict[Any, Any]] = both.to_dict("records")
    both["agrees"] = [
        any(_agrees(row["millions"], row[which]) for which in ("parameters", "training_parameters"))
        for row in rows
    ]
    both["agrees"] = both["agrees"].astype(bool)
    return both.drop(columns=["parameters", "training_parameters"])


def sizes_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per net and size: its counts and its speed."""
    return pd.DataFrame(
        {
            "model": table["model"],
            "px": table["size"],
            "parameters": table["parameters"],
            "in training": table["training_parameters"],
            "trained": table["trained"],
            "million MACs": [f"{macs / 1e6:,.1f}" for macs in table["macs"]],
            "images/s": [_rate(rate) for rate in table["images_per_second"]],
            "training images/s": [_rate(rate) for rate in table["training_images_per_second"]],
        }
    )


def sources_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per net: family, title, source, switches and starting weights."""
    nets = table.drop_duplicates("model")
    columns = ["model", "family", "title", "source", "options", "corrected", "weights"]
    shown = nets[columns].copy()
    for column in ("options", "corrected"):
        shown[column] = shown[column].map(_switches)
    return shown.rename(columns={"options": "switches, default"})


def printed_table(printed: pd.DataFrame) -> pd.DataFrame:
    """Return the printed counts beside ours, with the difference in percent of ours."""
    stated = printed["millions"].astype(float) * 1e6
    return pd.DataFrame(
        {
            "model": printed["model"],
            "px": printed["size"],
            "printed as": printed["printed_as"],
            "printed, millions": printed["millions"],
            "counted": printed["counted"],
            "difference": [f"{p:+.0%}" for p in stated / printed["counted"] - 1],
            "source": printed["source"],
        }
    )


def _agrees(millions: str, count: int) -> bool:
    digits = len(millions.partition(".")[2])
    near = abs(float(millions) * 1e6 - count) <= TOLERANCE * count
    return near or f"{count / 1e6:.{digits}f}" == millions


def _switches(text: str) -> str:
    """Return switches that are kept as JSON as words: "centres 8, resize nearest"."""
    values = {True: "yes", False: "no"}
    switches = json.loads(text) if text else {}
    return ", ".join(
        f"{name} {values[value] if isinstance(value, bool) else value}"
        for name, value in switches.items()
    )


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"
