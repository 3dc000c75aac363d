"""Answers to the questions of a study, in words: what the intervals of differences say."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from fer_core.analysis.kinds import IN_DOMAIN, OTHER, kinds_in
from fer_core.analysis.printed import FILE
from fer_core.book.prose.markdown import listed, plain
from fer_core.book.prose.words import counted, estimate_text
from fer_core.figures.columns import METRICS
from fer_core.questions import Printed, Question

RAISES, LOWERS, UNDECIDED = "higher", "lower", "not decided"
WHERE = {IN_DOMAIN: "in-domain", OTHER: "on other photographs"}  # what an answer is about


def about_questions(questions: Mapping[str, pd.DataFrame], by: str) -> str:
    """Answer each question in a line. `questions`: title and means, of
    `fer_core.analysis.contrasts.model_means`."""
    lines = [f"- **{plain(title)}** {verdict(means, by)}" for title, means in questions.items()]
    alone = sum(int((means["seeds"] == 1).sum()) for means in questions.values() if len(means))
    every = sum(map(len, questions.values()))
    few = (
        f"{alone} of these {counted(every, 'mean difference')} rest on a single seed of a model: "
        "another seed may say otherwise."
    )
    return "\n".join((*lines, *(("", few) if alone else ())))


def verdict(means: pd.DataFrame, by: str) -> str:
    """Say for each kind of test in how many comparisons the score is higher or lower with the
    change, and by how much."""
    parts = []
    for kind in (kind for kind in kinds_in(means.get("kind", ())) if kind in WHERE):
        rows = means[means["kind"] == kind].to_dict("records")
        told = [_direction(row, by) for row in rows]
        first, *others = dict.fromkeys(told)
        said = f"{first} in {told.count(first)} of {counted(len(told), 'comparison')}"
        said = ", ".join((said, *(f"{word} in {told.count(word)}" for word in others)))
        sizes = ", ".join(f"{row[f'difference_{by}']:+.3f}" for row in rows)
        parts.append(f"{WHERE[kind]} {said} ({sizes})")
    return f"{METRICS[by]} is {'; '.join(parts)}." if parts else "There is no such test."


def about_question(question: Question, means: pd.DataFrame, by: str) -> str:
    """Say what each comparison gives, kind by kind. `means` holds models as people write them."""
    if means.empty:
        return "No pair of models of this question has been tested on the same images."
    lines = []
    pairs = dict.fromkeys(zip(means["model"], means["other"], strict=True))
    for one, other in pairs:
        mine = means[(means["model"] == one) & (means["other"] == other)]
        told = [
            f"{row['kind']} {estimate_text(row, f'difference_{by}')} "
            f"({counted(int(row['cells']), 'cell')}, {counted(int(row['seeds']), 'seed')})"
            for row in mine.to_dict("records")
        ]
        lines.append(f"- *{plain(one)}* minus *{plain(other)}*: {'; '.join(told)}.")
    change = plain(question.change)
    head = f"{change[0].upper()}{change[1:]}: {verdict(means, by)}"
    return "\n".join((head, "", *lines))


def about_contrasts(question: Question) -> str:
    """Say what the figure of a question shows."""
    return (
        f"{plain(question.title)} Large marks are means over training sets and test sets of a kind "
        "with 95 % intervals, joined with those of the seeds where both models have several; small "
        "marks are the cells."
    )


def about_printed(asked: Printed, table: pd.DataFrame) -> str:
    """Say what the paper printed of such pairs, and how far the two can be compared. `table`: of
    `fer_core.analysis.printed.printed_differences`."""
    told = [
        f"on {row['tested']} {row['accuracy']:+.3f} ({row['lowest']:+.2f} to "
        f"{row['highest']:+.2f}), above 0 in {row['raised']} of {counted(row['pairs'], 'pair')}"
        for row in table.to_dict("records")
    ]
    return (
        f"**What was printed.** Ipinze Tutuianu et al. printed accuracies of such pairs, "
        f"{plain(asked.one)} minus {plain(asked.other)}: "
        f"{'; '.join(told)} (mean, range; recomputed from `{FILE}`). Those are other nets, other "
        "training sets and one run each, without intervals; the epoch was chosen on the same "
        "validation images."
    )


def about_sources(means: pd.DataFrame, by: str, name: Callable[[str], str] = str) -> str:
    """Say which training set travels better, pair by pair and kind by kind. `means`: of
    `fer_core.analysis.contrasts.source_means`; `name`: how data sets are written."""
    if means.empty:
        return "No model was trained on two sets and tested on a third."
    lines = []
    for row in means.to_dict("records"):
        one, other = plain(name(row["train"])), plain(name(row["other_train"]))
        told = {
            RAISES: f"training on {one} gives more than on {other}",
            LOWERS: f"training on {other} gives more than on {one}",
            UNDECIDED: f"{one} and {other} are not told apart",
        }
        tests = listed(map(name, row["tests"].split()))
        lines.append(
            f"- {row['kind']} ({tests}; {counted(int(row['models']), 'model')}): "
            f"{told[_direction(row, by)]}, {one} minus {other} "
            f"{estimate_text(row, f'difference_{by}')} {METRICS[by]}."
        )
    return "\n".join(lines)


def _direction(row: Mapping[Hashable, Any], by: str) -> str:
    lo, hi = row[f"difference_{by}_lo"], row[f"difference_{by}_hi"]
    return RAISES if lo > 0 else LOWERS if hi < 0 else UNDECIDED
