"""A data set on a card: what it holds, who labelled it, on what terms, how it is had, what is wrong
with it. Everything that comes from a data set is shown literally."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fer_core.book.prose.markdown import plain
from fer_core.data.card import Card
from fer_core.emotions import EIGHT

PARTS = ("train", "val", "test")
SOURCE, WHICH = "Source", "Which data this is"
LAST = (SOURCE, WHICH)
START = re.compile(r"^(\d*)([-+.)])(?=\s|$)")  # what would begin a list
Facts = Mapping[Any, Any]


def reader_card(card: Card) -> str:
    """Return a registered card as a section of Markdown."""
    facts = _terms(card.model_dump(mode="json")) | {
        "Test part": [_told(card.test_split)],
        "Compiled of": [_told(", ".join(card.sources))],
    }
    return _section(card.title, card.name, card.shows, "", facts, card.problems)


def study_card(
    name: str, facts: Facts, row: Facts, largest: float, shared: Sequence[str], command: str
) -> str:
    """Return a data set of a study as a section of Markdown.

    `facts`: its summary; `row`: its row of `fer_core.analysis.summaries.card_table`; `largest`: the
    share of an emotion that is as long as the longest bar; `shared`: sentences of Markdown on what
    it shares with others; `command`: how it is added, "" where it is not.
    """
    card = facts["card"]
    store, unused = facts.get("store", {}), f"{row['not used']:,}"
    why = f" ({plain(row['why'])})" if row["why"] else ""
    persons = f"{row['persons']:,} persons named" if facts["persons"] else "nobody is named"
    colour = {1: "grey", 3: "colour"}.get(store.get("channels"), "")
    pixels = f"stored at {store['size']} × {store['size']} px, {colour}" if store else ""
    hashes = [plain(row[what]) for what in ("fingerprint", "split hash")]
    numbers = [f"**{row['images']:,} images**", f"{unused} not used{why}", persons, pixels]
    more = {
        "Split": [_told(row["split"])],
        "Copies": list(shared),
        WHICH: [f"fingerprint {hashes[0]}, split {hashes[1]}"],
    }
    terms = _terms(card)
    if command:
        terms["How to obtain it"].append(f"`{command}`")
    head = (
        f"{' · '.join(filter(None, numbers))}\n\n{counts_html(facts['counts']['split'], largest)}"
    )
    return _section(card["title"], name, card["shows"], head, terms | more, card["problems"])


def counts_html(counts: Mapping[str, Mapping[str, int]], largest: float) -> str:
    """Return used images by emotion and part as one block of HTML, with a bar for the share of each
    emotion; a share of `largest` is the longest. `counts`: {part: {emotion: images}}."""
    parts = [part for part in PARTS if part in counts]
    emotions = [emotion for emotion in EIGHT if any(emotion in counts[p] for p in parts)]
    every = sum(sum(counts[part].values()) for part in parts) or 1
    heads = "".join(f'<th scope="col" class="fer-{p}">{p}</th>' for p in parts)
    rows = []
    for emotion in emotions:
        mine = [counts[part].get(emotion, 0) for part in parts]
        cells = "".join(f"<td>{count:,}</td>" for count in mine)
        bar = _bar(parts, [count / every / largest for count in mine])
        share = f"<td>{100 * sum(mine) / every:.1f} %</td><td>{bar}</td>"
        rows.append(f'<tr><th scope="row">{emotion}</th>{cells}{share}</tr>')
    head = f'<th scope="col">emotion</th>{heads}<th scope="col" colspan="2">share</th>'
    table = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<table class="fer-counts">{table}</table>'


def _bar(parts: Sequence[str], lengths: Sequence[float]) -> str:
    ends = [100 * sum(lengths[: i + 1]) for i in range(len(lengths))]
    lines = (
        f'<line class="fer-{part}" x1="{begin:.1f}%" x2="{end:.1f}%" y1="50%" y2="50%"/>'
        for part, begin, end in zip(parts, [0.0, *ends], ends, strict=False)
    )
    return f'<svg width="100%" height="12" aria-hidden="true">{"".join(lines)}</svg>'


def _terms(card: Facts) -> dict[str, list[str]]:
    told = {
        "Labelled": card.get("labelled", ""),
        "Who is shown": card["persons"],
        "Their consent": card.get("consent", ""),
        "Licence": card["licence"],
        "Shown here": "yes" if card["publishable"] else "no: not one pixel of it",
        "How to obtain it": card.get("obtain", ""),
        SOURCE: card["citation"],
    }
    return {term: [_told(text)] for term, text in told.items()}


def _section(
    title: str,
    name: str,
    shows: str,
    head: str,
    facts: Mapping[str, Sequence[str]],
    problems: Sequence[str],
) -> str:
    """Return the Markdown of a card; `facts` are lines of Markdown by what they are about."""
    facts = {**facts, "Known problems": [_told(problem) for problem in problems]}
    facts |= {last: facts.pop(last) for last in LAST if last in facts}
    lists = [
        f"{term}\n: {lines[0] if len(lines) == 1 else _bullets(lines)}"
        for term, lines in facts.items()
        if any(lines)
    ]
    parts = (_told(shows), head, "\n\n".join(lists))
    body = "\n\n".join(filter(None, parts))
    return f"### {plain(title)} ({plain(name)})\n\n::::{{container}} fer-card\n{body}\n::::"


def _bullets(lines: Sequence[str]) -> str:
    return "\n  ".join(f"- {line}" for line in lines)


def _told(text: object) -> str:
    """Return a text as Markdown that shows it literally, also at the start of a line."""
    return START.sub(r"\1\\\2", plain(text))
