"""A trained model on a card: what it is, what it was made of, which emotions it finds, where it
must not be used. Everything that comes from files is shown literally."""

import os
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from fer_core.analysis.kinds import IN_DOMAIN
from fer_core.analysis.leaks import Leaks
from fer_core.book.prose.matrices import SHADES
from fer_core.book.prose.titles import Titles
from fer_core.book.prose.words import counted
from fer_core.emotions import EIGHT
from fer_core.figures.marks import mark
from fer_core.figures.style import listed
from fer_core.figures.tables import interval_text

USES = """- **Made for** research: which net and which training set travel to other photographs, and
  how far. A model answers which of a few words annotators would have given to a still photograph
  of a face.
- **Not for inferring what a person feels.** A face is no reading of feelings, and no score here
  says that it is.
- **Not at work and not in education**: the European Union's Artificial Intelligence Act, Article
  5(1)(f), prohibits inferring the emotions of people there, except for medical or safety reasons.
- **Not for decisions about a person**, and not for watching people: not in hiring, policing, at
  borders, in proctoring or profiling. {doc}`/book/limits` has the laws and the reasons.
- **Weights go by the terms of what they were made of**: those of the training images and of the
  file they began from, which are on each card."""
NOT_COUNTED = "multiply-accumulates not counted"
Row = Mapping[Any, Any]
Pages = Mapping[tuple[str, str], str]


def about_limits(cards: pd.DataFrame) -> str:
    """Say what is not known of any of the models, and how many rest on a single seed."""
    seeds = cards.groupby(["model", "train"])["seed"].nunique()
    single = int((seeds == 1).sum())
    return (
        f"Known limits of all of them: {single} of {counted(len(seeds), 'trained model')} rest on "
        "a single seed, and another seed may score differently. No score is split by age, gender, "
        "skin tone or culture, so a model must not be assumed to work equally well for all. All "
        "were tested on still photographs of a single, mostly frontal face."
    )


def model_cards_html(
    cards: pd.DataFrame,
    recalls: pd.DataFrame,
    order: Sequence[str],
    leaks: Leaks,
    pages: Pages,
    titles: Titles,
) -> str:
    """Return a card per model, each in a fold, as one block of HTML; the first one is open.

    `cards`: of `fer_core.analysis.model_cards`, a row per run; `recalls`: rows of
    `fer_core.analysis.per_class.class_table`; `order`: the models whose cards are wanted.
    """
    parts: list[str] = []
    for model in order:
        rows = cards[cards["model"] == model]
        row, sets = rows.iloc[0].to_dict(), list(dict.fromkeys(rows["train"]))
        head = (
            f"<b>{escape(titles.model(model))}</b>: {row['parameters'] / 1e6:.1f} M parameters, "
            f"trained on {escape(listed([titles.dataset(s) for s in sets]))}"
        )
        trained = (
            _trained(rows[rows["train"] == train], recalls, leaks, pages, titles) for train in sets
        )
        parts.append(
            f'<details class="fer-card"{"" if parts else " open"}><summary>{head}</summary>'
            f'{_facts(row)}<div class="fer-trained">{"".join(trained)}</div></details>'
        )
    return "\n".join(parts)


def _facts(row: Row) -> str:
    """Return what is the same of a model whatever it was trained on."""
    macs = NOT_COUNTED
    if not pd.isna(row["macs"]):
        macs = f"{row['macs'] / 1e6:,.0f} million multiply-accumulates for one image"
    side = row["side"]
    return _list(
        {
            "Net": row["net"],
            "Size": f"{row['parameters']:,} parameters, {row['megabytes']:.1f} MB; {macs}",
            "Takes": f"one face, {side} × {side} px, three colours",
            "Gives": f"a probability each, in this order: {', '.join(row['labels'].split())}",
            "Began from": row["start"],
            "Terms of that": row["start_terms"],
        }
    )


def _trained(
    runs: pd.DataFrame, recalls: pd.DataFrame, leaks: Leaks, pages: Pages, titles: Titles
) -> str:
    """Return what a model is after training on one set: its recalls, its terms, its run."""
    row = runs.sort_values("seed").iloc[0].to_dict()
    model, train, study = row["model"], row["train"], titles.study.name
    mine = recalls[(recalls["model"] == model) & (recalls["train"] == train)]
    page = pages.get((model, train), "")
    address = escape(os.path.relpath(f"{page}.html", "book/report/study"))
    link = f', <a href="{address}">the run</a>' if page else ""
    speed = f"{counted(row['images_per_second'], 'image')} a second in training"
    named = {"study": study, "model": model, "train": train, "seed": row["seed"]}
    options = (f"<span>--{name} {escape(str(value))}</span>" for name, value in named.items())
    title = escape(titles.dataset(train))
    facts = {
        "Licence of its images": row["licence"],
        "Consent of those shown": row["consent"],
        "Speed": f"{speed}, {row['minutes']:,.0f} minutes in all, on {row['machine']}",
        "Made again by": f"<code>fer run {' '.join(options)}</code>",
    }
    return (
        f"<div><p><b>Trained on {title}</b>: {row['images']:,} images, "
        f"{counted(len(runs), 'seed')}{link}</p>{_recalls(mine, leaks, titles)}"
        f"{_list(facts, markup='Made again by')}</div>"
    )


def _recalls(rows: pd.DataFrame, leaks: Leaks, titles: Titles) -> str:
    """Return the recalls of one trained model, a row per emotion and a column per test set."""
    if rows.empty:
        return "<p>Not tested on its own test images or on other photographs.</p>"
    heads, columns = [], []
    rows = rows.sort_values("kind", key=lambda kinds: kinds != IN_DOMAIN, kind="stable")
    for (train, test, kind), part in rows.groupby(["train", "test", "kind"], sort=False):
        own = " (its own)" if kind == IN_DOMAIN else ""
        sign = mark(leaks, [(str(train), str(test))])
        heads.append(f'<th scope="col">{escape(titles.dataset(str(test)) + own + sign)}</th>')
        columns.append({cell["emotion"]: cell for cell in part.to_dict("records")})
    lines = [
        f'<tr><th scope="row">{e}</th>{"".join(_recall(c.get(e)) for c in columns)}</tr>'
        for e in EIGHT
        if any(e in column for column in columns)
    ]
    head = f'<thead><tr><th scope="col">recall</th>{"".join(heads)}</tr></thead>'
    return f'<table class="fer-recalls">{head}<tbody>{"".join(lines)}</tbody></table>'


def _recall(cell: Row | None) -> str:
    if cell is None:
        return "<td></td>"
    text = interval_text(cell["recall"], cell["recall_lo"], cell["recall_hi"], digits=2)
    value, _, interval = text.partition(" ")
    shade = min(int(cell["recall"] * SHADES), SHADES)
    small = (
        f'<span class="fer-interval">{more}</span>' for more in (interval, f"of {cell['n']:,}")
    )
    return f'<td class="fer-shade-{shade}">{value} {" ".join(small)}</td>'


def _list(facts: Mapping[str, str], markup: str = "") -> str:
    """Return facts as HTML, literally but for the one that is `markup` of our own."""
    items = (
        f"<dt>{term}</dt><dd>{text if term == markup else escape(' '.join(text.split()))}</dd>"
        for term, text in facts.items()
    )
    return f"<dl>{''.join(items)}</dl>"
