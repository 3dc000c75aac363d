"""Which emotion is taken for which: sentences, tables as shown, and the matrices as HTML."""

import os
from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd

from fer_core.analysis.keys import Key
from fer_core.analysis.leaks import Leaks
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.scores import accuracy, present, recalls
from fer_core.book.prose.markdown import Linked, plain
from fer_core.book.prose.matrices import SHADES
from fer_core.book.prose.titles import Titles
from fer_core.book.prose.words import counted
from fer_core.emotions import EIGHT, classes_of
from fer_core.figures.columns import heading
from fer_core.figures.marks import mark
from fer_core.figures.style import percent
from fer_core.figures.tables import NONE, interval_text

Pages = Mapping[tuple[str, str], str]
PLACES = ("most frequent", "then")


def about_confusion(found: Mapping[Key, Outcome], first: Mapping[str, str]) -> str:
    """Say for each training set which emotion its first model recognises best and worst in-domain,
    and its largest confusion. `first`: of `fer_core.analysis.leaderboard.first_models`."""
    parts = []
    for train, model in first.items():
        key = Key(model, train, train)
        if key in found:
            words = about_matrix(found[key].confusion)
            parts.append(f"- {plain(model)} on {plain(train)} recognises {words}")
    if not parts:
        return "No model of this study is tested in-domain."
    intro = "In-domain, the models that validation ranks first:"
    return "\n".join((intro, "", *parts))


def about_matrix(confusion: np.ndarray) -> str:
    """Say which emotion of a (K, K) matrix is recognised best and worst, and what is most often
    taken for what."""
    there = np.flatnonzero(present(confusion))
    recall, shares = recalls(confusion), np.nan_to_num(_shares(confusion))
    best, worst = there[recall[there].argmax()], there[recall[there].argmin()]
    np.fill_diagonal(shares, 0)
    true, answer = np.unravel_index(int(shares.argmax()), shares.shape)
    text = (
        f"{EIGHT[best]} best ({percent(recall[best])} of its images) and {EIGHT[worst]} worst "
        f"({percent(recall[worst])})"
    )
    if not shares.any():
        return f"{text}; nothing is taken for anything else."
    return (
        f"{text}; its largest confusion is {EIGHT[true]} taken for {EIGHT[answer]} "
        f"({percent(shares[true, answer])} of {EIGHT[true]})."
    )


def emotion_table(
    table: pd.DataFrame, score: str, leaks: Leaks, pages: Pages, titles: Titles
) -> pd.DataFrame:
    """Return a score of each emotion, a column each, with its interval, a shade and the page of its
    run: a row per model, training set and test set of `table`, which has one per emotion, as that
    of `fer_core.analysis.per_class`. In-domain rows are framed."""
    emotions = classes_of(table["emotion"])
    rows = []
    for (model, train, test, kind), part in table.groupby(
        ["model", "train", "test", "kind"], sort=False
    ):
        sign = mark(leaks, [(str(train), str(test))])
        row: dict[str, object] = {
            heading("model"): titles.model(str(model)),
            heading("train"): titles.dataset(str(train)),
            heading("test"): titles.dataset(str(test)) + sign,
            **dict.fromkeys(emotions, Linked(NONE)),
            heading("kind"): kind,
        }
        page = pages.get((str(model), str(train)), "")
        for cell in part.to_dict("records"):
            value, lo, hi = (cell[f"{score}{end}"] for end in ("", "_lo", "_hi"))
            text = interval_text(value, lo, hi, digits=2)
            row[cell["emotion"]] = Linked(text, page, _shade(value), train == test)
        rows.append(row)
    return pd.DataFrame(rows)


def pairs_table(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the most frequent of `fer_core.analysis.confusions.confused_pairs` as shown: a row per
    model, training set and kind of test."""
    rows = []
    for (model, train, kind), part in pairs.groupby(["model", "train", "kind"], sort=False):
        row = {heading("model"): model, heading("train"): train, heading("kind"): kind}
        for place, cell in zip(PLACES, part.to_dict("records"), strict=False):
            row[place] = (
                f"{cell['emotion']} → {cell['answer']}: {_number(cell['count'])} of "
                f"{cell['n']:,} ({percent(cell['share'])})"
            )
        rows.append(row)
    return pd.DataFrame(rows).fillna(NONE)


def matrices_html(
    found: Mapping[Key, Outcome],
    kinds: Mapping[Key, str],
    leaks: Leaks,
    pages: Pages,
    titles: Titles,
) -> str:
    """Return the confusion matrices as one block of HTML, each in a fold of its own, the first one
    open; `book/_static/fer.js` shows one at a time. `kinds`: the kind of test of each outcome.

    Shares of the row in percent, counts in a title; rows of emotions that the test set lacks are
    blank.
    """
    parts: list[str] = []
    for key, outcome in found.items():
        names = (titles.model(key.model), titles.dataset(key.train), titles.dataset(key.test))
        model, train, test = (f"<b>{escape(name)}</b>" for name in names)
        sign = escape(mark(leaks, [key.pair]))
        summary = f"{model}, trained on {train}, tested on {test}{sign} ({kinds[key]})"
        caption = _caption(outcome, pages.get((key.model, key.train), ""))
        parts.append(
            f"<details{'' if parts else ' open'}><summary>{summary}</summary>"
            f'<table class="fer-matrix">{_rows(outcome)}</table><p>{caption}</p></details>'
        )
    return '<div class="fer-matrices" id="confusion">\n' + "\n".join(parts) + "\n</div>"


def _caption(outcome: Outcome, page: str) -> str:
    right = percent(float(accuracy(outcome.confusion)))
    text = f"{outcome.n:,} images, {counted(len(outcome.seeds), 'seed')}, {right} right: "
    text += about_matrix(outcome.confusion)
    address = os.path.relpath(f"{page}.html", "book/report/study") if page else ""
    return f'{text} <a href="{escape(address)}">The run</a>' if page else text


def _rows(outcome: Outcome) -> str:
    matrix = outcome.confusion
    emotions, totals, shares = EIGHT[: len(matrix)], matrix.sum(axis=1), _shares(matrix)
    heads = "".join(f'<th scope="col">{emotion}</th>' for emotion in emotions)
    lines = [f"<thead><tr><td>true ↓ answer →</td>{heads}</tr></thead><tbody>"]
    for emotion, total, counts, parts in zip(emotions, totals, matrix, shares, strict=True):
        cells = (
            f'<td class="fer-shade-{_shade(part)}" title="{_number(count)} of {total:,.0f}">'
            f"{100 * part:.0f}</td>"
            for count, part in zip(counts, parts, strict=True)
        )
        row = "".join(cells) if total else "<td></td>" * len(emotions)
        lines.append(f'<tr><th scope="row">{emotion} <span>{total:,.0f}</span></th>{row}</tr>')
    return "".join((*lines, "</tbody>"))


def _number(count: float) -> str:
    """Print a count; the mean over seeds may have a decimal."""
    return f"{count:,.0f}" if float(count).is_integer() else f"{count:,.1f}"


def _shade(share: float) -> int:
    return min(int(share * SHADES), SHADES)


def _shares(confusion: np.ndarray) -> np.ndarray:
    totals = confusion.sum(axis=1, keepdims=True)
    return np.divide(confusion, totals, out=np.full(confusion.shape, np.nan), where=totals > 0)
