"""The figure of the front page: every dot at its score, in HTML that a page may hold."""

import re

import numpy as np
import pytest

from fer_core.book.checks.markup import page_faults
from fer_core.figures.kinds import describe_kinds, draw_kinds
from tests.book.sites import small_site, write

ROW = {"seeds": 1}
for kind, value in (("in_domain", 0.6), ("other_photographs", 0.4), ("same_photographs", np.nan)):
    for end, distance in (("", 0), ("_lo", -0.1), ("_hi", 0.1)):
        ROW[f"{kind}_macro_f1{end}"] = value + distance
    ROW[f"above_constant_{kind}_macro_f1"] = value - 0.08
    ROW[f"{kind}_n"] = 1200


def test_dots_whiskers_and_the_constant_answer_stand_at_their_scores() -> None:
    drawn = draw_kinds({"trained on a": [(ROW, "net", "runs/a.html")]}, "macro_f1")
    row = drawn.split('class="fer-rows"')[1]
    assert re.findall(r'<circle cx="([\d.]+)%" cy="(\d+)"', row) == [
        ("60.00", "8"),
        ("40.00", "19"),
    ]
    assert '<line x1="50.00%" x2="70.00%" y1="8" y2="8">' in row
    assert '<line x1="30.00%" x2="50.00%" y1="19" y2="19">' in row
    assert row.count('<line x1="8.00%" x2="8.00%"') == 2
    assert '<a href="runs/a.html">net</a>' in row
    assert ">trained on a<" in row


def test_the_row_is_told_in_words() -> None:
    told = describe_kinds(ROW, "macro_f1")
    assert told == (
        "macro-F1: in-domain 0.600 [0.500, 0.700], 1,200 images, the constant answer 0.080; other "
        "photographs 0.400 [0.300, 0.500], 1,200 images, the constant answer 0.080; seeds: 1 "
        "(single)"
    )
    leaky = ROW | {"other_photographs_cells": 2, "leaking_other_photographs": 7}
    assert "0.400 [0.300, 0.500] †, the mean of 2 test sets, " in describe_kinds(leaky, "macro_f1")


@pytest.mark.parametrize("name", ["net", '<img src="x"> & "q"'])
def test_a_page_may_hold_it(tmp_path, name: str) -> None:
    site = small_site(tmp_path)
    drawn = draw_kinds({name: [(ROW, name, "")]}, "macro_f1")
    write(site, "book/intro.html", "Intro", drawn)
    page = "book/intro.html"
    assert list(page_faults((site / page).read_text(), page)) == []
    assert "<img" not in drawn
