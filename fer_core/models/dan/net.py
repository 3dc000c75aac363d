"""DAN, distract your attention: a residual trunk, several attention heads, and their fusion.

Wen et al. 2023, Distract Your Attention: Multi-head Cross Attention Network for Facial Expression
Recognition; the graph is that of yaoing/DAN at 3872eef.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from fer_core.errors import FerError
from fer_core.models.dan.losses import affinity_loss, partition_loss
from fer_core.models.method import Criterion

REDUCTION = 16  # of the channels, within a head's channel attention


class DAN(nn.Module):
    """From images (B, 3, size, size) to logits (B, classes).

    `trunk` gives feature maps (B, width, h, w), each of `heads` turns them into (B, width), and
    `classifier` takes the sum of the heads' outputs, of which, if there are several, the
    log-softmax over the heads was taken. `centres` (classes or more, width) belong to the affinity
    loss: None in the deployed net, which predicts and does not train.
    """

    def __init__(
        self,
        trunk: nn.Module,
        heads: nn.ModuleList,
        classifier: nn.Module,
        centres: nn.Parameter | None,
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.heads = heads
        self.classifier = classifier
        self.centres = centres

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, size, size)."""
        return self.parts(x)[0]

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return, of images (B, 3, size, size), logits (B, classes), feature maps (B, width, h, w)
        and the heads' outputs (B, heads, width), the last with a log-softmax over several heads."""
        features = self.trunk(x)
        heads = torch.stack([head(features) for head in self.heads], dim=1)
        if len(self.heads) > 1:
            heads = heads.log_softmax(dim=1)
        return self.classifier(heads.sum(dim=1)), features, heads

    def training_loss(
        self, x: Tensor, y: Tensor, criterion: Criterion, epoch: int
    ) -> tuple[Tensor, Tensor]:
        """Return criterion + affinity loss + partition loss, each with weight 1, and the logits
        (B, classes) of images x (B, 3, size, size) with labels y (B,); FerError without centres."""
        if self.centres is None:
            raise FerError("the deployed DAN has no centres to train with; set deployed: false")
        logits, features, heads = self.parts(x)
        with torch.autocast(x.device.type, enabled=False):
            scored = logits.to(torch.promote_types(logits.dtype, torch.float32))
            loss = criterion(scored, y)
            loss = loss + affinity_loss(features, self.centres, y) + partition_loss(heads)
        return loss, logits

    def deployed(self) -> "DAN":
        """Return the net without its centres; the other tensors are shared."""
        net = DAN(self.trunk, self.heads, self.classifier, None)
        net.training = self.training
        return net


class Head(nn.Sequential):
    """One attention head: (B, width, h, w) to (B, width), places weighted first, channels next."""

    def __init__(self, width: int) -> None:
        super().__init__(
            OrderedDict(spatial=SpatialAttention(width), channel=ChannelAttention(width))
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.001)
                nn.init.zeros_(layer.bias)


class SpatialAttention(nn.Module):
    """Weigh the places of a map (B, width, h, w) by one number each.

    As published, no ReLU stands between the 1x1 convolution and the three that read it.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = width // 2
        self.reduce = _convolve(width, inner, (1, 1))
        self.square = _convolve(inner, width, (3, 3))
        self.row = _convolve(inner, width, (1, 3))
        self.column = _convolve(inner, width, (3, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the maps x (B, width, h, w), every place weighed, in the same shape."""
        inner = self.reduce(x)
        seen = (self.square(inner) + self.row(inner) + self.column(inner)).relu()
        return x * seen.sum(dim=1, keepdim=True)


class ChannelAttention(nn.Module):
    """Average a map (B, width, h, w) over its places and weigh its channels: (B, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = width // REDUCTION
        self.weigh = nn.Sequential(
            nn.Linear(width, inner),
            nn.BatchNorm1d(inner),
            nn.ReLU(),
            nn.Linear(inner, width),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return weighed averages (B, width) of maps x (B, width, h, w)."""
        pooled = x.mean((2, 3))
        return pooled * self.weigh(pooled)


def make_dan(
    trunk: nn.Module, width: int, classes: int, heads: int, centres: int, deployed: bool
) -> DAN:
    """Return DAN on a trunk that gives maps of `width` channels; FerError for impossible counts."""
    if heads < 1:
        raise FerError(f"DAN needs a head, not heads: {heads}; give 1 or more, as published 4")
    if centres < classes:
        raise FerError(
            f"DAN needs a centre for each of {classes} classes, not centres: {centres}; "
            f"give {classes} or more"
        )
    made = nn.ModuleList(Head(width) for _ in range(heads))
    classifier = nn.Sequential(
        OrderedDict(linear=nn.Linear(width, classes), norm=nn.BatchNorm1d(classes))
    )
    # drawn last, so that one seed gives both forms of the net the same weights
    drawn = None if deployed else nn.Parameter(torch.randn(centres, width))
    return DAN(trunk, made, classifier, drawn)


def _convolve(given: int, made: int, kernel: tuple[int, int]) -> nn.Sequential:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(
        nn.Conv2d(given, made, kernel, padding=padding),
        nn.BatchNorm2d(made),
    )
