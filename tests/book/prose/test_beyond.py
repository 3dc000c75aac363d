"""The answer follows the intervals, and what comes from files is escaped."""

import re
from pathlib import Path

import pandas as pd

from fer_core.analysis.beyond import BETTER, MEAN, NEITHER, UNDECIDED, WORSE
from fer_core.beyond.methods import METHODS
from fer_core.book.prose.beyond import (
    NOTHING,
    about_gains,
    about_methods,
    about_settings,
    about_tests,
    heading_of,
    shown,
    titled,
)

ROOT = Path(__file__).resolve().parents[3]


def table(*verdicts: str) -> pd.DataFrame:
    rows = [
        {"method": f"m{i}", "train": "all but the test", "test": MEAN, "kind": "other photographs",
         "difference": 0.01, "difference_lo": 0.0, "difference_hi": 0.02, "p": 0.04,
         "verdict": said}
        for i, said in enumerate(verdicts)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_none_gains_where_no_interval_says_so():
    told = about_gains(table(NEITHER, UNDECIDED, WORSE, UNDECIDED))
    assert told.startswith("None of 4 methods gains more than one point of macro-F1")
    assert "1 loses more than a point (m2)" in told
    assert "1 differs by no more than a point either way (m0)" in told
    assert "and 2 are not decided (m1, m3). The whole interval of none lies below" in told
    assert heading_of(table(NEITHER)) == "None of 1 method gains more than a point"


def test_how_many_are_below_a_point_is_said_of_the_whole_interval():
    found = table(NEITHER, UNDECIDED, WORSE).assign(difference_hi=[0.009, 0.01, -0.02])
    assert about_gains(found).endswith("of 2 of them lies below a gain of one point.")
    assert about_gains(found.assign(difference_hi=0.0)).endswith(
        "The whole interval of each lies below a gain of one point."
    )


def test_data_sets_are_called_as_people_call_them():
    found = table(NEITHER).assign(train="fer2013 + nhfi", test="london")
    assert titled(found)[["train", "test"]].iloc[0].tolist() == ["FER2013 + NHFI", "London"]
    assert titled(table(NEITHER))["test"].tolist() == [MEAN]


def test_those_that_gain_are_named():
    told = about_gains(table(BETTER, BETTER, NEITHER))
    assert told.startswith("2 of 3 methods gain more than one point")
    assert "on other photographs (m0, m1): 1 differs" in told
    assert heading_of(table(BETTER, NEITHER)) == "1 of 2 methods gains more than a point"


def test_without_trainings_the_page_says_how_to_make_them():
    assert about_gains(pd.DataFrame()) == NOTHING
    assert "fer beyond" in NOTHING
    assert about_settings([]) == ""


def test_each_test_counts_its_answers():
    assert about_tests(table(NEITHER, NEITHER, WORSE)) == (
        f"- {MEAN}: no more than a point either way: 2, worse by more than a point: 1."
    )


def test_every_method_has_a_source_in_the_bibliography():
    known = re.findall(r"@\w+{(\w+),", (ROOT / "book" / "references.bib").read_text())
    assert {method.source for method in METHODS.values()} <= set(known)
    assert about_methods().count("{cite}") == len(METHODS) + 1 == 11


def test_a_table_shows_intervals_and_few_digits():
    made = shown(table(NEITHER), ["method", "difference", "p", "verdict"])
    assert made.iloc[0].tolist() == ["m0", "0.010 [0.000, 0.020]", "0.040", NEITHER]
