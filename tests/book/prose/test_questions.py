"""Answers say what the intervals say, and no more."""

import pandas as pd
import pytest

from fer_core.book.prose.questions import (
    about_printed,
    about_question,
    about_questions,
    about_sources,
    verdict,
)
from fer_core.questions import Printed, Question

Q = Question(title="Do <b>hats</b> help?", change="a hat", pairs=(("hat", "head"),))


def means(*rows: tuple[str, float, float, float], seeds: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "model": f"hat{i}", "other": "head", "kind": kind, "cells": 2, "seeds": seeds,
                "difference_macro_f1": value, "difference_macro_f1_lo": lo,
                "difference_macro_f1_hi": hi,
            }
            for i, (kind, value, lo, hi) in enumerate(rows)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lo", "hi", "word"),
    [(0.01, 0.2, "higher"), (-0.2, -0.01, "lower"), (-0.1, 0.1, "not decided"),
     (0.0, 0.1, "not decided"), (-0.1, 0.0, "not decided")],
)  # fmt: skip
def test_a_direction_is_said_only_where_the_interval_is_on_one_side_of_0(lo, hi, word):
    text = verdict(means(("in-domain", (lo + hi) / 2, lo, hi)), "macro_f1")
    assert text.startswith(f"macro-F1 is in-domain {word} in 1 of 1 comparison (")


def test_kinds_are_told_apart_and_only_two_of_them_answer():
    table = means(
        ("other photographs", -0.1, -0.2, -0.05), ("in-domain", 0.1, 0.05, 0.2),
        ("in-domain", 0.02, -0.05, 0.1), ("fewer emotions", 0.5, 0.4, 0.6),
    )  # fmt: skip
    assert verdict(table, "macro_f1") == (
        "macro-F1 is in-domain higher in 1 of 2 comparisons, not decided in 1 (+0.100, +0.020); "
        "on other photographs lower in 1 of 1 comparison (-0.100)."
    )


def test_single_seeds_are_said_once_below_all_answers():
    rows = ("in-domain", 0.1, 0.05, 0.2)
    text = about_questions({"A?": means(rows, seeds=1), "B?": means(rows)}, "macro_f1")
    assert text.startswith("- **A?** macro-F1 is in-domain higher")
    assert "\n- **B?** " in text
    assert text.endswith("\n1 of these 2 mean differences rest on a single seed of a model: "
                         "another seed may say otherwise.")  # fmt: skip
    assert "single" not in about_questions({"B?": means(rows)}, "macro_f1")


def test_a_question_without_tests_says_so():
    assert about_questions({"A?": pd.DataFrame()}, "macro_f1") == "- **A?** There is no such test."
    assert about_question(Q, pd.DataFrame(), "macro_f1").startswith("No pair of models")


def test_each_comparison_is_a_line_with_its_interval_and_markup_is_literal():
    table = means(("in-domain", 0.1, 0.05, 0.2)).assign(model="<i>hat")
    text = about_question(Q, table, "macro_f1")
    assert text.startswith("A hat: macro-F1 is")
    assert "*\\<i\\>hat* minus *head*: in-domain 0.100 [0.050, 0.200] (2 cells, 3 seeds)." in text


def test_what_was_printed_has_its_range_and_its_limits():
    table = pd.DataFrame(
        [{"tested": "BTFER", "pairs": 12, "accuracy": 0.016, "lowest": -0.06, "highest": 0.08,
          "raised": 7}]
    )  # fmt: skip
    text = about_printed(Printed(by="pretrain", one="VGGFace", other="scratch"), table)
    assert "VGGFace minus scratch: on BTFER +0.016 (-0.06 to +0.08), above 0 in 7 of 12" in text
    assert "without intervals" in text


def test_training_sets_are_named_by_which_one_gives_more():
    row = {"train": "a", "other_train": "b", "kind": "other photographs", "tests": "c d"}
    row |= {"models": 2, "cells": 4, "seeds": 1}
    table = pd.DataFrame(
        [
            {**row, "difference_macro_f1": (lo + hi) / 2, "difference_macro_f1_lo": lo,
             "difference_macro_f1_hi": hi}
            for lo, hi in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1))
        ]
    )  # fmt: skip
    one, two, three = about_sources(table, "macro_f1", str.upper).splitlines()
    assert one.startswith("- other photographs (C and D; 2 models): training on A gives more than")
    assert "training on B gives more than on A, A minus B -0.150 [-0.200, -0.100] macro-F1." in two
    assert "A and B are not told apart, A minus B 0.000" in three
    assert about_sources(table[:0], "macro_f1").startswith("No model")
