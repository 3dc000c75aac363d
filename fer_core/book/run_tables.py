"""What the runs of a study left besides predictions: training histories and Grad-CAM grids."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fer_core.analysis.by_source import source_table
from fer_core.analysis.results import StudyResult
from fer_core.book.markdown import listed
from fer_core.book.summaries import read_summaries
from fer_core.errors import FerError
from fer_core.figures.cam import lower_share
from fer_core.parquet_files import read_parquet
from fer_core.runs import RunStatus, find_runs
from fer_core.study import Cell, Study
from fer_core.training.history import read_history

GRIDS = ("test", "sample_id", "emotion", "predicted", "rule", "height", "width", "grid")
CORRECT, WRONG, MEAN = "first correct", "first wrong", "mean of "
EVEN = 0.5  # the lower half's share of a heat map that is the same everywhere


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


def source_scores(result: StudyResult) -> pd.DataFrame:
    """Return the scores of each source of the compiled test sets; empty where none is compiled."""
    summaries = read_summaries(result.study)
    compiled = {test: summaries[test]["card"].get("sources", []) for test in result.study.test}
    if not any(compiled.values()):
        return pd.DataFrame()
    predictions = result.predictions
    parts = [
        source_table(predictions[predictions["test"] == test], sources)
        for test, sources in compiled.items()
        if sources
    ]
    return pd.concat(parts, ignore_index=True)


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


def read_grids(study: Study | str) -> pd.DataFrame:
    """Return the Grad-CAM grids of all runs: model, train, seed, test, sample_id, emotion,
    predicted, rule and grid as a (height, width) array. Empty when no run has any.
    """
    again = f"run: fer explain {study if isinstance(study, str) else study.name}"
    parts = [pd.DataFrame(columns=["model", "train", "seed", "test", "rule", "grid"])]
    for record in find_runs(study):
        path = record.folder / "cam.parquet"
        if path.is_file():
            part = read_parquet(path, GRIDS, again)
            shapes = zip(part["grid"], part["height"], part["width"], strict=True)
            try:
                arrays = [np.asarray(grid).reshape(h, w) for grid, h, w in shapes]
            except (TypeError, ValueError) as error:
                raise FerError(f"{path} holds no grids; {again}") from error
            grids = pd.Series(arrays, index=part.index, dtype=object)
            parts.append(part.assign(grid=grids, **record.cell._asdict()))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def mean_grids(
    grids: pd.DataFrame, cell: Cell, test: str
) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the mean grid of each emotion of `test` for one run, and over how many images."""
    mine = _of(grids, cell, test)
    mine = mine[mine["rule"].str.startswith(MEAN)]
    counts = [int(rule.removeprefix(MEAN)) for rule in mine["rule"]]
    means = dict(zip(mine["emotion"], mine["grid"], strict=True))
    return means, dict(zip(mine["emotion"], counts, strict=True))


def single_grids(grids: pd.DataFrame, cell: Cell, test: str) -> pd.DataFrame:
    """Return the rows of one run about single images: the first correct and first wrong ones."""
    mine = _of(grids, cell, test)
    mine = mine[mine["rule"].isin([CORRECT, WRONG])].reset_index(drop=True)
    titles = zip(mine["emotion"], mine["predicted"], mine["rule"], strict=True)
    return mine.assign(title=[e if r == CORRECT else f"{e}, answer {p}" for e, p, r in titles])


def pairs_to_show(grids: pd.DataFrame) -> list[tuple[Cell, str]]:
    """Return the first seed of each model × training set, with its home test set if it has grids
    there, else with the first test set that has.
    """
    shown: dict[tuple[str, str], tuple[Cell, str]] = {}
    keys = grids[["model", "train", "seed"]].drop_duplicates().itertuples(index=False)
    for model, train, seed in keys:
        mine = grids[(grids["model"] == model) & (grids["train"] == train)]
        test = train if (mine["test"] == train).any() else str(mine["test"].iloc[0])
        shown.setdefault((model, train), (Cell(model, train, int(seed)), test))
    return list(shown.values())


def about_grids(grids: pd.DataFrame, ready: Sequence[str]) -> str:
    """Say which half of the face the mean heat maps lie on, by emotion, and whether faces are
    shown; maps that are zero everywhere do not count."""
    means = grids[grids["rule"].str.startswith(MEAN)]
    means = means.assign(lower=means["grid"].map(lower_share)).dropna(subset=["lower"])
    tests = list(dict.fromkeys(grids["test"]))
    faces = f"Faces of {listed(ready)} are shown below." if ready else _no_faces(tests)
    by_emotion = [
        f"{emotion} {shares.median():.2f} ({shares.min():.2f} to {shares.max():.2f})"
        for emotion, shares in means.groupby("emotion", sort=False)["lower"]
    ]
    return (
        f"Of {len(means)} mean heat maps, {(means['lower'] > EVEN).sum()} lie more on the lower "
        "half of the picture, with the mouth, than on the upper one, with the eyes and brows. The "
        f"lower half's share of the heat is, in the median and from the least to the largest of "
        f"all models, {listed(by_emotion)}; an even map has {EVEN}. {faces}"
    )


def _no_faces(tests: Sequence[str]) -> str:
    return (
        f"No face is shown on this page: the images of {listed(tests)} are not on the machine that "
        "rendered it, and other test sets may not be shown. The mean heat maps need no image."
    )


def _of(grids: pd.DataFrame, cell: Cell, test: str) -> pd.DataFrame:
    keys = {**cell._asdict(), "test": test}
    return grids[np.logical_and.reduce([grids[name] == value for name, value in keys.items()])]
