"""A search, trial after trial: each trains on training images and is scored on validation images;
no image of a test split is trained on, validated with or predicted."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from fer_core import paths
from fer_core.data.contempt import study_dataset
from fer_core.data.dataset import Dataset
from fer_core.data.enlarging import require_sharp
from fer_core.data.select import TrainingRows, draw_rows
from fer_core.emotions import classes_of
from fer_core.errors import FerError
from fer_core.facts import first_fault
from fer_core.history import History
from fer_core.job import image_set
from fer_core.models import Model, create_model
from fer_core.models.weights.initial import FOLDED
from fer_core.predict.views import predict
from fer_core.predictions import write_predictions
from fer_core.recipe import Machine, Recipe
from fer_core.search_files import Search, load_search, recipe_in_use, recipe_with
from fer_core.study import Study
from fer_core.suggestions import falls_behind, suggest
from fer_core.training import provenance, seeds
from fer_core.training.identity import difference
from fer_core.training.images import ImageSet
from fer_core.training.lock import hold, let_go
from fer_core.training.loop import fit
from fer_core.training.phases import require_sides
from fer_core.training.progress import DivergedError
from fer_core.training.rows import rows_of
from fer_core.training.unfold import unfold
from fer_core.trials import (
    COMPLETE,
    FAILED,
    PRUNED,
    RECORD,
    SearchRecord,
    Trial,
    prediction_path,
    read_search,
    read_trials,
    recipe_path,
    write_search,
    write_trials,
)
from fer_core.views import CLEAN

Say = Callable[[str], None]
# Of a file `search.json`, what may differ between two sittings of one search.
OF_A_SITTING = ("versions", "hardware", "commit")


@dataclass(frozen=True)
class Bench:
    """What all trials of a search have in common."""

    record: SearchRecord
    study: Study
    dataset: Dataset
    images: ImageSet
    rows: TrainingRows
    machine: Machine
    device: torch.device

    def model(self, recipe: Recipe) -> Model:
        """Return the net as every trial starts from it, apart from its dropout."""
        search, index = self.record.search, self.dataset.index
        torch.manual_seed(seeds.derive(search.seed, seeds.INIT))
        classes = classes_of(index["emotion"].iloc[self.rows.train])
        spec, dropout = self.study.spec(search.model), recipe.regularisation.dropout
        made = create_model(spec, dropout=dropout, classes=classes)
        require_sides(made, recipe, search.model, self.dataset, self.study.upsample)
        if made.provenance.get("batch_norm") == FOLDED:
            unfold(made, self.images, self.rows.train, search.seed, self.device)
        return made


def run_search(
    name: str, device: str = "auto", threads: int = 0, say: Say = print
) -> tuple[SearchRecord, list[Trial]]:
    """Try what the search `name` has not tried yet and return its record and all its trials.

    `trials.csv` is written after each trial: a search that was killed goes on, and ends with the
    same trials as one that ran through. Records of another search are a FerError.
    """
    search, study = load_search(name)
    recipe_path(name)
    seeds.use_threads(threads)
    work = paths.root() / "_build" / "search" / study.name / name
    work.mkdir(parents=True, exist_ok=True)
    lock = hold(work)
    try:
        bench = _bench(name, search, study, seeds.pick_device(device))
        record, trials = bench.record, read_trials(bench.record)
        while len(trials) <= search.budget.trials:
            trial = _attempt(bench, trials, work / f"trial{len(trials)}")
            trials.append(trial)
            write_trials(record, trials)
            say(_line(record, trial))
            shutil.rmtree(work / f"trial{trial.number}", ignore_errors=True)
    finally:
        let_go(lock)
    return record, trials


def _bench(name: str, search: Search, study: Study, device: torch.device) -> Bench:
    tests = [study_dataset(study, test) for test in study.test]
    dataset, rows = rows_of(study, study_dataset(study, search.train), tests)
    side = study.spec(search.model).input_size
    require_sharp([dataset], side, search.model, study.upsample)
    recipe = recipe_in_use(search, study)
    n = search.budget.images or recipe.data.images
    if n:  # all of the validation part is kept: a trial is scored more surely
        drawn = draw_rows(dataset, rows, n, search.seed)
        rows = replace(drawn, validation=rows.validation)
    machine = study.machine_for(search.model)
    if machine.channels_last == "auto":  # measured anew, another format could be chosen
        machine = machine.model_copy(update={"channels_last": False})
    record = SearchRecord(
        name=name, search=search, recipe=recipe, fingerprint=dataset.fingerprint,
        train_images=len(rows.train), validation_images=len(rows.validation),
        spec=study.spec(search.model).identity(), machine=machine.identity(),
        optuna=version("optuna"), versions=provenance.versions(),
        hardware=provenance.hardware(device), commit=provenance.commit(),
    )  # fmt: skip
    return Bench(_settled(record), study, dataset, image_set(dataset), rows, machine, device)


def _settled(record: SearchRecord) -> SearchRecord:
    """Return the record that is there, if it is of the same search, else write this one."""
    if not (record.folder / RECORD).is_file():
        write_search(record)
        return record
    kept = read_search(record.search.study, record.name)
    differs = difference(_comparable(kept), _comparable(record))
    if differs:
        raise FerError(
            f"{record.folder} has the trials of another search ({differs}); give this one another "
            "name, or delete that folder"
        )
    kept = kept.model_copy(update={"search": record.search})  # of more trials, perhaps
    write_search(kept)
    return kept


def _comparable(record: SearchRecord) -> dict[str, Any]:
    facts = record.model_dump(mode="json", exclude={*OF_A_SITTING, "recipe"})
    del facts["search"]["budget"]["trials"]
    return {**facts, "recipe": record.recipe.identity()}


def _attempt(bench: Bench, trials: list[Trial], folder: Path) -> Trial:
    """Train the next trial, or what is left of it, and return it; leave what it predicts for the
    validation images if it was not given up."""
    record, number = bench.record, len(trials)
    values = suggest(record, trials)
    folder.mkdir(exist_ok=True)
    scores = f"val_{record.measure}"

    def give_up(history: History) -> bool:
        return number > 0 and falls_behind(record, trials, tuple(history.column(scores)))

    try:
        recipe = recipe_with(record.recipe, values) if number else record.recipe
        model = bench.model(recipe)
        history = fit(model, bench.images, bench.rows, recipe, folder, seed=record.search.seed,
                      device=bench.device, machine=bench.machine, say=lambda line: None,
                      give_up=give_up)  # fmt: skip
    except (ValidationError, DivergedError) as error:
        fault = first_fault(error) if isinstance(error, ValidationError) else str(error)
        return Trial(number, FAILED, values, (), 0, " ".join(fault.split()))
    curve, seconds = tuple(history.column(scores)), round(sum(history.column("seconds")))
    if len(curve) < recipe.epochs and give_up(history):
        return Trial(number, PRUNED, values, curve, seconds)
    _write_answers(bench, model, prediction_path(record, number))
    return Trial(number, COMPLETE, values, curve, seconds)


def _write_answers(bench: Bench, model: Model, path: Path) -> None:
    rows, index = bench.rows.validation, bench.dataset.index
    layout = bench.machine.channels_last is True
    found = predict(model, bench.dataset.store, rows, bench.device, (CLEAN,), layout)
    sample_id, emotion = (index[name].iloc[rows].tolist() for name in ("sample_id", "emotion"))
    write_predictions(path, sample_id, emotion, found[CLEAN])


def _line(record: SearchRecord, trial: Trial) -> str:
    told = f"trial {trial.number:>3}/{record.search.budget.trials} {trial.state:8}"
    if not trial.curve:
        return f"{told} {trial.message}"
    told += f" {record.measure} {record.score(trial):.4f}, {len(trial.curve)} epochs"
    return " ".join((told, *(f"{place}={value}" for place, value in trial.values.items())))
