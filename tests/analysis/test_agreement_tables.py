"""Which raters form a panel, and the tables of panels, pairs and people."""

from collections.abc import Callable

import numpy as np
import pytest

from fer_core.analysis.agreement import MEASURES, Rater, agreement, alpha_apart
from fer_core.analysis.agreement_tables import (
    EXTERNAL,
    NETS,
    agreement_table,
    apart_table,
    first_nets,
    pair_table,
    panels,
    people_table,
)
from fer_core.analysis.keys import Key
from fer_core.analysis.leaderboard import ranked_models
from fer_core.analysis.pair_agreement import pair_kappas
from fer_core.analysis.results import StudyResult, study_result
from fer_core.emotions import EIGHT
from fer_core.raters import find_raters
from fer_core.study import Study
from tests.book.prose.test_raters import TEST, rate

RANKS = {"alpha": ["big", "small", "tiny"], "beta": ["small", "big"]}


@pytest.fixture
def result(simulated_results: Callable[..., Study]) -> StudyResult:
    study = simulated_results()
    net = next(iter(study.models))
    for name, kept in (("ann", slice(0, 50)), ("bob", slice(20, 60))):
        rate(study, name, kept, panel="people", net=net)
    rate(study, "one", slice(0, 60), kind="model", net=net)
    rate(study, "two", slice(0, 60), kind="model", net=net)
    rate(study, "votes", slice(0, 60), kind="vote-share", net=net)
    return study_result(study)


def made(result: StudyResult, most: int = 99):
    nets = first_nets(ranked_models(result.validation), most)
    return panels(result.outcomes, nets, find_raters(result.study), result.raters)


def test_nets_come_in_order_of_validation_and_as_many_of_each_training_set() -> None:
    first = [Rater("big", "alpha"), Rater("small", "beta"), Rater("small", "alpha")]
    assert first_nets(RANKS, 3) == first
    assert first_nets(RANKS, 1) == first[:1]
    assert len(first_nets(RANKS, 99)) == 5
    assert first_nets({}, 9) == []


def test_panels_are_nets_nets_of_one_set_external_models_and_annotators(result) -> None:
    found = made(result)
    here = {name: len(panel.names) for (test, name), panel in found.items() if test == TEST}
    models, trains = list(result.study.models), result.study.train_sets()
    assert here.pop(NETS) == len(models) * len(trains)
    assert (here.pop(EXTERNAL), here.pop("people")) == (2, 2)
    assert here == {f"nets trained on {train}": len(models) for train in trains}
    assert not any("one" in name for name, _ in found[TEST, NETS].names)


def test_the_table_says_of_each_panel_what_was_measured(result) -> None:
    found = made(result)
    table = agreement_table(found)
    assert len(table) == len(found)
    for row in table.to_dict("records"):
        panel = found[row["test"], row["panel"]]
        told = agreement(panel)
        for name in (*MEASURES, *EIGHT):
            shown = [row[name], row[f"{name}_lo"], row[f"{name}_hi"]]
            np.testing.assert_array_equal(shown, told[name])
        assert row["raters"] == len(panel.names)
    people = table[table["panel"] == "people"].iloc[0]
    assert people["n"] == 30  # both answered these, and named the truth
    assert people["alpha"] == 1


def test_pairs_of_one_training_set_stand_against_all_others(result) -> None:
    found = made(result)
    pairs, lineage = pair_table(found)
    models, trains = len(result.study.models), len(result.study.train_sets())
    each = lineage.set_index("test").loc[TEST]
    assert each["pairs_same"] == trains * models * (models - 1) / 2
    mine = pairs[pairs["test"] == TEST]
    assert len(mine) == each["pairs_same"] + each["pairs_other"]
    same = mine["train"] == mine["other_train"]
    assert each["kappa_same"] == pytest.approx(mine.loc[same, "kappa"].mean())
    assert each["kappa_other"] == pytest.approx(mine.loc[~same, "kappa"].mean())
    assert each["difference"] == pytest.approx(each["kappa_same"] - each["kappa_other"])
    assert mine["kappa"].tolist() == pytest.approx(pair_kappas(found[TEST, NETS]).seen)


def test_nets_stand_beside_the_annotators_of_their_test_set_alone(result) -> None:
    table = people_table(made(result))
    assert set(table["test"]) == {TEST}
    assert set(table["panel"]) == {"people"}
    assert (table["n"] == 30).all()
    assert len(table) == len(result.study.models) * len(result.study.train_sets())
    assert (table["annotator"] == 1).all()
    key = Key(table["model"][0], table["train"][0], TEST)
    ids = result.raters[Key("ann", "", TEST)].rows[0].sample_id
    both = np.intersect1d(ids, result.raters[Key("bob", "", TEST)].rows[0].sample_id)
    rows = result.outcomes[key].rows[0]
    assert table["net"][0] == pytest.approx(rows.hit[np.isin(rows.sample_id, both)].mean())


def test_a_single_net_stands_beside_people_and_agrees_with_nobody(result) -> None:
    found = made(result, most=1)
    assert len(found[TEST, NETS].names) == 1
    assert len(people_table(found)) == 1
    assert NETS not in set(agreement_table(found)["panel"])
    assert apart_table(found).empty
    assert pair_table(found)[0].empty


def test_nets_and_people_are_compared_where_both_answered(result) -> None:
    found = made(result)
    table = apart_table(found).set_index("panel")
    assert set(table["people"]) == {"people"}
    assert (table["n"] == 30).all()
    assert NETS in table.index
    _, apart = alpha_apart(found[TEST, NETS], found[TEST, "people"])
    assert tuple(table.loc[NETS, ["difference", "difference_lo", "difference_hi"]]) == apart


def test_nobody_agrees_where_nobody_answered() -> None:
    assert panels({}, []) == {}
    assert apart_table({}).empty
    assert agreement_table({}).empty
    assert all(table.empty for table in pair_table({}))
    assert people_table({}).empty
