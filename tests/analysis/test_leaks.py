"""What leaks from training into a test, and what it is worth."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.intervals import wilson
from fer_core.analysis.leaks import Leak, leak_worth, leaking_images, leaky_pairs
from fer_core.analysis.outcomes import outcomes
from fer_core.emotions import EMOTIONS
from fer_core.predictions import PROBABILITIES


def predictions(hits: np.ndarray, seed: int = 0, model: str = "net") -> pd.DataFrame:
    """Predictions of one run whose i-th image is right where `hits` says so."""
    answer = np.where(hits, EMOTIONS.index("happy"), EMOTIONS.index("sad"))
    table = pd.DataFrame(np.eye(7)[answer], columns=list(PROBABILITIES))
    ids = [f"i{i:04d}" for i in range(len(hits))]
    keys = {"model": model, "train": "a", "seed": seed, "test": "b"}
    return table.assign(sample_id=ids, emotion="happy", **keys)


def ids(numbers: range) -> set[str]:
    return {f"i{i:04d}" for i in numbers}


def test_an_image_that_leaks_twice_is_one_image():
    rows = [("a", "b", "x", "near"), ("a", "b", "x", "persons"), ("a", "b", "y", "near")]
    rows += [("b", "a", "x", "near")]
    leaking = pd.DataFrame(rows, columns=["train", "test", "sample_id", "kind"])
    assert leaking_images(leaking) == {("a", "b"): {"x", "y"}, ("b", "a"): {"x"}}
    assert leaking_images(leaking.head(0)) == {}


def test_only_pairs_with_a_leak_of_some_kind_are_leaky():
    rows = [("a", "b", 10, 0, 3, 0), ("a", "c", 20, 0, 0, 0), ("b", "c", 1000, 1, 0, 1200)]
    leaks = pd.DataFrame(rows, columns=["train", "test", "n_test", "copies", "near", "persons"])
    found = leaky_pairs(leaks)
    assert set(found) == {("a", "b"), ("b", "c")}
    assert str(found["a", "b"]) == "3 with a near copy of 10 test images"
    assert str(found["b", "c"]) == (
        "1 with a copy, 1,200 of persons trained on of 1,000 test images"
    )
    assert str(Leak(5, 0, 0, 0)) == "none of 5 test images"


def test_a_pair_whose_persons_are_unknown_is_no_leaky_one_for_that():
    rows = [("a", "b", 10, 0, 0, None), ("a", "c", 20, 0, 4, None)]
    leaks = pd.DataFrame(rows, columns=["train", "test", "n_test", "copies", "near", "persons"])
    assert leaky_pairs(leaks) == {("a", "c"): Leak(20, 0, 4, 0)}
    assert leaky_pairs(leaks.astype({"persons": "Int64"})) == leaky_pairs(leaks)


def test_accuracy_is_given_with_and_without_the_leaking_images():
    hits = np.arange(100) < 50  # 20 leaking ones are all right: 30 of the other 80 are
    row = leak_worth(outcomes(predictions(hits)), {("a", "b"): ids(range(20))}).iloc[0]
    assert (row["n"], row["leaking"], row["seeds"]) == (100, 20, 1)
    assert row["accuracy_all"] == 0.5
    assert row["accuracy_without"] == pytest.approx(30 / 80)
    assert row["gain"] == pytest.approx(0.125)
    lo, hi = wilson(np.array(30), np.array(80))
    assert (row["accuracy_without_lo"], row["accuracy_without_hi"]) == (lo, hi)
    assert 0 < row["gain_lo"] < 0.125 < row["gain_hi"]


def test_the_interval_of_the_gain_is_that_of_the_bootstrap_over_images():
    generator = np.random.default_rng(1)
    hits, leaking = generator.random(400) < 0.6, 60
    hits[:leaking] = generator.random(leaking) < 0.9
    row = leak_worth(outcomes(predictions(hits)), {("a", "b"): ids(range(leaking))}).iloc[0]
    kept, gains = np.arange(400) >= leaking, []
    for _ in range(3000):
        drawn = generator.integers(0, 400, 400)
        gains.append(hits[drawn].mean() - hits[drawn][kept[drawn]].mean())
    lo, hi = np.quantile(gains, [0.025, 0.975])
    assert row["gain_lo"] == pytest.approx(lo, abs=0.004)
    assert row["gain_hi"] == pytest.approx(hi, abs=0.004)


def test_seeds_are_averaged_and_widen_the_interval():
    one, two = np.arange(100) < 60, np.arange(100) < 40
    both = pd.concat([predictions(one), predictions(two, seed=1)])
    leaking = {("a", "b"): ids(range(90, 100))}
    row = leak_worth(outcomes(both), leaking).iloc[0]
    assert row["seeds"] == 2
    assert row["accuracy_all"] == pytest.approx(0.5)
    single = leak_worth(outcomes(predictions(one)), leaking).iloc[0]
    assert row["gain_hi"] - row["gain_lo"] > single["gain_hi"] - single["gain_lo"]


def test_the_order_of_the_rows_does_not_matter():
    both = pd.concat([predictions(np.arange(50) < 20), predictions(np.arange(50) < 30, seed=1)])
    leaking = {("a", "b"): ids(range(10))}
    shuffled = both.sample(frac=1, random_state=0)
    first = leak_worth(outcomes(both), leaking).iloc[0]
    assert leak_worth(outcomes(shuffled), leaking).iloc[0][["gain_lo", "gain_hi"]].tolist() == [
        first["gain_lo"],
        first["gain_hi"],
    ]


@pytest.mark.parametrize("leaking", [{}, {("a", "b"): {"absent"}}, {("a", "b"): ids(range(50))}])
def test_pairs_of_which_nothing_or_everything_leaks_have_no_row(leaking):
    assert leak_worth(outcomes(predictions(np.arange(50) < 20)), leaking).empty
