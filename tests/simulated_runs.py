"""A checkout of its own with studies, results and notebooks, in which books are built."""

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml

from fer_core.data.registry import get_entry
from fer_core.emotions import EMOTIONS
from fer_core.files import sha256_file, write_json
from fer_core.predictions import write_predictions
from fer_core.records import RunRecord, mark_failed, run_dir, table_path, write_record
from fer_core.study import Cell, Study, load_study

ROOT = Path(__file__).resolve().parents[1]
PARTIAL = {"london": ("happy", "neutral")}
N = 140


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with the book's own files and nothing else; every FER_ folder lies in it."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "book", root / "book", ignore=shutil.ignore_patterns("report"))
    shutil.copytree(
        ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns("*.ipynb")
    )
    shutil.copy(ROOT / "_config.yml", root / "_config.yml")
    (root / "studies").mkdir()
    monkeypatch.setenv("FER_ROOT", str(root))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("FER_DATA", "FER_RESULTS", "FER_REPORT"):
        monkeypatch.delenv(name, raising=False)
    return root


@pytest.fixture
def simulated_results(checkout: Path) -> Callable[..., Study]:
    """Return a function that writes a study file and runs whose guesses are better in-domain."""

    def simulate(
        name: str = "demo",
        train: tuple[str, ...] = ("phantom-lab", "phantom-web"),
        test: tuple[str, ...] = ("phantom-lab", "phantom-web"),
        models: tuple[str, ...] = ("small-net", "large_net"),
        failed: tuple[Cell, ...] = (),
        seeds: tuple[int, ...] = (0,),
    ) -> Study:
        specs = {model: {"backbone": "resnet18", "input_size": 48} for model in models}
        content = {
            "title": f"Simulated study {name}",
            "models": specs,
            "train": list(train),
            "test": list(test),
            "seeds": list(seeds),
            "views": ["clean", "mirror"],
            "recipe": {"epochs": 4},
        }
        (checkout / "studies" / f"{name}.yml").write_text(yaml.safe_dump(content, sort_keys=False))
        study = load_study(name)
        for cell in study.cells():
            if cell in failed:
                mark_failed(run_dir(name, *cell), "RuntimeError: loss is not finite <b>|</b>")
            else:
                simulate_run(study, cell)
        for dataset in sorted({*train, *test}):
            write_json(
                checkout / "results" / name / "data" / f"{dataset}.json", summary_of(dataset)
            )
        return study

    return simulate


def simulate_run(study: Study, cell: Cell) -> None:
    """Write everything that a finished run leaves, with made-up numbers."""
    folder = run_dir(study.name, *cell)
    skill = 1.5 + list(study.models).index(cell.model)
    tests = {
        test: _predict(folder, cell, test, skill - (test != cell.train)) for test in study.test
    }
    validated = {"views": _predict(folder, cell, "validation", skill)["views"]}
    _history(folder, study.recipe.epochs, skill)
    _cam(folder, [test for test in study.test if get_entry(test).card.publishable])
    _notebook(folder)
    record = _record(study, cell, tests)
    write_record(record.model_copy(update={"selection": record.selection | validated}))


def _predict(folder: Path, cell: Cell, test: str, skill: float) -> dict[str, object]:
    """Write a table for each view; each test set has the same images for every run."""
    images = np.random.default_rng(len(test))
    emotions = np.array(PARTIAL.get(test, EMOTIONS))
    truth = np.concatenate(
        [emotions, emotions[images.integers(0, len(emotions), N - len(emotions))]]
    )
    noise = np.random.default_rng([cell.seed, len(cell.model), len(cell.train), len(test)])
    logits = noise.normal(size=(N, 7)) + skill * (truth[:, None] == np.array(EMOTIONS))
    between = "-" if test.startswith("phantom") else "/"  # the names of phantoms can be drawn
    ids = [f"{test}{between}{i:05d}" for i in range(N)]
    views = {}
    for view, change in (("clean", 0.0), ("mirror", 0.1)):
        p = np.exp(logits + change * noise.normal(size=(N, 7)))
        file = table_path(folder, test, view)
        write_predictions(file, ids, truth, p / p.sum(axis=1, keepdims=True))
        views[view] = {"sha256": sha256_file(file)}
    classes = [emotion for emotion in EMOTIONS if emotion in set(truth)]
    return {"n": N, "classes": classes, "views": views}


def _history(folder: Path, epochs: int, skill: float) -> None:
    epoch = np.arange(1, epochs + 1)
    loss, score = 2 / (epoch + skill), 1 - 1 / (epoch + skill)
    table = pd.DataFrame({"epoch": epoch, "lr": 0.01 / epoch})
    for part, gap in (("train", 0.05), ("val", 0.0)):
        table[f"{part}_loss"] = loss - gap
        table[f"{part}_accuracy"] = score + gap
        table[f"{part}_macro_f1"] = score + gap / 2
    table["images_per_second"], table["seconds"] = 100.0, 2.0
    table.assign(selected=(epoch == epochs).astype(int)).to_csv(folder / "history.csv", index=False)


def _cam(folder: Path, tests: list[str]) -> None:
    grid = np.outer(np.hanning(6), np.hanning(6)).astype(np.float32).ravel()
    rows = []
    for test in tests:
        for emotion in PARTIAL.get(test, EMOTIONS):
            for rule, answer in (
                ("first correct", emotion),
                ("first wrong", "sad"),
                ("mean of 12", ""),
            ):
                sample = "" if rule.startswith("mean") else sample_id(test, emotion)
                rows.append((test, sample, emotion, answer, rule, 6, 6, grid))
    columns = ["test", "sample_id", "emotion", "predicted", "rule", "height", "width", "grid"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "cam.parquet", index=False)
    _cam_images(folder, tests)


def _cam_images(folder: Path, tests: list[str]) -> None:
    """Write small maps whose heat lies on the mouth, a little less of it where answers are wrong;
    the boxes hold whole cells."""
    noise, rows = np.random.default_rng(len(tests)), []
    boxes = {"eyes": [0.25, 0.25, 0.75, 0.5], "mouth": [0.25, 0.75, 0.75, 1.0]}
    for test in tests:
        names = PARTIAL.get(test, EMOTIONS)
        for i, emotion in enumerate(names):
            for truth, heat in ((emotion, 200), (names[i - 1], 150)):
                for _ in range(12):
                    grid = noise.integers(1, 20, (12, 12), dtype=np.uint8)
                    grid[9:, 3:9] = heat
                    rows.append((test, f"{test}/{len(rows)}", truth, emotion, grid.ravel()))
        file = folder.parents[2] / "data" / f"{test}.regions.json"
        write_json(file, {"fingerprint": "", "images": 200, "found": 180, **boxes})
    columns = ["test", "sample_id", "emotion", "predicted", "grid"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "cam_images.parquet", index=False)


def _notebook(folder: Path) -> None:
    cells = [
        nbformat.v4.new_markdown_cell("# Train one model on one data set\n\nThis page is one run."),
        nbformat.v4.new_code_cell(
            "print('epoch 1')", outputs=[nbformat.v4.new_output("stream", text="epoch 1\n")]
        ),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}),
        folder / "train.ipynb",
    )


def _record(study: Study, cell: Cell, tests: dict[str, dict[str, object]]) -> RunRecord:
    return RunRecord(
        study=study.name, **cell._asdict(), spec=study.spec(cell.model).model_dump(mode="json"),
        recipe=study.recipe_for(cell.model).model_dump(mode="json"),
        input={"size": 48, "mean": [0.5] * 3, "std": [0.5] * 3},
        weights={"source": "none", "sha256": None}, parameters=11_180_103,
        data={name: {"fingerprint": "f" * 64, "rows": N} for name in {cell.train, *study.test}},
        rows={"train": 700, "validation": N, "dropped": {"train: copy in a test split": 3}},
        selection={"rule": f"best validation macro_f1 on {cell.train}", "epoch": 4, "value": 0.6},
        tests=tests, weights_sha256="0" * 64, commit="0123456789abcdef", versions={},
        hardware={"device": "cpu", "cpu": "a processor", "threads": 1}, seconds=8.0,
        images_per_second=100.0, started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:00:08+00:00",
    )  # fmt: skip


def summary_of(dataset: str) -> dict[str, object]:
    """Return made-up counts of a registered data set with its real card."""
    emotions = PARTIAL.get(dataset, EMOTIONS)
    counts = {emotion: 20 * (emotion in emotions) for emotion in EMOTIONS}
    splits = ("test",) if dataset in PARTIAL else ("train", "val", "test")
    return {
        "name": dataset,
        "card": get_entry(dataset).card.model_dump(mode="json"),
        "n": 500,
        "counts": {"source_split": {}, "split": {split: counts for split in splits}},
        "excluded": {"contempt": 5},
        "copies": 4,
        "conflicting_groups": 1,
        "copies_between_splits": {"val in train": 1, "test in train": 2, "test in val": 0},
        "persons": 0,
        "fingerprint": "f" * 64,
        "split_hash": "e" * 64,
        "store": {"size": 48, "channels": 1},
        "samples": {
            emotion: [sample_id(dataset, emotion)] if emotion in emotions else []
            for emotion in EMOTIONS
        },
    }


def sample_id(dataset: str, emotion: str) -> str:
    """Return the name of a made-up image."""
    return f"{dataset}-{EMOTIONS.index(emotion):05d}"
