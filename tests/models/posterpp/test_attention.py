"""The two kinds of attention against their formulas."""

import math
from functools import partial

import torch
from timm.models.vision_transformer import Block as TimmBlock
from torch import nn

from fer_core.models.posterpp.attention import FeedForward, WindowCrossAttention
from fer_core.models.posterpp.vit import Block


def test_cross_attention_is_the_formula_with_one_bias_for_each_relative_position() -> None:
    torch.manual_seed(0)
    side, heads, channels = 3, 2, 8
    attention = WindowCrossAttention(channels, heads, side).double()
    nn.init.normal_(attention.position.relative_position_bias_table)
    image, landmarks = torch.randn(2, 2, side * side, channels, dtype=torch.double)
    table = attention.position.relative_position_bias_table.unflatten(0, (2 * side - 1,) * 2)
    keys, values = attention.kv(image).chunk(2, -1)
    places = [(row, column) for row in range(side) for column in range(side)]
    parts = []
    for head, part in enumerate(torch.arange(channels).chunk(heads)):
        scores = landmarks[..., part] @ keys[..., part].mT / math.sqrt(len(part))
        bias = torch.stack(
            [
                torch.stack([table[y - v + side - 1, x - u + side - 1, head] for v, u in places])
                for y, x in places
            ]
        )
        parts.append((scores + bias).softmax(-1) @ values[..., part])
    torch.testing.assert_close(attention(image, landmarks), attention.proj(torch.cat(parts, -1)))


def test_the_queries_are_the_landmarks_themselves() -> None:
    names = dict(WindowCrossAttention(8, 2, 3).named_parameters())
    assert {name: tuple(tensor.shape) for name, tensor in names.items()} == {
        "kv.weight": (16, 8), "kv.bias": (16,), "proj.weight": (8, 8), "proj.bias": (8,),
        "position.relative_position_bias_table": (25, 2),
    }  # fmt: skip


def test_feed_forward_adds_both_branches_by_their_scales() -> None:
    torch.manual_seed(0)
    block = FeedForward(4, drop_path=0.25).double().eval()
    shortcut, attended = torch.randn(2, 2, 3, 3, 4, dtype=torch.double)
    nn.init.normal_(block.gamma1)
    nn.init.normal_(block.gamma2)
    x = shortcut + block.gamma1 * attended
    torch.testing.assert_close(
        block(shortcut, attended), x + block.gamma2 * block.mlp(block.norm(x))
    )


def test_while_training_both_branches_of_an_image_are_dropped_at_the_stated_rate() -> None:
    torch.manual_seed(0)
    block = FeedForward(4, drop_path=0.25).train()
    nn.init.ones_(block.gamma1)
    nn.init.zeros_(block.gamma2)
    shortcut, attended = torch.zeros(2000, 1, 1, 4), torch.ones(2000, 1, 1, 4)
    added = block(shortcut, attended)
    assert set(added.unique().tolist()) == {0, torch.tensor(1 / 0.75).item()}
    assert abs(float((added[:, 0, 0, 0] == 0).float().mean()) - 0.25) < 0.03


def test_a_block_is_timms_block_and_the_class_token_alone_is_its_first_token() -> None:
    torch.manual_seed(0)
    ours = Block(12, 3).double()
    theirs = TimmBlock(12, 3, qkv_bias=True, norm_layer=partial(nn.LayerNorm, eps=1e-6))
    theirs.double().load_state_dict(
        {
            name.replace("qkv", "attn.qkv").replace("proj", "attn.proj"): tensor
            for name, tensor in ours.state_dict().items()
        }
    )
    x = torch.randn(2, 5, 12, dtype=torch.double)
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours(x, queries=1), theirs(x)[:, :1])
