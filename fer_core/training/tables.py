"""A run's prediction tables: written when it ends, and again when a test set has changed since."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_core.data.contempt import study_dataset
from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import fed, require_sharp
from fer_core.data.load import load_dataset
from fer_core.data.select import TrainingRows, draw_rows, study_rows, test_rows
from fer_core.emotions import CONTEMPT, EIGHT
from fer_core.errors import FerError
from fer_core.files import sha256_file
from fer_core.models import Model, load_model
from fer_core.predictions import write_predictions
from fer_core.progress import Progress
from fer_core.recipe import Machine, Recipe
from fer_core.runs import RunRecord, read_run, write_record
from fer_core.study import Study
from fer_core.training import explain, provenance
from fer_core.training.predict import Tell, preprocess_for, probabilities

BATCH = 256


def write_tables(
    model: Model,
    dataset: Dataset,
    rows: np.ndarray,
    file: Path,
    recipe: Recipe,
    machine: Machine,
    device: torch.device,
    tell: Tell,
) -> dict[str, Any]:
    """Write the prediction table of some rows of a data set; return what `run.json` says of it.

    With the recipe's `flip_test`, a second table beside it averages over the image and its mirror
    image. `tell` hears how many images are predicted, `passes` times each.
    """
    prepare = preprocess_for(model, device, machine.channels_last is True)
    net = model.net.to(device)
    sample_id = dataset.index["sample_id"].iloc[rows].tolist()
    emotion = dataset.index["emotion"].iloc[rows].tolist()
    plain = probabilities(net, prepare, dataset.store, rows, BATCH, tell=tell)
    write_predictions(file, sample_id, emotion, plain)
    flipped = {}
    if recipe.prediction.flip_test:
        mirrored = probabilities(net, prepare, dataset.store, rows, BATCH, True, tell)
        twin = file.with_suffix(".flip.parquet")
        write_predictions(twin, sample_id, emotion, (plain + mirrored) / 2)
        flipped = {"flip_sha256": sha256_file(twin)}
    return {
        "n": len(rows),
        "classes": [name for name in EIGHT if name in set(emotion)],
        "file": f"predictions/{file.name}",
        "sha256": sha256_file(file),
        **flipped,
    }


def rows_of(study: Study, train: Dataset, tests: list[Dataset]) -> tuple[Dataset, TrainingRows]:
    """Return the rows that a study trains and validates with, and the data set that they are of.

    A training set of which no image of contempt is left for training is one of seven emotions.
    """
    rows = study_rows(study, train, tests)
    if study.contempt == "keep" and CONTEMPT not in set(train.index["emotion"].iloc[rows.train]):
        train = load_dataset(train.name)
        rows = study_rows(study, train, tests)
    return train, rows


def about_data(dataset: Dataset, size: int) -> dict[str, Any]:
    """Return what `run.json` says of a data set that feeds a net of input `size`."""
    facts = {"fingerprint": dataset.fingerprint, "rows": len(dataset.index)}
    return {**facts, **fed(dataset, size)}


def about_rows(study: Study, train: str) -> dict[str, Any]:
    """Return the rules by which a study chose the rows of a training set."""
    return {
        "leaks": study.leaks.get(train),
        "flagged": study.flagged,
        "label_confidence": study.label_confidence.get(train),
        "contempt": study.contempt,
    }


def passes(recipe: Recipe) -> int:
    """How often each image is predicted."""
    return 1 + recipe.prediction.flip_test


def outdated_tests(record: RunRecord, study: Study) -> list[str]:
    """Return the test sets of the study that a run has not predicted, or that have changed since.

    Raises FerError when a data set is not prepared.
    """
    return [
        name
        for name in study.test
        if record.data.get(name, {}).get("fingerprint") != load_dataset(name).fingerprint
        or name not in record.tests
        or record.rows.get("contempt", "drop") != study.contempt
    ]


def predict_again(
    record: RunRecord, study: Study, device: torch.device, now: str, shown: bool = False
) -> RunRecord:
    """Predict the outdated test sets of a finished run from its weights, and record it; with
    `shown`, say on standard error how it goes.

    The run keeps its training: raises FerError when its training set has changed, when its training
    rows would be others today (one of them may be a copy of a new test image), or when the weights
    are not here; then it has to be trained again.
    """
    names = outdated_tests(record, study)
    if not names:
        return record
    again = f"delete {record.folder} and train it again"
    train = study_dataset(study, record.train)
    if record.data[record.train]["fingerprint"] != train.fingerprint:
        raise FerError(
            f"{record.train} has changed since {record.model} was trained on it; {again}"
        )
    tests = {name: study_dataset(study, name) for name in study.test}
    size = int(record.input["size"])
    require_sharp((tests[name] for name in names), size, record.model, study.upsample)
    train, rows = rows_of(study, train, list(tests.values()))
    recipe, machine = record.recipe, record.machine
    if recipe.data.images is not None:
        rows = draw_rows(train, rows, recipe.data.images, record.seed)
    now_used = (len(rows.train), len(rows.validation), dict(rows.dropped))
    if now_used != tuple(record.rows[key] for key in ("train", "validation", "dropped")):
        raise FerError(
            f"with {', '.join(names)} as it is today, {record.model} would be trained on other "
            f"images of {record.train}; {again}"
        )
    weights = record.folder / "model.safetensors"
    if not weights.is_file():
        raise FerError(f"{weights} is not here (weights are not shared); {again}")
    model = load_model(weights)
    if provenance.hash_weights(model.net) != record.weights_sha256:
        raise FerError(f"{weights} is not the net of this run; {again}")
    kept = {name: facts for name, facts in record.tests.items() if name not in names}
    read_run(record.model_copy(update={"tests": kept}))  # refuses tables that are not the run's own
    data, done = dict(record.data), dict(record.tests)
    for name in names:
        file = record.folder / "predictions" / f"{name}.parquet"
        dataset = tests[name]
        part = test_rows(dataset)
        title = f"{record.model} on {record.train}, seed {record.seed}: predicting {name}"
        with Progress(title, len(part) * passes(recipe), shown) as progress:
            entry = write_tables(
                model, dataset, part, file, recipe, machine, device, progress.advance
            )
        done[name] = entry | {"predicted": now, "commit": provenance.commit()}
        data[name] = about_data(dataset, size)
    chosen = {**record.rows, "contempt": study.contempt}
    record = record.model_copy(update={"tests": done, "data": data, "rows": chosen})
    if any(tests[name].card.publishable for name in names):
        known = {name: tests[name] for name in done if name in tests}
        explain.write_cam(model, known, read_run(record), record.folder, device)
    write_record(record)
    return record
