"""Two training images in one, and their labels."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fer_core.models.method import Criterion
from fer_core.recipe_parts import Mixup
from fer_core.training.loss import CrossEntropy


@dataclass(frozen=True)
class Targets:
    """The labels of n images: y (n,), and, where images were mixed, `others` (n,) of the images
    mixed in; y has the share λ. `whole`: the targets of the batch that these are a part of."""

    y: Tensor
    others: Tensor | None = None
    share: float = 1.0
    whole: "Targets | None" = None

    def parts(self, number: int) -> "list[Targets]":
        """Return the targets of so many parts of the batch, in order."""
        if number == 1:
            return [self]
        labels = self.y.tensor_split(number)
        others = [None] * number if self.others is None else self.others.tensor_split(number)
        return [Targets(y, o, self.share, self) for y, o in zip(labels, others, strict=True)]

    def criterion(self, loss: CrossEntropy) -> Criterion:
        """Return the loss λ l(logits, y) + (1 - λ) l(logits, others) of logits (n, C), a scalar."""
        of = (None, None) if self.whole is None else (self.whole.y, self.whole.others)

        def mixed(logits: Tensor, y: Tensor) -> Tensor:
            if self.others is None:
                return loss(logits, y, of[0])
            other = loss(logits, self.others, of[1])
            return self.share * loss(logits, y, of[0]) + (1 - self.share) * other

        return mixed

    @property
    def largest(self) -> Tensor:
        """The label (n,) with the larger share, by which training is scored."""
        return self.y if self.others is None or self.share >= 0.5 else self.others


def mix(x: Tensor, y: Tensor, mixup: Mixup, seed: int) -> tuple[Tensor, Targets]:
    """Return images (n, 3, side, side) mixed with others of the same batch, and their targets.

    λ ~ Beta(α, α), once for the batch, which is mixed with the recipe's probability: each image is
    λ x_i + (1 - λ) x_π(i) with a random order π. Source: Zhang et al., mixup (2018).
    """
    if not mixup.alpha:
        return x, Targets(y)
    draw = np.random.default_rng(seed)
    if draw.random() >= mixup.probability:
        return x, Targets(y)
    share = float(draw.beta(mixup.alpha, mixup.alpha))
    order = torch.from_numpy(draw.permutation(len(y))).to(x.device)
    return x.lerp(x[order], 1 - share), Targets(y, y[order], share)
