"""The mark of scores that a leak may have raised: one look and one footnote for all tables.

`pairs` holds for each row of a table the (train, test) pairs that its scores come from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import column_of, kinds_in
from fer_core.analysis.leaks import Leaks, NotAudited
from fer_core.analysis.outcomes import METRICS, Outcome
from fer_core.figures.columns import heading
from fer_core.figures.tables import ESTIMATE

MARK = "†"
UNKNOWN = "not audited"
NO_BETTER = "‡"
NAMED = 3
LEAKING = "leaking_test_images"
Pair = tuple[str, str]


def mark(leaks: Leaks, pairs: Iterable[Pair]) -> str:
    """Return ` †` if one of the pairs leaks, or nothing; ` not audited` where that is not known."""
    if isinstance(leaks, NotAudited):
        return f" {UNKNOWN}"
    return f" {MARK}" if any(pair in leaks for pair in pairs) else ""


def leaks_in(row: Mapping[Any, Any], kind: str) -> bool:
    """Say whether a row of a leaderboard's file has a leak in a kind of test, or may have one."""
    return str(row.get(f"leaking_{column_of(kind)}", 0)) not in ("0", "0.0")


def footnote(leaks: Leaks, pairs: Iterable[Pair], name: Callable[[str], str] = str) -> str:
    """Say what the mark means and how many images it is about; nothing when no pair leaks.
    `name`: how data sets are written.

    Up to three pairs are named, of more the range is given.
    """
    if isinstance(leaks, NotAudited):
        return (
            f"Scores are {UNKNOWN}: {leaks.reason}, so it is not known whether training shares "
            "images or persons with a test; `make study` audits them."
        )
    known = [pair for pair in dict.fromkeys(pairs) if pair in leaks]
    if not known:
        return ""
    if len(known) <= NAMED:
        text = "; ".join(
            f"{name(train)} → {name(test)}: {leaks[train, test]}" for train, test in known
        )
    else:
        counts = [_images(leaks, pair) for pair in known]
        text = (
            f"{len(known)} pairs do, with {min(counts):,} to {max(counts):,} test images each; the "
            "chapter “Can I trust it?” lists them"
        )
    return f"{MARK} The training set shares images or persons with the test set: {text}."


def marked(
    shown: pd.DataFrame, pairs: Sequence[Iterable[Pair]], leaks: Leaks, columns: Iterable[str]
) -> pd.DataFrame:
    """Return a table of texts with the mark after each number of `columns` that may be raised."""
    marks = [mark(leaks, row) for row in pairs]
    numbers = {column: shown[column].astype(str) for column in columns}
    return shown.assign(
        **{
            column: [
                text + (sign if text[:1] in "-−" or text[:1].isdigit() else "")
                for text, sign in zip(texts, marks, strict=True)
            ]
            for column, texts in numbers.items()
        }
    )


def with_leaks(
    table: pd.DataFrame, pairs: Sequence[Iterable[Pair]], leaks: Leaks, name: str = LEAKING
) -> pd.DataFrame:
    """Return a table with the number of test images that leak, for the file that readers get.

    Of each pair it is the largest of the counts of copies, near copies and shared persons.
    """
    if isinstance(leaks, NotAudited):
        return table.assign(**{name: UNKNOWN})
    counts = [sum(_images(leaks, p) for p in dict.fromkeys(row) if p in leaks) for row in pairs]
    return table.assign(**{name: counts})


def pairs_of(table: pd.DataFrame, *more: tuple[str, str]) -> list[list[Pair]]:
    """Return the pair of each row of a train × test table; `more` names further pairs of columns,
    as ("train", "train") for the score in-domain.
    """
    columns = [("train", "test"), *more]
    rows = table.to_dict("records")
    return [[(str(row[a]), str(row[b])) for a, b in columns] for row in rows]


def mark_board(
    board: pd.DataFrame, shown: pd.DataFrame, kinds: Mapping[Pair, str], leaks: Leaks
) -> tuple[pd.DataFrame, pd.DataFrame, list[Pair]]:
    """Return a leaderboard for the file, with a column `leaking_K` for each kind of test K; as
    shown, with marks in the columns that begin with a kind; and the (train, test) pairs of that,
    whose rows are rows of `board`, by index.

    `kinds`: the kind of test of every (train, test) pair.
    """
    seen: list[Pair] = []
    for kind in kinds_in(kinds.values()):
        pairs = [
            [pair for pair, other in kinds.items() if other == kind and pair[0] == train]
            for train in board["train"]
        ]
        board = with_leaks(board, pairs, leaks, f"leaking_{column_of(kind)}")
        columns = [column for column in map(str, shown.columns) if column.startswith(kind)]
        here = [pairs[i] for i in board.index.get_indexer(shown.index)]
        shown = marked(shown, here, leaks, columns)
        seen += [pair for row in here for pair in row]
    return board, shown, seen


def average_pairs(means: pd.DataFrame, kinds: Mapping[Pair, str]) -> list[list[Pair]]:
    """Return for each row of `fer_core.analysis.cross.averages` the pairs that it averages.

    `kinds`: the kind of test of every (train, test) pair.
    """
    side = {"row": 0, "column": 1}
    return [
        [
            pair
            for pair, kind in kinds.items()
            if kind == row["kind"] and pair[side[row["along"]]] == row["dataset"]
        ]
        for row in means.to_dict("records")
    ]


def pair_kinds(cross: pd.DataFrame) -> dict[Pair, str]:
    """Return the kind of test of each (train, test) pair of a cross table that has scores."""
    done = cross.dropna(subset=["kind"])
    return dict(zip(zip(done["train"], done["test"], strict=True), done["kind"], strict=True))


def no_better(row: Mapping[Any, Any], score: str) -> bool:
    """Say whether a score of a row was not shown to beat the constant answer: where the row's
    above_constant_`score` has an interval that reaches 0."""
    return bool(row.get(f"above_constant_{score}_lo", 1) <= 0)


def mark_constant(
    table: pd.DataFrame, shown: pd.DataFrame, columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return a table as shown with ‡ after each score that does not beat the constant answer; its
    rows are rows of `table`, by index.

    `columns`: which score a column of `shown` holds; by default accuracy and macro_f1, as
    `display_table` heads them.
    """
    rows = table.loc[shown.index].to_dict("records")
    columns = columns or {f"{heading(metric)} {ESTIMATE}": metric for metric in METRICS}
    for column in set(columns) & set(shown.columns):
        texts = shown[column].astype(str)
        signs = [f" {NO_BETTER}" if no_better(row, columns[column]) else "" for row in rows]
        shown = shown.assign(**{column: [a + b for a, b in zip(texts, signs, strict=True)]})
    return shown


def constant_note(table: pd.DataFrame, scores: Iterable[str] = METRICS) -> str:
    """Say what ‡ means; nothing where every one of the scores beats the constant answer."""
    rows = table.to_dict("records")
    if not any(no_better(row, score) for row in rows for score in scores):
        return ""
    return (
        f"{NO_BETTER} Not better than the constant answer, always the most frequent emotion of the "
        "test set: the interval of the difference on the same images reaches 0 (of a mean, that of "
        "the mean difference)."
    )


def drawn_note(found: Mapping[Key, Outcome], name: Callable[[str], str] = str) -> str:
    """Say which test sets are drawn by person, and that the others are drawn by image; `name`:
    how data sets are written."""
    persons = {o.key.test: o.drawn.persons for o in found.values() if o.drawn and o.drawn.persons}
    if not persons:
        return "Images are drawn one by one: in none of the test sets are persons known."
    named = ", ".join(f"{name(test)} ({number:,})" for test, number in persons.items())
    others = {key.test for key in found} - set(persons)
    text = f"Drawn by person, with all images of each, where persons are known: {named}"
    return f"{text}; elsewhere by image." if others else f"{text}."


def _images(leaks: Leaks, pair: Pair) -> int:
    """Return how many test images leak at least: one image can be counted under several kinds."""
    return max(leaks[pair][1:])
