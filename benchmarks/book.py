"""What a book of many runs costs: seconds and peak memory of each chapter, sizes of the pages.

    python benchmarks/book.py [--runs 800] [--jobs 2] [--keep FOLDER]

Makes a study of that many runs in a checkout of its own (a temporary folder, or FOLDER, whose runs
are then used again): models × three training sets × one or two seeds, tested on five sets. The
images, their truth and the rest of each run are those of the committed runs of one model; the
probabilities are of that model too, blurred and shifted by a seed. Then it executes every chapter,
`--jobs` at a time, each in a process of its own as the workflow does, makes the pages of the runs
and builds the HTML. Prints a table. The peak is the largest resident set of one process
(getrusage). A page's own HTML is its file without the files that it loads.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml

from fer_core.audited import made_of
from fer_core.files import read_json, sha256_file, write_json
from fer_core.predictions import (
    PROBABILITIES,
    VALIDATION,
    probabilities_of,
    read_predictions,
    write_predictions,
)
from fer_core.records import RunRecord, run_dir, table_path, write_record
from fer_core.study import Cell, Study, load_study
from fer_core.views import CLEAN

ROOT = Path(__file__).resolve().parents[1]
NAME = "many"
TRAIN = ("fer2013", "nhfi", "ferplus")
TEST = ("fer2013", "ferplus", "nhfi", "muxspace", "london")
LIKE = "efficientnet-lite0-96"  # a model of the open study that was trained on each of TRAIN
LARGEST = 5  # pages that are named
FER = "import sys; from fer_core.cli import main; main(sys.argv[1:])"
BUILD = f"""
import time
from unittest.mock import patch
from fer_core.book.execution import build
def timed(study, stage=build.stage_runs):
    start = time.perf_counter()
    cells = stage(study)
    print(time.perf_counter() - start)
    return cells
with patch.object(build, "stage_runs", timed):
    build.build_html(["{NAME}"])
"""


class Cost(NamedTuple):
    """What one process cost: seconds on the clock and of the processors, peak memory in MB."""

    seconds: float
    cpu: float
    peak: float
    told: str


def write_checkout(root: Path, runs: int) -> Study:
    """Write the files of a book, a study of about `runs` runs and its results; return the study."""
    without = shutil.ignore_patterns("report", "*.ipynb")
    for folder in ("book", "notebooks", "recipes"):
        shutil.copytree(ROOT / folder, root / folder, ignore=without, dirs_exist_ok=True)
    shutil.copy(ROOT / "_config.yml", root)
    results = root / "results"
    like = ROOT / "results" / "open"
    for folder in ("data", "raters"):
        shutil.copytree(like / folder, results / NAME / folder, dirs_exist_ok=True)
    for file in (ROOT / "results").glob("models.*"):
        shutil.copy(file, results)
    write_study(root / "studies", runs)
    study = load_study(NAME)
    for rater in (results / NAME / "raters").glob("*/rater.json"):
        write_json(rater, {**read_json(rater), "study": NAME})
    audit, sets = results / NAME / "data" / "audit.json", TEST
    facts = {name: read_json(audit.with_name(f"{name}.json")) for name in sets}
    write_json(audit, {**read_json(audit), "of": made_of(study, facts)})
    write_runs(study)
    return study


def write_study(folder: Path, runs: int) -> None:
    """Write a study file: two of three models have two seeds, so five runs a model and more."""
    models: dict[str, dict[str, object]] = {}
    planned = 0
    while planned < runs:
        seeds = [0, 1] if len(models) % 3 < 2 else [0]
        spec = {"backbone": "tf_efficientnet_lite0", "input_size": 96, "seeds": seeds}
        models[f"net-{len(models):03d}"] = {"title": f"Net {len(models):03d}, 96 px", **spec}
        planned += len(seeds) * len(TRAIN)
    content = {"title": f"A study of {planned} runs", "note": "Nobody trained these.", "place": 1}
    content |= {"models": models, "train": list(TRAIN), "test": list(TEST)}
    pair = list(models)[:2]
    asked = {"title": "Is the first better?", "change": "another name", "pairs": [pair]}
    content |= {"questions": [asked]} if len(pair) == 2 else {}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.yml").write_text(yaml.safe_dump(content, sort_keys=False))


def write_runs(study: Study) -> None:
    """Write every run of the study that is not there, as its training would have left it."""
    templates = {}
    for train in TRAIN:
        folder = ROOT / "results" / "open" / LIKE / train / "seed0"
        parts = (*TEST, VALIDATION)
        tables = {part: read_predictions(table_path(folder, part, CLEAN)) for part in parts}
        record = RunRecord.model_validate(read_json(folder / "run.json"))
        templates[train] = record, folder, tables
    for cell in study.cells():
        if not (run_dir(study.name, *cell) / "run.json").is_file():
            write_run(study, cell, *templates[cell.train])


def write_run(
    study: Study, cell: Cell, record: RunRecord, source: Path, tables: dict[str, object]
) -> None:
    """Write one run from that in `source`; `tables`: what that answered, by test set."""
    folder = run_dir(study.name, *cell)
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("history.csv", "train.ipynb", "cam.parquet"):
        shutil.copy(source / file, folder)
    place = list(study.models).index(cell.model)
    random = np.random.default_rng([place, TRAIN.index(cell.train), cell.seed])
    sharp = 0.3 + random.random()  # how much of the template is left beside noise
    views = {}
    for part, table in tables.items():
        logits = np.log(probabilities_of(table) + 1e-6) * sharp
        odds = np.exp(logits + random.normal(size=(len(table), len(PROBABILITIES))))
        file = table_path(folder, part, CLEAN)
        shares = odds / odds.sum(axis=1, keepdims=True)
        write_predictions(file, table["sample_id"], table["emotion"], shares)
        views[part] = {CLEAN: {"sha256": sha256_file(file)}}
    tests = {test: {**record.tests[test], "views": views[test]} for test in TEST}
    selection = {**record.selection, "views": views[VALIDATION]}
    new = {"study": study.name, **cell._asdict(), "tests": tests, "selection": selection}
    write_record(record.model_copy(update=new))


def measure(code: str, *arguments: str) -> Cost:
    """Run Python code in a process of its own; the peak is that of it and of those it waits for."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        out.seek(0)
        told = out.read()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments) or 'the book'} failed:\n{told}")
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, peak, told)


def pages(site: Path) -> list[tuple[float, str]]:
    """Return the pages of a built book by size, MB of the HTML itself, the largest first."""
    sizes = ((p.stat().st_size / 1e6, str(p.relative_to(site))) for p in site.rglob("*.html"))
    return sorted(sizes, reverse=True)


def row(what: str, cost: Cost) -> None:
    """Print one line of the table."""
    print(f"{what:32} {cost.seconds:8.1f} {cost.cpu:8.1f} {cost.peak:8,.0f}", flush=True)


def execute(chapters: Iterable[tuple[str, ...]], jobs: int) -> None:
    """Execute chapters, so many at a time, and print what each cost and the time of all."""
    start = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        chosen = list(chapters)
        costs = pool.map(lambda names: measure(FER, "chapter", *names), chosen)
        for names, cost in zip(chosen, costs, strict=True):
            row(f"chapter {names[-1]}", cost)
    print(f"{'all chapters':32} {time.perf_counter() - start:8.1f}", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Make the study, build its book and print what that cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=800)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        root = (options.keep or Path(temporary)).resolve()
        for name in ("FER_DATA", "FER_RESULTS", "FER_REPORT"):
            os.environ.pop(name, None)
        os.environ |= {"FER_ROOT": str(root), "PYTHONPATH": str(ROOT)}
        report(root, options.runs, options.jobs)


def report(root: Path, runs: int, jobs: int) -> None:
    """Make a study below `root`, build its book and print what that cost."""
    from fer_core.book.execution.chapters import BOOK, chapters_of, read_chapters

    start = time.perf_counter()
    study = write_checkout(root, runs)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    models, cells = len(study.models), len(study.cells())
    print(f"{models} models, {cells} runs; written in {time.perf_counter() - start:.0f} s")
    print(f"{'':32} {'seconds':>8} {'CPU s':>8} {'peak MB':>8}")
    execute([(NAME, chapter) for chapter in chapters_of(study)], jobs)
    execute([(chapter,) for chapter in read_chapters(BOOK)], jobs)
    built = measure(BUILD)
    seconds = float(built.told.split()[0])
    print(f"{'pages of runs':32} {seconds:8.1f}")
    row("pages of runs and HTML", built)
    for size, page in pages(root / "_build" / "html")[:LARGEST]:
        print(f"{size:8.2f} MB  {page}")


if __name__ == "__main__":
    main()
