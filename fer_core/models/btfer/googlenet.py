"""The benchmark's GoogLeNet, whose filters are the original's in another order."""

import torch
from torch import Tensor, nn

from fer_core.models.btfer.layers import (
    CLASSIFIER,
    NOTEBOOKS,
    assemble,
    conv_relu,
    global_average,
    max_pool,
)
from fer_core.models.entries import Entry, register

Filters = tuple[int, int, int, int, int, int]
# Szegedy et al. 2015, table 1, has 1x1, then 3x3 reduced and 3x3, then 5x5 reduced and 5x5, then
# the 1x1 after the pool; the notebooks' module takes the same numbers in the order of `Inception`.
FILTERS: tuple[Filters, ...] = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)
# after how many modules the map is halved, by size of the input
POOLS = {48: (2, 4, 7), 224: (2, 7)}


class Inception(nn.Module):
    """Four paths side by side: f0 1x1, f1 3x3; f2 1x1, f3 5x5; max-pool, f4 1x1; f5 1x1."""

    def __init__(self, inputs: int, filters: Filters) -> None:
        super().__init__()
        f0, f1, f2, f3, f4, f5 = filters
        self.outputs = f1 + f3 + f4 + f5
        self.paths = nn.ModuleList(
            [
                nn.Sequential(conv_relu(inputs, f0, 1), conv_relu(f0, f1)),
                nn.Sequential(conv_relu(inputs, f2, 1), conv_relu(f2, f3, 5)),
                nn.Sequential(max_pool(3, 1, same=True), conv_relu(inputs, f4, 1)),
                conv_relu(inputs, f5, 1),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the paths' maps side by side, (B, f1 + f3 + f4 + f5, h, w),
        from maps (B, inputs, h, w)."""
        return torch.cat([path(x) for path in self.paths], 1)


@register(
    Entry(
        "googlenet-permuted",
        "BTFER benchmark",
        "GoogLeNet",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/GoogleNet, 224 x 224 - Simple/RAFDB/GoogleNet",
        sizes=(48, 224),
        classifier=CLASSIFIER,
    )
)
def build_googlenet(size: int, classes: int) -> nn.Module:
    """Build nine modules without batch norm or auxiliary classifiers.

    The widths are not those of GoogLeNet: the notebooks pass the published list of filters to a
    module that reads it in another order. The paper gives 89 million parameters at 224 px; there
    are 5.9 million.
    """
    if size == 48:
        features = [conv_relu(3, 64), max_pool()]  # 24
        features += [conv_relu(64, 64, 1), conv_relu(64, 192), max_pool()]  # 12
    else:
        features = [conv_relu(3, 64, 7, stride=2), max_pool(3, 2, same=True)]  # 112, 56
        features += [conv_relu(64, 64, 1), conv_relu(64, 192), max_pool(3, 2, same=True)]  # 28
    inputs = 192
    for count, filters in enumerate(FILTERS, start=1):
        module = Inception(inputs, filters)
        features.append(module)
        inputs = module.outputs
        if count in POOLS[size]:
            kernel = 2 if size == 48 else 3
            features.append(max_pool(kernel, 2, same=True))  # 6, 3, 2 or 14, 7
    head = [global_average(), nn.Dropout(0.4)]
    return assemble(features, head, inputs, classes)
