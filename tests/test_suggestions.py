"""What a search tries next is a function of its file and of what it has tried."""

import numpy as np
import pytest

from fer_core.search_files import recipe_with
from fer_core.suggestions import falls_behind, suggest
from fer_core.trials import COMPLETE, FAILED, PRUNED, Trial, read_trials, write_trials
from tests.recipes import changed
from tests.searches import a_record, a_search, by_rate, go_on

RECORD = a_record()


@pytest.fixture(scope="module")
def whole() -> list[Trial]:
    return go_on(RECORD, [], 17, by_rate)


def test_a_search_killed_after_any_trial_ends_with_the_same_trials(whole, tmp_path, monkeypatch):
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    for killed in (1, 2, 7, 11, 14, 16):  # among the random ones, and among those that follow
        write_trials(RECORD, whole[:killed])
        assert go_on(RECORD, read_trials(RECORD), 17, by_rate) == whole


def test_the_first_trial_is_the_recipe_in_use(whole):
    assert recipe_with(RECORD.recipe, whole[0].values) == RECORD.recipe
    assert whole[0].values["optimizer.lr"] == RECORD.recipe.optimizer.lr


def test_a_part_that_the_recipe_in_use_lacks_is_none():
    place = "regularisation.augment.randaugment.operations"
    record = a_record(a_search({place: {"int": [1, 3]}}))
    assert suggest(record, []) == {place: None}
    trial = Trial(0, COMPLETE, {place: None}, (0.5,), 1)
    assert suggest(record, [trial])[place] in (1, 2, 3)


def test_every_suggestion_lies_in_the_space(whole):
    for trial in whole[1:]:
        assert all(RECORD.search.space[place].has(v) for place, v in trial.values.items())


def test_another_seed_suggests_other_values(whole):
    other = a_record(a_search(seed=1))
    assert go_on(other, [], 2, by_rate)[1].values != whole[1].values


def test_later_suggestions_are_nearer_to_the_best_than_the_first_ones(whole):
    far = [abs(np.log10(trial.values["optimizer.lr"]) + 3) for trial in whole[1:]]
    assert np.mean(far[10:]) < np.mean(far[:10])


def complete(curve: tuple[float, ...], n: int = 6) -> list[Trial]:
    values = go_on(RECORD, [], 2, by_rate)[1].values
    return [Trial(number, COMPLETE, values, curve, 1) for number in range(n)]


def test_a_trial_below_the_median_falls_behind_and_one_above_does_not():
    trials = complete((0.4, 0.5, 0.6))
    assert falls_behind(RECORD, trials, (0.39,))
    assert not falls_behind(RECORD, trials, (0.41,))
    assert falls_behind(RECORD, trials, (0.41, 0.42))
    losses = a_record(base=changed(RECORD.recipe, selection={"measure": "loss"}))
    assert falls_behind(losses, complete((0.6, 0.5)), (0.61,))
    assert not falls_behind(losses, complete((0.6, 0.5)), (0.59,))


def test_no_trial_falls_behind_before_its_time():
    assert not falls_behind(RECORD, complete((0.4, 0.5), n=5), (0.1,))  # four besides that in use
    later = a_record(a_search(budget={"prune_after": 2}))
    assert not falls_behind(later, complete((0.4, 0.5)), (0.1,))
    assert falls_behind(later, complete((0.4, 0.5)), (0.1, 0.1))
    never = a_record(a_search(budget={"prune_after": None}))
    assert not falls_behind(never, complete((0.4, 0.5)), (0.1, 0.1))


def test_some_trials_of_a_search_are_given_up_and_failed_ones_are_left_out(whole):
    assert {trial.state for trial in whole} == {COMPLETE, PRUNED}
    failed = [*whole[:3], Trial(3, FAILED, whole[3].values, (), 0, "diverged")]
    other = [*whole[:3], Trial(3, FAILED, whole[5].values, (), 0, "diverged")]
    assert suggest(RECORD, failed) == suggest(RECORD, other)
