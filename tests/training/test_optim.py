import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.recipe import Recipe
from fer_core.recipe_parts import Optimizer, Schedule
from fer_core.training.optim import (
    make_optimizer,
    peaks_of,
    rate_at,
    rate_in_table,
    require_steps,
    set_rates,
    share_of_peak,
)
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
        assert set_rates(optimizer, [rate_at(Schedule(), peak, share) for peak in peaks]) == share
        rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
        assert rates == {id(first): 0.1 * share, **{id(p): share for p in others}}


@pytest.mark.parametrize("name", ["adamw", "adam", "sgd"])
def test_norms_and_biases_decay_with_the_weights_where_all_decays(name):
    net = tiny_model().net
    optimizer = make_optimizer(
        [(0.1, list(net.parameters()))], Optimizer(name=name, weight_decay=0.3, decay="all")
    )
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.3}
    assert sum(len(group["params"]) for group in optimizer.param_groups) == 9


def test_adam_adds_the_decay_to_the_gradient_and_adamw_takes_it_from_the_weight():
    """With no gradient but the decay's, Adam's first step is the rate; AdamW's is rate × decay."""
    moved = {}
    for name in ("adam", "adamw"):
        weight = torch.nn.Parameter(torch.full((1, 1), 2.0))
        optimizer = make_optimizer([(0.01, [weight])], Optimizer(name=name, weight_decay=0.5))
        weight.grad = torch.zeros(1, 1)
        optimizer.step()
        moved[name] = 2 - weight.item()
    assert moved == {"adam": pytest.approx(0.01), "adamw": pytest.approx(2 * 0.01 * 0.5)}


def trace_of(make, steps, rate=0.2):
    """The rates that a scheduler of torch gives, one for each of its steps."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    trace = []
    for _ in range(steps):
        trace.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return trace


def ours(schedule, epochs, steps_per_epoch, rate=0.2):
    """The rates of all steps of a phase."""
    return [
        rate_at(schedule, rate, share_of_peak(schedule, epochs, step, steps_per_epoch, []))
        for step in range(epochs * steps_per_epoch)
    ]


torchs = torch.optim.lr_scheduler


@given(period=st.integers(1, 9), floor=st.floats(0, 0.1))
def test_a_cosine_of_a_period_swings_with_every_batch_as_that_of_torch(period, floor):
    schedule = Schedule(period=period, floor=floor)
    expected = trace_of(lambda o: torchs.CosineAnnealingLR(o, period, floor), 40)
    assert ours(schedule, 10, 4) == pytest.approx(expected, abs=1e-9)


def test_a_period_of_twelve_batches_is_back_at_the_top_after_twenty_four():
    rates = ours(Schedule(period=12), 5, 10)
    assert [rates[step] for step in (0, 24, 48)] == pytest.approx([0.2] * 3)
    assert [rates[step] for step in (12, 36)] == pytest.approx([0, 0])


@given(epochs=st.integers(1, 9), steps=st.integers(1, 5), floor=st.floats(0, 0.1))
def test_a_cosine_by_epoch_is_that_of_torch_and_the_same_within_an_epoch(epochs, steps, floor):
    expected = trace_of(lambda o: torchs.CosineAnnealingLR(o, epochs, floor), epochs)
    found = ours(Schedule(per="epoch", floor=floor), epochs, steps)
    assert found == pytest.approx([rate for rate in expected for _ in range(steps)], abs=1e-9)


@given(factor=st.floats(0.1, 0.95), every=st.integers(1, 4), steps=st.integers(1, 4))
def test_exponential_and_step_fall_as_those_of_torch(factor, every, steps):
    for schedule, make in (
        (Schedule(name="exponential", factor=factor), lambda o: torchs.ExponentialLR(o, factor)),
        (
            Schedule(name="step", factor=factor, every=every),
            lambda o: torchs.StepLR(o, every, factor),
        ),
    ):
        expected = [rate for rate in trace_of(make, 8) for _ in range(steps)]
        assert ours(schedule, 8, steps) == pytest.approx(expected)


@given(losses=losses, floor=st.floats(0, 0.2))
def test_the_plateau_rate_stops_at_the_floor_as_that_of_torch(losses, floor):
    schedule = Schedule(name="plateau", patience=0, factor=0.5, floor=floor)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    scheduler = torchs.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, min_lr=floor, eps=0)
    for n, loss in enumerate(losses, start=1):
        scheduler.step(loss)
        share = share_of_peak(schedule, 1, 0, 1, losses[:n])
        assert rate_at(schedule, 0.2, share) == pytest.approx(optimizer.param_groups[0]["lr"])


def test_a_table_gives_the_rate_of_the_first_end_that_is_not_reached():
    table = Schedule(name="table", trunk=[(2, 1e-4), (3, 5e-5)], head=[(1, 1e-3), (3, 1e-5)])
    assert [rate_in_table(table, "trunk", epoch) for epoch in range(3)] == [1e-4, 1e-4, 5e-5]
    assert [rate_in_table(table, "head", epoch) for epoch in range(3)] == [1e-3, 1e-5, 1e-5]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"warmup_epochs": 3.5}, "schedule.warmup_epochs is 3.5; it is 0 to 3, the epochs of"),
        ({"period": 31}, "schedule.period is 31; it is 1 to 30, the steps of phase 1"),
        ({"period": 4, "per": "epoch"}, "schedule.period is 4; it is 1 to 3, the epochs of"),
    ],
)
def test_a_warm_up_or_a_period_longer_than_its_phase_is_refused(values, message):
    def made(schedule):
        return Recipe(schedule=schedule, phases=[{"epochs": 3}])

    with pytest.raises(FerError, match=message):
        require_steps(made(values), 10)
    require_steps(made({"warmup_epochs": 3, "period": 30}), 10)
    require_steps(made({"warmup_epochs": 3, "period": 3, "per": "epoch"}), 10)
    require_steps(made({"name": "constant"}), 10)
