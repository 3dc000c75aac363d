"""Any statistic of rows has a paired interval from the draws of its outcome."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from fer_core.analysis.draws import numbered
from fer_core.analysis.intervals import percentile_interval
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import difference, outcomes
from fer_core.analysis.rows import each_draw
from fer_core.errors import FerError
from tests.analysis.simulated import small_study

DRAWS = 60
CELL, OTHER = Key("big", "alpha", "beta"), Key("small", "alpha", "beta")


def hit_share(rows, weights):
    return weights @ rows.hit / weights.sum(axis=1)


def confidence(rows, weights):
    """Mean of the largest probability minus the accuracy."""
    return weights @ (rows.probabilities.max(axis=1) - rows.hit) / weights.sum(axis=1)


def kappa(truth, probabilities):
    return cohen_kappa_score(truth, probabilities.argmax(axis=1))


def with_persons(study, each=4):
    return study.assign(person=(study["sample_id"].str[1:].astype(int) // each).astype(str))


@pytest.mark.parametrize("people", [False, True])
def test_a_statistic_of_rows_has_the_draws_of_the_matrices(people):
    study = with_persons(small_study(seeds=(0, 1))) if people else small_study(seeds=(0, 1))
    for outcome in outcomes(study, DRAWS).values():
        assert outcome.unit == ("person" if people else "image")
        seen, drawn = outcome.scored(hit_share)
        theirs = outcome.scored("accuracy")
        np.testing.assert_allclose(seen, theirs.seen, rtol=1e-6)
        np.testing.assert_allclose(drawn, theirs.drawn, rtol=1e-6)


def test_any_function_of_scikit_learn_is_scored_on_the_drawn_persons():
    outcome = outcomes(with_persons(small_study()), DRAWS)[CELL]
    (rows,), units = outcome.rows, outcome.drawn.units
    generator = np.random.default_rng(outcome.drawn.seed)
    by_hand = []
    for _ in range(DRAWS):
        who = generator.integers(0, units.max() + 1, units.max() + 1)
        at = np.concatenate([np.flatnonzero(units == person) for person in who])
        by_hand.append(cohen_kappa_score(rows.truth[at], rows.predicted[at]))
    found = outcome.estimate(each_draw(kappa))
    whole = cohen_kappa_score(rows.truth, rows.predicted)
    assert found == pytest.approx((whole, *percentile_interval(np.array(by_hand))))


def test_a_difference_on_the_same_images_is_paired():
    found = outcomes(small_study(), DRAWS)
    one, two = found[CELL], found[OTHER]
    drawn = [outcome.scored(confidence).drawn[:, 0] for outcome in (one, two)]
    estimate = difference(one, two, confidence)
    assert estimate[1:] == pytest.approx(percentile_interval(drawn[0] - drawn[1]))
    assert difference(one, one, confidence) == (0, 0, 0)
    for mine, theirs in zip(one.drawn.weights(), two.drawn.weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_share_of_a_group_is_wilsons_of_its_images():
    outcome = outcomes(small_study(), DRAWS)[CELL]
    group = outcome.rows[0].truth == 3
    found = outcome.share(group)
    assert found.value == pytest.approx(outcome.rows[0].hit[group].mean())
    assert found.lo < found.value < found.hi
    recall = outcome.estimate(lambda rows, w: w @ (rows.hit & group) / (w @ group))
    assert recall.value == pytest.approx(found.value)
    assert recall[1:] == pytest.approx(found[1:], abs=0.06)  # of 20 images


def test_persons_with_one_picture_each_change_no_bit():
    study = small_study()
    alone = outcomes(with_persons(study, each=1), DRAWS)[CELL]
    plain = outcomes(study, DRAWS)[CELL]
    np.testing.assert_array_equal(alone.replicates, plain.replicates)
    assert alone.estimate("accuracy") == plain.estimate("accuracy")
    np.testing.assert_array_equal(alone.drawn.units, numbered([""] * plain.n))


def test_an_outcome_without_rows_says_how_to_make_one():
    outcome = outcomes(small_study(), DRAWS)[CELL]
    bare = type(outcome)(CELL, (0,), outcome.confusions, outcome.draw)
    assert bare.unit == "image"
    with pytest.raises(FerError, match="make it with `outcomes`"):
        bare.estimate("accuracy")
