"""What a method gains over plain training, and what its interval allows to be said."""

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.beyond import (
    BETTER,
    MEAN,
    NEITHER,
    UNDECIDED,
    WORSE,
    choices,
    costs,
    gains,
    kind_of_sources,
    method_outcomes,
    scores,
    verdict,
)
from fer_core.analysis.intervals import Estimate, Scored, estimate_of
from fer_core.analysis.kinds import NOT_AUDITED, OTHER, SAME
from fer_core.beyond.methods import ERM, METHODS
from fer_core.beyond.record import Search, Settings, Training, json_path, write_answers
from fer_core.emotions import EMOTIONS
from fer_core.files import write_json

SETTINGS = Settings(sources=("a", "b"), never=(), seeds=(0, 1, 2))
SHARED = {(x, y): 0.0 for x in "abc" for y in "abc" if x != y}
N = 700
# How many of the images of each method are named right.
RIGHT = {ERM: 0.5, "probe": 0.2, "coral": 0.5, "groupdro": 0.9}


def write(held_out: str, training: str, seed: int, right: dict[str, float]) -> Training:
    """Leave a training whose methods name so many of the images right, the same for every seed but
    for a few."""
    truth = np.arange(N) % 7
    images = pd.DataFrame({"test": held_out, "sample_id": [f"i{i:04d}" for i in range(N)]})
    images = images.assign(emotion=[EMOTIONS[k] for k in truth])
    luck = np.random.default_rng(7).permutation(N) / N
    few = np.random.default_rng(seed).random(N) < 0.01
    answers = {
        method: np.where((luck < share) ^ few, truth, (truth + 1) % 7)
        for method, share in right.items()
    }
    for name, method in METHODS.items():
        if method.training == training:
            answers.setdefault(name, answers.get(ERM, truth))
    path = json_path(held_out, training, seed)
    record = Training(
        held_out=held_out, settings=SETTINGS, sets={}, weights={}, training=training, seed=seed,
        value=None, rows={}, chosen={}, seconds={name: 2.0 for name in answers},
        sha256=write_answers(path.with_suffix(".parquet"), images, answers),
        package="0", versions={}, threads=1,
    )  # fmt: skip
    write_json(path, record.model_dump(mode="json"))
    return record


@pytest.fixture
def trainings(results_home) -> list[Training]:
    return [
        write(held_out, METHODS[method].training, seed, {method: share})
        for held_out in SETTINGS.sources
        for method, share in RIGHT.items()
        for seed in SETTINGS.seeds
    ]


def of(table: pd.DataFrame, method: str, test: str = MEAN) -> pd.Series:
    [row] = table[(table["method"] == METHODS[method].title) & (table["test"] == test)].to_dict(
        "records"
    )
    return pd.Series(row)


@pytest.mark.parametrize(
    ("lo", "hi", "said"),
    [
        (0.011, 0.03, BETTER),
        (0.009, 0.03, UNDECIDED),
        (-0.03, -0.011, WORSE),
        (-0.03, -0.009, UNDECIDED),
        (-0.01, 0.01, NEITHER),
        (0.001, 0.009, NEITHER),  # higher, but not by a point
        (-0.02, 0.005, UNDECIDED),
        (-0.5, 0.5, UNDECIDED),
    ],
)
def test_the_interval_decides_the_answer(lo, hi, said):
    assert verdict(Estimate((lo + hi) / 2, lo, hi)) == said


def test_each_answer_is_found_where_it_was_planted(trainings):
    table = gains(method_outcomes(trainings), SHARED)
    assert of(table, "groupdro")["verdict"] == BETTER
    assert of(table, "probe")["verdict"] == WORSE
    assert of(table, "coral")["difference"] == pytest.approx(0, abs=0.02)
    assert of(table, "average")["difference"] == 0  # the answers of ERM
    assert of(table, "average")["verdict"] == NEITHER
    assert METHODS[ERM].title not in set(table["method"])


def test_the_mean_is_that_of_the_tests_and_knows_images_and_seeds(trainings):
    found = method_outcomes(trainings)
    table = gains(found, SHARED)
    mean, parts = of(table, "groupdro"), [of(table, "groupdro", test) for test in "ab"]
    assert mean["difference"] == pytest.approx(np.mean([part["difference"] for part in parts]))
    halves = []
    for train, test in (("b", "a"), ("a", "b")):
        one, erm = (
            next(o for k, o in found.items() if k[:3] == (model, train, test)).scored("macro_f1")
            for model in ("groupdro", ERM)
        )
        halves.append(Scored((one.seen - erm.seen) / 2, (one.drawn - erm.drawn) / 2))
    expected = estimate_of(*halves)
    assert tuple(mean[["difference", "difference_lo", "difference_hi"]]) == pytest.approx(expected)
    assert (mean["n"], mean["seeds"]) == (2 * N, 3)


def test_p_is_corrected_for_the_methods_of_the_same_test(trainings):
    found = method_outcomes(trainings)
    few = {key: outcome for key, outcome in found.items() if key.model in (ERM, "coral")}
    alone, among = of(gains(few, SHARED), "coral"), of(gains(found, SHARED), "coral")
    assert among["p"] >= alone["p"]
    assert of(gains(found, SHARED), "groupdro")["p"] < 0.001


def test_a_test_that_shares_photographs_with_any_source_is_in_no_mean(trainings):
    found = method_outcomes(trainings)
    shared = {**SHARED, ("b", "a"): 0.9}
    one = next(outcome for key, outcome in found.items() if key.test == "a")
    assert kind_of_sources(one, shared) == SAME
    assert kind_of_sources(one, {}) == NOT_AUDITED
    assert kind_of_sources(one, SHARED) == OTHER
    assert of(gains(found, shared), "groupdro")["n"] == N
    assert MEAN not in set(gains(found, {})["test"])


def test_scores_say_what_each_method_reached(trainings):
    table = scores(method_outcomes(trainings), SHARED)
    mine = table[table["method"] == METHODS["groupdro"].title]
    assert mine["accuracy"].tolist() == pytest.approx([0.9, 0.9], abs=0.02)
    assert list(mine["test"]) == ["a", "b"]


def test_without_trainings_there_is_nothing(results_home):
    assert method_outcomes([]) == {}
    assert gains({}, {}).empty
    assert scores({}, {}).empty
    assert costs([]).empty
    assert choices([]).empty


def test_what_begins_with_an_erm_net_costs_that_too(trainings):
    table = costs(trainings).set_index("method")
    assert table.loc["ERM", "relative"] == 1
    assert table.loc["CORAL", "relative"] == 1
    assert table.loc["Noisy Student", "seconds"] == 4


def test_the_settings_say_what_was_tried_and_chosen():
    search = Search(
        held_out="a", settings=SETTINGS, sets={}, weights={}, method="coral",
        tried={10.0: 0.3, 100.0: 0.4}, value=100.0,
    )  # fmt: skip
    table = choices([search])
    assert table["chosen"].tolist() == [False, True]
    assert table["train"].tolist() == ["b", "b"]
