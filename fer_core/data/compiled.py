"""A compiled set: its card made of its sources' cards, and whether it still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fer_core.data.card import Card
from fer_core.data.dataset import FORMAT, Dataset, dataset_dir, open_dataset, read_facts
from fer_core.data.own import FOLDER, current_card
from fer_core.data.registry import get_entry, list_datasets
from fer_core.errors import FerError
from fer_core.facts import of_today

COMPILED = "compiled"  # stands in place of a registered reader
VERSION = 1  # raise it when the same sources give other rows or pixels than before

_SPLITS = {
    "new": (
        "made here: 80 / 10 / 10 % of every emotion of every source, seeded, disjoint by person "
        "and copies"
    ),
    "own": "the splits of the sources",
}
_MIXED = (
    "the official test images of a source may lie in the training part here: a model that was "
    "trained on this set is tested on that source without the images that it has seen"
)


def open_compiled(name: str, verify: bool = False) -> Dataset:
    """Open the compiled data set `name`, its card made from the sources' cards as they are today.

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
        if reader_facts(then["reader"]) != {key: then[key] for key in ("version", "identities")}:
            raise FerError(
                f"{source}, a source of {name}, was read by another version of its reader; "
                f"`fer data add` it again, then {again}"
            )
        now = read_facts(dataset_dir(source))
        if now is not None and now["fingerprint"] != then["fingerprint"]:
            raise FerError(f"{source} has changed since {name} was compiled from it; {again}")
    card = compiled_card(name, made, store["size"], store["channels"])
    return replace(open_dataset(folder, verify), card=card)


def compiled_card(name: str, made: Mapping[str, Any], size: int, channels: int) -> Card:
    """Return the card of a compiled set, made of the sources' cards as they are today."""
    cards = [_source_card(own, source) for own, source in made["sources"].items()]
    return merged_card(name, cards, made["split"], size, channels, VERSION)


def merged_card(
    name: str, cards: Sequence[Card], split: str, size: int, channels: int, version: int
) -> Card:
    """Return the card of a set of the data sets of `cards`: publishable only if all of them are."""
    names = [card.name for card in cards]
    spaces = {card.person_space for card in cards}
    problems = tuple(f"{card.name}: {problem}" for card in cards for problem in card.problems)
    return Card(
        name=name,
        title=f"Compiled of {', '.join(card.title for card in cards)}",
        citation=_joined(cards, "citation"),
        licence=_joined(cards, "licence"),
        consent=_joined(cards, "consent"),
        labelled=_joined(cards, "labelled"),
        publishable=all(card.publishable for card in cards),
        obtain=(
            "prepare its sources, then `fer data compile "
            f"{' '.join([name, *(f'--of {source}' for source in names)])} --split {split}`"
        ),
        persons=_joined(cards, "persons"),
        shows=_joined(cards, "shows"),
        problems=(*problems, *([_MIXED] if split == "new" else [])),
        store_size=size,
        channels=channels,
        person_space=spaces.pop() if len(spaces) == 1 else "",
        tested_on=_joined(cards, "tested_on"),
        sources=tuple(names),
        test_split=_SPLITS[split],
        version=version,
    )


def reader_facts(reader: str) -> dict[str, Any]:
    """Return what of a reader's card decides the rows; {} where it is not registered any more."""
    if reader not in list_datasets():
        return {}
    card = get_entry(reader).card
    # the plans of compiled sets hash it by the name that it had before
    return {"version": card.version, "identities": card.person_space}


def _source_card(name: str, then: Mapping[str, Any]) -> Card:
    """Return a source's card as it is today; of a folder that is not there any more, as it was."""
    now = read_facts(dataset_dir(name)) or {}
    facts = now if now.get("reader") == FOLDER else of_today(then)
    if then["reader"] != FOLDER or "card" not in facts:
        return get_entry(then["reader"]).card.model_copy(update={"name": name})
    return current_card(Card.model_validate(facts["card"]), FOLDER, facts.get("own", {}))


def _joined(cards: Sequence[Card], field: str) -> str:
    return "; ".join(
        f"{card.name}: {getattr(card, field)}" for card in cards if getattr(card, field)
    )


def _again(name: str, made: Mapping[str, Any], size: int) -> str:
    of = " ".join(f"--of {source}" for source in made["sources"])
    near = "" if made["near"] or made["split"] == "own" else " --no-near"
    command = f"fer data compile {name} {of} --split {made['split']} --size {size}{near}"
    return f"compile it again: `{command}`"
