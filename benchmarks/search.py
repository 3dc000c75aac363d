r"""Rates and epochs of a study's models, tried on the validation part of one training set.

    fer data add fer2013 PATH
    python benchmarks/search.py open fer2013 --model mobilenetv1-face-96 \
        --try 'lr: 0.0005, epochs: 4' --try 'phases: [{epochs: 3, side: 64}, {epochs: 1}]'

Each `--try` is one candidate: changes to the model's recipe in the study file, by its parts or by
the names in `PLACES` of `fer_core/recipe_files.py`. It trains on `--images` images, drawn by class,
and is validated on the whole validation part; no image of a test split is read. One line a
candidate goes to `results/<study>/search.csv`, `images` 0 where all were taken; a candidate that
stands there is not tried again, and one that was killed goes on where it stopped.
"""

import argparse
import json
from hashlib import sha256
from pathlib import Path

import pandas as pd
import torch
import yaml

from fer_core import paths
from fer_core.data.contempt import study_dataset
from fer_core.data.select import TrainingRows, draw_rows
from fer_core.files import atomic_path
from fer_core.job import image_set
from fer_core.models import create_model
from fer_core.models.weights.initial import FOLDED
from fer_core.recipe import Recipe
from fer_core.recipe_files import in_parts, merge
from fer_core.study import load_study
from fer_core.training import seeds
from fer_core.training.layout import settle_layout
from fer_core.training.loop import fit
from fer_core.training.rows import rows_of
from fer_core.training.unfold import unfold

KEY = ["model", "train", "seed", "images", "changes"]


def attempt(options: argparse.Namespace, model: str, changes: dict) -> dict[str, object]:
    """Train one candidate and return its line: what it was, and the epoch that validated best."""
    study = load_study(options.study)
    parts, _ = in_parts(changes)
    recipe = Recipe.model_validate(merge(study.recipe_for(model).model_dump(), parts))
    tests = [study_dataset(study, name) for name in study.test]
    dataset, rows = rows_of(study, study_dataset(study, options.train), tests)
    if options.images:
        drawn = draw_rows(dataset, rows, options.images, options.seed)
        rows = TrainingRows(drawn.train, rows.validation, rows.dropped)
    images, device = image_set(dataset), seeds.pick_device(options.device)
    torch.manual_seed(seeds.derive(options.seed, seeds.INIT))
    made = create_model(study.spec(model), dropout=recipe.regularisation.dropout)
    if made.provenance.get("batch_norm") == FOLDED:
        unfold(made, images, rows.train, options.seed, device)
    name = sha256(written(changes).encode()).hexdigest()[:12]
    folder = (
        paths.root()
        / "_build"
        / "search"
        / f"{model}-{options.train}-{options.images or 'all'}-{name}"
    )
    folder.mkdir(parents=True, exist_ok=True)
    machine, _ = settle_layout(made, recipe, study.machine_for(model), device, folder)
    history = fit(
        made, images, rows, recipe, folder, seed=options.seed, device=device, machine=machine
    )
    best = history.rows[history.best]
    told = {name: best[name] for name in ("epoch", "val_accuracy", "val_macro_f1", "val_loss")}
    values = (model, options.train, options.seed, options.images or 0, written(changes))
    told |= {"seconds": round(sum(history.column("seconds")))}
    return dict(zip(KEY, values, strict=True)) | told


def written(changes: dict) -> str:
    """Return changes to a recipe as text, in the order of their names."""
    values = {key: json.dumps(v) if isinstance(v, list | dict) else v for key, v in changes.items()}
    return " ".join(f"{key}={value}" for key, value in sorted(values.items()))


def main() -> None:
    """Try what was not tried yet; print and keep each line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study")
    parser.add_argument("train")
    parser.add_argument("--model", required=True)
    parser.add_argument("--try", dest="candidates", action="append", required=True)
    parser.add_argument("--images", type=int, help="by default all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    path = Path(paths.results_dir()) / load_study(options.study).name / "search.csv"
    for candidate in options.candidates:
        changes = yaml.safe_load(f"{{{candidate}}}")
        done = pd.read_csv(path, dtype={"changes": str}) if path.is_file() else pd.DataFrame()
        asked = (options.model, options.train, options.seed, options.images or 0, written(changes))
        if len(done) and (done[KEY].apply(tuple, axis=1) == asked).any():
            continue
        line = attempt(options, options.model, changes)
        print(line, flush=True)
        table = pd.concat([done, pd.DataFrame([line])], ignore_index=True)
        with atomic_path(path) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
