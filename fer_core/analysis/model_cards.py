"""The models of a study that can be taken away: what each takes, what it knows, what it cost."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import OTHER, Shared, kind_of
from fer_core.analysis.outcomes import METRICS, Outcome
from fer_core.analysis.scores import present, recalls
from fer_core.emotions import EIGHT
from fer_core.records import RunRecord

BYTES = 4  # of a parameter, 32-bit floats
NO_GRAPH = ("dropout", "deployed")  # the catalogue counts the net that predicts


def model_cards(
    records: Sequence[RunRecord],
    summaries: Mapping[str, Mapping[str, Any]],
    catalogue: pd.DataFrame,
    starts: pd.DataFrame,
) -> pd.DataFrame:
    """Return one row per finished run, each with what one must know to use its weights.

    Columns: model, train, seed, net (its backbone), side (of the input, pixels), labels (in the
    order of the outputs), start and start_terms (where its weights began, by `starts` of
    `fer_core.analysis.cards.read_starts`), parameters, macs (for one image, by the measured
    `catalogue`; missing where it lacks the net), megabytes (of its file), images (trained on),
    images_per_second (of training), machine, minutes (of training), licence and consent (of the
    training images, by their card).
    """
    measured = {(row["model"], row["size"]): row for row in catalogue.to_dict("records")}
    return pd.DataFrame(
        [
            {
                **record.cell._asdict(),
                "net": str(record.spec.get("backbone", record.model)),
                "side": int(record.spec["input_size"]),
                "labels": " ".join(record.classes),
                **_start(str(record.weights.get("source") or "none"), starts),
                "parameters": record.parameters,
                "macs": _macs(record, measured),
                "megabytes": record.parameters * BYTES / 1e6,
                "images": int(record.rows["train"]),
                "images_per_second": round(record.images_per_second),
                "machine": str(record.hardware.get("cpu") or record.hardware.get("device", "")),
                "minutes": record.seconds / 60,
                "licence": summaries[record.train]["card"]["licence"],
                "consent": summaries[record.train]["card"].get("consent", "unknown"),
            }
            for record in records
        ]
    ).astype({"macs": "Int64"})


def _start(source: str, starts: pd.DataFrame) -> dict[str, str]:
    """Return origin, with its name, and terms of the weights that a record calls `source`; of what
    is not on the list, its name alone."""
    for row in starts.to_dict("records"):
        if source.startswith(row["start"]):
            named = "" if source == row["start"] else f" ({source})"
            return {"start": f"{row['origin']}{named}", "start_terms": row["terms"]}
    return {"start": source, "start_terms": "not known here"}


def _macs(record: RunRecord, measured: Mapping[tuple[Any, Any], Mapping[Any, Any]]) -> Any:
    """Return the multiply-accumulates of a run's net where the very net was measured: the size and
    every switch that changes the graph."""
    row = measured.get((record.spec.get("backbone"), record.spec["input_size"]))
    if row is None:
        return pd.NA
    switches = json.loads(row["options"]) if row["options"] else {}
    own = {**switches, **record.options}
    same = all(own[key] == switches.get(key) for key in own if key not in NO_GRAPH)
    return int(row["macs"]) if same else pd.NA


def recall_table(found: Mapping[Key, Outcome], shared: Shared) -> pd.DataFrame:
    """Return the recall of each emotion by kind of test, a row per model and training set, in the
    view of `found`.

    Columns: model, train, kind, cells (test sets of the kind), seeds (the fewest of a cell), and an
    emotion each: the mean over the test sets that have it; NaN where none has.
    """
    rows: dict[tuple[str, str, str], list[Outcome]] = {}
    for key, outcome in found.items():
        kind = kind_of(outcome, shared)
        rows.setdefault((key.model, key.train, kind), []).append(outcome)
    told = []
    for (model, train, kind), cells in rows.items():
        row: dict[str, object] = {"model": model, "train": train, "kind": kind}
        row |= {"cells": len(cells), "seeds": min(len(cell.seeds) for cell in cells)}
        emotions = EIGHT[: max(cell.answers for cell in cells)]
        for k, emotion in enumerate(emotions):
            have = [c for c in cells if k < c.answers and present(c.confusion)[k]]
            shares = [float(recalls(cell.confusion)[k]) for cell in have]
            row[emotion] = sum(shares) / len(shares) if shares else float("nan")
        told.append(row)
    return pd.DataFrame(told)


def skill_table(
    found: Mapping[Key, Outcome], shared: Shared, cards: pd.DataFrame, by: str
) -> pd.DataFrame:
    """Return model, train, skill (the mean score `by` over the tests on other photographs, as in
    `fer_core.analysis.leaderboard`, which has its interval) and parameters of the trained models
    that have one; in the view of `found`."""
    score = METRICS[by]
    rows = [
        (key.model, key.train, float(score(outcome.confusions).mean()))
        for key, outcome in found.items()
        if kind_of(outcome, shared) == OTHER
    ]
    table = pd.DataFrame(rows, columns=["model", "train", "skill"])
    mean = table.groupby(["model", "train"], sort=False)["skill"].mean().reset_index()
    sizes = cards.groupby(["model", "train"], as_index=False)["parameters"].first()
    return mean.merge(sizes, on=["model", "train"])
