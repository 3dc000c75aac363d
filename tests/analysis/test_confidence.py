"""Confidence: equal to scikit-learn and to plain loops, right on planted nets."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

from fer_core.analysis.confidence import (
    BINS,
    DETECTORS,
    FLOOR,
    at_temperature,
    calibration_error,
    confidence,
    confidence_table,
    coverage,
    detects,
    entropy,
    kept_accuracy,
    margin,
    overconfidence,
    reliability,
    risk_area,
    temperature_of,
)
from fer_core.analysis.intervals import estimate_of
from fer_core.analysis.outcomes import Outcome, outcomes
from fer_core.analysis.results import study_result
from fer_core.analysis.rows import Rows
from fer_core.emotions import EMOTIONS
from fer_core.predictions import PROBABILITIES


def rows_of(values: np.ndarray, truth: np.ndarray) -> Rows:
    return Rows(np.array([f"s{i:05d}" for i in range(len(truth))]), truth, values)


def planted(
    rng: np.random.Generator, n: int, temperature: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a net that was calibrated before its logits were divided by the inverse of
    this temperature, and the truth."""
    logits = rng.normal(size=(n, 7)) * 2
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (true.cumsum(axis=1) > rng.random(n)[:, None]).argmax(axis=1)
    return at_temperature(true, 1 / temperature), truth


def outcome_of(values: np.ndarray, truth: np.ndarray, draws: int = 200) -> Outcome:
    table = pd.DataFrame(values, columns=list(PROBABILITIES))
    table.insert(0, "sample_id", [f"s{i:05d}" for i in range(len(truth))])
    table.insert(1, "emotion", np.array(EMOTIONS)[truth])
    long = table.assign(model="m", train="a", seed=0, test="b", view="clean", part="test")
    (outcome,) = outcomes(long, draws).values()
    return outcome


ROUND = st.integers(1, 6).map(lambda seed: np.random.default_rng(seed))


@given(ROUND, st.integers(8, 60), st.sampled_from(list(DETECTORS)))
@settings(max_examples=40, deadline=None)
def test_how_well_errors_are_detected_is_the_area_of_scikit_learn(rng, n, name) -> None:
    values = np.round(planted(rng, n)[0], 1) + 0.01  # ties are the hard case
    rows = rows_of(values / values.sum(axis=1, keepdims=True), rng.integers(0, 7, n))
    weights = rng.integers(0, 3, (4, n)).astype(np.float32)
    areas = detects(DETECTORS[name])(rows, weights)
    for area, times in zip(areas, weights.astype(int), strict=True):
        at = np.repeat(np.arange(n), times)
        if len(set(rows.hit[at])) < 2:
            assert np.isnan(area)
        else:
            theirs = roc_auc_score(rows.hit[at], DETECTORS[name](rows)[at])
            assert area == pytest.approx(theirs, abs=1e-6)


def test_confidence_entropy_and_margin_are_those_of_the_textbook() -> None:
    rows = rows_of(np.array([[0.5, 0.3, 0.2, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0]]), np.zeros(2, int))
    assert confidence(rows).tolist() == [0.5, 1]
    assert margin(rows) == pytest.approx([0.2, 1])
    told = 0.5 * np.log(0.5) + 0.3 * np.log(0.3) + 0.2 * np.log(0.2)
    assert entropy(rows) == pytest.approx([told, 0], abs=1e-9)


def test_scores_of_a_draw_are_those_of_the_images_that_were_drawn() -> None:
    rng = np.random.default_rng(7)
    rows = rows_of(*planted(rng, 80))
    weights = rng.integers(0, 3, (5, 80)).astype(np.float32)
    found = [score(rows, weights) for score in (overconfidence, coverage, kept_accuracy, risk_area)]
    for i, times in enumerate(weights.astype(int)):
        at = np.repeat(np.arange(80), times)
        said, hit = confidence(rows)[at], rows.hit[at]
        kept = said >= FLOOR
        assert found[0][i] == pytest.approx(said.mean() - hit.mean(), abs=1e-6)
        assert found[1][i] == pytest.approx(kept.mean())
        assert found[2][i] == pytest.approx(hit[kept].mean())
    order = np.argsort(-confidence(rows))
    risks = [np.mean(~rows.hit[order][: k + 1]) for k in range(80)]
    assert risk_area(rows, np.ones((1, 80)))[0] == pytest.approx(np.mean(risks))


def test_the_risk_of_a_net_that_knows_its_errors_is_lower_than_that_of_one_that_does_not() -> None:
    rng = np.random.default_rng(8)
    values, truth = planted(rng, 3000)
    one = np.ones((1, 3000))
    knows = rows_of(values, truth)
    shuffled = rows_of(values, np.where(rng.permutation(knows.hit), knows.predicted, 7))
    assert risk_area(knows, one)[0] < risk_area(shuffled, one)[0] - 0.1
    assert risk_area(shuffled, one)[0] == pytest.approx(1 - knows.hit.mean(), abs=0.05)
    assert detects(confidence)(shuffled, one)[0] == pytest.approx(0.5, abs=0.04)


def test_the_diagram_is_that_of_scikit_learn() -> None:
    values, truth = planted(np.random.default_rng(9), 500, temperature=0.5)
    outcome = outcome_of(values, truth, 5)
    rows = outcome.rows[0]
    found = reliability(outcome)
    right, said = calibration_curve(rows.hit, confidence(rows), n_bins=BINS)
    np.testing.assert_allclose(found["accuracy"], right)
    np.testing.assert_allclose(found["confidence"], said)
    assert found["n"].sum() == 500
    assert (found["accuracy_lo"] <= found["accuracy"]).all()
    assert (found["accuracy"] <= found["accuracy_hi"]).all()


def test_a_temperature_is_found_again_and_undone() -> None:
    rng = np.random.default_rng(10)
    every = np.ones(4000, dtype=bool)
    for planted_one in (0.5, 1.0, 2.5):
        values, truth = planted(rng, 4000, 1 / planted_one)
        found = temperature_of(rows_of(values, truth), every)
        assert found == pytest.approx(1 / planted_one, rel=0.08)
        undone = at_temperature(values, found)
        gap = overconfidence(rows_of(undone, truth), np.ones((1, 4000)))[0]
        assert gap == pytest.approx(0, abs=0.02)
    right = rows_of(np.eye(7)[[0, 1, 2]] * 0.9 + 0.1 / 7, np.arange(3))
    assert np.isnan(temperature_of(right, np.ones(3, dtype=bool)))
    assert at_temperature(values, 1.0) is values


def test_a_calibrated_net_has_no_error_beyond_chance_and_another_has_its_own() -> None:
    rng = np.random.default_rng(11)
    calibrated = outcome_of(*planted(rng, 20_000), draws=50)
    assert estimate_of(calibration_error(calibrated)).value < 0.012
    values, truth = planted(rng, 20_000, temperature=0.5)
    sharp = outcome_of(at_temperature(values, 0.25), truth, draws=50)
    error = estimate_of(calibration_error(sharp))
    found = reliability(sharp)
    plain = np.sqrt((found["n"] / 20_000 * (found["accuracy"] - found["confidence"]) ** 2).sum())
    assert error.value == pytest.approx(plain, abs=2e-3)
    assert error.lo < error.value < error.hi
    undone = estimate_of(calibration_error(sharp, [2.0]))
    assert undone.value < error.value - 0.1


def test_the_interval_of_the_error_holds_the_planted_one_about_19_times_in_20() -> None:
    rng = np.random.default_rng(12)
    values, truth = planted(rng, 200_000, temperature=2)
    whole = outcome_of(values, truth, draws=1)
    expected = calibration_error(whole).seen[0]
    inside = []
    for _ in range(150):
        found = estimate_of(calibration_error(outcome_of(*planted(rng, 1000, 2), draws=200)))
        inside.append(found.lo <= expected <= found.hi)
    assert 0.9 <= np.mean(inside) <= 0.99


def test_the_table_holds_each_cell_with_the_temperature_of_its_own_validation_images() -> None:
    result = study_result("open", ["resnet10t-48"])
    found = {key: one for key, one in result.outcomes.items() if key.train == "nhfi"}
    table = confidence_table(found, result.validation)
    assert list(table["test"]) == [key.test for key in found]
    (held_out,) = (one for key, one in result.validation.items() if key.train == "nhfi")
    fitted = temperature_of(held_out.rows[0], held_out.asked)
    assert table["temperature"].tolist() == [fitted] * len(table)
    row, outcome = table.iloc[0], next(iter(found.values()))
    scaled = estimate_of(calibration_error(outcome, [fitted]))
    assert row["scaled"] == scaled.value
    assert row["detect_margin"] == outcome.estimate(detects(margin)).value
    share = np.mean(confidence(outcome.rows[0]) >= FLOOR)
    assert row["coverage"] == pytest.approx(share, abs=1e-6)


def test_what_no_answer_reaches_has_no_share() -> None:
    rng = np.random.default_rng(14)
    unsure = 0.1 + 0.3 * np.eye(7)[rng.integers(0, 7, 40)]
    outcome = outcome_of(unsure / unsure.sum(axis=1, keepdims=True), rng.integers(0, 7, 40), 9)
    held_out = outcome.key._replace(test="a", part="validation")
    row = confidence_table({outcome.key: outcome}, {held_out: outcome}).iloc[0]
    assert row["coverage"] == 0
    assert row[["kept_accuracy", "kept_accuracy_lo"]].isna().all()


def test_a_seed_that_was_tested_has_its_own_temperature_where_another_was_not() -> None:
    rng = np.random.default_rng(15)
    values, truth = planted(rng, 300)
    sharp = at_temperature(values, 0.4)
    parts = [(0, values), (1, sharp)]
    tables = []
    for seed, probabilities in parts:
        table = pd.DataFrame(probabilities, columns=list(PROBABILITIES))
        table.insert(0, "sample_id", [f"s{i:05d}" for i in range(300)])
        table.insert(1, "emotion", np.array(EMOTIONS)[truth])
        tables.append(table.assign(model="m", train="a", seed=seed, test="a", view="clean"))
    whole = pd.concat(tables, ignore_index=True)
    (held_out,) = outcomes(whole.assign(part="validation"), 9).values()
    later = outcomes(whole[whole["seed"] == 1].assign(test="b", part="test"), 9)
    table = confidence_table(later, {held_out.key: held_out})
    expected = temperature_of(held_out.rows[1], held_out.asked)
    assert table["temperature"].tolist() == [expected]
    assert expected == pytest.approx(2.5, rel=0.3)
