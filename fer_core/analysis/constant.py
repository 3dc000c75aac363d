"""What a model adds to the constant answer: always the most frequent emotion of the test set."""

import numpy as np

from fer_core.analysis.intervals import NOTHING, Estimate, Scored, estimate_of
from fer_core.analysis.outcomes import METRICS, Outcome
from fer_core.analysis.scores import present
from fer_core.emotions import EIGHT

NEARLY_ALL = 0.95  # of the images: a model that names one emotion for so many tells none apart


def constant_class(outcome: Outcome) -> int:
    """Return the most frequent emotion of the truth, the first of equals."""
    return int(outcome.confusions[0].sum(axis=1).argmax())


def constant_scores(confusion: np.ndarray, answer: int, metric: str) -> np.ndarray:
    """Return the score of always answering `answer` on the truth of (..., K, K) matrices, (...).

    With p its share of the n images and C emotions in the truth: accuracy p, macro-F1
    2p / (1 + p) / C, because its recall is 1, its precision p, and no other emotion is ever named.
    """
    totals = confusion.sum(axis=-1)
    share = totals[..., answer] / np.maximum(totals.sum(axis=-1), 1)
    if metric == "accuracy":
        return share
    return 2 * share / (1 + share) / np.maximum(present(confusion).sum(axis=-1), 1)


def above_constant(outcome: Outcome, metric: str) -> Estimate:
    """Return the score minus that of the constant answer on the same images,
    with its paired interval."""
    if metric not in METRICS or not outcome.n:
        return NOTHING
    return estimate_of(over_constant(outcome, metric))


def over_constant(outcome: Outcome, metric: str) -> Scored:
    """Return score minus that of the constant answer for each seed and in each draw of images."""
    answer = constant_class(outcome)

    def over() -> Scored:
        seen, drawn = outcome.scored(metric)
        return Scored(  # one seed is enough: all were asked the same
            seen - constant_scores(outcome.confusions[:1], answer, metric),
            drawn - constant_scores(outcome.replicates[:, :1], answer, metric),
        )

    return outcome.kept(f"{metric} above constant", over)


def most_named(outcome: Outcome) -> tuple[str, float]:
    """Return the emotion that the model names most often, and for which share of the images."""
    named = outcome.confusion.sum(axis=0)
    return EIGHT[int(named.argmax())], float(named.max() / max(named.sum(), 1))
