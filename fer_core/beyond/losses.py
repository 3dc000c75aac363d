"""What each training makes small, as a function of a step's images of several sources."""

from itertools import combinations
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Step(NamedTuple):
    """The images of one step: B of each of S sources, one source after the other.

    `logits` (S B, K) and `features` (S B, d), what the classifier sees, are the net's; `labels`
    (S B,) those of the images.
    """

    logits: Tensor
    features: Tensor
    labels: Tensor
    sources: int


def smoothed(labels: Tensor, classes: int, smoothing: float) -> Tensor:
    """Return targets (n, K): 1 - ε + ε/K for the label, ε/K for each other emotion."""
    return F.one_hot(labels, classes) * (1 - smoothing) + smoothing / classes


def per_source(losses: Tensor, sources: int) -> Tensor:
    """Return the mean of each source's losses, (S B,) to (S,)."""
    return losses.view(sources, -1).mean(dim=1)


def cross_entropies(step: Step, smoothing: float) -> Tensor:
    """Return −Σ q log p for each image, (S B,), q the smoothed label."""
    return F.cross_entropy(step.logits, step.labels, label_smoothing=smoothing, reduction="none")


class Erm:
    """The mean cross-entropy over all images (Vapnik 1998): plain training."""

    def __init__(self, smoothing: float) -> None:
        self.smoothing = smoothing

    def parameters(self) -> list[nn.Parameter]:
        """Return nothing."""
        return []

    def __call__(self, step: Step) -> Tensor:
        """Return the loss of a step, a number."""
        return cross_entropies(step, self.smoothing).mean()


class Coral(Erm):
    """ERM and λ times the mean of `coral_distance` over pairs of sources (Sun and Saenko 2016)."""

    def __init__(self, smoothing: float, weight: float) -> None:
        super().__init__(smoothing)
        self.weight = weight

    def __call__(self, step: Step) -> Tensor:
        """Return the loss of a step, a number."""
        parts = step.features.chunk(step.sources)
        distances = [coral_distance(one, other) for one, other in combinations(parts, 2)]
        return super().__call__(step) + self.weight * torch.stack(distances).mean()


def coral_distance(one: Tensor, other: Tensor) -> Tensor:
    """Return ‖C_one − C_other‖²_F / (4 d²) of features (n, d), C their covariance over n - 1."""
    return (one.T.cov() - other.T.cov()).square().sum() / (4 * one.shape[1] ** 2)


class GroupDro(Erm):
    """Σ q_s loss_s, where the weights q of the sources rise with their losses: q_s ← q_s exp(η
    loss_s), divided by their sum (Sagawa et al. 2020, algorithm 1)."""

    def __init__(self, smoothing: float, rate: float, sources: int) -> None:
        super().__init__(smoothing)
        self.rate = rate
        self.weights = torch.full((sources,), 1 / sources)

    def __call__(self, step: Step) -> Tensor:
        """Return the loss of a step, a number."""
        losses = per_source(cross_entropies(step, self.smoothing), step.sources)
        risen = self.weights * torch.exp(self.rate * losses.detach())
        self.weights = risen / risen.sum()
        return self.weights @ losses


class Transition(Erm):
    """−Σ q log(p T_s), with a row-stochastic matrix T_s for each source from the emotion that the
    net means to the label that its annotators give (Zeng et al. 2018). All begin as the identity,
    where this is ERM."""

    def __init__(self, smoothing: float, classes: int, sources: int) -> None:
        super().__init__(smoothing)
        self.raw = nn.Parameter(torch.eye(classes).repeat(sources, 1, 1))

    def parameters(self) -> list[nn.Parameter]:
        """Return what the matrices are made of."""
        return [self.raw]

    def matrices(self) -> Tensor:
        """Return (S, K, K) matrices whose rows sum to 1."""
        with torch.no_grad():
            self.raw.clamp_(min=0)  # where a number became negative no gradient would return it
        return self.raw / self.raw.sum(dim=2, keepdim=True)

    def __call__(self, step: Step) -> Tensor:
        """Return the loss of a step, a number."""
        meant = step.logits.softmax(dim=1).unflatten(0, (step.sources, -1))
        given = (meant @ self.matrices()).flatten(0, 1)
        targets = smoothed(step.labels, given.shape[1], self.smoothing)
        return -(targets * given.clamp_min(1e-8).log()).sum(dim=1).mean()
