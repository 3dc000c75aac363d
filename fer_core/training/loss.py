"""The loss of a batch, or of a part of one."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fer_core.recipe_parts import Loss
from fer_core.training.balance import class_weights


@dataclass(frozen=True)
class CrossEntropy:
    """Cross entropy with label smoothing ε, and weights w of the C classes (1 without).

    Over a batch, Σ_i [(1 - ε) w_y (-log p_y) + ε/C Σ_c w_c (-log p_c)] / Σ_i w_y; `by_images`, as
    Keras, Σ_i w_y [(1 - ε) (-log p_y) + ε/C Σ_c (-log p_c)] / n.
    """

    smoothing: float = 0.0
    weight: Tensor | None = None
    by_images: bool = False

    def __call__(self, logits: Tensor, y: Tensor, whole: Tensor | None = None) -> Tensor:
        """Return the loss of a batch, logits (n, C) and labels y (n,). Where they are a part of the
        batch with labels `whole`, its share: the shares of all parts add up to the batch's loss."""
        if self.by_images and self.weight is not None:
            each = F.cross_entropy(logits, y, label_smoothing=self.smoothing, reduction="none")
            return (self.weight[y] * each).sum() / len(y if whole is None else whole)
        if whole is None:
            return F.cross_entropy(logits, y, weight=self.weight, label_smoothing=self.smoothing)
        total = F.cross_entropy(
            logits, y, weight=self.weight, label_smoothing=self.smoothing, reduction="sum"
        )
        return total / (len(whole) if self.weight is None else self.weight[whole].sum())


def make_loss(loss: Loss, labels: np.ndarray, device: torch.device) -> CrossEntropy:
    """Return the recipe's loss for training images with these labels."""
    weighted = loss.class_weights != "none"
    weight = class_weights(labels, loss.class_weights).to(device) if weighted else None
    return CrossEntropy(loss.label_smoothing, weight, loss.weighted_mean == "images")
