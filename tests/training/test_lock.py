"""Two processes on one cell: the second is told so, and a killed one leaves nothing that blocks."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from fer_core.errors import FerError
from fer_core.training.lock import LOCK, hold

HOLD = """
import sys, time
from pathlib import Path
from fer_core.training.lock import hold
lock = hold(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(FerError, match="another process runs this cell") as caught:
            hold(tmp_path)
        assert "\n" not in str(caught.value)
    finally:
        other.kill()
        other.wait()
    for _ in range(50):  # the system may need a moment to let go
        try:
            lock = hold(tmp_path)
            break
        except FerError:
            time.sleep(0.1)
    assert (tmp_path / LOCK).is_file()
    assert hold(tmp_path) is lock, "one process may prepare its run again"
    lock.release(force=True)
