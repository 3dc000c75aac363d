"""Unequal classes: weights in the loss, or a sampler that draws every class equally often."""

import numpy as np
import torch

from fer_core.emotions import EMOTIONS


def class_weights(labels: np.ndarray) -> torch.Tensor:
    """Return the "balanced" weight of each emotion, (7,) float32: N / (C n_c) over the C classes
    present.

    A class without images has weight 0. Source: King and Zeng, Logistic Regression in Rare Events
    Data (2001), as in scikit-learn's `class_weight="balanced"`.
    """
    counts = np.bincount(labels, minlength=len(EMOTIONS))
    present = counts > 0
    weights = np.zeros(len(EMOTIONS))
    weights[present] = len(labels) / (present.sum() * counts[present])
    return torch.tensor(weights, dtype=torch.float32)


def epoch_order(labels: np.ndarray, sampler: str, generator: torch.Generator) -> np.ndarray:
    """Return the positions of one epoch, as many as there are labels.

    "shuffle" visits each image once; "balanced" draws with replacement, each class present with the
    same probability and each image of a class with the same probability.
    """
    if sampler == "shuffle":
        return torch.randperm(len(labels), generator=generator).numpy()
    weights = class_weights(labels)[torch.from_numpy(labels)].double()
    return torch.multinomial(weights, len(labels), replacement=True, generator=generator).numpy()
