"""Sharpness-aware minimisation: where its gradient is taken, and what it leaves as it was."""

from contextlib import nullcontext

import pytest
import torch
from torch import nn

from fer_core.recipe import Recipe
from fer_core.recipe_parts import Optimizer
from fer_core.training.loss import CrossEntropy
from fer_core.training.optim import make_optimizer
from fer_core.training.sam import climbed
from fer_core.training.step import Step
from tests.training.small import tiny_model

RATE = 0.1


def quadratic(rho):
    """One step of SGD on the loss Σ a w² / 2 by hand: w - rate · a (w + ρ g / ‖g‖), g = a w."""
    net = nn.Module()
    net.weight = nn.Parameter(torch.tensor([[1.0, -2.0]], dtype=torch.float64))
    steep = torch.tensor([[3.0, 0.5]], dtype=torch.float64)
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def gradients():
        net.zero_grad()
        (steep * net.weight.square() / 2).sum().backward()

    before = net.weight.detach().clone()
    gradients()
    with climbed(net, optimizer, rho):
        gradients()
    optimizer.step()
    slope = steep * before
    return net.weight.detach(), before - RATE * steep * (before + rho * slope / slope.norm())


@pytest.mark.parametrize("rho", [1e-3, 0.05, 2.0])
def test_a_step_uses_the_gradient_at_a_distance_of_rho_up_the_hill(rho):
    found, expected = quadratic(rho)
    assert torch.allclose(found, expected, atol=1e-10)


def made(rho, name="adam", net=None):
    net = net or tiny_model().net.train()
    recipe = Recipe(optimizer=Optimizer(name=name, sam=rho))
    optimizer = make_optimizer([(RATE, list(net.parameters()))], recipe.optimizer)
    return net, optimizer, Step(net, recipe, CrossEntropy(), nullcontext())


def batch():
    draw = torch.Generator().manual_seed(3)
    return torch.randn(14, 3, 16, 16, generator=draw), torch.arange(14) % 7


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd"])
def test_a_climb_of_nearly_nothing_is_the_base_optimiser_s_step(name):
    after = []
    x, y = batch()
    for rho in (0, 1e-12):
        net, optimizer, step = made(rho, name, tiny_model().net.train().double())
        step.take(optimizer, x.double(), y, 0, 0, 0)
        del net[3].bias  # its gradient is 0 before a batch norm, and Adam makes a rate of it
        after.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
    assert torch.allclose(*after, atol=1e-6)


def test_weights_are_restored_before_the_update_and_running_statistics_move_once(monkeypatch):
    plain, plain_optimizer, plain_step = made(0, "sgd")
    net, optimizer, step = made(0.5, "sgd")
    start = [p.detach().clone() for p in net.parameters()]
    seen = []
    take = optimizer.step
    monkeypatch.setattr(
        optimizer,
        "step",
        lambda: (seen.extend(p.detach().clone() for p in net.parameters()), take()),
    )
    outcome = step.take(optimizer, *batch(), 0, 0, 0)
    expected = plain_step.take(plain_optimizer, *batch(), 0, 0, 0)
    assert all(torch.equal(a, b) for a, b in zip(start, seen, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(net.buffers(), plain.buffers(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(outcome, expected, strict=True)), "the first pass"
    assert not torch.equal(net[0].weight, plain[0].weight)


def test_both_passes_see_the_same_dropout_and_another_step_another():
    net, optimizer, step = made(0.05)
    masks = []
    net[7].register_forward_hook(lambda _, given, out: masks.append((out == 0) & (given[0] != 0)))
    x, y = batch()
    for number in (0, 1):
        step.take(optimizer, x, y, 0, 0, number)
    positive = masks[0] | masks[1]  # where the features of both passes may be looked at
    assert positive.any()
    assert (masks[0] & masks[1]).sum() > 0.9 * positive.sum()
    assert (masks[0] & masks[2]).sum() < 0.5 * positive.sum()


def test_what_no_optimiser_changes_is_not_moved():
    net = nn.Linear(2, 2)
    optimizer = torch.optim.SGD([net.weight], lr=RATE)
    net(torch.ones(1, 2)).sum().backward()
    weight, bias = net.weight.detach().clone(), net.bias.detach().clone()
    with climbed(net, optimizer, 1.0):
        assert torch.equal(net.bias, bias)
        assert float((net.weight - weight).detach().norm()) == pytest.approx(1.0, abs=1e-6)
    assert torch.equal(net.weight, weight)
