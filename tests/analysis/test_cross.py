"""The train × test table: definitions, planted differences, and a golden copy."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.cross import averages, column_drop, cross_table, row_drop
from fer_core.analysis.intervals import percentile_interval
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import METRICS, outcomes
from fer_core.analysis.scores import accuracy, macro_f1
from tests.analysis.simulated import simulate_study, simulate_table, simulate_truth, small_study

GOLDEN = Path(__file__).parent / "data/cross_table.csv"
DRAWS = 300


@pytest.fixture(scope="module")
def found():
    return outcomes(small_study(seeds=(0, 1, 2)), DRAWS)


@pytest.fixture(scope="module")
def table(found):
    return cross_table(found).set_index(["model", "train", "test"])


def test_the_table_of_a_small_simulated_study_is_the_golden_one():
    ours = cross_table(outcomes(small_study(), DRAWS))
    assert set(ours.pop("view")) == {"clean"}
    pd.testing.assert_frame_equal(ours, pd.read_csv(GOLDEN), rtol=1e-9, check_dtype=False)


def test_drops_are_in_domain_minus_cross_dataset_along_the_row_and_down_the_column(table):
    for metric in METRICS:
        cross = table.loc[("big", "alpha", "beta")]
        assert cross[f"row_drop_{metric}"] == pytest.approx(
            table.loc[("big", "alpha", "alpha"), metric] - cross[metric]
        )
        assert cross[f"column_drop_{metric}"] == pytest.approx(
            table.loc[("big", "beta", "beta"), metric] - cross[metric]
        )
        assert cross[f"row_drop_common_{metric}"] == pytest.approx(cross[f"row_drop_{metric}"])


def test_every_number_has_an_interval_around_it(table):
    for column in [c for c in table if f"{c}_lo" in table]:
        there = table[table[column].notna()]
        assert len(there)
        assert (there[f"{column}_lo"] <= there[column]).all()
        assert (there[column] <= there[f"{column}_hi"]).all()


def test_in_domain_has_no_drop_and_a_test_only_set_no_column_drop(table):
    drops = [c for c in table if "drop" in c]
    assert table.loc[table["kind"] == "in-domain", drops].isna().all(axis=None)
    duo = table.xs("duo", level="test")
    assert duo[[c for c in drops if c.startswith("column")]].isna().all(axis=None)
    assert duo[[c for c in drops if c.startswith("row")]].notna().all(axis=None)


def test_a_partial_test_set_says_its_classes_chance_and_majority(table):
    row = table.loc[("big", "alpha", "duo")]
    assert row["classes"] == "happy neutral"
    assert row["n"] == 60
    assert row["seeds"] == 3
    assert row["chance"] == pytest.approx(1 / 7)
    assert row["majority_class"] == "neutral"
    assert 0.5 < row["majority_rate"] < 1


def test_the_common_drop_scores_in_domain_on_the_emotions_that_both_have(found, table):
    in_domain, cross = found[Key("big", "alpha", "alpha")], found[Key("big", "alpha", "duo")]
    rows = in_domain.confusions.copy()
    rows[:, [0, 1, 2, 5, 6]] = 0  # all but happy and neutral
    expected = (accuracy(rows) - accuracy(cross.confusions)).mean()
    assert table.loc[("big", "alpha", "duo"), "row_drop_common_accuracy"] == pytest.approx(expected)
    expected = (macro_f1(rows) - macro_f1(cross.confusions)).mean()
    assert table.loc[("big", "alpha", "duo"), "row_drop_common_macro_f1"] == pytest.approx(expected)


def test_an_easy_partial_set_flatters_the_plain_drop_but_not_the_common_one():
    """Equal skill emotion by emotion: happy is easy, and the partial set has little else."""
    rng = np.random.default_rng(0)
    parts = []
    for test, truth in (("full", simulate_truth(rng, 1400)), ("easy", np.full(700, "happy"))):
        skill = np.where(truth == "happy", 0.9, 0.4)
        keys = {"model": "m", "train": "full", "seed": 0, "test": test}
        parts.append(simulate_table(rng, truth, skill, **keys))
    row = (
        cross_table(outcomes(pd.concat(parts, ignore_index=True), DRAWS))
        .set_index("test")
        .loc["easy"]
    )
    assert row["row_drop_accuracy_hi"] < -0.2
    assert row["row_drop_common_accuracy_lo"] <= 0 <= row["row_drop_common_accuracy_hi"]


def test_a_planted_difference_is_found_and_the_right_way_round():
    accuracies = {("m", "a", "a"): 0.7, ("m", "a", "b"): 0.5, ("m", "b", "b"): 0.65}
    study = simulate_study(accuracies, {"a": 800, "b": 800})
    row = cross_table(outcomes(study, DRAWS)).set_index(["train", "test"]).loc[("a", "b")]
    for drop, planted in (("row_drop_accuracy", 0.2), ("column_drop_accuracy", 0.15)):
        assert 0 < row[f"{drop}_lo"] <= planted <= row[f"{drop}_hi"]


def test_no_difference_is_found_about_19_times_in_20_where_there_is_none():
    false = {"row": 0, "column": 0}
    for repeat in range(120):
        accuracies = {("m", "a", "a"): 0.6, ("m", "a", "b"): 0.6, ("m", "b", "b"): 0.6}
        study = simulate_study(accuracies, {"a": 150, "b": 150}, random_state=repeat)
        found = outcomes(study, 200, seed=repeat)
        cross = found[Key("m", "a", "b")]
        row = row_drop(found[Key("m", "a", "a")], cross, "accuracy")
        column = column_drop(found[Key("m", "b", "b")], cross, "macro_f1")
        false["row"] += not row.lo <= 0 <= row.hi
        false["column"] += not column.lo <= 0 <= column.hi
    assert 1 <= false["row"] <= 14
    assert 1 <= false["column"] <= 14


def test_the_column_drop_is_paired_by_image():
    """Two models that agree on most images: their difference is surer than two samples could
    tell.
    """
    rng = np.random.default_rng(1)
    truth = simulate_truth(rng, 600)
    in_domain = simulate_table(rng, truth, 0.6, model="m", train="b", seed=0, test="b")
    cross = in_domain.assign(train="a")
    columns = [c for c in in_domain if c.startswith("p_")]
    cross.loc[:29, columns] = np.roll(cross.loc[:29, columns].to_numpy(), 1, axis=1)
    found = outcomes(pd.concat([in_domain, cross], ignore_index=True), 1000)
    one, two = found[Key("m", "b", "b")], found[Key("m", "a", "b")]
    paired = column_drop(one, two, "accuracy")
    shuffled = np.random.default_rng(2).permutation(1000)
    unpaired = accuracy(one.replicates[shuffled]).mean(axis=1) - accuracy(two.replicates).mean(
        axis=1
    )
    lo, hi = percentile_interval(unpaired)
    assert paired.hi - paired.lo < 0.5 * (hi - lo)


SHARED = {(a, b): 0.0 for a in ("alpha", "beta") for b in ("alpha", "beta", "duo", "three")}


def test_averages_are_means_over_the_cells_of_one_kind_of_test(table, found):
    means = averages(found, SHARED).set_index(["model", "kind", "along", "dataset"])
    row = means.loc[("big", "other photographs", "row", "alpha")]
    assert (row["cells"], row["seeds"]) == (1, 3)
    for metric in METRICS:
        assert row[metric] == pytest.approx(table.loc[("big", "alpha", "beta"), metric])
        assert row[f"{metric}_lo"] < row[metric] < row[f"{metric}_hi"]
    column = means.loc[("big", "fewer emotions", "column", "duo")]
    assert column["cells"] == 2
    assert column["accuracy"] == pytest.approx(
        table.loc["big"].xs("duo", level="test")["accuracy"].mean()
    )
    assert set(means.index.get_level_values("kind")) == {"other photographs", "fewer emotions"}


def test_a_mean_is_compared_with_the_mean_of_the_constant_answers_on_the_same_images(table, found):
    means = averages(found, SHARED).set_index(["model", "kind", "along", "dataset"])
    one = means.loc[("big", "other photographs", "row", "alpha")]
    two = means.loc[("big", "fewer emotions", "column", "duo")]
    cells = table.loc["big"].xs("duo", level="test")
    for metric in METRICS:
        above = f"above_constant_{metric}"
        for end in ("", "_lo", "_hi"):
            alone = table.loc[("big", "alpha", "beta"), above + end]
            assert one[above + end] == pytest.approx(alone)
        assert two[above] == pytest.approx(cells[above].mean())
        assert two[f"{above}_lo"] < two[above] < two[f"{above}_hi"]


def test_cells_whose_photographs_were_not_compared_are_in_no_mean(found):
    assert averages(found).empty
    some = {pair: 0.0 for pair in SHARED if pair != ("beta", "duo")}
    means = averages(found, some).set_index(["model", "along", "dataset"])
    assert means.loc[("big", "column", "duo"), "cells"] == 1


def test_the_limits_of_a_mean_of_shares_stay_within_0_and_1():
    accuracies = {("m", "alpha", test): 0.999 for test in ("alpha", "beta", "gamma")}
    sizes = {test: 60 for test in ("alpha", "beta", "gamma")}
    sure = outcomes(simulate_study(accuracies, sizes, seeds=(0, 1)), DRAWS)
    means = averages(sure, {("alpha", test): 0.0 for test in sizes})
    assert len(means)
    for metric in METRICS:
        assert (means[f"{metric}_hi"] <= 1).all()
        assert (means[f"{metric}_lo"] >= 0).all()


def test_a_missing_in_domain_test_leaves_drops_blank_and_the_rest_alone():
    study = small_study()
    study = study[(study["train"] != "alpha") | (study["test"] != "alpha")]
    table = cross_table(outcomes(study, DRAWS)).set_index(["model", "train", "test"])
    row = table.loc[("big", "alpha", "beta")]
    assert np.isnan(row["row_drop_accuracy"])
    assert row["column_drop_accuracy"] == pytest.approx(
        table.loc[("big", "beta", "beta"), "accuracy"] - row["accuracy"]
    )


def test_an_unequal_number_of_seeds_is_compared_on_the_seeds_they_share():
    study = small_study(seeds=(0, 1))
    study = study[(study["test"] != "beta") | (study["seed"] == 0)]
    found = outcomes(study, DRAWS)
    in_domain, cross = found[Key("big", "alpha", "alpha")], found[Key("big", "alpha", "beta")]
    expected = accuracy(in_domain.confusions[0]) - accuracy(cross.confusions[0])
    assert row_drop(in_domain, cross, "accuracy").value == pytest.approx(float(expected))
