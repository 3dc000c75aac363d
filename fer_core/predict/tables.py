"""A run's prediction tables: one for each test set and view."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_core.data.dataset import Dataset
from fer_core.data.framing import enlarged
from fer_core.emotions import EIGHT
from fer_core.files import sha256_file
from fer_core.models import Model
from fer_core.predict.views import predict
from fer_core.predictions import write_predictions
from fer_core.records import table_path
from fer_core.training.logits import Tell
from fer_core.views import sides_of


def write_tables(
    model: Model,
    dataset: Dataset,
    rows: np.ndarray,
    folder: Path,
    test: str,
    views: Sequence[str],
    device: torch.device,
    channels_last: bool,
    tell: Tell,
) -> dict[str, Any]:
    """Write the prediction table of each view of some rows of a data set below a run's `folder`.

    Return what `run.json` says of them: n, classes and, by view, the hash of the table. `tell`
    hears how many images are predicted, see `fer_core.predict.views.predict`.
    """
    sample_id = dataset.index["sample_id"].iloc[rows].tolist()
    emotion = dataset.index["emotion"].iloc[rows].tolist()
    found = predict(model, dataset.store, rows, device, views, channels_last, tell=tell)
    hashes = {}
    for view, probabilities in found.items():
        file = table_path(folder, test, view)
        write_predictions(file, sample_id, emotion, probabilities)
        hashes[view] = {"sha256": sha256_file(file), **_fed(dataset, view)}
    classes = [name for name in EIGHT if name in set(emotion)]
    return {"n": len(rows), "classes": classes, "views": hashes}


def _fed(dataset: Dataset, view: str) -> dict[str, str]:
    """Say whether the view enlarges the stored images, where it sets the side of the input."""
    sides = sides_of(view)
    return {"enlarged": enlarged(dataset.framing, max(sides))} if sides else {}
