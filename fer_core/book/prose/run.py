"""What a run's page says of the run and of its scores, in words."""

import shlex

import pandas as pd

from fer_core import paths
from fer_core.analysis.leaks import Leaks
from fer_core.book.prose.markdown import plain
from fer_core.book.prose.titles import Titles
from fer_core.figures.marks import constant_note, footnote, mark_constant, marked, pairs_of
from fer_core.figures.tables import classes_text, display_table
from fer_core.records import RunRecord
from fer_core.study import Cell
from fer_core.views import CLEAN, SIDE, VIEWS

CAPTION = (
    "The scores of this run with 95 % intervals, which know the test images only: it is one seed."
)


def about_run(record: RunRecord, titles: Titles) -> str:
    """Say in a sentence which net learned from what, and how its epoch was chosen."""
    source = record.weights.get("source", "none")
    start = "random weights" if source == "none" else f"the weights {plain(source)}"
    net = f"{plain(record.spec.get('backbone', record.model))} at {record.input['size']} px"
    return (
        f"One run: {plain(titles.model(record.model))} ({net}, from {start}) learned from "
        f"{record.rows['train']:,} images of {plain(titles.dataset(record.train))} with seed "
        f"{record.seed}; epoch {record.selection.get('epoch', '?')} of {record.recipe.epochs} was "
        f"chosen on {record.rows['validation']:,} validation images of the same set."
    )


def shown_scores(rows: pd.DataFrame, leaks: Leaks) -> pd.DataFrame:
    """Return the scores of a run (rows of `fer_core.analysis.run_scores`) as text, scores first and
    with their marks."""
    columns = ["test", "view", "accuracy", "macro_f1", "n", "kind", "classes"]
    shown = mark_constant(rows, display_table(rows, columns))
    estimates = [column for column in map(str, shown.columns) if column.endswith("%]")]
    shown = marked(shown, pairs_of(rows), leaks, estimates)
    answers = zip(rows["majority_rate"], rows["majority_class"], strict=True)
    shown.insert(4, "constant answer", [f"{rate:.3f} ({word})" for rate, word in answers])
    *_, emotions = shown.columns
    return shown.assign(**{emotions: [text.partition(":")[0] for text in shown[emotions]]})


def about_scores(rows: pd.DataFrame, leaks: Leaks, titles: Titles) -> str:
    """Say as a list what the marks, columns and views of the scores of a run mean."""
    pairs = [pair for row in pairs_of(rows) for pair in row]
    views = [
        f"View {view}: {VIEWS.get(view, VIEWS[SIDE])}."
        for view in dict.fromkeys(rows["view"])
        if view != CLEAN
    ]
    persons = dict.fromkeys(rows["test"][rows["drawn"] == "person"])
    drawn = (
        f"persons of {' and '.join(map(titles.dataset, persons))}, else images"
        if persons
        else "images"
    )
    classes = {
        test: classes_text(text) for test, text in zip(rows["test"], rows["classes"], strict=True)
    }
    lines = [
        footnote(leaks, pairs, titles.dataset),
        constant_note(rows),
        "Constant answer: the accuracy of always naming the most frequent emotion of the test set.",
        f"Intervals: of accuracy by Wilson, of macro-F1 by the bootstrap, which draws {drawn}.",
        *(
            f"Emotions of {titles.dataset(test)}: {text}."
            for test, text in classes.items()
            if ":" in text
        ),
        *views,
    ]
    return "\n".join(f"- {plain(line)}" for line in lines if line)


def about_again(record: RunRecord) -> str:
    """Say which test sets and views were predicted after the notebook was executed."""
    parts = [
        f"{plain(name)} (view {view}, {test['n']:,} images, {facts['predicted'][:10]}, "
        f"{facts.get('commit', '')[:12]})"
        for name, test in record.tests.items()
        for view, facts in test["views"].items()
        if facts.get("predicted")
    ]
    if not parts:
        return ""
    return (
        "These test sets or views were new or had changed after this run, and were predicted again "
        f"from its weights: {', '.join(parts)}. The table of predictions below is that of the "
        "first time.\n\n"
    )


def scores_command(study: str, cell: Cell) -> str:
    """Return the command that makes the scores of one run from its prediction tables."""
    named = ("--model", cell.model, "--train", cell.train, "--seed", str(cell.seed))
    return shlex.join(("fer", "scores", study, *named))


def told(message: object) -> str:
    """Return the message of a failure as Markdown, without where results lie on this machine."""
    return plain(str(message).replace(f"{paths.results_dir()}/", "results/"))
