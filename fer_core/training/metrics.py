"""Scores while training, from a running confusion matrix.
The book's scores are in `fer_core.analysis`."""

from dataclasses import dataclass, field

import numpy as np
import torch

from fer_core.emotions import EMOTIONS
from fer_core.training.balance import count_labels


@dataclass
class Tally:
    """Loss and confusion matrix (truth × prediction) summed over batches, kept on the device."""

    device: torch.device
    classes: int = len(EMOTIONS)
    images: int = 0
    seconds: float = 0.0
    loss_sum: torch.Tensor = field(init=False)
    confusion: torch.Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.loss_sum = torch.zeros((), dtype=torch.float64, device=self.device)
        self.confusion = torch.zeros(
            self.classes, self.classes, dtype=torch.int64, device=self.device
        )

    @classmethod
    def of(cls, labels: np.ndarray, device: torch.device) -> "Tally":
        """Return an empty tally for a net that learns these labels."""
        return cls(device, len(count_labels(labels)))

    def add(self, loss: torch.Tensor, logits: torch.Tensor, targets: torch.Tensor) -> None:
        """Add a batch: its mean loss, (n, classes) logits and (n,) targets."""
        n = len(targets)
        self.images += n
        self.loss_sum += loss.detach().double() * n
        pairs = targets * self.classes + logits.detach().argmax(dim=1)
        counts = torch.bincount(pairs, minlength=self.classes**2)
        self.confusion += counts.view_as(self.confusion)

    def scores(self) -> dict[str, float]:
        """Return loss, accuracy and macro-F1 over the classes present in the truth."""
        n = max(self.images, 1)
        confusion = self.confusion.cpu().double()
        accuracy = float(confusion.diag().sum()) / n
        return {
            "loss": float(self.loss_sum) / n,
            "accuracy": accuracy,
            "macro_f1": macro_f1(confusion),
        }

    def state(self) -> dict[str, object]:
        """Return what a checkpoint keeps."""
        return {
            "images": self.images,
            "seconds": self.seconds,
            "loss_sum": self.loss_sum.cpu(),
            "confusion": self.confusion.cpu(),
        }

    def load(self, state: dict[str, object]) -> None:
        """Go on from what a checkpoint kept."""
        for name, value in state.items():
            setattr(self, name, value.to(self.device) if isinstance(value, torch.Tensor) else value)


def macro_f1(confusion: torch.Tensor) -> float:
    """Return the mean of 2 tp / (truth + predicted) over the classes present in the truth;
    0 without any."""
    truth, predicted = confusion.sum(dim=1), confusion.sum(dim=0)
    present = truth > 0
    f1 = 2 * confusion.diag() / (truth + predicted).clamp(min=1)
    return float(f1[present].mean()) if present.any() else 0.0
