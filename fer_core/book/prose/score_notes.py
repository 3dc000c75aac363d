"""What stands behind the scores of a study, for a fold of a page: images, persons, the constant
answer, leaks. `book/_static/fer.js` shows beside a score what is said here of it."""

from collections.abc import Mapping
from html import escape

import numpy as np

from fer_core.analysis.constant import constant_class, constant_scores
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import AVERAGED, IN_DOMAIN, Shared, kind_of, kinds_in
from fer_core.analysis.leaks import Leaks, NotAudited
from fer_core.analysis.outcomes import METRICS as SCORES
from fer_core.analysis.outcomes import Outcome
from fer_core.book.prose.titles import Titles
from fer_core.book.prose.words import counted
from fer_core.emotions import EIGHT
from fer_core.figures.columns import METRICS, heading
from fer_core.figures.marks import MARK, NO_BETTER, UNKNOWN

SUMMARY = "What stands behind a score: images, persons, the constant answer, leaks"
MARKS = {
    MARK: "training shares images or persons with this test",
    NO_BETTER: "not shown to be better than the constant answer",
    UNKNOWN: "whether training shares images or persons with this test is not known",
    **dict.fromkeys(
        (heading(f"loss_{metric}") for metric in METRICS),
        "the score in-domain minus the mean on other photographs",
    ),
}


def score_notes(found: Mapping[Key, Outcome], shared: Shared, leaks: Leaks, titles: Titles) -> str:
    """Return a fold in HTML with a list of notes, each under its name: that of a test set (`NHFI`),
    of one of its emotions (`NHFI: sad`), of a pair that leaks (`FER2013 → NHFI`), of a kind of test
    of a training set (`FER2013 → other photographs`; of a single training set also the kind alone)
    and of a mark.

    `found`: the outcomes on test images as they are.
    """
    sets = {key.test: outcome for key, outcome in reversed(list(found.items()))}
    notes = {titles.dataset(test): _about_set(outcome) for test, outcome in sets.items()}
    for test, outcome in sets.items():
        images = zip(EIGHT, outcome.confusion.sum(axis=1), strict=False)
        notes |= {f"{titles.dataset(test)}: {e}": _images(n) for e, n in images if n}
    kinds = {key.pair: kind_of(outcome, shared) for key, outcome in found.items()}
    for train, test in kinds:
        if (train, test) in leaks:
            name = f"{titles.dataset(train)} → {titles.dataset(test)}"
            notes[name] = f"{MARK} {leaks[train, test]}"
    notes |= _of_kinds(kinds, sets, leaks, titles) | MARKS
    if not isinstance(leaks, NotAudited):
        del notes[UNKNOWN]
    lines = (f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in notes.items())
    fold = ('<details class="fer-notes">', f"<summary>{SUMMARY}</summary>", "<dl>")
    return "\n".join((*fold, *lines, "</dl>", "</details>"))


def _of_kinds(
    kinds: Mapping[tuple[str, str], str],
    sets: Mapping[str, Outcome],
    leaks: Leaks,
    titles: Titles,
) -> dict[str, str]:
    notes = {}
    trains = dict.fromkeys(train for train, _ in kinds)
    for train in trains:
        for kind in kinds_in(kinds.values()):
            tests = [test for (t, test), other in kinds.items() if (t, other) == (train, kind)]
            if not tests or kind not in (IN_DOMAIN, *AVERAGED):
                continue
            named = (f"{titles.dataset(test)} ({_size(sets[test])})" for test in tests)
            parts = [", ".join(named), f"the constant answer {_constant([sets[t] for t in tests])}"]
            parts += [
                f"{MARK} {titles.dataset(test)}: {leaks[train, test]}"
                for test in tests
                if (train, test) in leaks
            ]
            mean = f"the mean of {len(tests)}: " if len(tests) > 1 else ""
            for name in (f"{titles.dataset(train)} → {kind}", kind)[: 3 - min(len(trains), 2)]:
                notes[name] = mean + "; ".join(parts)
    return notes


def _about_set(outcome: Outcome) -> str:
    answer = EIGHT[constant_class(outcome)]
    return f"{_size(outcome)}; the constant answer, {answer}: {_constant([outcome])}"


def _size(outcome: Outcome) -> str:
    persons = outcome.drawn.persons if outcome.drawn else 0
    images = _images(outcome.n)
    return (
        f"{images} of {counted(persons, 'person')}" if persons else f"{images} of unknown persons"
    )


def _images(count: float) -> str:
    return counted(round(count), "image")


def _constant(sets: list[Outcome]) -> str:
    """Print the scores of the constant answer, the mean over test sets."""
    told = []
    for metric in SCORES:
        of_each = [constant_scores(o.confusions[0], constant_class(o), metric) for o in sets]
        told.append(f"{METRICS[metric]} {np.mean(of_each):.3f}")
    return ", ".join(told)
