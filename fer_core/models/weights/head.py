"""The outputs of a weights file: whose order they have, and their rows in ours."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from fer_core.emotions import CONTEMPT, EMOTIONS, VOCABULARIES
from fer_core.errors import FerError, unknown
from fer_core.models.weights.name_map import NameMap, State

NO_HEAD = "random: the file has no classifier"
WAY_OUT = "leave out labels, and the classifier starts random"


def settle_head(
    own: State, state: State, name_map: NameMap, classifier: Sequence[str],
    notes: dict[str, Any], labels: str | None, what: str, wanted: Sequence[str] = EMOTIONS,
) -> tuple[State, str]:  # fmt: skip
    """Return the tensors of a file with its outputs in our order, or without its classifier, and
    which of the two it is.

    `own`: the net's tensors, `state`: the file's, under our names. `classifier`: prefixes of the
    tensors of the outputs. The order is known when the file's own notes, the map or the study's
    `labels` (the name of a vocabulary) say it. `what` names file and net in errors: for outputs
    that are not our seven, or whose order is said in two ways. `wanted`: the emotions of the net's
    outputs; where the file has no contempt and they do, the classifier stays random.
    """
    ours = _by_class(own, classifier, len(wanted))
    classes = max((len(state[n]) for n in ours if n in state and state[n].ndim > 0), default=0)
    if not classes:
        return _beheaded(state, classifier), NO_HEAD
    order = _known_order(name_map, notes, labels, classes, what)
    if order is None:
        left = _without_order(state, name_map, classes)
        why = f"the file's classifier has {classes} classes that are not named as ours"
        return _beheaded(left, classifier), f"random: {why}"
    index = _index_of(order, classes, what)
    if CONTEMPT in wanted:
        if CONTEMPT not in order:
            return _beheaded(state, classifier), f"random: the file's outputs have no {CONTEMPT}"
        index.append(list(order).index(CONTEMPT))
    return _in_our_order(state, ours, index, name_map), _describe(order, wanted)


def belongs(name: str, classifier: Sequence[str]) -> bool:
    """Say whether a tensor of that name is part of the classifier, given by its prefixes."""
    return name.startswith(tuple(classifier))


def _beheaded(state: State, classifier: Sequence[str]) -> State:
    return {name: tensor for name, tensor in state.items() if not belongs(name, classifier)}


def _without_order(state: State, name_map: NameMap, classes: int) -> State:
    """Return the tensors that the map's `relabel` leaves alone in any order of the classes."""
    if name_map.relabel is None or classes != len(EMOTIONS):
        return state
    moved = name_map.relabel(state, list(range(classes))[::-1])
    turned = name_map.relabel(state, [*range(1, classes), 0])
    return {
        name: tensor
        for name, tensor in state.items()
        if moved[name] is tensor and turned[name] is tensor
    }


def _by_class(own: State, classifier: Sequence[str], classes: int) -> list[str]:
    """Return the names of the tensors with one row for each of our classes."""
    return [
        name
        for name, tensor in own.items()
        if belongs(name, classifier) and tensor.ndim > 0 and len(tensor) == classes
    ]


def _known_order(
    name_map: NameMap, notes: dict[str, Any], labels: str | None, classes: int, what: str
) -> tuple[str, ...] | None:
    said = {
        "the file": tuple(notes["labels"]) if "labels" in notes else None,
        f"the map {name_map.source}": name_map.labels,
        f"labels: {labels}": None if labels is None else _order_of(labels, classes, what),
    }
    known = {who: order for who, order in said.items() if order is not None}
    if len(set(known.values())) > 1:
        told = "; ".join(f"{who} says {', '.join(order)}" for who, order in known.items())
        raise FerError(f"the outputs of {what} have two orders: {told}; leave out labels")
    return next(iter(known.values()), None)


def _order_of(labels: str, classes: int, what: str) -> tuple[str, ...]:
    """Return what the first `classes` codes of the vocabulary called `labels` mean."""
    if labels not in VOCABULARIES:
        raise unknown("vocabulary for labels", labels, VOCABULARIES)
    meanings = tuple(VOCABULARIES[labels].values())
    order = meanings[:classes]
    if len(order) < classes or len(set(order)) < classes or not set(EMOTIONS) <= set(order):
        raise FerError(
            f"{what}: the file has {classes} outputs, which labels: {labels} cannot name; its "
            f"codes are {', '.join(dict.fromkeys(meanings))}; give another vocabulary, or {WAY_OUT}"
        )
    return order


def _index_of(order: Sequence[str], classes: int, what: str) -> list[int]:
    """Return the place in `order` of each of our seven; only contempt may stand beside them."""
    if len(order) != classes:
        raise FerError(
            f"{what}: the file has {classes} outputs and names {len(order)}: {', '.join(order)}; "
            f"give a file that names all of its outputs"
        )
    lacking = [emotion for emotion in EMOTIONS if list(order).count(emotion) != 1]
    strange = [emotion for emotion in order if emotion not in (*EMOTIONS, "contempt")]
    if lacking or strange:
        faults = [*(f"no {name}" for name in lacking), *(f"also {name}" for name in strange)]
        raise FerError(
            f"{what}: the file's labels are {', '.join(order)} ({', '.join(faults)}); here they "
            f"are {', '.join(EMOTIONS)}; give a file with these, or save it without labels"
        )
    return [list(order).index(emotion) for emotion in EMOTIONS]


def _in_our_order(
    state: State, ours: Sequence[str], index: Sequence[int], name_map: NameMap
) -> State:
    if name_map.relabel is not None and list(index) != list(range(len(index))):
        return name_map.relabel(state, index)
    return {**state, **{name: _rows(state[name], index) for name in ours if name in state}}


def _rows(tensor: Tensor, index: Sequence[int]) -> Tensor:
    # a tensor without these rows is left for `fit`, which tells its shape
    return tensor[list(index)] if tensor.ndim > 0 and len(tensor) > max(index) else tensor


def _describe(order: Sequence[str], wanted: Sequence[str]) -> str:
    if tuple(order) == tuple(wanted):
        return "loaded"
    left_out = ", ".join(emotion for emotion in order if emotion not in wanted)
    end = f"; {left_out} left out" if left_out else ""
    return f"loaded: its outputs {', '.join(order)} put into our order{end}"
