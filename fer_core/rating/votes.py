"""Votes of people for the images of a data set, as raters of a test set with other labels.

Sets such as FER+ publish how many people voted for each emotion, not who voted for what. So one
rater is the shares of the votes, and to as many annotators as an image has votes, the votes of each
image are dealt out at random: such an annotator is one vote of each image and no real person.
"""

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from fer_core.data.card import Card
from fer_core.data.contempt import study_dataset
from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset
from fer_core.data.select import test_rows
from fer_core.errors import FerError
from fer_core.raters import RaterRecord
from fer_core.rating.add import add_answers, introduce, require_free, require_test
from fer_core.rating.answers import Answers, emotions_of, labelled
from fer_core.study import Study

PREFIX = "vote_"
SEED = 0
PEOPLE = ("nothing, people",)
OTHERS = "Other people than those who gave the labels of the test set were shown the same images."
SHARES = f"{OTHERS} Shares of the votes that name an emotion of the study."
DEALT = (
    f"{OTHERS} Who gave which vote is not published: the votes of each image are dealt out at "
    "random, seed {seed}, so this is one vote of each image and no real person."
)


def add_votes(study: Study, test: str, votes: str) -> list[RaterRecord]:
    """Make the votes of the data set `votes` raters of a test set that has the same image files.

    Return `<votes>-votes` and `<votes>-annotator-0` ...; those that are there, of the same test
    set as it is prepared now, are left alone, so that a call that was killed can be made again.
    """
    require_test(study, test)
    if test == votes:
        raise FerError(f"the labels of {test} come from these votes; name another test set")
    source, dataset = load_dataset(votes), study_dataset(study, test)
    counts = votes_for(source, dataset)
    given = dict(_all_answers(source.card, counts, study))
    raters = [introduce(study, f"{votes}-{end}", **said) for end, (said, _) in given.items()]
    there = [_is_there(rater, test, dataset) for rater in raters]
    for rater, done in zip(raters, there, strict=True):
        if not done:
            require_free(study, rater, test)  # before anything is written
    return [
        rater if done else add_answers(study, rater, test, answers)
        for rater, done, (_, answers) in zip(raters, there, given.values(), strict=True)
    ]


def votes_for(source: Dataset, dataset: Dataset) -> pd.DataFrame:
    """Return how many votes each test image of `dataset` has in `source`: a row per sample id, a
    column per answer, as "happy" or "not-a-face".

    An image counts as the same where the id and the bytes of the file are.
    """
    columns = [column for column in source.index if str(column).startswith(PREFIX)]
    if not columns:
        raise FerError(f"{source.name} has no votes; sets such as ferplus have columns {PREFIX}...")
    tested = dataset.index.iloc[test_rows(dataset)][["sample_id", "sha256"]]
    both = tested.merge(source.index[["sample_id", "sha256", *columns]], on=["sample_id", "sha256"])
    if both.empty:
        raise FerError(f"no test image of {dataset.name} is an image of {source.name}")
    counts = both.set_index("sample_id")[columns]
    if (counts < 0).to_numpy().any():
        raise FerError(f"{source.name} has a negative number of votes; add it again")
    return counts.rename(columns=lambda name: name.removeprefix(PREFIX).replace("_", "-"))


def shares_of(counts: pd.DataFrame, study: Study) -> Answers:
    """Return the share of each emotion among the votes of an image that name one; an image without
    such a vote is not covered."""
    named = counts.reindex(columns=list(emotions_of(study)), fill_value=0)
    total = named.sum(axis=1).to_numpy()
    some = total > 0
    values = named.to_numpy(dtype=np.float64)[some] / total[some, None]
    outside = {"no emotion named": int((~some).sum())} if not some.all() else {}
    return Answers(named.index[some].to_numpy(dtype=str), values, "vote-shares", outside)


def deal(counts: pd.DataFrame, seed: int = SEED) -> pd.DataFrame:
    """Return which vote of each image each annotator gets: a row per sample id, a column per
    annotator, as many as an image has votes at most; "" where an image has fewer.

    What an image's annotators get depends on its id, its votes and `seed` alone.
    """
    seats = int(counts.sum(axis=1).max())
    words = np.array([*counts.columns, ""], dtype=object)
    dealt = np.empty((len(counts), seats), dtype=object)
    for row, (sample, votes) in enumerate(zip(counts.index, counts.to_numpy(), strict=True)):
        hand = np.repeat(np.arange(len(words)), [*votes, seats - votes.sum()])
        dealt[row] = words[np.random.default_rng([seed, crc32(sample.encode())]).permutation(hand)]
    return pd.DataFrame(dealt, index=counts.index)


def _all_answers(
    card: Card, counts: pd.DataFrame, study: Study
) -> Iterator[tuple[str, tuple[dict[str, Any], Answers]]]:
    """Yield the end of each rater's name, what its record says, and its answers."""
    said: dict[str, Any] = {"source": card.citation, "licence": card.licence, "trained_on": PEOPLE}
    share = {"kind": "vote-share", "title": f"{card.title}: shares of the votes", "note": SHARES}
    yield "votes", (said | share, shares_of(counts, study))
    for number, words in deal(counts).items():
        one = {"kind": "annotator", "title": f"{card.title}: vote {number} of each image"}
        one |= {"note": DEALT.format(seed=SEED), "panel": f"{card.name}-annotators"}
        given = words[words != ""]
        answers = labelled(given.index.to_series(), given, study)
        yield f"annotator-{number}", (said | one, answers)


def _is_there(rater: RaterRecord, test: str, dataset: Dataset) -> bool:
    return test in rater.tests and rater.tests[test].fingerprint == dataset.fingerprint
