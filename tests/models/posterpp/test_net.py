"""The graph of POSTER++: counts, shapes, first values, and what training changes."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from fer_core.errors import FerError
from fer_core.models.entries import entries
from fer_core.models.posterpp import TINY, build, build_tiny
from fer_core.models.posterpp.net import PosterPP, Sizes

PUBLISHED = {"resize": "nearest", "landmark_drift": True, "frozen_landmarks": True}
CHANNELS, SIDES = (64, 128, 256), (28, 14, 7)


def without_numbers(size: int = 224, classes: int = 7) -> nn.Module:
    """POSTER++ on the meta device: shapes and nothing else."""
    with torch.device("meta"):
        return build(size, classes, **PUBLISHED)


def small(**changes: object) -> PosterPP:
    torch.manual_seed(0)
    net = build_tiny(48, 7, **{**PUBLISHED, **changes})
    assert isinstance(net, PosterPP)
    return net


def shapes_of(net: nn.Module, x: Tensor) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for name, module in net.named_modules():
        module.register_forward_hook(
            lambda _, __, output, name=name: shapes.update(
                {name: tuple(output.shape) if isinstance(output, Tensor) else ()}
            )
        )
    net.eval()(x)
    return shapes


@pytest.mark.parametrize(("classes", "more"), [(7, 0), (8, 769)])
def test_the_live_parameters_are_the_published_ones(classes: int, more: int) -> None:
    parameters = list(without_numbers(classes=classes).parameters())
    assert sum(p.numel() for p in parameters) == 43_753_941 + more
    assert sum(p.numel() for p in parameters if p.requires_grad) == 42_842_709 + more


@pytest.mark.parametrize("size", [224, 112])
def test_a_window_is_the_whole_map_at_every_scale(size: int) -> None:
    net = without_numbers(size)
    shapes = shapes_of(net, torch.empty(2, 3, size, size, device="meta"))
    for i, (channels, side) in enumerate(zip(CHANNELS, SIDES, strict=True)):
        assert shapes[f"image.stages.{i}"] == (2, channels, 2 * side, 2 * side)
        assert shapes[f"scales.{i}.norm"] == (2, side, side, channels)
        assert net.scales[i].attention.position.window_size == (side, side)
        assert net.scales[i].attention.heads == channels // 32
        assert shapes[f"scales.{i}.attention"] == (2, side * side, channels)
        assert shapes[f"scales.{i}.embed"] == (2, 768, 7, 7)
    assert shapes["landmarks.last"] == (2, 512, 7, 7)
    assert shapes["head.blocks.0"] == (2, 148, 768)
    assert shapes["head.blocks.1"] == (2, 1, 768), "only the class token is read"
    assert shapes["head"] == (2, 7)


def test_nothing_is_calculated_that_the_published_forward_throws_away() -> None:
    """The published forward takes 8.592 G multiply-accumulates, counted in the same way."""
    net, x = without_numbers().eval(), torch.empty(1, 3, 224, 224, device="meta")
    with FlopCounterMode(display=False) as counter:
        net(x)
    landmark_head = 512 * 7 * 7 + 512 * 136
    # queries, projection and MLP of 147 tokens, and their attention to 148
    other_tokens = 147 * (768 * 768 * (1 + 1 + 8) + 2 * 148 * 768)
    assert abs(counter.get_total_flops() / 2 - (8.592e9 - landmark_head - other_tokens)) < 1e6


def test_the_first_values_are_the_stated_ones() -> None:
    torch.manual_seed(0)
    net = build(112, 7, **PUBLISHED)
    head = net.head
    linear = [module for module in head.modules() if isinstance(module, nn.Linear)]
    assert len(linear) == 2 * 4 + 2 + 1
    for layer in linear:
        assert math.isclose(float(layer.weight.detach().std()), 0.01, rel_tol=0.05)
        assert not layer.bias.any()
    tables = [scale.attention.position.relative_position_bias_table for scale in net.scales]
    for tensor in (head.cls_token, head.pos_embed, *tables):
        assert math.isclose(float(tensor.detach().std()), 0.02, rel_tol=0.1)
    for scale, rate in zip(net.scales, (0, 0.125, 0.25), strict=True):
        assert scale.ffn.gamma1.eq(1e-5).all()
        assert scale.ffn.gamma2.eq(1e-5).all()
        assert scale.ffn.drop_path.drop_prob == rate
        assert scale.norm.eps == 1e-5
    assert {block.norm1.eps for block in head.blocks} == {head.norm.eps} == {1e-6}
    kernel = net.landmarks.last.conv.weight  # 1x1, 512 outputs
    assert math.isclose(float(kernel.std()), math.sqrt(2 / 512), rel_tol=0.05)


def test_gradients_reach_all_that_must_train_and_nothing_frozen() -> None:
    net = small().train()
    nn.functional.cross_entropy(net(torch.randn(4, 3, 48, 48)), torch.arange(4)).backward()
    frozen = {name for name, tensor in net.named_parameters() if not tensor.requires_grad}
    assert frozen == {name for name, _ in net.named_parameters() if name.startswith("landmarks.")}
    for name, tensor in net.named_parameters():
        if name in frozen:
            assert tensor.grad is None, name
        else:
            assert tensor.grad is not None, name
            assert tensor.grad.any(), name


def test_equal_seeds_and_inputs_give_equal_bits_and_layouts_equal_numbers() -> None:
    x, y = torch.randn(4, 3, 48, 48), torch.arange(4)
    gradients = []
    torch.use_deterministic_algorithms(True)
    try:
        for layout in (torch.contiguous_format, torch.contiguous_format, torch.channels_last):
            net = small().to(memory_format=layout)
            torch.manual_seed(1)
            nn.functional.cross_entropy(net.train()(x), y).backward()
            gradients.append(torch.cat([p.grad.flatten() for p in net.scales.parameters()]))
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(gradients[0], gradients[1])
    torch.testing.assert_close(gradients[0], gradients[2], rtol=1e-2, atol=1e-4)


def test_an_image_does_not_depend_on_the_others_of_its_batch() -> None:
    net = small().double().eval()
    x = torch.randn(3, 3, 48, 48, dtype=torch.double)
    torch.testing.assert_close(net(x), torch.cat([net(one[None]) for one in x]))


def test_the_twin_is_the_same_graph_with_other_numbers() -> None:
    def graph(net: nn.Module) -> set[tuple[str, str]]:
        return {(name, type(module).__name__) for name, module in net.named_modules()}

    with torch.device("meta"):
        few_units = PosterPP(7, Sizes(landmark_blocks=(1, 1, 1), image_units=(1, 1, 2)))
    assert graph(small()) == graph(few_units)
    assert sum(p.numel() for p in small().parameters()) < 400_000
    assert [scale.attention.position.window_size[0] for scale in small().scales] == [12, 6, 3]
    assert TINY.side == min(entries()["posterpp-tiny"].sizes)


def test_an_unknown_resize_names_the_known_ones() -> None:
    with pytest.raises(FerError, match=r"unknown resize 'bicubic'; valid: antialiased, nearest"):
        small(resize="bicubic")
