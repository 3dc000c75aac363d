"""Tables in Markdown: what every row says goes into the caption, scores lead to their runs."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from fer_core.book.prose.markdown import Linked, linked, markdown_table, varying

words = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=3)


def test_a_column_that_says_the_same_in_every_row_is_a_sentence() -> None:
    table = pd.DataFrame({"model": ["a", "a"], "seeds": ["1 (single)"] * 2, "n": [3, 4]})
    shown, told = varying(table)
    assert list(shown.columns) == ["model", "n"]
    assert told == "In every row: seeds 1 (single)."


def test_a_score_stays_even_where_all_are_equal() -> None:
    table = pd.DataFrame({"model": ["a", "b"], "score [95 %]": ["0.5 [0.4, 0.6]"] * 2})
    assert varying(table) == (table, "") or varying(table)[0].equals(table)


def test_a_table_of_one_row_keeps_all_its_columns() -> None:
    table = pd.DataFrame({"model": ["a"], "n": [3]})
    assert varying(table)[1] == ""


@given(st.lists(st.tuples(words, words, words), min_size=2, max_size=6))
def test_nothing_is_lost_between_the_table_and_the_sentence(rows) -> None:
    table = pd.DataFrame(rows, columns=["first", "second", "third"])
    shown, told = varying(table)
    assert len(shown) == len(table)
    for column in table:
        if column not in shown:
            assert f"{column} {table[column].iloc[0]}" in told
            assert table[column].nunique() == 1
        elif column != "first":
            assert table[column].nunique() > 1


def test_a_number_leads_to_its_page_and_keeps_interval_and_marks() -> None:
    table = pd.DataFrame({"score": ["0.5 [0.4, 0.6] † ‡", "–"]})
    text = markdown_table(linked(table, ["book/a", ""], ["score"]))
    assert "| {doc}`0.5 </book/a>` † ‡ [\\[0.4, 0.6\\]]{.fer-interval} |" in text
    assert "| – |" in text


def test_what_could_end_a_link_is_shown_literally_without_one() -> None:
    table = pd.DataFrame({"x": [Linked("a` <b>", "book/a", 3, True)]})
    text = markdown_table(table)
    assert "[a\\` \\<b\\>]{.fer-shade-3 .fer-framed}" in text
    assert "{doc}" not in text
