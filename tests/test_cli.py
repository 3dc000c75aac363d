"""The `fer` command: exit codes, JSON, one line for a failure."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from fer_core.cli import main
from fer_core.files import read_json
from fer_core.recipe import Recipe
from fer_core.study import Cell, load_study
from tests.simulated_runs import simulate_run

ROOT = Path(__file__).resolve().parent.parent


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def fer(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run the command in this process."""

    def call(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return Answer(int(stop.value.code or 0), *capsys.readouterr())

    return call


@pytest.fixture
def homes(data_home: Path, results_home: Path) -> Path:
    """Empty folders for data and results; the root of the results."""
    return results_home


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A folder of noise, ten images for each of two emotions."""
    noise = np.random.default_rng(0)
    for emotion in ("happy", "sad"):
        for number in range(10):
            path = tmp_path / "faces" / emotion / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(noise.integers(0, 256, (20, 20), dtype=np.uint8)).save(path)
    return tmp_path / "faces"


def write_study(folder: Path, **changes: object) -> Path:
    path = folder / "small.yml"
    content = {
        "title": "Small",
        "models": {"net": {"backbone": "test_resnet", "input_size": 32}},
        "train": ["mine"],
        "test": ["mine"],
        "recipe": {"epochs": 1},
    }
    path.write_text(json.dumps({**content, **changes}))
    return path


def is_one_line(text: str) -> bool:
    return text.startswith("error: ") and text.count("\n") == 1 and "Traceback" not in text


def test_help_names_every_command(fer):
    answer = fer("--help")
    assert answer.code == 0
    for command in ("data", "studies", "run", "status", "scores", "chapter", "book", "check"):
        assert f"\n  {command} " in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("status",),
        ("run", "--study", "demo"),
        ("run", "--study", "demo", "--model", "resnet", "--train", "phantom-lab", "--seed", "x"),
        ("data", "list", "--jsno"),
    ],
)
def test_bad_usage_is_2(fer, arguments):
    answer = fer(*arguments)
    assert answer.code == 2
    assert answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("status", "demmo"), "did you mean demo"),
        (("studies", "show", "demmo"), "did you mean demo"),
        (("models", "resnet1x8zz"), "resnet18"),
        (("data", "show", "fer2031"), "did you mean fer2013"),
        (("data", "add", "fer2031", "x.zip"), "did you mean fer2013"),
        (("chapter", "demo", "travvel"), "did you mean travel"),
        (("run", "--study", "demo", "--model", "resnt", "--train", "phantom-lab"), "resnet"),
        (("run", "--study", "demo", "--model", "resnet", "--train", "phantom"), "phantom-lab"),
        (
            ("run", "--study", "demo", "--model", "resnet", "--train", "phantom-lab", "--seed", 7),
            "valid: 0",
        ),
        (("notebook", ROOT / "notebooks" / "train.py", "x.ipynb", "-p", "sed=1"), "mean seed"),
        (("notebook", ROOT / "notebooks" / "train.py", "x.ipynb", "-p", "seed"), "seed=VALUE"),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest_valid_one(fer, homes, arguments, hint):
    answer = fer(*arguments)
    assert answer.code == 2
    assert is_one_line(answer.err)
    assert hint in answer.err
    assert not homes.exists()


def test_a_data_set_without_its_files_says_how_to_obtain_them(fer, homes):
    answer = fer("data", "add", "fer2013")
    assert answer.code == 2
    assert is_one_line(answer.err)
    assert "Kaggle" in answer.err
    assert "does not exist" in fer("data", "add", "fer2013", "absent.zip").err


def test_a_folder_of_faces_is_added_listed_and_shown(fer, homes, faces):
    added = fer("data", "add", "folder", faces, "--as", "mine", "--json")
    assert added.code == 0
    assert added.json["n"] == 20
    listed = {row["dataset"]: row for row in fer("data", "list", "--json").json}
    assert listed["mine"]["ready"]
    assert not listed["mine"]["publishable"]
    assert not listed["phantom-lab"]["ready"]
    shown = fer("data", "show", "mine", "--json").json
    assert sum(shown["counts"]["split"]["train"].values()) >= 2
    assert "mine" in fer("data", "show", "mine").out


def test_data_that_are_not_ready_show_their_card(fer, homes):
    shown = fer("data", "show", "london", "--json").json
    assert shown["ready"] is False
    assert shown["card"]["publishable"] is True
    assert "CC" in fer("data", "show", "london").out


def test_models_are_found_by_pattern_or_by_part_of_the_name(fer):
    names = [row["model"] for row in fer("models", "test_res*", "--json").json]
    assert "test_resnet" in names
    parts = [row["model"] for row in fer("models", "efficientnet_lite", "--json").json]
    assert "tf_efficientnet_lite0" in parts
    assert all("efficientnet_lite" in name for name in parts)


def test_studies_are_listed_and_shown_with_whole_recipes(fer, homes):
    rows = {row["study"]: row for row in fer("studies", "list", "--json").json}
    demo = load_study("demo")
    assert rows["demo"]["runs"] == len(demo.cells())
    assert rows["demo"]["done"] == 0
    shown = fer("studies", "show", "demo", "--json").json
    for model in demo.models:
        assert Recipe.model_validate(shown["models"][model]["recipe"]) == demo.recipe_for(model)
    assert all(model in fer("studies", "show", "demo").out for model in demo.models)


def test_status_and_scores_tell_what_is_done_and_how_good_it_is(fer, homes):
    study = load_study("demo")
    done = study.cells()[0]
    simulate_run(study, done)
    rows = fer("status", "demo", "--json").json
    states = {Cell(row["model"], row["train"], row["seed"]): row for row in rows}
    assert len(states) == len(study.cells())
    assert [cell for cell, row in states.items() if row["state"] == "done"] == [done]
    scores = fer("scores", "demo", "--json").json
    assert {row["test"] for row in scores} == set(study.test)
    for row in scores:
        assert row["accuracy_lo"] <= row["accuracy"] <= row["accuracy_hi"]
        assert row["n"] > 0
    assert f"{scores[0]['accuracy']:.3f} [" in fer("scores", "demo").out


def test_scores_of_a_study_without_a_run_say_so(fer, homes):
    answer = fer("scores", "demo")
    assert answer.code == 2
    assert is_one_line(answer.err)
    assert "no finished run" in answer.err


def test_summarise_writes_the_facts_about_every_data_set(fer, homes, faces, tmp_path):
    fer("data", "add", "folder", faces, "--as", "mine")
    answer = fer("summarise", write_study(tmp_path), "--json")
    assert answer.code == 0
    assert [row["images"] for row in answer.json] == [20]
    assert read_json(homes / "small" / "data" / "mine.json")["n"] == 20


def test_a_run_that_fails_is_1_and_leaves_its_reason_and_its_notebook(fer, homes, faces, tmp_path):
    fer("data", "add", "folder", faces, "--as", "mine")
    net = {"backbone": "test_resnet", "input_size": 32, "weights": "absent.safetensors"}
    study = write_study(tmp_path, models={"net": net})
    answer = fer("run", "--study", study, "--model", "net", "--train", "mine", "--threads", 1)
    assert answer.code == 1
    assert "absent.safetensors" in answer.err
    assert "Traceback" not in answer.err
    folder = homes / "small" / "net" / "mine" / "seed0"
    assert "absent.safetensors" in read_json(folder / "failed.json")["message"]
    assert (folder / "train.ipynb").is_file()
    [row] = fer("status", study, "--json").json
    assert row["state"] == "failed"
    assert "absent.safetensors" in row["message"]


def test_a_book_that_is_not_built_cannot_be_checked(fer, monkeypatch, tmp_path):
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    answer = fer("check", "--json")
    assert answer.code == 2
    assert is_one_line(answer.err)


def test_check_is_1_and_lists_the_faults(fer, monkeypatch, tmp_path):
    page = tmp_path / "_build" / "html" / "book" / "intro.html"
    page.parent.mkdir(parents=True)
    page.write_text("<h1>Book</h1><script src='https://example.org/x.js'></script>")
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    answer = fer("check", "--json")
    assert answer.code == 1
    assert any("https://example.org/x.js" in fault for fault in answer.json["faults"])
    assert "https://example.org/x.js" in fer("check").err


def test_a_full_disk_is_one_line_and_1(fer, homes, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "data/x")

    monkeypatch.setattr("fer_core.data.prepare.add.add_dataset", full)
    answer = fer("data", "add", "phantom-lab")
    assert answer.code == 1
    assert is_one_line(answer.err)
    assert "No space left on device: data/x" in answer.err


def test_relative_folders_mean_the_same_in_a_notebook(fer, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FER_RESULTS", "here")
    fer("studies", "list", "--json")
    shown = subprocess.run(
        [sys.executable, "-c", "from fer_core import paths; print(paths.results_dir())"],
        cwd=ROOT / "notebooks",
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == str(tmp_path / "here")


def test_heat_maps_need_the_weights_of_a_finished_run(fer, homes):
    assert fer("studies", "explain", "demo", "--json").json == []
    assert fer("studies", "explain", "dem").code == 2
    simulate_run(load_study("demo"), Cell("resnet", "phantom-lab", 0))
    answer = fer("studies", "explain", "demo")
    assert answer.code == 1
    (row,) = fer("studies", "explain", "demo", "--json").json
    assert (row["heat maps"], row["model"]) == (0, "resnet")
    assert "weights are not shared" in row["message"]


def test_help_and_status_do_not_wait_for_torch(homes):
    code = (
        "import sys\nfrom fer_core.cli import main\n"
        "try:\n    main(['status', 'demo'])\n"
        "except SystemExit as stop:\n    assert stop.code in (None, 0, 1)\n"
        "slow = {'torch', 'timm', 'sklearn', 'matplotlib', 'papermill', 'IPython'}\n"
        "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_installed_command_ends_with_the_same_codes():
    command = [str(Path(sys.executable).parent / "fer"), "status", "demmo", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert is_one_line(done.stderr)
