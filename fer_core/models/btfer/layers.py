"""Building blocks with the conventions of Keras (TensorFlow 2.10), where the nets come from.

"same" padding puts what cannot be halved at the bottom and right; batch norm has momentum 0.99 and
eps 1e-3; convolutions and dense layers start Glorot-uniform with bias 0. "Conv" means 3x3 + ReLU.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence

from timm.layers import create_conv2d, create_pool2d
from torch import Tensor, nn

# The publication and the code that the nets are built from, for every Entry of this room.
NOTEBOOKS = "Benchmarking deep FER; gipinze/ResearchModels_GIT at 2ecb83b, "
CLASSIFIER = ("classifier.",)
BN_EPS = 1e-3
BN_MOMENTUM = 0.01  # of the new value; Keras counts the old one, 0.99
TRUNCATED_STD = 0.87962566  # standard deviation of a normal that is cut at two of its own


def conv(
    inputs: int,
    outputs: int,
    kernel: int = 3,
    stride: int = 1,
    same: bool = True,
    bias: bool = True,
) -> nn.Conv2d:
    """Return a convolution; `same`: ceil(side / stride) places a side, else no padding."""
    padding = "same" if same else "valid"
    return create_conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=bias)


def conv_relu(
    inputs: int, outputs: int, kernel: int = 3, stride: int = 1, same: bool = True
) -> nn.Sequential:
    """Return convolution and ReLU."""
    return nn.Sequential(conv(inputs, outputs, kernel, stride, same), nn.ReLU())


def max_pool(kernel: int = 2, stride: int | None = None, same: bool = False) -> nn.Module:
    """Return a max-pool; `stride` defaults to `kernel`."""
    return create_pool2d("max", kernel, stride, padding="same" if same else "valid")


def batch_norm(channels: int) -> nn.BatchNorm2d:
    """Return batch norm over the places of a map."""
    return nn.BatchNorm2d(channels, eps=BN_EPS, momentum=BN_MOMENTUM)


def global_average() -> nn.Sequential:
    """Return the layer from (B, C, H, W) to (B, C), the mean over places."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())


def dense(inputs: int, outputs: int) -> nn.Sequential:
    """Return a dense layer and ReLU."""
    return nn.Sequential(nn.Linear(inputs, outputs), nn.ReLU())


class Grey(nn.Module):
    """(B, 3, H, W) to (B, 1, H, W): the mean of three channels that are equal in a grey image."""

    def forward(self, x: Tensor) -> Tensor:
        """Return grey images (B, 1, H, W) from images (B, 3, H, W)."""
        return x.mean(1, keepdim=True)


def assemble(
    features: Sequence[nn.Module], head: Sequence[nn.Module], width: int, classes: int
) -> nn.Sequential:
    """Return features, head and the classifier from `width` values to `classes` logits."""
    net = nn.Sequential(
        OrderedDict(
            features=nn.Sequential(*features),
            head=nn.Sequential(*head),
            classifier=nn.Linear(width, classes),
        )
    )
    start_glorot(net)
    return net


def start_glorot(net: nn.Module) -> None:
    """Start every convolution and dense layer Glorot-uniform, with bias 0."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def start_he(layer: nn.Conv2d) -> None:
    """Start a convolution He-normal: variance 2 / inputs, cut at two standard deviations."""
    fan_in = layer.in_channels * math.prod(layer.kernel_size)
    std = math.sqrt(2 / fan_in) / TRUNCATED_STD
    nn.init.trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)


def start_uniform(layer: nn.Conv2d) -> None:
    """Start a convolution uniform in -0.05..0.05."""
    nn.init.uniform_(layer.weight, -0.05, 0.05)
