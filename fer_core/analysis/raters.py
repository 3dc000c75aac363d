"""Raters beside runs: scored on the images that they answered, compared on those that both did."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.cross import mean_estimate, spread, units
from fer_core.analysis.draws import replicates_of
from fer_core.analysis.intervals import Estimate, Scored, estimate_of
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import METRICS, Outcome, outcome_of
from fer_core.analysis.rows import Images, images_of
from fer_core.analysis.scores import Run, each_run, emotion_codes
from fer_core.errors import FerError
from fer_core.predictions import class_count, probabilities_of
from fer_core.raters import RaterRecord
from fer_core.views import CLEAN

ROUNDING = 1e-6  # shares are kept as float32


def rater_outcomes(answers: pd.DataFrame, runs: Mapping[Key, Outcome]) -> dict[Key, Outcome]:
    """Return the outcome of each rater on each test set, on the images that it answered.

    `answers`: of `fer_core.raters.collect_raters`; `runs`: the outcomes of the study's runs, which
    give the draws, those of the whole test set. Where no run was tested on a set, its images are
    those that any rater answered.
    """
    found = {}
    for run, table in each_run(answers) if len(answers) else ():
        table = table.sort_values("sample_id", kind="stable")
        key, whole = Key.of(run), _whole(run.test, answers, runs)
        kept = np.isin(whole.sample_id, table["sample_id"].to_numpy(dtype=str))
        drawn = whole.part(kept)
        _require_same_truth(run, table, drawn)
        values = probabilities_of(table)[None]
        found[key] = _outcome(key, (run.seed,), drawn, values, class_count(answers))
    return found


def paired(one: Outcome, other: Outcome) -> tuple[Outcome, Outcome]:
    """Return two outcomes of one test set on the images that both answered, in the same draws.

    `difference(*paired(run, rater), "macro_f1")` is a run minus a rater, paired by image.
    """
    ids = [outcome.rows[0].sample_id[outcome.asked] for outcome in (one, other)]
    common = np.intersect1d(*ids)
    if one.key.test != other.key.test or not len(common):
        raise FerError(f"{one.key.model} and {other.key.model} have answered no image in common")
    return on_images(one, common), on_images(other, common)


def on_images(outcome: Outcome, sample_id: np.ndarray) -> Outcome:
    """Return an outcome on those of its images that `sample_id` names, in the draws that it has."""
    kept = np.isin(outcome.rows[0].sample_id, sample_id)
    if kept.all():
        return outcome
    drawn, probabilities = outcome.drawn.part(kept), outcome.probabilities[:, kept]  # type: ignore[union-attr, index]
    classes = outcome.confusions.shape[-1]
    return _outcome(outcome.key, outcome.seeds, drawn, probabilities, classes)


def rater_table(raters: Iterable[RaterRecord], found: Mapping[Key, Outcome]) -> pd.DataFrame:
    """Return one row per rater × test set, those of a panel as one; `found`: of `rater_outcomes`.

    Columns: rater (or panel), raters (how many), kind, form (of the answers), trained_on, test, n
    and n_most (fewest and most images that one answered), of (images there are), tied (answers
    that name several emotions alike, of which the first counts; of a panel the mean), outside (how
    many answers are no emotion of the study, by word; of a panel the sum), drawn; for accuracy and
    macro_f1 M the mean over the raters M, M_lo, M_hi, and the lowest and highest of them,
    M_least and M_most.
    """
    rows = []
    for test, line in _lines(raters):
        outcomes = [found[Key(rater.name, "", test)] for rater in line]
        facts, first = [rater.tests[test] for rater in line], line[0]
        row: dict[str, object] = {"rater": _called(first), "raters": len(line)}
        row |= {"kind": first.kind, "form": facts[0].form}
        row |= {"trained_on": "; ".join(first.trained_on), "test": test}
        row |= {"n": min(o.n for o in outcomes), "n_most": max(o.n for o in outcomes)}
        row |= {"of": facts[0].of, "tied": np.mean([_tied(o) for o in outcomes])}
        outside = sum((Counter(one.outside) for one in facts), Counter[str]())
        row["outside"] = ", ".join(f"{word} {count}" for word, count in sorted(outside.items()))
        row["drawn"] = units(outcomes)
        for metric in METRICS:
            each = [outcome.estimate(metric) for outcome in outcomes]
            row |= spread(metric, each[0] if len(each) == 1 else mean_estimate(outcomes, metric))
            values = [estimate.value for estimate in each]
            row |= {f"{metric}_least": min(values), f"{metric}_most": max(values)}
        rows.append(row)
    return pd.DataFrame(rows)


def rater_differences(
    raters: Iterable[RaterRecord],
    found: Mapping[Key, Outcome],
    runs: Mapping[Key, Outcome],
    first: Mapping[str, str],
) -> pd.DataFrame:
    """Return the score of the first model of each training set minus that of each rater, those of a
    panel as one, on the images that both answered.

    `found`: of `rater_outcomes`; `runs`: outcomes of runs; `first`: of
    `fer_core.analysis.leaderboard.first_models`. Columns: test, rater (or panel), raters (how
    many), train, model, seeds, n and n_most (fewest and most images of a comparison), drawn, and
    for accuracy and macro_f1 difference_M with _lo and _hi: of a panel the mean over its raters.
    """
    rows = []
    for test, line in _lines(raters):
        for train, model in first.items():
            run = runs.get(Key(model, train, test))
            if run is None:
                continue
            pairs = [paired(run, found[Key(rater.name, "", test)]) for rater in line]
            n = [mine.n for mine, _ in pairs]
            row: dict[str, object] = {"test": test, "rater": _called(line[0]), "raters": len(line)}
            row |= {"train": train, "model": model, "seeds": len(run.seeds)}
            row |= {"n": min(n), "n_most": max(n), "drawn": run.unit}
            for metric in METRICS:
                row |= spread(f"difference_{metric}", _mean_difference(pairs, metric))
            rows.append(row)
    return pd.DataFrame(rows)


def _mean_difference(pairs: Sequence[tuple[Outcome, Outcome]], metric: str) -> Estimate:
    """Return the mean over pairs of one minus other; the seeds of `one` are the same
    in all pairs."""
    one, other = (
        Scored(*(np.mean(part, axis=0) for part in zip(*scores, strict=True)))
        for scores in zip(*((a.scored(metric), b.scored(metric)) for a, b in pairs), strict=True)
    )
    return estimate_of(one, -other)


def _lines(raters: Iterable[RaterRecord]) -> list[tuple[str, list[RaterRecord]]]:
    """Return each test set with the raters that are shown together."""
    lines: dict[tuple[str, str], list[RaterRecord]] = {}
    for rater in raters:
        for test in rater.tests:
            lines.setdefault((test, _called(rater)), []).append(rater)
    return [(test, line) for (test, _), line in lines.items()]


def _called(rater: RaterRecord) -> str:
    return rater.panel or rater.name


def _tied(outcome: Outcome) -> int:
    values = outcome.rows[0].probabilities
    top = values >= values.max(axis=1, keepdims=True) - ROUNDING
    return int(((top.sum(axis=1) > 1) & outcome.asked).sum())


def _whole(test: str, answers: pd.DataFrame, runs: Mapping[Key, Outcome]) -> Images:
    for key, outcome in runs.items():
        if (key.test, key.view) == (test, CLEAN) and outcome.drawn is not None:
            return outcome.drawn
    mine = answers[answers["test"] == test].drop_duplicates("sample_id")
    return images_of(mine.sort_values("sample_id"), test)


def _outcome(
    key: Key, seeds: tuple[int, ...], drawn: Images, probabilities: np.ndarray, classes: int
) -> Outcome:
    predicted = probabilities.argmax(axis=2)

    def draw() -> np.ndarray:
        return replicates_of(drawn.truth, predicted, drawn.weights(), drawn.draws, classes)

    return outcome_of(key, seeds, drawn, probabilities, draw, classes)


def _require_same_truth(run: Run, table: pd.DataFrame, drawn: Images) -> None:
    ids, truth = table["sample_id"].to_numpy(dtype=str), emotion_codes(table["emotion"])
    if not (np.array_equal(ids, drawn.sample_id) and np.array_equal(truth, drawn.truth)):
        raise FerError(
            f"the rater {run.model} was joined with other images or emotions of {run.test} than "
            "the runs were tested on; remove it and add it again, or predict the runs again"
        )
