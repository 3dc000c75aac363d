"""Raters are scored on what they answered, in the draws of the runs, and paired with them."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from fer_core.analysis.draws import image_weights
from fer_core.analysis.intervals import estimate_of
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import METRICS, difference, outcomes
from fer_core.analysis.raters import (
    on_images,
    paired,
    rater_differences,
    rater_outcomes,
    rater_table,
)
from fer_core.emotions import EIGHT, EMOTIONS
from fer_core.errors import FerError
from fer_core.predictions import P_CONTEMPT, PROBABILITIES
from fer_core.raters import RaterRecord, RaterTest
from tests.analysis.simulated import simulate_table, small_study

DRAWS = 200
RUN = Key("big", "alpha", "alpha")
FIRST = {"alpha": "big", "beta": "small"}


@cache
def study() -> tuple[pd.DataFrame, dict]:
    """The predictions of the small study's runs, and their outcomes."""
    runs = small_study()
    return runs, outcomes(runs, DRAWS)


def rater(name="ann", test="alpha", kept=slice(None), accuracy=0.6, seed=5) -> pd.DataFrame:
    """What a rater answered to the images of the small study that `kept` takes."""
    runs = study()[0]
    truth = runs[(runs["model"] == "big") & (runs["train"] == "alpha") & (runs["test"] == test)]
    rng = np.random.default_rng(seed)
    keys = {"model": name, "train": "", "seed": 0, "test": test, "view": "clean", "part": "test"}
    table = simulate_table(rng, truth["emotion"].to_numpy(), accuracy, **keys)
    return table.iloc[kept]


def found(*answers: pd.DataFrame, runs: pd.DataFrame | None = None):
    """The outcomes of raters and those of the runs."""
    of_runs = study()[1] if runs is None else outcomes(runs, DRAWS)
    return rater_outcomes(pd.concat(answers, ignore_index=True), of_runs), of_runs


def record(name="ann", n=300, panel=None, test="alpha", **facts) -> RaterRecord:
    said = {
        "study": "s",
        "kind": "annotator",
        "title": name,
        "source": "-",
        "trained_on": ("a", "b"),
    }
    of = RaterTest(n=n, of=300, form="labels", sha256="0" * 64, fingerprint="f", **facts)
    return RaterRecord(name=name, panel=panel, tests={test: of}, **said)


def test_a_rater_that_covers_all_has_the_same_draws_as_the_runs():
    answers = rater()
    raters, runs = found(answers)
    beside = pd.concat([study()[0].query("test == 'alpha'"), answers])
    as_run = outcomes(beside, DRAWS)[Key("ann", "", "alpha")]
    mine = raters[Key("ann", "", "alpha")]
    np.testing.assert_array_equal(mine.replicates, as_run.replicates)
    assert mine.images == runs[RUN].images
    for metric in METRICS:
        assert mine.estimate(metric) == as_run.estimate(metric)
        assert difference(*paired(runs[RUN], mine), metric) == difference(runs[RUN], as_run, metric)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 299), min_size=1, max_size=40))
def test_a_part_is_scored_in_the_draws_of_the_whole(places):
    kept = sorted(places)
    raters, runs = found(rater(kept=kept))
    mine, run = raters[Key("ann", "", "alpha")], runs[RUN]
    assert mine.n == len(kept)
    weights = np.concatenate(list(image_weights(np.arange(300), run.drawn.seed, DRAWS)))[:, kept]
    hit = mine.rows[0].hit
    with np.errstate(invalid="ignore"):
        drawn = (weights @ hit) / weights.sum(axis=1)
    np.testing.assert_allclose(mine.scored("accuracy").drawn[:, 0], drawn)
    one, other = paired(run, mine)
    assert one.rows[0].sample_id.tolist() == other.rows[0].sample_id.tolist()
    theirs = run.rows[0].hit[kept]
    with np.errstate(invalid="ignore"):
        apart = (weights @ (theirs.astype(float) - hit)) / weights.sum(axis=1)
    lo, hi = np.nanquantile(apart, [0.025, 0.975])
    value, *limits = difference(one, other, "accuracy")
    np.testing.assert_allclose(limits, [min(lo, value), max(hi, value)], atol=1e-6)
    # a statistic of rows sees the same images, in the same draws
    share = mine.scored(lambda rows, w: (w @ rows.hit) / np.maximum(w.sum(axis=1), 1e-9))
    np.testing.assert_allclose(share.seen, hit.mean(), rtol=1e-5)
    np.testing.assert_allclose(share.drawn[:, 0], np.nan_to_num(drawn), rtol=1e-5)


def test_a_partial_rater_agrees_with_scikit_learn_and_changes_no_run():
    answers = rater(kept=slice(20, 170))
    raters, runs = found(answers, runs=small_study())
    mine = raters[Key("ann", "", "alpha")]
    told = answers[list(PROBABILITIES)].to_numpy().argmax(axis=1)
    predicted = [EMOTIONS[place] for place in told]
    wanted = f1_score(answers["emotion"], predicted, average="macro", zero_division=0)
    assert mine.estimate("macro_f1").value == pytest.approx(wanted)
    alone = study()[1]
    assert runs.keys() == alone.keys()
    for key, outcome in runs.items():
        assert outcome.n == alone[key].n
        np.testing.assert_array_equal(outcome.replicates, alone[key].replicates)


def test_the_order_of_answers_and_the_other_raters_change_nothing():
    answers = rater(kept=slice(0, 90))
    alone, _ = found(answers)
    shuffled = answers.sample(frac=1, random_state=1)
    both, _ = found(rater("bob", kept=slice(50, 300), seed=6), shuffled)
    key = Key("ann", "", "alpha")
    np.testing.assert_array_equal(alone[key].replicates, both[key].replicates)


def test_persons_are_drawn_with_all_their_images_also_those_not_answered():
    people = study()[0].query("test == 'alpha'").assign(person=lambda t: t["sample_id"].str[-1])
    answers = rater(kept=slice(0, 45)).assign(person=lambda t: t["sample_id"].str[-1])
    raters, runs = found(answers, runs=people)
    mine = raters[Key("ann", "", "alpha")]
    assert mine.unit == "person"
    every = np.concatenate(list(runs[RUN].drawn.weights()))
    np.testing.assert_array_equal(np.concatenate(list(mine.drawn.weights())), every[:, :45])
    again = mine.drawn.part(np.arange(45) >= 40)
    np.testing.assert_array_equal(np.concatenate(list(again.weights())), every[:, 40:45])


def test_raters_of_a_set_that_no_run_was_tested_on_share_their_draws():
    runs = study()[0].query("test == 'beta'")
    ann, bob = rater(kept=slice(0, 200)), rater("bob", kept=slice(100, 300), seed=6)
    raters, _ = found(ann, bob, runs=runs)
    one, other = paired(*raters.values())
    assert one.n == other.n == 100
    assert one.drawn.whole is other.drawn.whole or np.array_equal(
        np.concatenate(list(one.drawn.weights())), np.concatenate(list(other.drawn.weights()))
    )
    assert len(one.drawn.whole.sample_id) == 300


def test_a_rater_of_other_images_or_emotions_is_refused():
    answers = rater()
    with pytest.raises(FerError, match="ann was joined with other images or emotions of alpha"):
        found(answers.assign(sample_id="x" + answers["sample_id"]))
    with pytest.raises(FerError, match="ann was joined with other images"):
        found(answers.assign(emotion="fear"))


def test_what_has_no_image_in_common_cannot_be_paired():
    raters, runs = found(rater(kept=slice(0, 5)), rater("bob", kept=slice(5, 9)))
    with pytest.raises(FerError, match="ann and bob have answered no image in common"):
        paired(*raters.values())
    with pytest.raises(FerError, match="no image in common"):
        paired(runs[Key("big", "alpha", "beta")], raters[Key("ann", "", "alpha")])


def test_an_outcome_on_all_its_images_is_itself():
    _, runs = found(rater())
    assert on_images(runs[RUN], runs[RUN].rows[0].sample_id) is runs[RUN]


def test_the_table_has_a_row_for_a_rater_and_one_for_a_panel():
    people = [rater(f"p{i}", kept=slice(i, 280 + i), seed=i) for i in range(3)]
    raters, _ = found(rater(kept=slice(0, 40)), *people)
    records = [record(n=40, outside={"NF": 2})]
    records += [record(f"p{i}", 280, "people", outside={"NF": 1, "contempt": i}) for i in range(3)]
    table = rater_table(records, raters).set_index("rater")
    assert table["raters"].to_dict() == {"ann": 1, "people": 3}
    assert table["trained_on"].to_dict() == {"ann": "a; b", "people": "a; b"}
    assert table["outside"].to_dict() == {"ann": "NF 2", "people": "NF 3, contempt 3"}
    mine = raters[Key("ann", "", "alpha")]
    assert table.loc["ann", ["n", "n_most", "of"]].tolist() == [40, 40, 300]
    for metric in METRICS:
        row = table.loc["ann", [metric, f"{metric}_lo", f"{metric}_hi"]]
        assert tuple(row) == mine.estimate(metric)
        each = [raters[Key(f"p{i}", "", "alpha")].estimate(metric).value for i in range(3)]
        panel = table.loc["people"]
        assert panel[metric] == pytest.approx(np.mean(each))
        assert (panel[f"{metric}_least"], panel[f"{metric}_most"]) == (min(each), max(each))
        assert panel[f"{metric}_lo"] < panel[metric] < panel[f"{metric}_hi"]


def test_answers_that_name_several_emotions_alike_are_counted():
    answers = rater(kept=slice(0, 3))
    answers[list(PROBABILITIES)] = np.array([[0.5, 0.5, *[0] * 5], [1, *[0] * 6], [1 / 7] * 7])
    raters, _ = found(answers)
    assert rater_table([record(n=3)], raters)["tied"].tolist() == [2]


def test_a_difference_is_the_first_model_minus_the_rater_on_common_images():
    people = [rater(f"p{i}", kept=slice(i, 280 + i), seed=i) for i in range(2)]
    raters, runs = found(rater(kept=slice(0, 40)), *people)
    records = [record(), *(record(f"p{i}", panel="people") for i in range(2))]
    table = rater_differences(records, raters, runs, FIRST).set_index(["rater", "train"])
    assert table["model"].to_dict() == {
        (name, train): model for name in ("ann", "people") for train, model in FIRST.items()
    }
    for metric in METRICS:
        columns = [f"difference_{metric}{end}" for end in ("", "_lo", "_hi")]
        alone = difference(*paired(runs[RUN], raters[Key("ann", "", "alpha")]), metric)
        assert tuple(table.loc[("ann", "alpha"), columns]) == pytest.approx(alone)
        pairs = [paired(runs[RUN], raters[Key(f"p{i}", "", "alpha")]) for i in range(2)]
        each = [difference(*pair, metric) for pair in pairs]
        panel = table.loc[("people", "alpha"), columns]
        assert panel.iloc[0] == pytest.approx(np.mean([one.value for one in each]))
        drawn = [a.scored(metric).drawn - b.scored(metric).drawn for a, b in pairs]
        limits = np.quantile(np.mean(drawn, axis=0), [0.025, 0.975])
        np.testing.assert_allclose(panel.iloc[1:].astype(float), limits, atol=1e-6)


def test_the_seeds_of_a_model_widen_its_difference_from_a_rater():
    many = small_study(seeds=(0, 1, 2)).query("test == 'alpha' and model == 'big'")
    raters, runs = found(rater(), runs=many)
    row = rater_differences([record()], raters, runs, {"alpha": "big"}).iloc[0]
    run, mine = runs[RUN], raters[Key("ann", "", "alpha")]
    expected = estimate_of(run.scored("macro_f1"), -mine.scored("macro_f1"))
    columns = [f"difference_macro_f1{end}" for end in ("", "_lo", "_hi")]
    assert tuple(row[columns]) == pytest.approx(expected)
    assert row["seeds"] == 3


def test_a_model_that_was_not_tested_there_has_no_row():
    raters, runs = found(rater())
    assert rater_differences([record()], raters, runs, {"gamma": "big"}).empty


def test_a_rater_that_knows_contempt_is_compared_where_the_run_could_answer():
    ids, truth = [f"s{n}" for n in range(6)], ["happy", "sad", "contempt", "fear", "happy", "sad"]
    keys = {"test": "alpha", "view": "clean", "part": "test", "seed": 0}
    table = pd.DataFrame({"sample_id": ids, "emotion": truth})
    right = np.eye(8)[[EIGHT.index(emotion) for emotion in truth]]
    seven, eight = list(PROBABILITIES), [*PROBABILITIES, P_CONTEMPT]
    run = table.assign(model="big", train="alpha", **keys, **dict.fromkeys(seven, 1 / 7))
    told = table.assign(model="ann", train="", **keys, **dict(zip(eight, right.T, strict=True)))
    raters, runs = found(told.iloc[1:], runs=run)
    mine = raters[Key("ann", "", "alpha")]
    assert (mine.n, mine.answers, mine.estimate("accuracy").value) == (5, 8, 1)
    one, other = paired(runs[RUN], mine)
    assert one.rows[0].sample_id.tolist() == ["s1", "s3", "s4", "s5"]
    assert (one.n, other.n) == (4, 4)
