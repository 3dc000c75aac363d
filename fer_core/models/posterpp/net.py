"""POSTER++: an image stream and a landmark stream that meet at three scales."""

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_core.errors import unknown
from fer_core.models.posterpp.attention import FeedForward, WindowCrossAttention
from fer_core.models.posterpp.ir50 import IR50
from fer_core.models.posterpp.mobilefacenet import MobileFaceNet
from fer_core.models.posterpp.vit import TokenClassifier

RESIZES: dict[str, dict[str, Any]] = {
    "nearest": {"mode": "nearest"},
    "antialiased": {"mode": "bilinear", "antialias": True},
}
SCALES = 3
DROP_PATH = 0.125  # more for each scale: 0, 0.125, 0.25


@dataclass(frozen=True)
class Sizes:
    """Sizes of a POSTER++; the defaults are the published ones.

    `side`: pixels a side of what both streams see, a multiple of 16. `width`: channels at the first
    scale; each next one has twice as many and half the places a side. `head_width`: channels of one
    head of the cross attention. `embedding`, `heads`, `depth`: of the transformer.
    """

    side: int = 112
    width: int = 64
    landmark_blocks: tuple[int, int, int] = (4, 6, 2)
    image_units: tuple[int, int, int] = (3, 4, 14)
    head_width: int = 32
    embedding: int = 768
    heads: int = 8
    depth: int = 2


class PosterPP(nn.Module):
    """Images (B, 3, s, s) to logits (B, classes); s is resized to the side of `sizes`.

    Source: Mao et al. 2023, POSTER++: A simpler and stronger facial expression recognition network;
    Talented-Q/POSTER_V2 at 18de559. What the published forward calculates and throws away is left
    out: the landmarks, the second of two equal resizes, and all but one token of the last block.

    `resize`: "nearest" as published, or "antialiased" (bilinear). `frozen_landmarks`: the landmark
    stream does not train. `landmark_drift`: as published, its batch norms use and update the
    statistics of training batches even when it is frozen; without drift, a frozen stream stays in
    evaluation mode. It is no matter of a stream that trains.
    """

    def __init__(
        self,
        classes: int,
        sizes: Sizes,
        resize: str = "nearest",
        landmark_drift: bool = True,
        frozen_landmarks: bool = True,
    ) -> None:
        super().__init__()
        if resize not in RESIZES:
            raise unknown("resize", resize, RESIZES)
        self.side, self.resize = sizes.side, resize
        self.still_landmarks = frozen_landmarks and not landmark_drift
        self.landmarks = MobileFaceNet(sizes.width, sizes.landmark_blocks)
        self.landmarks.requires_grad_(not frozen_landmarks)
        self.landmark_conv = nn.Conv2d(8 * sizes.width, 4 * sizes.width, 3, padding=1)
        self.image = IR50(sizes.width, sizes.image_units)
        self.scales = nn.ModuleList(Scale(sizes, index) for index in range(SCALES))
        tokens = SCALES * (sizes.side // 16) ** 2
        self.head = TokenClassifier(tokens, sizes.embedding, sizes.heads, sizes.depth, classes)
        self.train()

    def train(self, mode: bool = True) -> "PosterPP":
        """Set the mode of every part; a frozen landmark stream without drift never trains."""
        super().train(mode)
        if self.still_landmarks:
            self.landmarks.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, s, s), resized first
        where s is not the side of `sizes`."""
        if x.shape[-1] != self.side:
            x = F.interpolate(x, self.side, **RESIZES[self.resize])
        first, second, third = self.landmarks(x)
        guides = (first, second, self.landmark_conv(third))
        maps = self.image(x)
        tokens = [
            scale(image, guide)
            for scale, image, guide in zip(self.scales, maps, guides, strict=True)
        ]
        return self.head(torch.cat(tokens, 1))


class Scale(nn.Module):
    """One scale: the image map, halved, attends to the landmark map and becomes tokens.

    Scale i = 0, 1, 2 has width·2^i channels on side/(4·2^i) places a side;
    every scale gives (side/16)² tokens.
    """

    def __init__(self, sizes: Sizes, index: int) -> None:
        super().__init__()
        channels, side = sizes.width << index, (sizes.side // 4) >> index
        self.halve = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.norm = nn.LayerNorm(channels)
        self.attention = WindowCrossAttention(channels, channels // sizes.head_width, side)
        self.ffn = FeedForward(channels, drop_path=DROP_PATH * index)
        self.embed = _embedding(channels, sizes.embedding, halvings=SCALES - 1 - index)

    def forward(self, image: Tensor, landmarks: Tensor) -> Tensor:
        """Return tokens (B, n, embedding) from maps (B, C, 2h, 2h) and (B, C, h, h)."""
        shortcut = self.norm(self.halve(image).permute(0, 2, 3, 1))
        attended = self.attention(shortcut.flatten(1, 2), landmarks.flatten(2).mT)
        mixed = self.ffn(shortcut, attended.view_as(shortcut))
        return self.embed(mixed.permute(0, 3, 1, 2)).flatten(2).mT


def _embedding(channels: int, width: int, halvings: int) -> nn.Sequential:
    """Return convolutions that halve the map so often; one of 1x1 for no time."""
    if not halvings:
        return nn.Sequential(nn.Conv2d(channels, width, 1))
    inputs = (channels, *[width] * (halvings - 1))
    return nn.Sequential(*(nn.Conv2d(n, width, 3, stride=2, padding=1) for n in inputs))
