"""What an audit found, as the facts and tables that the results keep; sample ids, no pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_core.audited import TABLES
from fer_core.csv_files import read_csv
from fer_core.data.audit.planted import planted_recall
from fer_core.data.copies.leaks import Leaks, find_leaks
from fer_core.data.copies.neighbours import method
from fer_core.data.copies.persons import persons_known
from fer_core.data.dataset import Dataset
from fer_core.data.screen import measures
from fer_core.data.select import LeakRule, study_rows, test_rows
from fer_core.study import Study

LEAKS_CSV, LEAKING_CSV = TABLES["leaks.csv"], TABLES["leaking.csv"]
SCREENING_CSV = TABLES["screening.csv"]
MEASURE = {"flat": "variance", "dark": "mean", "bright": "mean", "tiny": "side"}
# Pairs that the search found, judged by eye on contact sheets: how many were looked at and how many
# show one photograph, per data set and band of the fine correlation. Of FER2013 random draws, of
# NHFI nearly all below 0.99 and all mirrored ones. A doubtful pair counts as wrong. Of the pairs
# that only the first version found, 104 of FER2013 and all 26 of NHFI were looked at too: most are
# copies with words printed on them or with clipped contrast.
JUDGED = Path(__file__).with_name("judged.csv")


def leaking_table(study: Study, trains: list[Dataset], tests: list[Dataset]) -> pd.DataFrame:
    """Return LEAKING_CSV: of each test set, the images that have a byte copy, a near copy or the
    same person among the rows that training on each set uses by the study's rules, validation rows
    included; one row for each kind.

    A training set without a rule for leaks is taken as it is: where it leaks, training refuses it.
    """
    kept: dict[str, LeakRule] = dict.fromkeys((train.name for train in trains), "keep")
    study = study.model_copy(update={"leaks": {**kept, **study.leaks}})
    parts = [pd.DataFrame(columns=LEAKING_CSV, dtype=str)]
    for train in trains:
        used = study_rows(study, train, tests)
        for test in tests:
            leaks = find_leaks(train, used.seen(), test, test_rows(test))
            for kind, shared in leaks._asdict().items():
                part = pd.DataFrame({"sample_id": test.index["sample_id"].iloc[shared.test]})
                parts.append(part.assign(train=train.name, test=test.name, kind=kind))
    return pd.concat(parts, ignore_index=True)[LEAKING_CSV].sort_values(
        LEAKING_CSV, ignore_index=True
    )


def leak_table(leaking: pd.DataFrame, trains: list[Dataset], tests: list[Dataset]) -> pd.DataFrame:
    """Return LEAKS_CSV: how many images of each test set leak from each training set, by kind;
    `leaking` as of `leaking_table`. `persons` is missing where a set names nobody, or another one's
    persons have other names."""
    counts = leaking.groupby(["train", "test", "kind"]).size()
    records = []
    for train in trains:
        for test in tests:
            found: dict[str, Any] = {
                kind: counts.get((train.name, test.name, kind), 0) for kind in Leaks._fields
            }
            if not persons_known(train, _all(train), test, _all(test)):
                found["persons"] = pd.NA
            records.append((train.name, test.name, len(test_rows(test)), *found.values()))
    return pd.DataFrame(records, columns=LEAKS_CSV).astype({"persons": "Int64"})


def _all(dataset: Dataset) -> np.ndarray:
    return np.arange(len(dataset.index))


def screening_table(datasets: list[Dataset]) -> pd.DataFrame:
    """Return SCREENING_CSV: every flag of every image with the value for which it was set."""
    records = []
    for dataset in datasets:
        index = dataset.index
        flagged = index[index["flags"] != ""] if "flags" in index else index.head(0)
        if flagged.empty:
            continue
        values = measures(flagged).round(2).to_dict("list")
        names, flags = flagged["sample_id"].tolist(), flagged["flags"].tolist()
        for place, (name, flag) in enumerate(zip(names, flags, strict=True)):
            for reason in flag.split(";"):
                records.append((dataset.name, name, reason, values[MEASURE[reason]][place]))
    found = pd.DataFrame(records, columns=SCREENING_CSV)
    return found.sort_values(SCREENING_CSV[:3], ignore_index=True)


def audit_facts(datasets: list[Dataset]) -> dict[str, Any]:
    """Return the search's method, recall on copies planted in each of `datasets`, and precision."""
    planted = [row for d in datasets for row in planted_recall(d).to_dict("records")]
    return {"method": method(), "planted": planted, "precision": precision()}


def precision() -> dict[str, Any]:
    """Return the pairs judged by eye: {data set: {which: {"pairs", "same photograph"}}}."""
    found: dict[str, Any] = {}
    for row in read_csv(JUDGED, numbers=("pairs", "same_photograph")).to_dict("records"):
        judged = {"pairs": row["pairs"], "same photograph": row["same_photograph"]}
        found.setdefault(row["dataset"], {})[row["which"]] = judged
    return found
