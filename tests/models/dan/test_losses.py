"""DAN's two losses: by hand, against the authors' values, and what must always hold."""

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from fer_core.models.dan.losses import affinity_loss, partition_loss
from tests.models.filled import draws

SEEDS = st.integers(0, 2**32 - 1)


def normal(seed: int, *shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_the_affinity_loss_is_the_distance_to_the_own_centre_over_the_spread_of_all() -> None:
    # averages over the places: (1, 2) and (0, -1)
    maps = torch.tensor([[[[0.0, 2.0]], [[2.0, 2.0]]], [[[-3.0, 3.0]], [[0.0, -2.0]]]])
    centres = torch.tensor([[0.0, 0.0], [3.0, -1.0], [0.0, 4.0]])
    # squared distances: 1 + 4 to the first centre, 9 + 0 to the second
    # variances: of 0, 3, 0 it is 3; of 0, -1, 4 it is 7
    loss = affinity_loss(maps, centres, torch.tensor([0, 1]))
    assert float(loss) == pytest.approx((5 + 9) / 2 / (3 + 7), abs=1e-6)


def test_the_affinity_of_each_image_is_kept_between_its_bounds_before_the_mean() -> None:
    maps = torch.zeros(2, 1, 1, 1, dtype=torch.float64)
    maps[1] = 1e9
    centres = torch.tensor([[0.0], [1.0]], dtype=torch.float64)  # variance 0.5
    loss = affinity_loss(maps, centres, torch.tensor([0, 0]))
    assert float(loss) == pytest.approx((1e-12 + 1e12) / 2)


def test_the_partition_loss_is_that_of_the_mean_variance_over_the_heads() -> None:
    heads = torch.tensor([[[1.0, 5.0], [3.0, 5.0]], [[0.0, 1.0], [0.0, -1.0]]])
    mean_variance = (2 + 0 + 0 + 2) / 4  # unbiased, of pairs
    assert float(partition_loss(heads)) == pytest.approx(math.log(1 + 2 / mean_variance), abs=1e-6)
    equal = torch.ones(3, 2, 4, requires_grad=True)
    loss = partition_loss(equal)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(math.log(1 + 2 / 2**-52), rel=1e-6)
    assert torch.equal(equal.grad, torch.zeros(3, 2, 4))


def test_losses_and_gradients_are_those_of_the_authors() -> None:
    golden = json.loads((Path(__file__).parent / "golden/dan.json").read_text())["losses"]
    draw = draws("loss")
    shapes = {"features": (6, 512, 7, 7), "centres": (8, 512), "raw_heads": (6, 4, 512)}
    given = {
        name: torch.from_numpy(draw.standard_normal(shape)).requires_grad_()
        for name, shape in shapes.items()
    }
    y = torch.tensor([0, 1, 2, 3, 4, 6])
    affinity = affinity_loss(given["features"], given["centres"], y)
    partition = partition_loss(given["raw_heads"].log_softmax(1))
    (affinity + partition).backward()
    found = {"affinity_8_centres": affinity, "partition": partition}
    found |= {f"grad_{name}_norm": tensor.grad.norm() for name, tensor in given.items()}
    for name, value in golden.items():
        assert float(found[name].detach()) == pytest.approx(value, abs=1e-8), name


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(7, 9), st.integers(1, 6))
def test_the_affinity_loss_knows_no_origin_and_no_scale(seed: int, count: int, side: int) -> None:
    maps, centres = normal(seed, 5, 4, side, side), normal(seed + 1, count, 4)
    y = torch.arange(5)
    loss = affinity_loss(maps, centres, y)
    assert loss > 0
    torch.testing.assert_close(affinity_loss(3 * maps, 3 * centres, y), loss)
    torch.testing.assert_close(affinity_loss(maps + 2, centres + 2, y), loss)
    on_centre = centres[y, :, None, None].expand(5, 4, side, side)
    torch.testing.assert_close(affinity_loss(on_centre, centres, y) + 1, torch.ones_like(loss))


def test_a_centre_without_images_is_felt_through_the_spread_alone() -> None:
    maps, centres = normal(0, 6, 4, 3, 3), normal(1, 8, 4).requires_grad_()
    y = torch.arange(6)
    (gradient,) = torch.autograd.grad(affinity_loss(maps, centres, y), centres)
    assert (gradient.abs().sum(1) > 0).all()
    spread = centres.detach().var(0).sum()
    loss = affinity_loss(maps, centres, y).detach()
    # of L = a / s, as for a centre k of no image only ds/dc_k = 2 (c_k - mean) / (8 - 1) is not 0
    expected = -loss / spread * 2 * (centres[7] - centres.mean(0)).detach() / 7
    torch.testing.assert_close(gradient[7], expected)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(2, 6), st.floats(1.1, 10))
def test_the_partition_loss_falls_as_the_heads_differ_more(
    seed: int, count: int, factor: float
) -> None:
    heads = normal(seed, 3, count, 5)
    loss = partition_loss(heads.log_softmax(1))
    assert partition_loss((factor * heads).log_softmax(1)) < loss
    assert loss > 0


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_one_head_has_no_partition_loss_and_no_gradient_that_is_not_a_number(seed: int) -> None:
    heads = normal(seed, 3, 1, 5).requires_grad_()
    loss = partition_loss(heads)
    assert float(loss) == 0
    assert not loss.requires_grad


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float32, torch.float64])
def test_a_loss_is_calculated_in_float32_or_better(kind: torch.dtype) -> None:
    maps, centres, heads = (
        normal(seed, *shape).to(kind)
        for seed, shape in enumerate([(7, 4, 3, 3), (8, 4), (7, 4, 16)])
    )
    y = torch.arange(7)
    expected = torch.float64 if kind == torch.float64 else torch.float32
    for loss, exact in (
        (affinity_loss(maps, centres, y), affinity_loss(maps.double(), centres.double(), y)),
        (partition_loss(heads), partition_loss(heads.double())),
    ):
        assert loss.dtype == expected
        torch.testing.assert_close(loss.double(), exact, rtol=1e-5, atol=0)
