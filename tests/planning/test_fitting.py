"""Runs are cut in one order, and never to more hours than there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.planning.cost import drawn, hours
from fer_core.planning.fitting import (
    LEAST_EPOCHS,
    LEAST_IMAGES,
    Plan,
    cut,
    fit,
    least,
    shares,
    shorter,
    shorter_schedule,
)
from fer_core.planning.needs import Images
from fer_core.recipe import Recipe
from fer_core.recipe_files import merge
from tests.recipes import changed, recipe

SET = Images(900, 100, 300)
TEN = recipe(epochs=10, batch_size=32)  # 10,000 images: an hour at RATE
RATE = 10_000 / 3600


def plan(of, sets, rates, besides=0.0) -> Plan:
    return Plan(of, sets, rates, dict.fromkeys(rates, besides))


def test_a_run_costs_its_images_times_its_epochs():
    assert hours(TEN, SET, RATE) == pytest.approx(1)
    assert hours(changed(TEN, optimizer={"sam": 0.05}), SET, RATE) == pytest.approx(2)
    assert drawn(changed(TEN, images=90), SET) == 100
    assert drawn(changed(TEN, images=9000), SET) == 1000


def test_epochs_are_cut_before_images_and_images_before_the_input():
    rates = {224: RATE, 48: RATE * 10}
    assert fit(plan(TEN, [SET], rates), 2.0) == (224, 10, None, pytest.approx(1))
    assert fit(plan(TEN, [SET], rates), 0.55) == (224, 5, None, pytest.approx(0.5))
    size, epochs, images, _ = fit(plan(TEN, [SET], rates), 0.1)
    assert (size, epochs) == (224, LEAST_EPOCHS)
    assert LEAST_IMAGES <= images < 900
    assert fit(plan(TEN, [SET], rates), 0.04).size == 48
    assert fit(plan(TEN, [SET], rates), 0.001) is None
    assert fit(plan(TEN, [SET], {224: RATE}), 0.04) is None


def test_no_fewer_images_are_drawn_than_a_batch_has():
    big = changed(TEN, batch_size=300)
    assert fit(plan(TEN, [SET], {48: RATE}), 0.06).images < 300
    assert fit(plan(big, [SET], {48: RATE}), 0.06) is None


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=4),
    st.lists(
        st.builds(Images, st.integers(200, 9999), st.integers(0, 5000), st.integers(1, 99)),
        min_size=1,
    ),
    st.dictionaries(st.sampled_from([224, 112, 48]), st.floats(1, 1e4), min_size=1),
    st.floats(0, 10),
    st.floats(1e-4, 100),
)
def test_what_was_cut_takes_no_more_hours_than_there_are(phases, sets, rates, besides, budget):
    given_ = Recipe.model_validate({"phases": [{"epochs": epochs} for epochs in phases]})
    whole = plan(given_, sets, rates, besides)
    to = fit(whole, budget)
    if to is None:
        assert besides > budget or least(whole) > budget * (1 - 1e-9)
        return
    short = Recipe.model_validate(merge(given_.model_dump(), cut(given_, to)))
    took = besides + sum(hours(short, images, rates[to.size]) for images in sets)
    rounding = len(sets) * short.epochs / rates[to.size] / 3600
    assert took <= budget + rounding
    assert to.hours <= budget * (1 + 1e-9)
    assert short.epochs == to.epochs
    assert len(short.phases) == len(phases)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=6), st.integers(0, 500))
def test_shares_sum_to_the_whole_and_none_is_empty(lengths, more):
    total = min(len(lengths) + more, sum(lengths))
    found = shares(lengths, total)
    assert sum(found) == total
    assert min(found) >= 1


def test_shares_keep_the_proportion():
    assert shares([30, 400], 43) == [3, 40]
    assert shares([100, 1, 1, 1], 4) == [1, 1, 1, 1]


def test_a_table_of_rates_ends_with_the_shorter_run_and_still_rises():
    assert shorter([(6, 0.1), (12, 0.2), (22, 0.3), (25, 0.4), (36, 0.5)], 3 / 36) == [
        [1, 0.1],
        [2, 0.3],
        [3, 0.4],
    ]
    table = {"name": "table", "trunk": [[6, 0.1], [36, 0.2]], "head": [[4, 0.3], [36, 0.4]]}
    whole = Recipe.model_validate({"schedule": table, "phases": [{"epochs": 36}]})
    to = fit(plan(whole, [SET], {48: RATE}), 0.35)
    short = Recipe.model_validate(merge(whole.model_dump(), cut(whole, to)))
    assert short.schedule.trunk[-1][0] == short.schedule.head[-1][0] == short.epochs == 3


def test_what_fits_is_changed_in_nothing():
    assert cut(TEN, fit(plan(TEN, [SET], {48: RATE}), 1.5)) == {}


def test_what_a_run_takes_besides_training_is_taken_from_its_hours():
    rates = {48: RATE}
    assert fit(plan(TEN, [SET], rates, 0.4), 0.95) == (48, 5, None, pytest.approx(0.9))
    assert fit(plan(TEN, [SET], rates, 0.4), 0.4) is None


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 20])
def test_a_schedule_of_a_shorter_run_is_none_that_is_longer_than_the_run(epochs):
    for schedule in (
        {"name": "step", "every": 10},
        {"name": "cosine", "warmup_epochs": 5},
        {"name": "cosine", "warmup_epochs": 0.5},
    ):
        whole = Recipe.model_validate({"schedule": schedule, "phases": [{"epochs": 20}]})
        changes = shorter_schedule(whole.schedule, epochs / 20, epochs)
        (value,) = changes.values()
        assert 1 <= value <= epochs
        short = {"phases": [{"epochs": epochs}], "schedule": changes}
        Recipe.model_validate(merge(whole.model_dump(), short))
    assert shorter_schedule(whole.schedule.model_copy(update={"warmup_epochs": 0}), 0.1, 2) == {}


def test_a_step_keeps_its_share_of_the_run():
    schedule = Recipe.model_validate(
        {"schedule": {"name": "step", "every": 10}, "phases": [{"epochs": 40}]}
    ).schedule
    assert shorter_schedule(schedule, 0.3, 12) == {"every": 3}
