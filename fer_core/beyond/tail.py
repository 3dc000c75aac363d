"""The small nets that learn from the features of the frozen one."""

import torch
from torch import Tensor, nn

from fer_core.beyond.record import Settings
from fer_core.emotions import EMOTIONS

K = len(EMOTIONS)


class Tail(nn.Module):
    """What all methods but the probe train: maps (n, P, C) become `features` (n, P width) by a
    1 × 1 convolution with a batch norm and ReLU, and these logits (n, outputs) by dropout and a
    linear layer. The pooled features are not looked at."""

    def __init__(self, shape: torch.Size, settings: Settings, outputs: int = K) -> None:
        super().__init__()
        places, channels = shape
        self.embed = nn.Sequential(  # of one place, which is the convolution at half its time
            nn.Linear(channels, settings.width, bias=False),
            nn.BatchNorm1d(settings.width),
            nn.ReLU(),
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.classifier = nn.Linear(settings.width * places, outputs)

    def features(self, maps: Tensor, pooled: Tensor) -> Tensor:
        """Return what the classifier sees, before dropout."""
        return self.embed(maps.flatten(0, 1).float()).view(len(maps), -1)

    def classify(self, features: Tensor) -> Tensor:
        """Return the logits of features."""
        return self.classifier(self.dropout(features))

    def forward(self, maps: Tensor, pooled: Tensor) -> Tensor:
        """Return (n, outputs) logits of n images."""
        return self.classify(self.features(maps, pooled))


class Probe(nn.Module):
    """A linear classifier of the pooled features (n, D), each brought to mean 0 and variance 1; the
    maps are not looked at."""

    def __init__(self, pooled: int) -> None:
        super().__init__()
        self.scale = nn.BatchNorm1d(pooled, affine=False)
        self.classifier = nn.Linear(pooled, K)

    def features(self, maps: Tensor, pooled: Tensor) -> Tensor:
        """Return what the classifier sees."""
        return self.scale(pooled.float())

    def classify(self, features: Tensor) -> Tensor:
        """Return the logits of features."""
        return self.classifier(features)

    def forward(self, maps: Tensor, pooled: Tensor) -> Tensor:
        """Return (n, 7) logits of n images."""
        return self.classify(self.features(maps, pooled))


class Mask(Probe):
    """The probe on pooled features of which a tail lets a part through, by image and feature:
    sigmoid(m(x)) f(x). It begins with a half of every feature."""

    def __init__(self, pooled: int, shape: torch.Size, settings: Settings) -> None:
        super().__init__(pooled)
        self.tail = Tail(shape, settings, pooled)
        nn.init.zeros_(self.tail.classifier.weight)
        nn.init.zeros_(self.tail.classifier.bias)

    def features(self, maps: Tensor, pooled: Tensor) -> Tensor:
        """Return the masked features."""
        return torch.sigmoid(self.tail(maps, pooled)) * super().features(maps, pooled)
