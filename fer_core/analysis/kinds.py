"""The kinds of test: what a test set has to do with the set that a model was trained on.

Scores of different kinds answer different questions, so no mean and no rank joins them.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from fer_core.analysis.outcomes import Outcome

IN_DOMAIN = "in-domain"
OTHER = "other photographs"
SAME = "same photographs"
FEWER = "fewer emotions"
NOT_AUDITED = "not audited"
# In the order in which tables show them; the last says that the photographs were not compared.
KINDS = {
    IN_DOMAIN: "the test part of the training set",
    OTHER: "photographs that are not in the training set, with all emotions",
    SAME: "photographs of the training set, with the labels of other people",
    FEWER: "a test set that lacks some of the emotions",
    NOT_AUDITED: "photographs that were not compared with those of the training set",
}
AVERAGED = (OTHER, SAME, FEWER)  # cross-dataset kinds that have means
HALF = 0.5  # the share of test photographs from which a set shows those of the training set

Shared = Mapping[tuple[str, str], float]


def shared_shares(table: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return which share of a set's images is in another one, by (training set, test set).

    `table`: rows of a `shared.csv`, see `fer_core.data.copies.shared`.
    """
    found: dict[tuple[str, str], float] = {}
    for row in table.to_dict("records"):
        for train, test in ("ba", "ab"):
            pair = row[f"dataset_{train}"], row[f"dataset_{test}"]
            found[pair] = row[f"copies_{test}"] / max(row[f"images_{test}"], 1)
    return found


def kind_of(outcome: Outcome, shared: Shared) -> str:
    """Return the kind of test of one outcome, a key of `KINDS`."""
    whole = len(outcome.classes.split()) >= outcome.answers
    return kind_of_pair(outcome.key.train, outcome.key.test, whole, shared)


def kind_of_pair(train: str, test: str, whole: bool, shared: Shared) -> str:
    """Return the kind of test of a pair of sets; `whole`: the test set has all emotions.

    In-domain where the two sets are one; the same photographs where at least half of the test set's
    images are, byte for byte, in the training set; of the others, those whose truth lacks an
    emotion that the model answers have fewer emotions.
    """
    if train == test:
        return IN_DOMAIN
    if (train, test) not in shared:
        return NOT_AUDITED
    if shared[train, test] >= HALF:
        return SAME
    return OTHER if whole else FEWER


def column_of(kind: str) -> str:
    """Return a kind as the beginning of a column's name: `other_photographs`."""
    return kind.replace(" ", "_").replace("-", "_")


def kinds_in(kinds: Iterable[str]) -> list[str]:
    """Return the kinds that occur, in the order of `KINDS`."""
    there = set(kinds)
    return [kind for kind in KINDS if kind in there]
