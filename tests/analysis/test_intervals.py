"""Intervals: equal to known ones, right in distribution, and covering what they should."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from fer_core.analysis.draws import bootstrap_images
from fer_core.analysis.intervals import (
    Scored,
    common_part,
    effective_images,
    estimate_of,
    join,
    percentile_interval,
    seed_variance,
    share_estimate,
    wilson,
)
from fer_core.analysis.scores import accuracy, confusion_matrix, macro_f1
from tests.analysis.simulated import bootstrap_confusion

finite = st.floats(-1, 1, allow_nan=False)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(deadline=None)
def test_wilson_equals_scipy_and_statsmodels(case):
    hits, n = case
    lo, hi = wilson(np.array(hits), np.array(n))
    theirs = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert (lo, hi) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (lo, hi) == pytest.approx(proportion_confint(hits, n, method="wilson"), abs=1e-12)


def test_wilson_of_nothing_is_undefined_and_of_all_is_not_certain():
    lo, hi = wilson(np.array([0, 10]), np.array([0, 10]))
    assert np.isnan(lo[0])
    assert np.isnan(hi[0])
    assert lo[1] < 0.75
    assert hi[1] == pytest.approx(1)


def test_drawing_cells_is_the_same_as_resampling_images():
    rng = np.random.default_rng(3)
    truth = rng.choice(7, p=[0.3, 0.02, 0.1, 0.2, 0.18, 0.1, 0.1], size=250)
    predicted = np.where(rng.random(250) < 0.6, truth, rng.integers(0, 7, 250))
    cells = macro_f1(bootstrap_confusion(confusion_matrix(truth, predicted), seed=1))
    images = macro_f1(bootstrap_images(truth, predicted[None], seed=2))[:, 0]
    by_hand = []
    for _ in range(2000):
        rows = rng.integers(0, 250, 250)
        by_hand.append(float(macro_f1(confusion_matrix(truth[rows], predicted[rows]))))
    for ours in (cells, images):
        assert stats.ks_2samp(ours, by_hand).pvalue > 0.01
        np.testing.assert_allclose(
            percentile_interval(ours), percentile_interval(np.array(by_hand)), atol=0.01
        )


def test_every_replicate_has_all_images_and_equal_predictions_get_equal_replicates():
    rng = np.random.default_rng(4)
    truth, guess = rng.integers(0, 7, 90), rng.integers(0, 7, 90)
    drawn = bootstrap_images(truth, np.stack([guess, truth, guess]), seed=5, draws=50)
    assert drawn.shape == (50, 3, 7, 7)
    assert (drawn.sum(axis=(-2, -1)) == 90).all()
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 2])
    assert (accuracy(drawn[:, 1]) == 1).all()
    # The same images for all: their true emotions agree.
    np.testing.assert_array_equal(drawn[:, 0].sum(axis=-1), drawn[:, 1].sum(axis=-1))


def test_adding_a_model_leaves_the_draws_of_the_others_alone():
    rng = np.random.default_rng(6)
    truth, guesses = rng.integers(0, 7, 90), rng.integers(0, 7, (3, 90))
    alone = bootstrap_images(truth, guesses[:1], seed=7, draws=40)
    together = bootstrap_images(truth, guesses, seed=7, draws=40)
    np.testing.assert_array_equal(alone[:, 0], together[:, 0])


def test_the_variance_of_seeds_gives_students_and_welchs_intervals():
    rng = np.random.default_rng(8)
    one, two = rng.normal(size=4), rng.normal(size=3) * 3
    lo, hi = stats.t.interval(0.95, 3, one.mean(), stats.sem(one))
    assert join(one.mean(), one.mean(), one.mean(), one) == pytest.approx((one.mean(), lo, hi))
    welch = stats.ttest_ind(one, two, equal_var=False)
    assert seed_variance(one, two)[1] == pytest.approx(welch.df)
    limits = welch.confidence_interval(0.95)
    value = one.mean() - two.mean()
    assert join(value, value, value, one, -two)[1:] == pytest.approx((limits.low, limits.high))
    assert seed_variance(one[:1]) == (0, np.inf)
    assert seed_variance(one[:1], two) == pytest.approx(seed_variance(two))
    assert seed_variance(np.full(3, 0.5)) == (0, np.inf)


@given(finite, finite, finite, st.lists(finite, min_size=1, max_size=5))
def test_joining_never_narrows_and_always_holds_the_value(value, one, two, scores):
    lo, hi = sorted((one, two))
    joined = join(value, lo, hi, np.array(scores))
    assert joined.lo <= value <= joined.hi
    margin = stats.norm.ppf(0.975) * np.sqrt(seed_variance(np.array(scores))[0])
    assert joined.lo <= value - margin + 1e-12
    if lo <= value <= hi:
        assert joined.lo <= lo + 1e-12
        assert joined.hi >= hi - 1e-12


def test_images_and_seeds_are_joined_as_hillis_joins_cases_and_readers_with_cochrans_t():
    rng = np.random.default_rng(11)
    common, own = rng.normal(0, 2, (4000, 1)), rng.normal(0, 1, (4000, 3))
    scores = rng.normal(50, 3, 3)
    drawn = scores + common + own
    covariance = np.cov(drawn.T)
    shared = covariance[~np.eye(3, dtype=bool)].mean()  # Hillis' Cov2
    spread = scores.var(ddof=1)  # and MS(R)
    t = np.average([stats.t.ppf(0.975, 2), stats.norm.ppf(0.975)], weights=[spread, 3 * shared])
    half = t * np.sqrt((spread + 3 * shared) / 3)
    found = estimate_of(Scored(scores, drawn))
    assert found == pytest.approx((scores.mean(), scores.mean() - half, scores.mean() + half), 0.01)


def test_what_seed_and_image_do_only_together_is_taken_out_once():
    rng = np.random.default_rng(12)
    common, own = rng.normal(0, 2, (9000, 1)), rng.normal(0, 3, (9000, 4))
    drawn = common + own
    expected = np.sqrt(4 / (4 + 9 / 4))
    assert common_part(drawn.mean(axis=1), Scored(drawn[0], drawn)) == pytest.approx(expected, 0.03)
    one = Scored(drawn[0, :1], drawn[:, :1])
    assert common_part(drawn[:, 0], one) == 1
    assert common_part(drawn[:, 0], one, one) == 1
    alone = own - own.mean(axis=1, keepdims=True)
    assert common_part(alone.mean(axis=1), Scored(alone[0], alone)) == pytest.approx(0, abs=1e-6)


@given(st.integers(2, 60), st.integers(0, 10**6))
@settings(deadline=None)
def test_one_seed_and_no_persons_leave_wilsons_interval_as_it_is(n, seed):
    hits = np.random.default_rng(seed).random((1, n)) < 0.6
    lo, hi = wilson(hits.sum(), np.array(n))
    assert share_estimate(hits) == pytest.approx((hits.mean(), float(lo), float(hi)), abs=1e-12)
    assert share_estimate(hits, np.arange(n)[::-1]) == share_estimate(hits)


@given(st.integers(2, 40), st.integers(1, 4), st.integers(0, 10**6))
@settings(deadline=None)
def test_persons_never_narrow_the_interval_of_a_share(n, seeds, seed):
    rng = np.random.default_rng(seed)
    hits, units = rng.random((seeds, n)) < 0.6, rng.integers(0, n // 2 + 1, n)
    alone, together = effective_images(hits), effective_images(hits, units)
    assert 0 < together <= alone * (1 + 1e-9)
    assert alone <= n * seeds


def test_images_that_are_copies_of_one_count_once():
    hits = np.random.default_rng(13).random((1, 80)) < 0.7
    thrice = np.repeat(hits, 3, axis=1)
    assert effective_images(thrice, np.repeat(np.arange(80), 3)) == pytest.approx(80)
    assert effective_images(thrice) == 240
    opposed = np.array([[True, False] * 50])  # always right on one of a person's two pictures
    assert effective_images(opposed, np.repeat(np.arange(50), 2)) == pytest.approx(100)


def _study_matrix(rng, n):
    """The cell probabilities of an imbalanced seven-class study, and one matrix of n images."""
    shares = np.array([0.13, 0.03, 0.14, 0.25, 0.18, 0.16, 0.11])
    hit = np.array([0.6, 0.5, 0.4, 0.85, 0.65, 0.55, 0.75])
    wrong = np.full((7, 7), 1 / 6) * (1 - hit)[:, None]
    cells = shares[:, None] * np.where(np.eye(7, dtype=bool), hit[:, None], wrong)
    return cells, rng.multinomial(n, cells.ravel()).reshape(7, 7)


def test_intervals_of_one_matrix_cover_the_truth_19_times_in_20():
    rng = np.random.default_rng(9)
    hits = {"accuracy": 0, "macro_f1": 0}
    for repeat in range(500):
        cells, confusion = _study_matrix(rng, 600)
        lo, hi = wilson(np.trace(confusion), confusion.sum())
        hits["accuracy"] += lo <= accuracy(cells) <= hi
        lo, hi = percentile_interval(
            macro_f1(bootstrap_confusion(confusion, seed=repeat, draws=400))
        )
        hits["macro_f1"] += lo <= macro_f1(cells) <= hi
    # 500 repeats of a 95 % event: standard deviation 1 %.
    assert 0.92 <= hits["accuracy"] / 500 <= 0.98
    assert 0.92 <= hits["macro_f1"] / 500 <= 0.98


def test_intervals_of_three_seeds_cover_the_mean_over_images_and_seeds():
    """Images differ in difficulty, seeds in skill: fixing either makes an interval too narrow."""
    rng = np.random.default_rng(10)
    n, seeds, repeats = 400, 3, 400
    joined = images_only = seeds_only = 0
    # Mean of skill + difficulty over both populations, by symmetry of the uniform: 0.6.
    for _ in range(repeats):
        difficulty = rng.uniform(-0.3, 0.3, n)
        skill = rng.normal(0.6, 0.02, seeds)
        right = rng.random((seeds, n)) < skill[:, None] + difficulty
        scores = right.mean(axis=1)
        drawn = right[:, rng.integers(0, n, (300, n))].mean(axis=2).T
        estimate = estimate_of(Scored(scores, drawn))
        drawn = drawn.mean(axis=1)
        joined += estimate.lo <= 0.6 <= estimate.hi
        lo, hi = percentile_interval(drawn)
        images_only += lo <= 0.6 <= hi
        seeds_only += abs(scores.mean() - 0.6) <= stats.norm.ppf(0.975) * stats.sem(scores)
    assert 0.93 <= joined / repeats <= 0.975
    assert images_only / repeats < 0.9
    assert seeds_only / repeats < 0.9
