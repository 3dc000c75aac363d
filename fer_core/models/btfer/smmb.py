"""SMMB, the benchmark's net of two branches with self-attention over places."""

import math

import torch
from torch import Tensor, nn

from fer_core.models.btfer.layers import (
    CLASSIFIER,
    NOTEBOOKS,
    conv_relu,
    dense,
    max_pool,
    start_glorot,
)
from fer_core.models.entries import Entry, register


class SelfAttention(nn.Module):
    """Scaled dot-product self-attention of (B, N, width), with `heads` heads of `depth` values.

    Vaswani et al. 2017: softmax(q k^T / sqrt(depth)) v a head, then all heads projected to `width`.
    `depth` is free, where torch's MultiheadAttention has width / heads.
    """

    def __init__(self, width: int, heads: int, depth: int) -> None:
        super().__init__()
        self.heads, self.depth = heads, depth
        self.query = nn.Linear(width, heads * depth)
        self.key = nn.Linear(width, heads * depth)
        self.value = nn.Linear(width, heads * depth)
        self.out = nn.Linear(heads * depth, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return what each of N places attends to, (B, N, width), from x (B, N, width)."""
        q, k, v = (
            layer(x).unflatten(2, (self.heads, self.depth)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        attention = (q @ k.transpose(2, 3) / math.sqrt(self.depth)).softmax(3)
        return self.out((attention @ v).transpose(1, 2).flatten(2))

    def start(self) -> None:
        """Start Glorot-uniform with the fans that Keras takes from its (width, heads, depth) and
        (heads, depth, width) kernels: the last two axes, each times the first."""
        width = self.out.out_features
        for layer in (self.query, self.key, self.value):
            _uniform(layer, width * (self.heads + self.depth))
        _uniform(self.out, self.heads * (self.depth + width))


def _uniform(layer: nn.Linear, fans: int) -> None:
    limit = math.sqrt(6 / fans)
    nn.init.uniform_(layer.weight, -limit, limit)


class Smmb(nn.Module):
    """Shared convolutions, then a "face" and an emotion branch, joined before the classifier."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.shared = nn.Sequential(conv_relu(3, 32), conv_relu(32, 64), conv_relu(64, 64))
        self.face = nn.Sequential(
            max_pool(), conv_relu(64, 128), nn.Flatten(), dense(128 * 24 * 24, 64)
        )
        self.emotion = nn.Sequential(
            conv_relu(64, 128),
            max_pool(),
            conv_relu(128, 256),
            max_pool(),  # 12
        )
        self.attention = SelfAttention(256, heads=4, depth=32)
        self.places = nn.Sequential(
            nn.LayerNorm(256, eps=1e-3), dense(256, 128), nn.Dropout(0.5), nn.Flatten()
        )
        self.classifier = nn.Linear(64 + 128 * 12 * 12, classes)
        start_glorot(self)
        self.attention.start()

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, 48, 48)."""
        shared = self.shared(x)
        places = self.emotion(shared).flatten(2).transpose(1, 2)  # (B, 144, 256)
        emotion = self.places(self.attention(places))
        return self.classifier(torch.cat([self.face(shared), emotion], 1))


@register(
    Entry(
        "smmb",
        "BTFER benchmark",
        "SMMB",
        NOTEBOOKS + "48 x 48 - SIMPLE/Affectnet 7/SMMB/MODEL",
        sizes=(48,),
        cam_layer="emotion.3 face.1",
        classifier=CLASSIFIER,
    )
)
def build_smmb(size: int, classes: int) -> nn.Module:
    """Build self-attention over the 144 places of the emotion branch, without a residual.

    The paper speaks of detecting faces in one branch; the notebooks give it neither labels nor a
    loss of its own, and place the pools otherwise than the paper does. Grad-CAM looks at the
    last map of each branch.
    """
    return Smmb(classes)
