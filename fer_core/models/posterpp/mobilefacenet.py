"""The landmark stream of POSTER++: MobileFaceNet up to its last map, without the landmarks.

Source: Chen et al. 2018, MobileFaceNets, in the widths of the 68-point landmark net of
cunjian/pytorch_face_landmark that POSTER++ takes its weights from.
"""

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn


class MobileFaceNet(nn.Module):
    """Images (B, 3, s, s) to three maps: (B, w, s/4, s/4), (B, 2w, s/8, s/8), (B, 8w, s/16, s/16).

    `width` is w, `blocks` the number of residual blocks after each halving of the map. The head
    that turns the last map into landmarks is left out, because POSTER++ makes no use of it.
    """

    def __init__(self, width: int = 64, blocks: Sequence[int] = (4, 6, 2)) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            conv_unit(3, width, 3, stride=2), conv_unit(width, width, 3, groups=width)
        )
        self.stages = nn.ModuleList(
            [
                _stage(width, width, 2 * width, blocks[0]),
                _stage(width, 2 * width, 4 * width, blocks[1]),
                _stage(2 * width, 2 * width, 8 * width, blocks[2]),
            ]
        )
        self.last = conv_unit(2 * width, 8 * width)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the maps (B, w, s/4, s/4), (B, 2w, s/8, s/8) and (B, 8w, s/16, s/16),
        of images (B, 3, s, s)."""
        first = self.stages[0](self.stem(x))
        second = self.stages[1](first)
        return first, second, self.last(self.stages[2](second))


class DepthwiseBlock(nn.Module):
    """Expand by a 1x1 convolution, filter each channel by 3x3, project back without activation.

    Source: Sandler et al. 2018, MobileNetV2, section 3.3. `residual` adds the input.
    """

    def __init__(
        self, channels: int, out: int, expansion: int, stride: int = 1, residual: bool = False
    ) -> None:
        super().__init__()
        self.expand = conv_unit(channels, expansion)
        self.depthwise = conv_unit(expansion, expansion, 3, stride, groups=expansion)
        self.project = conv_unit(expansion, out, activation=False)
        self.residual = residual

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, out, ceil(h / stride), ceil(w / stride)) from maps (B, channels, h, w)."""
        projected = self.project(self.depthwise(self.expand(x)))
        return x + projected if self.residual else projected


def conv_unit(
    channels: int,
    out: int,
    kernel: int = 1,
    stride: int = 1,
    groups: int = 1,
    activation: bool = True,
) -> nn.Sequential:
    """Return convolution without bias, batch norm and, with `activation`, a PReLU per channel."""
    conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    layers: OrderedDict[str, nn.Module] = OrderedDict(conv=conv, bn=nn.BatchNorm2d(out))
    if activation:
        layers["prelu"] = nn.PReLU(out)
    return nn.Sequential(layers)


def _stage(channels: int, out: int, expansion: int, blocks: int) -> nn.Sequential:
    residual = [DepthwiseBlock(out, out, 2 * out, residual=True) for _ in range(blocks)]
    return nn.Sequential(
        OrderedDict(
            down=DepthwiseBlock(channels, out, expansion, stride=2), blocks=nn.Sequential(*residual)
        )
    )
