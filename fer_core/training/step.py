"""From a batch to new weights: gradients of its parts, and one step of the optimiser."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fer_core.errors import FerError
from fer_core.models.method import has_own_loss, training_loss
from fer_core.recipe import Recipe
from fer_core.training import seeds
from fer_core.training.loss import CrossEntropy
from fer_core.training.mixup import Targets, mix
from fer_core.training.sam import climbed


@dataclass(frozen=True)
class Step:
    """How a net takes a step by a recipe: with which loss, and in which precision."""

    net: nn.Module
    recipe: Recipe
    loss: CrossEntropy
    precision: AbstractContextManager[Any]

    def take(
        self,
        optimizer: torch.optim.Optimizer,
        x: Tensor,
        y: Tensor,
        seed: int,
        epoch: int,
        number: int,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Change the net by a batch, images x (B, 3, side, side) with labels y (B,), which is this
        `number` of the epoch; return its loss, its logits (B, C) from before the change, and the
        labels (B,) that these are scored by. Both passes of SAM see the same dropout."""
        mixing = seeds.derive(seed, seeds.MIX, epoch, number)
        x, targets = mix(x, y, self.recipe.regularisation.mixup, mixing)
        draw = seeds.derive(seed, seeds.NET, epoch, number)
        loss, logits = self.gradients(x, targets, epoch, draw)
        if self.recipe.optimizer.sam:
            with climbed(self.net, optimizer, self.recipe.optimizer.sam):
                self.gradients(x, targets, epoch, draw)
        optimizer.step()
        return loss, logits, targets.largest

    def gradients(
        self, x: Tensor, targets: Targets, epoch: int, draw: int
    ) -> tuple[Tensor, Tensor]:
        """Give the net the gradients of a batch, summed over its parts, with the dropout that
        `draw` seeds; return its loss and its logits (B, C)."""
        torch.manual_seed(draw)
        self.net.zero_grad(set_to_none=True)  # some gradients may belong to no optimiser
        losses, outputs = [], []
        parts = min(self.recipe.data.accumulate, len(x))
        for images, part in zip(x.tensor_split(parts), targets.parts(parts), strict=True):
            with self.precision:
                criterion = part.criterion(self.loss)
                loss, logits = training_loss(self.net, images, part.y, criterion, epoch)
            loss.backward()
            losses.append(loss.detach())
            outputs.append(logits.detach())
        return sum(losses[1:], losses[0]), torch.cat(outputs)


def require_steps_of_net(net: nn.Module, recipe: Recipe, size: int, by_batch: bool) -> None:
    """Raise FerError where a net cannot take the steps of a recipe, with batches of `size` images.
    `by_batch`: whether it has batch norms that take their statistics from the batch."""
    parts = recipe.data.accumulate
    mixup = recipe.regularisation.mixup.alpha
    if mixup and has_own_loss(net):
        raise FerError(
            f"regularisation.mixup.alpha is {mixup:g}; it is 0 for this net, whose own loss needs "
            "one label for each image"
        )
    if parts > 1 and has_own_loss(net):
        raise FerError(
            f"data.accumulate is {parts}; it is 1 for this net, whose own loss is of a whole batch"
        )
    if by_batch and parts > 1 and size < 2 * parts:
        raise FerError(
            f"data.accumulate is {parts}; it is 1 to {size // 2} for a batch of {size} images and "
            "this net, whose batch norms need two images"
        )
