"""What auditing a study's data sets found, as tables: copies, persons, flags and leaks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.analysis.intervals import wilson
from fer_core.analysis.kinds import shared_shares
from fer_core.analysis.leaks import KINDS, Leaks, NotAudited, leaky_pairs
from fer_core.audited import TABLES, audit_fault
from fer_core.csv_files import read_csv
from fer_core.facts import of_today
from fer_core.files import read_json
from fer_core.study import Study

Facts = dict[str, Any]
SIZES = ("images_a", "images_b", "copies_a", "copies_b")
NUMBERS = {"mirrored", "correlation", "n_test", *KINDS, "value", *SIZES}
NONE, NOT_KNOWN = "none found", "unknown"
SPLITS = ("val in train", "test in train", "test in val")
UNKNOWN: Facts = {}


@dataclass(frozen=True)
class Audit:
    """The files that an audit leaves beside the facts about the data; empty where none was made."""

    near: pd.DataFrame
    leaks: pd.DataFrame
    leaking: pd.DataFrame
    screening: pd.DataFrame
    facts: Facts
    shared: pd.DataFrame


def read_audit(study: str) -> Audit:
    """Return the audit of a study's data sets; results of before there were audits have none."""
    folder = paths.results_dir() / study / "data"
    names = ("near", "leaks", "leaking", "screening", "shared")
    near, leaks, leaking, screening, shared = (_read(folder / f"{name}.csv") for name in names)
    leaks = _with_unknown_persons(leaks, shared, folder)
    file = folder / "audit.json"
    facts = read_json(file) if file.is_file() else UNKNOWN
    return Audit(near, leaks, leaking, screening, facts, shared)


def read_leaks(study: Study) -> Leaks:
    """Return the training × test pairs of a study that leak; `NotAudited` where its audit is
    missing or older than its sets, tests or rules."""
    fault = audit_fault(study)
    if fault:
        return NotAudited(fault)
    file = paths.results_dir() / study.name / "data" / "leaks.csv"
    return leaky_pairs(_read(file))


def read_shared(study: str) -> dict[tuple[str, str], float]:
    """Return which share of a test set's images is in a training set, by (train, test); empty
    where the study's sets were not compared."""
    return shared_shares(_read(paths.results_dir() / study / "data" / "shared.csv"))


def planted_table(audit: Audit, pooled: bool = False) -> pd.DataFrame:
    """Return for each data set and kind of planted copy how many were planted and found, and the
    recall with Wilson's interval; `pooled`, for each kind over all data sets.
    """
    planted = pd.DataFrame(audit.facts.get("planted", []))
    if planted.empty:
        return planted
    by = ["kind"] if pooled else ["dataset", "kind"]
    planted = planted.groupby(by, sort=False)[["planted", "found"]].sum().reset_index()
    lo, hi = wilson(planted["found"].to_numpy(), planted["planted"].to_numpy())
    recall = planted["found"] / planted["planted"]
    return planted.assign(recall=recall, recall_lo=lo, recall_hi=hi)


def method_table(audit: Audit) -> pd.DataFrame:
    """Return the settings of the search and its precision, one row each."""
    parts = {name: audit.facts.get(name, {}) for name in ("method", "precision")}
    rows = [(part, *pair) for part, values in parts.items() for pair in _leaves(values)]
    return pd.DataFrame(rows, columns=["part", "what", "value"])


def copies_table(summaries: dict[str, Facts]) -> pd.DataFrame:
    """Return for each data set how many images are copies of another, exact, near or mirrored."""
    rows = []
    for name, facts in summaries.items():
        near = facts.get("near") or {}
        row = {"dataset": name, "images": facts["n"], "byte copies": facts["copies"]}
        row |= {"byte copies, conflicting groups": facts["conflicting_groups"]}
        row |= {"near copies, pairs": near.get("pairs"), "of them mirrored": near.get("mirrored")}
        row |= {"of them of one person": near.get("same_person") if facts["persons"] else None}
        rows.append(row | {"near copies, conflicting pairs": near.get("conflicting")})
    return _whole(pd.DataFrame(rows))


def between_splits_table(summaries: dict[str, Facts]) -> pd.DataFrame:
    """Return what the splits of each data set share: images of one split that are found again in
    another one, as byte copies, as near copies and by person.
    """
    rows = []
    for name, facts in summaries.items():
        parts = {
            "byte copies": facts["copies_between_splits"],
            "near copies": (facts.get("near") or {}).get("between_splits"),
            "persons": facts.get("persons_between_splits"),
        }
        if parts["persons"] is not None and not facts.get("persons"):
            parts["persons"] = {}  # nobody is named, so whom the splits share is unknown
        for kind, counts in parts.items():
            if counts is not None:
                rows.append({"dataset": name, "shared": kind, **{s: counts.get(s) for s in SPLITS}})
    return _whole(pd.DataFrame(rows))


def shared_table(audit: Audit) -> pd.DataFrame:
    """Return what each two data sets share, in words: byte copies, near copies (how many of them
    are mirrored and how many have other labels), persons."""
    near = audit.near[audit.near["dataset_a"] != audit.near["dataset_b"]]
    conflicting = (near["emotion_a"] != near["emotion_b"]) & (near["emotion_a"] != "")
    near = near.assign(conflicting=conflicting & (near["emotion_b"] != ""))
    both = [frozenset(pair) for pair in near[["dataset_a", "dataset_b"]].to_numpy().tolist()]
    rows = []
    for row in audit.shared.to_dict("records"):
        mine = [pair == {row["dataset_a"], row["dataset_b"]} for pair in both]
        pairs = near[np.array(mine, dtype=bool)]  # an empty list would choose columns
        copies = [f"{row[f'copies_{x}']:,.0f} of {row[f'images_{x}']:,.0f}" for x in "ab"]
        rows.append(
            {
                "data set": row["dataset_a"],
                "and": row["dataset_b"],
                "byte copies": " and ".join(copies) if row["copies_a"] else NONE,
                "near copies, pairs": said(row["near"]),
                "of them mirrored": said(pairs["mirrored"].sum()),
                "with other labels": said(pairs["conflicting"].sum()),
                "persons": said(row["persons"]),
            }
        )
    return pd.DataFrame(rows)


def said(count: float) -> str:
    """Return a count in words: none found, unknown (missing), or the number."""
    return NOT_KNOWN if pd.isna(count) else f"{count:,.0f}" if count else NONE


def with_unknown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of counts for the page, with "unknown" for those that are missing."""
    missing = [name for name in table.columns if table[name].isna().any()]
    return table.assign(**{name: table[name].astype(object).fillna(NOT_KNOWN) for name in missing})


def flags_table(summaries: dict[str, Facts]) -> pd.DataFrame:
    """Return how many images of each data set were flagged, by reason; 0 where none was."""
    found = {name: f["screening"] for name, f in summaries.items() if "screening" in f}
    reasons = sorted({reason for counts in found.values() for reason in counts})
    rows = [{"dataset": n, **{r: c.get(r, 0) for r in reasons}} for n, c in found.items()]
    return pd.DataFrame(rows) if reasons else pd.DataFrame()


def faces_table(summaries: dict[str, Facts]) -> pd.DataFrame:
    """Return how the faces of each data set were found, setting by setting and count by count."""
    found = {name: facts.get("faces") or {} for name, facts in summaries.items()}
    rows = [(name, *pair) for name, facts in found.items() for pair in _leaves(facts)]
    return pd.DataFrame(rows, columns=["dataset", "what", "value"])


def leak_table(audit: Audit) -> pd.DataFrame:
    """Return what every training set shares with every test set, and the largest share of it."""
    leaks = audit.leaks
    share = leaks[list(KINDS)].max(axis=1) / leaks["n_test"].clip(lower=1)
    leaks = leaks.assign(share=share, persons=leaks["persons"].astype("Int64"))
    return leaks.rename(columns={"n_test": "test images", "near": "near copies"})


def publishable_pairs(audit: Audit, ready: list[str], most: int = 4) -> pd.DataFrame:
    """Return the first near copies of which both images may be shown and are at hand."""
    both = audit.near["dataset_a"].isin(ready) & audit.near["dataset_b"].isin(ready)
    return audit.near[both].head(most)


def _with_unknown_persons(leaks: pd.DataFrame, shared: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return leaks whose persons are missing where they are unknown:
    older audits count none there."""
    names = {*leaks["train"], *leaks["test"]}
    files = {name: folder / f"{name}.json" for name in names}
    known = {n: of_today(read_json(file)) for n, file in files.items() if file.is_file()}
    nobody = {n for n, facts in known.items() if not facts["persons"]}
    rows = shared[shared["persons"].isna()][["dataset_a", "dataset_b"]].to_numpy().tolist()
    other = {frozenset(pair) for pair in rows}
    pairs = [frozenset(pair) for pair in leaks[["train", "test"]].to_numpy().tolist()]
    unknown = np.array([bool(pair & nobody) or pair in other for pair in pairs], dtype=bool)
    return leaks.assign(persons=leaks["persons"].mask(unknown & (leaks["persons"] == 0)))


def _read(file: Path) -> pd.DataFrame:
    """Read a table of an audit: texts as texts, whatever they look like, and NUMBERS as numbers."""
    columns = TABLES[file.name]
    if not file.is_file():
        empty = {name: float if name in NUMBERS else str for name in columns}
        return pd.DataFrame(columns=columns).astype(empty)
    numbers = [name for name in columns if name in NUMBERS]
    return read_csv(file, None, columns, numbers, "run fer summarise again")


def _leaves(values: Any, name: str = "") -> list[tuple[str, str]]:
    """Return nested JSON values as (name of name, text)."""
    if isinstance(values, dict):
        parts = [(f"{name} {key}".strip().replace("_", " "), v) for key, v in values.items()]
        return [leaf for key, value in parts for leaf in _leaves(value, key)]
    text = f"{values:,}" if isinstance(values, int) and not isinstance(values, bool) else values
    return [(name, f"{text:.4g}" if isinstance(text, float) else str(text))]


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Keep counts whole where some are not known."""
    counts = [name for name in table.columns if name not in ("dataset", "shared")]
    return table.astype(dict.fromkeys(counts, "Int64"))
