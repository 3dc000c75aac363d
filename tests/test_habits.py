"""What every file of the repository keeps to."""

import ast
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import jupytext
import pytest
import typer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NO_DEPS = [
    line
    for line in (ROOT / "requirements-no-deps.txt").read_text().splitlines()
    if not line.startswith("#")
]
EXTRAS = PROJECT["optional-dependencies"].values()
DECLARED = [
    line
    for line in (*PROJECT["dependencies"], *(line for extra in EXTRAS for line in extra))
    if not line.startswith("fer-core[")
]
TORCH_OWN = re.compile(r"nvidia-|cuda-|triton")
NOT_FOR_GIT = re.compile(
    r"\.(png|jpe?g|gif|webp|bmp|tiff?|pt|pth|ckpt|safetensors|onnx|tflite|h5|hdf5|pkl|npy|npz|zip)$"
)
# Folders of one machine, and the hosts of package indexes.
OF_ONE_MACHINE = re.compile(
    r"/(?:work|farm|root|home|Users|tmp)/[a-z_]+|--(?:extra-)?index-url|--find[-]links",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def kept_files() -> list[Path]:
    """Every file that git keeps, or would keep if it were added now."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def python_files(kept: list[Path]) -> list[Path]:
    return [path for path in kept if path.suffix == ".py" and "results" not in path.parts]


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing():
    run(str(BIN / "ruff"), "check", ".")


def test_the_types_hold():
    run(sys.executable, "-m", "mypy")


def test_imports_point_one_way():
    run(str(BIN / "lint-imports"))


def test_every_notebook_survives_the_round_trip_through_jupytext():
    scripts = sorted((ROOT / "notebooks").glob("*.py"))
    assert len(scripts) > 1
    for script in scripts:
        cells = jupytext.read(script).cells
        assert not any(cell.get("outputs") for cell in cells)
    run(str(BIN / "jupytext"), "--test", "--to", "ipynb", *map(str, scripts))


def test_files_and_functions_stay_short(kept_files: list[Path]):
    too_long = []
    for path in python_files(kept_files):
        text = path.read_text()
        most = 300 if "tests" in path.parts else 250
        if text.count("\n") > most:
            too_long.append(f"{path.name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > 60:
                too_long.append(f"{path.name}: {node.name}")
    assert too_long == []


def test_no_pixels_no_weights_and_nothing_large_is_in_git(kept_files: list[Path]):
    assert len(kept_files) > 50
    unwanted = [str(path) for path in kept_files if NOT_FOR_GIT.search(path.name.lower())]
    large = [str(path) for path in kept_files if path.stat().st_size > 3_000_000]
    loose = [
        str(path)
        for path in kept_files
        if path.suffix == ".ipynb" and "results" not in path.relative_to(ROOT).parts
    ]
    assert unwanted + large + loose == []


def test_the_committed_results_stay_small(kept_files: list[Path]):
    sizes = [path.stat().st_size for path in kept_files if path.is_relative_to(ROOT / "results")]
    assert sum(sizes) < 60_000_000


def test_no_file_names_a_folder_of_one_machine_or_an_index_host(kept_files: list[Path]):
    found = []
    for path in kept_files:
        content = path.read_bytes()
        if b"\0" in content[:4096]:
            continue
        for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
            if OF_ONE_MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:90]}")
    assert found == []


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(str(pin.specifier).startswith("==") for pin in found)
    return {canonicalize_name(pin.name): str(pin.specifier)[2:] for pin in found}


def test_the_lock_pins_every_dependency_and_leaves_torchs_own_to_torch():
    locked = pins()
    for text in DECLARED:
        wanted = Requirement(text)
        pinned = locked.get(canonicalize_name(wanted.name))
        assert pinned, f"{wanted.name} is not in requirements.txt; run `make lock`"
        assert wanted.specifier.contains(pinned), f"{wanted} does not allow {pinned}"
    assert [name for name in locked if TORCH_OWN.match(name)] == []


def test_the_tests_run_on_what_the_lock_says():
    declared = {canonicalize_name(Requirement(text).name) for text in DECLARED}
    locked = {name: pin for name, pin in pins().items() if name in declared}
    assert {name: version(name) for name in locked} == locked


def test_what_is_installed_without_its_requirements_is_pinned_and_not_in_the_lock():
    for pin in map(Requirement, NO_DEPS):
        assert str(pin.specifier) == f"=={version(pin.name)}"
        assert canonicalize_name(pin.name) not in pins()


def test_every_import_is_a_declared_dependency(kept_files: list[Path]):
    declared = {canonicalize_name(Requirement(text).name) for text in [*DECLARED, *NO_DEPS]}
    own = {"fer_core", "tests", *sys.stdlib_module_names}
    providers = packages_distributions()
    missing = set()
    for path in python_files(kept_files):
        if "benchmarks" in path.parts:  # they say themselves how to install what they compare to
            continue
        for name in imported(ast.parse(path.read_text())) - own:
            from_packages = {canonicalize_name(dist) for dist in providers.get(name, [])}
            if from_packages and not from_packages & declared:
                missing.add(f"{name} in {path.relative_to(ROOT)}")
    assert missing == set()


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.split(".")[0])
    return names


def documented_commands() -> list[str]:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "book").glob("*.md"))]
    found = []
    for page in pages:
        for block in re.findall(r"```bash\n(.*?)```", page.read_text(), re.DOTALL):
            found += [line for line in block.splitlines() if line.startswith("fer ")]
    return found


@pytest.mark.parametrize("line", documented_commands())
def test_every_command_that_a_page_shows_is_understood(line: str):
    from fer_core.cli import app

    command = typer.main.get_command(app)
    arguments = shlex.split(line, comments=True)[1:]
    while hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    assert "json" in command.make_context(line, arguments).params
