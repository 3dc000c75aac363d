"""What each method gains over plain training, with a region of practical equivalence.

Fixed before any training: a method is asked whether it gains more than one point of macro-F1 on
other photographs. A difference whose whole interval lies within one point either way is practically
none (Kruschke 2018, "Rejecting or accepting parameter values in Bayesian estimation", AMPPS 1).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.audit import read_shared
from fer_core.analysis.cross import of_common_seeds, spread
from fer_core.analysis.intervals import Estimate, Scored, estimate_of, p_value
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import FEWER, KINDS, OTHER, Shared, kind_of_pair
from fer_core.analysis.leaderboard import RANKED_BY, holm
from fer_core.analysis.outcomes import Outcome, outcomes_of
from fer_core.analysis.scores import Run
from fer_core.beyond.methods import ERM, METHODS
from fer_core.beyond.record import NAME, Search, Training, read_answers
from fer_core.emotions import EMOTIONS
from fer_core.predictions import Answers, make_predictions

MARGIN = 0.01  # of macro-F1: the region of practical equivalence, either way
BETTER, WORSE, NEITHER, UNDECIDED = (
    "better by more than a point",
    "worse by more than a point",
    "no more than a point either way",
    "not decided",
)
VERDICTS = (BETTER, WORSE, NEITHER, UNDECIDED)
MEAN = f"mean of {OTHER}"


def method_outcomes(trainings: Sequence[Training]) -> dict[Key, Outcome]:
    """Return what each method, as `model`, answered on each test by the sources that it learned
    from, as `train`, in all its seeds. An answer stands as a probability of 1."""
    tables: dict[Run, Answers] = {}
    for record in trainings:
        train = " + ".join(record.settings.trained_on(record.held_out))
        for test, rows in read_answers(record).groupby("test", sort=False):
            for method in (name for name in METHODS if name in rows):
                named = np.eye(len(EMOTIONS))[rows[method].to_numpy()]
                table = make_predictions(list(rows["sample_id"]), list(rows["emotion"]), named)
                tables[Run(method, train, record.seed, str(test))] = Answers.of(table)
    return outcomes_of(tables, len(EMOTIONS), NAME) if tables else {}


def kind_of_sources(outcome: Outcome, shared: Shared) -> str:
    """Return the kind of test of a net that learned from several sources: that of the source which
    has most to do with the test."""
    whole = len(outcome.classes.split()) >= outcome.answers
    sources = outcome.key.train.split(" + ")
    kinds = {kind_of_pair(source, outcome.key.test, whole, shared) for source in sources}
    closest_first = sorted(KINDS, key=lambda kind: kind in (OTHER, FEWER))
    return next(kind for kind in closest_first if kind in kinds)


def gains(found: Mapping[Key, Outcome], shared: Shared) -> pd.DataFrame:
    """Return per method one row for the mean of the tests of other photographs, then one for each
    test, without ERM itself.

    Columns: method, train, test (MEAN for the mean), kind, n, seeds, difference (macro-F1 of the
    method minus that of ERM) with _lo and _hi, paired by image and by seed: with the same seed all
    begin with the same numbers and see the same images in the same order; p (two-sided, of no
    difference, corrected by Holm for the methods of the same test), and verdict, one of VERDICTS.
    """
    rows: list[dict[str, object]] = []
    for method in (name for name in METHODS if name != ERM):
        pairs = [(o, found[k._replace(model=ERM)]) for k, o in found.items() if k.model == method]
        others = [pair for pair in pairs if kind_of_sources(pair[0], shared) == OTHER]
        if others:
            rows.append(_row(method, "all but the test", MEAN, OTHER, others))
        for one, erm in pairs:
            kind = kind_of_sources(one, shared)
            rows.append(_row(method, one.key.train, one.key.test, kind, [(one, erm)]))
    table = pd.DataFrame(rows)
    for _, mine in table.groupby(["train", "test"]) if rows else ():
        table.loc[mine.index, "p"] = holm(mine["p"].tolist())
    return table


def paired(one: Outcome, erm: Outcome) -> Scored:
    """Return the difference of macro-F1 seed by seed, of the seeds that both have."""
    mine, plain = of_common_seeds([one, erm], RANKED_BY)
    return Scored(mine.seen - plain.seen, mine.drawn - plain.drawn)


def verdict(difference: Estimate) -> str:
    """Say which of VERDICTS the interval of a difference allows."""
    if difference.lo > MARGIN:
        return BETTER
    if difference.hi < -MARGIN:
        return WORSE
    return NEITHER if difference.lo >= -MARGIN and difference.hi <= MARGIN else UNDECIDED


def _row(
    method: str, train: str, test: str, kind: str, pairs: list[tuple[Outcome, Outcome]]
) -> dict[str, object]:
    groups = [paired(one, erm) for one, erm in pairs]
    groups = [Scored(seen / len(pairs), drawn / len(pairs)) for seen, drawn in groups]
    difference = estimate_of(*groups)
    row: dict[str, object] = {"method": METHODS[method].title, "train": train, "test": test}
    row |= {"kind": kind, "n": sum(one.n for one, _ in pairs)}
    row |= {"seeds": min(len(group.seen) for group in groups)}
    row |= spread("difference", difference)
    return row | {"p": p_value(*groups), "verdict": verdict(difference)}


def scores(found: Mapping[Key, Outcome], shared: Shared) -> pd.DataFrame:
    """Return macro-F1 and accuracy of each method on each test: columns method, train, test, kind,
    n, seeds, accuracy and macro_f1 with _lo and _hi."""
    rows = []
    for method in METHODS:
        for key, outcome in found.items():
            if key.model == method:
                row: dict[str, object] = {"method": METHODS[method].title, "train": key.train}
                row |= {"test": key.test, "kind": kind_of_sources(outcome, shared)}
                row |= {"n": outcome.n, "seeds": len(outcome.seeds)}
                for metric in ("accuracy", "macro_f1"):
                    row |= spread(metric, outcome.estimate(metric))
                rows.append(row)
    return pd.DataFrame(rows)


def costs(trainings: Sequence[Training]) -> pd.DataFrame:
    """Return for each method its median seconds of the processor for one training and test, and
    these by ERM's: columns method, seconds, relative. What a method does to the ERM net comes on
    top of training that net."""
    found = [{"method": m, "s": s} for record in trainings for m, s in record.seconds.items()]
    table = pd.DataFrame(found, columns=["method", "s"])
    middle = table.groupby("method")["s"].median()
    rows = []
    for name, method in METHODS.items():
        if name in middle:
            after = middle[ERM] if method.training == ERM and name != ERM else 0.0
            seconds = float(middle[name] + after)
            rows.append(
                {"method": method.title, "seconds": seconds, "relative": seconds / middle[ERM]}
            )
    return pd.DataFrame(rows)


def choices(searches: Sequence[Search]) -> pd.DataFrame:
    """Return how each method's own setting was chosen: columns method, train, value,
    validation_macro_f1 (on images of the sources) and chosen."""
    return pd.DataFrame(
        {
            "method": METHODS[search.method].title,
            "train": " + ".join(search.settings.trained_on(search.held_out)),
            "value": value,
            "validation_macro_f1": score,
            "chosen": value == search.value,
        }
        for search in searches
        for value, score in search.tried.items()
    )


def shared_photographs() -> Shared:
    """Return which share of a test's images is in each source."""
    return read_shared(NAME)
