"""The real path, once, on a tiny study: data set, runs, a failure, chapters, book, checks."""

import subprocess
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from PIL import Image

from fer_core.book.execution.chapters import read_chapters
from fer_core.data.phantom import generate
from fer_core.emotions import EMOTIONS
from fer_core.files import read_json
from fer_core.predictions import read_predictions
from tests.checkouts import make, make_checkout, run_in

pytestmark = [pytest.mark.timeout(900), pytest.mark.slow]

STUDY = {
    "title": "Tiny study",
    "models": {
        "net": {"backbone": "test_resnet", "input_size": 32},
        "broken": {"backbone": "test_resnet", "input_size": 32, "options": {"absent": True}},
    },
    "train": ["seven"],
    "test": ["seven", "five"],
    "leaks": {"seven": "keep"},  # rendered people whose names are lost look like near copies
    "views": ["clean", "mirror", "side-48"],
    "recipe": {
        "base": "frozen-trunk",
        "data": {"batch_size": 16},
        "phases": [
            {"epochs": 1, "train": "head"},
            {"epochs": 1, "lr": {"trunk": 0.001, "head": 0.01}},
        ],
    },
}
FIVE = EMOTIONS[2:]


def write_faces(folder: Path, emotions: tuple[str, ...], seed: int) -> Path:
    """Write phantoms as a user's own class folders, ten for each emotion."""
    index, pixels = generate("phantom-lab", n=140, seed=seed)
    for emotion in emotions:
        rows = (index["emotion"] == emotion).to_numpy().nonzero()[0][:10]
        (folder / emotion).mkdir(parents=True)
        for row in rows:
            Image.fromarray(pixels[row].squeeze()).save(folder / emotion / f"{row}.png")
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with two small data sets and a study of which one model cannot work."""
    root = make_checkout(tmp_path_factory.mktemp("end") / "checkout")
    (root / "studies" / "tiny.yml").write_text(yaml.safe_dump(STUDY))
    for name, emotions, seed in (("seven", EMOTIONS, 1), ("five", FIVE, 2)):
        faces = write_faces(root / "faces" / name, emotions, seed)
        added = run_in(root, "fer", "data", "add", "folder", str(faces), "--as", name)
        assert added.returncode == 0, added.stdout
    return root


@pytest.fixture(scope="module")
def first(checkout: Path) -> subprocess.CompletedProcess[str]:
    """`make study`, run once."""
    return make(checkout, "study", "STUDY=tiny")


def test_a_failed_run_does_not_lose_the_others_and_the_exit_code_says_so(checkout, first):
    assert first.returncode == 2, first.stdout  # make's own code for a recipe that ended with 1
    assert "Some runs of 'tiny' failed" in first.stdout
    runs = checkout / "results" / "tiny"
    assert "has no options" in read_json(runs / "broken/seven/seed0/failed.json")["message"]
    assert (runs / "broken" / "seven" / "seed0" / "train.ipynb").is_file()
    record = read_json(runs / "net" / "seven" / "seed0" / "run.json")
    assert set(record["tests"]) == {"seven", "five"}
    assert record["rows"]["train"] + record["rows"]["validation"] < 70


def test_a_run_leaves_predictions_a_history_and_its_notebook(checkout, first):
    folder = checkout / "results" / "tiny" / "net" / "seven" / "seed0"
    record = read_json(folder / "run.json")
    for name, emotions in (("seven", EMOTIONS), ("five", FIVE)):
        for view in STUDY["views"]:
            table = read_predictions(folder / "predictions" / name / f"{view}.parquet")
            assert set(table["emotion"]) == set(emotions)
            assert len(table) == record["tests"][name]["n"]
    history = pd.read_csv(folder / "history.csv")
    assert len(history) == 2
    assert history["selected"].sum() == 1
    assert not (folder / "progress.json").exists()
    notebook = nbformat.read(folder / "train.ipynb", as_version=4)
    assert notebook.cells[0].source.startswith("# net on seven, seed 0")
    told = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
    assert "1 epoch, head, rate up to 0.002" in told
    assert "...</td>" not in told
    assert record["recipe"]["phases"][1]["lr"] == {"trunk": 0.001, "head": 0.01}


def test_the_book_shows_the_study_and_its_failure(checkout, first):
    site = checkout / "_build" / "html"
    report = site / "book" / "report" / "tiny"
    unmet = {"gradcam", "questions", "raters", "search"}  # of what chapters need
    for chapter in read_chapters("study"):
        assert (report / f"{chapter}.html").is_file() == (chapter not in unmet)
    told = (report / "travel.html").read_text()
    assert "<em>Grad-CAM</em> (no finished run stored heat maps" in told
    for chapter in read_chapters("book"):
        assert (report.parent / f"{chapter}.html").is_file()
    assert (report / "runs" / "net" / "seven" / "seed0.html").is_file()
    assert "has no options" in (report / "runs.html").read_text()
    assert f"The book: {site}/index.html" in first.stdout
    checked = run_in(checkout, "fer", "check")
    assert checked.returncode == 0, checked.stdout


def test_nothing_is_done_again(checkout, first):
    page = checkout / "_build" / "html" / "index.html"
    before = page.stat().st_mtime_ns
    again = make(checkout, "book", "STUDY=tiny")
    assert again.returncode == 0, again.stdout
    assert "Nothing to be done" in again.stdout
    assert page.stat().st_mtime_ns == before
