"""Attributes of the people on images: a source's words for them, put into one vocabulary."""

from collections.abc import Iterable

import pandas as pd

from fer_core.attributes import AGE, NOT_SAID, VOCABULARIES, age_group


def in_our_words(rows: pd.DataFrame, source: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows with the words of their columns of attributes in our vocabulary, and notes.

    The columns are those of VOCABULARIES[source], in the source's own words, and `age` in years.
    What the source does not say becomes "", and so does a word outside the map: a note counts such.
    """
    notes: list[str] = []
    for name, ours in VOCABULARIES[source].items():
        words = rows[name].str.strip()
        rows = rows.assign(**{name: words.map(ours).fillna("").astype("str")})
        notes += _told(rows, words, name, f"valid: {', '.join(ours)}")
    if AGE in rows:
        words = rows[AGE].str.strip()
        rows = rows.assign(**{AGE: words.where(words.map(age_group) != "", "")})
        notes += _told(rows, words, AGE, "valid: years as a number")
    return rows, tuple(notes)


def _told(rows: pd.DataFrame, words: pd.Series, name: str, valid: str) -> Iterable[str]:
    strange = rows[(rows[name] == "") & ~words.isin(NOT_SAID)]
    if len(strange):
        first = strange.index[0]
        yield (
            f"{name} is left empty in {len(strange):,} of {len(rows):,} images, whose word for it "
            f"is not known, such as {words[first]!r} of {rows['sample_id'][first]!r}; {valid}"
        )
