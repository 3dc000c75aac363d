"""A checkout of the test's own, with the real workflow in it, and the commands that run there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("notebooks", "book", "workflow", "recipes", "studies")
DERIVED = shutil.ignore_patterns("report", "*.ipynb", "__pycache__")


def make_checkout(folder: Path) -> Path:
    """Copy what a study and its book need, code aside, into `folder`."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=DERIVED)
    for name in ("_config.yml", "Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "fer_core").symlink_to(ROOT / "fer_core")
    return folder


def environment(checkout: Path) -> dict[str, str]:
    """The environment in which every command works on `checkout` alone, one thread each."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FER_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return {**kept, **threads, "PATH": path, "FER_ROOT": str(checkout), "PYTHONPATH": str(ROOT)}


def run_in(checkout: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in `checkout`; standard error follows standard output."""
    return subprocess.run(
        command,
        cwd=checkout,
        env=environment(checkout),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `make` in `checkout` with the environment of the tests, as if it had been installed."""
    prefix = Path(sys.executable).parent.parent
    installed = f"{prefix}/.installed"
    return run_in(checkout, "make", "-o", installed, f"VENV={prefix}", *arguments)
