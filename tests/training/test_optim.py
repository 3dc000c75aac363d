import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_core.recipe import Recipe
from fer_core.training.optim import learning_rate, make_optimizer
from tests.training.small import tiny_model


@given(epochs=st.integers(1, 12), steps=st.integers(1, 60), warmup=st.floats(0, 3))
def test_the_cosine_rises_in_the_warm_up_and_then_falls_at_every_step_of_the_run(
    epochs, steps, warmup
):
    recipe = Recipe(epochs=epochs, lr=0.1, warmup_epochs=warmup)
    first = round(warmup * steps)
    rates = [learning_rate(recipe, step, steps, []) for step in range(epochs * steps)]
    assert all(a < b for a, b in itertools.pairwise(rates[:first]))
    assert all(a > b for a, b in itertools.pairwise(rates[first:]))
    assert all(0 < rate <= 0.1 for rate in rates)
    if first < len(rates):
        assert rates[first] == 0.1


def test_the_cosine_ends_near_zero_and_is_half_in_the_middle():
    recipe = Recipe(epochs=10, lr=2.0)
    assert learning_rate(recipe, 500, 100, []) == pytest.approx(1.0)
    assert learning_rate(recipe, 999, 100, []) < 1e-5


losses = st.lists(st.floats(0.1, 3).map(lambda x: round(x, 1)), max_size=40)


@given(losses=losses, patience=st.integers(0, 5), factor=st.floats(0.1, 0.9))
def test_the_plateau_rate_equals_that_of_torch(losses, patience, factor):
    recipe = Recipe(schedule="plateau", lr=1.0, plateau_patience=patience, plateau_factor=factor)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    torchs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=factor, patience=patience, eps=0
    )
    for n, loss in enumerate(losses, start=1):
        torchs.step(loss)
        assert learning_rate(recipe, 0, 1, losses[:n]) == pytest.approx(
            optimizer.param_groups[0]["lr"]
        )


def test_a_flat_loss_lowers_the_rate_every_patience_plus_one_epochs():
    recipe = Recipe(schedule="plateau", lr=1.0, plateau_patience=2, plateau_factor=0.5)
    trace = [learning_rate(recipe, 0, 1, [1.0] * n) for n in range(9)]
    assert trace == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_the_constant_rate_is_constant():
    assert {
        learning_rate(Recipe(schedule="constant", lr=0.3), s, 5, [1.0] * 9) for s in range(9)
    } == {0.3}


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_every_parameter_is_in_one_group_and_only_weights_decay(name):
    net = tiny_model().net
    optimizer = make_optimizer(net, Recipe(optimizer=name, weight_decay=0.3, momentum=0.8))
    decay = {
        id(p): group["weight_decay"] for group in optimizer.param_groups for p in group["params"]
    }
    assert len(decay) == sum(len(group["params"]) for group in optimizer.param_groups)
    assert {n: decay[id(p)] for n, p in net.named_parameters()} == {
        n: 0.3 if n in ("0.weight", "3.weight", "8.weight") else 0.0
        for n, _ in net.named_parameters()
    }
    if name == "sgd":
        assert {group["momentum"] for group in optimizer.param_groups} == {0.8}
