"""Name maps: what another project's weights file calls the tensors of a net of ours."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from fer_core.errors import FerError

State = dict[str, Tensor]


@dataclass(frozen=True)
class NameMap:
    """How the tensors of one source are called, as regular expressions that match whole names.

    `source`: whose file it is, with the place where the names were read. `nets`: entries that it
    fills. `rename`: their name -> ours, or several of ours, which all get a copy; the first that
    matches wins, and a name that none matches stays as it is. `unused`: their tensors that ours do
    without. `kept`: our tensors that the file does not have and that stay as initialised.
    `labels`: the emotions of their outputs in order, None where the source does not say.
    `part`: the part of the net that the file fills, "" = all of it.
    `relabel`: where more than the rows of the classifier depends on the order of the emotions:
    called with the tensors under our names and `index`, their class for each of ours, it returns
    the tensors in our order. `convert`: called with the tensors under our names, it returns them as
    our net wants them. `folded`: the file's batch norms have no mean and variance of their own; a
    run measures them before it trains (`fer_core.training.unfold`). `released`: its file has a name
    in `released_files`, so that a file of another name is not had there.
    """

    source: str
    nets: tuple[str, ...]
    rename: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    unused: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None
    part: str = ""
    relabel: Callable[[State, Sequence[int]], State] | None = None
    convert: Callable[[State], State] | None = None
    folded: bool = False
    released: bool = False


def rename(state: Mapping[str, Tensor], name_map: NameMap) -> State:
    """Return the tensors of `state` under our names, without those that the map calls unused.

    A FerError when two of theirs become one of ours.
    """
    renamed: State = {}
    for theirs, ours in new_names(state, name_map).items():
        for name in ours:
            if name in renamed:
                raise FerError(
                    f"two tensors of the file, {theirs} one of them, are {name} by the map "
                    f"{name_map.source}; give a file with only one of them"
                )
            renamed[name] = state[theirs]
    return renamed


def new_names(names: Iterable[str], name_map: NameMap) -> dict[str, tuple[str, ...]]:
    """Return what each of their tensors is called here: nothing if unused, maybe several names."""
    return {
        name: () if matches(name, name_map.unused) else _replace(name, name_map) for name in names
    }


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Say whether one of the patterns matches the whole name."""
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def _replace(name: str, name_map: NameMap) -> tuple[str, ...]:
    for pattern, replacement in name_map.rename:
        match = re.fullmatch(pattern, name)
        if match:
            several = (replacement,) if isinstance(replacement, str) else replacement
            return tuple(match.expand(one) for one in several)
    return (name,)
