"""Whatever is typed, and whatever a file holds: one line and an honest exit code, no traceback."""

import io
import re
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fer_core.book.execution.chapters import BOOK, STUDY, read_chapters
from fer_core.cli import app, main
from fer_core.data.load import load_dataset
from fer_core.data.registry import get_entry
from fer_core.raters import find_raters
from fer_core.records import run_dir
from fer_core.study import load_study
from tests.simulated_runs import ROOT, simulate_run

pytestmark = pytest.mark.slow

FEW = settings(
    max_examples=5,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
KNOWN = (
    "small",
    "net",
    "mine",
    "folder",
    "fer2013",
    "0",
    "1",
    "1/1",
    "train.py",
    "faces",
    "a.ipynb",
)
ODD = (
    *("", ".", "..", "-", "/", "~nosuchuser", "~nosuchuser/x.yml", "\x1b[31m", "a\nb", "x" * 5000),
    *("inf", "-inf", "nan", "-1", "1e999", "9" * 50, "9" * 5000, "0/0", "2/1", "٣/٨", "null", "{}"),
    *("é\u202e\U0001f600", "[b]x[/b]", "%s", "odd.json", "odd.csv", "odd.zip", "odd.yml"),
    *(
        "odd.ipynb",
        "odd.safetensors",
        "odd.py",
        "seed=.inf",
        "study=[]",
        "seed",
        "=",
        "study=" * 99,
    ),
)
RIGHT = {
    "study": "small", "name": "mine", "names": "mine", "path": "faces", "chapter": "training",
    "script": "train.py", "output": "out.ipynb", "model": "net", "train": "mine",
    "of": "mine", "candidates": "faces", "out": "new", "pattern": "test_resnet",
    "test": "mine", "file": "answers.csv", "kind": "model", "source": "me", "trained_on": "mine",
}  # fmt: skip
OWN = {"name": "folder", "as_name": "own"}
OF_FILES = {("data", "add"): OWN, ("data", "plan"): OWN}
WORDS = st.sampled_from((*KNOWN, *ODD)) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9
)
DAMAGE = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "other bytes": lambda content: b"\xff\xfe\x00" + content[9:],
    "null": lambda content: b"null",
    "list": lambda content: b"[1]",
    "empty object": lambda content: b"{}",
    "deep": lambda content: b"[" * 50_000,
    "texts for numbers": lambda content: re.sub(rb"\b\d+\b", b'"x"', content),
    "numbers for texts": lambda content: re.sub(rb'"[^"]*"(?!:)', b"7", content),
    "null for numbers": lambda content: re.sub(rb"(?<=[ ,])\d[\d.]*", b"null", content),
    "long line": lambda content: content + b"," * 2**21,
}


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command of the application, as the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


COMMANDS = list(commands(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checkout with a study of one run, a prepared set of noise, and files of other kinds."""
    root = tmp_path_factory.mktemp("small")
    for folder in ("book", "notebooks"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("report"))
    shutil.copy(ROOT / "_config.yml", root)
    work = root / "work"
    work.mkdir()
    shutil.copy(ROOT / "notebooks" / "train.py", work)
    noise = np.random.default_rng(0)
    for emotion in ("happy", "sad"):
        for number in range(10):
            path = work / "faces" / emotion / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(noise.integers(0, 256, (20, 20), dtype=np.uint8)).save(path)
    for name in ("json", "csv", "zip", "yml", "ipynb", "safetensors", "py"):
        (work / f"odd.{name}").write_bytes(b"\x00\xff{" + name.encode())
    content = {
        "title": "Small",
        "models": {"net": {"backbone": "test_resnet", "input_size": 32}},
        "train": ["mine"],
        "test": ["mine"],
        "recipe": {"epochs": 1},
    }
    (root / "studies").mkdir()
    (root / "studies" / "small.yml").write_text(yaml.safe_dump(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(work)
        patch.setenv("FER_ROOT", str(root))
        for name in ("FER_DATA", "FER_RESULTS", "FER_REPORT", "FER_WEIGHTS"):
            patch.delenv(name, raising=False)
        # nothing is trained, measured or rendered here
        patch.setattr(
            "fer_core.book.execution.execute.papermill.execute_notebook", lambda *a, **k: None
        )
        patch.setattr("fer_core.cli.models._rows", lambda names: [])
        patch.setattr("fer_core.models.create.list_models", lambda *a: ["test_resnet"])
        patch.setattr("fer_core.book.execution.build._jupyter_book", lambda *a: None)
        fer("data", "add", "folder", "faces", "--as", "mine")
        patch.setattr("tests.simulated_runs.get_entry", lambda name: get_entry("phantom-lab"))
        study = load_study("small")
        for cell in study.cells():
            simulate_run(study, cell)
        fer("summarise", "small")
        fer("data", "plan", "folder", "faces", "--as", "half")
        index = load_dataset("mine").index
        index[index["split"] == "test"].assign(answer="sad").to_csv("answers.csv", index=False)
        who = ("--name", "mine", "--kind", "model", "--source", "me", "--trained-on", "unknown")
        fer("rater", "add", "small", "mine", "answers.csv", *who)
        assert find_raters("small")
        places = [*(f"small/{name}" for name in read_chapters(STUDY)), *read_chapters(BOOK)]
        for place in places:
            page = root / "book" / "report" / f"{place}.ipynb"
            page.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(run_dir("small", *study.cells()[0]) / "train.ipynb", page)
        yield root


def fer(*arguments: str) -> str:
    """Run the command in this process, hold it to what it promises, and return what it said."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stop:
        main(list(arguments))
    said, code = err.getvalue(), stop.value.code or 0
    assert code in (0, 1, 2), arguments
    assert "Traceback" not in out.getvalue() + said, arguments
    if code == 2:
        assert len(re.findall(r"(?m)^(?:error|Error): .", said)) == 1, (arguments, said)
    return said


@st.composite
def lines(draw: st.DrawFn, words: tuple[str, ...]) -> list[str]:
    """The words of a command with values that are right, save for some of them."""
    command = typer.main.get_command(app)
    for word in words:
        command = command.commands[word]
    line, odd = list(words), draw(st.sampled_from([*range(9), -1]))
    for place, param in enumerate(command.params):
        wrong = place == odd % len(command.params) or (odd < 0 and draw(st.booleans()))
        value = draw(WORDS) if wrong else {**RIGHT, **OF_FILES.get(words, {})}.get(param.name)
        if param.param_type_name == "argument":
            line += [value] if param.required or value is not None else []
        elif param.name not in ("help", "measure") and (value is not None):
            line += [param.opts[0]] if getattr(param, "is_flag", False) else [param.opts[0], value]
    return line


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@FEW
@given(data=st.data())
def test_no_value_on_the_command_line_ends_in_a_traceback(small: Path, words, data):
    fer(*data.draw(lines(words)))


DATA = (
    *(("data", "list"), ("data", "show", "mine"), ("data", "audit", "mine")),
    *(("data", "split", "mine", "split.csv"), ("data", "pack", "half"), ("data", "finish", "half")),
    *(("data", "add", "folder", "faces", "--as", "mine"), ("summarise", "small")),
    ("studies", "predict", "small"),
)
RUNS = (
    *(("status", "small"), ("scores", "small"), ("studies", "list"), ("studies", "show", "small")),
    *(("chapter", "small", "training"), ("book",)),
    *(("studies", "predict", "small"), ("studies", "explain", "small")),
    *(("rater", "list", "small"), ("scores", "small", "--raters")),
)
LOOKS = {"data": DATA, "results": RUNS, "studies": RUNS, "book": (("book",), ("check",))}


@pytest.fixture(scope="module")
def whole(small: Path) -> dict[Path, bytes]:
    """The files that are damaged, one at a time, as they are."""
    return {p: p.read_bytes() for f in LOOKS for p in (small / f).rglob("*") if p.is_file()}


def restore(whole: dict[Path, bytes]) -> None:
    for path, content in whole.items():
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@settings(FEW, max_examples=40)
@given(data=st.data())
def test_no_damaged_file_ends_in_a_traceback(small: Path, whole: dict[Path, bytes], data):
    file = data.draw(st.sampled_from(sorted(whole)))
    file.write_bytes(DAMAGE[data.draw(st.sampled_from(sorted(DAMAGE)))](whole[file]))
    try:
        fer(*data.draw(st.sampled_from(LOOKS[file.relative_to(small).parts[0]])))
    finally:
        restore(whole)


def test_a_damaged_record_of_one_run_is_named_and_the_others_are_listed(small: Path):
    path = run_dir("small", "net", "mine", 0) / "run.json"
    content = path.read_bytes()
    path.write_bytes(b"[]")
    try:
        for command in (("status", "small"), ("studies", "list"), ("studies", "predict", "small")):
            fer(*command)
        assert f"error: {path}" in fer("scores", "small")
    finally:
        path.write_bytes(content)


def test_a_home_folder_of_nobody_is_named(small: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FER_DATA", "~nosuchuser/data")
    assert fer("data", "list").startswith("error: ~nosuchuser/data: no user")


@pytest.mark.parametrize(
    "line",
    [
        "run --study small --model net --train mine --threads 1000000000",
        "data add folder faces --as x --flat inf",
        "data add folder faces --as x --size 1000000000",
        "data balance faces new --per-class 0",
        "data pack half --block 0/0",
    ],
)
def test_a_number_out_of_range_is_refused(small: Path, line: str):
    assert "error: " in fer(*line.split()).lower()
