"""The record of a search: its trials are the same when they are read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core import paths
from fer_core.errors import FerError
from fer_core.recipe import Recipe
from fer_core.recipe_files import resolve
from fer_core.search_files import recipe_with
from fer_core.trials import (
    COMPLETE,
    FAILED,
    IN_USE,
    PRUNED,
    Trial,
    best_trial,
    read_search,
    read_trials,
    recipe_path,
    searches_of,
    write_recipe,
    write_search,
    write_trials,
)
from tests.recipes import changed
from tests.searches import a_record, a_search, by_rate, go_on

score = st.floats(0, 1)
values = st.fixed_dictionaries({
    "optimizer.lr": st.floats(1e-4, 1e-1),
    "loss.label_smoothing": st.floats(0, 0.3),
    "schedule.patience": st.integers(1, 9),
    "data.batch_size": st.sampled_from([16, 32, 64]),
})  # fmt: skip
ended = st.one_of(
    st.tuples(st.sampled_from([COMPLETE, PRUNED]), st.lists(score, min_size=1, max_size=4)),
    st.tuples(st.just(FAILED), st.just([])),
)


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    monkeypatch.setattr(paths, "recipes_dir", lambda: tmp_path / "recipes")


@given(st.lists(st.tuples(ended, values, st.integers(0, 9)), max_size=5))
def test_trials_that_were_written_are_read_to_the_last_bit(drawn):
    trials = [
        Trial(n, state, chosen, tuple(curve), seconds, "the loss is nan, \"x\"" * (not curve))
        for n, ((state, curve), chosen, seconds) in enumerate(drawn)
    ]  # fmt: skip
    write_trials(a_record(), trials)
    assert read_trials(a_record()) == trials


def test_a_record_is_read_as_it_was_written():
    write_search(a_record())
    assert read_search("demo", "lucky") == a_record()
    assert searches_of("demo") == []  # of which no trial is complete
    write_trials(a_record(), go_on(a_record(), [], 1, by_rate))
    assert searches_of("demo") == ["lucky"]


@pytest.mark.parametrize("why", ["finished", "empty", "twice", "outside", "column"])
def test_a_damaged_file_of_trials_is_named(why):
    record = a_record()
    trials = [
        Trial(n, COMPLETE, {**by, "data.batch_size": 16}, (0.5,), 1)
        for n, by in enumerate(trial.values for trial in go_on(record, [], 2, by_rate))
    ]
    path = write_trials(record, trials)
    before, after, told = {
        "finished": ("complete", "finished", "trial 0 is finished"),
        "empty": ("0.5,1,0.5", "0.5,1,", "is complete with 0 epochs"),
        "twice": ("\n1,", "\n0,", "lacks a trial or has one twice"),
        "outside": (",16\n", ",17\n", r"trial 1 has data\.batch_size 17"),
        "column": ("data.batch_size", "batch", "lacks the column 'data.batch_size'"),
    }[why]
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(FerError, match=rf"trials\.csv .*{told}.*delete"):
        read_trials(record)


def test_the_record_of_another_search_is_named():
    write_search(a_record())
    (a_record().folder).rename(a_record().folder.with_name("other"))
    with pytest.raises(FerError, match=r"is the record of lucky in demo; delete"):
        read_search("demo", "other")


def test_the_recipe_that_is_written_is_that_of_the_best_trial():
    record = a_record()
    trials = go_on(record, [], 9, by_rate)
    best = best_trial(record, trials)
    assert best.number != IN_USE
    path = write_recipe(record, trials)
    assert Recipe.model_validate(resolve({"base": "lucky"})) == recipe_with(
        record.recipe, best.values
    )
    about = path.read_text().split("\n", 1)[0]
    assert about == f"# Written by `fer search lucky`: trial {best.number} of 8."
    assert write_recipe(record, trials) == path  # again


@pytest.mark.parametrize(("measure", "best"), [("accuracy", 2), ("macro_f1", 2), ("loss", 1)])
def test_the_best_trial_is_best_by_the_measure_and_was_not_given_up(measure, best):
    record = a_record(base=changed(a_record().recipe, selection={"measure": measure}))
    of = (COMPLETE, (0.5, 0.4)), (COMPLETE, (0.3,)), (COMPLETE, (0.6, 0.4)), (PRUNED, (0.9, 0.1))
    trials = [Trial(n, state, {}, curve, 1) for n, (state, curve) in enumerate(of)]
    assert best_trial(record, trials).number == best
    assert record.score(trials[0]) == (0.4 if measure == "loss" else 0.5)


def test_no_recipe_is_written_where_the_one_in_use_is_best():
    record = a_record(a_search(), changed(a_record().recipe, lr=1e-3))
    trials = go_on(record, [], 4, by_rate)
    assert best_trial(record, trials).number == IN_USE
    assert write_recipe(record, trials) is None
    assert not recipe_path("lucky").exists()


def test_a_recipe_that_somebody_else_wrote_is_kept():
    path = recipe_path("lucky")
    path.parent.mkdir()
    path.write_text("optimizer: {lr: 1}\n")
    with pytest.raises(FerError, match=r"lucky\.yml was not written by this search"):
        write_recipe(a_record(), go_on(a_record(), [], 9, by_rate))
    assert path.read_text() == "optimizer: {lr: 1}\n"
