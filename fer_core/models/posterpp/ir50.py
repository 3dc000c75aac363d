"""The image stream of POSTER++: the first three stages of the face recognition net IR-50.

Source: Deng et al. 2019, ArcFace, section 3.1 (the improved residual unit), as in ir50.py of
Talented-Q/POSTER_V2 at 18de559.
"""

from collections.abc import Sequence

from torch import Tensor, nn


class IR50(nn.Module):
    """Images (B, 3, s, s) to three maps: (B, w, s/2, s/2), (B, 2w, s/4, s/4), (B, 4w, s/8, s/8).

    `width` is w, `units` the residual units of each stage. IR-50's fourth stage and its embedding
    are left out, because POSTER++ makes no use of them.
    """

    def __init__(self, width: int = 64, units: Sequence[int] = (3, 4, 14)) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.PReLU(width)
        )
        widths = (width, width, 2 * width, 4 * width)
        self.stages = nn.ModuleList(
            nn.Sequential(
                ResidualUnit(widths[stage], widths[stage + 1], stride=2),
                *(
                    ResidualUnit(widths[stage + 1], widths[stage + 1])
                    for _ in range(units[stage] - 1)
                ),
            )
            for stage in range(3)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the maps (B, w, s/2, s/2), (B, 2w, s/4, s/4) and (B, 4w, s/8, s/8),
        of images (B, 3, s, s)."""
        first = self.stages[0](self.stem(x))
        second = self.stages[1](first)
        return first, second, self.stages[2](second)


class ResidualUnit(nn.Module):
    """Batch norm, two 3x3 convolutions with a PReLU between, batch norm; nothing after the sum.

    The second convolution strides. The shortcut takes every `stride`-th place, and is a 1x1
    convolution with batch norm where the number of channels changes.
    """

    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.BatchNorm2d(channels),
            nn.Conv2d(channels, out, 3, padding=1, bias=False),
            nn.PReLU(out),
            nn.Conv2d(out, out, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out),
        )
        self.shortcut: nn.Module = nn.MaxPool2d(1, stride) if stride > 1 else nn.Identity()
        if channels != out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, out, ceil(h / stride), ceil(w / stride)) from maps (B, channels, h, w)."""
        return self.shortcut(x) + self.residual(x)
