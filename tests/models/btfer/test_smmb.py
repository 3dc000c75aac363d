"""Self-attention of SMMB."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.models.btfer.smmb import SelfAttention
from tests.models.btfer.scratch import build


def loops(layer, x):
    """The same attention, one image, head and place after the other."""
    q, k, v = layer.query(x), layer.key(x), layer.value(x)
    joined = torch.zeros_like(q)
    for image in range(x.shape[0]):
        for head in range(layer.heads):
            part = slice(head * layer.depth, (head + 1) * layer.depth)
            for place in range(x.shape[1]):
                scores = [
                    (q[image, place, part] @ k[image, other, part]) / math.sqrt(layer.depth)
                    for other in range(x.shape[1])
                ]
                weights = torch.stack(scores).softmax(0)
                joined[image, place, part] = weights @ v[image, :, part]
    return layer.out(joined)


@given(
    width=st.integers(1, 7), heads=st.integers(1, 4), depth=st.integers(1, 5),
    places=st.integers(1, 6), seed=st.integers(0, 2**31),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_attention_equals_plain_loops(width, heads, depth, places, seed):
    torch.manual_seed(seed)
    layer = SelfAttention(width, heads, depth).double()
    x = 3 * torch.randn(2, places, width, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(layer(x), loops(layer, x), rtol=1e-10, atol=1e-12)


def test_attention_follows_a_permutation_of_the_places():
    torch.manual_seed(0)
    layer, x, order = (
        SelfAttention(6, 2, 3).double(),
        torch.randn(2, 5, 6).double(),
        [3, 0, 4, 1, 2],
    )
    torch.testing.assert_close(layer(x)[:, order], layer(x[:, order]))


def test_smmb_attends_with_4_heads_of_32_over_144_places():
    net = build("smmb", 48).eval()
    seen = []
    net.attention.register_forward_hook(
        lambda *call: seen.append((call[1][0].shape, call[2].shape))
    )
    net(torch.zeros(2, 3, 48, 48))
    assert seen == [((2, 144, 256), (2, 144, 256))]
    assert (net.attention.heads, net.attention.depth) == (4, 32)
    assert sum(tensor.numel() for tensor in net.attention.parameters()) == 131_712
    assert net.places[0].eps == 1e-3


def test_attention_starts_with_the_fans_that_keras_counts():
    net = build("smmb", 48)
    for layer, fans in ((net.attention.query, 256 * (4 + 32)), (net.attention.out, 4 * (32 + 256))):
        limit = math.sqrt(6 / fans)
        assert layer.weight.abs().max().item() == pytest.approx(limit, rel=0.01)
        assert not layer.bias.any()


def test_a_place_keeps_its_values_together():
    """Values of one place stand side by side in what the classifier sees."""
    net = build("smmb", 48).eval()
    torch.nn.init.zeros_(net.places[0].weight)
    with torch.no_grad():
        given = torch.zeros(1, 144, 256)
        net.places[0].weight.fill_(1.0)
        given[0, 5, :128] = 1.0
        changed = (net.places(given) - net.places(torch.zeros_like(given))).reshape(144, 128)
    assert changed.abs().sum(1).nonzero().flatten().tolist() == [5]
