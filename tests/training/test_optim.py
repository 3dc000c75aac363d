import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_core.recipe_parts import Optimizer, Schedule
from fer_core.training.optim import make_optimizer, peaks_of, scale_rates, share_of_peak
from tests.training.small import tiny_model


@given(epochs=st.integers(1, 12), steps=st.integers(1, 60), warmup=st.floats(0, 3))
def test_the_cosine_rises_in_the_warm_up_and_then_falls_at_every_step_of_the_run(
    epochs, steps, warmup
):
    schedule = Schedule(warmup_epochs=warmup)
    first = round(warmup * steps)
    rates = [share_of_peak(schedule, epochs, step, steps, []) for step in range(epochs * steps)]
    assert all(a < b for a, b in itertools.pairwise(rates[:first]))
    assert all(a > b for a, b in itertools.pairwise(rates[first:]))
    assert all(0 < rate <= 1 for rate in rates)
    if first < len(rates):
        assert rates[first] == 1


def test_the_cosine_ends_near_zero_and_is_half_in_the_middle():
    assert share_of_peak(Schedule(), 10, 500, 100, []) == pytest.approx(0.5)
    assert share_of_peak(Schedule(), 10, 999, 100, []) < 1e-5


losses = st.lists(st.floats(0.1, 3).map(lambda x: round(x, 1)), max_size=40)


@given(losses=losses, patience=st.integers(0, 5), factor=st.floats(0.1, 0.9))
def test_the_plateau_rate_equals_that_of_torch(losses, patience, factor):
    schedule = Schedule(name="plateau", patience=patience, factor=factor)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    torchs = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=factor, patience=patience, eps=0
    )
    for n, loss in enumerate(losses, start=1):
        torchs.step(loss)
        assert share_of_peak(schedule, 1, 0, 1, losses[:n]) == pytest.approx(
            optimizer.param_groups[0]["lr"]
        )


def test_a_flat_loss_lowers_the_rate_every_patience_plus_one_epochs():
    schedule = Schedule(name="plateau", patience=2, factor=0.5)
    trace = [share_of_peak(schedule, 9, 0, 1, [1.0] * n) for n in range(9)]
    assert trace == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_the_constant_rate_is_constant():
    schedule = Schedule(name="constant")
    assert {share_of_peak(schedule, 2, step, 5, [1.0] * 9) for step in range(9)} == {1}


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_every_parameter_is_in_one_group_and_only_weights_decay(name):
    net = tiny_model().net
    how = Optimizer(name=name, weight_decay=0.3, momentum=0.8)
    optimizer = make_optimizer([(0.1, list(net.parameters()))], how)
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


def test_each_group_gets_its_share_of_its_own_largest_rate_at_every_step():
    net = tiny_model().net
    first, *others = net.parameters()
    optimizer = make_optimizer([(0.1, [first]), (1.0, others)], Optimizer())
    peaks = peaks_of(optimizer)
    for share in (0.5, 0.25):
        assert scale_rates(optimizer, peaks, share) == share
        rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
        assert rates == {id(first): 0.1 * share, **{id(p): share for p in others}}
