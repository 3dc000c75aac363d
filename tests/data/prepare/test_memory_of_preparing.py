"""What preparing keeps in memory for each image: its row, and nothing of its pixels."""

import os
import subprocess
import sys

import pytest

from fer_core.emotions import EMOTIONS
from tests.data.made import png

SIDE = 64
PREPARE = """
import re, sys
from pathlib import Path
from fer_core.data.prepare.add import add_dataset
dataset = add_dataset("folder", sys.argv[1], as_name="many", size=64, progress=False)
assert (dataset.index["excluded"] == "").all()
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak as Linux tells it")
def test_memory_grows_by_the_index_alone(tmp_path):
    few, many = (peak_of(tmp_path / str(n), n) for n in (1000, 21_000))
    assert (many - few) / 20_000 < SIDE * SIDE / 4  # bytes per image, of SIDE² pixels


def peak_of(home, n):
    (home / "one.png").parent.mkdir()
    (home / "one.png").write_bytes(png(1, SIDE))
    for number in range(n):  # names of one file: the bytes do not matter here
        part = home / "images" / ("train", "val", "test")[number % 3] / EMOTIONS[number % 7]
        if number < 21:
            part.mkdir(parents=True)
        os.link(home / "one.png", part / f"{number:07d}.png")
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, str(home / "images")],
        env={**os.environ, "FER_DATA": str(home / "data")},
        capture_output=True,
        text=True,
        check=True,
    )
    return 1024 * int(done.stdout)
