"""The head of POSTER++: a small vision transformer over the tokens of all scales.

Source: Dosovitskiy et al. 2021, ViT, equations 1 to 4; the gate after it is the squeeze-excitation
of Hu et al. 2018, without reduction, as in vit_model.py of Talented-Q/POSTER_V2 at 18de559.
"""

import torch
import torch.nn.functional as F
from timm.layers import Mlp
from torch import Tensor, nn

EPS = 1e-6


class TokenClassifier(nn.Module):
    """Tokens (B, n, width) to logits (B, classes), read from a class token before them."""

    def __init__(self, tokens: int, width: int, heads: int, depth: int, classes: int) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + tokens, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=EPS)
        self.gate = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.Sigmoid()
        )
        self.linear = nn.Linear(width, classes)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.01)
                nn.init.zeros_(module.bias)
        for tensor in (self.cls_token, self.pos_embed):
            nn.init.trunc_normal_(tensor, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits (B, classes) of tokens (B, n, width)."""
        first = self.cls_token.expand(tokens.shape[0], -1, -1)
        x = torch.cat([first, tokens], 1) + self.pos_embed
        *others, last = self.blocks
        for block in others:
            x = block(x)
        features = self.norm(last(x, queries=1)[:, 0])
        return self.linear(features * self.gate(features))


class Block(nn.Module):
    """Pre-norm transformer block: self-attention, then an MLP of four times the width.

    timm's block is the same function but has no `queries`: after the last block only the class
    token is read, so that the others need not be calculated.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width, eps=EPS)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width, eps=EPS)
        self.mlp = Mlp(width, 4 * width)

    def forward(self, x: Tensor, queries: int | None = None) -> Tensor:
        """Return what the block makes of the first `queries` tokens of x (B, n, width),
        or of all: (B, queries, width)."""
        x, normed = x[:, :queries], self.norm1(x)
        x = x + self._attend(normed, queries)
        return x + self.mlp(self.norm2(x))

    def _attend(self, x: Tensor, queries: int | None) -> Tensor:
        width = x.shape[2]
        parts = zip(
            self.qkv.weight.split((width, 2 * width)),
            self.qkv.bias.split((width, 2 * width)),
            strict=True,
        )
        (q_weight, q_bias), (kv_weight, kv_bias) = parts
        query = F.linear(x[:, :queries], q_weight, q_bias).unflatten(2, (self.heads, -1))
        keyed = F.linear(x, kv_weight, kv_bias).unflatten(2, (2, self.heads, -1))
        key, value = keyed.permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(query.transpose(1, 2), key, value)
        return self.proj(attended.transpose(1, 2).flatten(2))
