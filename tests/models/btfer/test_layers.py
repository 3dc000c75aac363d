"""Building blocks against values by hand, and against what Keras documents."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.models.btfer.layers import (
    Grey,
    assemble,
    batch_norm,
    conv,
    max_pool,
    start_he,
    start_uniform,
)

ROW = torch.tensor([1.0, 2, 3, 4, 5, 6])


@pytest.mark.parametrize(
    ("kernel", "stride", "sums"),
    [
        # kernel 3, stride 2 on 6: 1 place of padding in all, at the end
        (3, 2, [1 + 2 + 3, 3 + 4 + 5, 5 + 6]),
        # kernel 7, stride 2 on 6: 5 places, 2 before and 3 after
        (7, 2, [1 + 2 + 3 + 4 + 5, 1 + 2 + 3 + 4 + 5 + 6, 3 + 4 + 5 + 6]),
        # kernel 5, stride 2 on 6: 3 places, 1 before and 2 after
        (5, 2, [1 + 2 + 3 + 4, 2 + 3 + 4 + 5 + 6, 4 + 5 + 6]),
        # kernel 3, stride 1: 1 on each side
        (3, 1, [3, 6, 9, 12, 15, 11]),
        # kernel 1, stride 2: none
        (1, 2, [1, 3, 5]),
    ],
)
def test_same_padding_puts_the_odd_place_at_the_end(kernel, stride, sums):
    layer = conv(1, 1, kernel, stride, bias=False)
    torch.nn.init.zeros_(layer.weight)
    layer.weight.data[0, 0, kernel // 2] = 1  # sums along the row
    wide = ROW.repeat(6, 1)[None, None]
    assert layer(wide)[0, 0, 0].tolist() == sums
    layer.weight.data = layer.weight.mT.contiguous()
    assert layer(wide.mT)[0, 0, :, 0].tolist() == sums


@given(st.integers(1, 40), st.sampled_from([1, 3, 5, 7, 11]), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_same_gives_the_side_over_the_stride_rounded_up(side, kernel, stride):
    x = torch.zeros(1, 1, side, side)
    assert conv(1, 1, kernel, stride)(x).shape[2] == math.ceil(side / stride)
    assert max_pool(kernel, stride, same=True)(x).shape[2] == math.ceil(side / stride)


@given(st.integers(11, 40), st.sampled_from([1, 3, 5, 7, 11]), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_valid_keeps_the_windows_that_fit(side, kernel, stride):
    x = torch.zeros(1, 1, side, side)
    fit = (side - kernel) // stride + 1
    assert conv(1, 1, kernel, stride, same=False)(x).shape[2] == fit
    assert max_pool(kernel, stride)(x).shape[2] == fit


def test_a_padded_max_pool_never_takes_its_padding():
    x = -ROW.repeat(6, 1)[None, None]
    assert max_pool(3, 2, same=True)(x)[0, 0, 0].tolist() == [-1, -3, -5]
    assert max_pool(3, 1, same=True)(x)[0, 0, 0].tolist() == [-1, -1, -2, -3, -4, -5]
    assert max_pool(3, 2, same=True)(-torch.ones(1, 1, 1, 1)).item() == -1
    assert max_pool(2, 2, same=True)(x[..., :3, :3])[0, 0, 0].tolist() == [-1, -3]


def test_batch_norm_follows_its_batches_as_keras_does():
    layer = batch_norm(1)
    x = torch.tensor([1.0, 3.0]).reshape(2, 1, 1, 1)
    y = layer(x)
    assert layer.running_mean.item() == pytest.approx(0.99 * 0 + 0.01 * 2)
    assert y.flatten().tolist() == pytest.approx([-1 / math.sqrt(1.001), 1 / math.sqrt(1.001)])


def test_everything_starts_glorot_uniform_without_bias():
    net = assemble([conv(8, 16, 5)], [torch.nn.Linear(4, 900)], 900, 7)
    for layer, fans in ((net.features[0], 25 * (8 + 16)), (net.classifier, 900 + 7)):
        limit = math.sqrt(6 / fans)
        assert layer.weight.abs().max().item() == pytest.approx(limit, rel=0.01)
        assert layer.weight.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.05)
        assert not layer.bias.any()


def test_he_normal_is_cut_at_two_of_its_own_deviations():
    torch.manual_seed(0)
    layer = conv(64, 64, 3)
    start_he(layer)
    std = math.sqrt(2 / (64 * 9))
    assert layer.weight.std().item() == pytest.approx(std, rel=0.02)
    assert layer.weight.abs().max().item() == pytest.approx(2 * std / 0.87962566, rel=0.01)


def test_uniform_starts_between_minus_and_plus_a_twentieth():
    layer = conv(64, 64, 3)
    start_uniform(layer)
    assert 0.0499 < layer.weight.abs().max() <= 0.05
    assert layer.weight.std().item() == pytest.approx(0.1 / math.sqrt(12), rel=0.02)


def test_grey_of_three_equal_channels_is_that_channel():
    x = torch.rand(2, 1, 5, 5, dtype=torch.float64)
    torch.testing.assert_close(Grey()(x.expand(2, 3, 5, 5)), x)
