"""How far raters agree on the images of one test set: trained nets, external models or people.

Agreement is not being right: raters that err alike agree, and raters that learned from the same
images err alike. Measures are of whole panels and of pairs; their intervals are those of the test
images (or persons), with the raters as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fer_core.analysis.intervals import NOTHING, Estimate, percentile_interval
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.rows import Images
from fer_core.emotions import EIGHT
from fer_core.errors import FerError

NONE = -1
K = len(EIGHT)
MEASURES = ("observed", "fleiss", "alpha", "given_label")
# Landis & Koch 1977, "The measurement of observer agreement for categorical data", Biometrics 33:
# a convention, no test. Up to which value of kappa each word goes.
WORDS = {"slight": 0.2, "fair": 0.4, "moderate": 0.6, "substantial": 0.8, "almost perfect": 1.0}


class Rater(NamedTuple):
    """A trained net, or with no training set an external model or a person."""

    model: str
    train: str = ""


@dataclass(frozen=True)
class Panel:
    """What R raters answered to the n images of one test set."""

    names: tuple[Rater, ...]
    answers: np.ndarray  # (R, n) positions in the canonical order; NONE where a rater gave none
    images: Images

    @property
    def complete(self) -> np.ndarray:
        """Which images every rater answered, (n,) of bool."""
        return (self.answers != NONE).all(axis=0)

    @property
    def votes(self) -> np.ndarray:
        """How many raters gave each image each answer, (n, K)."""
        return (self.answers[:, :, None] == np.arange(K)).sum(axis=0)


def panel_of(found: Mapping[Rater, Outcome]) -> Panel:
    """Return the panel of outcomes on one test set; a rater is a single trained net: of several
    seeds the first."""
    whole = max((outcome.whole for outcome in found.values()), key=lambda one: len(one.truth))
    answers = np.full((len(found), len(whole.truth)), NONE)
    for row, (name, outcome) in zip(answers, found.items(), strict=True):
        rows = outcome.rows[0]
        at = np.searchsorted(whole.sample_id, rows.sample_id)
        if outcome.whole.name != whole.name or (whole.truth[at] != rows.truth).any():
            raise FerError(f"{name.model} has answered other images than the others of its panel")
        row[at] = np.where(outcome.asked, rows.predicted, NONE)
    return Panel(tuple(found), answers, whole)


def agreement(panel: Panel) -> dict[str, Estimate]:
    """Return the agreement of a panel, on the images that at least two raters answered.

    - observed: of two answers to one image, how often they are the same, the mean over answers
    - fleiss: Fleiss' kappa (1971), (A - E) / (1 - E) with A as observed and E = Σ p² of the shares
      of the answers; nothing unless all raters answered all of these images
    - alpha: Krippendorff's alpha for names (2004), the same with E = Σ v (v - 1) / N (N - 1) of the
      v answers of a name among all N: for any number of raters an image
    - given_label: alpha with E counted within each true emotion; near 0 answers to images of one
      label are as if given independently. Confusions that all raters share count as chance
    - of each emotion, its name against all others: 1 - Σ v (m - v) / (m - 1) / (N p (1 - p)) with v
      of an image's m answers giving the name; Fleiss' kappa of the name where all answered all

    FerError with a single rater, who agrees with nobody.
    """
    if len(panel.names) < 2:
        raise FerError("agreement needs at least two raters of one test set; add another")
    columns = _columns(panel)
    seen = _measures(columns.sum(axis=0, keepdims=True))[0]
    drawn = np.concatenate([_measures(block @ columns) for block in panel.images.weights()])
    found = dict(zip((*MEASURES, *EIGHT), map(interval_of, seen, drawn.T), strict=True))
    asked = panel.votes.sum(axis=1) > 1
    if not panel.complete[asked].all():
        found["fleiss"] = NOTHING
    return found


def word_of(kappa: float) -> str:
    """Return the usual word for a kappa: poor below 0, then slight, fair, moderate, substantial and
    almost perfect; "" for NaN."""
    if np.isnan(kappa):
        return ""
    return next((word for word, most in WORDS.items() if 0 <= kappa <= most), "poor")


def words_of(lo: float, hi: float) -> str:
    """Return the usual word for an interval of kappa, or the words of its two ends."""
    return " to ".join(dict.fromkeys(filter(None, (word_of(lo), word_of(hi)))))


def in_an_annotators_place(nets: Panel, people: Panel) -> dict[Rater, tuple[Estimate, ...]]:
    """Return for each net: how often a person gave the net's answer, how often a person gave that
    of another person, and the first minus the second; means over the images that at least two
    people and the net answered.

    In the spirit of Calderon et al. 2025 ("The alternative annotator test for LLM-as-a-judge"), who
    count in how many annotators' place a model does as well. Where it is not known who gave which
    vote, the agreement itself is compared: with v of m people giving an answer, v / m for the net,
    and Σ v (v - 1) / m (m - 1) for a person.
    """
    _require_one_set(nets, people)
    votes = people.votes.astype(np.float64)
    m = votes.sum(axis=1)
    others = np.maximum(m * (m - 1), 1)
    own = (votes * (votes - 1)).sum(axis=1) / others
    theirs = votes[np.arange(len(m)), nets.answers] / np.maximum(m, 1)  # (R, n)
    kept = (m > 1) & (nets.answers != NONE)
    columns = np.concatenate([kept * theirs, kept * own, kept]).T

    def shares(weights: np.ndarray) -> np.ndarray:
        net, annotator, images = np.split(weights @ columns, 3, axis=1)
        with np.errstate(invalid="ignore"):  # a draw may hold none of the images
            told = net / images, annotator / images
        return np.stack([*told, told[0] - told[1]], axis=1)  # (draws, 3, R)

    seen = shares(np.ones((1, len(m))))[0]
    drawn = np.concatenate([shares(weights) for weights in people.images.weights()])
    return {
        net: tuple(interval_of(seen[what, i], drawn[:, what, i]) for what in range(3))
        for i, net in enumerate(nets.names)
    }


def alpha_apart(one: Panel, other: Panel) -> tuple[int, Estimate]:
    """Return on how many images at least two raters of either panel answered, and alpha of `one`
    minus that of `other` on these, in the same draws."""
    _require_one_set(one, other)
    kept = (one.votes.sum(axis=1) > 1) & (other.votes.sum(axis=1) > 1)
    place = MEASURES.index("alpha")
    seen, drawn = [], []
    for panel in (one, other):
        columns = _columns(panel) * kept[:, None]
        seen.append(_measures(columns.sum(axis=0, keepdims=True))[0, place])
        blocks = [_measures(block @ columns)[:, place] for block in panel.images.weights()]
        drawn.append(np.concatenate(blocks))
    return int(kept.sum()), interval_of(seen[0] - seen[1], drawn[0] - drawn[1])


def _require_one_set(one: Panel, other: Panel) -> None:
    if one.images.name != other.images.name:
        raise FerError("two panels have answered other images; compare them on one test set")


def _columns(panel: Panel) -> np.ndarray:
    """Return what is summed over images, (n, columns): answers m, those that another gave v (v - 1)
    / (m - 1), answers by name v, those that another did not give v (m - v) / (m - 1), and answers
    by true emotion and name."""
    votes = panel.votes.astype(np.float64)
    votes[votes.sum(axis=1) < 2] = 0
    m = votes.sum(axis=1, keepdims=True)
    others = np.maximum(m - 1, 1)
    agreeing = (votes * (votes - 1)).sum(axis=1, keepdims=True) / others
    truth = panel.images.truth[:, None] == np.arange(K)
    by_truth = (truth[:, :, None] * votes[:, None, :]).reshape(len(votes), -1)
    return np.concatenate([m, agreeing, votes, votes * (m - votes) / others, by_truth], axis=1)


def _measures(sums: np.ndarray) -> np.ndarray:
    """Return the measures of `agreement` of (draws, columns) sums, (draws, measures)."""
    m, agreeing, votes, apart, by_truth = np.split(sums, [1, 2, 2 + K, 2 + 2 * K], axis=1)
    by_truth = by_truth.reshape(len(sums), K, K)
    with np.errstate(invalid="ignore", divide="ignore"):
        observed, shares = agreeing / m, votes / m
        chance = (shares**2).sum(axis=1, keepdims=True)
        pairs = (votes * (votes - 1)).sum(axis=1, keepdims=True) / (m * (m - 1))
        of_truth = by_truth.sum(axis=2)
        within = (by_truth * (by_truth - 1)).sum(axis=2) / np.maximum(of_truth - 1, 1)
        given = within.sum(axis=1, keepdims=True) / m
        emotions = 1 - apart / (votes * (1 - shares))
    expected = np.concatenate([chance, pairs, given], axis=1)
    return np.concatenate([observed, beyond(observed, expected), emotions], axis=1)


def beyond(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return (A - E) / (1 - E), NaN where all answers are one."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected < 1, (observed - expected) / (1 - expected), np.nan)


def interval_of(value: float, drawn: np.ndarray) -> Estimate:
    """Return a measure with the percentile interval of its draws (draws,); nothing for NaN."""
    if np.isnan(value) or np.isnan(drawn).all():
        return NOTHING
    return Estimate(float(value), *percentile_interval(drawn))
