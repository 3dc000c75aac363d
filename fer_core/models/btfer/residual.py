"""The benchmark's nets with shortcuts: ResNet-18 with a dense head, and what it calls RepVGG."""

import torch
from torch import Tensor, nn

from fer_core.models.btfer.layers import (
    CLASSIFIER,
    NOTEBOOKS,
    assemble,
    batch_norm,
    conv,
    dense,
    global_average,
    max_pool,
)
from fer_core.models.entries import Entry, register


class BasicBlock(nn.Module):
    """He et al. 2016: two 3x3 convolutions with batch norm, a shortcut, ReLU after the sum."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(inputs, outputs, stride=stride, bias=False), batch_norm(outputs), nn.ReLU(),
            conv(outputs, outputs, bias=False), batch_norm(outputs),
        )  # fmt: skip
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1:
            self.shortcut = nn.Sequential(
                conv(inputs, outputs, 1, stride, bias=False), batch_norm(outputs)
            )
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, outputs, ceil(h / stride), ceil(w / stride)) from maps (B, inputs, h, w)."""
        return self.relu(self.body(x) + self.shortcut(x))


@register(
    Entry(
        "resnet18-dense",
        "BTFER benchmark",
        "ResNet18+Dropout+Dense",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/ResNet18, 224 x 224 - Simple/RAFDB/Resnet18",
        sizes=(48, 224),
        classifier=CLASSIFIER,
    )
)
def build_resnet18(size: int, classes: int) -> nn.Module:
    """Build ResNet-18 and a dense layer of 1024 between dropouts; at 48 px the stem is one 3x3
    convolution without stride, and no pool."""
    stem = [conv(3, 64, bias=False), batch_norm(64), nn.ReLU()]
    if size == 224:
        stem = [conv(3, 64, 7, stride=2, bias=False), batch_norm(64), nn.ReLU()]
        stem.append(max_pool(3, 2, same=True))
    blocks = nn.Sequential()
    inputs = 64
    for outputs in (64, 128, 256, 512):
        blocks.append(BasicBlock(inputs, outputs, stride=1 if inputs == outputs else 2))
        blocks.append(BasicBlock(outputs, outputs, stride=1))
        inputs = outputs
    head = [global_average(), nn.Dropout(0.2), dense(512, 1024), nn.Dropout(0.5)]
    return assemble([*stem, *blocks], head, 1024, classes)


class StopSecondHalf(nn.Module):
    """The same values forward; backward, no gradient for the second half of the channels."""

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (B, C, h, w) as they are, the second half of their channels detached."""
        first, second = x.chunk(2, 1)
        return torch.cat([first, second.detach()], 1)


class PublishedBlock(nn.Module):
    """conv-BN-ReLU-conv-BN plus the input, or its 1x1 convolution where the block strides."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stop = StopSecondHalf()
        self.body = nn.Sequential(
            conv(inputs, outputs, stride=stride, bias=False), batch_norm(outputs), nn.ReLU(),
            conv(outputs, outputs, bias=False), batch_norm(outputs),
        )  # fmt: skip
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1:
            self.shortcut = conv(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, outputs, ceil(h / stride), ceil(w / stride)) from maps (B, inputs, h, w)."""
        x = self.stop(x)
        return self.body(x) + self.shortcut(x)


# channels and stride of each block
PUBLISHED_BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (256, 1),
    (512, 2), (512, 1), (512, 1), (512, 1), (512, 1),
)  # fmt: skip


@register(
    Entry(
        "repvgg-published",
        "BTFER benchmark",
        "RepVGG as published",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/RepVGG, 224 x 224 - Simple/RAFDB/RepVGG",
        sizes=(48, 224),
        classifier=CLASSIFIER,
    )
)
def build_published_repvgg(size: int, classes: int) -> nn.Module:
    """Build what the benchmark reports as RepVGG: a residual net, with nothing to re-parameterise.

    A layer that the notebook calls gradient checkpointing stands before every block and stops the
    gradient of the second half of the channels, so that half of what each earlier layer computes
    never trains. The true RepVGG is another entry.
    """
    features: list[nn.Module] = [conv(3, 64, stride=2), batch_norm(64), nn.ReLU()]
    inputs = 64
    for outputs, stride in PUBLISHED_BLOCKS:
        features.append(PublishedBlock(inputs, outputs, stride))
        inputs = outputs
    return assemble(features, [global_average()], inputs, classes)
