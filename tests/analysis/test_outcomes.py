"""Outcomes: order does not matter, images must agree, estimates are means over seeds."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.intervals import wilson
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import METRICS, outcomes
from fer_core.errors import FerError
from tests.analysis.simulated import confusion_of, small_study

DRAWS = 200
CELL = Key("big", "alpha", "beta")


def test_the_order_of_rows_changes_nothing():
    study = small_study(seeds=(0, 1))
    shuffled = study.sample(frac=1, random_state=0, ignore_index=True)
    one, two = outcomes(study, DRAWS), outcomes(shuffled, DRAWS)
    assert set(one) == set(two)
    for key, outcome in one.items():
        assert outcome.seeds == two[key].seeds
        np.testing.assert_array_equal(outcome.confusions, two[key].confusions)
        np.testing.assert_array_equal(outcome.replicates, two[key].replicates)


def test_an_interval_does_not_depend_on_the_other_models_and_tests():
    study = small_study()
    alone = study[(study["model"] == "big") & (study["test"] == "beta")]
    for metric in METRICS:
        assert outcomes(study, DRAWS)[CELL].estimate(metric) == outcomes(alone, DRAWS)[
            CELL
        ].estimate(metric)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    study = small_study()
    one, two, other = outcomes(study, DRAWS), outcomes(study, DRAWS), outcomes(study, DRAWS, seed=1)
    assert (one[CELL].replicates == two[CELL].replicates).all()
    assert (one[CELL].replicates != other[CELL].replicates).any()


def test_a_single_seed_has_wilsons_interval_and_its_counts():
    study = small_study()
    outcome = outcomes(study, DRAWS)[CELL]
    rows = study[
        (study["model"] == "big") & (study["train"] == "alpha") & (study["test"] == "beta")
    ]
    np.testing.assert_array_equal(outcome.confusion, confusion_of(rows))
    np.testing.assert_array_equal(
        outcome.confusion.sum(axis=1), rows["emotion"].value_counts().sort_index()
    )
    assert outcome.n == 200
    estimate = outcome.estimate("accuracy")
    assert np.allclose(estimate[1:], wilson(np.trace(outcome.confusion), np.array(200)))


def test_several_seeds_give_their_mean_and_a_wider_interval():
    study = small_study(seeds=(0, 1, 2))
    outcome = outcomes(study, DRAWS)[CELL]
    assert outcome.seeds == (0, 1, 2)
    for metric, score in METRICS.items():
        estimate = outcome.estimate(metric)
        assert estimate.value == pytest.approx(score(outcome.confusions).mean())
        assert estimate.lo < score(outcome.confusions).min()
        assert estimate.hi > score(outcome.confusions).max()


def test_a_perfect_model_stays_within_0_and_1():
    study = small_study(seeds=(0, 1))
    for emotion in study["emotion"].unique():
        columns = [c for c in study if c.startswith("p_")]
        study.loc[study["emotion"] == emotion, columns] = 0.0
        study.loc[study["emotion"] == emotion, f"p_{emotion}"] = 1.0
    for outcome in outcomes(study, DRAWS).values():
        assert outcome.estimate("accuracy").value == 1
        assert outcome.estimate("accuracy").lo < 1
        assert outcome.estimate("accuracy").hi == 1
        assert outcome.estimate("macro_f1") == (1, 1, 1)


def test_runs_on_other_images_are_refused_with_names_and_a_way_out():
    study = small_study()
    odd = (study["model"] == "small") & (study["train"] == "beta") & (study["test"] == "duo")
    fewer = study.drop(study[odd].index[0])
    with pytest.raises(FerError, match=r"small × beta × seed 0 \(59\).*same images of duo.*again"):
        outcomes(fewer, DRAWS)
    relabelled = study.copy()
    relabelled.loc[study[odd].index[0], "emotion"] = "sad"
    with pytest.raises(FerError, match="same true emotions of duo"):
        outcomes(relabelled, DRAWS)


def test_no_predictions_is_an_error_that_says_what_to_do():
    with pytest.raises(FerError, match="run the study first"):
        outcomes(pd.DataFrame(columns=small_study().columns))
