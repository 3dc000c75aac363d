"""The runs of a study as tables: their states, their epochs, and the sources of compiled tests."""

from collections.abc import Sequence

import pandas as pd

from fer_core.analysis.by_source import source_table
from fer_core.analysis.results import StudyResult
from fer_core.analysis.summaries import read_summaries
from fer_core.errors import FerError
from fer_core.history import read_history
from fer_core.runs import RunStatus, find_runs
from fer_core.study import Cell, Study


def states(statuses: Sequence[RunStatus]) -> pd.DataFrame:
    """Return every planned run with its state, the number of images that it trained on and, where
    it failed, the message."""
    rows = [
        {
            **status._asdict(),
            "training images": status.record.rows["train"] if status.record else pd.NA,
        }
        for status in statuses
    ]
    columns = ["model", "train", "seed", "state", "training images", "message"]
    return pd.DataFrame(rows)[columns].astype({"training images": "Int64"})


def list_table(statuses: Sequence[RunStatus]) -> pd.DataFrame:
    """Return every planned run with its state and, where it is done, its size, weights, kept epoch
    and speed; where it failed, the message."""
    return pd.DataFrame([_row(status) for status in statuses])


def source_scores(result: StudyResult) -> pd.DataFrame:
    """Return the scores of each source of the compiled test sets; empty where none is compiled."""
    compiled = compiled_of(result.study)
    if not any(compiled.values()):
        return pd.DataFrame()
    predictions = result.predictions
    parts = [
        source_table(predictions[predictions["test"] == test], sources)
        for test, sources in compiled.items()
        if sources
    ]
    return pd.concat(parts, ignore_index=True)


def compiled_of(study: Study) -> dict[str, list[str]]:
    """Return the sources of each test set; of one that is not compiled there are none."""
    summaries = read_summaries(study)
    return {test: summaries[test]["card"].get("sources", []) for test in study.test}


def read_histories(study: Study | str) -> dict[Cell, pd.DataFrame]:
    """Return the training history of every finished run."""
    found = {}
    for record in find_runs(study):
        path = record.folder / "history.csv"
        if not path.is_file():
            raise FerError(f"{path} is missing; delete the run.json beside it and run it again")
        found[record.cell] = read_history(path)
    return found


def kept_epochs(histories: dict[Cell, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per run: its epochs, the kept one and its scores, gap (training accuracy
    minus validation accuracy at the kept epoch), minutes and images per second.
    """
    rows = []
    for cell, history in histories.items():
        kept = history[history["selected"] == 1].iloc[-1]
        rows.append(
            {
                **cell._asdict(),
                "epochs": len(history),
                "kept epoch": int(kept["epoch"]),
                "validation loss": kept["val_loss"],
                "validation accuracy": kept["val_accuracy"],
                "validation macro-F1": kept["val_macro_f1"],
                "gap": kept["train_accuracy"] - kept["val_accuracy"],
                "minutes": history["seconds"].sum() / 60,
                "images/s": round(history["images_per_second"].median()),
            }
        )
    return pd.DataFrame(rows)


def _row(status: RunStatus) -> dict[str, object]:
    record = status.record
    return {
        "model": status.model,
        "train": status.train,
        "seed": status.seed,
        "state": status.state,
        "parameters": f"{record.parameters:,}" if record else None,
        "weights": record.weights.get("source") if record else None,
        "kept epoch": str(record.selection.get("epoch")) if record else None,
        "minutes": record.seconds / 60 if record else None,
        "images/s": f"{record.images_per_second:,.0f}" if record else None,
        "message": status.message,
    }
