"""What the chapters of the whole book say: of all data sets, and of all nets."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_core.analysis.catalogue import CATALOGUE, COMMAND, MACHINE, TOLERANCE
from fer_core.book.prose.markdown import listed, plain
from fer_core.data.registry import Entry


def about_all_datasets(entries: Sequence[Entry], others: pd.DataFrame) -> str:
    """Say how many data sets are registered, drawn here and shown, and how many have no reader."""
    drawn = sum(entry.generate is not None for entry in entries)
    shown = sum(entry.card.publishable for entry in entries)
    return (
        f"{len(entries)} data sets are registered, of which this project draws {drawn} itself. "
        f"{shown} of them may be shown here. {len(others)} others are named below without a reader."
    )


def about_all_models(table: pd.DataFrame) -> str:
    """Say how many nets there are, of which families, at which sizes, and how large they are; or
    how to make a catalogue that is missing."""
    if table.empty:
        return (
            f"No net has been measured here. `{COMMAND}` counts and times all of them and writes "
            f"`{CATALOGUE}` and `{MACHINE}` into the folder of results, of which this page is made."
        )
    families = table.groupby("family", sort=False)["model"].nunique()
    told = listed(f"{n} of the family {family}" for family, n in families.items())
    small, large = (table.loc[table["parameters"].agg(pick)] for pick in ("idxmin", "idxmax"))
    return (
        f"{table['model'].nunique()} nets, {told}, "
        f"at {listed(sorted(set(table['size'])))} px: from "
        f"{small['parameters']:,} parameters ({plain(small['model'])}) to "
        f"{large['parameters']:,} ({plain(large['model'])} at {large['size']} px)."
    )


def about_speed(table: pd.DataFrame, machine: dict[str, Any]) -> str:
    """Say on what the speed was measured, and with which batches; "" where nothing was."""
    if table.empty:
        return ""
    threads, torch = machine["threads"], plain(machine["versions"].get("torch", "unknown"))
    return (
        f"Images per second are those of {plain(machine['cpu'])} with {threads} "
        f"thread{'s' if threads > 1 else ''}, torch {torch}, on {plain(machine['date'])} "
        f"(commit {plain(str(machine['commit'])[:10])}); *training* is forward and backward "
        f"without the optimiser. Batches have {table['batch'].max()} images, a slow net is timed "
        "with fewer: the CSV file says which."
    )


def about_printed(printed: pd.DataFrame) -> str:
    """Say how many counts papers print, and with how many of them ours agree;
    "" where no net was measured."""
    if printed.empty:
        return ""
    agreeing = int(printed["agrees"].sum())
    text = (
        f"Papers print {len(printed)} counts of these nets, in millions. Ours agree with "
        f"{agreeing}: they round to the printed number or lie within {TOLERANCE:.0%} of it."
    )
    if agreeing == len(printed):
        return text
    return f"{text} The table has the others, its CSV file has all."
