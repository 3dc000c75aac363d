"""Grad-CAM grids of images that may be shown: chosen by rule, stored as numbers."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset
from fer_core.data.permission import is_publishable
from fer_core.emotions import EMOTION_INDEX
from fer_core.files import atomic_path
from fer_core.heat_maps import COLUMNS, CORRECT, MEAN, WRONG
from fer_core.models import Model
from fer_core.models.cam import grad_cam
from fer_core.predict.weights import model_of
from fer_core.predictions import answers, probabilities_of
from fer_core.records import RunRecord
from fer_core.runs import read_run
from fer_core.training.images import batches
from fer_core.training.logits import preprocess_for

MEAN_OVER = 32  # images per class behind a mean grid


def write_cam(
    model: Model,
    tests: Mapping[str, Dataset],
    predictions: Mapping[str, pd.DataFrame],
    folder: Path,
    device: torch.device,
) -> pd.DataFrame:
    """Write `cam.parquet` from a run's net and prediction tables by test set: grids of the test
    sets that may be shown, on images as the view `clean` has them.
    Return its rows without the grids."""
    tables = [pd.DataFrame(columns=list(COLUMNS))]
    for name, dataset in tests.items():
        if is_publishable(name) and model.cam_layer:
            tables.append(explain(model, name, dataset, predictions[name], device))
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    with atomic_path(folder / "cam.parquet") as temporary:
        table.to_parquet(temporary, index=False, compression="zstd")
    return table.drop(columns="grid")


def explain_run(record: RunRecord, device: torch.device) -> pd.DataFrame:
    """Write the `cam.parquet` of a finished run anew, from the weights that it left here."""
    model = model_of(record)
    model.net.to(device)
    tests = {name: load_dataset(name) for name in record.tests}
    return write_cam(model, tests, read_run(record), record.folder, device)


def explain(
    model: Model, test: str, dataset: Dataset, predictions: pd.DataFrame, device: torch.device
) -> pd.DataFrame:
    """Return Grad-CAM grids for one test set, from its prediction table, in rows chosen by rule.

    "first correct" and "first wrong": for each true emotion, the image with the lowest sample_id
    that the model names rightly and wrongly; the grid explains the emotion that it named.
    "mean of n": for each true emotion, the mean grid of the n images with the lowest sample_id
    (at most 32), explaining the true emotion; sample_id and predicted are empty.
    `grid` is a row-major list of height × width numbers from 0 to 1.
    """
    emotions = answers(predictions)
    named = probabilities_of(predictions).argmax(axis=1)
    table = predictions.assign(predicted=np.array(emotions, dtype=object)[named])
    table = table.sort_values("sample_id", ignore_index=True)
    found = []
    for emotion in [name for name in emotions if (table["emotion"] == name).any()]:
        group = table[table["emotion"] == emotion]
        right = group["predicted"] == emotion
        for rule, some in ((CORRECT, group[right]), (WRONG, group[~right])):
            for sample_id, predicted in some[["sample_id", "predicted"]].head(1).to_numpy():
                grid = grids(model, dataset, [sample_id], predicted, device)[0]
                found.append((sample_id, emotion, predicted, rule, grid))
        several = group["sample_id"].head(MEAN_OVER).tolist()
        mean = grids(model, dataset, several, emotion, device).mean(axis=0)
        found.append(("", emotion, "", f"{MEAN}{len(several)}", mean))
    entries = [(test, *about, *grid.shape, grid.ravel()) for *about, grid in found]
    return pd.DataFrame(entries, columns=list(COLUMNS))


def grids(
    model: Model, dataset: Dataset, sample_ids: list[str], emotion: str, device: torch.device
) -> np.ndarray:
    """Return (n, height, width) float32 Grad-CAM grids of the samples, explaining one emotion."""
    rows = pd.Index(dataset.index["sample_id"]).get_indexer(sample_ids)
    (images,) = batches(dataset.store, rows, len(rows), device)
    x = preprocess_for(model, device)(images)
    return grad_cam(model, x, [EMOTION_INDEX[emotion]] * len(x))
