"""Phases: which part of a net learns, and how a phase begins."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn

from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import require_sharp
from fer_core.errors import FerError, unknown
from fer_core.models import Model
from fer_core.models.method import trained_parameters
from fer_core.models.parts import of_part
from fer_core.models.sides import refuses_side
from fer_core.recipe import Phase, Rates, Recipe
from fer_core.training.optim import make_optimizer

PARTS = ("trunk", "head")


@dataclass
class Phases:
    """The phases of a run on its net; one at a time, the first to begin with.

    `head`: prefixes of the names of the net's head. FerError where a phase needs parts
    that the net has not.
    """

    net: nn.Module
    recipe: Recipe
    head: Sequence[str] = ()
    learning: dict[str, nn.Parameter] = field(init=False)
    frozen: list[nn.Module] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Remember what learns before any of it is frozen."""
        self.learning = trained_parameters(self.net)
        for phase in self.recipe.phases:
            by_part = isinstance(phase.lr, Rates) or (self._in_table and phase.train == "all")
            needed = PARTS if by_part else (phase.train,)
            lacking = [part for part in needed if not of_part(self.learning, part, self.head)]
            if lacking:
                raise FerError(f"no tensor of this net's {lacking[0]} learns; let phases train all")
            self._require_names(phase.also)

    def begin(self, number: int) -> torch.optim.Optimizer:
        """Freeze what does not learn in the phase of that number; return a new optimiser."""
        phase = self.recipe.phases[number]
        own = set(self._learns(self.learning, phase))
        for name, parameter in self.learning.items():
            parameter.requires_grad_(name in own)
        self.frozen = self._frozen_modules(phase)
        return make_optimizer(self._rated(phase), self.recipe.optimizer)

    def train(self) -> None:
        """Set the net to training mode, and what is frozen to evaluation mode."""
        self.net.train()
        for module in self.frozen:
            module.eval()

    def parts_of(self, number: int, optimizer: torch.optim.Optimizer) -> list[str]:
        """Return of each parameter group of a phase's optimiser whether it learns as the "trunk" or
        as the "head", whose rates a table tells apart."""
        part, also = self.recipe.phases[number].train, self.recipe.phases[number].also
        if part != "all" and not also:
            return [part] * len(optimizer.param_groups)
        head = {id(self.learning[name]) for name in of_part(self.learning, "head", self.head)}
        firsts = [id(group["params"][0]) for group in optimizer.param_groups]
        return ["head" if first in head else "trunk" for first in firsts]

    def normalise_by_batch(self) -> bool:
        """Say whether a batch norm takes its mean and variance from the batch in any phase."""
        norms = {m for m in self.net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)}
        return any(norms - set(self._frozen_modules(phase)) for phase in self.recipe.phases)

    @contextmanager
    def thawed(self) -> Iterator[None]:
        """Let all learn again at the end, however it ends."""
        try:
            yield
        finally:
            for parameter in self.learning.values():
                parameter.requires_grad_(True)

    @property
    def _in_table(self) -> bool:
        return self.recipe.schedule.name == "table"

    def _learns(self, names: Iterable[str], phase: Phase) -> list[str]:
        """Return the names, of tensors or of modules, of what learns in a phase."""
        names = list(names)
        also = {name for name in names if _begins_with(name, phase.also)}
        own = also.union(of_part(names, phase.train, self.head))
        return [name for name in names if name in own]

    def _require_names(self, also: Sequence[str]) -> None:
        trunk = of_part(self.learning, "trunk", self.head)
        for beginning in also:
            if not any(_begins_with(name, (beginning,)) for name in trunk):
                raise unknown("beginning of names of the trunk", beginning, _beginnings(trunk))

    def _rated(self, phase: Phase) -> list[tuple[float, list[nn.Parameter]]]:
        rates, own = self.recipe.peak(phase), self._learns(self.learning, phase)
        if rates.trunk == rates.head and not self._in_table:  # needs no parts: a net may have none
            return [(rates.head, [self.learning[name] for name in own])]
        by_part = {part: of_part(own, part, self.head) for part in PARTS}
        return [
            (getattr(rates, part), [self.learning[name] for name in names])
            for part, names in by_part.items()
            if names
        ]

    def _frozen_modules(self, phase: Phase) -> list[nn.Module]:
        """Return modules with tensors of the frozen part alone; what holds both, or none, stays as
        it is, like a dropout between trunk and head."""
        tensors = list(self.net.state_dict())
        learns = set(self._learns(tensors, phase))
        frozen = []
        for name, module in self.net.named_modules():
            own = {tensor for tensor in tensors if tensor.startswith(f"{name}.")}
            if own and not own & learns:
                frozen.append(module)
        return frozen


def _begins_with(name: str, beginnings: Sequence[str]) -> bool:
    """Say whether a name begins with one of these, word by word: layer1 does not begin layer10."""
    return f"{name}.".startswith(tuple(f"{one.removesuffix('.')}." for one in beginnings))


def _beginnings(names: Iterable[str]) -> set[str]:
    """Return the modules, one and two words deep, that tensors of these names are in."""
    words = [name.split(".") for name in names]
    return {".".join(of[: min(depth, max(len(of) - 1, 1))]) for of in words for depth in (1, 2)}


def require_sides(
    model: Model, recipe: Recipe, name: str, dataset: Dataset, allowed: Collection[str] = ()
) -> None:
    """Raise FerError where the net of the model `name` cannot take images of a phase's side, or
    would be fed enlarged ones, see `fer_core.data.enlarging`."""
    for side in dict.fromkeys(phase.side for phase in recipe.phases if phase.side is not None):
        if cause := refuses_side(model, side):
            raise FerError(
                f"{name} has a fixed input of {model.input.size} px, so no phase can train it on "
                f"images of {side} px ({cause}); leave `side` out of its phases"
            )
        require_sharp([dataset], side, name, allowed)
