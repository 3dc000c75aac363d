"""A net's first weights, and an exact account of what was taken, left out and kept random.

"none" stays random; "imagenet" is looked for by `sources`; anything else is the path of a file,
relative to the repository's root, or a path for each part of the net. Nothing is ever unpickled.
"""

import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import timm.data
from torch import nn

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.models.entries import Entry
from fer_core.models.weights.head import NO_HEAD, belongs, settle_head
from fer_core.models.weights.name_map import NameMap, State, rename
from fer_core.models.weights.reading import hash_file, read_weights
from fer_core.models.weights.recognise import looks_like, recognise, told
from fer_core.models.weights.sources import Source, from_imagenet, from_path
from fer_core.study import ModelSpec

UNSCALED = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
FOLDED = "folded into the convolutions: no mean and variance"
POSITIONS = re.compile(r"(^|[._])(pos|position|relative)_")  # tables made for one input size


class Loaded(NamedTuple):
    """What was loaded: a record of its origin and the normalisation that it was trained with."""

    provenance: dict[str, Any]
    mean: tuple[float, ...]
    std: tuple[float, ...]


class _Part(NamedTuple):
    """A file that was read: the names of its tensors, the tensors under our names, theirs that were
    not used, and ours that it leaves as they are."""

    source: Source
    names: list[str]
    map: str
    state: State
    unused: list[str]
    kept: list[str]
    head: str
    notes: dict[str, Any]
    folded: bool = False


def load_initial_weights(
    net: nn.Module,
    spec: ModelSpec,
    allow_hub: bool,
    entry: Entry | None = None,
    classes: Sequence[str] = EMOTIONS,
) -> Loaded:
    """Fill `net` from `spec.weights` ("none", "imagenet", a path, a path for each part), in place.

    The classifier is taken only when the order of its outputs is known, and put into our order;
    else it stays random. The record says which, and names every tensor of theirs that was not used
    and of ours that was kept. Any other difference is a FerError that names the tensors.
    """
    if spec.weights == "none":
        if spec.labels is not None:
            raise FerError("labels names the outputs of a file; leave it out with weights: none")
        usual = {"mean": entry.mean, "std": entry.std} if entry else UNSCALED
        return Loaded({"source": "none", "sha256": None, "head": "random"}, **usual)
    if entry:
        parts = _read_own(net, spec, allow_hub, entry, classes)
    else:
        parts = _read_timm(net, spec, allow_hub, classes)
    if spec.labels is not None and all(part.head == NO_HEAD for part in parts.values()):
        raise FerError(f"labels: {spec.labels} has no outputs to name here; leave it out")
    label = " and ".join(part.source.label for part in parts.values())
    kept = _fill(net, parts, f"{label} into {spec.backbone}")
    config = timm.data.resolve_model_data_config(net) if entry is None else vars(entry)
    for part in parts.values():
        # a net of ours keeps what its published training fed it, whatever its trunk saw before
        trained = {} if entry else part.source.normalisation
        config = {**config, **trained, **part.notes.get("input", {})}
    return Loaded(_record(parts, label, kept), tuple(config["mean"]), tuple(config["std"]))


def fit(net: nn.Module, state: State, what: str, hint: Callable[[], str] = str) -> None:
    """Load `state` into `net`; a FerError names missing, unexpected and misshapen tensors.

    `hint` is called for an error with other names: what the file looks like.
    """
    own = net.state_dict()
    shapes = _misshapen(own, state)
    faults = {
        "missing": [name for name in own if name not in state],
        "unexpected": sorted(name for name in state if name not in own),
        "of another shape": shapes,
    }
    if any(faults.values()):
        way = "give the weights of this very net"
        if shapes and all(POSITIONS.search(shape) for shape in shapes):
            way += " for this input size, because a table of positions holds for one size"
        near = hint() if faults["missing"] or faults["unexpected"] else ""
        raise FerError(f"cannot load {what}: {told(faults)}{near}; {way}")
    net.load_state_dict(state)


def _read_timm(
    net: nn.Module, spec: ModelSpec, allow_hub: bool, classes: Sequence[str]
) -> dict[str, _Part]:
    if isinstance(spec.weights, dict):
        raise FerError(f"{spec.backbone} is a net of timm and has no parts; give it one file")
    imagenet = spec.weights == "imagenet"
    source = (
        from_imagenet(spec.backbone, allow_hub) if imagenet else from_path(spec.weights, allow_hub)
    )
    state, notes = read_weights(source.path)
    own, names = net.state_dict(), [*state]
    how = "timm's names"
    if source.in_order:
        # the package's tensors have other names, in the same order as timm's
        how = "the order of timm's tensors"
        state = dict(zip(own, state.values(), strict=True))
    given = _adapt(net, state)
    if given is not state:
        how = "timm's rule for old names and other sizes"
    heads = net.pretrained_cfg.get("classifier") or ()
    classifier = [f"{name}." for name in ([heads] if isinstance(heads, str) else heads)]
    what = f"{source.label} into {spec.backbone}"
    taken, head = settle_head(
        own, given, NameMap(how, ()), classifier, notes, spec.labels, what, classes
    )
    random = classifier if head.startswith("random") else []
    kept = [name for name in own if name not in taken and belongs(name, random)]
    unused = [name for name in given if name not in taken]
    return {"": _Part(source, names, how, taken, unused, kept, head, notes)}


def _read_own(
    net: nn.Module, spec: ModelSpec, allow_hub: bool, entry: Entry, classes: Sequence[str]
) -> dict[str, _Part]:
    own = net.state_dict()
    return {
        part: _read_part(own, spec, entry, part, source, classes)
        for part, source in _sources(spec, entry, allow_hub).items()
    }


def _sources(spec: ModelSpec, entry: Entry, allow_hub: bool) -> dict[str, Source]:
    """Return the file for each part of a net of ours; "" stands for all of it."""
    if isinstance(spec.weights, dict):
        if not spec.weights:
            raise FerError("weights names no part; give a file for each, or none")
        return {part: from_path(path, allow_hub) for part, path in spec.weights.items()}
    if spec.weights != "imagenet":
        return {"": from_path(spec.weights, allow_hub)}
    if entry.trunk is None or not entry.trunk[1]:
        raise FerError(f"{entry.name} has no ImageNet weights; give none or the path of a file")
    return {"trunk": from_imagenet(entry.trunk[1], allow_hub)}


def _read_part(
    own: State, spec: ModelSpec, entry: Entry, part: str, source: Source, classes: Sequence[str]
) -> _Part:
    state, notes = read_weights(source.path)
    what = f"{source.label} into {f'the {part} of ' if part else ''}{entry.name}"
    found = recognise(entry, own, state, part, notes=notes, labels=spec.labels, what=what)
    given = rename(state, found.name_map)
    if found.name_map.convert is not None:
        given = found.name_map.convert(given)
    taken, head = settle_head(
        own, given, found.name_map, entry.classifier, notes, spec.labels, what, classes
    )
    unused = [theirs for theirs, ours in found.ours.items() if not set(ours) & taken.keys()]
    kept = [name for name in own if name not in taken]
    folded = found.name_map.folded
    return _Part(source, [*state], found.name_map.source, taken, unused, kept, head, notes, folded)


def _fill(net: nn.Module, parts: dict[str, _Part], what: str) -> list[str]:
    """Load all parts into the net; return the names of our tensors that stay as they are."""
    state: State = {}
    for part, read in parts.items():
        twice = sorted(state.keys() & read.state.keys())
        if twice:
            faults = told({"filled by two files": twice})
            raise FerError(f"{what}: {faults}; leave out one of them, such as {part}")
        state |= read.state
    own = net.state_dict()
    kept = [
        name
        for name in own
        if name not in state and all(name in part.kept for part in parts.values())
    ]
    names = [name for part in parts.values() for name in part.names]
    notes = {key: value for part in parts.values() for key, value in part.notes.items()}
    fit(net, {name: own[name] for name in kept} | state, what, lambda: looks_like(names, notes))
    return kept


def _record(parts: dict[str, _Part], label: str, kept: list[str]) -> dict[str, Any]:
    """Return where the weights are from and what became of every tensor, for a run's record.

    `sha256`, `map`, `unused` and `normalisation`, the mean and std that a file was trained with,
    are given for each part where weights were given for parts.
    """
    taken = sum(len(part.state) for part in parts.values())
    unused = sum(len(part.unused) for part in parts.values())
    heads = [part.head for part in parts.values() if part.head != NO_HEAD]
    folded = any(part.folded for part in parts.values())
    trained = {part: dict(read.source.normalisation) for part, read in parts.items()}
    return {
        "source": label,
        "sha256": _each({part: hash_file(read.source.path) for part, read in parts.items()}),
        "map": _each({part: read.map for part, read in parts.items()}),
        "unused": _each({part: read.unused for part, read in parts.items()}),
        "head": heads[0] if heads else NO_HEAD,
        "kept": kept,
        "counts": {"taken": taken, "unused": unused, "kept": len(kept)},
        **({"normalisation": _each(trained)} if any(trained.values()) else {}),
        **({"batch_norm": FOLDED} if folded else {}),
    }


def _each(values: dict[str, Any]) -> Any:
    """Return the values of all parts, or the one value where the file is not of a part."""
    return values.get("", values)


def _misshapen(own: State, state: State) -> list[str]:
    return [
        f"{name} {tuple(state[name].shape)} for {tuple(tensor.shape)}"
        for name, tensor in own.items()
        if name in state and state[name].shape != tensor.shape
    ]


def _adapt(net: nn.Module, state: State) -> State:
    """Resample position tables and rename old keys, where needed, by timm's rule for the family."""
    convert = getattr(sys.modules[type(net).__module__], "checkpoint_filter_fn", None)
    own = net.state_dict()
    if convert is None or (own.keys() == state.keys() and not _misshapen(own, state)):
        return state
    try:
        return dict(convert(dict(state), net))
    except Exception:  # not of this family: `fit` tells what differs
        return state
