"""How the landmark stream guides the image stream: cross attention, then a feed-forward block.

Source: Mao et al. 2023, POSTER++, section III; the relative positions are those of Liu et al. 2021,
Swin Transformer, equation 4. A window is as large as the whole map at each scale of POSTER++, so
that there is one window for each image and the attention is global.
"""

import torch
import torch.nn.functional as F
from timm.layers import DropPath, Mlp, RelPosBias
from torch import Tensor, nn

GAMMA = 1e-5  # first value of the scales of both branches


class WindowCrossAttention(nn.Module):
    """Attention from landmark places to image places of one window of `side` x `side` places.

    softmax(q k^T / sqrt(d) + bias of the relative position) v, with k and v projected from the
    image tokens, and q the landmark tokens themselves, which have no projection of their own.
    """

    def __init__(self, channels: int, heads: int, side: int) -> None:
        super().__init__()
        self.heads = heads
        self.kv = nn.Linear(channels, 2 * channels)
        self.position = RelPosBias((side, side), heads)
        self.proj = nn.Linear(channels, channels)

    def forward(self, image: Tensor, landmarks: Tensor) -> Tensor:
        """Return (B, side², C) from image and landmark tokens of that shape."""
        query = landmarks.unflatten(2, (self.heads, -1)).transpose(1, 2)
        key, value = self.kv(image).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        bias = self.position.get_bias()
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.proj(attended.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    """Add scaled attention to the shortcut, then a scaled MLP: maps (B, h, w, C), channels last.

    x = shortcut + DropPath(gamma1 * attended); x + DropPath(gamma2 * MLP(LayerNorm(x))).
    """

    def __init__(self, channels: int, drop_path: float) -> None:
        super().__init__()
        self.gamma1 = nn.Parameter(torch.full((channels,), GAMMA))
        self.gamma2 = nn.Parameter(torch.full((channels,), GAMMA))
        self.norm = nn.LayerNorm(channels)
        self.mlp = Mlp(channels, 4 * channels)
        self.drop_path = DropPath(drop_path)

    def forward(self, shortcut: Tensor, attended: Tensor) -> Tensor:
        """Return maps (B, h, w, C) from the shortcut and the attended maps, both of that shape."""
        x = shortcut + self.drop_path(self.gamma1 * attended)
        return x + self.drop_path(self.gamma2 * self.mlp(self.norm(x)))
