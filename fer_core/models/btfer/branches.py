"""The benchmark's nets of parallel paths: the ensemble of three and the modular net."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fer_core.models.btfer.layers import (
    CLASSIFIER,
    NOTEBOOKS,
    assemble,
    batch_norm,
    conv,
    conv_relu,
    dense,
    global_average,
    max_pool,
    start_glorot,
)
from fer_core.models.entries import Entry, register

MEMBERS = ((32, 64, 128), (32, 64, 128), (64, 128, 256))


class Ensemble(nn.Module):
    """Logits whose softmax is the mean of the softmax of all members, which train together.

    `maps` passes the members' last maps side by side, for Grad-CAM of all of them at once.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.maps = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, size, size):
        the log of the members' mean probability."""
        features = [member.features(x) for member in self.members]
        channels = [each.shape[1] for each in features]
        parts = self.maps(torch.cat(features, 1)).split(channels, 1)
        logs = [
            member.classifier(member.head(part)).log_softmax(1)
            for member, part in zip(self.members, parts, strict=True)
        ]
        # log of the mean probability, without leaving the logarithm
        return torch.stack(logs).logsumexp(0) - math.log(len(logs))


def _member(channels: Sequence[int], classes: int) -> nn.Module:
    features: list[nn.Module] = []
    inputs = 3
    for outputs in channels:
        for before in (inputs, outputs):
            features += [conv(before, outputs), batch_norm(outputs), nn.ReLU()]
        features += [max_pool(), nn.Dropout(0.25)]
        inputs = outputs
    head = [global_average(), dense(inputs, 512), nn.Dropout(0.5)]
    return assemble(features, head, 512, classes)


@register(
    Entry(
        "ensemble-3cnn",
        "BTFER benchmark",
        "Ensemble",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/Ensemble",
        sizes=(48,),
        classifier=tuple(f"members.{i}.classifier." for i in range(len(MEMBERS))),
    )
)
def build_ensemble(size: int, classes: int) -> nn.Module:
    """Build three nets on one image, the first two alike;
    the output's softmax is the mean of theirs.

    The paper says three convolutions and two dense layers of 512 a net; the notebook has six
    convolutions and one dense layer.
    """
    return Ensemble([_member(channels, classes) for channels in MEMBERS])


class Modular(nn.Module):
    """A local path of 3x3 and a global path of 5x5 convolutions, joined before the classifier.

    `maps` passes both paths' last maps side by side, for Grad-CAM.
    """

    def __init__(self, size: int, classes: int) -> None:
        super().__init__()
        width = 128 * (size // 8) ** 2
        self.paths = nn.ModuleDict({"local": _path(3), "global": _path(5)})
        self.maps = nn.Identity()
        self.heads = nn.ModuleDict({name: _path_head(width) for name in self.paths})
        self.classifier = nn.Linear(2 * 256, classes)
        start_glorot(self)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, size, size)."""
        maps = self.maps(torch.cat([path(x) for path in self.paths.values()], 1))
        parts = maps.chunk(len(self.paths), 1)
        values = [head(part) for head, part in zip(self.heads.values(), parts, strict=True)]
        return self.classifier(torch.cat(values, 1))


def _path(kernel: int) -> nn.Sequential:
    return nn.Sequential(
        conv_relu(3, 32, kernel), max_pool(),
        conv_relu(32, 64, kernel), max_pool(),
        conv_relu(64, 128, kernel), max_pool(),
    )  # fmt: skip


def _path_head(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Flatten(), dense(width, 512), nn.Dropout(0.5), dense(512, 256), nn.Dropout(0.5)
    )


@register(
    Entry(
        "modular",
        "BTFER benchmark",
        "Modular",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/Modular - MNN, 224 x 224 - Simple/RAFDB/MNN - Modular",
        sizes=(48, 224),
        classifier=CLASSIFIER,
    )
)
def build_modular(size: int, classes: int) -> nn.Module:
    """Build two paths of three convolutions and two dense layers each."""
    return Modular(size, classes)
