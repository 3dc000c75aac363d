"""What a run's page repeats of the tables of its study: a mean over seeds or test sets, a loss or
the recall of an emotion leads to a page that holds it. Read from the files of the chapters."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from fer_core import paths
from fer_core.analysis.kinds import AVERAGED, IN_DOMAIN, column_of
from fer_core.analysis.leaks import Leaks
from fer_core.analysis.outcomes import METRICS
from fer_core.book.execution.toc import REPORT
from fer_core.book.prose.confusions import emotion_table
from fer_core.book.prose.markdown import fold, label, numbered_table, source_stamp
from fer_core.book.prose.titles import Titles
from fer_core.book.prose.use import shown_recalls
from fer_core.book.prose.words import counted
from fer_core.figures.columns import heading
from fer_core.figures.marks import MARK, leaks_in, mark_constant, marked, pairs_of
from fer_core.figures.tables import ESTIMATE, display_table
from fer_core.study import Cell, Study

ENDS = ("", "_lo", "_hi")
FOLD = "What other tables of the study say of this model and training set"
MEANS = """The means of this model and training set, over its {seeds} and over the test sets of a
kind of test, as the tables of the study have them."""
# Tables with a row per test set, or source: chapter, name, columns, caption.
ROWS = (
    ("travel", "cells-macro_f1", "test view kind seeds macro_f1 accuracy",
     "Scores, the mean over seeds."),
    ("travel", "view-changes", "test view kind change_macro_f1 change_accuracy",
     "Score in another view minus score in the view clean."),
    ("travel", "sources", "test source seeds macro_f1 accuracy",
     "Scores of each source of the compiled test sets."),
    ("questions", "pairs", "other test kind seeds difference_macro_f1 difference_accuracy",
     "Score of the model minus that of another one, on the same images."),
    ("losses", "row-drop", "test kind row_drop_macro_f1 row_drop_common_macro_f1 "
     "row_drop_accuracy row_drop_common_accuracy", "Score in-domain minus score on the other set."),
    ("losses", "column-drop", "test kind column_drop_macro_f1 column_drop_accuracy",
     "Score of the model trained in-domain minus score of this one."),
)  # fmt: skip
EMOTIONS = (
    ("emotions", "recall", "Recall of each emotion."),
    ("ap", "ap", "Average precision of each emotion."),
)


class Table(NamedTuple):
    """A table that a chapter left: its file, and its rows by model and training set."""

    file: Path
    rows: Mapping[tuple[str, str], pd.DataFrame]


Tables = Mapping[tuple[str, str], Table]  # by chapter and name


def table_file(study: str, chapter: str, name: str) -> Path:
    """Return where a chapter of a study leaves a table."""
    return paths.root() / REPORT / study / "files" / f"{label(study, chapter, name)}.csv"


def read_tables(study: str) -> dict[tuple[str, str], Table]:
    """Return what chapters left; a chapter that a study does not get, or a table without rows, is
    not there."""
    wanted = [("travel", "models"), ("travel", "views"), ("use", "recalls")]
    wanted += [row[:2] for row in ROWS] + [("errors", name) for name, _, _ in EMOTIONS]
    found = {}
    for chapter, name in wanted:
        file = table_file(study, chapter, name)
        if file.is_file():
            table = pd.read_csv(file, float_precision="round_trip")
            parts = table.groupby(["model", "train"], sort=False)
            rows = {(str(model), str(train)): part for (model, train), part in parts}
            found[chapter, name] = Table(file, rows)
    return found


def repeated(tables: Tables, study: Study, cell: Cell, leaks: Leaks) -> str:
    """Return in Markdown what the tables of a study say of the model and training set of a run."""
    titles, parts = Titles(study), list[str]()
    mine = {key: t.rows[cell.model, cell.train] for key, t in tables.items()
            if (cell.model, cell.train) in t.rows}  # fmt: skip

    def add(key: tuple[str, str], shown: pd.DataFrame, caption: str) -> None:
        stamp = source_stamp(f"notebooks/{key[0]}.py")
        name = f"tab-{label(study.name, *map(str, cell), *key)}"
        csv = f"/{tables[key].file.relative_to(paths.root()).as_posix()}"
        parts.append(numbered_table(titles.shown(shown), caption, stamp, name, csv))

    boards = [mine[key] for key in (("travel", "models"), ("travel", "views")) if key in mine]
    if boards:
        seeds = counted(int(boards[0]["seeds"].iloc[0]), "seed")
        add(("travel", "models"), _means(pd.concat(boards)), MEANS.format(seeds=seeds))
    opened = len(parts)
    for chapter, name, columns, caption in ROWS:
        rows = mine.get((chapter, name))
        if rows is not None and not (name.startswith("cells") and rows["seeds"].max() == 1):
            add((chapter, name), _shown(rows, columns.split(), leaks), caption)
    for name, score, caption in EMOTIONS:
        if ("errors", name) in mine:
            shown = emotion_table(mine["errors", name], score, leaks, {}, titles)
            add(("errors", name), shown, caption)
    if ("use", "recalls") in mine:
        rows = mine["use", "recalls"]
        add(("use", "recalls"), shown_recalls(rows, {}), "Recall by kind of test.")
    more = "\n\n".join(parts[opened:])
    return "\n\n".join((*parts[:opened], *([fold(FOLD, more)] if more else [])))


def _shown(rows: pd.DataFrame, columns: list[str], leaks: Leaks) -> pd.DataFrame:
    shown = mark_constant(rows, display_table(rows, columns))
    estimates = [column for column in map(str, shown.columns) if column.endswith(ESTIMATE)]
    return marked(shown, pairs_of(rows), leaks, estimates)


def _means(board: pd.DataFrame) -> pd.DataFrame:
    """Return rows of a leaderboard as a row per view and kind of test, and the loss."""
    rows = []
    for row in board.to_dict("records"):
        for kind in (IN_DOMAIN, *AVERAGED, ""):
            start = column_of(kind) if kind else "loss"
            told = {"kind": kind or heading("loss_macro_f1"), "view": row["view"]}
            told["cells"] = row.get(f"{start}_cells", 1 if kind == IN_DOMAIN else None)
            told["sign"] = f" {MARK}" if kind and leaks_in(row, kind) else ""
            for metric in METRICS:
                for end in ENDS:
                    told[f"{metric}{end}"] = row[f"{start}_{metric}{end}"]
                    above = row.get(f"above_constant_{start}_{metric}{end}", 1)
                    told[f"above_constant_{metric}{end}"] = above
            rows.append(told)
    table = pd.DataFrame(rows).dropna(subset=["macro_f1"]).reset_index(drop=True)
    shown = display_table(table, ["kind", "view", "macro_f1", "accuracy", "cells"])
    shown = mark_constant(table, shown)
    for metric in METRICS:
        column = f"{heading(metric)} {ESTIMATE}"
        shown[column] = shown[column] + table["sign"]
    return shown
