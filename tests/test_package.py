"""The package as others use it: as a module, typed, its folders moved."""

import subprocess
import sys
import tomllib
from pathlib import Path

from fer_core.cli import FOLDERS

ROOT = Path(__file__).resolve().parent.parent


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
