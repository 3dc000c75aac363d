"""Grad-CAM heat maps of test images, stored as numbers: large ones of images that may be shown, by
rule, and small ones of many images, right and wrong, which show no pixel."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import adaptive_avg_pool2d

from fer_core.data.dataset import Dataset
from fer_core.data.load import load_dataset
from fer_core.data.permission import is_publishable
from fer_core.emotions import EMOTION_INDEX
from fer_core.files import atomic_path
from fer_core.heat_maps import COLUMNS, CORRECT, IMAGES, MEAN, SIDE, WRONG
from fer_core.models import Model
from fer_core.models.cam import grad_cam
from fer_core.predict.regions import by_hash, leave_regions
from fer_core.predict.weights import model_of
from fer_core.predictions import answers, probabilities_of
from fer_core.records import RunRecord
from fer_core.runs import read_run
from fer_core.training.images import batches
from fer_core.training.logits import preprocess_for

MEAN_OVER = 32  # images per class behind a mean grid
EACH = 48  # images that get the name of an emotion rightly, and wrongly, behind small maps
PART = 64  # images that are held at a time


def explained(train: str, tests: Iterable[str]) -> list[str]:
    """Return the test sets that get small maps: the training set's own, and those whose images may
    be shown."""
    return [name for name in tests if name == train or is_publishable(name)]


def write_cam(
    model: Model,
    train: str,
    tests: Mapping[str, Dataset],
    predictions: Mapping[str, pd.DataFrame],
    folder: Path,
    device: torch.device,
) -> pd.DataFrame:
    """Write `cam.parquet` and `cam_images.parquet` from a run's net and prediction tables by test
    set, on images as the view `clean` has them: the first of the test sets that may be shown, the
    second of those that `explained` names. Return the rows of the first without the grids."""
    whole, small = [pd.DataFrame(columns=list(COLUMNS))], [pd.DataFrame(columns=list(IMAGES))]
    for name in explained(train, tests) if model.cam_layer else ():
        small.append(explain_images(model, name, tests[name], predictions[name], device))
        if is_publishable(name):
            whole.append(explain(model, name, tests[name], predictions[name], device))
    for file, tables in (("cam.parquet", whole), ("cam_images.parquet", small)):
        table = pd.concat(tables[1:] or tables, ignore_index=True)
        with atomic_path(folder / file) as temporary:
            table.to_parquet(temporary, index=False, compression="zstd")
    return pd.concat(whole[1:] or whole, ignore_index=True).drop(columns="grid")


def explain_run(record: RunRecord, device: torch.device) -> pd.DataFrame:
    """Write the heat maps of a finished run anew, from the weights that it left here."""
    model = model_of(record)
    model.net.to(device)
    tests = {name: load_dataset(name) for name in record.tests}
    table = write_cam(model, record.train, tests, read_run(record), record.folder, device)
    for name in explained(record.train, tests):
        leave_regions(record.study, tests[name])
    return table


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
    emotions, table = answers(predictions), _named(predictions)
    found = []
    for emotion in [name for name in emotions if (table["emotion"] == name).any()]:
        group = table[table["emotion"] == emotion]
        right = group["predicted"] == emotion
        for rule, some in ((CORRECT, group[right]), (WRONG, group[~right])):
            for sample_id, predicted in some[["sample_id", "predicted"]].head(1).to_numpy():
                grid = grids(model, dataset, [sample_id], [predicted], device)[0]
                found.append((sample_id, emotion, predicted, rule, grid))
        several = group["sample_id"].head(MEAN_OVER).tolist()
        same = [emotion] * len(several)
        mean = grids(model, dataset, several, same, device).mean(axis=0)
        found.append(("", emotion, "", f"{MEAN}{len(several)}", mean))
    entries = [(test, *about, *grid.shape, grid.ravel()) for *about, grid in found]
    return pd.DataFrame(entries, columns=list(COLUMNS))


def explain_images(
    model: Model, test: str, dataset: Dataset, predictions: pd.DataFrame, device: torch.device
) -> pd.DataFrame:
    """Return small Grad-CAM maps of the images of one test set, from its prediction table.

    For each emotion up to EACH images that the model rightly names so and as many that it wrongly
    names so, in the order of the hashes of their ids; a map explains the emotion that it named.
    `grid` is a row-major list of SIDE × SIDE numbers from 0 to 255.
    """
    table = _named(predictions)
    table = table.iloc[by_hash(table["sample_id"].to_numpy())]
    right = (table["emotion"] == table["predicted"]).rename("right")
    known = table["emotion"].isin(answers(predictions))
    some = table[known].groupby(["predicted", right[known]]).head(EACH)
    small = []
    for first in range(0, len(some), PART):
        part = some.iloc[first : first + PART]
        whole = grids(model, dataset, list(part["sample_id"]), list(part["predicted"]), device)
        small.append(adaptive_avg_pool2d(torch.from_numpy(whole)[:, None], SIDE)[:, 0].numpy())
    maps = np.concatenate(small) if small else np.empty((0, SIDE, SIDE))
    levels = (255 * maps).round().astype(np.uint8).reshape(-1, SIDE * SIDE)
    return some.assign(test=test, grid=list(levels))[list(IMAGES)]


def grids(
    model: Model,
    dataset: Dataset,
    sample_ids: Sequence[str],
    emotions: Sequence[str],
    device: torch.device,
) -> np.ndarray:
    """Return (n, height, width) float32 Grad-CAM grids of n samples, each for its emotion."""
    rows = pd.Index(dataset.index["sample_id"]).get_indexer(list(sample_ids))
    (images,) = batches(dataset.store, rows, len(rows), device)
    x = preprocess_for(model, device)(images)
    return grad_cam(model, x, [EMOTION_INDEX[emotion] for emotion in emotions])


def _named(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return a prediction table with the emotion that was named, by sample id."""
    names = np.array(answers(predictions), dtype=object)
    named = names[probabilities_of(predictions).argmax(axis=1)]
    return predictions.assign(predicted=named).sort_values("sample_id", ignore_index=True)
