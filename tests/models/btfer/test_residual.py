"""ResNet-18 with its dense head, and what the benchmark calls RepVGG."""

import pytest
import torch
from torch import nn

from fer_core.models.btfer.residual import PublishedBlock, StopSecondHalf
from tests.models.btfer.scratch import build


def test_the_stop_changes_no_value_and_blocks_exactly_the_second_half():
    x = torch.rand(2, 6, 3, 3, requires_grad=True)
    y = StopSecondHalf()(x)
    assert torch.equal(y, x)
    y.sum().backward()
    assert torch.equal(x.grad[:, :3], torch.ones(2, 3, 3, 3))
    assert not x.grad[:, 3:].any()


@pytest.mark.parametrize("stride", [1, 2])
def test_a_published_block_stops_before_both_of_its_paths_and_ends_without_relu(stride):
    torch.manual_seed(0)
    block = PublishedBlock(4, 4 * stride, stride)
    x = torch.randn(2, 4, 6, 6, requires_grad=True)
    y = block(x)
    assert (y < 0).any()
    (y * torch.randn_like(y)).sum().backward()
    assert x.grad[:, :2].any()
    assert not x.grad[:, 2:].any()


def test_half_of_every_layer_but_the_last_never_trains():
    torch.manual_seed(0)
    net = build("repvgg-published", 48)
    net(torch.rand(2, 3, 48, 48)).logsumexp(1).sum().backward()
    blocks = [layer for layer in net.features if isinstance(layer, PublishedBlock)]
    last = blocks.pop()
    writers = [net.features[0]]  # what writes the channels that the next block reads
    for block in blocks:
        writers.append(block.body[3])
        writers += [block.shortcut] if isinstance(block.shortcut, nn.Conv2d) else []
    for layer in writers:
        half = layer.out_channels // 2
        assert layer.weight.grad[:half].flatten(1).any(1).all()
        assert not layer.weight.grad[half:].any()
    assert last.body[3].weight.grad.flatten(1).any(1).all()


def test_resnet_blocks_add_a_normalised_shortcut_only_where_they_halve_the_map():
    net = build("resnet18-dense", 48)
    blocks = list(net.features)[3:]
    assert len(blocks) == 8
    kinds = ["plain" if isinstance(block.shortcut, nn.Identity) else "conv" for block in blocks]
    assert kinds == ["plain", "plain", *["conv", "plain"] * 3]
    assert not any(
        layer.bias is not None for layer in net.modules() if isinstance(layer, nn.Conv2d)
    )
    assert not (blocks[0].eval()(torch.randn(1, 64, 4, 4)) < 0).any()
