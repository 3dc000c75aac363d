"""What a view changes is the paired difference on the same images and seeds."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.cross import averages, cross_table
from fer_core.analysis.intervals import Scored, estimate_of
from fer_core.analysis.keys import Key
from fer_core.analysis.leaks import leak_worth
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.pr import average_precisions
from fer_core.analysis.scores import macro_f1
from fer_core.analysis.view_changes import view_change, view_changes
from fer_core.emotions import EMOTIONS
from fer_core.predictions import PROBABILITIES
from tests.analysis.simulated import small_study

DRAWS = 300
CLEAN = Key("big", "alpha", "beta")
MIRROR = CLEAN._replace(view="mirror")


def two_views(seeds=(0, 1)):
    """A study of which the view mirror mends every tenth answer."""
    clean = small_study(seeds)
    p = clean[list(PROBABILITIES)].to_numpy().copy()
    mended = np.arange(len(clean)) % 10 == 0
    right = clean["emotion"].map(EMOTIONS.index).to_numpy()
    p[mended] = np.eye(7)[right[mended]]
    other = clean.assign(view="mirror")
    other[list(PROBABILITIES)] = p
    return pd.concat([clean.assign(view="clean"), other], ignore_index=True)


@pytest.fixture(scope="module")
def predictions():
    return two_views()


@pytest.fixture(scope="module")
def found(predictions):
    return outcomes(predictions, DRAWS)


def test_the_cells_of_a_view_are_those_of_a_study_with_that_view_alone(predictions, found):
    for view in ("clean", "mirror"):
        alone = outcomes(predictions[predictions["view"] == view], DRAWS)
        assert set(alone) == {key for key in found if key.view == view}
        for key, outcome in alone.items():
            np.testing.assert_array_equal(outcome.confusions, found[key].confusions)
            np.testing.assert_array_equal(outcome.replicates, found[key].replicates)


def test_a_table_without_the_axis_is_of_the_view_clean(predictions, found):
    clean = predictions[predictions["view"] == "clean"].drop(columns="view")
    assert outcomes(clean, DRAWS)[CLEAN].estimate("macro_f1") == found[CLEAN].estimate("macro_f1")


def test_the_change_is_the_mean_difference_of_the_same_seeds_as_two_scores_of_one_training(found):
    one, two = found[CLEAN], found[MIRROR]
    change = view_change(one, two, "macro_f1")
    by_seed = macro_f1(two.confusions) - macro_f1(one.confusions)
    drawn = macro_f1(two.replicates) - macro_f1(one.replicates)
    assert change.value == pytest.approx(by_seed.mean())
    assert change == pytest.approx(estimate_of(Scored(by_seed, drawn)))
    assert np.quantile(drawn.mean(axis=1), 0.025) > 0, "images alone tell the two views apart"
    one_seed = view_change(only_first(one), only_first(two), "macro_f1")
    limits = np.quantile(drawn[:, 0], [0.025, 0.975])
    assert one_seed == pytest.approx((by_seed[0], *limits))


def only_first(outcome):
    return dataclasses.replace(
        outcome,
        seeds=outcome.seeds[:1],
        confusions=outcome.confusions[:1],
        draw=lambda: outcome.replicates[:, :1],
        _scored={},
    )


def test_a_view_that_changes_no_answer_changes_nothing_for_sure():
    clean = small_study((0, 1))
    same = pd.concat([clean.assign(view=view) for view in ("clean", "side-24")])
    table = view_changes(outcomes(same, DRAWS))
    assert len(table) == 12
    columns = [f"change_{m}{end}" for m in ("accuracy", "macro_f1") for end in ("", "_lo", "_hi")]
    assert (table[columns] == 0).all(axis=None)
    assert set(table["view"]) == {"side-24"}


def test_only_seeds_and_images_that_both_views_have_are_compared(found):
    one, two = found[CLEAN], found[MIRROR]
    first = only_first(one)
    value = macro_f1(two.confusions[0]) - macro_f1(one.confusions[0])
    assert view_change(first, two, "macro_f1").value == pytest.approx(value)
    other_images = dataclasses.replace(one, images="others")
    none = dataclasses.replace(first, seeds=(9,))
    for clean in (None, other_images, none):
        assert np.isnan(view_change(clean, two, "accuracy").value)


def test_drops_and_means_stay_within_a_view(predictions, found):
    shared = {("alpha", "beta"): 0.0, ("beta", "alpha"): 0.0}
    cross, means = cross_table(found, shared), averages(found, shared)
    for view in ("clean", "mirror"):
        alone = outcomes(predictions[predictions["view"] == view], DRAWS)
        for table, own in ((cross, cross_table(alone, shared)), (means, averages(alone, shared))):
            mine = table[table["view"] == view].reset_index(drop=True)
            pd.testing.assert_frame_equal(mine, own)


def test_curves_and_leaks_stay_within_a_view(predictions):
    leaking = {("alpha", "beta"): {"s000000", "s000001"}}
    tables = {view: predictions[predictions["view"] == view] for view in ("clean", "mirror")}
    for of in (average_precisions, lambda found: leak_worth(found, leaking)):
        both = of(outcomes(predictions, DRAWS))
        for view, table in tables.items():
            mine = both[both["view"] == view].reset_index(drop=True)
            pd.testing.assert_frame_equal(mine, of(outcomes(table, DRAWS)))
