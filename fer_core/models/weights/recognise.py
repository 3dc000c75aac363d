"""Which net and which source a file of weights is of, told by the names of its tensors."""

import importlib
import importlib.util
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch

from fer_core.emotions import EMOTIONS, VOCABULARIES
from fer_core.errors import FerError, unknown
from fer_core.models.entries import ROOMS, Entry, entries
from fer_core.models.weights.head import belongs
from fer_core.models.weights.name_map import NameMap, matches, new_names

SHOWN = 4
OURS = "names of this project"
# What libraries call the layers behind a trunk: their files have them, our trunks have not.
HEADS = r"(fc|classifier|head|pre_logits|last_linear|logits|AuxLogits|aux1|aux2)\..*"
COUNTER = "num_batches_tracked"  # of batch norm; files from before torch 0.4.1 have none


class Fit(NamedTuple):
    """How a file's names fit a net by one map. `ours`: what each of their tensors becomes;
    `missing`: what our net lacks; `unexpected`: what theirs has beyond it."""

    name_map: NameMap
    ours: dict[str, tuple[str, ...]]
    missing: list[str]
    unexpected: list[str]

    @property
    def whole(self) -> bool:
        """Whether nothing is missing and nothing unexpected."""
        return not (self.missing or self.unexpected)

    @property
    def speaks(self) -> bool:
        """Whether the file may be of the map's source: its rules, if it has any, change a name."""
        changed = any(ours != (theirs,) for theirs, ours in self.ours.items())
        return changed or not self.name_map.rename

    @property
    def unused(self) -> list[str]:
        """Their tensors that become none of ours."""
        return [theirs for theirs, ours in self.ours.items() if not ours]


def recognise(
    entry: Entry, own: Collection[str], theirs: Collection[str], part: str, *,
    notes: Mapping[str, Any], labels: str | None, what: str,
) -> Fit:  # fmt: skip
    """Return the one map by which the names `theirs` fit those of the net, `own`.

    `notes`: what a file of this project says of itself; our own names come first for it. `labels`,
    the name of a vocabulary, decides between maps that differ in their labels. `what` names file
    and net in errors: for an unknown part, for a file that fits no map or two.
    """
    maps = maps_of(entry, own)
    if part not in {name_map.part for name_map in maps}:
        raise unknown(f"part of {entry.name}", part, {name_map.part for name_map in maps} - {""})
    fits = [
        compare(name_map, own, theirs, entry.classifier)
        for name_map in maps
        if name_map.part == part
    ]
    whole = [fit for fit in fits if fit.whole]
    if not whole:
        closest = min(fits, key=_count_faults)
        faults = told({"missing": closest.missing, "unexpected": closest.unexpected})
        raise FerError(
            f"cannot load {what}: {faults} by the map '{closest.name_map.source}'"
            f"{looks_like(theirs, notes, entry, part)}; give the weights of this very net"
        )
    ours = next((fit for fit in whole if fit.name_map.source == OURS), whole[0])
    # our own names and a library's are the last resort: a room's map knows the source better
    known = [fit for fit in whole if fit.name_map in room_maps() and fit.speaks]
    if not known or (notes and ours.name_map.source == OURS):
        return ours
    if len(known) > 1 and labels in VOCABULARIES:
        known = [fit for fit in known if _agrees(fit.name_map, labels)] or known
    if len(known) > 1:
        raise FerError(
            f"{what} fits {len(known)} maps: {'; '.join(fit.name_map.source for fit in known)}; "
            f"give the vocabulary of its outputs as labels, or rename its tensors as ours"
        )
    return known[0]


def maps_of(entry: Entry, own: Collection[str]) -> list[NameMap]:
    """Return every map that can fill a net: its room's, our own names, and its trunk's library's.

    `own`: the names of the net's tensors.
    """
    maps = [name_map for name_map in room_maps() if entry.name in name_map.nets]
    relabel = next((name_map.relabel for name_map in maps if name_map.relabel), None)
    maps.append(NameMap(OURS, (entry.name,), relabel=relabel))
    if entry.trunk is not None:
        maps.append(_library_map(entry, own))
    return maps


@cache
def room_maps() -> tuple[NameMap, ...]:
    """Return the maps of all families: MAPS of the module `maps` beside their nets."""
    maps: list[NameMap] = []
    for room in sorted(ROOMS):
        if importlib.util.find_spec(f"{room}.maps") is not None:
            maps += importlib.import_module(f"{room}.maps").MAPS
    return tuple(maps)


def compare(
    name_map: NameMap, own: Collection[str], theirs: Collection[str], classifier: Sequence[str]
) -> Fit:
    """Return what is missing and unexpected when a file with the names `theirs` fills a net.

    A file may lack the whole classifier and the counters of batch norm.
    """
    own, given = set(own), set[str]()
    ours = new_names(theirs, name_map)
    unexpected = []
    for name, several in ours.items():
        if not own.issuperset(several) or not given.isdisjoint(several):
            unexpected.append(name)
        given.update(several)
    beheaded = not any(belongs(name, classifier) for name in given)
    missing = [
        name
        for name in sorted(own - given)
        if not (name.endswith(COUNTER) or matches(name, name_map.kept))
        if not (beheaded and belongs(name, classifier))
    ]
    return Fit(name_map, ours, missing, unexpected)


def looks_like(
    theirs: Collection[str], notes: Mapping[str, Any], entry: Entry | None = None, part: str = ""
) -> str:
    """Return what the file is of, for an error: what its notes say, else what its names fit.

    `entry` and `part`: what was asked for, None for a net of timm.
    """
    said = notes.get("spec", {}).get("backbone")
    if entry is not None and said == entry.name:
        said = None  # another form of the same net, which its names tell
    near = said or next(_look_alikes(entry, theirs, part), "")
    return f"; it looks like {near}" if near else ""


def told(faults: Mapping[str, Sequence[str]]) -> str:
    """Return how many tensors have each fault, and the first of them."""
    return "; ".join(
        f"{len(names)} {fault} ({', '.join(names[:SHOWN])}{', ...' if len(names) > SHOWN else ''})"
        for fault, names in faults.items()
        if names
    )


def _library_map(entry: Entry, own: Collection[str]) -> NameMap:
    assert entry.trunk is not None
    module, stem = entry.trunk
    prefix = f"{module}." if module else ""
    heads = [name.removeprefix(prefix) for name in own if name.startswith(prefix)]
    held = "|".join(re.escape(name) for name in heads if re.fullmatch(HEADS, name))
    return NameMap(
        source=f"library's names, {stem}" if stem else "library's names",
        nets=(entry.name,),
        rename=((r"(.*)", rf"{prefix}\1"),),
        unused=(rf"(?!({held})$){HEADS}" if held else HEADS,),
        kept=((rf"(?!{re.escape(prefix)}).*",) if prefix else ()) + entry.added,
        part="trunk",
    )


def _agrees(name_map: NameMap, labels: str) -> bool:
    order = name_map.labels
    return order is not None and tuple(VOCABULARIES[labels].values())[: len(order)] == order


def _count_faults(fit: Fit) -> int:
    return len(fit.missing) + len(fit.unexpected)


def _look_alikes(entry: Entry | None, theirs: Collection[str], part: str) -> Iterator[str]:
    """Yield what the file would fit: other parts and forms of the net, then other nets."""
    if entry is not None:
        forms = [
            (form, compare(name_map, own, theirs, entry.classifier))
            for form, own in _forms(entry).items()
            for name_map in maps_of(entry, own)
        ]
        for form, fit in sorted(forms, key=lambda found: found[1].name_map.part != part):
            asked = (fit.name_map.part, form) == (part, "")
            if not asked and fit.whole and fit.speaks:
                yield _describe(entry, form, fit.name_map)
    for name_map in room_maps():
        # a net is built only if the map speaks of such names
        speaks = sum(matches(name, _patterns(name_map)) for name in theirs) > len(theirs) / 2
        for other in (entries()[net] for net in name_map.nets if speaks):
            own = _names(other)
            if other != entry and compare(name_map, own, theirs, other.classifier).whole:
                yield _describe(other, "", name_map)


def _patterns(name_map: NameMap) -> list[str]:
    return [*(pattern for pattern, _ in name_map.rename), *name_map.unused]


def _describe(entry: Entry, form: str, name_map: NameMap) -> str:
    of = f"weights: {{{name_map.part}: ...}} of " if name_map.part else ""
    return f"{of}{entry.name}{form} ({name_map.source})"


def _forms(entry: Entry) -> dict[str, frozenset[str]]:
    """Return the names of a net's tensors as it is built by default and in its other forms."""
    forms = {"": _names(entry), " with 8 classes": _names(entry, len(EMOTIONS) + 1)}
    if "deployed" in entry.options:
        forms[" with deployed: true"] = _names(entry, deployed=True)
    return forms


_NAMES: dict[tuple[str, int, bool], frozenset[str]] = {}


def _names(entry: Entry, classes: int = len(EMOTIONS), **options: bool) -> frozenset[str]:
    key = entry.name, classes, bool(options)
    if key not in _NAMES:
        assert entry.build is not None
        with torch.device("meta"):  # no numbers are drawn
            net = entry.build(entry.sizes[0], classes, **{**entry.options, **options})
        _NAMES[key] = frozenset(net.state_dict())
    return _NAMES[key]
