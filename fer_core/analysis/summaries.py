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


def cleaning_table(summaries: dict[str, Facts]) -> pd.DataFrame:
    """Return what was found in each data set: left out by reason, copies, conflicts, hashes."""
    rows = []
    for name, facts in summaries.items():
        reasons = pd.Series(facts["excluded"], dtype=object)
        kinds = reasons.groupby(lambda reason: reason.split(":")[0]).sum()
        rows.append(
            {
                "dataset": name,
                "images": facts["n"],
                "not used": int(sum(facts["excluded"].values())),
                "why": ", ".join(f"{kind} {count:,}" for kind, count in kinds.items()),
                "extra copies": facts["copies"],
                "groups with conflicting labels": facts["conflicting_groups"],
                **facts["copies_between_splits"],
                "persons": facts["persons"] or np.nan,
                "fingerprint": facts["fingerprint"][:SHORT_HASH],
                "split hash": facts["split_hash"][:SHORT_HASH],
            }
        )
    return pd.DataFrame(rows).astype({"persons": "Int64"})


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
    """Return citation, terms, content, split and known problems of each data set."""
    rows = []
    for name, facts in summaries.items():
        card = facts["card"]
        rows.append(
            {
                "dataset": name,
                "title": card["title"],
                "citation": card["citation"],
                "licence": card["licence"],
                "shown here": "yes" if card["publishable"] else "no",
                "shows": card["shows"],
                "persons": card["persons"],
                "their consent": card.get("consent", "unknown"),
                "split": "; ".join(filter(None, map(facts.get, ("split_origin", "split_note")))),
                "known problems": "; ".join(card["problems"]),
            }
        )
    return pd.DataFrame(rows)
