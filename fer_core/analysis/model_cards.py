"""The models of a study that can be taken away: what each takes, what it knows, what it cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_core.analysis.kinds import OTHER, Shared, kind_of
from fer_core.analysis.outcomes import Key, Outcome
from fer_core.analysis.scores import present, recalls
from fer_core.emotions import EIGHT
from fer_core.records import RunRecord

BYTES = 4  # of a parameter, 32-bit floats


def model_cards(
    records: Sequence[RunRecord], summaries: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Return one row per finished run, each with what one must know to use its weights.

    Columns: model, train, seed, side (of the input, pixels), labels (in the order of the outputs),
    start (where its weights began), parameters, megabytes (of its file), images_per_second (of
    training), minutes (of training), licence (of the training images, by their card).
    """
    return pd.DataFrame(
        [
            {
                **record.cell._asdict(),
                "side": int(record.spec["input_size"]),
                "labels": " ".join(record.classes),
                "start": str(record.weights.get("source") or "random"),
                "parameters": record.parameters,
                "megabytes": record.parameters * BYTES / 1e6,
                "images_per_second": round(record.images_per_second),
                "minutes": record.seconds / 60,
                "licence": summaries[record.train]["card"]["licence"],
            }
            for record in records
        ]
    )


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


def skill_table(board: pd.DataFrame, cards: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return model, train, parameters and skill, the score `by` on other photographs, of the rows
    of a leaderboard that have one."""
    skill = f"{OTHER.replace(' ', '_')}_{by}"
    table = board.dropna(subset=[skill])[["model", "train", skill]]
    sizes = cards.groupby(["model", "train"], as_index=False)["parameters"].first()
    return table.merge(sizes, on=["model", "train"]).rename(columns={skill: "skill"})
