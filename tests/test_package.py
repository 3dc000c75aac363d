"""The package as others use it: as a module, typed, its folders moved."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import fer_core
from fer_core.cli import FOLDERS

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# To the last line with the packages of [study] and [book] out of reach.
USE_A_MODEL = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split()))
import torch
import fer_core
from fer_core.cli import main
from fer_core.models import save_weights
from fer_core.study import ModelSpec
import fer_core.faces, fer_core.predict.views
model = fer_core.create_model(ModelSpec(backbone="resnet10t", input_size=32))
print(model.net.eval()(torch.zeros(1, 3, 32, 32)).shape[1], len(fer_core.list_models()) > 100)
"""


def test_the_package_is_the_command():
    command = [sys.executable, "-m", "fer_core", "studies", "list", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "demo" in done.stdout


def test_every_variable_that_moves_a_folder_is_documented():
    text = (ROOT / "README.md").read_text()
    assert [name for name in FOLDERS if f"| `{name}` |" not in text] == []


def test_the_types_of_the_package_are_shipped():
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert (ROOT / "fer_core" / "py.typed").is_file()
    assert "py.typed" in shipped["package-data"]["fer_core"]


def modules_of(extra: str) -> list[str]:
    """The modules of an extra's packages that the base does not need."""

    def names(lines: list[str]) -> set[str]:
        return {canonicalize_name(Requirement(line).name) for line in lines}

    base = names([*PROJECT["dependencies"], PROJECT["name"]])
    own = names(PROJECT["optional-dependencies"][extra]) - base
    return sorted(
        module
        for module, owners in packages_distributions().items()
        if own & {canonicalize_name(owner) for owner in owners} and module.isidentifier()
    )


def test_a_model_is_used_without_what_studies_and_books_need():
    blocked = [*modules_of("study"), *modules_of("book")]
    assert {"papermill", "sklearn", "matplotlib", "pytorch_grad_cam"} <= set(blocked)
    command = [sys.executable, "-c", USE_A_MODEL, " ".join(blocked)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["7", "True"], done.stderr


def test_the_names_at_the_door_are_those_of_their_rooms_and_imported_when_asked_for():
    for name in fer_core.__all__:
        assert getattr(fer_core, name) is not None
    assert set(fer_core.__all__) == set(fer_core._HOMES) <= set(dir(fer_core))
    script = "import sys, fer_core; print([m for m in ('torch', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    assert not hasattr(fer_core, "nothing")
