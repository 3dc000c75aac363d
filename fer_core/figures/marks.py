"""The mark of scores that a leak may have raised: one look and one footnote for all tables.

`pairs` holds for each row of a table the (train, test) pairs that its scores come from.
"""

from collections.abc import Iterable, Sequence

import pandas as pd

from fer_core.analysis.leaks import Leaks

MARK = "†"
NAMED = 3
LEAKING = "leaking_test_images"
Pair = tuple[str, str]


def mark(leaks: Leaks, pairs: Iterable[Pair]) -> str:
    """Return ` †` if one of the pairs leaks, or nothing."""
    return f" {MARK}" if any(pair in leaks for pair in pairs) else ""


def footnote(leaks: Leaks, pairs: Iterable[Pair]) -> str:
    """Say what the mark means and how many images it is about; nothing when no pair leaks.

    Up to three pairs are named, of more the range is given.
    """
    known = [pair for pair in dict.fromkeys(pairs) if pair in leaks]
    if not known:
        return ""
    if len(known) <= NAMED:
        text = "; ".join(f"{train} → {test}: {leaks[train, test]}" for train, test in known)
    else:
        counts = [_images(leaks, pair) for pair in known]
        text = (
            f"{len(known)} pairs do, with {min(counts):,} to {max(counts):,} test images each; the "
            "chapter on the audit of the data lists them"
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
    counts = [sum(_images(leaks, p) for p in dict.fromkeys(row) if p in leaks) for row in pairs]
    return table.assign(**{name: counts})


def pairs_of(table: pd.DataFrame, *more: tuple[str, str]) -> list[list[Pair]]:
    """Return the pair of each row of a train × test table; `more` names further pairs of columns,
    as ("train", "train") for the score at home.
    """
    columns = [("train", "test"), *more]
    rows = table.to_dict("records")
    return [[(str(row[a]), str(row[b])) for a, b in columns] for row in rows]


def mark_board(
    board: pd.DataFrame, shown: pd.DataFrame, tests: Sequence[str], leaks: Leaks
) -> tuple[pd.DataFrame, pd.DataFrame, list[Pair]]:
    """Return a leaderboard for the file, with `leaking_home` and `leaking_away`; as shown, with
    marks in the columns that begin with home or away; and its (train, test) pairs.
    """
    home = [[(train, train)] for train in board["train"]]
    away = [[(train, test) for test in tests if test != train] for train in board["train"]]
    for part, pairs in (("home", home), ("away", away)):
        board = with_leaks(board, pairs, leaks, f"leaking_{part}")
        columns = [column for column in map(str, shown.columns) if column.startswith(part)]
        shown = marked(shown, pairs, leaks, columns)
    return board, shown, [pair for row in (*home, *away) for pair in row]


def average_pairs(
    means: pd.DataFrame, trains: Sequence[str], tests: Sequence[str]
) -> list[list[Pair]]:
    """Return for each row of `fer_core.analysis.cross.averages` the pairs that it averages."""
    found = []
    for row in means.to_dict("records"):
        name = str(row["dataset"])
        if row["along"] == "row":
            found.append([(name, test) for test in tests if test != name])
        else:
            found.append([(train, name) for train in trains if train != name])
    return found


def _images(leaks: Leaks, pair: Pair) -> int:
    """Return how many test images leak at least: one image can be counted under several kinds."""
    return max(leaks[pair][1:])
