"""What is taken for what: confusion matrices as tables, and the errors of which models are sure."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import KINDS, Shared, kind_of
from fer_core.analysis.leaderboard import ranked_models
from fer_core.analysis.outcomes import Outcome
from fer_core.analysis.scores import present
from fer_core.emotions import EIGHT

PER_TEST = 50  # errors of each model and test set that are kept


def first_fitting(
    found: Mapping[Key, Outcome], validation: Mapping[Key, Outcome], most: int
) -> dict[Key, Outcome]:
    """Return at most `most` outcomes, or those of one model for each training set where these are
    more: of each training set as many of the models that validation ranks first as fit, by rank,
    each in-domain first."""
    ranks = ranked_models(validation)
    place = {(m, train): i for train, models in ranks.items() for i, m in enumerate(models)}
    trains = list(dict.fromkeys(key.train for key in found))
    keys = sorted(
        found, key=lambda k: (trains.index(k.train), place[k.model, k.train], k.train != k.test)
    )
    for count in range(max(map(len, ranks.values())), 0, -1):
        chosen = [key for key in keys if place[key.model, key.train] < count]
        if len(chosen) <= most:
            break
    return {key: found[key] for key in chosen}


def confusion_table(found: Mapping[Key, Outcome], shared: Shared) -> pd.DataFrame:
    """Return one row per model × train × test × true emotion × answer.

    Columns: model, train, test, kind (of test, by `shared`), seeds, emotion (the true one, of those
    that the test set has), n (its images), answer, count (the mean over seeds), share (of n).
    """
    rows: list[tuple[object, ...]] = []
    for key, outcome in found.items():
        cell = (key.model, key.train, key.test, kind_of(outcome, shared), len(outcome.seeds))
        matrix = outcome.confusion
        for k in np.flatnonzero(present(matrix)):
            n = round(matrix[k].sum())
            rows += [
                (*cell, EIGHT[k], n, answer, count, count / n)
                for answer, count in zip(EIGHT, matrix[k], strict=False)
            ]
    axes = ["model", "train", "test", "kind", "seeds"]
    return pd.DataFrame(rows, columns=[*axes, "emotion", "n", "answer", "count", "share"])


def confused_pairs(table: pd.DataFrame) -> pd.DataFrame:
    """Return how often each emotion is taken for each other one, by model, training set and kind of
    test, the most frequent first; pairs that never occur are left out.

    `table`: of `confusion_table`. Columns: model, train, kind, place (1 for the most frequent),
    emotion, answer, count (over all test sets of the kind), n (their images of the emotion),
    share (count / n).
    """
    cell = ["model", "train", "kind"]
    wrong = table[table["emotion"] != table["answer"]]
    order = pd.Categorical(wrong["kind"], list(KINDS), ordered=True)
    axes = [*cell, "emotion", "answer"]
    pairs = wrong.assign(kind=order).groupby(axes, sort=False, observed=True)[["count", "n"]].sum()
    pairs = pairs[pairs["count"] > 0].reset_index()
    trained = pairs.groupby(["train", "model"], sort=False).ngroup()
    pairs = pairs.assign(trained=trained).sort_values(
        ["trained", "kind", "count"], ascending=[True, True, False], kind="stable"
    )
    pairs = pairs.drop(columns="trained").astype({"kind": str}).reset_index(drop=True)
    pairs.insert(3, "place", pairs.groupby(cell, sort=False).cumcount() + 1)
    return pairs.assign(share=pairs["count"] / pairs["n"])


def confident_errors(
    found: Mapping[Key, Outcome],
    first: Mapping[str, str],
    shared: Shared,
    sources: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """Return the images that the first model of each training set named wrongly with the highest
    probability, up to PER_TEST of each test set, each image once, by the seed that was surest.

    `first`: of `fer_core.analysis.leaderboard.first_models`; `sources`: what each compiled test set
    holds, whose sample ids begin with "<source>/". Columns: test, source, train, model, kind, seed,
    sample_id, emotion (the true one), answer, probability (of the answer).
    """
    parts = [
        _errors(key, outcome, bool(sources.get(key.test))).assign(kind=kind_of(outcome, shared))
        for key, outcome in found.items()
        if first.get(key.train) == key.model
    ]
    columns = ["test", "source", "train", "model", "kind", "seed", "sample_id"]
    columns += ["emotion", "answer", "probability"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values("test", kind="stable", ignore_index=True)[columns]


def _errors(key: Key, outcome: Outcome, compiled: bool) -> pd.DataFrame:
    parts = []
    for seed, rows in zip(outcome.seeds, outcome.rows, strict=True):
        wrong = np.flatnonzero(~rows.hit & outcome.asked)
        part = pd.DataFrame({"sample_id": rows.sample_id[wrong]})
        part["emotion"] = np.array(EIGHT)[rows.truth[wrong]]
        part["answer"] = np.array(EIGHT)[rows.predicted[wrong]]
        part["probability"] = rows.probabilities[wrong].max(axis=1)
        parts.append(part.assign(seed=seed))
    table = pd.concat(parts).sort_values("probability", ascending=False, kind="stable")
    table = table.drop_duplicates("sample_id").head(PER_TEST)
    source = table["sample_id"].astype(str).str.partition("/")[0] if compiled else key.test
    return table.assign(model=key.model, train=key.train, test=key.test, source=source)
