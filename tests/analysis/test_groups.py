"""A statistic of a group of people is one line, from what the committed results keep of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.analysis.results import study_result
from fer_core.attributes import attribute_of

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def on_london():
    """A model of the open study on the London set."""
    outcomes = study_result("open").outcomes
    return next(outcome for key, outcome in outcomes.items() if key.test == "london")


def by_hand(outcome, gender: str) -> float:
    """Accuracy on the images of a gender, mean over seeds, from the files without `fer_core`."""
    data = ROOT / "results" / "open"
    people = pd.read_csv(data / "data" / "london.attributes.csv", index_col="sample_id")
    found = []
    for seed in outcome.seeds:
        folder = data / outcome.key.model / outcome.key.train / f"seed{seed}"
        table = pd.read_parquet(folder / "predictions" / "london" / "clean.parquet")
        table = table[(table["sample_id"].map(people["gender"]) == gender).to_numpy()]
        named = table.filter(like="p_").idxmax(axis=1).str.removeprefix("p_")
        found.append((named == table["emotion"]).mean())
    return float(np.mean(found))


@pytest.mark.parametrize("gender", ["female", "male"])
def test_the_accuracy_on_a_group_is_that_of_its_images_and_has_an_interval(on_london, gender):
    group = attribute_of("open", "london", "gender", on_london.drawn.sample_id) == gender
    estimate = on_london.estimate(lambda rows, w: w @ (rows.hit & group) / (w @ group))
    assert estimate.value == pytest.approx(by_hand(on_london, gender), abs=1e-6)
    assert estimate.lo < estimate.value < estimate.hi
    assert on_london.unit == "person"


def test_the_gap_of_two_groups_is_one_line_too_and_ages_are_in_their_groups(on_london):
    ids = on_london.drawn.sample_id
    ages = attribute_of("open", "london", "age_group", ids)
    assert dict(zip(*np.unique(ages, return_counts=True), strict=True)) == {
        "": 4, "4-19": 12, "20-39": 172, "40-69": 16,
    }  # fmt: skip
    female = attribute_of("open", "london", "gender", ids) == "female"
    gap = on_london.estimate(
        lambda rows, w: (
            w @ (rows.hit & female) / (w @ female) - w @ (rows.hit & ~female) / (w @ ~female)
        )
    )
    assert gap.value == pytest.approx(by_hand(on_london, "female") - by_hand(on_london, "male"))
