"""Shared fixtures. Nothing here downloads anything."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.simulated_runs import checkout, simulated_results

settings.register_profile("untimed", deadline=None)  # no assertion is about time
settings.load_profile("untimed")

__all__ = ["checkout", "simulated_results"]

ROOT = Path(__file__).resolve().parent.parent
ARCHIVES = ("fer2013.zip", "nhfi.zip", "muxspace.zip", "london.zip")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real archives: FER_TEST_DATA, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("FER_TEST_DATA", ROOT.parent / "shared" / "data"))
    missing = [name for name in ARCHIVES if not (folder / name).is_file()]
    if missing:
        pytest.skip(f"no real faces: {folder} lacks {', '.join(missing)}; set FER_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def real_weights(real_data: Path) -> Path:
    """The folder of the real weights of a face net, `weights` beside that of the real archives."""
    folder = real_data.parent / "weights"
    if not (folder / "faceres-deep.json").is_file():
        pytest.skip(f"no weights of a face net: {folder} lacks faceres-deep.json")
    return folder


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty FER_DATA of the test's own."""
    monkeypatch.setenv("FER_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def results_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty FER_RESULTS of the test's own."""
    monkeypatch.setenv("FER_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"


@pytest.fixture
def fer(capsys, data_home):
    """Run `fer data` in this process; its exit code, output and errors."""

    from fer_core.cli import main

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main(["data", *map(str, arguments)])
        return (int(stop.value.code or 0), *capsys.readouterr())

    return call
