"""Compile several prepared data sets to one, every row still telling its source."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from typing import Any

import pandas as pd

from fer_core.data.building import building_dir, explain_full_disk, locked
from fer_core.data.compiled import (
    COMPILED,
    VERSION,
    compiled_card,
    open_compiled,
    reader_facts,
)
from fer_core.data.dataset import (
    FORMAT,
    Dataset,
    dataset_dir,
    read_facts,
    write_dataset,
)
from fer_core.data.load import load_dataset
from fer_core.data.own import FOLDER
from fer_core.data.prepare.merging import merged_index, write_merged_pixels
from fer_core.data.registry import list_datasets
from fer_core.data.splits import COMPILED_FRACTIONS, SEED, assign
from fer_core.errors import FerError, unknown
from fer_core.names import is_name, require_name
from fer_core.progress import Progress


def compile_datasets(
    name: str,
    of: Sequence[str],
    split: str = "new",
    size: int | None = None,
    near: pd.DataFrame | None = None,
    progress: bool = True,
) -> Dataset:
    """Make one data set `name` of the prepared data sets `of`, and return it.

    Ids become "<source>/<id>"; the column `source` names the source and `own_split` the split that
    the row has there. Copies are found across sources, persons where two sources have the same
    `person_space`. `split`: "own" keeps the sources' splits; "new" makes 80 / 10 / 10 % of
    every emotion of every source, disjoint by person, copy and `keep_together`. `near` (columns
    dataset_a, sample_a, dataset_b, sample_b, as the audit writes them) keeps near copies together
    too. `size` is the side of the stored images (default: the largest of the sources), resized from
    the sources' stores; grey only if all are grey. What is compiled already is not done again, and
    the order of `of` does not matter.
    """
    check_sources(name, of, split)
    sources = [load_dataset(source, verify=True) for source in sorted(of)]
    side = _side(size, sources)
    channels = max(source.store.channels for source in sources)
    pairs = _pairs(near, of) if near is not None and split == "new" else None
    made = _made(name, sources, split, side, channels, pairs)
    target, building = dataset_dir(name), building_dir(name)
    with locked(name), explain_full_disk(target.parent):
        if (read_facts(target) or {}).get("plan") == made["plan"]:
            return open_compiled(name, verify=True)
        index = merged_index(sources)
        if split == "new":
            index["split"] = assign(index, COMPILED_FRACTIONS, SEED, pairs)
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        with Progress(f"compiling {name}", len(index), progress) as counter:
            write_merged_pixels(building, sources, side, channels, counter)
        card = compiled_card(name, made["compiled"], side, channels)
        write_dataset(building, target, card, index, made)
        return open_compiled(name)


def check_sources(name: str, of: Sequence[str], split: str) -> None:
    """Raise FerError unless there is such a split, `of` names two sets or more, each once and none
    compiled itself, and `name` is free or is the set that was compiled of them before."""
    if split not in ("new", "own"):
        raise unknown("split of a compiled set", split, ("new", "own"))
    require_name(name, "data set's name")
    if name in list_datasets():
        raise FerError(f"{name!r} is the name of a known data set; choose another")
    twice = sorted({source for source in of if list(of).count(source) > 1})
    if twice:
        raise FerError(f"{twice[0]} is given twice; name every source once")
    if len(of) < 2:
        raise FerError("a compiled set has at least two sources; give --of for each")
    for source in of:
        of_source = (read_facts(dataset_dir(source)) if is_name(source) else None) or {}
        if of_source.get("reader") == COMPILED:
            within = ", ".join(sorted(of_source["compiled"]["sources"]))
            raise FerError(f"{source} is compiled itself; give its sources: {within}")
    facts = read_facts(dataset_dir(name))
    if facts is None:
        return
    others = sorted(facts["compiled"]["sources"]) if facts["reader"] == COMPILED else None
    if others != sorted(of):
        what = f"read by {facts['reader']}" if others is None else f"made of {', '.join(others)}"
        raise FerError(
            f"{name} is there already, {what}; choose another name or delete {dataset_dir(name)}"
        )


def _side(size: int | None, sources: list[Dataset]) -> int:
    if size is not None and not 16 <= size <= 1024:
        raise FerError(f"a stored side of {size} pixels is not possible; choose 16 to 1024")
    return size or max(source.store.size for source in sources)


def _pairs(near: pd.DataFrame, of: Sequence[str]) -> pd.DataFrame:
    """Return the pairs within the sources, with the ids of the compiled set."""
    columns = ("dataset_a", "sample_a", "dataset_b", "sample_b")
    missing = [column for column in columns if column not in near]
    if missing:
        raise FerError(
            f"the pairs of near copies lack the column {missing[0]!r}; they need "
            f"{', '.join(columns)}"
        )
    own = near[near["dataset_a"].isin(of) & near["dataset_b"].isin(of)]
    return pd.DataFrame(
        {f"sample_{x}": own[f"dataset_{x}"] + "/" + own[f"sample_{x}"] for x in "ab"}
    ).sort_values(["sample_a", "sample_b"], ignore_index=True)


def _made(
    name: str,
    sources: list[Dataset],
    split: str,
    size: int,
    channels: int,
    pairs: pd.DataFrame | None,
) -> dict[str, Any]:
    """Return what `dataset.json` keeps of how the set was made."""
    kept, own = {}, {}
    for source in sources:
        reader = (read_facts(dataset_dir(source.name)) or {})["reader"]
        kept[source.name] = {
            "reader": reader,
            "fingerprint": source.fingerprint,
            "faces": source.faces,
            "screening": source.screening,
            **reader_facts(reader),
        }
        if reader == FOLDER:
            card = source.card.model_dump(mode="json")
            own[source.name] = {"card": card, "own": source.own}
    compiled = {"sources": kept, "split": split, "near": pairs is not None}
    near = None if pairs is None else pairs.to_csv(index=False)
    plan = json.dumps([FORMAT, VERSION, name, compiled, size, channels, near], sort_keys=True)
    for folder, said in own.items():  # it decides no row here, so it is not part of the plan
        kept[folder] |= said
    screening = [source.screening for source in sources]
    alike = all(other == screening[0] for other in screening)
    return {
        "reader": COMPILED,
        "screening": screening[0] if alike else {},  # else the flags of each source, as they are
        "plan": hashlib.sha256(plan.encode()).hexdigest(),
        "compiled": compiled,
        "framing": {"sources": {source.name: source.framing for source in sources}},
    }
