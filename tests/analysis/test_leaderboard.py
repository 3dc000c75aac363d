"""Ranks come from validation images, never from a test set."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.analysis.constant import above_constant
from fer_core.analysis.intervals import Scored, p_value
from fer_core.analysis.keys import Key
from fer_core.analysis.leaderboard import (
    compare,
    first_models,
    first_rows,
    leaderboard,
    ranked_models,
    validation_key,
    validation_outcomes,
)
from fer_core.analysis.outcomes import outcomes
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.files import sha256_file
from fer_core.predictions import PROBABILITIES, write_predictions
from fer_core.records import RunRecord, table_path, write_record
from fer_core.runs import collect
from tests.analysis.simulated import simulate_study, small_study


def validation(big, small, n=2000, seeds=(0,)):
    accuracies = {
        (model, train, train): skill
        for model, skill in (("big", big), ("small", small))
        for train in ("alpha", "beta")
    }
    study = simulate_study(accuracies, {"alpha": n, "beta": n}, seeds)
    return outcomes(study.assign(part="validation"), 200)


@pytest.fixture(scope="module")
def found():
    return outcomes(small_study(), 200)


def test_the_order_is_that_of_validation_even_against_the_test_scores(found):
    board = leaderboard(found, validation(big=0.4, small=0.6))
    first = board[board["rank"] == 1]
    assert list(first["train"]) == ["alpha", "beta"]
    assert list(first["model"]) == ["small", "small"]
    # On the test sets "big" is better: it must not matter.
    second = board[board["rank"] == 2]["in_domain_accuracy"].to_numpy()
    assert (first["in_domain_accuracy"].to_numpy() < second).all()
    assert not board["tied"].any()


def test_models_that_the_paired_difference_does_not_tell_apart_are_tied(found):
    board = leaderboard(found, validation(big=0.6, small=0.59, n=200))
    assert board["tied"].all()
    assert (board[board["rank"] == 2]["p"] > 0.05).all()


def almost_alike(n=600, better=12):
    """Validation predictions of two models that agree but for some images that one has right."""
    truth = np.arange(n) % 7
    worse = np.where(np.arange(n) % 2, truth, (truth + 1) % 7)
    better_one = worse.copy()
    better_one[: 2 * better : 2] = truth[: 2 * better : 2]
    return np.stack([better_one, worse]), truth


def paired_outcomes(predicted, truth):
    parts = []
    for model, answers in zip(("one", "two"), predicted, strict=True):
        table = pd.DataFrame(np.eye(7)[answers], columns=list(PROBABILITIES))
        table.insert(0, "emotion", np.array(EMOTIONS)[truth])
        table.insert(0, "sample_id", [f"{i:05d}" for i in range(len(truth))])
        keys = {"model": model, "train": "alpha", "seed": 0, "test": "alpha", "part": "validation"}
        parts.append(pd.DataFrame({**keys, **table}))
    return outcomes(pd.concat(parts, ignore_index=True), 400)


def test_overlapping_intervals_are_no_tie_where_the_paired_difference_is_sure():
    pair = list(paired_outcomes(*almost_alike()).values())
    one, two = pair[0].estimate("macro_f1"), pair[1].estimate("macro_f1")
    assert two.hi > one.lo, "the two intervals must overlap for this example to tell anything"
    difference, p = compare(*pair, "macro_f1")
    assert difference.lo > 0
    assert p < 0.05


def test_the_p_of_a_difference_agrees_with_its_interval(found):
    for one in found.values():
        for two in found.values():
            if one.key.test != two.key.test or one.key == two.key:
                continue
            difference, p = compare(one, two, "macro_f1")
            assert (p > 0.05) == (difference.lo <= 0 <= difference.hi)
    same = next(iter(found.values()))
    assert compare(same, same, "accuracy")[1] == 1


def test_the_p_is_that_of_the_share_of_draws_beyond_0():
    drawn = np.random.default_rng(0).normal(1.0, 1.0, 4000)
    share = (drawn <= 0).mean()
    assert p_value(Scored(np.array([1.0]), drawn[:, None])) == pytest.approx(2 * share, abs=0.01)


def test_holm_is_applied_over_the_comparisons_with_the_first(found):
    board = leaderboard(found, validation(0.6, 0.58, n=900))
    with_more = validation(0.6, 0.58, n=900)
    for train in ("alpha", "beta"):
        twin = with_more[validation_key("small", train)]
        extra = validation_key("zwin", train)
        with_more[extra] = dataclasses.replace(twin, key=extra)
    third = {Key("zwin", *key[1:]): o for key, o in found.items() if key.model == "small"}
    third = {key: dataclasses.replace(outcome, key=key) for key, outcome in third.items()}
    wider = leaderboard({**found, **third}, with_more)
    one = board[(board["train"] == "alpha") & (board["rank"] == 2)]["p"].iloc[0]
    two = wider[(wider["train"] == "alpha") & (wider["rank"] == 2)]["p"].iloc[0]
    assert 0 < one < 0.4
    assert two == pytest.approx(2 * one)


def test_models_on_other_validation_images_are_not_compared(found):
    validated = validation(0.6, 0.5)
    key = validation_key("small", "alpha")
    validated[key] = dataclasses.replace(validated[key], images="others")
    board = leaderboard(found, validated).set_index(["train", "model"])
    assert pd.isna(board.loc[("alpha", "small"), "tied"])
    assert pd.isna(board.loc[("alpha", "small"), "p"])
    assert not board.loc[("beta", "small"), "tied"]


def test_the_first_model_is_that_of_the_board(found):
    validated = validation(big=0.4, small=0.6)
    board = leaderboard(found, validated)
    first = board[board["rank"] == 1]
    assert first_models(validated) == dict(zip(first["train"], first["model"], strict=True))
    ranks = board.groupby("train")["model"].agg(list).to_dict()
    assert ranked_models(validated) == ranks


def test_rows_hold_the_scores_of_each_kind_of_test_apart(found):
    shared = {("alpha", "beta"): 0.2, ("alpha", "duo"): 0.0, ("beta", "alpha"): 0.9}
    board = leaderboard(found, validation(0.6, 0.5), by="accuracy", shared=shared)
    board = board.set_index(["train", "model"])
    row = board.loc[("alpha", "big")]
    in_domain = found[Key("big", "alpha", "alpha")].estimate("accuracy")
    assert tuple(row[[f"in_domain_accuracy{end}" for end in ("", "_lo", "_hi")]]) == in_domain
    for kind, test in (("other_photographs", "beta"), ("fewer_emotions", "duo")):
        assert row[f"{kind}_cells"] == 1
        score = found[Key("big", "alpha", test)].estimate("accuracy").value
        assert row[f"{kind}_accuracy"] == pytest.approx(score)
    assert row["same_photographs_cells"] == 0
    assert pd.isna(row["same_photographs_accuracy"])
    assert board.loc[("beta", "big"), "same_photographs_cells"] == 1
    assert board.loc[("beta", "big"), "fewer_emotions_cells"] == 0, "not compared: in no mean"
    assert (row["in_domain_n"], row["validation_n"], row["seeds"]) == (300, 2000, 1)


def test_every_score_of_a_row_is_compared_with_the_constant_answer(found):
    held_out = validation(0.6, 0.5)
    shared = {("alpha", "beta"): 0.2}
    board = leaderboard(found, held_out, shared=shared).set_index(["train", "model"])
    row = board.loc[("alpha", "big")]
    for part, outcome in (
        ("validation", held_out[validation_key("big", "alpha")]),
        ("in_domain", found[Key("big", "alpha", "alpha")]),
        ("other_photographs", found[Key("big", "alpha", "beta")]),
    ):
        names = [f"above_constant_{part}_macro_f1{end}" for end in ("", "_lo", "_hi")]
        assert tuple(row[names]) == pytest.approx(above_constant(outcome, "macro_f1"))
    assert pd.isna(row["above_constant_same_photographs_accuracy"])


def test_rows_of_other_views_stand_apart_without_a_rank(found):
    mirrored = small_study(random_state=1).query("model == 'big'").assign(view="mirror")
    alone = leaderboard(found, validation(0.6, 0.5))
    board = leaderboard({**found, **outcomes(mirrored, 200)}, validation(0.6, 0.5))
    apart = board[board["view"] == "mirror"]
    assert list(apart["model"]) == ["big", "big"]
    assert apart["rank"].isna().all()
    assert apart["validation_accuracy"].isna().all()
    own = outcomes(mirrored, 200)[Key("big", "alpha", "alpha", "mirror")].estimate("accuracy").value
    assert apart["in_domain_accuracy"].iloc[0] == own
    ranked = board[board["view"] == "clean"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ranked, alone, check_dtype=False)


def test_a_single_model_is_first_and_not_tied(found):
    one = {key: outcome for key, outcome in found.items() if key.model == "big"}
    board = leaderboard(one, validation(0.6, 0.5))
    assert list(board["rank"]) == [1, 1]
    assert not board["tied"].any()


def test_a_run_without_validation_predictions_is_an_error(found):
    with pytest.raises(FerError, match="big trained on alpha has no validation predictions"):
        leaderboard(found, {})
    with pytest.raises(FerError, match="unknown score 'loss'"):
        leaderboard(found, validation(0.6, 0.5), by="loss")


def record(model, train, seed, sha256=""):
    empty = ["spec", "recipe", "input", "weights", "data", "rows", "selection", "tests"]
    blank: dict[str, dict] = {name: {} for name in [*empty, "versions", "hardware"]}
    return RunRecord.model_validate(
        {
            **blank,
            **{
                "selection": {"views": {"clean": {"sha256": sha256}}},
                "rows": {"train": 1, "validation": 1, "dropped": {}},
            },
            **{"input": {"size": 48, "mean": [0.5], "std": [0.5]}},
            **{"study": "toy", "model": model, "train": train, "seed": seed, "parameters": 1},
            **{"weights_sha256": "", "commit": "", "seconds": 1.0},
            **{"images_per_second": 1.0, "started": "", "finished": ""},
        }
    )


def test_validation_predictions_are_read_from_the_runs(results_home):
    with pytest.raises(FerError, match="no finished run"):
        validation_outcomes("toy")
    rows = small_study().query("model == 'big' and test == 'beta'").reset_index(drop=True)
    for train in ("alpha", "beta"):
        folder = record("big", train, 0).folder
        mine = rows[rows["train"] == train]
        probabilities = mine[list(PROBABILITIES)].to_numpy()
        path = table_path(folder, "validation", "clean")
        write_predictions(path, mine["sample_id"], mine["emotion"], probabilities)
        write_record(record("big", train, 0, sha256_file(path)))
    found = validation_outcomes("toy")
    assert list(found) == [validation_key("big", train) for train in ("alpha", "beta")]
    assert {(key.test, key.part) for key in found} == {
        ("alpha", "validation"),
        ("beta", "validation"),
    }
    assert sum(outcome.n for outcome in found.values()) == 400


def leave(model, rows):
    """Leave a finished run of a model with these validation predictions."""
    path = table_path(record(model, "alpha", 0).folder, "validation", "clean")
    write_predictions(
        path, rows["sample_id"], rows["emotion"], rows[list(PROBABILITIES)].to_numpy()
    )
    write_record(record(model, "alpha", 0, sha256_file(path)))


def test_models_that_drew_other_validation_images_are_scored_on_their_own(results_home):
    rows = small_study().query("train == 'alpha' and test == 'beta'")
    of = {model: part.reset_index(drop=True) for model, part in rows.groupby("model")}
    one, other = sorted(of)[:2]
    leave(one, of[one])
    leave(other, of[other])
    together = outcomes(collect("toy", part="validation"))
    apart = validation_outcomes("toy")
    assert apart.keys() == together.keys()
    for key, outcome in together.items():  # the same images: the same draws
        assert apart[key].estimate("macro_f1") == outcome.estimate("macro_f1")
    leave(other, of[other].iloc[::2])
    with pytest.raises(FerError, match="not tested on the same images"):
        outcomes(collect("toy", part="validation"))
    assert sorted(o.n for o in validation_outcomes("toy").values()) == [100, 200]


ROWS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("xy")), max_size=40)


@given(ROWS, st.integers(1, 50), st.permutations("abcde"))
def test_of_the_rows_that_do_not_fit_those_of_the_first_models_are_kept(cells, most, ranked):
    ranks = {"x": ranked, "y": ranked[::-1]}  # f has no validation images
    table = pd.DataFrame(cells, columns=["model", "train"])
    kept = first_rows(table, ranks, most)
    assert kept.index.is_monotonic_increasing
    assert len(kept) == len(table) or len(kept) <= most or kept["model"].nunique() <= 2
    place = [(ranks[t].index(m) if m in ranks[t] else 9) for m, t in cells]
    if len(table) > most:
        worst = max((place[i] for i in kept.index), default=-1)
        left = set(range(len(table))) - set(kept.index)
        assert all(place[i] > worst for i in left), "no better one was left out"


def test_a_table_without_training_sets_takes_the_best_rank_of_a_model():
    table = pd.DataFrame({"model": ["a", "b", "c", "a", "b", "c"]})
    ranks = {"x": ["a", "b", "c"], "y": ["c", "b", "a"]}
    assert set(first_rows(table, ranks, 4)["model"]) == {"a", "c"}
    assert first_rows(table, ranks, 6) is table
