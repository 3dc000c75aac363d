"""What the workflow plans, where snakemake only says what it would do; and preparing, for real."""

import json
import os
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from fer_core.audited import TABLES, made_of
from fer_core.book.execution.chapters import BOOK, STUDY, read_chapters
from fer_core.data.prepare.add import add_dataset
from fer_core.data.prepare.shards import SHARD
from fer_core.study import Study, load_study
from tests.checkouts import environment, make, make_checkout, run_in
from tests.data.made import png, write_folder

pytestmark = pytest.mark.slow

NOTHING = {"runs": 1, "total": 1}
OPEN = load_study("open")
DEMO = load_study("demo")
# Those that a study gets of which the runs are finished and nothing else is there.
UNMET = ("audit", "gradcam", "raters", "search")  # what these need is not in the checkout
CHAPTERS = [name for name in read_chapters(STUDY) if name not in UNMET]
WHOLE = list(read_chapters(BOOK))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "checkout")


def plan(checkout: Path, *arguments: str, ok: bool = True) -> str:
    command = ("snakemake", "--snakefile", "workflow/Snakefile", "--dry-run", "--cores", "2")
    done = run_in(checkout, *command, *arguments)
    assert (done.returncode == 0) == ok, done.stdout
    return done.stdout


def jobs(text: str) -> Counter[str]:
    """Count the planned jobs by rule, from the table that snakemake prints first."""
    table = text.split("Job stats:")[1].split("\n\n")[0] if "Job stats:" in text else ""
    return Counter({name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.M)})


def finish(checkout: Path, study: str, cells: list) -> None:
    """Leave the mark of finished runs."""
    for model, train, seed in cells:
        folder = checkout / "results" / study / model / train / f"seed{seed}"
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
        (folder / "train.ipynb").write_text("{}")


def test_the_demo_study_plans_every_data_set_and_every_run(checkout):
    planned = jobs(plan(checkout, "runs"))
    sets = set(DEMO.datasets())
    assert planned["train"] == len(DEMO.cells())
    assert planned["dataset"] == len(sets)
    assert planned["summary"] == 1


def test_finished_runs_of_another_study_are_not_trained_again(checkout):
    cells = OPEN.cells()
    finish(checkout, "open", cells[1:])
    for dataset in set(OPEN.datasets()):
        facts = checkout / "results" / "open" / "data" / f"{dataset}.json"
        facts.parent.mkdir(exist_ok=True)
        facts.write_text("{}")
    audited(checkout, OPEN)
    planned = jobs(plan(checkout, "runs", "--config", "study=open"))
    assert planned["train"] == 1
    assert planned["audit"] == 1, "a run may meet other sets than those that were audited"
    assert planned["summary"] == 0
    finish(checkout, "open", cells[:1])
    assert jobs(plan(checkout, "runs", "--config", "study=open")) == NOTHING


@pytest.mark.parametrize("follows", [False, True])
def test_a_change_of_the_code_makes_finished_runs_again_where_the_study_says_so(checkout, follows):
    file = checkout / "studies" / "demo.yml"
    said = "follows_code: true\n"
    text = file.read_text()
    assert said in text
    file.write_text(text if follows else text.replace(said, ""))
    cells = DEMO.cells()
    finish(checkout, "demo", cells)
    for dataset in DEMO.datasets():
        for made in (f"data/{dataset}/dataset.json", f"results/demo/data/{dataset}.json"):
            (checkout / made).parent.mkdir(parents=True, exist_ok=True)
            (checkout / made).write_text("{}")
    audited(checkout, DEMO)
    (checkout / "fer_core" / "training" / "loop.py").touch()
    assert jobs(plan(checkout, "runs"))["train"] == follows * len(cells)


def audited(checkout: Path, study: Study) -> None:
    """Leave an audit of sets without fingerprints, which is what their facts say here."""
    of = made_of(study, {name: {} for name in study.datasets()})
    folder = checkout / "results" / study.name / "data"
    (folder / "audit.json").write_text(json.dumps({"of": of}))
    for table in TABLES:
        (folder / table).touch()


def test_an_audit_that_is_missing_or_old_is_made_again_though_every_run_is_finished(checkout):
    finish(checkout, "open", OPEN.cells())
    folder = checkout / "results" / "open" / "data"
    folder.mkdir()
    for dataset in set(OPEN.datasets()):
        (folder / f"{dataset}.json").write_text("{}")
    assert jobs(plan(checkout, "runs", "--config", "study=open"))["summary"] == 1
    audited(checkout, OPEN)
    assert jobs(plan(checkout, "runs", "--config", "study=open")) == NOTHING
    (folder / "london.json").write_text('{"fingerprint": "other images"}')
    planned = jobs(plan(checkout, "runs", "--config", "study=open"))
    assert planned["audit"] == 1
    assert planned["train"] == 0


def test_the_book_renders_finished_studies_and_never_trains(checkout):
    finish(checkout, "open", OPEN.cells())
    finish(checkout, "demo", DEMO.cells()[:1])
    (checkout / "results" / "open" / "data").mkdir()
    (checkout / "results" / "open" / "data" / "audit.json").write_text("{}")
    everything = jobs(plan(checkout, "book"))
    assert everything.pop("total") == everything.total()
    # no run stored heat maps; one study was not audited and asks no questions
    assert everything == {"chapter": 10 + 8, "whole_book_chapter": len(WHOLE), "book": 1}
    alone = plan(checkout, "book", "--config", "only=open")
    assert jobs(alone)["chapter"] == 10
    assert "the chapter audit of open" in alone
    assert "the chapter gradcam of open" not in alone
    assert "demo" not in alone


def test_a_notebook_with_the_header_of_a_chapter_is_one_without_any_other_change(checkout):
    finish(checkout, "open", OPEN.cells())
    before = jobs(plan(checkout, "book"))
    for name, source in (("ranks", "training"), ("all-ranks", "all-models")):
        text = (checkout / "notebooks" / f"{source}.py").read_text()
        text = re.sub("order: .*", "order: 99", re.sub("title: .*", f"title: {name}", text))
        (checkout / "notebooks" / f"{name}.py").write_text(text)
    after = jobs(plan(checkout, "book"))
    for rule in ("chapter", "whole_book_chapter"):
        assert after[rule] == before[rule] + 1


def test_a_chapter_is_rendered_again_when_a_run_or_a_rater_is_newer_and_only_then(checkout):
    finish(checkout, "open", OPEN.cells())
    report = checkout / "book" / "report"
    chapters = [report / "open" / f"{name}.ipynb" for name in CHAPTERS]
    for path in (*chapters, *(report / f"{name}.ipynb" for name in WHOLE)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    planned = jobs(plan(checkout, "book"))
    assert planned["chapter"] == planned["whole_book_chapter"] == 0
    model, train, seed = OPEN.cells()[0]
    record = checkout / "results" / "open" / model / train / f"seed{seed}" / "run.json"
    record.write_text('{"changed": 1}')
    planned = jobs(plan(checkout, "book"))
    assert planned["chapter"] == len(CHAPTERS)
    assert planned["whole_book_chapter"] == 0
    (checkout / "book" / "printed_parameters.csv").touch()
    assert jobs(plan(checkout, "book"))["whole_book_chapter"] == len(WHOLE)
    for path in chapters:
        path.write_text("{ }")
    assert jobs(plan(checkout, "book"))["chapter"] == 0
    rater = checkout / "results" / "open" / "raters" / "ann" / "rater.json"
    rater.parent.mkdir(parents=True)
    rater.write_text("{}")
    assert jobs(plan(checkout, "book"))["chapter"] == len([*CHAPTERS, "raters"])


def test_the_resources_are_in_the_profile_and_not_in_the_study(checkout):
    shown = ("runs", "--printshellcmds", "--cores", "8", "--workflow-profile")
    cluster = plan(checkout, *shown, "workflow/profiles/slurm", "--executor", "dryrun")
    assert "--threads 8" in cluster
    assert "slurm_partition=gpu" in cluster
    assert "--threads 1" in plan(checkout, *shown, "workflow/profiles/default")


def test_an_unknown_study_names_the_nearest(checkout):
    text = plan(checkout, "runs", "--config", "study=demmo", ok=False)
    assert "unknown study 'demmo'; did you mean demo" in text


def test_a_folder_with_braces_is_refused_by_its_name(checkout):
    command = [
        "snakemake",
        "--snakefile",
        "workflow/Snakefile",
        "--dry-run",
        "--cores",
        "1",
        "runs",
    ]
    there = environment(checkout) | {"FER_RESULTS": str(checkout / "a{b}")}
    done = subprocess.run(command, cwd=checkout, env=there, capture_output=True, text=True)
    assert done.returncode
    assert "a{b}/demo has braces, which Snakemake takes for a wildcard" in done.stdout + done.stderr


def test_finished_runs_that_lack_a_test_set_or_a_view_are_predicted(checkout):
    cells = OPEN.cells()
    finish(checkout, "open", cells)
    model, train, seed = cells[0]
    record = checkout / "results" / "open" / model / train / f"seed{seed}" / "run.json"
    tables = {"views": {view: {} for view in OPEN.views}}
    tests = {name: tables for name in OPEN.test}
    record.write_text(json.dumps({"model": model, "tests": tests}))
    assert jobs(plan(checkout, "runs", "--config", "study=open"))["predict"] == 0
    for lacking in (
        {name: tables for name in OPEN.test[1:]},
        {**tests, OPEN.test[0]: {"views": {"clean": {}}}},
    ):
        record.write_text(json.dumps({"model": model, "tests": lacking}))
        planned = jobs(plan(checkout, "runs", "--config", "study=open"))
        assert planned["predict"] == 1
        assert planned["train"] == 0


def test_weights_that_are_not_there_are_told_before_any_run(checkout):
    study = checkout / "studies" / "starts.yml"
    models = (
        "a: {backbone: resnet10t}",
        "b: {backbone: mobilenetv1, input_size: 96, weights: faceres-deep}",
        "c: {backbone: resnet10t, weights: nowhere/c.safetensors}",
    )
    study.write_text(
        "title: Weights\ntrain: [phantom-lab]\ntest: [phantom-lab]\nmodels:\n  "
        + "\n  ".join(models)
    )
    text = plan(checkout, "runs", "--config", "study=starts", ok=False)
    assert "starts was not started; b: no weights faceres-deep" in text
    assert "; c: " in text
    assert "nowhere/c.safetensors" in text
    assert "a: " not in text.split("was not started")[1]
    study.write_text(study.read_text().split("\n  b:")[0])
    assert jobs(plan(checkout, "runs", "--config", "study=starts"))["train"] == 1


def test_a_misspelt_setting_names_the_nearest_and_runs_nothing(checkout):
    text = plan(checkout, "runs", "--config", "stduy=open", ok=False)
    assert "unknown setting of --config 'stduy'; did you mean study?" in text
    done = make(checkout, "STDUY=open", "-n")
    assert done.returncode != 0
    assert "make knows no variable STDUY; it knows STUDY" in done.stdout
    assert make(checkout, "-n", "lint", "CORES=1").returncode == 0


def test_preparing_with_many_jobs_survives_a_kill_and_equals_one_command(
    checkout, tmp_path, monkeypatch
):
    files = {f"{e}/{k} é.png": png(k, 8) for e in ("happy", "sad") for k in range(SHARD + 9)}
    source = write_folder(tmp_path / "my faces", files)
    command = ["snakemake", "--snakefile", "workflow/Snakefile", "--cores", "1", "prepare"]
    config = ["--config", "dataset=folder", "as=mine", f"source={source}", "blocks=3"]
    process = subprocess.Popen(
        [*command, *config],
        cwd=checkout,
        env=environment(checkout),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    prepared = checkout / "data" / "mine"
    while not (checkout / "data" / ".mine.building" / "shard-00000.json").is_file():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)  # snakemake and the job that packs
    process.wait()
    assert not prepared.exists()
    assert run_in(checkout, *command, "--unlock", *config).returncode == 0
    again = run_in(checkout, *command, *config)
    assert again.returncode == 0, again.stdout
    assert "Nothing to be done" in run_in(checkout, *command, *config).stdout
    monkeypatch.setenv("FER_DATA", str(tmp_path / "alone"))
    add_dataset("folder", source, as_name="mine", progress=False)
    alone = {path.name: path.read_bytes() for path in (tmp_path / "alone" / "mine").iterdir()}
    assert {path.name: path.read_bytes() for path in prepared.iterdir()} == alone
    left = [path.name for path in (checkout / "data").iterdir()]
    assert sorted(left) == [".audit", ".mine.lock", "mine"]
