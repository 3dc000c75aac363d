"""The data sets of a study as tables, from the facts that its results keep; no image is needed."""

from typing import Any

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.emotions import EIGHT, classes_of
from fer_core.errors import FerError
from fer_core.facts import SummaryFacts, fault, of_today
from fer_core.files import read_json
from fer_core.runs import find_runs
from fer_core.study import Study

Facts = dict[str, Any]
SHORT_HASH = 12
CONFLICTS = "groups with conflicting labels"


def read_summaries(study: Study) -> dict[str, Facts]:
    """Return the facts about each data set of a study, training sets first."""
    folder = paths.results_dir() / study.name / "data"
    found = {}
    for name in study.datasets():
        if not (folder / f"{name}.json").is_file():
            raise FerError(f"{folder} has no facts about {name}; run: fer summarise {study.name}")
        file = folder / f"{name}.json"
        found[name] = of_today(read_json(file))
        if wrong := fault(SummaryFacts, found[name]):
            raise FerError(f"{file}: {wrong}; run: fer summarise {study.name}")
    return found


def count_table(summaries: dict[str, Facts]) -> pd.DataFrame:
    """Return a long table of used images: dataset, split, emotion, count."""
    rows = [
        {"dataset": name, "split": split, "emotion": emotion, "count": counts[emotion]}
        for name, facts in summaries.items()
        for split, counts in facts["counts"]["split"].items()
        for emotion in EIGHT
        if emotion in counts
    ]
    return pd.DataFrame(rows)


def wide_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts with a column per emotion and a total, a row per data set and split."""
    wide = counts.pivot_table(
        index=["dataset", "split"], columns="emotion", values="count", sort=False
    )
    wide = wide.reindex(columns=list(classes_of(wide.columns))).fillna(0).astype(int)
    return wide.assign(total=wide.sum(axis=1)).rename_axis(columns=None)


def share_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how frequent each emotion is in each data set, all parts together: dataset, images,
    and the share of each emotion; NaN where the set has no image of it."""
    totals = counts.groupby(["dataset", "emotion"], sort=False)["count"].sum().unstack(sort=False)
    emotions = list(classes_of(totals.columns))
    images = totals.sum(axis=1)
    shares = totals.reindex(columns=emotions).div(images, axis=0)
    shares = shares.where(shares > 0).assign(images=images.astype(int))
    return shares[["images", *emotions]].reset_index().rename_axis(columns=None)


def dropped_table(study: Study | str) -> pd.DataFrame:
    """Return what each model was trained on and what was left out: one row per training set, what,
    and number of images, with the models that this holds for (recipes may draw a part)."""
    models: dict[tuple[str, str, int], list[str]] = {}
    for record in find_runs(study):
        kept = {"trained on": record.rows["train"], "validated on": record.rows["validation"]}
        dropped = {f"dropped: {reason}": n for reason, n in record.rows["dropped"].items()}
        for what, count in {**kept, **dropped}.items():
            names = models.setdefault((record.train, what, count), [])
            if record.model not in names:
                names.append(record.model)
    everyone = {
        train: {m for (t, _, _), names in models.items() if t == train for m in names}
        for train, _, _ in models
    }
    rows = [
        {
            "training set": train,
            "images that were": what,
            "n": count,
            "models": "all" if set(names) == everyone[train] else ", ".join(names),
        }
        for (train, what, count), names in models.items()
    ]
    return pd.DataFrame(rows)


def card_table(summaries: dict[str, Facts]) -> pd.DataFrame:
    """Return what is on the card of each data set, and what was found in it: left out by reason,
    copies, conflicts, persons, hashes."""
    rows = []
    for name, facts in summaries.items():
        card = facts["card"]
        rows.append(
            {
                "dataset": name,
                "title": card["title"],
                "shows": card["shows"],
                "labelled": card.get("labelled") or "unknown",
                "who is shown": card["persons"],
                "their consent": card.get("consent", "unknown"),
                "licence": card["licence"],
                "shown here": "yes" if card["publishable"] else "no",
                "how to obtain it": card.get("obtain", ""),
                "split": "; ".join(filter(None, map(facts.get, ("split_origin", "split_note")))),
                "known problems": "; ".join(card["problems"]),
                "citation": card["citation"],
                **_found(facts),
            }
        )
    return pd.DataFrame(rows).astype({"persons": "Int64"})


def _found(facts: Facts) -> dict[str, Any]:
    reasons = pd.Series(facts["excluded"], dtype=object)
    kinds = reasons.groupby(lambda reason: reason.split(":")[0]).sum()
    return {
        "images": facts["n"],
        "not used": int(sum(facts["excluded"].values())),
        "why": ", ".join(f"{kind} {count:,}" for kind, count in kinds.items()),
        "extra copies": facts["copies"],
        CONFLICTS: facts["conflicting_groups"],
        **facts["copies_between_splits"],
        "persons": facts["persons"] or np.nan,
        "fingerprint": facts["fingerprint"][:SHORT_HASH],
        "split hash": facts["split_hash"][:SHORT_HASH],
    }
