"""Phases: which part of a net learns, and how a phase begins."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn

from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import require_sharp
from fer_core.errors import FerError
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
            needed = PARTS if isinstance(phase.lr, Rates) else (phase.train,)
            lacking = [part for part in needed if not of_part(self.learning, part, self.head)]
            if lacking:
                raise FerError(f"no tensor of this net's {lacking[0]} learns; let phases train all")

    def begin(self, number: int) -> torch.optim.Optimizer:
        """Freeze what does not learn in the phase of that number; return a new optimiser."""
        phase = self.recipe.phases[number]
        own = set(of_part(self.learning, phase.train, self.head))
        for name, parameter in self.learning.items():
            parameter.requires_grad_(name in own)
        self.frozen = self._frozen_modules(phase)
        return make_optimizer(self._rated(phase), self.recipe.optimizer)

    def train(self) -> None:
        """Set the net to training mode, and what is frozen to evaluation mode."""
        self.net.train()
        for module in self.frozen:
            module.eval()

    @contextmanager
    def thawed(self) -> Iterator[None]:
        """Let all learn again at the end, however it ends."""
        try:
            yield
        finally:
            for parameter in self.learning.values():
                parameter.requires_grad_(True)

    def _rated(self, phase: Phase) -> list[tuple[float, list[nn.Parameter]]]:
        rates = self.recipe.peak(phase)
        by_part = {"trunk": rates.trunk, "head": rates.head}
        if phase.train != "all":
            by_part = {phase.train: by_part[phase.train]}
        elif rates.trunk == rates.head:  # needs no parts: a net may have none
            by_part = {"all": rates.trunk}
        return [
            (rate, [self.learning[name] for name in of_part(self.learning, part, self.head)])
            for part, rate in by_part.items()
        ]

    def _frozen_modules(self, phase: Phase) -> list[nn.Module]:
        """Return modules with tensors of the frozen part alone; what holds both, or none, stays as
        it is, like a dropout between trunk and head."""
        tensors = list(self.net.state_dict())
        learns = set(of_part(tensors, phase.train, self.head))
        frozen = []
        for name, module in self.net.named_modules():
            own = {tensor for tensor in tensors if tensor.startswith(f"{name}.")}
            if own and not own & learns:
                frozen.append(module)
        return frozen


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
