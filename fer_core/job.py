"""One run of the grid, in the steps that `notebooks/train.py` shows."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from filelock import FileLock

from fer_core.data.contempt import study_dataset
from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import require_sharp
from fer_core.data.select import TrainingRows, draw_rows, test_rows
from fer_core.data.summary import leave_summary
from fer_core.emotions import EMOTION_INDEX, classes_of
from fer_core.errors import FerError
from fer_core.history import History
from fer_core.models import Model, count_parameters, create_model, save_weights
from fer_core.models.entries import entries
from fer_core.models.method import deployed
from fer_core.models.weights.initial import FOLDED
from fer_core.predict.explain import explained, write_cam
from fer_core.predict.regions import leave_regions
from fer_core.predict.tables import write_tables
from fer_core.predict.views import require_views
from fer_core.predictions import VALIDATION, read_predictions
from fer_core.recipe import Machine, Phase, Recipe
from fer_core.records import RunRecord, run_dir, table_path, write_record
from fer_core.study import Cell, ModelSpec, Study, load_study
from fer_core.training import provenance, seeds
from fer_core.training.images import ImageSet
from fer_core.training.layout import settle_layout
from fer_core.training.lock import hold, let_go
from fer_core.training.loop import fit
from fer_core.training.phases import require_sides
from fer_core.training.progress import Prediction
from fer_core.training.rows import about_data, about_pictures, about_rows, rows_of
from fer_core.training.unfold import unfold
from fer_core.views import CLEAN, passes

LEAKS = {None: "none", "drop": "left out", "keep": "kept, as the study says"}
TEMPORARY = ("checkpoint.pt", "progress.json", "failed.json")


@dataclass
class Job:
    """A run with all it needs. Call its steps in order; each can be repeated after a failure."""

    study: Study
    cell: Cell
    spec: ModelSpec
    recipe: Recipe
    machine: Machine
    model: Model
    train: Dataset
    tests: dict[str, Dataset]
    rows: TrainingRows
    device: torch.device
    folder: Path
    say: Callable[[str], None]
    started: str
    commit: str = field(default_factory=provenance.commit)  # of the code that trains
    rates: dict[str, float] = field(default_factory=dict)  # of the memory formats, if measured
    lock: FileLock | None = None  # held until the run is finished or its process ends
    history: History | None = None
    scored: dict[str, dict[str, Any]] = field(default_factory=dict)
    validated: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> pd.DataFrame:
        """Return what the run is, one row per fact."""
        facts = {
            "backbone": self.spec.backbone,
            "input": f"{self.spec.input_size} px, stem {self.spec.stem}",
            **self._switches(),
            "parameters": f"{count_parameters(self.model.net):,}",
            "starting weights": self.model.provenance.get("source"),
            "training set": f"{self.cell.train}: {len(self.rows.train):,} images",
            "validation part of it": f"{len(self.rows.validation):,} images",
            **{f"left out, {reason}": f"{n:,} images" for reason, n in self.rows.dropped.items()},
            "near copies and persons shared with tests": LEAKS[self._leak_rule()],
            "emotions": ", ".join(self.model.classes),
            "test sets": ", ".join(self.tests),
            "views of their images": ", ".join(self.study.views_for(self.cell.model)),
            "epochs": self.recipe.epochs,
            **self._phases(),
            "epoch kept": self._rule(),
            "device": f"{self.device}, {torch.get_num_threads()} threads",
        }  # fmt: skip
        return pd.DataFrame({"this run": facts}, dtype=object)

    def _switches(self) -> dict[str, str]:
        if not self.model.options:
            return {}
        told = entries()[self.spec.backbone].tell(self.model.options)
        return {f"switch {name}": text for name, text in told.items()}

    def _phases(self) -> dict[str, str]:
        """Say what learns in each phase, where that is not all of the net at one rate."""
        plain = self.recipe.phases == (Phase(epochs=self.recipe.epochs),)
        return {} if plain else self.recipe.tell()

    def fit(self) -> History:
        """Train, or go on where a killed run stopped; see `fer_core.training.loop.fit`."""
        (self.folder / "run.json").unlink(missing_ok=True)
        if self.model.provenance.get("batch_norm") == FOLDED:
            self.model.provenance["batch_norm"] = {"was": FOLDED, "measured anew on": unfold(
                self.model, image_set(self.train), self.rows.train, self.cell.seed, self.device
            )}  # fmt: skip
        identity = {"spec": self.spec.identity(), "weights": self.model.provenance}
        self.history = fit(self.model, image_set(self.train), self.rows, self.recipe, self.folder,
                           seed=self.cell.seed, device=self.device, machine=self.machine,
                           identity=identity, say=self.say)  # fmt: skip
        return self.history

    def predict(self) -> pd.DataFrame:
        """Write a prediction table for the validation rows and each test set, in each view of the
        study; list the latter."""
        self.validated = self._predict(VALIDATION, self.train, self.rows.validation)
        for name, dataset in self.tests.items():
            self.scored[name] = self._predict(name, dataset, test_rows(dataset))
        table = pd.DataFrame.from_dict(self.scored, orient="index")[["n", "classes", "views"]]
        return table.assign(views=table["views"].map(", ".join)).rename_axis("test").reset_index()

    def _predict(self, name: str, dataset: Dataset, rows: np.ndarray) -> dict[str, Any]:
        views = self.study.views_for(self.cell.model)
        tell = Prediction(self.folder, name, len(rows) * len(passes(views))).advance
        return write_tables(
            self.model, dataset, rows, self.folder, name, views, self.device,
            self.machine.channels_last is True, tell,
        )  # fmt: skip

    def explain(self) -> pd.DataFrame:
        """Write the Grad-CAM heat maps and where eyes and mouth lie; list the heat maps of the test
        sets that may be shown."""
        files = {name: table_path(self.folder, name, CLEAN) for name in self.tests}
        tables = {name: read_predictions(file) for name, file in files.items()}
        for name in explained(self.cell.train, self.tests):
            leave_regions(self.study.name, self.tests[name])
        train = self.cell.train
        return write_cam(self.model, train, self.tests, tables, self.folder, self.device)

    def finish(self) -> RunRecord:
        """Write the weights and, last, `run.json`; then remove the checkpoint and the progress."""
        if self.history is None or not self.scored:
            raise FerError("the run is not complete; call fit() and predict() before finish()")
        net = deployed(self.model.net)
        spec = self.spec.model_dump(mode="json") | {"options": dict(self.model.options)}
        spec["options"] |= {"deployed": True} if net is not self.model.net else {}
        takes = self.model.input.model_dump(mode="json")
        about = {"spec": spec, "input": takes, "labels": self.model.classes}
        save_weights(net, self.folder / "model.safetensors", about)
        for dataset in {self.cell.train: self.train, **self.tests}.values():
            leave_summary(self.study.name, dataset)
        record = self._record(self.history)
        write_record(record)
        for name in TEMPORARY:
            (self.folder / name).unlink(missing_ok=True)
        let_go(self.lock)
        return record

    def _record(self, history: History) -> RunRecord:
        best = history.rows[history.best]
        datasets = {self.cell.train: self.train, **self.tests}
        return RunRecord(
            study=self.study.name, **self.cell._asdict(),
            spec=self.spec.model_dump(mode="json"), recipe=self.recipe, machine=self.machine,
            input=self.model.input.model_dump(mode="json"), weights=dict(self.model.provenance),
            parameters=count_parameters(self.model.net), options=dict(self.model.options),
            classes=self.model.classes,
            data={name: about_data(d, self.spec.input_size) for name, d in datasets.items()},
            rows={"train": len(self.rows.train), "validation": len(self.rows.validation),
                  "dropped": dict(self.rows.dropped), **about_rows(self.study, self.cell.train)},
            selection={"rule": self._rule(), "epoch": int(best["epoch"]),
                       "value": best[f"val_{self.recipe.selection.measure}"],
                       "views": self.validated["views"]},
            tests=self.scored,
            weights_sha256=provenance.hash_weights(deployed(self.model.net)),
            commit=self.commit, versions=provenance.versions(),
            hardware=provenance.hardware(self.device) | self._memory_format(),
            seconds=sum(history.column("seconds")),
            images_per_second=float(np.mean(history.column("images_per_second"))),
            started=self.started, finished=now(),
        )  # fmt: skip

    def _memory_format(self) -> dict[str, Any]:
        """Return the memory format, and the images/s by which it was chosen;
        none after a resumed run."""
        name = "channels_last" if self.machine.channels_last else "contiguous"
        measured = {"measured_images_per_second": self.rates} if self.rates else {}
        return {"memory_format": name, **measured}

    def _leak_rule(self) -> str | None:
        return self.study.leaks.get(self.cell.train)

    def _rule(self) -> str:
        measure = self.recipe.selection.measure.replace("_f1", "-F1")
        return f"best validation {measure}, the earlier on a tie"


def prepare(
    study: Study | str,
    model: str,
    train: str,
    seed: int,
    device: str = "auto",
    threads: int = 0,
    say: Callable[[str], None] = print,
) -> Job:
    """Return the job for one cell of a study; `threads` = 0 leaves torch's choice."""
    study = load_study(study) if isinstance(study, str) else study
    cell = study.cell(model, train, seed)
    seeds.use_threads(threads)
    spec, recipe = study.spec(model), study.recipe_for(model)
    dataset = study_dataset(study, train)
    tests = {n: dataset if n == train else study_dataset(study, n) for n in study.test}
    require_sharp({train: dataset, **tests}.values(), spec.input_size, model, study.upsample)
    dataset, rows = rows_of(study, dataset, list(tests.values()))
    if recipe.data.images is not None:
        rows = draw_rows(dataset, rows, recipe.data.images, seed)
    torch.manual_seed(seeds.derive(seed, seeds.INIT))
    classes = classes_of(dataset.index["emotion"].iloc[rows.train])
    made = create_model(spec, dropout=recipe.regularisation.dropout, classes=classes)
    takes = made.input.model_copy(update={"picture": about_pictures(dataset)})
    made = replace(made, input=takes)
    require_sides(made, recipe, model, dataset, study.upsample)
    require_views(made, study.views_for(model), model, tests.values(), study.upsample)
    folder = run_dir(study.name, *cell)
    folder.mkdir(parents=True, exist_ok=True)
    lock = hold(folder)
    where = seeds.pick_device(device)
    machine, rates = settle_layout(made, recipe, study.machine_for(model), where, folder)
    return Job(study, cell, spec, recipe, machine, made, dataset, tests, rows, where, folder, say,
               now(), rates=rates, lock=lock)  # fmt: skip


def image_set(dataset: Dataset) -> ImageSet:
    """Return what training may see of a prepared data set."""
    labels = dataset.index["emotion"].map(EMOTION_INDEX).fillna(-1).to_numpy(np.int64)
    split = dataset.index["split"].to_numpy(str)
    return ImageSet(dataset.store, labels, split, dataset.fingerprint)


def now() -> str:
    """Return the present moment, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
