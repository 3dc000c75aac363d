"""Scores that a leak may have raised carry one mark and one footnote."""

import pandas as pd

from fer_core.analysis.leaks import Leak
from fer_core.figures.marks import (
    average_pairs,
    footnote,
    mark,
    mark_board,
    marked,
    pairs_of,
    with_leaks,
)

LEAKS = {("a", "b"): Leak(100, 0, 7, 9), ("b", "b"): Leak(100, 0, 2, 0)}
CROSS = pd.DataFrame({"train": ["a", "a", "b"], "test": ["b", "c", "b"], "score": [0.5, 0.6, 0.7]})
SHOWN = pd.DataFrame({"name": ["a", "a", "b"], "score [95 %]": ["0.500 [0.4, 0.6]", "0.6", "–"]})


def test_only_numbers_of_leaking_pairs_are_marked():
    shown = marked(SHOWN, pairs_of(CROSS), LEAKS, ["score [95 %]"])
    assert shown["score [95 %]"].tolist() == ["0.500 [0.4, 0.6] †", "0.6", "–"]
    assert shown["name"].tolist() == ["a", "a", "b"]
    assert mark(LEAKS, [("a", "c"), ("b", "b")]) == " †"
    assert mark(LEAKS, [("a", "c")]) == ""


def test_the_file_has_a_column_instead_of_the_mark():
    table = with_leaks(CROSS, pairs_of(CROSS), LEAKS)
    assert table["leaking_test_images"].tolist() == [9, 0, 2]
    assert table["score"].tolist() == CROSS["score"].tolist()


def test_the_footnote_says_how_many_images_of_which_pairs():
    text = footnote(LEAKS, [("a", "b"), ("a", "b"), ("a", "c")])
    assert text == (
        "† The training set shares images or persons with the test set: "
        "a → b: 7 with a near copy, 9 of persons trained on of 100 test images."
    )
    assert footnote(LEAKS, [("a", "c")]) == ""
    many = {(name, "t"): Leak(50, 0, count, 0) for count, name in enumerate("wxyz", start=3)}
    assert "4 pairs do, with 3 to 6 test images each; the chapter on the audit" in footnote(
        many, many
    )


def test_a_drop_is_marked_when_either_of_its_scores_may_be_raised():
    pairs = pairs_of(CROSS, ("test", "test"))
    assert pairs[1] == [("a", "c"), ("c", "c")]
    shown = marked(
        SHOWN.assign(score=["1", "2", "3"]), pairs, {("c", "c"): Leak(9, 1, 0, 0)}, ["score"]
    )
    assert shown["score"].tolist() == ["1", "2 †", "3"]


def test_a_leaderboard_is_marked_at_home_and_away_apart():
    board = pd.DataFrame({"train": ["a", "b"]})
    shown = pd.DataFrame({"home": ["0.5", "0.6"], "away": ["0.3", "0.4"], "model": ["1", "2"]})
    file, page, pairs = mark_board(board, shown, ["a", "b", "c"], LEAKS)
    assert page["home"].tolist() == ["0.5", "0.6 †"]
    assert page["away"].tolist() == ["0.3 †", "0.4"]
    assert page["model"].tolist() == ["1", "2"]
    assert file[["leaking_home", "leaking_away"]].values.tolist() == [[0, 9], [2, 0]]
    assert set(pairs) == {("a", "a"), ("b", "b"), ("a", "b"), ("a", "c"), ("b", "a"), ("b", "c")}


def test_an_average_belongs_to_the_pairs_that_it_averages():
    means = pd.DataFrame({"along": ["row", "column"], "dataset": ["a", "b"]})
    rows = average_pairs(means, ["a", "b"], ["a", "b", "c"])
    assert rows == [[("a", "b"), ("a", "c")], [("a", "b")]]
    assert average_pairs(pd.DataFrame(), ["a"], ["b"]) == []
