"""Compiled sets: several prepared data sets as one, every row still telling its source."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from fer_core.data.card import Card
from fer_core.data.dataset import (
    FORMAT,
    Dataset,
    dataset_dir,
    open_dataset,
    read_facts,
    write_dataset,
)
from fer_core.data.own import FOLDER, current_card
from fer_core.data.prepare.add import COMPILED, load_dataset
from fer_core.data.prepare.build import building_dir, locked
from fer_core.data.prepare.merging import merged_card, merged_index, write_merged_pixels
from fer_core.data.prepare.pack import explain_full_disk
from fer_core.data.registry import get_entry, list_datasets
from fer_core.data.splits import COMPILED_FRACTIONS, SEED, assign
from fer_core.errors import FerError, unknown
from fer_core.names import is_name, require_name
from fer_core.progress import Progress

VERSION = 1  # raise it when the same sources give other rows or pixels than before


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
    the row has there. Copies are found across sources, persons where two sources have the same name
    space of identities. `split`: "own" keeps the sources' splits; "new" makes 80 / 10 / 10 % of
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
        card = _current_card(name, made["compiled"], side, channels)
        write_dataset(building, target, card, index, made)
        return open_compiled(name)


def open_compiled(name: str, verify: bool = False) -> Dataset:
    """The compiled data set `name`, its card made from the sources' cards as they are today.

    FerError when it is damaged, when a source has changed since, or when a source was prepared by
    an older reader. Sources that are not there any more are not needed.
    """
    folder = dataset_dir(name)
    facts = read_facts(folder)
    if facts is None or facts.get("reader") != COMPILED:
        raise FerError(f"{name} is not a compiled data set; compile one with `fer data compile`")
    made, store = facts["compiled"], facts["store"]
    again = _again(name, made, store["size"])
    if (facts["format"], facts["card"]["version"]) != (FORMAT, VERSION):
        raise FerError(f"{name} was compiled by another version of this program; {again}")
    for source, then in made["sources"].items():
        if _reader_facts(then["reader"]) != {key: then[key] for key in ("version", "identities")}:
            raise FerError(
                f"{source}, a source of {name}, was read by another version of its reader; "
                f"`fer data add` it again, then {again}"
            )
        now = read_facts(dataset_dir(source))
        if now is not None and now["fingerprint"] != then["fingerprint"]:
            raise FerError(f"{source} has changed since {name} was compiled from it; {again}")
    card = _current_card(name, made, store["size"], store["channels"])
    return replace(open_dataset(folder, verify), card=card)


def check_sources(name: str, of: Sequence[str], split: str) -> None:
    """FerError unless `name` is free, `of` names two sets or more, and there is such a split."""
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
    """The pairs within the sources, with the ids of the compiled set."""
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
    """What `dataset.json` keeps of how the set was made."""
    kept, own = {}, {}
    for source in sources:
        reader = (read_facts(dataset_dir(source.name)) or {})["reader"]
        kept[source.name] = {
            "reader": reader,
            "fingerprint": source.fingerprint,
            "faces": source.faces,
            "screening": source.screening,
            **_reader_facts(reader),
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


def _source_card(name: str, then: Mapping[str, Any]) -> Card:
    """The card of a source as it is today; of a folder that is not there any more, as it was."""
    now = read_facts(dataset_dir(name)) or {}
    facts = now if now.get("reader") == FOLDER else then
    if then["reader"] != FOLDER or "card" not in facts:
        return get_entry(then["reader"]).card.model_copy(update={"name": name})
    return current_card(Card.model_validate(facts["card"]), FOLDER, facts.get("own", {}))


def _reader_facts(reader: str) -> dict[str, Any]:
    """What of a reader's card decides the rows; empty where it is not registered any more."""
    if reader not in list_datasets():
        return {}
    card = get_entry(reader).card
    return {"version": card.version, "identities": card.identities}


def _current_card(name: str, made: Mapping[str, Any], size: int, channels: int) -> Card:
    cards = [_source_card(own, source) for own, source in made["sources"].items()]
    return merged_card(name, cards, made["split"], size, channels, VERSION)


def _again(name: str, made: Mapping[str, Any], size: int) -> str:
    of = " ".join(f"--of {source}" for source in made["sources"])
    near = "" if made["near"] or made["split"] == "own" else " --no-near"
    command = f"fer data compile {name} {of} --split {made['split']} --size {size}{near}"
    return f"compile it again: `{command}`"
