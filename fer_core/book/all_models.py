"""The page "All models": what `fer models --measure` wrote, and the counts that papers print."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.book.catalogue import (
    CATALOGUE,
    COMMAND,
    MACHINE,
    PRINTED,
    TOLERANCE,
    compare_printed,
    read_catalogue,
    read_printed,
)
from fer_core.book.markdown import listed, numbered_table, plain, source_stamp
from fer_core.book.toc import ALL_MODELS, REPORT
from fer_core.figures.tables import write_csv
from fer_core.files import write_text

PAGE = """# All models

Which nets does this project build itself, how large are they, and how fast?

:::{{admonition}} Answer
:class: answer

{summary}
:::

A study may name any of them, and any classifier of timm as well: `fer models 'convnext*'` searches
both. {{doc}}`../run` says how.

{rest}
"""
REST = """## Size and speed

Parameters and multiply-accumulates (MACs, for one image) are those of the net that predicts;
*in training* counts what is there besides only to train it, *trained* what the optimiser changes.
All are counted from the net itself, with its default switches and seven classes. Images per
second are those of {machine}; *training* is forward and backward without the optimiser. Batches
have {batch} images, a slow net is timed with fewer: the CSV file says which.

{sizes}

## Sources, switches and weights

How a study trains is its own recipe and no paper's. What was checked of the nets themselves:

- POSTER++, DAN and DMUE: outputs, losses and numbers of parameters agree with those of the
  authors' own code. Their twins differ by what the column *source* adds.
- BTFER benchmark: built from the notebooks that the column *source* names. Compared were the
  numbers of parameters and, of the nets with *head*, its layers with the paper's text and its pool
  with the paper's tables; some of the notebooks have the other value of a switch. No output was
  compared.
- Klagenfurt pipeline: built from its code. Compared were the numbers of parameters and the
  dropout, with the configurations that its paper prints. No output was compared.

*Corrected* are the switches that `variant: corrected` sets, for the nets that have any; every
switch and its value is kept in the record of a run.

{sources}

## Counts as printed

{compared}

{printed}
"""
MISSING = f"""No net has been measured here. `{COMMAND}` counts and times all of them and writes
`{CATALOGUE}` and `{MACHINE}` into the folder of results; this page is made of these two files."""


def write_all_models() -> Path:
    """Write the page and its CSV files below `book/report/`, and return the page."""
    found = read_catalogue()
    if found is None:
        text = PAGE.format(summary="It is not known yet.", rest=MISSING)
    else:
        table, machine = found
        printed = compare_printed(table, read_printed(paths.root() / PRINTED))
        text = PAGE.format(summary=_summary(table), rest=_rest(table, machine, printed))
    page = (paths.root() / ALL_MODELS).with_suffix(".md")
    write_text(page, text)
    return page


def _summary(table: pd.DataFrame) -> str:
    families = table.groupby("family", sort=False)["model"].nunique()
    told = listed(f"{n} of the family {family}" for family, n in families.items())
    small, large = (table.loc[table["parameters"].agg(pick)] for pick in ("idxmin", "idxmax"))
    return (
        f"{table['model'].nunique()} nets, {told}, "
        f"at {listed(sorted(set(table['size'])))} px: from "
        f"{small['parameters']:,} parameters ({plain(small['model'])}) to "
        f"{large['parameters']:,} ({plain(large['model'])} at {large['size']} px)."
    )


def _rest(table: pd.DataFrame, machine: dict[str, Any], printed: pd.DataFrame) -> str:
    differing = printed[~printed["agrees"]]
    compared = (
        f"Papers print {len(printed)} counts of these nets, in millions. Ours agree with "
        f"{len(printed) - len(differing)}: they round to the printed number or lie within "
        f"{TOLERANCE:.0%} of it."
    )
    if len(differing):
        compared += " The table has the others, its CSV file has all."
    return REST.format(
        machine=_machine(machine),
        batch=table["batch"].max(),
        sizes=_table(
            sizes_table(table), table, "sizes", "Every net at every size.", f"results/{CATALOGUE}"
        ),
        sources=_table(
            sources_table(table), None, "sources", "Where each comes from.", f"results/{CATALOGUE}"
        ),
        compared=compared,
        printed=_table(
            printed_table(differing), printed, "printed", "Counts that differ.", PRINTED.as_posix()
        )
        if len(differing)
        else "",
    )


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


def _machine(facts: dict[str, Any]) -> str:
    """Return what was measured on, in words."""
    threads, torch = facts["threads"], plain(facts["versions"].get("torch", "unknown"))
    return (
        f"{plain(facts['cpu'])} with {threads} thread{'s' if threads > 1 else ''}, torch {torch}, "
        f"on {plain(facts['date'])} (commit {plain(str(facts['commit'])[:10])})"
    )


def _table(
    shown: pd.DataFrame, whole: pd.DataFrame | None, name: str, caption: str, source: str
) -> str:
    """Return a numbered table; its CSV file has the whole of what it was made from."""
    path = paths.root() / REPORT / "files" / f"all-models-{name}.csv"
    csv = write_csv(shown if whole is None else whole, path)
    stamp = source_stamp(source, "fer_core/book/all_models.py")
    return numbered_table(shown, caption, stamp, f"tab-all-models-{name}", f"files/{csv.name}")
