"""What one change does: paired, apart by kind of test, and recovered where it is planted."""

import numpy as np
import pytest

from fer_core.analysis.contrasts import model_cells, model_means, of_models, source_means
from fer_core.analysis.cross import mean_difference
from fer_core.analysis.outcomes import METRICS, difference, outcomes
from tests.analysis.simulated import simulate_study, small_study

DRAWS = 300
APART = {("alpha", "beta"): 0.0, ("beta", "alpha"): 0.0}
APART |= {(train, "duo"): 0.0 for train in ("alpha", "beta")}
PAIR = [("big", "small")]


@pytest.fixture(scope="module")
def found():
    return outcomes(small_study(seeds=(0, 1, 2)), DRAWS)


def test_a_cell_is_the_paired_difference_of_two_models_of_one_training_set(found):
    cells = model_cells(PAIR, found, APART).set_index(["train", "test"])
    assert len(cells) == 6
    by_cell = {(a.key.train, a.key.test): (a, b) for a, b in of_models(found, *PAIR[0])}
    for where, row in cells.iterrows():
        one, other = by_cell[where]
        assert (one.key.model, other.key.model) == ("big", "small")
        for metric in METRICS:
            ends = (row[f"difference_{metric}{end}"] for end in ("", "_lo", "_hi"))
            assert tuple(ends) == tuple(difference(one, other, metric))


def test_the_mean_of_one_pair_is_its_difference(found):
    for pair in of_models(found, *PAIR[0]):
        for metric in METRICS:
            plain = difference(*pair, metric)
            assert mean_difference([pair], metric) == pytest.approx(plain, abs=1e-12)


def test_a_mean_joins_the_cells_of_one_kind_and_no_others(found):
    cells = model_cells(PAIR, found, APART)
    means = model_means(PAIR, found, APART).set_index("kind")
    assert list(means.index) == ["in-domain", "other photographs", "fewer emotions"]
    for kind, row in means.iterrows():
        mine = cells[cells["kind"] == kind]
        assert row["cells"] == len(mine) == 2
        assert row["seeds"] == 3
        for metric in METRICS:
            assert row[f"difference_{metric}"] == pytest.approx(mine[f"difference_{metric}"].mean())


def test_what_was_not_compared_is_in_no_mean(found):
    assert set(model_means(PAIR, found, {})["kind"]) == {"in-domain"}


def test_the_mean_of_cells_on_other_images_is_surer_than_a_cell(found):
    cells = model_cells(PAIR, found, APART)
    means = model_means(PAIR, found, APART).set_index("kind")

    def width(row):
        return row["difference_accuracy_hi"] - row["difference_accuracy_lo"]

    inside = cells[cells["kind"] == "in-domain"]
    assert width(means.loc["in-domain"]) < min(width(row) for _, row in inside.iterrows())


def test_the_order_of_a_pair_turns_the_sign(found):
    ours = model_means(PAIR, found, APART)
    turned = model_means([PAIR[0][::-1]], found, APART)
    for metric in METRICS:
        score = f"difference_{metric}"
        np.testing.assert_allclose(ours[score], -turned[score], atol=1e-12)
        np.testing.assert_allclose(ours[f"{score}_lo"], -turned[f"{score}_hi"], atol=1e-9)


@pytest.mark.parametrize(("planted", "sign"), [(0.2, 1), (0.0, 0), (-0.2, -1)])
def test_a_planted_effect_is_found_and_none_is_made_up(planted, sign):
    accuracies = {
        (model, train, test): 0.5 + planted * (model == "big")
        for model in ("big", "small")
        for train in ("alpha", "beta")
        for test in ("alpha", "beta")
    }
    table = simulate_study(accuracies, {"alpha": 600, "beta": 600}, (0, 1, 2))
    (row,) = model_means(PAIR, outcomes(table, DRAWS), {}).to_dict("records")
    lo, hi = row["difference_accuracy_lo"], row["difference_accuracy_hi"]
    assert lo <= planted <= hi
    assert (lo > 0) - (hi < 0) == sign


def test_training_sets_are_compared_on_tests_that_are_elsewhere_for_both(found):
    means = source_means(found, APART)
    (row,) = means.to_dict("records")  # on alpha and beta, one of the two is in-domain
    assert (row["train"], row["other_train"], row["kind"]) == ("alpha", "beta", "fewer emotions")
    assert (row["tests"], row["models"], row["cells"]) == ("duo", 2, 2)
    one, other = (
        np.mean(
            [o.estimate("accuracy").value for k, o in found.items() if k[1:3] == (train, "duo")]
        )
        for train in ("alpha", "beta")
    )
    assert row["difference_accuracy"] == pytest.approx(one - other)


def test_models_that_never_met_have_no_contrast(found):
    assert model_cells([("big", "absent")], found, APART).empty
    assert model_means([("big", "absent")], found, APART).empty
